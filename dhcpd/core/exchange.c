/* SPDX-License-Identifier: BSD-2-Clause */
/* exchange.c -- who asks, from where, and which settings apply. */
#include "dhcpd/core/exchange.h"

#include <string.h>

#include "libpxecommon/proto/dhcp_agent.h"

enum { OPT_HOST_NAME = 12, OPT_SERVER_ID = 54, OPT_AGENT = 82, OPT_SUBNET_SELECTION = 118 };

/* ---- where ---- */

static struct pxe_ip4 agent_ip(struct pxe_bytes agent, uint8_t sub)
{
	struct pxe_bytes b = pxe_agent_get(agent, sub);
	struct pxe_rd rd = pxe_rd_init(b.p, b.len);
	struct pxe_ip4 ip = {.v = pxe_rd_u32(&rd)};

	return b.len == 4 && rd.err == 0 ? ip : (struct pxe_ip4){0};
}

/* The address that names the client's link: RFC 3527, then RFC 3011, then giaddr. */
static struct pxe_ip4 link_address(const struct exchange *x)
{
	struct pxe_ip4 ip = agent_ip(x->view.agent, PXE_AGENT_LINK_SELECTION);

	if (ip.v != 0 || pxe_dhcp_get_ip4(x->req, OPT_SUBNET_SELECTION, &ip))
		return ip;
	return x->req->giaddr;
}

static const struct network *network_of(const struct conf *conf, struct pxe_ip4 ip)
{
	struct pxe_ip any = pxe_ip_from4(ip);
	const struct subnet *s = conf_subnet(conf, &any);

	return s != NULL ? s->network : NULL;
}

static const struct network *find_network(struct exchange *x)
{
	const struct network *net = NULL;

	x->link = link_address(x);
	if (x->link.v != 0)
		return network_of(x->core->conf, x->link);
	net = conf_network_by_interface(x->core->conf, x->iface->name);
	for (size_t i = 0; net == NULL && i < x->iface->naddr; i++)
		net = network_of(x->core->conf, x->iface->addr[i]);
	return net;
}

/* ---- what expressions see ---- */

/* "text", %number, true, false or hex, as lease files have it. */
static bool parse_var(struct core *c, struct pxe_bytes text)
{
	const char *p = (const char *)text.p;
	struct setting_var *v = &c->var;

	v->is_num = false;
	if (text.len >= 2 && p[0] == '"') {
		v->value.p = c->var_value;
		v->value.len =
		    scan_unescape(p + 1, text.len - 2, c->var_value, sizeof(c->var_value));
		return true;
	}
	if (text.len >= 2 && text.len < 22 && p[0] == '%') {
		char num[24];

		memcpy(num, p + 1, text.len - 1);
		num[text.len - 1] = '\0';
		v->is_num = true;
		return pxe_parse_u64(num, 0, UINT64_MAX, &v->num) == 0;
	}
	return false;
}

static const struct setting_var *lease_var(const void *arg, const char *name)
{
	const struct exchange *x = arg;
	struct pxe_bytes text;

	if (x->lease == NULL || !client_owns(&x->key, x->lease) ||
	    !lease_vars_find(lease_vars(x->lease), name, &text) || !parse_var(x->core, text))
		return NULL;
	x->core->var.name = name;
	return &x->core->var;
}

static bool in_class(const void *arg, const char *name)
{
	const struct exchange *x = arg;
	const struct class *cl = conf_class(x->core->conf, name);

	return cl != NULL && class_has(&x->classes, cl);
}

static struct pxe_bytes of_text(const char *s)
{
	return (struct pxe_bytes){.p = (const uint8_t *)s, .len = strlen(s)};
}

