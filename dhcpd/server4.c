/* SPDX-License-Identifier: BSD-2-Clause */
/* server4.c -- what of the shell is DHCPv4's. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dhcpd/server.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"

/* ---- effects ---- */

static void start_probe(struct server *s, const struct fx_probe *probe)
{
	struct pxe_now now;
	struct fx_list *fx = &s->fx;

	if (s->prober != NULL && probe_start(s->prober, probe) == 0)
		return;
	/* it cannot be asked for: as if nobody had answered. FX_PROBE is the last of its list. */
	now = server_now();
	fx_reset(fx);
	core_probed(s->core, probe->ip, false, &now, fx);
	server_run(s);
}

static void note_times(struct server *s, const struct fx_send *send)
{
	int64_t now_us = server_now().mono_us;

	if (send->asked_us > 0)
		histogram_add(&s->reply, &histogram_us, (uint64_t)(now_us - send->asked_us));
	if (send->began_us > 0)
		histogram_add(&s->dora, &histogram_us, (uint64_t)(now_us - send->began_us));
}

static void send_one(struct server *s, const struct fx *e)
{
	struct fx_probe probe;

	if (e->kind == FX_SEND) {
		note_times(s, &e->send);
		net_send(s->net, &e->send);
	} else if (e->kind == FX_PROBE) {
		probe = e->probe; /* the list may be filled anew */
		start_probe(s, &probe);
	}
}

static void committed(struct server *s, const struct fx_commit *c, bool ok)
{
	core_committed(s->core, c->ip, c->version, ok);
}

static void tick(struct server *s, const struct pxe_now *now)
{
	core_tick(s->core, now, &s->fx);
}

static int64_t deadline_us(const struct server *s, const struct pxe_now *now)
{
	return core_deadline_us(s->core, now);
}

/* ---- what happens ---- */

void server4_packet(struct server *s, const struct core_in *in, const struct pxe_now *now)
{
	fx_reset(&s->fx);
	core_packet(s->core, in, now, &s->fx);
	server_run(s);
}

static void on_recv(void *arg, unsigned ifindex, struct pxe_dgram *dg, unsigned n)
{
	struct server *s = arg;
	struct pxe_now now = server_now();

	for (unsigned i = 0; i < n; i++) {
		struct core_in in = {.data = dg[i].data,
		    .len = dg[i].len,
		    .from = dg[i].from,
		    .to = dg[i].to.family == 4 ? dg[i].to.v4 : (struct pxe_ip4){0},
		    .ifindex = ifindex,
		    .at_us = now.mono_us};

		if (!server_is_busy(s))
			intake_take(s->intake, &in, &now);
	}
	server_settle(s);
}

static void on_probed(void *arg, struct pxe_ip4 ip, bool answered)
{
	struct server *s = arg;
	struct pxe_now now = server_now();

	fx_reset(&s->fx);
	core_probed(s->core, ip, answered, &now, &s->fx);
	server_run(s);
	server_settle(s);
}

static void on_lease(void *arg, const struct lease_rec *rec)
{
	struct server *s = arg;
	char ip[PXE_IP4_STRLEN];

	if (!core_load(s->core, rec))
		pxe_log_debug("lease %s: no subnet.", pxe_ip4_str(rec->ip, ip));
}

static bool snapshot(void *arg, size_t *cursor, struct pxe_text *t, size_t *n)
{
	struct server *s = arg;
	const struct lease *l = NULL;

	if (*cursor == 0)
		local_time_zone(core_style(s->core));
	while (t->cap - t->len > LEASE_TEXT_MAX) {
		l = lease_walk(core_leases(s->core), cursor);
		if (l == NULL)
			return false;
		if (lease_is_blank(l))
			continue; /* looked at, never promised to anybody: nothing to remember */
		core_lease_text(s->core, l, t);
		(*n)++;
	}
	return true;
}

static const struct store_ops store_ops = {
    .on_lease = on_lease,
    .snapshot = snapshot,
    .on_rewritten = server_on_rewritten,
    .on_batch = server_on_batch,
};

/* ---- the core ---- */

static const struct core_iface *iface_of(void *arg, unsigned ifindex)
{
	struct server *s = arg;

	return s->net != NULL ? net_iface(s->net, ifindex) : NULL;
}

static bool is_ours(void *arg, struct pxe_ip4 ip)
{
	struct server *s = arg;

	return s->net != NULL && net_is_ours(s->net, ip);
}

static struct pxe_bytes name_of(void *arg, struct pxe_ip4 ip)
{
	struct server *s = arg;

	return reverse_name(&s->reverse, ip);
}

static int make_core(struct server *s, struct conf *conf)
{
	struct core_opts o = {
	    .server_port = server_port(s),
	    .client_port = s->globals.remote_port != 0 ? s->globals.remote_port
						       : (uint16_t)(server_port(s) + 1),
	    .broadcast = s->globals.broadcast,
	    .hostname = s->hostname,
	    .isc_foreign_request = s->options->s.isc_foreign_request,
	    .isc_foreign_decline = s->options->s.isc_foreign_decline,
	    .iface = iface_of,
	    .is_ours = is_ours,
	    .name_of = name_of,
	    .arg = s,
	};
	int err = 0;

	if (s->options->s.broadcast != NULL &&
	    pxe_ip4_parse(s->options->s.broadcast, &o.broadcast) != 0) {
		pxe_log_error("-s %s: not an IPv4 address", s->options->s.broadcast);
		conf_free(conf);
		return PXE_E_SYNTAX;
	}
	o.seed = local_identify(s);
	err = core_new(&o, &s->core);
	if (err == 0)
		err = core_configure(s->core, conf);
	if (err == 0)
		local_time_zone(core_style(s->core));
	if (err != 0) {
		conf_free(conf);
		pxe_log_error("configuration: %s", pxe_strerror(err));
	}
	return err;
}

