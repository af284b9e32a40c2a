/* SPDX-License-Identifier: BSD-2-Clause */
/* net6.c -- interfaces served with DHCPv6, datagrams in and out. */
#include "dhcpd/net6.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "dhcpd/net_names.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"
#include "libpxecommon/os/iface.h"
#include "libpxecommon/os/log.h"

static const struct net_words words = {"subnet6", "no IPv6 addresses"};

static struct pxe_log_limit send_log = PXE_LOG_LIMIT(1, 5);

/* ff02::1:2 and ff05::1:3 (RFC 8415 7.1). */
static const struct pxe_ip groups[] = {
    {.family = 6, .v6.b = {0xff, 0x02, [13] = 1, [15] = 2}},
    {.family = 6, .v6.b = {0xff, 0x05, [13] = 1, [15] = 3}},
};

struct net6_if {
	char name[IF_NAMESIZE];
	struct pxe_ip6 addr[NET_ADDRESSES_MAX];
	struct core6_iface core; /* points into the above */
};

struct net6_out {
	struct fx_send6 send;
	uint8_t data[NET6_DGRAM_MAX];
};

struct net6 {
	uv_loop_t *loop;
	struct net6_opts opts;
	struct pxe_ifaces *ifaces;
	struct net6_if *nifs[NET_INTERFACES_MAX];
	size_t nif;
	struct pxe_udp *udp;
	struct net6_out out[NET_OUT_MAX];
	unsigned nout;
	struct net_figures figures;
};

/* ---- one interface ---- */

static void fill(struct net6_if *nif, const struct pxe_iface *iface)
{
	size_t n = 0;

	for (size_t i = 0; i < iface->naddr && n < NET_ADDRESSES_MAX; i++) {
		const struct pxe_ip *ip = &iface->addr[i].prefix.ip;

		if (ip->family == 6 && !pxe_ip_is_link_local(ip))
			nif->addr[n++] = ip->v6;
	}
	(void)pxe_str_copy(nif->name, sizeof(nif->name), iface->name);
	nif->core = (struct core6_iface){
	    .index = iface->index, .name = nif->name, .addr = nif->addr, .naddr = n};
}

static struct net6_if *find(const struct net6 *net, unsigned ifindex)
{
	for (size_t i = 0; i < net->nif; i++)
		if (net->nifs[i]->core.index == ifindex)
			return net->nifs[i];
	return NULL;
}

static int join(struct net6 *net, const struct pxe_iface *iface)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		int err = pxe_udp_join(net->udp, &groups[i], iface->index);
		char ip[PXE_IP_STRLEN];

		if (err != 0) {
			pxe_log_error("Can't join %s on %s: %s", pxe_ip_str(&groups[i], ip),
			    iface->name, pxe_strerror(err));
			return err;
		}
	}
	return 0;
}

static int add(struct net6 *net, const struct pxe_iface *iface, const char *network)
{
	struct net6_if *nif = NULL;
	int err = 0;

	if (net->nif == NET_INTERFACES_MAX)
		return PXE_E_LIMIT;
	err = join(net, iface);
	if (err != 0)
		return err;
	nif = calloc(1, sizeof(*nif));
	if (nif == NULL)
		return -ENOMEM;
	fill(nif, iface);
	net->nifs[net->nif++] = nif;
	pxe_log_info("Listening on Socket/%d/%s/%s", pxe_udp_fd(net->udp), nif->name, network);
	pxe_log_info("Sending on   Socket/%d/%s/%s", pxe_udp_fd(net->udp), nif->name, network);
	return 0;
}

static void drop(struct net6 *net, struct net6_if *nif)
{
	size_t i = 0;

	while (net->nifs[i] != nif)
		i++;
	net->nifs[i] = net->nifs[--net->nif];
	for (size_t k = 0; k < sizeof(groups) / sizeof(groups[0]); k++)
		(void)pxe_udp_leave(net->udp, &groups[k], nif->core.index);
	free(nif);
}

