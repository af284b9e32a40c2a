/* SPDX-License-Identifier: BSD-2-Clause */
/* request.c -- from the client towards the servers. */
#include "libpxecommon/base/err.h"
#include "libpxecommon/proto/dhcp_agent.h"
#include "relayd/core/relay_part.h"

enum { AGENT_FLAGS = 10, AGENT_FLAG_UNICAST = 0x80 }; /* RFC 5010 */

/* Addresses no reply could ever be sent to; a server would send it to itself or to everybody. */
static bool is_impossible(struct pxe_ip4 giaddr)
{
	uint32_t net = giaddr.v >> 24;

	return net == 0 || net == 127 || net >= 224;
}

/* May this request be relayed at all? RFC 1542 4.1.1, RFC 3046 2.1.1. */
static bool check_request(struct relay *r, const struct pxe_now *now, struct relay_out *out)
{
	struct packet *pk = &out->pk;
	bool is_first = pk->giaddr.v == 0;

	if (!out->in->is_down)
		relay_drop(out, PXE_REASON_WRONG_INTERFACE, "a request from the servers' side");
	else if (out->in->ip.v == 0)
		relay_drop(out, PXE_REASON_BAD_GIADDR, "the interface has no IPv4 address");
	else if (!is_first && ports_by_addr(&r->ports, pk->giaddr) != NULL)
		relay_drop(out, PXE_REASON_BAD_GIADDR, "giaddr is an address of this relay");
	else if (!is_first && is_impossible(pk->giaddr))
		relay_drop(out, PXE_REASON_BAD_GIADDR, "giaddr cannot be an address of a relay");
	else if (pk->hops >= r->conf.hops_max)
		relay_drop(out, PXE_REASON_HOP_LIMIT, NULL);
	else if (out->on_boot_port && !servers_is_boot_client(pk))
		relay_drop(
		    out, PXE_REASON_WRONG_TYPE, "a request to a boot server by no boot client");
	else if (!out->on_boot_port && dedup_is_repeat(&r->dedup, pk, now->mono_us))
		relay_drop(out, PXE_REASON_DUPLICATE, "the same request again within the window");
	else
		return true;
	return false;
}

/* What to do with option 82, once it is settled whose packet it is. */
static enum relay_policy settle_policy(const struct relay *r, const struct relay_out *out)
{
	const struct packet *pk = &out->pk;

	if (!r->conf.agent || pk->type == PXE_DHCP_BOOTP)
		return RELAY_POLICY_FORWARD;
	if (r->conf.policy != RELAY_POLICY_STANDARD)
		return pk->has_agent ? r->conf.policy : RELAY_POLICY_APPEND;
	if (pk->giaddr.v != 0)
		return RELAY_POLICY_FORWARD;
	if (pk->has_agent)
		return out->in->is_trusted ? RELAY_POLICY_FORWARD : RELAY_POLICY_DISCARD;
	return RELAY_POLICY_APPEND;
}

/* The length option 82 may make the message: our own limit, and less where the client takes less.
 */
static size_t agent_limit(const struct relay *r, const struct packet *pk)
{
	enum { SMALLEST_MAX = 576 };

	if (pk->max_size >= SMALLEST_MAX && pk->max_size < r->conf.agent_max)
		return pk->max_size;
	return r->conf.agent_max;
}

