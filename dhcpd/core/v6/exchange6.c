/* SPDX-License-Identifier: BSD-2-Clause */
/* exchange6.c -- who asks, from where, and which settings apply. */
#include "dhcpd/core/v6/exchange6.h"

#include <string.h>

/* ---- where ---- */

static const struct network *network_of(const struct conf *conf, const struct pxe_ip6 *ip)
{
	struct pxe_ip any = {.family = 6, .v6 = *ip};
	const struct subnet *s = conf_subnet(conf, &any);

	return s != NULL ? s->network : NULL;
}

/* The link that the relay nearest to the client names; one that names none (a layer 2 relay) is
 * passed over (RFC 8415 13.1, RFC 6221 6.1). */
static bool relay_link(const struct pxe_dhcp6_chain *chain, struct pxe_ip6 *out)
{
	for (unsigned i = chain->nrelay; i-- > 0;) {
		struct pxe_ip ip = {.family = 6, .v6 = chain->relay[i].link};

		if (!pxe_ip_is_any(&ip) && !pxe_ip_is_link_local(&ip)) {
			*out = ip.v6;
			return true;
		}
	}
	return false;
}

static const struct network *find_network(struct exchange6 *x)
{
	const struct network *net = NULL;

	x->has_link = relay_link(x->chain, &x->link);
	if (x->has_link)
		return network_of(x->core->conf, &x->link);
	net = conf_network_by_interface(x->core->conf, x->iface->name);
	for (size_t i = 0; net == NULL && i < x->iface->naddr; i++)
		net = network_of(x->core->conf, &x->iface->addr[i]);
	return net;
}

bool exchange6_is_on_link(const struct exchange6 *x, const struct pxe_ip6 *ip)
{
	return x->net != NULL && network_of(x->core->conf, ip) == x->net;
}

/* ---- what expressions see ---- */

static bool parse_var(struct core6 *c, struct pxe_bytes text)
{
	const char *p = (const char *)text.p;
	struct setting_var *v = &c->var;
	char num[24];

	memset(v, 0, sizeof(*v));
	if (text.len >= 2 && p[0] == '"') {
		v->value.p = c->var_value;
		v->value.len =
		    scan_unescape(p + 1, text.len - 2, c->var_value, sizeof(c->var_value));
		return true;
	}
	if (text.len < 2 || text.len >= 22 || p[0] != '%')
		return false;
	memcpy(num, p + 1, text.len - 1);
	num[text.len - 1] = '\0';
	v->is_num = true;
	return pxe_parse_u64(num, 0, UINT64_MAX, &v->num) == 0;
}

static const struct setting_var *lease_var(const void *arg, const char *name)
{
	const struct exchange6 *x = arg;
	struct pxe_bytes text;

	if (x->lease == NULL || !lease_vars_find(lease6_vars(x->lease), name, &text) ||
	    !parse_var(x->core, text))
		return NULL;
	x->core->var.name = name;
	return &x->core->var;
}

static bool in_class(const void *arg, const char *name)
{
	const struct exchange6 *x = arg;
	const struct class *cl = conf_class(x->core->conf, name);

	return cl != NULL && class_has(&x->classes, cl);
}

static void fill_context(struct exchange6 *x)
{
	x->hardware[0] = x->hw.type;
	memcpy(x->hardware + 1, x->hw.b, x->hw.len);
	x->ctx = (struct expr_ctx){
	    .packet = &x->view,
	    .packet_option = packet6_option,
	    .relay_option = packet6_relay_option,
	    .raw = {.p = x->in->data, .len = x->in->len},
	    .hardware = {.p = x->hardware, .len = x->hw.len > 0 ? 1u + x->hw.len : 0},
	    .host_decl_name = x->host.host != NULL ? x->host.host->name : NULL,
	    .hostname = x->core->opts.hostname,
	    .known = x->host.known,
	    .is_static = x->is_static,
	    .lease_var = lease_var,
	    .lease = x,
	    .in_class = in_class,
	    .class_arg = x,
	    .settings = &x->core->settings,
	};
	if (x->has_address)
		x->ctx.leased_address = (struct pxe_bytes){.p = x->address, .len = 16};
}

/* ---- who ---- */

