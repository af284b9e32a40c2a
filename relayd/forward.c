/* SPDX-License-Identifier: BSD-2-Clause */
/* forward.c -- carry out what the core decided on a batch.
 *
 * All packets of a batch are decided first, then sent with as few calls as there are sockets, then
 * each is logged, counted and made an event, with the true outcome of its sending.
 */
#include "relayd/forward.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/event.h"
#include "libpxecommon/os/log.h"
#include "relayd/ifmap.h"
#include "relayd/send.h"

struct forward {
	struct pxe_now now;
	struct relay_out out[PXE_UDP_BATCH];
	unsigned sent[PXE_UDP_BATCH]; /* datagrams of the packet that really left */
	int err[PXE_UDP_BATCH];       /* why the last of those that did not */
	bool is_probe[PXE_UDP_BATCH]; /* caught: an answer to our own probe */
	struct send send;
	struct pxe_log_limit noisy; /* what strangers can cause */
};

static void on_sent(struct relayd *d, unsigned packet, int server, int err)
{
	struct forward *fw = d->forward;
	const struct relay_out *out = &fw->out[packet];

	if (err == 0)
		fw->sent[packet]++;
	else
		fw->err[packet] = err;
	d->stats.v[STATS_SENDS_FAILED] += err != 0;
	/* Not every boot server listens on that port. */
	if (server >= 0)
		servers_sent(&d->relay.servers, (size_t)server, out->on_boot_port ? NULL : &out->pk,
		    fw->now.mono_us, err);
}

struct forward *forward_new(void)
{
	struct forward *fw = calloc(1, sizeof(*fw));

	if (fw == NULL)
		return NULL;
	fw->noisy = (struct pxe_log_limit)PXE_LOG_LIMIT(5, 20);
	send_init(&fw->send, on_sent);
	return fw;
}

void forward_free(struct forward *fw)
{
	free(fw);
}

static char *hw_str(const struct relay_out *out, char buf[PXE_HWADDR_STRLEN])
{
	return pxe_hwaddr_str(&out->pk.hw, buf);
}

/* ---- saying what happened ---- */

static void log_request(struct relayd *d, const struct relay_out *out)
{
	char hw[PXE_HWADDR_STRLEN], ip[PXE_IP_STRLEN];

	if (out->agent == RELAY_AGENT_OMITTED)
		pxe_log_limited(&d->forward->noisy, PXE_LOG_WARNING,
		    "No room in packet (used %zu of %zu) for %u-byte relay agent option: omitted",
		    out->pk.len, out->agent_limit, out->agent_len + 1);
	if (!pxe_log_enabled(PXE_LOG_DEBUG))
		return;
	if (out->agent == RELAY_AGENT_ADDED || out->agent == RELAY_AGENT_REPLACED)
		pxe_log_debug("Adding %u-byte relay agent option", out->agent_len + 1);
	if (d->sh.conf.link_selection != NULL && out->agent == RELAY_AGENT_ADDED)
		pxe_log_debug(
		    "Adding link selection suboption with addr: %s", pxe_ip4_str(out->in->ip, ip));
	for (size_t k = 0; k < out->nserver; k++)
		pxe_log_debug("Forwarded BOOTREQUEST for %s to %s", hw_str(out, hw),
		    pxe_ip_str(&d->relay.servers.v[out->server[k]].to.ip, ip));
}

static void log_reply(struct relayd *d, const struct relay_out *out)
{
	char hw[PXE_HWADDR_STRLEN], ip[PXE_IP4_STRLEN];

	if (out->revived)
		pxe_log_notice("%s answers again", d->relay.servers.v[out->answered_by].name);
	if (pxe_log_enabled(PXE_LOG_DEBUG))
		pxe_log_debug("Forwarded BOOTREPLY for %s to %s", hw_str(out, hw),
		    pxe_ip4_str(out->dest.ip, ip));
}

static void log_failed(struct relayd *d, const struct relay_out *out, int err)
{
	char hw[PXE_HWADDR_STRLEN];

	pxe_log_limited(&d->forward->noisy, PXE_LOG_WARNING, "%s for %s via %s not sent: %s",
	    out->dir == RELAY_TO_SERVERS ? "BOOTREQUEST" : "BOOTREPLY", hw_str(out, hw),
	    out->out->name, pxe_strerror(err));
}

