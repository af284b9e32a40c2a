/* SPDX-License-Identifier: BSD-2-Clause */
/* send.c -- the datagrams and frames of a batch. */
#include "relayd/send.h"

#include <errno.h>

#include "relayd/relayd.h"

void send_init(struct send *s, send_done_fn done)
{
	s->done = done;
	for (size_t i = 0; i < SERVERS_MAX; i++)
		s->run_len[i] = SEND_RUN_LEN;
}

/* The kernel's error, or that the socket was full. */
static int outcome(unsigned i, unsigned taken, const int *err)
{
	int e = i < taken ? err[i] : ENOBUFS;

	return e > 0 ? -e : e;
}

/* ---- to servers ---- */

void send_up(struct send *s, unsigned i, const struct relay_out *out)
{
	for (size_t k = 0; k < out->nserver; k++) {
		unsigned server = out->server[k];

		s->to[server][s->nto[server]++] = (uint8_t)i;
	}
}

/* How many of n packets from the first on leave as one run. */
static unsigned run_of(
    const struct relay_out *batch, const uint8_t *packet, unsigned n, size_t run_len)
{
	size_t len = batch[packet[0]].pk.len, total = len;
	unsigned k = 1;

	while (k < n && len <= run_len && batch[packet[k]].pk.len == len &&
	       total + len <= SEND_RUN_BYTES) {
		total += len;
		k++;
	}
	return k;
}

/* Datagrams and runs for one server; how many. */
static unsigned make_runs(
    struct send *s, unsigned server, const struct relay_out *batch, const struct pxe_endpoint *to)
{
	const uint8_t *packet = s->to[server];
	unsigned n = s->nto[server], ndg = 0;

	for (unsigned at = 0, run = 0; at < n; at += run) {
		struct pxe_dgram_out *dg = &s->dg[ndg];

		run = run_of(batch, packet + at, n - at, s->run_len[server]);
		for (unsigned k = at; k < at + run; k++)
			s->part[k] = (struct iovec){batch[packet[k]].pk.p, batch[packet[k]].pk.len};
		*dg = (struct pxe_dgram_out){.to = *to, .many = &s->part[at], .nmany = run};
		if (run > 1)
			dg->segment = (uint16_t)s->part[at].iov_len;
		s->first[ndg++] = (uint8_t)at;
	}
	return ndg;
}

/* A run was refused as a whole, by a route that cannot or because nothing gets there: its packets
 * one by one. When those leave, runs as long as this are not tried again with this server. */
static void send_singly(
    struct relayd *d, struct send *s, unsigned server, unsigned i, struct pxe_udp *udp)
{
	struct pxe_dgram_out dg = {.to = s->dg[i].to, .nmany = 1};
	size_t len = s->dg[i].segment;

	for (unsigned k = 0; k < s->dg[i].nmany; k++) {
		int err = 0;

		dg.many = &s->dg[i].many[k];
		err = outcome(0, pxe_udp_send(udp, &dg, 1, &err), &err);
		s->done(d, s->to[server][s->first[i] + k], (int)server, err);
		if (err == 0 && s->run_len[server] >= len)
			s->run_len[server] = (uint16_t)(len - 1);
	}
}

static void flush_server(struct relayd *d, struct send *s, unsigned server,
    const struct relay_out *batch, struct pxe_udp *udp, const struct pxe_endpoint *to)
{
	int err[PXE_UDP_BATCH] = {0};
	unsigned n = make_runs(s, server, batch, to);
	unsigned taken = pxe_udp_send(udp, s->dg, n, err);

	for (unsigned i = 0; i < n; i++) {
		int e = outcome(i, taken, err);

		if (e != 0 && i < taken && s->dg[i].nmany > 1) {
			send_singly(d, s, server, i, udp);
			continue;
		}
		for (unsigned k = 0; k < s->dg[i].nmany; k++)
			s->done(d, s->to[server][s->first[i] + k], (int)server, e);
	}
	s->nto[server] = 0;
}