static void identify(struct exchange6 *x)
{
	struct core6 *c = x->core;
	struct scope_chain chain = {.root = conf_root(c->conf), .classes = &x->classes};

	settings_reset(&c->settings);
	fill_context(x);
	class_match(c->conf, &x->ctx, &x->classes);
	if (conf_nclass(c->conf) == 0)
		return; /* nothing to be added to */
	settings_reset(&c->settings);
	chain.network = x->net != NULL ? x->net->scope : NULL;
	scope_run(&c->runner, &chain, &x->ctx);
	for (size_t i = 0; i < c->settings.nadd; i++) {
		const struct class *cl = conf_class(c->conf, c->settings.add_class[i]);

		if (cl != NULL)
			class_add(&x->classes, cl);
	}
}

bool exchange6_open(struct exchange6 *x, bool needs_link)
{
	char link[PXE_IP_STRLEN];

	x->net = find_network(x);
	if (x->net == NULL && needs_link) {
		if (x->has_link)
			fx_log(x->fx, FX_LOG_INFO, "No subnet found for link-address %s.",
			    pxe_ip_str(&(struct pxe_ip){.family = 6, .v6 = x->link}, link));
		exchange6_event(x, x->stage, PXE_REASON_NO_SUBNET);
		return false;
	}
	identify(x);
	x->host = host6_find(x->core->conf, x->hw.len > 0 ? &x->hw : NULL, &x->view, x->net);
	return true;
}

void exchange6_choose(struct exchange6 *x, const struct pxe_ip6 *ip, const struct space6 *space,
    struct lease6 *lease, bool is_static)
{
	struct pxe_ip any = {.family = 6};
	const struct subnet *subnet = NULL;

	if (ip != NULL) {
		any.v6 = *ip;
		memcpy(x->address, ip->b, sizeof(x->address));
		subnet = conf_subnet(x->core->conf, &any);
	}
	if (subnet != NULL && subnet->network != x->net)
		subnet = NULL;
	if (subnet == NULL && x->has_link && x->net != NULL) { /* a prefix is in no subnet */
		any.v6 = x->link;
		subnet = conf_subnet(x->core->conf, &any);
	}
	if (subnet == NULL && x->net != NULL && x->net->subnet != NULL &&
	    x->net->subnet->next == NULL)
		subnet = x->net->subnet;
	x->has_address = ip != NULL;
	x->subnet = subnet;
	x->space = space;
	x->lease = lease;
	x->is_static = is_static;
	x->evaluated = false;
}

void exchange6_evaluate(struct exchange6 *x)
{
	struct core6 *c = x->core;
	struct scope_chain chain = {
	    .root = conf_root(c->conf),
	    .network = x->net != NULL ? x->net->scope : NULL,
	    .subnet = x->subnet != NULL ? x->subnet->scope : NULL,
	    .pool = x->space != NULL ? x->space->pool->scope : NULL,
	    .classes = &x->classes,
	    .host = x->host.host,
	};

	if (x->evaluated)
		return;
	settings_reset(&c->settings);
	fill_context(x);
	scope_run(&c->runner, &chain, &x->ctx);
	fx_settings(x->fx, &c->settings);
	x->evaluated = true;
}

const struct setting_option *exchange6_option(const struct exchange6 *x, uint16_t code)
{
	const struct settings *s = &x->core->settings;

	for (size_t i = 0; i < s->nopt; i++)
		if (s->opt[i].def->code == code && s->opt[i].def->space == x->core->space)
			return s->opt[i].value.p != NULL ? &s->opt[i] : NULL;
	return NULL;
}

struct pool6_ask exchange6_ask(struct exchange6 *x, enum lease6_kind kind, uint32_t iaid)
{
	return (struct pool6_ask){
	    .pools = &x->core->pools,
	    .leases = &x->core->leases,
	    .net = x->net,
	    .who = {.classes = &x->classes, .known = x->host.known, .now_s = x->now_s},
	    .kind = kind,
	    .iaid = iaid,
	    .duid = x->duid,
	    .ia = ia6_find(&x->core->leases, kind, iaid, x->duid),
	};
}

struct pxe_bytes exchange6_server_id(const struct exchange6 *x)
{
	return core6_duid(x->core);
}