/* In dhcrelay's words where it has some. */
static void log_drop(struct relayd *d, const struct relay_out *out)
{
	struct pxe_log_limit *limit = &d->forward->noisy;
	const char *ifname = out->in != NULL ? out->in->name : "?";
	bool is_reply = out->pk.op == PXE_BOOTREPLY;
	const char *what = out->detail != NULL ? out->detail : pxe_reason_text(out->reason);
	char hw[PXE_HWADDR_STRLEN], ip[PXE_IP4_STRLEN];

	if (out->pk.p != NULL && out->pk.hlen > 16)
		pxe_log_limited(limit, PXE_LOG_INFO,
		    "Discarding packet with invalid hlen, received on %s interface.", ifname);
	else if (out->reason == PXE_REASON_WRONG_INTERFACE)
		/* Requests on the servers' side are that link's own. A reply in the wrong place is
		 * an interface that was not named, or somebody playing server. */
		pxe_log_limited(limit, is_reply ? PXE_LOG_INFO : PXE_LOG_DEBUG,
		    "Dropping %s received on %s: %s", is_reply ? "reply" : "request", ifname, what);
	else if (out->in != NULL && out->in->ip.v == 0 && !is_reply)
		pxe_log_limited(limit, PXE_LOG_INFO,
		    "Discarding packet received on %s interface that has no IPv4 address "
		    "assigned.",
		    ifname);
	else if (out->reason == PXE_REASON_BAD_GIADDR && is_reply)
		pxe_log_limited(limit, PXE_LOG_WARNING, "Packet to bogus giaddr %s.",
		    pxe_ip4_str(out->pk.giaddr, ip));
	else
		pxe_log_limited(limit, PXE_LOG_INFO, "Dropping %s from %s via %s: %s",
		    out->pk.p == NULL ? "packet"
		    : is_reply        ? "reply"
				      : "request",
		    hw_str(out, hw), ifname, what);
}

static const char *text_of(struct pxe_bytes value, char *buf, size_t cap)
{
	struct pxe_text t = pxe_text_init(buf, cap);

	if (value.len == 0)
		return NULL;
	pxe_text_addn(&t, (const char *)value.p, value.len);
	return buf;
}

static void event_client(struct pxe_event *ev, const struct packet *pk, char text[2][256])
{
	struct pxe_rd arch = pxe_rd_init(pk->arch.p, pk->arch.len);

	ev->mac = pk->hw;
	ev->xid = pk->xid;
	if (pk->giaddr.v != 0)
		ev->giaddr = pxe_ip_from4(pk->giaddr);
	if (pk->yiaddr.v != 0)
		ev->ip = pxe_ip_from4(pk->yiaddr);
	else if (pk->ciaddr.v != 0)
		ev->ip = pxe_ip_from4(pk->ciaddr);
	ev->client_id = pk->client_id.p;
	ev->client_id_len = pk->client_id.len;
	ev->arch = pxe_rd_u16(&arch);
	ev->has_arch = arch.err == 0;
	if (pk->uuid.len == 17) {
		memcpy(ev->uuid, pk->uuid.p + 1, sizeof(ev->uuid));
		ev->has_uuid = true;
	}
	ev->hostname = text_of(pk->hostname, text[0], sizeof(text[0]));
	ev->vendor_class = text_of(pk->vendor_class, text[1], sizeof(text[1]));
}

/* "DISCOVER to 10.0.0.5 and 1 more", "OFFER by 10.0.0.5", or why it was dropped. */
static const char *event_detail(
    const struct relayd *d, const struct relay_out *out, int err, char *buf, size_t cap)
{
	struct pxe_text t = pxe_text_init(buf, cap);
	const char *type = pxe_dhcp_type_name(out->pk.type);

	if (out->dir == RELAY_DROP)
		return out->detail;
	pxe_text_add(&t, type != NULL ? type : "message");
	if (out->dir == RELAY_TO_SERVERS || out->answered_by >= 0) {
		int server = out->dir == RELAY_TO_SERVERS ? out->server[0] : out->answered_by;

		pxe_text_add(&t, out->dir == RELAY_TO_SERVERS ? " to " : " by ");
		pxe_text_add(&t, d->relay.servers.v[server].name);
	}
	if (out->nserver > 1)
		pxe_text_addf(&t, " and %zu more", out->nserver - 1);
	if (err != 0)
		pxe_text_addf(&t, ": %s", pxe_strerror(err));
	return buf;
}

