/* SPDX-License-Identifier: BSD-2-Clause */
/* reply.c -- from a server to the client. */
#include "libpxecommon/base/err.h"
#include "libpxecommon/proto/dhcp_agent.h"
#include "relayd/core/relay_part.h"

enum agent_match { AGENT_ABSENT, AGENT_FOREIGN, AGENT_OURS };

/* Does every remote-id in a body agree with the one that port's requests carry? */
static bool remote_id_fits(struct pxe_bytes body, const struct port *port)
{
	struct pxe_bytes theirs = pxe_agent_get(body, PXE_AGENT_REMOTE_ID);
	struct pxe_bytes ours = pxe_agent_get(
	    (struct pxe_bytes){.p = port->agent, .len = port->agent_len}, PXE_AGENT_REMOTE_ID);

	return ours.p == NULL || theirs.p == NULL ||
	       (ours.len == theirs.len && memcmp(ours.p, theirs.p, ours.len) == 0);
}

/* The address that tells ports with the same circuit-id apart. */
static struct pxe_ip4 port_hint(struct pxe_bytes body, struct pxe_ip4 giaddr)
{
	struct pxe_bytes link = pxe_agent_get(body, PXE_AGENT_LINK_SELECTION);
	struct pxe_rd rd = pxe_rd_init(link.p, link.len);

	return link.len == 4 ? (struct pxe_ip4){pxe_rd_u32(&rd)} : giaddr;
}

/* The port named by a circuit-id anywhere in a body: behind a relay that appended ours to another's
 * there are two of them (RFC 3046 2.1.1, -m append). */
static struct port *port_of_body(
    const struct relay *r, struct pxe_bytes body, struct pxe_ip4 giaddr)
{
	struct pxe_rd rd = pxe_rd_init(body.p, body.len);
	struct pxe_ip4 hint = port_hint(body, giaddr);
	struct port *found = NULL;

	while (pxe_rd_left(&rd) > 0) {
		uint8_t code = pxe_rd_u8(&rd);
		struct pxe_bytes value = {.len = pxe_rd_u8(&rd)};

		value.p = pxe_rd_bytes(&rd, value.len);
		if (code != PXE_AGENT_CIRCUIT_ID || value.p == NULL)
			continue;
		found = ports_by_circuit(&r->ports, value, hint);
		if (found != NULL && remote_id_fits(body, found))
			return found;
		found = NULL;
	}
	return found;
}

static enum agent_match match_agent(struct relay *r, struct relay_out *out)
{
	enum agent_match match = AGENT_ABSENT;
	struct pxe_bytes body = {0};
	size_t cursor = 0;

	while (match != AGENT_OURS && packet_next_agent(&out->pk, &cursor, &body)) {
		struct port *port = port_of_body(r, body, out->pk.giaddr);

		match = port != NULL ? AGENT_OURS : AGENT_FOREIGN;
		if (port != NULL)
			out->out = port;
	}
	return match;
}

/* Take option 82 off again, and learn from it where the client is. False when dropped. */
static bool take_agent(struct relay *r, struct relay_out *out)
{
	struct packet *pk = &out->pk;
	size_t before = pk->len;
	enum agent_match match = AGENT_ABSENT;
	int len = 0;

	if (!r->conf.agent || pk->type == PXE_DHCP_BOOTP)
		return true;
	match = match_agent(r, out);
	if (match != AGENT_OURS && r->conf.drop_mismatch) {
		relay_drop(out, PXE_REASON_BAD_AGENT_OPTION,
		    match == AGENT_ABSENT ? "the server left option 82 out"
					  : "option 82 is not one of ours");
		return false;
	}
	/* Theirs went up untouched, so theirs it stays on the way down: the element between us and
	 * the client that added it needs it back (RFC 3046 2.1.1, trusted circuit). */
	if (match == AGENT_ABSENT ||
	    (match == AGENT_FOREIGN && r->conf.policy == RELAY_POLICY_FORWARD) ||
	    (match == AGENT_FOREIGN && r->conf.policy == RELAY_POLICY_STANDARD &&
		out->out != NULL && out->out->is_trusted))
		return true;
	len = pxe_agent_strip(pk->p, pk->len);
	if (len < 0) {
		relay_drop(out, PXE_REASON_MALFORMED, "options run past the end of the message");
		return false;
	}
	pk->len = (size_t)len;
	out->agent = RELAY_AGENT_STRIPPED;
	out->agent_len = (unsigned)(before - pk->len);
	packet_rescan(pk);
	return true;
}

