/* SPDX-License-Identifier: BSD-2-Clause */
/* reply.c -- build and send a reply. */
#include "dhcpd/core/reply.h"

#include <string.h>

#include "dhcpd/core/exchange.h"

enum {
	OPT_SUBNET_MASK = 1,
	OPT_ROUTERS = 3,
	OPT_DNS = 6,
	OPT_HOST_NAME = 12,
	OPT_VENDOR = 43,
	OPT_REQUESTED = 50,
	OPT_LEASE_TIME = 51,
	OPT_OVERLOAD = 52,
	OPT_TYPE = 53,
	OPT_SERVER_ID = 54,
	OPT_PRL = 55,
	OPT_MAX_SIZE = 57,
	OPT_T1 = 58,
	OPT_T2 = 59,
	OPT_CLIENT_ID = 61,
	OPT_RAPID_COMMIT = 80,
	OPT_FQDN = 81,
	OPT_AGENT = 82,
	OPT_UUID = 97,
	OPT_SUBNET_SELECTION = 118,
	BOOTP_MAX = PXE_DHCP_MIN_LEN,
	ENCAP_MAX = 2048,
	ENCAP_DEPTH = 3
};

/* ---- order ---- */

struct order {
	uint8_t *list;
	size_t n;
	uint64_t seen[4];
};

static void order_add(struct order *o, uint8_t code)
{
	if (code == 0 || code == 255 || (o->seen[code >> 6] >> (code & 63) & 1) != 0)
		return;
	o->seen[code >> 6] |= UINT64_C(1) << (code & 63);
	o->list[o->n++] = code;
}

/* RFC 2132 3.3 wants the mask before the routers. They change places, as with ISC. */
static void mask_before_routers(struct order *o)
{
	size_t routers = 0, mask = 0;

	while (routers < o->n && o->list[routers] != OPT_ROUTERS)
		routers++;
	while (mask < o->n && o->list[mask] != OPT_SUBNET_MASK)
		mask++;
	if (routers < mask && mask < o->n) {
		o->list[routers] = OPT_SUBNET_MASK;
		o->list[mask] = OPT_ROUTERS;
	}
}

size_t reply_order(
    const struct pxe_dhcp_msg *req, const struct settings *s, bool with_mask, uint8_t list[256])
{
	static const uint8_t usual[] = {
	    OPT_SUBNET_MASK, OPT_ROUTERS, OPT_DNS, OPT_HOST_NAME, OPT_FQDN};
	struct order o = {.list = list};
	const struct setting_option *forced = settings_dhcp_option(s, OPT_PRL);
	struct pxe_bytes prl = forced != NULL ? forced->value : pxe_dhcp_get(req, OPT_PRL);

	for (size_t i = 0; i < prl.len; i++)
		order_add(&o, prl.p[i]);
	if (prl.len > 0) {
		if (req->type != PXE_DHCP_INFORM) /* it has its mask already */
			if (with_mask)
				order_add(&o, OPT_SUBNET_MASK);
		mask_before_routers(&o);
		return o.n;
	}
	for (size_t i = 0; i < sizeof(usual); i++)
		order_add(&o, usual[i]);
	for (size_t i = 0; i < s->nopt; i++)
		if (s->opt[i].def->space == pxe_opt_space_dhcp() && s->opt[i].def->code < 255)
			order_add(&o, (uint8_t)s->opt[i].def->code);
	return o.n;
}

/* ---- values ---- */

/* Set by the rules of the protocol, or never sent by a server (RFC 2131 table 3). */
static bool is_protocol(uint8_t code)
{
	switch (code) {
	case OPT_REQUESTED:
	case OPT_LEASE_TIME:
	case OPT_OVERLOAD:
	case OPT_TYPE:
	case OPT_SERVER_ID:
	case OPT_PRL:
	case OPT_MAX_SIZE:
	case OPT_T1:
	case OPT_T2:
	case OPT_RAPID_COMMIT:
	case OPT_AGENT:
		return true;
	default:
		return false;
	}
}

/* All options of a space that are set, one after the other, into wr. Spaces inside it (an option of
 * it that encapsulates another) are followed a few levels deep. */
