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
	OPT_SUBNET_SELECTION = 118,
	LINE_MAX_LEN = 8192,
	WHERE_LEN = 600,
	WHERE_COLUMN = 56
};

/* ---- lines ---- */

/* "  label  value      # where" */
static void row(FILE *out, const char *label, const char *value, const char *where)
{
	int n = fprintf(out, "  %-9s %s", label, value);

	if (where != NULL && where[0] != '\0')
		(void)fprintf(out, "%*s# %s", n < WHERE_COLUMN ? WHERE_COLUMN - n : 1, "", where);
	(void)fputc('\n', out);
}

static const char *place(const struct exchange *x, struct conf_pos pos, char *buf)
{
	return conf_where(x->core->conf, pos, buf, WHERE_LEN);
}

static void row_at(const struct explain_view *v, const struct exchange *x, const char *label,
    const char *value, struct conf_pos pos)
{
	char where[WHERE_LEN];

	row(v->out, label, value, place(x, pos, where));
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

static void show_classes(const struct explain_view *v, const struct exchange *x)
{
	for (size_t i = 0; i < x->classes.n; i++) {
		const struct class_member *m = &x->classes.v[i];
		char value[1024];
		struct pxe_text t = pxe_text_init(value, sizeof(value));

		row_at(v, x, "class", m->class->name, m->class->pos);
		if (m->subclass == NULL)
			continue;
		pxe_opt_text(NULL, NULL, m->subclass->value, &t);
		row_at(v, x, "subclass", value, m->subclass->pos);
	}
	if (x->classes.n == 0)
		row(v->out, "class", "none", NULL);
}

static void show_host(const struct explain_view *v, const struct exchange *x)
{
	if (x->host.host != NULL)
		row_at(v, x, "host", x->host.host->name, x->host.host->pos);
	else
		row(v->out, "host",
		    x->host.known ? "none that fits here, but the client is known"
				  : "none (an unknown client)",
		    NULL);
	if (x->host.host != NULL && x->host.host->group_scope != NULL)
		row_at(v, x, "group", x->host.host->group, x->host.host->group_scope->pos);
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
		(void)snprintf(buf, WHERE_LEN, "%s, as built in", times[i].name);
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
	bool is_main = def == NULL || def->space == pxe_opt_space_dhcp();

	if (def != NULL)
		pxe_text_addf(
		    t, "%s%s%s ", is_main ? "" : def->space->name, is_main ? "" : ".", def->name);
	else
		pxe_text_addf(t, "unknown-%u ", code);
	pxe_opt_text(x->view.reg, def, value, t);
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
		static char line[LINE_MAX_LEN];
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
	static char line[LINE_MAX_LEN];
	struct pxe_text t = pxe_text_init(line, sizeof(line));
	const struct setting_option *o = settings_dhcp_option(&x->core->settings, code);
	const struct pxe_opt_def *def =
	    o != NULL ? o->def : pxe_opt_by_code(x->view.reg, pxe_opt_space_dhcp(), code);
	char where[WHERE_LEN];
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
		static char line[LINE_MAX_LEN];
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

/* ---- the rest ---- */

static const struct fx *find(const struct fx_list *fx, enum fx_kind kind)
{
	for (size_t i = 0; i < fx->n; i++)
		if (fx->v[i].kind == kind && fx->v[i].when != FX_IF_LOST)
			return &fx->v[i];
	return NULL;
}

static void show_none(FILE *out, const struct fx_list *fx, const char *line)
{
	const struct fx *e = find(fx, FX_EVENT);
	size_t n = line != NULL ? strlen(line) : 0;
	const char *why = NULL;

	(void)fprintf(out, "no answer: %s\n",
	    e != NULL ? pxe_reason_text(e->event.reason) : "nothing was done");
	for (size_t i = 0; n > 0 && i < fx->n; i++) { /* "LINE: why" is what the log has */
		const struct fx_log *log = &fx->v[i].log;

		if (fx->v[i].kind == FX_LOG && strncmp(log->text, line, n) == 0 &&
		    strncmp(log->text + n, ": ", 2) == 0)
			why = log->text + n + 2;
	}
	if (why != NULL)
		row(out, "log", why, e != NULL ? e->event.where : NULL);
	else if (e != NULL && e->event.where != NULL)
		row(out, "decided", "", e->event.where);
	if (e != NULL && e->event.detail != NULL)
		row(out, "detail", e->event.detail, NULL);
}

static void show_effects(FILE *out, const struct exchange *x)
{
	for (size_t i = 0; i < x->fx->n; i++) {
		const struct fx *e = &x->fx->v[i];
		static char line[LINE_MAX_LEN];
		struct pxe_text t = pxe_text_init(line, sizeof(line));

		if (e->when == FX_IF_LOST)
			continue;
		if (e->kind == FX_LOG && !pxe_str_starts(e->log.text, x->line)) {
			row(out, "log", e->log.text, NULL);
		} else if (e->kind == FX_EXEC) {
			for (char *const *a = e->exec.argv; *a != NULL; a++) {
				pxe_text_addf(&t, "%s\"", t.len > 0 ? " " : "");
				pxe_text_add_escaped(&t, *a, strlen(*a));
				pxe_text_addc(&t, '"');
			}
			row(out, "runs", line, NULL);
		} else if (e->kind == FX_COMMIT) {
			row(out, "lease", "is written to the lease file first", NULL);
		}
	}
}

bool explain_show(const struct explain_view *v, const struct exchange *x)
{
	const struct fx *send = find(x->fx, FX_SEND);

	(void)fprintf(v->out, "%s\n", x->line);
	show_iface(v, x);
	show_network(v, x);
	show_pool(v, x);
	show_classes(v, x);
	show_host(v, x);
	show_probe(v);
	if (send != NULL)
		show_answer(v, x, &send->send);
	else
		show_none(v->out, x->fx, x->line);
	show_effects(v->out, x);
	return send != NULL;
}

void explain_show_refused(FILE *out, const struct fx_list *fx)
{
	show_none(out, fx, NULL);
}