void exchange_fill_context(struct exchange *x)
{
	struct pxe_hwaddr hw = x->key.hw;

	x->hardware[0] = hw.type;
	memcpy(x->hardware + 1, hw.b, hw.len);
	x->ctx = (struct expr_ctx){
	    .packet = &x->view,
	    .packet_option = packet_option,
	    .raw = {.p = x->in->data, .len = x->in->len},
	    .hardware = {.p = x->hardware, .len = 1u + hw.len},
	    .host_decl_name = x->host.host != NULL ? x->host.host->name : NULL,
	    .hostname = x->core->opts.hostname,
	    .known = x->host.known,
	    .is_static = x->host.is_fixed && x->lease == NULL && x->ip.v == x->host.fixed.v,
	    .filename = of_text(x->req->file),
	    .server_name = of_text(x->req->sname),
	    .lease_var = lease_var,
	    .lease = x,
	    .in_class = in_class,
	    .class_arg = x,
	    .settings = &x->core->settings,
	};
	if (x->ip.v != 0) {
		struct pxe_wr wr = pxe_wr_init(x->ip_be, sizeof(x->ip_be));

		pxe_wr_u32(&wr, x->ip.v);
		x->ctx.leased_address = (struct pxe_bytes){.p = x->ip_be, .len = 4};
	}
}

/* ---- who ---- */

/* A unicast renewal bypasses the relay, so the classes that option 82 decided would be lost: what
 * the relay said when the lease was made stands in (stash-agent-options, on by default). */
static void use_stashed_agent(struct exchange *x)
{
	const struct lease *l = NULL;
	struct pxe_bytes agent;
	void *copy = NULL;

	if (x->view.agent.p != NULL || x->req->giaddr.v != 0 || x->req->ciaddr.v == 0)
		return;
	l = lease_find(&x->core->leases, x->req->ciaddr);
	if (l == NULL || l->state != LEASE_ACTIVE || !client_owns(&x->key, l))
		return;
	agent = lease_agent(l);
	copy = agent.len > 0 ? fx_alloc(x->fx, agent.len) : NULL;
	if (copy == NULL)
		return;
	memcpy(copy, agent.p, agent.len);
	x->view.agent = (struct pxe_bytes){.p = copy, .len = agent.len};
}

static bool is_printable(struct pxe_bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if (b.p[i] < 0x20 || b.p[i] > 0x7e)
			return false;
	return true;
}

const char *exchange_lease_name(struct pxe_bytes name, char *buf, size_t cap)
{
	struct pxe_text t = pxe_text_init(buf, cap);

	while (name.len > 0 && name.p[name.len - 1] == '\0')
		name.len--;
	if (name.len == 0)
		return buf;
	if (name.len > EXCHANGE_HOSTNAME_MAX || !is_printable(name))
		pxe_text_add(&t, "(Hostname Unsuitable for Printing) ");
	else
		pxe_text_addf(&t, "(%.*s) ", (int)name.len, (const char *)name.p);
	return buf;
}

static void fill_names(struct exchange *x)
{
	if (x->key.hw.len > 0)
		(void)pxe_hwaddr_str(&x->key.hw, x->hw);
	else
		(void)pxe_str_copy(x->hw, sizeof(x->hw), "<null address>");
	if (x->req->giaddr.v != 0)
		(void)pxe_ip4_str(x->req->giaddr, x->via);
	else
		(void)pxe_str_copy(x->via, sizeof(x->via), x->iface->name);
	(void)exchange_lease_name(
	    pxe_dhcp_get(x->req, OPT_HOST_NAME), x->hostname, sizeof(x->hostname));
}

/* What the link's scopes say decides who the client is, before anything else is known. */
static void identify(struct exchange *x)
{
	struct core *c = x->core;
	struct scope_chain chain = {.root = conf_root(c->conf), .classes = &x->classes};

	x->key = client_key_of(x->req, false);
	use_stashed_agent(x);
	settings_reset(&c->settings);
	exchange_fill_context(x);
	x->classes.n = 0;
	if (x->req->type != PXE_DHCP_BOOTP) /* ISC classifies DHCP messages only */
		class_match(c->conf, &x->ctx, &x->classes);
	settings_reset(&c->settings);
	chain.network = x->net != NULL ? x->net->scope : NULL;
	scope_run(&c->runner, &chain, &x->ctx);
	for (size_t i = 0; i < c->settings.nadd; i++) {
		const struct class *cl = conf_class(c->conf, c->settings.add_class[i]);

		if (cl != NULL)
			class_add(&x->classes, cl);
	}
	if (!settings_flag(&c->settings, PARAM_STASH_AGENT_OPTIONS))
		x->view.agent = pxe_dhcp_get(x->req, OPT_AGENT);
	x->key = client_key_of(x->req, settings_flag(&c->settings, PARAM_IGNORE_CLIENT_UIDS));
}

