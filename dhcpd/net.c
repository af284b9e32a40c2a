/* SPDX-License-Identifier: BSD-2-Clause */
/* net.c -- interfaces served, datagrams in. Datagrams out are in net_out.c. */
#include "dhcpd/net.h"

#include <errno.h>
#include <linux/filter.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "dhcpd/net_impl.h"
#include "dhcpd/net_names.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"
#include "libpxecommon/os/log.h"

static const struct net_words words = {"subnet", "no IPv4 addresses"};

/* ---- one interface ---- */

static void on_recv(struct pxe_udp *udp, struct pxe_dgram *dg, unsigned n, void *arg)
{
	struct net_if *nif = arg;

	(void)udp;
	nif->net->opts.on_recv(nif->net->opts.arg, nif->core.index, dg, n);
}

static void fill(struct net_if *nif, const struct pxe_iface *iface)
{
	struct pxe_ip first = pxe_iface_ip4(iface);
	size_t n = 0;

	for (size_t i = 0; i < iface->naddr && n < NET_ADDRESSES_MAX; i++)
		if (iface->addr[i].prefix.ip.family == 4)
			nif->addr[n++] = iface->addr[i].prefix.ip.v4;
	(void)pxe_str_copy(nif->name, sizeof(nif->name), iface->name);
	nif->core = (struct core_iface){
	    .index = iface->index,
	    .name = nif->name,
	    .ip = first.family == 4 ? first.v4 : (struct pxe_ip4){0},
	    .addr = nif->addr,
	    .naddr = n,
	    .mtu = iface->mtu < NET_MTU_MAX ? iface->mtu : NET_MTU_MAX,
	    .can_link = iface->hw.len > 0 && iface->hw.type != ARPHRD_INFINIBAND,
	    .hw = iface->hw,
	};
}

static struct net_if *find(const struct net *net, unsigned ifindex)
{
	for (size_t i = 0; i < net->nif; i++)
		if (net->nifs[i]->core.index == ifindex)
			return net->nifs[i];
	return NULL;
}

static int open_socket(struct net_if *nif)
{
	struct pxe_udp_opts o = pxe_udp_defaults();

	o.bind.ip = pxe_ip_from4(nif->net->opts.local);
	o.bind.port = nif->net->opts.port;
	o.device = nif->name;
	o.rcvbuf = NET_RCVBUF;
	o.broadcast = o.reuse_addr = true;
	return pxe_udp_open(nif->net->loop, &o, on_recv, nif, &nif->udp);
}

static void say_open(const struct net_if *nif, const char *network)
{
	char hw[PXE_HWADDR_STRLEN];

	(void)pxe_hwaddr_str(&nif->core.hw, hw);
	pxe_log_info("Listening on LPF/%s/%s/%s", nif->name, hw, network);
	pxe_log_info("Sending on   LPF/%s/%s/%s", nif->name, hw, network);
}

/* Serve an interface. 0 or -errno, logged. */
static int add(struct net *net, const struct pxe_iface *iface, const char *network)
{
	struct net_if *nif = NULL;
	int err = 0;

	if (net->nif == NET_INTERFACES_MAX)
		return PXE_E_LIMIT;
	nif = calloc(1, sizeof(*nif));
	if (nif == NULL)
		return -ENOMEM;
	nif->net = net;
	fill(nif, iface);
	err = open_socket(nif);
	if (err != 0) {
		pxe_log_error(
		    "Can't listen on %s port %u: %s", nif->name, net->opts.port, pxe_strerror(err));
		free(nif);
		return err;
	}
	net->nifs[net->nif++] = nif;
	say_open(nif, network);
	return 0;
}

static void drop(struct net *net, struct net_if *nif)
{
	size_t i = 0;

	while (net->nifs[i] != nif)
		i++;
	net->nifs[i] = net->nifs[--net->nif];
	net->gone_overflows += pxe_udp_overflows(nif->udp);
	pxe_udp_close(nif->udp);
	free(nif);
}

/* ---- which ---- */

static bool is_wanted(const struct net *net, const struct pxe_iface *iface)
{
	if (net->opts.nnames > 0)
		return net_is_named(net->opts.names, net->opts.nnames, iface->name);
	return (iface->flags & IFF_UP) != 0 && (iface->flags & IFF_BROADCAST) != 0 &&
	       (iface->flags & (IFF_LOOPBACK | IFF_POINTOPOINT)) == 0;
}

static void say_no_subnet(const struct pxe_iface *iface)
{
	struct pxe_ip ip = pxe_iface_ip4(iface);

	net_say_no_subnet(&words, iface->name, &ip);
}

