/* SPDX-License-Identifier: BSD-2-Clause */
/* packet.c -- what expressions see of a DHCPv4 message. */
#include "dhcpd/core/packet.h"

#include <string.h>

#include "libpxecommon/proto/dhcp_agent.h"

enum { OPT_VENDOR = 43, OPT_FQDN = 81, OPT_AGENT = 82, OPT_VIVCO = 124, OPT_VIVSO = 125 };

/* Which option of the main space carries a built-in space. */
static const struct {
	const char *space;
	uint8_t code;
} carriers[] = {{"vendor-class", OPT_VIVCO}, {"vendor", OPT_VIVSO}};

/* A space of the user's: in an option defined as encapsulating it, else in option 43, which is what
 * vendor-option-space fills. */
static struct pxe_bytes in_space(const struct packet_view *v, const struct pxe_opt_def *def)
{
	const struct pxe_dhcp_msg *m = v->msg;

	if (strcmp(def->space->name, "agent") == 0)
		return pxe_opt_tlv_find(v->agent, def->space, def->code);
	for (size_t i = 0; i < sizeof(carriers) / sizeof(carriers[0]); i++)
		if (strcmp(def->space->name, carriers[i].space) == 0)
			return pxe_opt_tlv_find(
			    pxe_dhcp_get(m, carriers[i].code), def->space, def->code);
	if (!def->space->is_user)
		return (struct pxe_bytes){0};
	for (unsigned i = 0; i < m->nopt; i++) {
		const struct pxe_opt_def *outer =
		    pxe_opt_by_code(v->reg, pxe_opt_space_dhcp(), m->order[i]);

		if (outer != NULL && outer->encap != NULL &&
		    strcmp(outer->encap, def->space->name) == 0)
			return pxe_opt_tlv_find(
			    pxe_dhcp_get(m, m->order[i]), def->space, def->code);
	}
	return pxe_opt_tlv_find(pxe_dhcp_get(m, OPT_VENDOR), def->space, def->code);
}

/* fqdn.*: parts of option 81 (RFC 4702 2), numbered as ISC does. */
static struct pxe_bytes in_fqdn(const struct pxe_dhcp_msg *m, uint32_t code)
{
	enum {
		FLAGS = 0,
		RCODE1 = 1,
		RCODE2 = 2,
		NAME = 3,
		SUB_RCODE1 = 4,
		SUB_RCODE2 = 5,
		SUB_FQDN = 8
	};
	struct pxe_bytes body = pxe_dhcp_get(m, OPT_FQDN);

	if (body.len < NAME)
		return (struct pxe_bytes){0};
	if (code == SUB_RCODE1)
		return (struct pxe_bytes){.p = body.p + RCODE1, .len = 1};
	if (code == SUB_RCODE2)
		return (struct pxe_bytes){.p = body.p + RCODE2, .len = 1};
	if (code == SUB_FQDN && body.len > NAME && (body.p[FLAGS] & 4) == 0)
		return (struct pxe_bytes){.p = body.p + NAME, .len = body.len - NAME};
	return (struct pxe_bytes){0};
}

struct pxe_bytes packet_option(const void *view, const struct pxe_opt_def *def)
{
	const struct packet_view *v = view;

	if (def->space == pxe_opt_space_dhcp()) {
		if (def->code == OPT_AGENT)
			return v->agent;
		if (def->code > 254 || !pxe_dhcp_has(v->msg, (uint8_t)def->code))
			return (struct pxe_bytes){0};
		return pxe_dhcp_get(v->msg, (uint8_t)def->code);
	}
	if (strcmp(def->space->name, "fqdn") == 0)
		return in_fqdn(v->msg, def->code);
	if (def->space->is_virtual)
		return (struct pxe_bytes){0};
	return in_space(v, def);
}
