/* SPDX-License-Identifier: BSD-2-Clause */
/* server.c -- the servers behind the relay: who gets a request, who lives. */
#include "relayd/core/server.h"

#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"
#include "libpxecommon/proto/dhcp_msg.h"
#include "libpxecommon/proto/pxe.h"

void servers_init(
    struct servers *ss, const struct servers_conf *conf, const struct pxe_hash_seed *seed)
{
	memset(ss, 0, sizeof(*ss));
	ss->conf = *conf;
	ss->seed = *seed;
}

int servers_add(struct servers *ss, const char *name, enum server_group group)
{
	struct server *s = NULL;

	if (ss->n >= SERVERS_MAX)
		return PXE_E_LIMIT;
	if (strlen(name) >= sizeof(s->name))
		return PXE_E_TOOBIG;
	s = &ss->v[ss->n];
	*s = (struct server){.group = group};
	(void)pxe_str_copy(s->name, sizeof(s->name), name);
	ss->n++;
	return 0;
}

/* What stays the same for a client from one message to the next. */
static uint64_t client_hash(const struct servers *ss, const struct packet *pk)
{
	if (pk->client_id.len > 0)
		return pxe_siphash(&ss->seed, pk->client_id.p, pk->client_id.len);
	return pxe_siphash(&ss->seed, pk->hw.b, pk->hw.len);
}

static uint64_t exchange_key(const struct servers *ss, const struct packet *pk)
{
	uint8_t b[4 + 16];
	struct pxe_wr wr = pxe_wr_init(b, sizeof(b));
	uint64_t key = 0;

	pxe_wr_u32(&wr, pk->xid);
	pxe_wr_bytes(&wr, pk->hw.b, pk->hw.len <= 16 ? pk->hw.len : 16);
	key = pxe_siphash(&ss->seed, b, wr.len);
	return key != 0 ? key : 1;
}

bool servers_is_boot_client(const struct packet *pk)
{
	return pxe_class_parse(pk->vendor_class).kind != PXE_CLASS_NONE;
}

/* A silent server owes an answer to these only: a REQUEST that names a server is answered by that
 * one alone, RELEASE and DECLINE by nobody (RFC 2131 3.1). */
static bool owes_answer(const struct packet *pk)
{
	return pk->type == PXE_DHCP_DISCOVER || pk->type == PXE_DHCP_INFORM ||
	       pk->type == PXE_DHCP_BOOTP ||
	       (pk->type == PXE_DHCP_REQUEST && pk->server_id.p == NULL);
}

static bool is_candidate(const struct server *s, enum server_group group)
{
	return s->group == group && s->to.ip.family != 0;
}

static bool is_due_for_retry(const struct servers *ss, const struct server *s, int64_t now_us)
{
	return s->is_dead && now_us - s->last_try_us >= ss->conf.retry_us;
}

/* Highest random weight: each client ranks the servers in an order of its own, so that a server's
 * death moves only the clients that had it first. */
static uint64_t weight(const struct servers *ss, uint64_t client, size_t i)
{
	uint8_t b[8 + SERVER_NAME_MAX];
	struct pxe_wr wr = pxe_wr_init(b, sizeof(b));

	pxe_wr_u32(&wr, (uint32_t)(client >> 32));
	pxe_wr_u32(&wr, (uint32_t)client);
	pxe_wr_bytes(&wr, ss->v[i].name, strlen(ss->v[i].name));
	return pxe_siphash(&ss->seed, b, wr.len);
}

/* The one of a group that should have this client: living ones before dead ones. -1 for none. */
static int choose_one(
    const struct servers *ss, const struct packet *pk, enum server_group group, bool hash)
{
	uint64_t client = hash ? client_hash(ss, pk) : 0, best_weight = 0;
	int best = -1;

	for (size_t i = 0; i < ss->n; i++) {
		const struct server *s = &ss->v[i];
		uint64_t w = hash ? weight(ss, client, i) : 0;

		if (!is_candidate(s, group))
			continue;
		if (best < 0 || (ss->v[best].is_dead && !s->is_dead) ||
		    (ss->v[best].is_dead == s->is_dead && w > best_weight)) {
			best = (int)i;
			best_weight = w;
		}
	}
	return best;
}

