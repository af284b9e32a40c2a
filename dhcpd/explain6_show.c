/* SPDX-License-Identifier: BSD-2-Clause */
/* explain6_show.c -- a DHCPv6 exchange in words: what applied, the answer, and who decided what. */
#include <string.h>

#include "dhcpd/explain.h"
#include "dhcpd/explain6.h"

enum { OPT_VENDOR_OPTS = 17 };

static void row(
    const struct explain6_view *v, const char *label, const char *value, const char *where)
{
	explain_row(v->out, label, value, where);
}

static void row_at(const struct explain6_view *v, const struct exchange6 *x, const char *label,
    const char *value, struct conf_pos pos)
{
	explain_row_at(v->out, x->core->conf, label, value, pos);
}

static const char *ip_text(const struct pxe_ip6 *ip, char buf[PXE_IP_STRLEN])
{
	return pxe_ip_str(&(struct pxe_ip){.family = 6, .v6 = *ip}, buf);
}

/* ---- what applied ---- */

static void show_iface(const struct explain6_view *v, const struct exchange6 *x)
{
	char text[128], ip[PXE_IP_STRLEN] = "";
	struct pxe_text t = pxe_text_init(text, sizeof(text));

	pxe_text_addf(&t, "%s %s%s", x->iface->name,
	    x->iface->naddr > 0 ? ip_text(&x->iface->addr[0], ip) : "",
	    v->assumed ? " (assumed; say iface=)" : "");
	row(v, "on", text, NULL);
}

/* The relay nearest to the client last, as the message has them. */
static void show_relays(const struct explain6_view *v, const struct exchange6 *x)
{
	for (unsigned i = 0; i < x->chain->nrelay; i++) {
		const struct pxe_dhcp6_msg *m = &x->chain->relay[i];
		struct pxe_bytes id = pxe_dhcp6_get(m->options, PXE_DHCP6_OPT_INTERFACE_ID);
		char text[1024], link[PXE_IP_STRLEN], peer[PXE_IP_STRLEN];
		struct pxe_text t = pxe_text_init(text, sizeof(text));

		pxe_text_addf(&t, "link-address %s peer-address %s", ip_text(&m->link, link),
		    ip_text(&m->peer, peer));
		if (id.p != NULL) {
			pxe_text_add(&t, " interface-id ");
			pxe_opt_text(NULL, NULL, id, &t);
		}
		row(v, "relay", text, NULL);
	}
}

static void show_network(const struct explain6_view *v, const struct exchange6 *x)
{
	char text[PXE_PREFIX_STRLEN];

	if (x->net == NULL) {
		row(v, "network", "none", NULL);
		return;
	}
	if (!x->net->implicit)
		row_at(v, x, "network", x->net->name, x->net->scope->pos);
	if (x->subnet != NULL)
		row_at(v, x, "subnet6", pxe_prefix_str(&x->subnet->prefix, text), x->subnet->pos);
	else if (x->net->implicit)
		row_at(v, x, "subnet6", x->net->name, x->net->scope->pos);
	if (x->space != NULL && x->space->pool->scope != NULL)
		row_at(v, x, "pool6", "", x->space->pool->pos);
}

/* ---- who decided ---- */

static struct conf_pos param_pos(const struct exchange6 *x, enum param_id id)
{
	return x->core->settings.param[id].pos;
}

/* The host, or the range or prefix6 statement that an address is from. */
static struct conf_pos source_of(const struct exchange6 *x, const struct pxe_dhcp6_lease *l)
{
	const struct pools6 *p = &x->core->pools;

	if (x->host.host != NULL && host6_has(&x->host, &l->ip, l->prefix_len))
		return x->host.host->pos;
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].len == l->prefix_len && space6_covers(&p->v[i], &l->ip))
			return p->v[i].pos;
	return (struct conf_pos){0};
}

static const char *time_text(uint32_t s, char buf[32])
{
	if (s == UINT32_MAX)
		return "for ever";
	(void)snprintf(buf, 32, "%u s", s);
	return buf;
}

