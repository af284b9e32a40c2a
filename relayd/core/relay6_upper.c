/* SPDX-License-Identifier: BSD-2-Clause */
/* relay6_upper.c -- the servers behind the upper links: who gets a request, who lives. */
#include <string.h>

#include "relayd/core/relay6_part.h"

void relay6_read_client(struct pxe_bytes message, struct relay6_out *out)
{
	struct pxe_dhcp6_msg m;

	/* Nested relays are looked through as deep as the protocol lets them be. */
	for (int depth = 0; depth <= PXE_DHCP6_DEPTH_MAX; depth++) {
		if (pxe_dhcp6_parse(message.p, message.len, &m) != 0)
			return;
		if (!pxe_dhcp6_is_relay(&m)) {
			out->client_type = m.type;
			out->client_xid = m.xid;
			out->client_id = pxe_dhcp6_get(m.options, PXE_DHCP6_OPT_CLIENT_ID);
			return;
		}
		message = pxe_dhcp6_get(m.options, PXE_DHCP6_OPT_RELAY_MSG);
	}
}

/* A silent server owes an answer to these only: others name a server, or may be left unanswered by
 * one that does not know the client (RFC 8415 18.3). */
static bool owes_answer(uint8_t type)
{
	return type == PXE_DHCP6_SOLICIT || type == PXE_DHCP6_INFORMATION_REQUEST;
}

/* The one link that should have this client, -1 for none. */
static int choose_one(const struct relay6 *r, const struct relay6_out *out)
{
	enum servers_policy policy = r->conf.servers.policy;
	/* Without an identifier, which an Information-request may do without, all are one. */
	struct choice c =
	    choice_begin(policy, policy == SERVERS_HASH ? choice_client(out->client_id) : 0);

	for (size_t i = 0; i < r->nupper; i++) {
		if (r->upper[i].ifindex != 0)
			choice_offer(&c, (int)i, &r->upper[i].health, r->upper[i].label);
	}
	return c.best;
}

bool relay6_pick(struct relay6 *r, int64_t now_us, struct relay6_out *out)
{
	const struct servers_conf *conf = &r->conf.servers;
	int one = conf->policy == SERVERS_ALL ? -1 : choose_one(r, out);

	for (size_t i = 0; i < r->nupper && out->nup < RELAY6_UPPERS_MAX; i++) {
		const struct relay6_upper *upper = &r->upper[i];

		if (upper->ifindex == 0)
			continue;
		if (conf->policy == SERVERS_ALL || (int)i == one ||
		    (owes_answer(out->client_type) && health_is_due(&upper->health, conf, now_us)))
			out->up[out->nup++] = (uint8_t)i;
	}
	return out->nup > 0;
}

static uint64_t key_of(const struct relay6 *r, const struct relay6_out *out)
{
	return exchange_key(&r->seed, out->client_xid, out->client_id);
}

void relay6_sent(struct relay6 *r, const struct relay6_out *out, size_t i, int64_t now_us, int err)
{
	struct health *h = &r->upper[i].health;

	health_sent(h, now_us, err);
	if (!owes_answer(out->client_type))
		return;
	health_owes(h, now_us);
	exchange_begin(&r->pending, key_of(r, out), now_us, 0);
}

struct relay6_upper *relay6_upper_of(struct relay6 *r, unsigned ifindex)
{
	for (size_t i = 0; i < r->nupper; i++) {
		if (r->upper[i].ifindex == ifindex)
			return &r->upper[i];
	}
	return NULL;
}

struct relay6_upper *relay6_server_of(struct relay6 *r, const struct relay6_in *in)
{
	struct relay6_upper *group = NULL;

	for (size_t i = 0; i < r->nupper; i++) {
		struct relay6_upper *upper = &r->upper[i];

		if (upper->ifindex != in->ifindex)
			continue;
		if (memcmp(&upper->to, &in->from, sizeof(in->from)) == 0)
			return upper;
		if (upper->to.b[0] == 0xff && group == NULL)
			group = upper;
	}
	return group;
}

static size_t count_of(const struct relay6 *r, unsigned ifindex)
{
	size_t n = 0;

	for (size_t i = 0; i < r->nupper; i++)
		n += r->upper[i].ifindex == ifindex;
	return n;
}

void relay6_answered(struct relay6 *r, const struct relay6_in *in, struct relay6_out *out)
{
	const struct exchange *x = exchange_find(&r->pending, key_of(r, out));
	struct relay6_upper *server = relay6_server_of(r, in);

	/* One may answer from another of its addresses. */
	if (server == NULL && count_of(r, in->ifindex) == 1)
		server = out->upper;
	if (server == NULL)
		return;
	out->upper = server;
	out->revived =
	    health_answered(&server->health, in->now_us, x != NULL ? in->now_us - x->sent_us : 0);
}

struct relay6_upper *relay6_next_silent(struct relay6 *r, int64_t now_us, size_t *cursor)
{
	while (*cursor < r->nupper) {
		struct relay6_upper *upper = &r->upper[(*cursor)++];

		if (health_went_silent(&upper->health, &r->conf.servers, now_us))
			return upper;
	}
	return NULL;
}