static void encapsulate(
    struct exchange *x, const struct pxe_opt_space *space, struct pxe_wr *wr, unsigned depth)
{
	const struct settings *s = &x->core->settings;
	const struct pxe_opt_def *def = NULL;

	for (size_t i = 0; i < s->nopt; i++)
		if (s->opt[i].def->space == space)
			pxe_opt_tlv_put(
			    wr, space, s->opt[i].def->code, s->opt[i].value.p, s->opt[i].value.len);
	for (size_t i = 0; depth > 0 && (def = pxe_opt_at(x->view.reg, space, i)) != NULL; i++) {
		const struct pxe_opt_space *inner =
		    def->encap != NULL ? pxe_opt_space_find(x->view.reg, def->encap) : NULL;
		uint8_t body[ENCAP_MAX];
		struct pxe_wr sub = pxe_wr_init(body, sizeof(body));

		if (inner == NULL || inner->is_virtual || settings_option(s, def) != NULL)
			continue;
		encapsulate(x, inner, &sub, depth - 1);
		if (sub.len > 0 && sub.err == 0)
			pxe_opt_tlv_put(wr, space, def->code, body, sub.len);
	}
}

/* The space whose options make up option `code`: by its definition, or for 43 as the configuration
 * says (vendor-option-space). */
static const struct pxe_opt_space *space_of(struct exchange *x, uint8_t code)
{
	const struct settings *s = &x->core->settings;
	const struct pxe_opt_def *def = pxe_opt_by_code(x->view.reg, pxe_opt_space_dhcp(), code);
	struct pxe_bytes name = settings_data(s, PARAM_VENDOR_OPTION_SPACE);
	char word[128];

	if (code != OPT_VENDOR)
		return def != NULL && def->encap != NULL
			   ? pxe_opt_space_find(x->view.reg, def->encap)
			   : NULL;
	if (!settings_is_set(s, PARAM_VENDOR_OPTION_SPACE) || name.len >= sizeof(word))
		return NULL;
	memcpy(word, name.p, name.len);
	word[name.len] = '\0';
	return pxe_opt_space_find(x->view.reg, word);
}

static bool put_encapsulated(struct exchange *x, uint8_t code)
{
	const struct pxe_opt_space *space = space_of(x, code);
	uint8_t body[ENCAP_MAX];
	struct pxe_wr wr = pxe_wr_init(body, sizeof(body));

	if (space == NULL || space->is_virtual)
		return false;
	encapsulate(x, space, &wr, ENCAP_DEPTH);
	if (wr.len == 0 || wr.err != 0)
		return false;
	return pxe_dhcp_set(&x->core->reply, code, body, wr.len) == 0;
}

/* The first that there is, as with ISC: name of the host declaration, name of the address. */
static void put_host_name(struct exchange *x)
{
	struct core *c = x->core;
	struct pxe_bytes name = {0};

	if (x->host.host != NULL && settings_flag(&c->settings, PARAM_USE_HOST_DECL_NAMES))
		name = (struct pxe_bytes){
		    (const uint8_t *)x->host.host->name, strlen(x->host.host->name)};
	else if (x->ip.v != 0 && c->opts.name_of != NULL &&
		 settings_flag(&c->settings, PARAM_GET_LEASE_HOSTNAMES))
		name = c->opts.name_of(c->opts.arg, x->ip);
	if (name.len > 0)
		(void)pxe_dhcp_set(&c->reply, OPT_HOST_NAME, name.p, name.len);
}

/* What is sent though nobody configured it. */
static void put_default(struct exchange *x, uint8_t code)
{
	struct core *c = x->core;

	if (code == OPT_SUBNET_MASK && x->subnet != NULL)
		(void)pxe_dhcp_set_ip4(&c->reply, code, x->subnet->mask);
	else if (code == OPT_ROUTERS && x->ip.v != 0 &&
		 settings_flag(&c->settings, PARAM_USE_LEASE_ADDR_FOR_DEFAULT_ROUTE))
		(void)pxe_dhcp_set_ip4(&c->reply, code, x->ip);
	else if (code == OPT_HOST_NAME)
		put_host_name(x);
}