/* Our option 82 at the end of the message. False when the packet had to be dropped. */
static bool append_agent(struct relay *r, const struct relay_in *in, struct relay_out *out)
{
	struct packet *pk = &out->pk;
	uint8_t body[PORT_AGENT_MAX];
	struct pxe_wr wr = pxe_wr_init(body, sizeof(body));
	/* Link selection, override and port are between the first relay, which gives giaddr, and
	 * the server (RFC 3527 3, RFC 5107 4, RFC 8357 4). */
	bool is_first = pk->giaddr.v == 0;
	int len = 0;

	pxe_wr_bytes(&wr, out->in->agent, is_first ? out->in->agent_len : out->in->agent_id_len);
	if (is_first && r->conf.server_id_override) {
		bool unicast = ports_by_addr(&r->ports, in->to) != NULL;

		pxe_wr_u8(&wr, AGENT_FLAGS);
		pxe_wr_u8(&wr, 1);
		pxe_wr_u8(&wr, unicast ? AGENT_FLAG_UNICAST : 0);
	}
	if (wr.err != 0 || wr.len == 0)
		return true;
	out->agent_len = (unsigned)wr.len + 2;
	out->agent_limit = agent_limit(r, pk);
	len = pxe_agent_append(pk->p, pk->len, pk->cap, out->agent_limit,
	    (struct pxe_bytes){.p = body, .len = wr.len});
	if (len >= 0) {
		pk->len = (size_t)len;
		out->agent =
		    out->agent == RELAY_AGENT_STRIPPED ? RELAY_AGENT_REPLACED : RELAY_AGENT_ADDED;
	} else if (len == PXE_E_TOOBIG) {
		out->agent = RELAY_AGENT_OMITTED; /* RFC 3046 2.1: forward without it */
	} else if (len != PXE_E_NOCOOKIE) {
		relay_drop(out, PXE_REASON_MALFORMED, "options run past the end of the message");
		return false;
	}
	return true;
}

/* False when the packet had to be dropped. */
static bool apply_agent_policy(struct relay *r, const struct relay_in *in, struct relay_out *out)
{
	struct packet *pk = &out->pk;
	int len = 0;

	switch (settle_policy(r, out)) {
	case RELAY_POLICY_DISCARD:
		relay_drop(out, PXE_REASON_BAD_AGENT_OPTION,
		    pk->giaddr.v == 0 ? "option 82 without giaddr from an untrusted interface"
				      : "the packet has an option 82 already");
		return false;
	case RELAY_POLICY_REPLACE:
		len = pxe_agent_strip(pk->p, pk->len);
		if (len < 0) {
			relay_drop(
			    out, PXE_REASON_MALFORMED, "options run past the end of the message");
			return false;
		}
		pk->len = (size_t)len;
		packet_rescan(pk);
		out->agent = RELAY_AGENT_STRIPPED;
		return append_agent(r, in, out);
	case RELAY_POLICY_APPEND:
		return append_agent(r, in, out);
	case RELAY_POLICY_FORWARD:
	case RELAY_POLICY_STANDARD:
		break;
	}
	return true;
}

/* Without option 82 giaddr alone tells the server the client's link, so it is the link's own. */
static struct pxe_ip4 choose_giaddr(const struct relay *r, const struct relay_out *out)
{
	bool says_link = out->agent == RELAY_AGENT_ADDED || out->agent == RELAY_AGENT_REPLACED;

	return says_link && r->ports.link_giaddr.v != 0 ? r->ports.link_giaddr : out->in->ip;
}

void relay_request(
    struct relay *r, const struct relay_in *in, const struct pxe_now *now, struct relay_out *out)
{
	struct packet *pk = &out->pk;

	out->on_boot_port = in->on_boot_port;
	if (!check_request(r, now, out) || !apply_agent_policy(r, in, out))
		return;
	if (out->agent != RELAY_AGENT_NONE)
		packet_rescan(pk);
	if (pk->giaddr.v == 0)
		packet_set_giaddr(pk, choose_giaddr(r, out));
	packet_set_hops(pk, (uint8_t)(pk->hops + 1));
	out->nserver = out->on_boot_port ? servers_pick_boot(&r->servers, pk, now->mono_us,
					       in->from_port, out->server)
					 : servers_pick(&r->servers, pk, now->mono_us, out->server);
	if (out->nserver == 0) {
		relay_drop(out, PXE_REASON_SEND_FAILED, "no server's address is known yet");
		return;
	}
	out->dir = RELAY_TO_SERVERS;
	out->out = out->in;
}
