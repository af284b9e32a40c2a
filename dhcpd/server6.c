/* SPDX-License-Identifier: BSD-2-Clause */
/* server6.c -- what of the shell is DHCPv6's. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "dhcpd/core/v6/pool6.h"
#include "dhcpd/net6.h"
#include "dhcpd/server.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"
#include "libpxecommon/proto/dhcp6_msg.h"

/* ---- effects ---- */

static void send_one(struct server *s, const struct fx *e)
{
	if (e->kind == FX_SEND6)
		net6_send(s->net6, &e->send6);
}

static void committed(struct server *s, const struct fx_commit *c, bool ok)
{
	core6_committed(s->core6, c->ia, c->version, ok);
}

static void tick(struct server *s, const struct pxe_now *now)
{
	core6_tick(s->core6, now, &s->fx);
}

static int64_t deadline_us(const struct server *s, const struct pxe_now *now)
{
	return core6_deadline_us(s->core6, now);
}

/* ---- what happens ---- */

void server6_packet(struct server *s, const struct core6_in *in, const struct pxe_now *now)
{
	fx_reset(&s->fx);
	core6_packet(s->core6, in, now, &s->fx);
	server_run(s);
}

static void on_recv(void *arg, struct pxe_dgram *dg, unsigned n)
{
	struct server *s = arg;
	struct pxe_now now = server_now();
	struct core6_in in[PXE_UDP_BATCH];
	unsigned taken = 0;

	for (; taken < n && taken < PXE_UDP_BATCH; taken++) {
		const struct pxe_dgram *d = &dg[taken];

		in[taken] = (struct core6_in){.data = d->data,
		    /* it may have been cut; half a message is none, and is seen to be none */
		    .len = d->len < NET6_DGRAM_MAX ? d->len : 0,
		    .from = d->from,
		    .to = d->to,
		    .ifindex = d->ifindex};
	}
	intake6_take(s->intake6, in, taken, &now);
	server_settle(s);
}

/* ---- the lease file ---- */

static void on_lease(void *arg, const struct lease_rec *rec)
{
	char ip[PXE_IP4_STRLEN];

	(void)arg;
	pxe_log_warning("lease %s is one of DHCPv4 and is left out", pxe_ip4_str(rec->ip, ip));
}

static void on_ia(void *arg, const struct ia6_rec *rec)
{
	struct server *s = arg;

	if (!core6_load(s->core6, rec, (int64_t)time(NULL)))
		pxe_log_debug("%s: an address of it is in no range", lease6_kind_name(rec->kind));
}

static bool on_other(void *arg, struct pxe_bytes text)
{
	struct server *s = arg;
	uint8_t duid[LEASE6_DUID_MAX];
	size_t len = 0;

	if (!lease6_text_server_duid(text, duid, sizeof(duid), &len))
		return false;
	core6_set_duid(s->core6, (struct pxe_bytes){duid, len});
	return true;
}

static bool snapshot(void *arg, size_t *cursor, struct pxe_text *t, size_t *n)
{
	struct server *s = arg;
	const struct ia6 *ia = NULL;

	if (*cursor == 0) {
		local_time_zone(core6_style(s->core6));
		lease6_text_put_server_duid(t, core6_own_duid(s->core6));
	}
	while (t->cap - t->len > LEASE6_TEXT_MAX) {
		ia = ia6_walk(core6_leases(s->core6), cursor);
		if (ia == NULL)
			return false;
		if (!ia6_is_written(ia))
			continue; /* an offer */
		core6_lease_text(s->core6, ia, t);
		(*n)++;
	}
	return true;
}

static const struct store_ops store_ops = {
    .on_lease = on_lease,
    .on_ia = on_ia,
    .on_other = on_other,
    .snapshot = snapshot,
    .on_rewritten = server_on_rewritten,
    .on_batch = server_on_batch,
};

enum { DUID_LLT = 1, DUID_LL = 3, DUID_UUID = 4, EPOCH_2000 = 946684800, UUID_LEN = 16 };

/* RFC 8415 11.2, 11.4: a link-layer address of ours, and for LLT the time, in seconds since 2000.
 */
static bool put_link_layer(const struct dhcpd_options *o, uint16_t type, struct pxe_wr *wr)
{
	struct pxe_hwaddr hw;

	if (!net6_own_hwaddr(o->s.interfaces.v, o->s.interfaces.n, &hw))
		return false;
	pxe_wr_u16(wr, type);
	pxe_wr_u16(wr, hw.type);
	if (type == DUID_LLT)
		pxe_wr_u32(wr, (uint32_t)(time(NULL) - EPOCH_2000));
	pxe_wr_bytes(wr, hw.b, hw.len);
	return true;
}

/* RFC 8415 11.5, RFC 4122 4.4: a random one, where no interface has an address of its own. */
static void put_uuid(struct pxe_wr *wr)
{
	uint8_t uuid[UUID_LEN];

	if (getrandom(uuid, sizeof(uuid), 0) != (ssize_t)sizeof(uuid))
		return;
	uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40);
	uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
	pxe_wr_u16(wr, DUID_UUID);
	pxe_wr_bytes(wr, uuid, sizeof(uuid));
}

/* What server-duid says, or LLT as when it says nothing. */
static size_t make_duid(struct server *s, uint8_t *out, size_t cap)
{
	struct pxe_wr wr = pxe_wr_init(out, cap);
	struct pxe_bytes said = conf_server_duid(core6_conf(s->core6));
	uint16_t type = said.len == 2 && said.p[1] == DUID_LL ? DUID_LL : DUID_LLT;

	if (said.len > 2)
		pxe_wr_bytes(&wr, said.p, said.len);
	else if (!put_link_layer(s->options, type, &wr))
		put_uuid(&wr);
	return wr.err == 0 ? wr.len : 0;
}

