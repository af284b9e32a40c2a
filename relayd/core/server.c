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
static uint64_t client_of(const struct packet *pk)
{
	return choice_client(
	    pk->client_id.len > 0 ? pk->client_id : (struct pxe_bytes){pk->hw.b, pk->hw.len});
}

static uint64_t key_of(const struct servers *ss, const struct packet *pk)
{
	return exchange_key(&ss->seed, pk->xid, (struct pxe_bytes){pk->hw.b, pk->hw.len});
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

/* The one of a group that should have this client, -1 for none. */
static int choose_one(const struct servers *ss, const struct packet *pk, enum server_group group)
{
	struct choice c =
	    choice_begin(ss->conf.policy, ss->conf.policy == SERVERS_HASH ? client_of(pk) : 0);

	for (size_t i = 0; i < ss->n; i++) {
		if (is_candidate(&ss->v[i], group))
			choice_offer(&c, (int)i, &ss->v[i].health, ss->v[i].name);
	}
	return c.best;
}

static size_t pick_group(struct servers *ss, const struct packet *pk, enum server_group group,
    int64_t now_us, uint8_t *out)
{
	int one = -1;
	size_t n = 0;

	if (ss->conf.policy != SERVERS_ALL)
		one = choose_one(ss, pk, group);
	for (size_t i = 0; i < ss->n; i++) {
		if (!is_candidate(&ss->v[i], group))
			continue;
		if (ss->conf.policy == SERVERS_ALL || (int)i == one ||
		    (owes_answer(pk) && health_is_due(&ss->v[i].health, &ss->conf, now_us)))
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

size_t servers_pick_boot(struct servers *ss, const struct packet *pk, int64_t now_us,
    uint16_t client_port, uint8_t out[SERVERS_MAX])
{
	exchange_begin(&ss->pending, key_of(ss, pk), now_us, client_port);
	return pick_group(ss, pk, SERVER_PXE, now_us, out);
}

uint16_t servers_client_port(const struct servers *ss, const struct packet *pk, int64_t now_us)
{
	const struct exchange *x = exchange_find(&ss->pending, key_of(ss, pk));

	return x != NULL && now_us - x->sent_us < EXCHANGE_PORT_US ? x->client_port : 0;
}

void servers_sent(struct servers *ss, size_t i, const struct packet *pk, int64_t now_us, int err)
{
	health_sent(&ss->v[i].health, now_us, err);
	if (pk == NULL)
		return;
	if (owes_answer(pk))
		health_owes(&ss->v[i].health, now_us);
	/* A REQUEST has its DISCOVER's xid: the round trip of the ACK begins with it. */
	exchange_begin(&ss->pending, key_of(ss, pk), now_us, 0);
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
	const struct exchange *x = exchange_find(&ss->pending, key_of(ss, pk));
	int64_t rtt_us = x != NULL ? now_us - x->sent_us : 0;
	int found = -1;

	for (size_t i = 0; i < ss->n; i++) {
		struct server *s = &ss->v[i];

		if (s->to.ip.family != 4 || !pxe_ip4_eq(s->to.ip.v4, from))
			continue;
		/* One machine may be of both groups; it lives in both then. */
		*out_revived = health_answered(&s->health, now_us, rtt_us) || *out_revived;
		if (found < 0)
			found = (int)i;
	}
	return found;
}

struct server *servers_next_silent(struct servers *ss, int64_t now_us, size_t *cursor)
{
	while (*cursor < ss->n) {
		struct server *s = &ss->v[(*cursor)++];

		if (health_went_silent(&s->health, &ss->conf, now_us))
			return s;
	}
	return NULL;
}
