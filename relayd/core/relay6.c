/* SPDX-License-Identifier: BSD-2-Clause */
/* relay6.c -- one DHCPv6 datagram in, what to send where out, or why not. */
#include "relayd/core/relay6_part.h"

#include <string.h>

enum { OPT_REMOTE_ID = 37, OPT_SUBSCRIBER_ID = 38 };

static void drop(struct relay6_out *out, enum pxe_reason reason, const char *detail)
{
	out->dir = RELAY6_DROP;
	out->reason = reason;
	out->detail = detail;
}

/* Messages that only servers send. What has no name is none of them: RFC 7283 has relays pass it
 * from clients to servers, and what a server wrapped for a client is the server's business. */
static bool is_server_type(uint8_t type)
{
	switch (type) {
	case PXE_DHCP6_ADVERTISE:
	case PXE_DHCP6_REPLY:
	case PXE_DHCP6_RECONFIGURE:
	case PXE_DHCP6_RELAY_REPL:
	case PXE_DHCP6_LEASEQUERY_REPLY:
	case PXE_DHCP6_LEASEQUERY_DONE:
	case PXE_DHCP6_LEASEQUERY_DATA:
	case PXE_DHCP6_RECONFIGURE_REPLY:
	case PXE_DHCP6_DHCPV4_RESPONSE:
		return true;
	default:
		return false;
	}
}

static bool is_client_type(uint8_t type)
{
	return pxe_dhcp6_type_name(type) != NULL && !is_server_type(type);
}

static bool is_any(const struct pxe_ip6 *ip)
{
	static const struct pxe_ip6 any;

	return memcmp(ip, &any, sizeof(any)) == 0;
}

static bool is_link_local(const struct pxe_ip6 *ip)
{
	return ip->b[0] == 0xfe && (ip->b[1] & 0xc0) == 0x80;
}

/* ---- towards the servers ---- */

/* RFC 8415 19.1.2: a relay below that is reached by a global address has said which link it is for;
 * anything else is known by the link it came in on. */
static struct pxe_ip6 link_address(
    const struct relay6_lower *lower, const struct relay6_in *in, uint8_t type)
{
	if (type == PXE_DHCP6_RELAY_FORW && !is_link_local(&in->from))
		return (struct pxe_ip6){{0}};
	return lower->link;
}

static void put_head(struct relay6 *r, const struct relay6_in *in, const struct pxe_dhcp6_msg *m,
    struct relay6_out *out)
{
	const struct relay6_lower *lower = out->lower;
	struct pxe_wr wr = pxe_wr_init(out->head, sizeof(out->head));
	struct pxe_ip6 link = link_address(lower, in, m->type);
	bool is_relayed = m->type == PXE_DHCP6_RELAY_FORW;
	uint8_t value[4 + RELAY6_ID_MAX];
	struct pxe_wr rw = pxe_wr_init(value, sizeof(value));