/* The lease file knows our name, or we make one now; it is written there before we serve. */
static int loaded(struct server *s)
{
	uint8_t duid[LEASE6_DUID_MAX];
	size_t len = 0;

	if (core6_own_duid(s->core6).len > 0)
		return 0;
	len = make_duid(s, duid, sizeof(duid));
	if (len == 0) {
		pxe_log_error("no interface has a link-layer address to make a DUID from");
		return PXE_E_NOTFOUND;
	}
	core6_set_duid(s->core6, (struct pxe_bytes){duid, len});
	return 0;
}

/* ---- the core ---- */

static const struct core6_iface *iface_of(void *arg, unsigned ifindex)
{
	struct server *s = arg;

	return s->net6 != NULL ? net6_iface(s->net6, ifindex) : NULL;
}

static int make_core(struct server *s, struct conf *conf)
{
	uint16_t port = server_port(s);
	struct core6_opts o = {
	    .server_port = port,
	    /* ISC counts up in DHCPv4, where the server has the lower port, and down here */
	    .client_port =
		s->globals.remote_port != 0 ? s->globals.remote_port : (uint16_t)(port - 1),
	    .hostname = s->hostname,
	    .iface = iface_of,
	    .arg = s,
	};
	int err = 0;

	o.seed = local_identify(s);
	err = core6_new(&o, &s->core6);
	if (err == 0)
		err = core6_configure(s->core6, conf);
	if (err == 0)
		local_time_zone(core6_style(s->core6));
	if (err != 0) {
		conf_free(conf);
		pxe_log_error("configuration: %s", pxe_strerror(err));
	}
	return err;
}

static void free_core(struct server *s)
{
	core6_free(s->core6);
}

static int configure(struct server *s, struct conf *conf)
{
	return core6_configure(s->core6, conf);
}

static const struct conf *conf_of(const struct server *s)
{
	return core6_conf(s->core6);
}

/* ---- the network ---- */

static const char *network_of(void *arg, const struct core6_iface *iface)
{
	struct server *s = arg;
	const struct conf *conf = core6_conf(s->core6);
	const struct network *net = conf_network_by_interface(conf, iface->name);

	for (size_t i = 0; net == NULL && i < iface->naddr; i++) {
		struct pxe_ip ip = {.family = 6, .v6 = iface->addr[i]};
		const struct subnet *sub = conf_subnet(conf, &ip);

		net = sub != NULL ? sub->network : NULL;
	}
	return net != NULL ? net->name : NULL;
}

static int open_net(struct server *s)
{
	struct net6_opts o = {
	    .names = s->options->s.interfaces.v,
	    .nnames = s->options->s.interfaces.n,
	    .port = server_port(s),
	    .local = s->globals.local_address6,
	    .network_of = network_of,
	    .on_recv = on_recv,
	    .arg = s,
	};

	int err = intake6_open(s, &s->intake6);

	if (err == 0)
		err = net6_open(s->loop, &o, &s->net6);
	return err;
}

static void close_net(struct server *s)
{
	net6_close(s->net6);
	intake6_close(s->intake6);
	s->intake6 = NULL;
}

static void pause_net(struct server *s)
{
	net6_pause(s->net6);
}

static void refresh_net(struct server *s)
{
	net6_refresh(s->net6);
}

static void flush_net(struct server *s)
{
	net6_flush(s->net6);
}

static size_t interfaces(const struct server *s)
{
	return net6_count(s->net6);
}

static void figures_of_net(const struct server *s, struct net_figures *out)
{
	net6_figures(s->net6, out);
}

/* ---- figures ---- */

static size_t nlease(const struct server *s)
{
	return core6_leases(s->core6)->count;
}

static size_t noffer(const struct server *s)
{
	return core6_leases(s->core6)->offers;
}

static size_t outside(const struct server *s)
{
	const struct ia6 *ia = NULL;
	size_t cursor = 0, n = 0;

	while ((ia = ia6_walk(core6_leases(s->core6), &cursor)) != NULL)
		for (const struct lease6 *l = ia->first; l != NULL; l = l->next)
			n += l->shelf == LEASE6_SHELF_NONE && l->state == LEASE_ACTIVE;
	return n;
}

static bool pool(const struct server *s, size_t i, struct server_pool *out)
{
	const struct space6 *space = NULL;
	struct lease6_shelf count;
	char lo[PXE_IP_STRLEN], hi[PXE_IP_STRLEN];
	struct pxe_text t = pxe_text_init(out->range, sizeof(out->range));

	if (!core6_space_info(s->core6, i, &space, &count))
		return false;
	out->network = space->pool->network->name;
	pxe_text_addf(&t, "%s-%s", pxe_ip_str(&(struct pxe_ip){.family = 6, .v6 = space->lo}, lo),
	    pxe_ip_str(&(struct pxe_ip){.family = 6, .v6 = space->hi}, hi));
	if (space->len < 128)
		pxe_text_addf(&t, "/%u", space->len);
	out->total = space->total;
	out->active = count.nactive;
	out->abandoned = count.nabandoned;
	out->offered = count.noffered;
	return true;
}

const struct server_family server_family6 = {
    .daemon = "dhcpd6",
    .version = 6,
    .port = PXE_DHCP6_SERVER_PORT,
    .make_core = make_core,
    .free_core = free_core,
    .configure = configure,
    .conf = conf_of,
    .loaded = loaded,
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
    .cmd = ctl6_commands,
    .ncmd = CTL6_COMMANDS,
};