static void show_time(const struct explain6_view *v, const struct exchange6 *x, const char *label,
    uint32_t s, enum param_id id, const char *otherwise)
{
	char text[32];

	if (settings_is_set(&x->core->settings, id) && settings_num(&x->core->settings, id) == s)
		row_at(v, x, label, time_text(s, text), param_pos(x, id));
	else
		row(v, label, time_text(s, text), otherwise);
}

static void show_lease(
    const struct explain6_view *v, const struct exchange6 *x, const struct pxe_dhcp6_lease *l)
{
	bool is_max = param_pos(x, PARAM_MAX_LEASE_TIME).line > 0 &&
		      settings_num(&x->core->settings, PARAM_MAX_LEASE_TIME) == l->valid_s;
	char text[PXE_PREFIX_STRLEN];

	row_at(v, x, l->prefix_len == 128 ? "  address" : "  prefix",
	    lease6_text_of(&l->ip, l->prefix_len, text), source_of(x, l));
	show_time(v, x, "    valid", l->valid_s,
	    is_max ? PARAM_MAX_LEASE_TIME : PARAM_DEFAULT_LEASE_TIME,
	    "default-lease-time, as built in, or what the client asked for");
	show_time(v, x, "    preferred", l->preferred_s, PARAM_PREFERRED_LIFETIME,
	    "5/8 of the valid lifetime, or what the client asked for");
}

static void show_status(const struct explain6_view *v, const char *label, struct pxe_bytes value)
{
	char text[512];
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	struct pxe_rd rd = pxe_rd_init(value.p, value.len);

	pxe_text_addf(&t, "%u ", pxe_rd_u16(&rd));
	pxe_text_add_escaped(&t, (const char *)value.p + rd.off, pxe_rd_left(&rd));
	row(v, label, text, NULL);
}

/* ---- the answer ---- */

static void show_ia(
    const struct explain6_view *v, const struct exchange6 *x, const struct pxe_dhcp6_opt *o)
{
	bool is_pd = o->code == PXE_DHCP6_OPT_IA_PD;
	struct pxe_dhcp6_ia ia;
	struct pxe_dhcp6_opt inner;
	struct pxe_dhcp6_lease l;
	struct pxe_rd rd;
	char text[128];

	if (pxe_dhcp6_parse_ia(o->code, o->value, &ia) != 0)
		return;
	(void)snprintf(text, sizeof(text), "iaid 0x%08x T1 %u T2 %u", ia.iaid, ia.t1_s, ia.t2_s);
	row(v, is_pd ? "ia-pd" : o->code == PXE_DHCP6_OPT_IA_NA ? "ia-na" : "ia-ta", text, NULL);
	rd = pxe_rd_init(ia.options.p, ia.options.len);
	while (pxe_dhcp6_next(&rd, &inner)) {
		if (inner.code == PXE_DHCP6_OPT_STATUS_CODE)
			show_status(v, "  status", inner.value);
		else if (pxe_dhcp6_parse_lease(inner.code, inner.value, &l) == 0)
			show_lease(v, x, &l);
	}
}

/* The options of other spaces: what options that hold options are made of. */
static void show_inner(
    const struct explain6_view *v, const struct exchange6 *x, const struct pxe_opt_space *space)
{
	const struct settings *s = &x->core->settings;

	for (size_t i = 0; i < s->nopt; i++) {
		const struct setting_option *o = &s->opt[i];
		static char line[EXPLAIN_LINE_MAX];
		struct pxe_text t = pxe_text_init(line, sizeof(line));

		if (o->value.p == NULL ||
		    (space != NULL ? o->def->space != space
				   : o->def->space == x->core->space ||
					 o->def->space == pxe_opt_space_dhcp()))
			continue;
		explain_option(x->view.reg, x->core->space, o->def, o->def->code, o->value, &t);
		row_at(v, x, "  holds", line, o->pos);
	}
}

static const char *why_protocol(uint16_t code)
{
	switch (code) {
	case PXE_DHCP6_OPT_CLIENT_ID:
	case PXE_DHCP6_OPT_RAPID_COMMIT:
		return "as the client sent it";
	case PXE_DHCP6_OPT_SERVER_ID:
		return "made up; the server keeps its own with its leases";
	case PXE_DHCP6_OPT_VENDOR_CLASS:
		return "UEFI HTTP boot is given a URL";
	default:
		return "the options below";
	}
}