static void free_core(struct server *s)
{
	core_free(s->core);
}

static int configure(struct server *s, struct conf *conf)
{
	return core_configure(s->core, conf);
}

static const struct conf *conf_of(const struct server *s)
{
	return core_conf(s->core);
}

/* ---- the network ---- */

static const char *network_of(void *arg, const struct core_iface *iface)
{
	struct server *s = arg;
	const struct conf *conf = core_conf(s->core);
	const struct network *net = conf_network_by_interface(conf, iface->name);

	for (size_t i = 0; net == NULL && i < iface->naddr; i++) {
		struct pxe_ip ip = pxe_ip_from4(iface->addr[i]);
		const struct subnet *sub = conf_subnet(conf, &ip);

		net = sub != NULL ? sub->network : NULL;
	}
	return net != NULL ? net->name : NULL;
}

static int open_net(struct server *s)
{
	struct net_opts o = {
	    .names = s->options->s.interfaces.v,
	    .nnames = s->options->s.interfaces.n,
	    .port = server_port(s),
	    .local = s->globals.local_address,
	    .network_of = network_of,
	    .on_recv = on_recv,
	    .arg = s,
	};
	int err = intake_open(s, &s->intake);

	if (err == 0)
		err = net_open(s->loop, &o, &s->net);
	if (err != 0)
		return err;
	err = prober_open(s->loop, on_probed, s, &s->prober);
	if (err != 0) {
		pxe_log_warning(
		    "addresses cannot be probed before they are offered: %s", pxe_strerror(err));
		s->prober = NULL;
	}
	return 0;
}

static void close_net(struct server *s)
{
	prober_close(s->prober);
	net_close(s->net);
	intake_close(s->intake);
}

static void pause_net(struct server *s)
{
	net_pause(s->net);
}

static void refresh_net(struct server *s)
{
	net_refresh(s->net);
}

static void flush_net(struct server *s)
{
	net_flush(s->net);
}

static size_t interfaces(const struct server *s)
{
	return net_count(s->net);
}

static void figures_of_net(const struct server *s, struct net_figures *out)
{
	net_figures(s->net, out);
}

/* ---- figures ---- */

static size_t nlease(const struct server *s)
{
	return core_leases(s->core)->count;
}

static size_t noffer(const struct server *s)
{
	return core_offers(s->core);
}

/* Leases whose address is in no pool any more: kept on file, but not renewed. */
static size_t outside(const struct server *s)
{
	const struct lease *l = NULL;
	size_t cursor = 0, n = 0;

	while ((l = lease_walk(core_leases(s->core), &cursor)) != NULL)
		n += l->pool == LEASE_POOL_NONE && l->state == LEASE_ACTIVE;
	return n;
}

/* "10.0.0.10-10.0.0.99" of a pool's first and last address. */
static void pool_name(const struct pool *pool, struct pxe_text *t)
{
	struct pxe_ip4 lo = {.v = UINT32_MAX}, hi = {0};
	char a[PXE_IP4_STRLEN], b[PXE_IP4_STRLEN];

	for (size_t i = 0; i < pool->nrange; i++) {
		if (pool->range[i].ip.lo.v < lo.v)
			lo = pool->range[i].ip.lo;
		if (pool->range[i].ip.hi.v > hi.v)
			hi = pool->range[i].ip.hi;
	}
	pxe_text_addf(t, "%s-%s", pxe_ip4_str(lo, a), pxe_ip4_str(hi, b));
}

static bool pool(const struct server *s, size_t i, struct server_pool *out)
{
	struct core_pool_info p;
	struct pxe_text t = pxe_text_init(out->range, sizeof(out->range));

	if (!core_pool_info(s->core, i, &p))
		return false;
	*out = (struct server_pool){
	    .total = p.total, .active = p.active, .abandoned = p.abandoned, .offered = p.offered};
	if (p.pool == NULL)
		out->total = 0;
	if (out->total == 0)
		return true;
	out->network = p.pool->network->name;
	pool_name(p.pool, &t);
	return true;
}

const struct server_family server_family4 = {
    .daemon = "dhcpd",
    .version = 4,
    .port = PXE_DHCP_SERVER_PORT,
    .make_core = make_core,
    .free_core = free_core,
    .configure = configure,
    .conf = conf_of,
    .store = &store_ops,
    .open_net = open_net,
    .close_net = close_net,
    .pause_net = pause_net,
    .refresh_net = refresh_net,
    .flush_net = flush_net,
    .interfaces = interfaces,
    .net_figures = figures_of_net,
    .send = send_one,
    .committed = committed,
    .tick = tick,
    .deadline_us = deadline_us,
    .leases = nlease,
    .offers = noffer,
    .outside = outside,
    .pool = pool,
    .cmd = ctl_commands,
    .ncmd = CTL_COMMANDS,
};