static void flush_up(
    struct relayd *d, struct send *s, const struct relay_out *batch, bool on_boot_port)
{
	struct pxe_udp *udp = on_boot_port ? shell_boot_up(&d->sh) : shell_up(&d->sh);

	for (unsigned server = 0; server < d->relay.servers.n; server++) {
		struct pxe_endpoint to = d->relay.servers.v[server].to;

		if (on_boot_port)
			to.port = (uint16_t)d->sh.conf.pxe_port;
		if (s->nto[server] > 0)
			flush_server(d, s, server, batch, udp, &to);
	}
}

/* ---- to clients ---- */

static void flush_down(struct relayd *d, struct send *s, struct pxe_udp *udp)
{
	int err[PXE_UDP_BATCH] = {0};
	unsigned taken = s->ndown > 0 ? pxe_udp_send(udp, s->down, s->ndown, err) : 0;

	for (unsigned i = 0; i < s->ndown; i++)
		s->done(d, s->down_packet[i], -1, outcome(i, taken, err));
	s->ndown = 0;
}

static void flush_link(struct relayd *d, struct send *s)
{
	for (unsigned at = 0; at < s->nlink;) {
		int took = pxe_link_send(d->link, s->link + at, s->nlink - at);
		int err = took > 0 ? 0 : took != 0 ? took : -ENOBUFS;
		unsigned n = took > 0 ? (unsigned)took : 1;

		for (unsigned i = 0; i < n; i++)
			s->done(d, s->link_packet[at + i], -1, err);
		at += n;
	}
	s->nlink = 0;
}

static struct pxe_link_dgram frame_of(const struct relayd *d, const struct relay_out *out)
{
	bool everybody = out->dest.via == PXE_DHCP_VIA_BROADCAST;
	int64_t port = out->on_boot_port ? d->sh.conf.pxe_port : d->relay.conf.server_port;

	return (struct pxe_link_dgram){
	    .ifindex = out->out->ifindex,
	    .to_hw = everybody ? (struct pxe_hwaddr){0} : out->pk.hw,
	    .from_ip = out->from,
	    .to_ip = out->dest.ip,
	    .from_port = (uint16_t)port,
	    .to_port = out->dest.port,
	    .data = out->pk.p,
	    .len = out->pk.len,
	};
}

/* To a client that has no address yet, or to all: in a frame, past routing and ARP. To one that
 * has, and where there are no frames: with UDP out of the right interface. */
void send_down(struct relayd *d, struct send *s, unsigned i, const struct relay_out *out)
{
	bool everybody = out->dest.via == PXE_DHCP_VIA_BROADCAST;

	if (out->out->can_link && (everybody || out->dest.via == PXE_DHCP_VIA_LINK)) {
		s->link_packet[s->nlink] = (uint8_t)i;
		s->link[s->nlink++] = frame_of(d, out);
		return;
	}
	/* From the port that was asked; there are few answers of boot servers. */
	if (out->on_boot_port)
		flush_down(d, s, shell_down(&d->sh));
	s->down_packet[s->ndown] = (uint8_t)i;
	s->down[s->ndown++] = (struct pxe_dgram_out){
	    .part = {{.iov_base = out->pk.p, .iov_len = out->pk.len}},
	    .nparts = 1,
	    .to = {.ip = pxe_ip_from4(out->dest.ip), .port = out->dest.port},
	    .from = pxe_ip_from4(out->from),
	    .ifindex = out->out->ifindex,
	};
	if (out->on_boot_port)
		flush_down(d, s, shell_boot_down(&d->sh));
}

void send_flush(struct relayd *d, struct send *s, const struct relay_out *batch, bool on_boot_port)
{
	flush_up(d, s, batch, on_boot_port);
	flush_down(d, s, shell_down(&d->sh));
	flush_link(d, s);
}
