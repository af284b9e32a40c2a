/* SPDX-License-Identifier: BSD-2-Clause */
/* leasequery.c -- DHCPLEASEQUERY (RFC 4388): a relay that lost its memory asks who holds what.
 *
 * One question a packet, about an address, a client identifier or a link-layer address, in this
 * order (6.4.1). Only where `allow leasequery` says so, and only through giaddr, where the answer
 * goes. Log lines are ISC's. As the RFC has it, and ISC has not, DHCPLEASEUNASSIGNED is said of
 * addresses only: a client without a bound lease is unknown (6.4).
 */
#include <inttypes.h>
#include <string.h>

#include "dhcpd/core/exchange.h"

enum {
	OPT_LEASE_TIME = 51,
	OPT_PRL = 55,
	OPT_T1 = 58,
	OPT_T2 = 59,
	OPT_VENDOR_CLASS = 60,
	OPT_CLIENT_ID = 61,
	OPT_AGENT = 82,
	OPT_LAST_TRANSACTION = 91,
	OPT_ASSOCIATED_IP = 92,
	ASSOCIATED_MAX = 63 /* addresses that fit into one option */
};

struct query {
	const struct lease *lease; /* bound, or NULL */
	enum pxe_dhcp_type answer;
	struct pxe_ip4 other[ASSOCIATED_MAX]; /* all addresses the client holds */
	size_t nother;
	char about[PXE_HWADDR_STRLEN * 13]; /* "IP 10.0.0.1" */
};

/* ---- the question ---- */

static void by_ip(struct exchange *x, struct query *q)
{
	struct pxe_text t = pxe_text_init(q->about, sizeof(q->about));
	const struct lease *l = lease_find(&x->core->leases, x->req->ciaddr);
	char ip[PXE_IP4_STRLEN];

	pxe_text_addf(&t, "IP %s", pxe_ip4_str(x->req->ciaddr, ip));
	if (l != NULL && l->state == LEASE_ACTIVE && l->pool != LEASE_POOL_NONE) {
		q->lease = l;
		q->answer = PXE_DHCP_LEASEACTIVE;
	} else if (conf_pool4(x->core->conf, x->req->ciaddr, NULL) != NULL) {
		q->answer = PXE_DHCP_LEASEUNASSIGNED;
	}
}

/* Of several leases the one whose client was heard last is the answer (6.4.1). */
static void weigh(struct query *q, const struct lease *l)
{
	if (l->state != LEASE_ACTIVE || l->pool == LEASE_POOL_NONE)
		return;
	if (q->nother < ASSOCIATED_MAX)
		q->other[q->nother++] = l->ip;
	if (q->lease == NULL || l->cltt > q->lease->cltt)
		q->lease = l;
	q->answer = PXE_DHCP_LEASEACTIVE;
}

static void by_client_id(struct exchange *x, struct pxe_bytes uid, struct query *q)
{
	struct pxe_text t = pxe_text_init(q->about, sizeof(q->about));
	const struct lease *l = NULL;

	pxe_text_add(&t, "client-id ");
	pxe_text_add_hex(&t, uid.p, uid.len, ':');
	while ((l = lease_by_uid(&x->core->leases, uid, l)) != NULL)
		weigh(q, l);
}

static void by_hw(struct exchange *x, const struct pxe_hwaddr *hw, struct query *q)
{
	struct pxe_text t = pxe_text_init(q->about, sizeof(q->about));
	const struct lease *l = NULL;
	char text[PXE_HWADDR_STRLEN];

	pxe_text_addf(&t, "MAC address %s", pxe_hwaddr_str(hw, text));
	while ((l = lease_by_hw(&x->core->leases, hw, l)) != NULL)
		weigh(q, l);
}

/* False: nothing is asked about. */
static bool look_up(struct exchange *x, struct query *q)
{
	struct pxe_bytes uid = pxe_dhcp_get(x->req, OPT_CLIENT_ID);
	struct pxe_hwaddr hw = pxe_dhcp_hwaddr(x->req);

	if (uid.len > LEASE_UID_MAX)
		uid.len = LEASE_UID_MAX;
	if (x->req->ciaddr.v != 0)
		by_ip(x, q);
	else if (uid.len > 0)
		by_client_id(x, uid, q);
	else if (hw.len > 0)
		by_hw(x, &hw, q);
	else
		return false;
	return true;
}

/* ---- the answer ---- */

/* Was the option asked for? Without a list everything there is (6.4.2). */
static bool is_wanted(const struct exchange *x, uint8_t code)
{
	struct pxe_bytes prl = pxe_dhcp_get(x->req, OPT_PRL);

	return prl.len == 0 || memchr(prl.p, code, prl.len) != NULL;
}

static void put_u32(struct exchange *x, uint8_t code, uint32_t v)
{
	if (is_wanted(x, code))
		(void)pxe_dhcp_set_u32(&x->core->reply, code, v);
}

static void put_bytes(struct exchange *x, uint8_t code, struct pxe_bytes b)
{
	if (b.len > 0 && is_wanted(x, code))
		(void)pxe_dhcp_set(&x->core->reply, code, b.p, b.len);
}