/* Is there a client's side that this reply can be for? */
static bool check_out_port(struct relay *r, const struct relay_in *in, struct relay_out *out)
{
	if (out->out == NULL)
		relay_drop(out, PXE_REASON_BAD_GIADDR, "giaddr is not an address of this relay");
	else if (!out->out->is_down)
		relay_drop(out, PXE_REASON_BAD_GIADDR,
		    "giaddr is on the servers' side and option 82 names no client's side");
	else if (out->out == out->in && !servers_have_ip(&r->servers, in->from))
		/* A client that plays server: on its own link only a server we know may speak. */
		relay_drop(out, PXE_REASON_WRONG_INTERFACE,
		    "a reply from the client's link by none of the servers");
	else if (out->out->ip.v == 0)
		relay_drop(out, PXE_REASON_BAD_GIADDR, "the interface has no IPv4 address");
	else
		return true;
	return false;
}

/* RFC 1542 4.1.2 and RFC 2131 4.1: the same question a server asks itself for a client on its own
 * link. The request is not at hand; what it said that matters the reply repeats. But a relay goes
 * by the broadcast flag and yiaddr, and looks at ciaddr only where there is no other address to go
 * to (the answer to INFORM): a frame to yiaddr reaches a renewing client too, and needs no ARP. */
static void choose_dest(struct relay *r, int64_t now_us, struct relay_out *out)
{
	const struct packet *pk = &out->pk;
	struct pxe_dhcp_dest_how how = {
	    .server_port = r->conf.server_port, .client_port = r->conf.client_port};

	uint16_t port = 0;
	bool by_flag = pk->yiaddr.v != 0 || (pk->flags & PXE_DHCP_FLAG_BROADCAST) != 0;

	how.can_link = out->out->can_link && pk->hlen == out->out->hw.len;
	r->view.type = pk->type;
	r->view.hlen = pk->hlen;
	r->view.flags = pk->flags;
	r->view.ciaddr = by_flag ? (struct pxe_ip4){0} : pk->ciaddr;
	r->view.yiaddr = pk->yiaddr;
	out->dest = pxe_dhcp_dest(&r->view, &r->view, &how);
	/* UEFI firmware asks boot servers from port 4011 and waits there, iPXE on the usual one. */
	port = servers_client_port(&r->servers, pk, now_us);
	out->on_boot_port = port != 0;
	if (port != 0)
		out->dest.port = port;
}

void relay_reply(
    struct relay *r, const struct relay_in *in, const struct pxe_now *now, struct relay_out *out)
{
	struct packet *pk = &out->pk;

	if (!out->in->is_up) {
		relay_drop(out, PXE_REASON_WRONG_INTERFACE, "a reply from the clients' side");
		return;
	}
	if (pk->giaddr.v != 0)
		out->out = ports_by_addr(&r->ports, pk->giaddr);
	if (!take_agent(r, out) || !check_out_port(r, in, out))
		return;
	out->answered_by = servers_answered(&r->servers, in->from, pk, now->mono_us, &out->revived);
	choose_dest(r, now->mono_us, out);
	out->from = out->out->ip;
	if (r->conf.reply_giaddr.v != 0)
		packet_set_giaddr(pk, r->conf.reply_giaddr);
	out->dir = RELAY_TO_CLIENT;
}
