/* SPDX-License-Identifier: BSD-2-Clause */
/* explain_show.c -- an exchange in words: what applied, the answer, and who decided what in it. */
#include <string.h>

#include "dhcpd/explain.h"
#include "libpxecommon/proto/dhcp_agent.h"

enum {
	OPT_SUBNET_MASK = 1,
	OPT_ROUTERS = 3,
	OPT_HOST_NAME = 12,
	OPT_VENDOR = 43,
	OPT_LEASE_TIME = 51,
	OPT_TYPE = 53,
	OPT_SERVER_ID = 54,
	OPT_PRL = 55,
	OPT_MESSAGE = 56,
	OPT_VENDOR_CLASS = 60,
	OPT_CLIENT_ID = 61,
	OPT_AGENT = 82,
	OPT_UUID = 97,
	OPT_SUBNET_SELECTION = 118
};

/* ---- lines ---- */

static void row(FILE *out, const char *label, const char *value, const char *where)
{
	explain_row(out, label, value, where);
}

static const char *place(const struct exchange *x, struct conf_pos pos, char *buf)
{
	return conf_where(x->core->conf, pos, buf, EXPLAIN_WHERE_MAX);
}

static void row_at(const struct explain_view *v, const struct exchange *x, const char *label,
    const char *value, struct conf_pos pos)
{
	explain_row_at(v->out, x->core->conf, label, value, pos);
}

/* ---- what applied ---- */

static void show_iface(const struct explain_view *v, const struct exchange *x)
{
	char text[128], ip[PXE_IP4_STRLEN];
	struct pxe_text t = pxe_text_init(text, sizeof(text));

	pxe_text_addf(&t, "%s %s%s", x->iface->name, pxe_ip4_str(x->iface->ip, ip),
	    v->assumed ? " (assumed; say iface=)" : "");
	row(v->out, "on", text, NULL);
}

static void show_network(const struct explain_view *v, const struct exchange *x)
{
	const struct network *n = x->subnet != NULL ? x->subnet->network : x->net;
	char text[PXE_PREFIX_STRLEN];

	if (n == NULL) {
		row(v->out, "network", "none", NULL);
		return;
	}
	if (!n->implicit)
		row_at(v, x, "network", n->name, n->scope->pos);
	if (x->subnet != NULL)
		row_at(v, x, "subnet", pxe_prefix_str(&x->subnet->prefix, text), x->subnet->pos);
	else if (n->implicit)
		row_at(v, x, "subnet", n->name, n->scope->pos);
}

static void show_pool(const struct explain_view *v, const struct exchange *x)
{
	char text[64], lo[PXE_IP4_STRLEN], hi[PXE_IP4_STRLEN];
	struct pxe_text t = pxe_text_init(text, sizeof(text));

	if (x->pool == NULL)
		return;
	if (x->range != NULL)
		pxe_text_addf(&t, "%s - %s", pxe_ip4_str(x->range->ip.lo, lo),
		    pxe_ip4_str(x->range->ip.hi, hi));
	if (x->pool->scope != NULL)
		row_at(v, x, "pool", "", x->pool->pos);
	if (x->range != NULL)
		row_at(v, x, "range", text, x->range->pos);
}

static void show_probe(const struct explain_view *v)
{
	char text[128], ip[PXE_IP4_STRLEN];
	struct pxe_text t = pxe_text_init(text, sizeof(text));

	if (v->probe_ms == 0)
		return;
	pxe_text_addf(
	    &t, "%s is asked for first (ping-check); taken to be free", pxe_ip4_str(v->probe, ip));
	row(v->out, "probe", text, NULL);
}

/* ---- who decided ---- */

static struct conf_pos param_pos(const struct exchange *x, enum param_id id)
{
	return x->core->settings.param[id].pos;
}

/* The parameter that the time came from: the last bound it was cut to. */
static const char *why_time(const struct exchange *x, uint32_t s, char *buf)
{
	static const struct {
		enum param_id id;
		const char *name;
	} times[] = {{PARAM_DEFAULT_LEASE_TIME, "default-lease-time"},
	    {PARAM_MAX_LEASE_TIME, "max-lease-time"}, {PARAM_MIN_LEASE_TIME, "min-lease-time"}};
	uint32_t asked = 0;

	if (pxe_dhcp_get_u32(x->req, OPT_LEASE_TIME, &asked) && asked == s)
		return "as the client asked";
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct conf_pos pos = param_pos(x, times[i].id);

		if (settings_num(&x->core->settings, times[i].id) != s)
			continue;
		if (pos.line > 0)
			return place(x, pos, buf);
		(void)snprintf(buf, EXPLAIN_WHERE_MAX, "%s, as built in", times[i].name);
		return buf;
	}
	return "what is left of the lease";
}