static void put(struct exchange *x, uint8_t code)
{
	struct core *c = x->core;
	const struct setting_option *o = settings_dhcp_option(&c->settings, code);

	if (is_protocol(code) || pxe_dhcp_has(&c->reply, code) ||
	    settings_is_nulled(&c->settings, code))
		return;
	if (o != NULL && (o->value.len > 0 || o->def->field[0].type == PXE_OPT_ZEROLEN))
		(void)pxe_dhcp_set(&c->reply, code, o->value.p, o->value.len);
	else if (o != NULL)
		return; /* an empty value is no option, but keeps a default from being sent */
	else if (!put_encapsulated(x, code))
		put_default(x, code);
}

/* Without a parameter request list everything configured is sent, and so are the options that hold
 * what was configured in other spaces. */
static void put_all_encapsulated(struct exchange *x)
{
	const struct settings *s = &x->core->settings;
	const struct pxe_opt_def *def = NULL;
	bool any = false;

	for (size_t i = 0; i < s->nopt && !any; i++)
		any = s->opt[i].def->space != pxe_opt_space_dhcp();
	if (!any)
		return;
	put(x, OPT_VENDOR);
	for (size_t i = 0; (def = pxe_opt_at(x->view.reg, pxe_opt_space_dhcp(), i)) != NULL; i++)
		if (def->encap != NULL && def->code < 255)
			put(x, (uint8_t)def->code);
}

/* RFC 6842 3. A DHCPINFORM gets none, as with ISC. */
static void echo_client_id(struct exchange *x)
{
	struct pxe_bytes id = pxe_dhcp_get(x->req, OPT_CLIENT_ID);

	if (id.p != NULL && x->req->type != PXE_DHCP_INFORM &&
	    settings_flag(&x->core->settings, PARAM_ECHO_CLIENT_ID))
		(void)pxe_dhcp_set(&x->core->reply, OPT_CLIENT_ID, id.p, id.len);
}

void reply_options(struct exchange *x)
{
	struct core *c = x->core;
	struct pxe_bytes uuid = pxe_dhcp_get(x->req, OPT_UUID);
	struct pxe_ip4 selected;
	uint8_t list[256];
	size_t n = reply_order(x->req, &c->settings, x->ip.v != 0, list);

	echo_client_id(x);
	for (size_t i = 0; i < n; i++)
		put(x, list[i]);
	if (!pxe_dhcp_has(x->req, OPT_PRL) && settings_dhcp_option(&c->settings, OPT_PRL) == NULL)
		put_all_encapsulated(x);
	if (uuid.p != NULL && !pxe_dhcp_has(&c->reply, OPT_UUID)) /* RFC 4578 2.3, PXE 2.1 */
		(void)pxe_dhcp_set(&c->reply, OPT_UUID, uuid.p, uuid.len);
	if (pxe_dhcp_get_ip4(x->req, OPT_SUBNET_SELECTION, &selected) &&
	    pxe_ip4_eq(selected, x->link)) /* RFC 3011 2: only when it was used */
		(void)pxe_dhcp_set_ip4(&c->reply, OPT_SUBNET_SELECTION, selected);
}

/* ---- the message ---- */

struct pxe_dhcp_msg *reply_begin(struct exchange *x, enum pxe_dhcp_type type)
{
	struct pxe_dhcp_msg *m = &x->core->reply;

	pxe_dhcp_init(m);
	m->op = PXE_BOOTREPLY;
	m->htype = x->req->htype;
	m->hlen = x->req->hlen;
	m->xid = x->req->xid;
	m->flags = x->req->flags;
	m->giaddr = x->req->giaddr;
	memcpy(m->chaddr, x->req->chaddr, sizeof(m->chaddr));
	m->has_cookie = true;
	if (settings_flag(&x->core->settings, PARAM_ALWAYS_BROADCAST) &&
	    x->req->type != PXE_DHCP_INFORM)
		m->flags |= PXE_DHCP_FLAG_BROADCAST;
	if (type != PXE_DHCP_BOOTP) {
		m->type = (uint8_t)type;
		(void)pxe_dhcp_set_u8(m, OPT_TYPE, (uint8_t)type);
		x->server_id = exchange_server_id(x);
		(void)pxe_dhcp_set_ip4(m, OPT_SERVER_ID, x->server_id);
	} else {
		x->server_id = x->iface->ip;
	}
	return m;
}

