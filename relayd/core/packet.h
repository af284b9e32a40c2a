/* SPDX-License-Identifier: BSD-2-Clause */
/* packet.h -- a DHCPv4 or BOOTP message seen in place.
 *
 * A relay passes on what it does not own byte for byte, so nothing is parsed into a value and
 * encoded again: the fixed fields are read once, a few options are pointed at, and the two fields a
 * relay writes (hops, giaddr) are written where they stand. Options in overloaded file and sname
 * fields are not looked at; what a relay acts on stands in the options field (RFC 3046 2.1 for
 * option 82). Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/buf.h"

enum {
	PACKET_OPT_HOSTNAME = 12,
	PACKET_OPT_TYPE = 53,
	PACKET_OPT_SERVER_ID = 54,
	PACKET_OPT_MAX_SIZE = 57,
	PACKET_OPT_VENDOR_CLASS = 60,
	PACKET_OPT_CLIENT_ID = 61,
	PACKET_OPT_AGENT = 82,
	PACKET_OPT_ARCH = 93,
	PACKET_OPT_UUID = 97
};

struct packet {
	uint8_t *p; /* the message; len bytes of cap are in use */
	size_t len, cap;
	uint8_t op, htype, hlen, hops;
	uint32_t xid;
	uint16_t secs, flags;
	struct pxe_ip4 ciaddr, yiaddr, giaddr;
	struct pxe_hwaddr hw; /* chaddr as far as hlen says */
	bool has_cookie;
	bool is_cut;       /* an option runs past the end: not even a sane list */
	bool has_agent;    /* some option 82 */
	uint8_t type;      /* option 53, 0 without */
	uint16_t max_size; /* option 57, 0 without */
	/* First instance of each, borrowed from p; p NULL when absent. */
	struct pxe_bytes hostname, server_id, vendor_class, client_id, arch, uuid;
};

/* See the message of len bytes at p, a buffer of cap bytes that stays the caller's.
 * Returns 0, PXE_E_TRUNC (shorter than the fixed part) or PXE_E_SYNTAX (hlen above 16). Everything
 * in *out_pk is readable also after PXE_E_SYNTAX, with an empty hw. */
int packet_open(struct packet *out_pk, uint8_t *p, size_t len, size_t cap);
/* Point at the options again after the bytes behind the fixed part have changed. */
void packet_rescan(struct packet *pk);
/* siaddr, and the text of the field file, which ends at its first NUL. */
struct pxe_ip4 packet_next_server(const struct packet *pk);
struct pxe_bytes packet_file(const struct packet *pk);
void packet_set_hops(struct packet *pk, uint8_t hops);
void packet_set_giaddr(struct packet *pk, struct pxe_ip4 giaddr);

/* First instance of an option behind the cookie; p NULL when absent. */
struct pxe_bytes packet_get(const struct packet *pk, uint8_t code);
/* Bodies of the options 82 one after the other: start with *cursor 0; false when there is none
 * left. */
bool packet_next_agent(const struct packet *pk, size_t *cursor, struct pxe_bytes *out_body);
