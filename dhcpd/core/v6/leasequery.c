/* SPDX-License-Identifier: BSD-2-Clause */
/* leasequery.c -- Leasequery (RFC 5007): a relay that lost its memory asks who holds what.
 *
 * One question a message, about an address or about a client's DUID. ISC's dhcpd has this for IPv4
 * only, so that files made from its samples say `allow leasequery` and mean nothing by it; what an
 * answer tells is for routers. Therefore it goes only to where no client can be: not to a
 * link-local address, which a relay has no need to use, and not to one that a range holds. What is
 * known is what is leased: addresses fixed for a host have no binding. Pure.
 */
#include <string.h>

#include "dhcpd/core/v6/exchange6.h"

enum {
	QUERY_BY_ADDRESS = 1,
	QUERY_BY_CLIENT_ID = 2,
	OPT_LQ_QUERY = 44,
	OPT_CLIENT_DATA = 45,
	OPT_CLT_TIME = 46,
	OPT_LQ_RELAY_DATA = 47,
	OPT_LQ_CLIENT_LINK = 48,
	LEASES_MAX = 64, /* of one client on one link that are told */
	LINKS_MAX = 16,
	RELAY_DATA_MAX = 512 /* what does not fit is not remembered */
};

struct query {
	uint8_t type;
	struct pxe_ip6 link; /* all zero: any */
	struct pxe_bytes options;
	const struct network *net; /* of link; NULL: any */

	/* what there is */
	struct pxe_bytes duid; /* len 0: nobody */
	const struct network *on[LINKS_MAX];
	size_t nlink;
	const struct lease6 *lease[LEASES_MAX]; /* on one link, in the order they are told */
	size_t nlease;
};

/* ---- what a relay said, kept with the lease ---- */

/* The relays' messages as they came, without the client's inside (4.1.2.4). */
static void put_relay(struct pxe_wr *wr, const struct pxe_dhcp6_chain *chain, unsigned i)
{
	const struct pxe_dhcp6_msg *m = &chain->relay[i];
	struct pxe_rd rd = pxe_rd_init(m->options.p, m->options.len);
	struct pxe_dhcp6_opt o;

	pxe_dhcp6_put_relay_header(wr, m->type, m->hops, &m->link, &m->peer);
	while (pxe_dhcp6_next(&rd, &o))
		if (o.code != PXE_DHCP6_OPT_RELAY_MSG)
			pxe_dhcp6_put(wr, o.code, o.value.p, o.value.len);
	if (i + 1 < chain->nrelay) {
		struct pxe_dhcp6_open open = pxe_dhcp6_open(wr, PXE_DHCP6_OPT_RELAY_MSG);

		put_relay(wr, chain, i + 1);
		pxe_dhcp6_close(wr, open);
	}
}

void leasequery_remember(struct exchange6 *x, struct pxe_text *t)
{
	uint8_t buf[RELAY_DATA_MAX];
	struct pxe_wr wr = pxe_wr_init(buf, sizeof(buf));

	if (x->chain->nrelay == 0 ||
	    settings_num(&x->core->settings, PARAM_LEASEQUERY) != PARAM_TRUE)
		return;
	pxe_wr_bytes(&wr, x->in->from.ip.v6.b, sizeof(x->in->from.ip.v6.b));
	put_relay(&wr, x->chain, 0);
	if (wr.err != 0)
		return;
	pxe_text_add(t, "  set " LEASEQUERY_RELAY_DATA " = ");
	lease_text_put_string(t, (struct pxe_bytes){buf, wr.len});
	pxe_text_add(t, ";\n");
}

/* ---- who may ask ---- */

static const struct pxe_ip *requestor(const struct exchange6 *x, struct pxe_ip *buf)
{
	if (x->chain->nrelay == 0)
		return &x->in->from.ip;
	*buf = (struct pxe_ip){.family = 6, .v6 = x->chain->relay[x->chain->nrelay - 1].peer};
	return buf;
}

static bool may_be_a_client(const struct exchange6 *x, const struct pxe_ip *ip)
{
	const struct pools6 *pools = &x->core->pools;

	if (ip->family != 6 || pxe_ip_is_link_local(ip) || pxe_ip_is_any(ip))
		return true;
	for (size_t i = 0; i < pools->n; i++)
		if (space6_covers(&pools->v[i], &ip->v6))
			return true;
	return false;
}

/* The scopes of the requestor's own subnet say whether it may ask. */
static uint32_t permission(struct exchange6 *x, const struct pxe_ip *who)
{
	const struct subnet *s = who->family == 6 ? conf_subnet(x->core->conf, who) : NULL;

	x->net = s != NULL ? s->network : NULL;
	exchange6_choose(x, &who->v6, NULL, NULL, false);
	exchange6_evaluate(x);
	return settings_num(&x->core->settings, PARAM_LEASEQUERY);
}