static void warn_dropped(struct exchange *x, const uint64_t dropped[4], size_t max_len)
{
	char text[512];
	struct pxe_text t = pxe_text_init(text, sizeof(text));

	for (unsigned code = 1; code < 255; code++) {
		const struct pxe_opt_def *def = NULL;

		if ((dropped[code >> 6] >> (code & 63) & 1) == 0)
			continue;
		def = pxe_opt_by_code(x->view.reg, pxe_opt_space_dhcp(), code);
		pxe_text_addf(&t, "%s%s", t.len > 0 ? ", " : "", def != NULL ? def->name : "");
		pxe_text_addf(&t, "%s(%u)", def != NULL ? " " : "option ", code);
	}
	if (t.len > 0)
		fx_log(x->fx, FX_LOG_WARNING, "reply to %s via %s: no room in %zu bytes for %s",
		    x->hw, x->via, max_len, text);
}

/* A client that sent 64 bytes of vendor area can take no more (RFC 951, 1542 2.1). */
static size_t max_len_for(const struct exchange *x)
{
	if (x->req->type != PXE_DHCP_BOOTP)
		return pxe_dhcp_max_len(x->req, x->iface->mtu);
	return x->in->len > BOOTP_MAX ? x->in->len : BOOTP_MAX;
}

/* A client on the link that renews with the broadcast flag set hears no unicast yet, whatever
 * ciaddr says; ISC reads RFC 2131 4.1 so. */
static struct pxe_dhcp_dest destination(
    const struct exchange *x, const struct pxe_dhcp_msg *m, const struct pxe_dhcp_dest_how *how)
{
	struct pxe_dhcp_dest to = pxe_dhcp_dest(x->req, m, how);

	if (to.via == PXE_DHCP_VIA_UNICAST && x->on_link && x->req->type == PXE_DHCP_REQUEST &&
	    (m->flags & PXE_DHCP_FLAG_BROADCAST) != 0)
		return (struct pxe_dhcp_dest){
		    PXE_DHCP_VIA_BROADCAST, {UINT32_MAX}, how->client_port};
	return to;
}

void reply_send(struct exchange *x)
{
	struct core *c = x->core;
	struct pxe_dhcp_msg *m = &c->reply;
	struct pxe_bytes agent = pxe_dhcp_get(x->req, OPT_AGENT);
	struct pxe_dhcp_encode_how how = {.max_len = max_len_for(x),
	    .min_len = PXE_DHCP_MIN_LEN,
	    .overload = m->type != PXE_DHCP_BOOTP};
	struct pxe_dhcp_dest_how to = {
	    .server_port = c->opts.server_port,
	    .client_port = c->opts.client_port,
	    .always_broadcast = settings_flag(&c->settings, PARAM_ALWAYS_BROADCAST),
	    .can_link = x->iface->can_link,
	    .from = x->in->from.ip.family == 4 ? x->in->from.ip.v4 : (struct pxe_ip4){0},
	    .from_port = x->in->from.port,
	};
	uint64_t dropped[4] = {0};
	uint8_t *out = fx_alloc(x->fx, how.max_len);
	struct fx *e = NULL;
	int len = 0;

	echo_client_id(x);
	if (agent.p != NULL &&
	    m->has_cookie) /* RFC 3046 2.2: unchanged, and the encoder puts it last */
		(void)pxe_dhcp_set(m, OPT_AGENT, agent.p, agent.len);
	if (out == NULL)
		return;
	len = pxe_dhcp_encode(m, &how, out, how.max_len, dropped);
	if (len < 0)
		return;
	warn_dropped(x, dropped, how.max_len);
	e = fx_add(x->fx, FX_SEND);
	if (e == NULL)
		return;
	e->send = (struct fx_send){.dest = destination(x, m, &to),
	    .ifindex = x->iface->index,
	    .from = x->iface->ip,
	    .hw = pxe_dhcp_hwaddr(x->req),
	    .p = out,
	    .len = (size_t)len,
	    .asked_us = x->in->at_us,
	    .began_us = x->began_us};
	if (e->send.dest.via == PXE_DHCP_VIA_BROADCAST && c->opts.broadcast.v != 0)
		e->send.dest.ip = c->opts.broadcast;
}