static size_t pick_group(struct servers *ss, const struct packet *pk, enum server_group group,
    int64_t now_us, uint8_t *out)
{
	int one = -1;
	size_t n = 0;

	if (ss->conf.policy != SERVERS_ALL)
		one = choose_one(ss, pk, group, ss->conf.policy == SERVERS_HASH);
	for (size_t i = 0; i < ss->n; i++) {
		if (!is_candidate(&ss->v[i], group))
			continue;
		if (ss->conf.policy == SERVERS_ALL || (int)i == one ||
		    (owes_answer(pk) && is_due_for_retry(ss, &ss->v[i], now_us)))
			out[n++] = (uint8_t)i;
	}
	return n;
}

size_t servers_pick(
    struct servers *ss, const struct packet *pk, int64_t now_us, uint8_t out[SERVERS_MAX])
{
	size_t n = pick_group(ss, pk, SERVER_DHCP, now_us, out);

	if (servers_is_boot_client(pk))
		n += pick_group(ss, pk, SERVER_PXE, now_us, out + n);
	return n;
}

static struct exchange *exchange_of(struct servers *ss, uint64_t key)
{
	return &ss->pending[key % SERVERS_PENDING];
}

size_t servers_pick_boot(struct servers *ss, const struct packet *pk, int64_t now_us,
    uint16_t client_port, uint8_t out[SERVERS_MAX])
{
	uint64_t key = exchange_key(ss, pk);

	*exchange_of(ss, key) =
	    (struct exchange){.key = key, .sent_us = now_us, .client_port = client_port};
	return pick_group(ss, pk, SERVER_PXE, now_us, out);
}

uint16_t servers_client_port(const struct servers *ss, const struct packet *pk, int64_t now_us)
{
	uint64_t key = exchange_key(ss, pk);
	const struct exchange *x = &ss->pending[key % SERVERS_PENDING];

	return x->key == key && now_us - x->sent_us < SERVERS_PORT_US ? x->client_port : 0;
}

void servers_sent(struct servers *ss, size_t i, const struct packet *pk, int64_t now_us, int err)
{
	struct server *s = &ss->v[i];
	uint64_t key = 0;

	if (err != 0)
		s->failed++;
	else
		s->sent++;
	s->last_try_us = now_us;
	if (pk == NULL || !owes_answer(pk))
		return;
	if (s->waiting_us == 0)
		s->waiting_us = now_us;
	key = exchange_key(ss, pk);
	*exchange_of(ss, key) = (struct exchange){.key = key, .sent_us = now_us};
}

bool servers_have_ip(const struct servers *ss, struct pxe_ip4 ip)
{
	for (size_t i = 0; i < ss->n; i++) {
		if (ss->v[i].to.ip.family == 4 && pxe_ip4_eq(ss->v[i].to.ip.v4, ip))
			return true;
	}
	return false;
}

int servers_answered(struct servers *ss, struct pxe_ip4 from, const struct packet *pk,
    int64_t now_us, bool *out_revived)
{
	uint64_t key = exchange_key(ss, pk);
	int found = -1;

	for (size_t i = 0; i < ss->n; i++) {
		struct server *s = &ss->v[i];

		if (s->to.ip.family != 4 || !pxe_ip4_eq(s->to.ip.v4, from))
			continue;
		*out_revived = *out_revived || s->is_dead;
		s->is_dead = false;
		s->waiting_us = 0;
		s->last_answer_us = now_us;
		if (found < 0) {
			s->answers++;
			found = (int)i;
			if (ss->pending[key % SERVERS_PENDING].key == key)
				s->rtt_us = now_us - ss->pending[key % SERVERS_PENDING].sent_us;
		}
	}
	return found;
}

struct server *servers_next_silent(struct servers *ss, int64_t now_us, size_t *cursor)
{
	while (*cursor < ss->n) {
		struct server *s = &ss->v[(*cursor)++];

		if (s->is_dead || s->waiting_us == 0 || ss->conf.dead_after_us == 0 ||
		    now_us - s->waiting_us < ss->conf.dead_after_us)
			continue;
		s->is_dead = true;
		return s;
	}
	return NULL;
}