	pxe_dhcp6_put_relay_header(
	    &wr, PXE_DHCP6_RELAY_FORW, (uint8_t)(is_relayed ? m->hops + 1 : 0), &link, &in->from);
	/* Needed where the link address does not lead back here (RFC 8415 19.1.1). */
	if (r->conf.interface_id || r->nlower > 1 || is_any(&link))
		pxe_dhcp6_put(&wr, PXE_DHCP6_OPT_INTERFACE_ID, lower->id, lower->id_len);
	if (lower->subscriber_id_len > 0)
		pxe_dhcp6_put(
		    &wr, OPT_SUBSCRIBER_ID, lower->subscriber_id, lower->subscriber_id_len);
	if (lower->remote_id_len > 0) {
		pxe_wr_u32(&rw, r->conf.enterprise);
		pxe_wr_bytes(&rw, lower->remote_id, lower->remote_id_len);
		pxe_dhcp6_put(&wr, OPT_REMOTE_ID, value, rw.len);
	}
	/* Only the relay next to the client knows it (RFC 6939 5.1). */
	if (!is_relayed && in->from_hw.len > 0) {
		rw.len = 0;
		pxe_wr_u16(&rw, in->from_hw.type);
		pxe_wr_bytes(&rw, in->from_hw.b, in->from_hw.len);
		pxe_dhcp6_put(&wr, PXE_DHCP6_OPT_CLIENT_LINKLAYER_ADDR, value, rw.len);
	}
	/* RFC 8357 5.2: the port of a relay below that uses another one, else 0 for our own. */
	if (is_relayed && in->from_port != r->conf.server_port)
		pxe_dhcp6_put_u16(&wr, PXE_DHCP6_OPT_RELAY_SOURCE_PORT, in->from_port);
	else if (r->conf.relay_port)
		pxe_dhcp6_put_u16(&wr, PXE_DHCP6_OPT_RELAY_SOURCE_PORT, 0);
	pxe_wr_u16(&wr, PXE_DHCP6_OPT_RELAY_MSG);
	pxe_wr_u16(&wr, (uint16_t)in->len);
	out->head_len = wr.err == 0 ? wr.len : 0;
}

static void go_up(struct relay6 *r, const struct relay6_in *in, const struct pxe_dhcp6_msg *m,
    struct relay6_out *out)
{
	enum { LONGEST = 65535 - RELAY6_HEAD_MAX };

	if (out->lower == NULL)
		drop(out, PXE_REASON_WRONG_INTERFACE, "not from a link of the clients' side");
	else if (is_server_type(m->type))
		drop(out, PXE_REASON_WRONG_TYPE, "only servers send this");
	else if (m->type == PXE_DHCP6_RELAY_FORW && m->hops >= r->conf.hops_max)
		drop(out, PXE_REASON_HOP_LIMIT, NULL);
	else if (in->len > LONGEST)
		drop(out, PXE_REASON_MALFORMED, "too long to be wrapped");
	else
		put_head(r, in, m, out);
	if (out->reason == PXE_REASON_OK && out->head_len == 0)
		drop(out, PXE_REASON_MALFORMED, "no room for the relay's own options");
	if (out->reason != PXE_REASON_OK)
		return;
	relay6_read_client((struct pxe_bytes){in->pkt, in->len}, out);
	if (!relay6_pick(r, in->now_us, out)) {
		drop(out, PXE_REASON_SEND_FAILED, "no upper interface exists now");
		return;
	}
	out->dir = RELAY6_UP;
	out->body = (struct pxe_bytes){in->pkt, in->len};
	out->to_port = r->conf.server_port;
}

/* ---- towards the client ---- */

/* Interface-id if it is there, else link-address; where there is one link only, that. */
static struct relay6_lower *find_lower(struct relay6 *r, const struct pxe_dhcp6_msg *m)
{
	struct pxe_bytes id = pxe_dhcp6_get(m->options, PXE_DHCP6_OPT_INTERFACE_ID);
	struct relay6_lower *lower =
	    id.p != NULL ? relay6_lower_by_id(r, id) : relay6_lower_by_link(r, &m->link);

	return lower == NULL && r->nlower == 1 ? &r->lower[0] : lower;
}

/* Whom a wrapped message is for may be anything a server writes there; not everybody, and not us.
 */
static bool is_deliverable(const struct pxe_ip6 *peer)
{
	static const struct pxe_ip6 loopback = {.b = {[15] = 1}};

	return peer->b[0] != 0xff && !is_any(peer) &&
	       memcmp(peer, &loopback, sizeof(loopback)) != 0;
}

/* A relay below that sent from another port gets its answer there (RFC 8357 5.3). */
static uint16_t port_below(
    const struct relay6 *r, const struct pxe_dhcp6_msg *outer, uint8_t inner_type)
{
	struct pxe_bytes option = pxe_dhcp6_get(outer->options, PXE_DHCP6_OPT_RELAY_SOURCE_PORT);
	struct pxe_rd rd = pxe_rd_init(option.p, option.len);
	uint16_t port = pxe_rd_u16(&rd);

	if (inner_type != PXE_DHCP6_RELAY_REPL)
		return r->conf.client_port;
	return option.len == 2 && port != 0 ? port : r->conf.server_port;
}