/* Remaining, and when the client renews and rebinds by RFC 2131 4.4.5; none of them for ever. */
static void put_times(struct exchange *x, const struct lease *l)
{
	int64_t whole = (int64_t)l->ends - (int64_t)l->starts, left = (int64_t)l->ends - x->now_s;
	int64_t gone = whole - left;

	if (l->ends == UINT32_MAX) {
		put_u32(x, OPT_LEASE_TIME, UINT32_MAX);
		return;
	}
	put_u32(x, OPT_LEASE_TIME, left > 0 ? (uint32_t)left : 0);
	if (whole / 2 > gone)
		put_u32(x, OPT_T1, (uint32_t)(whole / 2 - gone));
	if (whole / 8 * 7 > gone)
		put_u32(x, OPT_T2, (uint32_t)(whole / 8 * 7 - gone));
}

static void put_vendor_class(struct exchange *x, const struct lease *l)
{
	struct pxe_bytes text;
	uint8_t value[LEASE_HOSTNAME_MAX];

	if (!lease_vars_find(lease_vars(l), "vendor-class-identifier", &text) || text.len < 2 ||
	    text.p[0] != '"')
		return;
	put_bytes(x, OPT_VENDOR_CLASS,
	    (struct pxe_bytes){.p = value,
		.len =
		    scan_unescape((const char *)text.p + 1, text.len - 2, value, sizeof(value))});
}

/* Several addresses are told whether asked for or not (6.4.2). */
static void put_associated(struct exchange *x, const struct query *q)
{
	uint8_t body[ASSOCIATED_MAX * 4];
	struct pxe_wr wr = pxe_wr_init(body, sizeof(body));

	for (size_t i = 0; i < q->nother; i++)
		pxe_wr_u32(&wr, q->other[i].v);
	if (q->nother > 1)
		(void)pxe_dhcp_set(&x->core->reply, OPT_ASSOCIATED_IP, body, wr.len);
}

static void describe(struct exchange *x, const struct query *q)
{
	struct pxe_dhcp_msg *m = &x->core->reply;
	const struct lease *l = q->lease;
	struct pxe_hwaddr hw = lease_hw(l);

	m->ciaddr = l->ip;
	m->htype = hw.type;
	m->hlen = hw.len <= sizeof(m->chaddr) ? hw.len : 0;
	memset(m->chaddr, 0, sizeof(m->chaddr));
	memcpy(m->chaddr, hw.b, m->hlen);
	put_times(x, l);
	put_vendor_class(x, l);
	put_bytes(x, OPT_CLIENT_ID, lease_uid(l));
	if (l->cltt != 0 && (int64_t)l->cltt <= x->now_s)
		put_u32(x, OPT_LAST_TRANSACTION, (uint32_t)(x->now_s - (int64_t)l->cltt));
	put_associated(x, q);
	put_bytes(x, OPT_AGENT, lease_agent(l));
}

static void answer(struct exchange *x, const struct query *q)
{
	struct pxe_dhcp_msg *m = reply_begin(x, q->answer);
	char name[32], to[PXE_IP4_STRLEN];
	struct pxe_text t = pxe_text_init(name, sizeof(name));

	m->ciaddr = x->req->ciaddr;
	if (q->lease != NULL)
		describe(x, q);
	pxe_text_addf(&t, "DHCP%s", pxe_dhcp_type_name(q->answer));
	fx_log(x->fx, FX_LOG_INFO, "%s for %s", x->line, q->about);
	reply_send(x);
	fx_log(x->fx, FX_LOG_INFO, "%s to %s for %s (%zu associated IPs)", name,
	    pxe_ip4_str(x->req->giaddr, to), q->about, q->nother > 1 ? q->nother : (size_t)0);
	x->ip = m->ciaddr;
	x->detail = fx_strdup(x->fx, name);
	exchange_event(x, PXE_STAGE_LEASEQUERY,
	    q->answer == PXE_DHCP_LEASEUNKNOWN ? PXE_REASON_UNKNOWN_LEASE : PXE_REASON_OK);
}

void v4_leasequery(struct exchange *x)
{
	struct pxe_text t = pxe_text_init(x->line, sizeof(x->line));
	struct query q = {.answer = PXE_DHCP_LEASEUNKNOWN};
	struct pxe_ip any = pxe_ip_from4(x->req->giaddr);
	char text[PXE_IP4_STRLEN];
	uint32_t allowed = 0;

	pxe_text_addf(&t, "DHCPLEASEQUERY from %s", pxe_ip4_str(x->req->giaddr, text));
	if (x->req->giaddr.v == 0) { /* 6.3: nowhere to answer to */
		exchange_ignore(x, PXE_REASON_BAD_GIADDR, false, (struct conf_pos){0},
		    "missing giaddr, ciaddr is %s, no reply sent",
		    pxe_ip4_str(x->req->ciaddr, text));
		return;
	}
	x->subnet = conf_subnet(x->core->conf, &any);
	exchange_evaluate(x);
	allowed = settings_num(&x->core->settings, PARAM_LEASEQUERY);
	if (allowed != PARAM_TRUE) {
		exchange_ignore(x, PXE_REASON_FORBIDDEN, allowed == PARAM_IGNORE,
		    x->core->settings.param[PARAM_LEASEQUERY].pos,
		    "LEASEQUERY not allowed, query ignored");
		return;
	}
	if (!look_up(x, &q)) {
		exchange_ignore(x, PXE_REASON_MALFORMED, false, (struct conf_pos){0},
		    "asks about nothing, no reply sent");
		return;
	}
	answer(x, &q);
}