static enum pxe_stage stage_of(const struct relay_out *out)
{
	if (out->pk.p == NULL || out->pk.hlen > 16)
		return PXE_STAGE_PACKET;
	return out->pk.op == PXE_BOOTREPLY     ? PXE_STAGE_RELAY_REPLY
	       : out->pk.op == PXE_BOOTREQUEST ? PXE_STAGE_RELAY_REQUEST
					       : PXE_STAGE_PACKET;
}

static void emit(
    struct relayd *d, const struct relay_out *out, enum pxe_reason reason, int err, bool is_probe)
{
	const struct port *port = out->out != NULL ? out->out : out->in;
	struct pxe_event ev = {.time_us = d->forward->now.wall_us,
	    .stage = stage_of(out),
	    .reason = reason,
	    .bytes = reason == PXE_REASON_OK ? out->pk.len : 0};
	char text[2][256], detail[384];

	if (out->pk.p != NULL)
		event_client(&ev, &out->pk, text);
	if (port != NULL) {
		ev.ifname = port->name;
		ev.server = port->ip.v != 0 ? pxe_ip_from4(port->ip) : (struct pxe_ip){0};
	}
	ev.detail = is_probe ? "answer to our own probe"
			     : event_detail(d, out, err, detail, sizeof(detail));
	pxe_events_emit(d->sh.events, &ev);
}

static void finish(struct relayd *d, unsigned i)
{
	struct forward *fw = d->forward;
	struct relay_out *out = &fw->out[i];
	enum pxe_reason reason = out->reason;

	if (out->dir != RELAY_DROP && fw->sent[i] == 0 && !fw->is_probe[i])
		reason = PXE_REASON_SEND_FAILED;
	if (out->in != NULL) {
		out->in->stats.received++;
		if (reason == PXE_REASON_OK)
			out->in->stats.relayed++;
		else
			out->in->stats.dropped++;
	}
	if (!fw->is_probe[i])
		stats_packet(&d->stats, out, reason);
	if (fw->is_probe[i])
		pxe_log_debug("Caught the answer to a probe");
	else if (out->dir == RELAY_DROP)
		log_drop(d, out);
	else if (reason != PXE_REASON_OK)
		log_failed(d, out, fw->err[i]);
	else if (out->dir == RELAY_TO_SERVERS)
		log_request(d, out);
	else
		log_reply(d, out);
	emit(d, out, reason, fw->err[i], fw->is_probe[i]);
}

static void decide(struct relayd *d, struct pxe_dgram *dg, unsigned i, bool on_boot_port)
{
	struct forward *fw = d->forward;
	struct relay_out *out = &fw->out[i];
	struct relay_in in = {.pkt = dg->data,
	    .len = dg->len,
	    .cap = RELAYD_MAX_DGRAM,
	    .from = dg->from.ip.v4,
	    .to = dg->to.v4,
	    .from_port = dg->from.port,
	    .on_boot_port = on_boot_port,
	    .ifindex = dg->ifindex};

	fw->sent[i] = 0;
	fw->err[i] = 0;
	fw->is_probe[i] = false;
	if (dg->len >= RELAYD_MAX_DGRAM) {
		/* It may have been cut, and half a message is none. */
		*out = (struct relay_out){.answered_by = -1,
		    .reason = PXE_REASON_MALFORMED,
		    .detail = "longer than 2047 bytes",
		    .in = ports_by_index(&d->relay.ports, dg->ifindex)};
		return;
	}
	relay_packet(&d->relay, &in, &fw->now, out);
	fw->is_probe[i] = probe4_catch(d, &in, out);
	if (fw->is_probe[i])
		return;
	if (out->dir == RELAY_TO_SERVERS)
		send_up(&fw->send, i, out);
	else if (out->dir == RELAY_TO_CLIENT)
		send_down(d, &fw->send, i, out);
}

void forward_on_recv(struct pxe_udp *udp, struct pxe_dgram *dg, unsigned n, void *arg)
{
	struct relayd *d = arg;
	struct forward *fw = d->forward;
	bool is_boot = shell_is_boot(&d->sh, udp);

	fw->now = shell_now();
	relayd_refresh_ports(d);
	for (unsigned i = 0; i < n; i++)
		decide(d, &dg[i], i, is_boot);
	send_flush(d, &fw->send, fw->out, is_boot);
	for (unsigned i = 0; i < n; i++)
		finish(d, i);
}
