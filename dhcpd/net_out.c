/* SPDX-License-Identifier: BSD-2-Clause */
/* net_out.c -- replies, gathered and sent with few system calls. */
#include <errno.h>
#include <string.h>

#include "dhcpd/net_impl.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"

static struct pxe_log_limit send_log = PXE_LOG_LIMIT(1, 5);

static void failed(struct net *net, const struct net_out *o, int err)
{
	char ip[PXE_IP4_STRLEN];

	net->figures.failed++;
	pxe_log_limited(&send_log, PXE_LOG_WARNING, "send to %s port %u: %s",
	    pxe_ip4_str(o->send.dest.ip, ip), o->send.dest.port, pxe_strerror(err));
}

/* ---- frames ---- */

static bool is_frame(const struct net *net, const struct net_out *o)
{
	(void)net;
	return o->send.dest.via == PXE_DHCP_VIA_LINK;
}

static void send_frames(struct net *net, struct net_out *const *v, unsigned n)
{
	struct pxe_link_dgram dg[NET_OUT_MAX];
	unsigned done = 0;

	for (unsigned i = 0; i < n; i++)
		dg[i] = (struct pxe_link_dgram){.ifindex = v[i]->send.ifindex,
		    .to_hw = v[i]->send.hw,
		    .from_ip = v[i]->send.from,
		    .to_ip = v[i]->send.dest.ip,
		    .from_port = net->opts.port,
		    .to_port = v[i]->send.dest.port,
		    .data = v[i]->data,
		    .len = v[i]->send.len};
	while (done < n) {
		int rc = pxe_link_send(net->link, dg + done, n - done);

		if (rc <= 0) { /* this one is refused; the others are not its victims */
			failed(net, v[done], rc < 0 ? rc : -EAGAIN);
			rc = 1;
		} else {
			net->figures.sent += (unsigned)rc;
		}
		done += (unsigned)rc;
	}
}

/* ---- datagrams ---- */

static void send_datagrams(
    struct net *net, struct pxe_udp *udp, struct net_out *const *v, unsigned n, bool pin)
{
	struct pxe_dgram_out dg[NET_OUT_MAX] = {0};
	int err[NET_OUT_MAX] = {0};
	unsigned taken = 0;

	for (unsigned i = 0; i < n; i++) {
		dg[i] = (struct pxe_dgram_out){.nparts = 1,
		    .to = {.ip = pxe_ip_from4(v[i]->send.dest.ip), .port = v[i]->send.dest.port}};
		dg[i].part[0] = (struct iovec){.iov_base = v[i]->data, .iov_len = v[i]->send.len};
		if (v[i]->send.from.v != 0)
			dg[i].from = pxe_ip_from4(v[i]->send.from);
		if (pin)
			dg[i].ifindex = v[i]->send.ifindex;
	}
	taken = pxe_udp_send(udp, dg, n, err);
	for (unsigned i = 0; i < n; i++) {
		if (i >= taken)
			failed(net, v[i], -EAGAIN);
		else if (err[i] != 0)
			failed(net, v[i], err[i]);
		else
			net->figures.sent++;
	}
}

static void send_broadcast(struct net *net, struct net_out *o)
{
	struct net_if *nif = net_find(net, o->send.ifindex);

	if (nif == NULL)
		failed(net, o, -ENODEV);
	else
		send_datagrams(net, nif->udp, &o, 1, true);
}

/* ---- the queue ---- */

void net_flush(struct net *net)
{
	struct net_out *frame[NET_OUT_MAX], *routed[NET_OUT_MAX];
	unsigned nframe = 0, nrouted = 0;

	for (unsigned i = 0; i < net->nout; i++) {
		struct net_out *o = &net->out[i];

		if (is_frame(net, o))
			frame[nframe++] = o;
		else if (o->send.dest.via == PXE_DHCP_VIA_BROADCAST)
			send_broadcast(net, o);
		else
			routed[nrouted++] = o;
	}
	net->nout = 0;
	if (nframe > 0)
		send_frames(net, frame, nframe);
	if (nrouted > 0)
		send_datagrams(net, net->fallback, routed, nrouted, false);
}

void net_send(struct net *net, const struct fx_send *send)
{
	struct net_out *o = NULL;

	if (send->len > sizeof(o->data)) {
		net->figures.failed++;
		return;
	}
	if (net->nout == NET_OUT_MAX)
		net_flush(net);
	o = &net->out[net->nout++];
	o->send = *send;
	memcpy(o->data, send->p, send->len);
	o->send.p = o->data;
}

void net_figures(const struct net *net, struct net_figures *out)
{
	*out = net->figures;
	out->overflows = net->gone_overflows;
	for (size_t i = 0; i < net->nif; i++)
		out->overflows += pxe_udp_overflows(net->nifs[i]->udp);
}