/* ---- which ---- */

static bool is_wanted(const struct net6 *net, const struct pxe_iface *iface)
{
	if (net->opts.nnames > 0)
		return net_is_named(net->opts.names, net->opts.nnames, iface->name);
	return (iface->flags & IFF_UP) != 0 && (iface->flags & IFF_MULTICAST) != 0 &&
	       (iface->flags & IFF_LOOPBACK) == 0;
}

/* Bring one interface in line with what it is and what is declared. */
static int reconcile(struct net6 *net, const struct pxe_iface *iface, bool starting)
{
	struct net6_if probe = {0}, *nif = find(net, iface->index);
	const char *network = NULL;

	if (is_wanted(net, iface)) {
		fill(&probe, iface);
		network = net->opts.network_of(net->opts.arg, &probe.core);
		if (network == NULL && starting)
			net_say_no_subnet(&words, iface->name,
			    &(struct pxe_ip){
				.family = probe.core.naddr > 0 ? 6 : 0, .v6 = probe.addr[0]});
	}
	if (network == NULL) {
		if (nif != NULL) {
			pxe_log_notice("No longer serving %s", nif->name);
			drop(net, nif);
		}
		return 0;
	}
	if (nif == NULL)
		return add(net, iface, network);
	fill(nif, iface);
	(void)join(net, iface); /* it may have been down meanwhile */
	return 0;
}

static void on_change(enum pxe_iface_change change, const struct pxe_iface *iface, void *arg)
{
	struct net6 *net = arg;
	struct net6_if *nif = NULL;

	if (change != PXE_IFACE_GONE) {
		(void)reconcile(net, iface, false);
		return;
	}
	nif = find(net, iface->index);
	if (nif != NULL) {
		pxe_log_notice("Interface %s is gone", nif->name);
		drop(net, nif);
	}
}

/* ---- open and close ---- */

static void on_recv(struct pxe_udp *udp, struct pxe_dgram *dg, unsigned n, void *arg)
{
	struct net6 *net = arg;

	(void)udp;
	net->opts.on_recv(net->opts.arg, dg, n);
}

static int open_socket(struct net6 *net)
{
	struct pxe_udp_opts o = pxe_udp_defaults();
	char ip[PXE_IP_STRLEN];
	int err = 0;

	o.bind.ip.family = 6;
	o.bind.ip.v6 = net->opts.local;
	o.bind.port = net->opts.port;
	o.v6only = true;
	o.max_dgram = NET6_DGRAM_MAX;
	o.rcvbuf = NET_RCVBUF;
	err = pxe_udp_open(net->loop, &o, on_recv, net, &net->udp);
	if (err != 0)
		pxe_log_error("Can't bind to port %u: %s", net->opts.port, pxe_strerror(err));
	else if (pxe_ip_is_any(&o.bind.ip))
		pxe_log_info("Bound to *:%u", net->opts.port);
	else
		pxe_log_info("Bound to [%s]:%u", pxe_ip_str(&o.bind.ip, ip), net->opts.port);
	return err;
}

static int open_all(struct net6 *net)
{
	const struct pxe_iface *iface = NULL;
	int err = open_socket(net);

	for (size_t i = 0; err == 0 && (iface = pxe_iface_at(net->ifaces, i)) != NULL; i++)
		err = reconcile(net, iface, true);
	if (err != 0)
		return err;
	return net_check_names(&words, net->ifaces, net->opts.names, net->opts.nnames, net->nif);
}

int net6_open(uv_loop_t *loop, const struct net6_opts *opts, struct net6 **out)
{
	struct net6 *net = calloc(1, sizeof(*net));
	int err = 0;

	if (net == NULL)
		return -ENOMEM;
	net->loop = loop;
	net->opts = *opts;
	err = pxe_ifaces_open(loop, on_change, net, &net->ifaces);
	if (err != 0)
		pxe_log_error("Can't read the list of interfaces: %s", pxe_strerror(err));
	if (err == 0)
		err = open_all(net);
	if (err != 0) {
		net6_close(net);
		return err;
	}
	*out = net;
	return 0;
}

