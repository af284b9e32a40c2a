/* SPDX-License-Identifier: BSD-2-Clause */
/* relay.c -- one datagram in, what to send where out, or why not. */
#include "relayd/core/relay.h"

#include "libpxecommon/base/err.h"
#include "relayd/core/relay_part.h"

void relay_init(struct relay *r, const struct relay_conf *conf, const struct servers_conf *servers,
    int64_t dedup_us, const struct pxe_hash_seed *seed)
{
	r->conf = *conf;
	ports_init(&r->ports);
	servers_init(&r->servers, servers, seed);
	/* Pages that are not written are no memory: what is off is left alone. */
	if (dedup_us != 0)
		memset(&r->dedup, 0, sizeof(r->dedup));
	r->dedup.window_us = dedup_us;
	r->dedup.seed = *seed;
	pxe_dhcp_init(&r->view);
}

void relay_fini(struct relay *r)
{
	ports_fini(&r->ports);
}

void relay_drop(struct relay_out *out, enum pxe_reason reason, const char *detail)
{
	out->dir = RELAY_DROP;
	out->reason = reason;
	out->detail = detail;
}

/* Messages only servers send, with a BOOTREPLY; the rest that have names come from clients. */
static bool is_server_type(uint8_t type)
{
	switch (type) {
	case PXE_DHCP_OFFER:
	case PXE_DHCP_ACK:
	case PXE_DHCP_NAK:
	case PXE_DHCP_FORCERENEW:
	case PXE_DHCP_LEASEUNASSIGNED:
	case PXE_DHCP_LEASEUNKNOWN:
	case PXE_DHCP_LEASEACTIVE:
		return true;
	default:
		return false;
	}
}

/* A reply that says DISCOVER is forged or broken. A type without a name may be of the future. */
static bool type_fits_op(const struct packet *pk)
{
	if (pk->type == PXE_DHCP_BOOTP || pxe_dhcp_type_name(pk->type) == NULL)
		return true;
	return is_server_type(pk->type) == (pk->op == PXE_BOOTREPLY);
}

void relay_packet(
    struct relay *r, const struct relay_in *in, const struct pxe_now *now, struct relay_out *out)
{
	int err = 0;

	*out = (struct relay_out){.answered_by = -1};
	out->in = ports_by_index(&r->ports, in->ifindex);
	err = packet_open(&out->pk, in->pkt, in->len, in->cap);
	if (err == PXE_E_TRUNC)
		relay_drop(out, PXE_REASON_MALFORMED, "shorter than a BOOTP message");
	else if (err != 0)
		relay_drop(out, PXE_REASON_MALFORMED, "hardware address longer than its field");
	else if (out->in == NULL || (!out->in->is_up && !out->in->is_down))
		relay_drop(out, PXE_REASON_WRONG_INTERFACE, "an interface that is not served");
	else if (out->pk.op != PXE_BOOTREQUEST && out->pk.op != PXE_BOOTREPLY)
		relay_drop(out, PXE_REASON_MALFORMED, "neither request nor reply");
	else if (!type_fits_op(&out->pk))
		relay_drop(out, PXE_REASON_WRONG_TYPE, "message type of the other direction");
	else if (out->pk.op == PXE_BOOTREQUEST)
		relay_request(r, in, now, out);
	else
		relay_reply(r, in, now, out);
}