static void show_option(
    const struct explain6_view *v, const struct exchange6 *x, const struct pxe_dhcp6_opt *o)
{
	static char line[EXPLAIN_LINE_MAX];
	struct pxe_text t = pxe_text_init(line, sizeof(line));
	const struct setting_option *set =
	    o->code == PXE_DHCP6_OPT_CLIENT_ID ? NULL : exchange6_option(x, o->code);
	const struct pxe_opt_def *def = pxe_opt_by_code(x->view.reg, x->core->space, o->code);

	if (o->code == PXE_DHCP6_OPT_IA_NA || o->code == PXE_DHCP6_OPT_IA_TA ||
	    o->code == PXE_DHCP6_OPT_IA_PD) {
		show_ia(v, x, o);
		return;
	}
	if (o->code == PXE_DHCP6_OPT_STATUS_CODE) {
		show_status(v, "status", o->value);
		return;
	}
	if (set != NULL)
		def = set->def;
	explain_option(x->view.reg, x->core->space, def, o->code, o->value, &t);
	if (set != NULL)
		row_at(v, x, "option", line, set->pos);
	else
		row(v, "option", line, why_protocol(o->code));
	if (set == NULL && o->code == OPT_VENDOR_OPTS)
		show_inner(v, x, NULL);
	else if (set == NULL && def != NULL && def->encap != NULL)
		show_inner(v, x, pxe_opt_space_find(x->view.reg, def->encap));
}

/* Set, but not sent: the client's option request does not have it. */
static void show_withheld(
    const struct explain6_view *v, const struct exchange6 *x, struct pxe_bytes sent)
{
	const struct settings *s = &x->core->settings;

	for (size_t i = 0; x->evaluated && i < s->nopt; i++) {
		const struct setting_option *o = &s->opt[i];
		static char line[EXPLAIN_LINE_MAX];
		struct pxe_text t = pxe_text_init(line, sizeof(line));

		if (o->def->space != x->core->space || o->value.p == NULL ||
		    pxe_dhcp6_get(sent, (uint16_t)o->def->code).p != NULL)
			continue;
		explain_option(x->view.reg, x->core->space, o->def, o->def->code, o->value, &t);
		row_at(v, x, "withheld", line, o->pos);
	}
}

static void show_answer(
    const struct explain6_view *v, const struct exchange6 *x, const struct fx_send6 *send)
{
	static struct pxe_dhcp6_chain chain;
	char to[PXE_IP_STRLEN];
	struct pxe_dhcp6_opt o;
	struct pxe_rd rd;
	const char *name = NULL;

	if (pxe_dhcp6_unwrap(send->p, send->len, &chain) != 0) {
		(void)fputs("answer: cannot be read\n", v->out);
		return;
	}
	name = pxe_dhcp6_type_name(chain.inner.type);
	(void)fprintf(v->out, "answer: %s, %zu bytes to the %s at %s port %u\n",
	    name != NULL ? name : "?", send->len, chain.nrelay > 0 ? "relay" : "client",
	    pxe_ip_str(&send->to.ip, to), send->to.port);
	rd = pxe_rd_init(chain.inner.options.p, chain.inner.options.len);
	while (pxe_dhcp6_next(&rd, &o))
		show_option(v, x, &o);
	show_withheld(v, x, chain.inner.options);
}

bool explain6_show(const struct explain6_view *v, const struct exchange6 *x)
{
	const struct fx *send = explain_find(x->fx, FX_SEND6);
	const char *name = pxe_dhcp6_type_name(x->req->type);

	(void)fprintf(v->out, "%s from client %s\n", name != NULL ? name : "Message",
	    x->duid.len > 0 ? x->duid_text : "without a DUID");
	show_iface(v, x);
	show_relays(v, x);
	show_network(v, x);
	explain_classes(v->out, x->core->conf, &x->classes);
	explain_host(v->out, x->core->conf, x->host.host, x->host.known);
	if (send != NULL)
		show_answer(v, x, &send->send6);
	else
		explain_none(v->out, x->fx, NULL);
	explain_effects(v->out, x->fx, "Sending ");
	return send != NULL;
}