/* ---- what there is ---- */

static const struct network *network_of(const struct exchange6 *x, const struct pxe_ip6 *ip)
{
	struct pxe_ip any = {.family = 6, .v6 = *ip};
	const struct subnet *s = conf_subnet(x->core->conf, &any);
	const struct pools6 *pools = &x->core->pools;

	if (s != NULL)
		return s->network;
	for (size_t i = 0; i < pools->n; i++)
		if (space6_covers(&pools->v[i], ip))
			return pools->v[i].pool->network;
	return NULL;
}

/* Told are the leases of the first link; others are counted, so that the answer can name them. */
static void take(struct exchange6 *x, struct query *q, const struct lease6 *l)
{
	const struct network *net = network_of(x, &l->ip);
	size_t i = 0;

	if (l->state != LEASE_ACTIVE || net == NULL || (q->net != NULL && net != q->net))
		return;
	while (i < q->nlink && q->on[i] != net)
		i++;
	if (i == LINKS_MAX)
		return;
	if (i == q->nlink)
		q->on[q->nlink++] = net;
	for (size_t k = 0; k < q->nlease; k++)
		if (q->lease[k] == l)
			return;
	if (i == 0 && q->nlease < LEASES_MAX)
		q->lease[q->nlease++] = l;
}

static void take_all(struct exchange6 *x, struct query *q)
{
	struct ia6 *ia = NULL;

	while ((ia = ia6_by_client(&x->core->leases, q->duid, ia)) != NULL)
		for (const struct lease6 *l = ia->first; l != NULL; l = l->next)
			take(x, q, l);
}

/* Status of the answer; text is the reason for one that is not a success. */
static uint16_t by_address(struct exchange6 *x, struct query *q, const char **out_text)
{
	struct pxe_bytes value = pxe_dhcp6_get(q->options, PXE_DHCP6_OPT_IA_ADDR);
	struct pxe_dhcp6_lease asked;
	const struct network *net = NULL;
	const struct lease6 *l = NULL;

	if (value.p == NULL || pxe_dhcp6_parse_lease(PXE_DHCP6_OPT_IA_ADDR, value, &asked) != 0) {
		*out_text = "No address to ask about.";
		return STATUS6_MALFORMED_QUERY;
	}
	x->ip = (struct pxe_ip){.family = 6, .v6 = asked.ip};
	net = network_of(x, &asked.ip);
	if (net == NULL || (q->net != NULL && net != q->net)) {
		*out_text = "Address not configured on this server.";
		return STATUS6_NOT_CONFIGURED;
	}
	l = pool6_holder(&x->core->pools, &x->core->leases, &asked.ip);
	if (l == NULL)
		return STATUS6_SUCCESS;
	q->net = net;
	q->duid = (struct pxe_bytes){l->ia->duid, l->ia->duid_len};
	take(x, q, l);
	take_all(x, q);
	return STATUS6_SUCCESS;
}

static uint16_t by_client_id(struct exchange6 *x, struct query *q, const char **out_text)
{
	q->duid = pxe_dhcp6_get(q->options, PXE_DHCP6_OPT_CLIENT_ID);
	if (q->duid.len == 0 || q->duid.len > LEASE6_DUID_MAX) {
		*out_text = "No client to ask about.";
		return STATUS6_MALFORMED_QUERY;
	}
	take_all(x, q);
	return STATUS6_SUCCESS;
}

static uint16_t look_up(struct exchange6 *x, struct query *q, const char **out_text)
{
	static const struct pxe_ip6 any;
	struct pxe_bytes b = pxe_dhcp6_get(x->req->options, OPT_LQ_QUERY);
	struct pxe_rd rd = pxe_rd_init(b.p, b.len);

	const uint8_t *link = NULL;

	q->type = pxe_rd_u8(&rd);
	link = pxe_rd_bytes(&rd, sizeof(q->link.b));
	if (b.p == NULL || rd.err != 0) {
		*out_text = "No query in it.";
		return STATUS6_MALFORMED_QUERY;
	}
	memcpy(q->link.b, link, sizeof(q->link.b));
	q->options.len = pxe_rd_left(&rd);
	q->options.p = pxe_rd_bytes(&rd, q->options.len);
	if (memcmp(&q->link, &any, sizeof(any)) != 0) {
		q->net = network_of(x, &q->link);
		if (q->net == NULL) {
			*out_text = "Link not configured on this server.";
			return STATUS6_NOT_CONFIGURED;
		}
	}
	switch (q->type) {
	case QUERY_BY_ADDRESS:
		return by_address(x, q, out_text);
	case QUERY_BY_CLIENT_ID:
		return by_client_id(x, q, out_text);
	default:
		*out_text = "Unknown type of query.";
		return STATUS6_UNKNOWN_QUERY_TYPE;
	}
}

/* ---- the answer ---- */