/* Parameters that fill in an option nobody set. */
static const struct {
	uint8_t code;
	enum param_id id;
} by_param[] = {
    {OPT_ROUTERS, PARAM_USE_LEASE_ADDR_FOR_DEFAULT_ROUTE},
    {OPT_HOST_NAME, PARAM_USE_HOST_DECL_NAMES},
    {OPT_CLIENT_ID, PARAM_ECHO_CLIENT_ID},
    {OPT_VENDOR, PARAM_VENDOR_OPTION_SPACE},
};

/* What the protocol has in an answer. */
static const struct {
	uint8_t code;
	const char *why;
} by_protocol[] = {
    {OPT_TYPE, "the answer's type"},
    {OPT_SERVER_ID, "our address"},
    {OPT_MESSAGE, "said with a refusal"},
    {OPT_AGENT, "as the relay sent it"},
    {OPT_UUID, "as the client sent it"},
    {OPT_SUBNET_SELECTION, "as the client sent it"},
    {OPT_VENDOR_CLASS, "UEFI HTTP boot is given a URL"},
};

static const char *why_option(const struct exchange *x, uint8_t code, char *buf)
{
	const struct settings *s = &x->core->settings;
	const struct setting_option *o = settings_dhcp_option(s, code);
	bool relay_id =
	    code == OPT_SERVER_ID &&
	    pxe_agent_get(pxe_dhcp_get(x->req, OPT_AGENT), PXE_AGENT_SERVER_ID_OVERRIDE).p != NULL;

	if (relay_id)
		return "as the relay told us to (suboption 11)";
	if (code == OPT_TYPE || code == OPT_AGENT)
		o = NULL;
	if (o != NULL)
		return place(x, o->pos, buf);
	for (size_t i = 0; i < sizeof(by_param) / sizeof(by_param[0]); i++)
		if (by_param[i].code == code && param_pos(x, by_param[i].id).line > 0)
			return place(x, param_pos(x, by_param[i].id), buf);
	for (size_t i = 0; i < sizeof(by_protocol) / sizeof(by_protocol[0]); i++)
		if (by_protocol[i].code == code)
			return by_protocol[i].why;
	if (code == OPT_SUBNET_MASK && x->subnet != NULL)
		return place(x, x->subnet->pos, buf);
	return "the options below";
}

/* ---- the answer ---- */

static void option_line(const struct exchange *x, const struct pxe_opt_def *def, unsigned code,
    struct pxe_bytes value, struct pxe_text *t)
{
	explain_option(x->view.reg, pxe_opt_space_dhcp(), def, code, value, t);
}

static const struct pxe_opt_space *inner_space(const struct exchange *x, uint8_t code)
{
	const struct pxe_opt_def *def = pxe_opt_by_code(x->view.reg, pxe_opt_space_dhcp(), code);
	struct pxe_bytes name = settings_data(&x->core->settings, PARAM_VENDOR_OPTION_SPACE);
	char word[128];
	struct pxe_text t = pxe_text_init(word, sizeof(word));

	if (code != OPT_VENDOR)
		return def != NULL && def->encap != NULL
			   ? pxe_opt_space_find(x->view.reg, def->encap)
			   : NULL;
	pxe_text_addn(&t, (const char *)name.p, name.len);
	return t.len > 0 ? pxe_opt_space_find(x->view.reg, word) : NULL;
}

/* The options inside an option, each with its own place. */
static void show_inner(const struct explain_view *v, const struct exchange *x, uint8_t code)
{
	const struct settings *s = &x->core->settings;
	const struct pxe_opt_space *space = inner_space(x, code);

	if (space == NULL || settings_dhcp_option(s, code) != NULL)
		return;
	for (size_t i = 0; i < s->nopt; i++) {
		static char line[EXPLAIN_LINE_MAX];
		struct pxe_text t = pxe_text_init(line, sizeof(line));

		if (s->opt[i].def->space != space)
			continue;
		option_line(x, s->opt[i].def, s->opt[i].def->code, s->opt[i].value, &t);
		row_at(v, x, "  holds", line, s->opt[i].pos);
	}
}

static void show_option(const struct explain_view *v, const struct exchange *x,
    const struct pxe_dhcp_msg *m, uint8_t code)
{
	static char line[EXPLAIN_LINE_MAX];
	struct pxe_text t = pxe_text_init(line, sizeof(line));
	const struct setting_option *o = settings_dhcp_option(&x->core->settings, code);
	const struct pxe_opt_def *def =
	    o != NULL ? o->def : pxe_opt_by_code(x->view.reg, pxe_opt_space_dhcp(), code);
	char where[EXPLAIN_WHERE_MAX];
	uint32_t s = 0;

	option_line(x, def, code, pxe_dhcp_get(m, code), &t);
	if (code == OPT_LEASE_TIME && pxe_dhcp_get_u32(m, code, &s))
		row(v->out, "option", line, why_time(x, s, where));
	else
		row(v->out, "option", line, why_option(x, code, where));
	show_inner(v, x, code);
}