void net6_close(struct net6 *net)
{
	if (net == NULL)
		return;
	while (net->nif > 0)
		drop(net, net->nifs[0]);
	pxe_udp_close(net->udp);
	pxe_ifaces_close(net->ifaces);
	free(net);
}

void net6_refresh(struct net6 *net)
{
	const struct pxe_iface *iface = NULL;

	for (size_t i = 0; (iface = pxe_iface_at(net->ifaces, i)) != NULL; i++)
		(void)reconcile(net, iface, false);
}

void net6_pause(struct net6 *net)
{
	pxe_udp_pause(net->udp);
}

const struct core6_iface *net6_iface(void *arg, unsigned ifindex)
{
	struct net6_if *nif = find(arg, ifindex);

	return nif != NULL ? &nif->core : NULL;
}

size_t net6_count(const struct net6 *net)
{
	return net->nif;
}

bool net6_own_hwaddr(char *const *names, size_t nnames, struct pxe_hwaddr *out)
{
	struct pxe_ifaces *ifaces = NULL;
	const struct pxe_iface *iface = NULL;
	bool found = false;

	if (pxe_ifaces_open(NULL, NULL, NULL, &ifaces) != 0)
		return false;
	for (size_t i = 0; i < nnames && !found; i++) {
		iface = pxe_iface_by_name(ifaces, names[i]);
		found = iface != NULL && iface->hw.len > 0;
	}
	for (size_t i = 0; !found && (iface = pxe_iface_at(ifaces, i)) != NULL; i++)
		found = iface->hw.len > 0 && (iface->flags & IFF_LOOPBACK) == 0;
	if (found)
		*out = iface->hw;
	pxe_ifaces_close(ifaces);
	return found;
}

/* ---- out ---- */

static void failed(struct net6 *net, const struct net6_out *o, int err)
{
	char to[PXE_ENDPOINT_STRLEN];

	net->figures.failed++;
	pxe_log_limited(&send_log, PXE_LOG_WARNING, "send to %s: %s",
	    pxe_endpoint_str(&o->send.to, to), pxe_strerror(err));
}

void net6_flush(struct net6 *net)
{
	struct pxe_dgram_out dg[NET_OUT_MAX];
	int err[NET_OUT_MAX] = {0};
	unsigned taken = 0;

	for (unsigned i = 0; i < net->nout; i++) {
		struct net6_out *o = &net->out[i];

		dg[i] = (struct pxe_dgram_out){.nparts = 1, .to = o->send.to};
		dg[i].part[0] = (struct iovec){.iov_base = o->data, .iov_len = o->send.len};
		if (pxe_ip_is_link_local(&o->send.to.ip))
			dg[i].ifindex = o->send.ifindex;
	}
	if (net->nout > 0)
		taken = pxe_udp_send(net->udp, dg, net->nout, err);
	for (unsigned i = 0; i < net->nout; i++) {
		if (i >= taken)
			failed(net, &net->out[i], -EAGAIN);
		else if (err[i] != 0)
			failed(net, &net->out[i], err[i]);
		else
			net->figures.sent++;
	}
	net->nout = 0;
}

void net6_send(struct net6 *net, const struct fx_send6 *send)
{
	struct net6_out *o = NULL;

	if (send->len > sizeof(o->data)) {
		net->figures.failed++;
		return;
	}
	if (net->nout == NET_OUT_MAX)
		net6_flush(net);
	o = &net->out[net->nout++];
	o->send = *send;
	memcpy(o->data, send->p, send->len);
}

void net6_figures(const struct net6 *net, struct net_figures *out)
{
	*out = net->figures;
	out->overflows = pxe_udp_overflows(net->udp);
}