void exchange_open(struct exchange *x, enum pxe_stage stage)
{
	x->stage = stage;
	x->req = &x->core->req;
	x->now_s = pxe_now_wall_s(x->now);
	x->view = (struct packet_view){.msg = x->req,
	    .reg = conf_registry(x->core->conf),
	    .agent = pxe_dhcp_get(x->req, OPT_AGENT)};
	x->net = find_network(x);
	x->on_link = x->net != NULL && x->req->giaddr.v == 0;
	identify(x);
	x->host = host_find(x->core->conf, &x->key, &x->view, x->net);
	fill_names(x);
	exchange_fill_context(x);
}

struct pool_ask exchange_ask(struct exchange *x)
{
	return (struct pool_ask){
	    .pools = &x->core->pools,
	    .leases = &x->core->leases,
	    .offers = &x->core->offers,
	    .net = x->net,
	    .key = &x->key,
	    .classes = &x->classes,
	    .known = x->host.known,
	    .bootp = x->stage == PXE_STAGE_BOOTP,
	    .now_s = x->now_s,
	};
}

void exchange_choose(struct exchange *x, struct pxe_ip4 ip, struct lease *lease)
{
	struct pxe_ip any = pxe_ip_from4(ip);

	x->ip = ip;
	x->lease = lease;
	x->subnet = conf_subnet(x->core->conf, &any);
	x->range = NULL;
	x->pool = lease != NULL ? conf_pool4(x->core->conf, ip, &x->range) : NULL;
	if (x->range != NULL)
		x->where = x->range->pos;
	else if (x->host.host != NULL)
		x->where = x->host.host->pos;
}

void exchange_evaluate(struct exchange *x)
{
	struct core *c = x->core;
	const struct network *net = x->subnet != NULL ? x->subnet->network : x->net;
	struct scope_chain chain = {
	    .root = conf_root(c->conf),
	    .network = net != NULL ? net->scope : NULL,
	    .subnet = x->subnet != NULL ? x->subnet->scope : NULL,
	    .pool = x->pool != NULL ? x->pool->scope : NULL,
	    .classes = &x->classes,
	    .host = x->host.host,
	};

	settings_reset(&c->settings);
	exchange_fill_context(x);
	scope_run(&c->runner, &chain, &x->ctx);
	core_settings_effects(c, x->fx);
}

/* ---- the server's name ---- */

struct pxe_ip4 exchange_server_id(const struct exchange *x)
{
	struct pxe_ip4 ip = agent_ip(
	    pxe_dhcp_get(x->req, OPT_AGENT), PXE_AGENT_SERVER_ID_OVERRIDE); /* RFC 5107 4 */
	const struct setting_option *o = NULL;

	if (ip.v != 0)
		return ip;
	o = settings_dhcp_option(&x->core->settings, OPT_SERVER_ID);
	if (o != NULL && o->value.len == 4) {
		struct pxe_rd rd = pxe_rd_init(o->value.p, o->value.len);

		return (struct pxe_ip4){.v = pxe_rd_u32(&rd)};
	}
	return x->iface->ip;
}

bool exchange_is_authoritative(const struct exchange *x)
{
	return x->net != NULL && scope_is_authoritative(x->net->scope);
}

bool exchange_is_for_us(struct exchange *x)
{
	struct core *c = x->core;
	struct pxe_ip4 id;

	if (!pxe_dhcp_get_ip4(x->req, OPT_SERVER_ID, &id) || c->opts.isc_foreign_request)
		return true;
	if (pxe_ip4_eq(id, exchange_server_id(x)))
		return true;
	return c->opts.is_ours != NULL && c->opts.is_ours(c->opts.arg, id);
}