static void show_text_field(const struct explain_view *v, const struct exchange *x,
    const char *label, const char *value, enum param_id id)
{
	char text[1024];
	struct pxe_text t = pxe_text_init(text, sizeof(text));

	if (value[0] == '\0')
		return;
	pxe_text_addc(&t, '"');
	pxe_text_add_escaped(&t, value, strlen(value));
	pxe_text_addc(&t, '"');
	row_at(v, x, label, text, param_pos(x, id));
}

static void show_header(
    const struct explain_view *v, const struct exchange *x, const struct pxe_dhcp_msg *m)
{
	char text[256], ip[PXE_IP4_STRLEN], hw[PXE_HWADDR_STRLEN];
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	struct pxe_hwaddr chaddr = pxe_dhcp_hwaddr(m);
	struct conf_pos from = x->range != NULL   ? x->range->pos
			       : x->host.is_fixed ? x->host.host->pos
						  : (struct conf_pos){0};

	pxe_text_addf(&t, "op %u htype %u hlen %u hops %u xid 0x%08x secs %u flags 0x%04x", m->op,
	    m->htype, m->hlen, m->hops, m->xid, m->secs, m->flags);
	row(v->out, "header", text, NULL);
	row(v->out, "ciaddr", pxe_ip4_str(m->ciaddr, ip), NULL);
	row_at(v, x, "yiaddr", pxe_ip4_str(m->yiaddr, ip),
	    m->yiaddr.v != 0 ? from : (struct conf_pos){0});
	row_at(v, x, "siaddr", pxe_ip4_str(m->siaddr, ip),
	    m->siaddr.v != 0 ? param_pos(x, PARAM_NEXT_SERVER) : (struct conf_pos){0});
	row(v->out, "giaddr", pxe_ip4_str(m->giaddr, ip), NULL);
	row(v->out, "chaddr", chaddr.len > 0 ? pxe_hwaddr_str(&chaddr, hw) : "none", NULL);
	show_text_field(v, x, "sname", m->sname, PARAM_SERVER_NAME);
	show_text_field(v, x, "file", m->file, PARAM_FILENAME);
}

/* Set, but not sent: the client's list does not have it. */
static void show_withheld(
    const struct explain_view *v, const struct exchange *x, const struct pxe_dhcp_msg *m)
{
	const struct settings *s = &x->core->settings;

	if (m->type == PXE_DHCP_NAK || pxe_dhcp_get(x->req, OPT_PRL).len == 0)
		return;
	for (size_t i = 0; i < s->nopt; i++) {
		const struct setting_option *o = &s->opt[i];
		static char line[EXPLAIN_LINE_MAX];
		struct pxe_text t = pxe_text_init(line, sizeof(line));

		if (o->def->space != pxe_opt_space_dhcp() || o->def->code > 254 ||
		    o->def->code == OPT_PRL || pxe_dhcp_has(m, (uint8_t)o->def->code))
			continue;
		option_line(x, o->def, o->def->code, o->value, &t);
		row_at(v, x, "withheld", line, o->pos);
	}
}

static void show_answer(
    const struct explain_view *v, const struct exchange *x, const struct fx_send *send)
{
	static const char *const ways[] = {
	    [PXE_DHCP_VIA_RELAY] = "to the relay",
	    [PXE_DHCP_VIA_UNICAST] = "to the client",
	    [PXE_DHCP_VIA_LINK] = "in a frame to the client",
	    [PXE_DHCP_VIA_BROADCAST] = "as broadcast",
	    [PXE_DHCP_VIA_SENDER] = "to the sender",
	};
	static struct pxe_dhcp_msg m;
	char ip[PXE_IP4_STRLEN];
	const char *type = NULL;

	if (pxe_dhcp_parse(send->p, send->len, &m) != 0) {
		(void)fputs("answer: cannot be read\n", v->out);
		return;
	}
	type = m.type == PXE_DHCP_BOOTP ? "BOOTREPLY" : pxe_dhcp_type_name(m.type);
	(void)fprintf(v->out, "answer: %s%s, %zu bytes %s at %s port %u\n",
	    m.type == PXE_DHCP_BOOTP ? "" : "DHCP", type != NULL ? type : "?", send->len,
	    ways[send->dest.via], pxe_ip4_str(send->dest.ip, ip), send->dest.port);
	show_header(v, x, &m);
	for (unsigned i = 0; i < m.nopt; i++)
		show_option(v, x, &m, m.order[i]);
	show_withheld(v, x, &m);
}

bool explain_show(const struct explain_view *v, const struct exchange *x)
{
	const struct fx *send = explain_find(x->fx, FX_SEND);

	(void)fprintf(v->out, "%s\n", x->line);
	show_iface(v, x);
	show_network(v, x);
	show_pool(v, x);
	explain_classes(v->out, x->core->conf, &x->classes);
	explain_host(v->out, x->core->conf, x->host.host, x->host.known);
	show_probe(v);
	if (send != NULL)
		show_answer(v, x, &send->send);
	else
		explain_none(v->out, x->fx, x->line);
	explain_effects(v->out, x->fx, x->line);
	return send != NULL;
}