static void go_down(struct relay6 *r, const struct relay6_in *in, const struct pxe_dhcp6_msg *m,
    struct relay6_out *out)
{
	struct pxe_bytes body = pxe_dhcp6_get(m->options, PXE_DHCP6_OPT_RELAY_MSG);
	bool from_below = out->lower != NULL;
	struct pxe_dhcp6_msg inner;

	out->lower = find_lower(r, m);
	if (pxe_dhcp6_count(m->options, PXE_DHCP6_OPT_RELAY_MSG) != 1) {
		drop(out, PXE_REASON_MALFORMED, "not exactly one relayed message in it");
		return;
	}
	if (pxe_dhcp6_parse(body.p, body.len, &inner) != 0) {
		drop(out, PXE_REASON_MALFORMED, "what is relayed is no message");
		return;
	}
	out->type = inner.type;
	out->xid = inner.xid;
	relay6_read_client(body, out);
	if (is_client_type(inner.type))
		drop(out, PXE_REASON_WRONG_TYPE, "only clients send this");
	else if (out->lower == NULL)
		drop(out, PXE_REASON_BAD_GIADDR,
		    "neither interface-id nor link-address is of this relay");
	else if (from_below && relay6_server_of(r, in) == NULL)
		/* A client that plays server: on its own link only one we know may speak. */
		drop(out, PXE_REASON_WRONG_INTERFACE,
		    "a reply from the clients' link by none of the servers");
	else if (out->lower->ifindex == 0)
		drop(out, PXE_REASON_SEND_FAILED, "the client's interface does not exist now");
	else if (!is_deliverable(&m->peer))
		drop(out, PXE_REASON_MALFORMED, "peer-address is not one host's");
	if (out->reason != PXE_REASON_OK)
		return;
	relay6_answered(r, in, out);
	out->dir = RELAY6_DOWN;
	out->body = body;
	out->to = m->peer;
	out->to_port = port_below(r, m, inner.type);
}

void relay6_packet(struct relay6 *r, const struct relay6_in *in, struct relay6_out *out)
{
	struct pxe_dhcp6_msg m;

	/* Not the head: it is large, and filled in as far as it is used. */
	out->dir = RELAY6_DROP;
	out->reason = PXE_REASON_OK;
	out->detail = NULL;
	out->type = 0;
	out->xid = 0;
	out->revived = false;
	out->client_type = 0;
	out->client_xid = 0;
	out->client_id = (struct pxe_bytes){0};
	out->nup = 0;
	out->head_len = 0;
	out->body = (struct pxe_bytes){0};
	out->to = (struct pxe_ip6){{0}};
	out->to_port = 0;
	out->lower = relay6_lower_by_ifindex(r, in->ifindex);
	out->upper = relay6_upper_of(r, in->ifindex);
	out->going_down = out->lower == NULL && out->upper != NULL;
	if (in->ifindex == 0 || (out->lower == NULL && out->upper == NULL)) {
		drop(out, PXE_REASON_WRONG_INTERFACE, "an interface that is not served");
		return;
	}
	if (pxe_dhcp6_parse(in->pkt, in->len, &m) != 0) {
		drop(out, PXE_REASON_MALFORMED, "cut, or not a DHCPv6 message");
		return;
	}
	out->type = m.type;
	out->xid = m.xid;
	/* On a link of both sides the type says which way it goes. */
	if (m.type == PXE_DHCP6_RELAY_REPL && out->upper != NULL) {
		out->going_down = true;
		go_down(r, in, &m, out);
	} else if (out->lower != NULL) {
		go_up(r, in, &m, out);
	} else {
		drop(out, PXE_REASON_WRONG_TYPE, "not a Relay-reply");
	}
}