/* Bring one interface in line with what it is and what is declared. */
static int reconcile(struct net *net, const struct pxe_iface *iface, bool starting)
{
	struct net_if probe = {0}, *nif = find(net, iface->index);
	const char *network = NULL;

	if (is_wanted(net, iface)) {
		fill(&probe, iface);
		network = net->opts.network_of(net->opts.arg, &probe.core);
		if (network == NULL && starting)
			say_no_subnet(iface);
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
	if (strcmp(nif->name, iface->name) != 0) { /* renamed: the socket is bound by name */
		drop(net, nif);
		return add(net, iface, network);
	}
	fill(nif, iface);
	return 0;
}

static void on_change(enum pxe_iface_change change, const struct pxe_iface *iface, void *arg)
{
	struct net *net = arg;
	struct net_if *nif = NULL;

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

/* Nothing is to be received on the socket that sends by routing table: clients' broadcasts would
 * pile up in it. */
static void receive_nothing(int fd)
{
	struct sock_filter none = {.code = BPF_RET | BPF_K};
	struct sock_fprog prog = {.len = 1, .filter = &none};

	(void)setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
}

static int open_fallback(struct net *net)
{
	struct pxe_udp_opts o = pxe_udp_defaults();
	int err = 0;

	o.bind.ip = pxe_ip_from4(net->opts.local);
	o.bind.port = net->opts.port;
	o.broadcast = true;
	o.rcvbuf = 4096;
	err = pxe_udp_open(net->loop, &o, NULL, NULL, &net->fallback);
	if (err != 0) {
		pxe_log_error("Can't bind to port %u: %s", net->opts.port, pxe_strerror(err));
		return err;
	}
	/* Bound without it, so that a port in use by another server is found out; from here on the
	 * sockets of the interfaces may share the port. */
	(void)setsockopt(
	    pxe_udp_fd(net->fallback), SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	receive_nothing(pxe_udp_fd(net->fallback));
	return 0;
}

static int open_all(struct net *net)
{
	const struct pxe_iface *iface = NULL;
	int err = open_fallback(net);

	for (size_t i = 0; err == 0 && (iface = pxe_iface_at(net->ifaces, i)) != NULL; i++) {
		err = reconcile(net, iface, true);
	}
	if (err != 0)
		return err;
	err = net_check_names(&words, net->ifaces, net->opts.names, net->opts.nnames, net->nif);
	if (err == 0)
		pxe_log_info("Sending on   Socket/fallback/fallback-net");
	return err;
}

int net_open(uv_loop_t *loop, const struct net_opts *opts, struct net **out)
{
	struct net *net = calloc(1, sizeof(*net));
	int err = 0;

	if (net == NULL)
		return -ENOMEM;
	net->loop = loop;
	net->opts = *opts;
	err = pxe_ifaces_open(loop, on_change, net, &net->ifaces);
	if (err != 0)
		pxe_log_error("Can't read the list of interfaces: %s", pxe_strerror(err));
	if (err == 0) {
		err = pxe_link_open(&net->link);
		if (err != 0)
			pxe_log_error("Can't open a packet socket: %s", pxe_strerror(err));
	}
	if (err == 0)
		err = open_all(net);
	if (err != 0) {
		net_close(net);
		return err;
	}
	*out = net;
	return 0;
}

void net_close(struct net *net)
{
	if (net == NULL)
		return;
	while (net->nif > 0)
		drop(net, net->nifs[0]);
	pxe_udp_close(net->fallback);
	pxe_link_close(net->link);
	pxe_ifaces_close(net->ifaces);
	free(net);
}

void net_refresh(struct net *net)
{
	const struct pxe_iface *iface = NULL;

	for (size_t i = 0; (iface = pxe_iface_at(net->ifaces, i)) != NULL; i++)
		(void)reconcile(net, iface, false);
}

void net_pause(struct net *net)
{
	for (size_t i = 0; i < net->nif; i++)
		pxe_udp_pause(net->nifs[i]->udp);
}

const struct core_iface *net_iface(void *arg, unsigned ifindex)
{
	struct net_if *nif = find(arg, ifindex);

	return nif != NULL ? &nif->core : NULL;
}

struct net_if *net_find(const struct net *net, unsigned ifindex)
{
	return find(net, ifindex);
}

bool net_is_ours(void *arg, struct pxe_ip4 ip)
{
	struct net *net = arg;
	struct pxe_ip any = pxe_ip_from4(ip);

	return pxe_ifaces_have_ip(net->ifaces, &any);
}

size_t net_count(const struct net *net)
{
	return net->nif;
}