static uint32_t left(uint32_t end_s, int64_t now_s)
{
	return (int64_t)end_s > now_s ? (uint32_t)((int64_t)end_s - now_s) : 0;
}

static void put_lease(struct exchange6 *x, const struct lease6 *l)
{
	struct pxe_dhcp6_lease out = {.ip = l->ip,
	    .prefix_len = l->len,
	    .preferred_s = l->preferred_s,
	    .valid_s = l->valid_s};
	uint16_t code = ia6_lease_code((enum lease6_kind)l->ia->kind);

	if (l->ends != UINT32_MAX) { /* what is left of them */
		uint32_t gone = l->valid_s - left(l->ends, x->now_s);

		out.valid_s = left(l->ends, x->now_s);
		if (out.preferred_s != UINT32_MAX)
			out.preferred_s = out.preferred_s > gone ? out.preferred_s - gone : 0;
	}
	pxe_dhcp6_close(&x->ias, pxe_dhcp6_open_lease(&x->ias, code, &out));
}

static void put_relay_data(struct exchange6 *x, const struct query *q)
{
	uint8_t value[RELAY_DATA_MAX];
	struct pxe_bytes text;
	const struct lease6 *latest = q->lease[0];

	for (size_t i = 1; i < q->nlease; i++)
		if (q->lease[i]->ia->cltt > latest->ia->cltt)
			latest = q->lease[i];
	if (!pxe_dhcp6_is_requested(q->options, OPT_LQ_RELAY_DATA) ||
	    !lease_vars_find(lease6_vars(latest), LEASEQUERY_RELAY_DATA, &text) || text.len < 2)
		return;
	pxe_dhcp6_put(&x->ias, OPT_LQ_RELAY_DATA, value,
	    scan_unescape((const char *)text.p + 1, text.len - 2, value, sizeof(value)));
}

static void put_client(struct exchange6 *x, const struct query *q)
{
	struct pxe_dhcp6_open open = pxe_dhcp6_open(&x->ias, OPT_CLIENT_DATA);
	uint32_t cltt = 0;

	pxe_dhcp6_put(&x->ias, PXE_DHCP6_OPT_CLIENT_ID, q->duid.p, q->duid.len);
	for (size_t i = 0; i < q->nlease; i++) {
		put_lease(x, q->lease[i]);
		cltt = q->lease[i]->ia->cltt > cltt ? q->lease[i]->ia->cltt : cltt;
	}
	pxe_dhcp6_put_u32(&x->ias, OPT_CLT_TIME,
	    x->now_s > (int64_t)cltt ? (uint32_t)(x->now_s - (int64_t)cltt) : 0);
	put_relay_data(x, q);
	pxe_dhcp6_close(&x->ias, open);
}

/* The client is on several links, and the question has to be put about each (4.1.2.5). */
static void put_links(struct exchange6 *x, const struct query *q)
{
	struct pxe_dhcp6_open open = pxe_dhcp6_open(&x->ias, OPT_LQ_CLIENT_LINK);

	for (size_t i = 0; i < q->nlink; i++)
		if (q->on[i]->subnet != NULL)
			pxe_wr_bytes(&x->ias, q->on[i]->subnet->prefix.ip.v6.b, 16);
	pxe_dhcp6_close(&x->ias, open);
}

static enum pxe_reason reason_of(uint16_t status, const struct query *q)
{
	switch (status) {
	case STATUS6_SUCCESS:
		return q->nlease > 0 ? PXE_REASON_OK : PXE_REASON_UNKNOWN_LEASE;
	case STATUS6_NOT_CONFIGURED:
		return PXE_REASON_NO_SUBNET;
	case STATUS6_NOT_ALLOWED:
		return PXE_REASON_FORBIDDEN;
	default:
		return PXE_REASON_BAD_REQUEST;
	}
}

void v6_leasequery(struct exchange6 *x)
{
	struct pxe_ip buf;
	const struct pxe_ip *who = requestor(x, &buf);
	uint32_t allowed = permission(x, who);
	struct query q = {0};
	const char *text = NULL;
	uint16_t status = STATUS6_NOT_ALLOWED;

	if (allowed != PARAM_TRUE) {
		x->where = x->core->settings.param[PARAM_LEASEQUERY].pos;
		exchange6_discard(x, PXE_REASON_FORBIDDEN, "; leasequery is not allowed");
		return;
	}
	reply6_begin(x, PXE_DHCP6_LEASEQUERY_REPLY);
	if (may_be_a_client(x, who))
		text = "Ask from an address that no client can have.";
	else
		status = look_up(x, &q, &text);
	if (q.nlink > 1)
		put_links(x, &q);
	else if (q.nlease > 0)
		put_client(x, &q);
	x->outcome.reason = reason_of(status, &q);
	x->detail = text;
	reply6_send(x, REPLY6_PLAIN | REPLY6_IAS_LAST, status, text);
}
