/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp6_msg.h -- DHCPv6 messages (RFC 8415): headers, relay nesting, options as borrowed slices.
 *
 * DHCPv6 options nest and repeat, so a message is not a flat value as a DHCPv4 one is: parsing
 * checks that every length adds up and keeps slices of the datagram, which must outlive them. Names
 * and types of options are dhcp_opt.h's space dhcp6. Writing goes straight into a bounded writer;
 * options that hold options are opened and closed. Pure, no allocation.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/buf.h"

enum {
	PXE_DHCP6_SERVER_PORT = 547,
	PXE_DHCP6_CLIENT_PORT = 546,
	PXE_DHCP6_HEADER_LEN = 4,
	PXE_DHCP6_RELAY_HEADER_LEN = 34,
	PXE_DHCP6_HOP_LIMIT = 8, /* relays in a row (RFC 8415 7.6) */
	PXE_DHCP6_DEPTH_MAX =
	    32,                /* relays looked through; RFC 3315's limit, which some still use */
	PXE_DHCP6_ERO_MAX = 16 /* options echoed to a relay that asks for them */
};

/* RFC 8415 7.3, RFC 5007, RFC 5460, RFC 6977, RFC 7341. */
#define PXE_DHCP6_TYPE_TABLE(X)                                                                    \
	X(SOLICIT, 1, "Solicit")                                                                   \
	X(ADVERTISE, 2, "Advertise")                                                               \
	X(REQUEST, 3, "Request")                                                                   \
	X(CONFIRM, 4, "Confirm")                                                                   \
	X(RENEW, 5, "Renew")                                                                       \
	X(REBIND, 6, "Rebind")                                                                     \
	X(REPLY, 7, "Reply")                                                                       \
	X(RELEASE, 8, "Release")                                                                   \
	X(DECLINE, 9, "Decline")                                                                   \
	X(RECONFIGURE, 10, "Reconfigure")                                                          \
	X(INFORMATION_REQUEST, 11, "Information-request")                                          \
	X(RELAY_FORW, 12, "Relay-forward")                                                         \
	X(RELAY_REPL, 13, "Relay-reply")                                                           \
	X(LEASEQUERY, 14, "Leasequery")                                                            \
	X(LEASEQUERY_REPLY, 15, "Leasequery-reply")                                                \
	X(LEASEQUERY_DONE, 16, "Leasequery-done")                                                  \
	X(LEASEQUERY_DATA, 17, "Leasequery-data")                                                  \
	X(RECONFIGURE_REQUEST, 18, "Reconfigure-request")                                          \
	X(RECONFIGURE_REPLY, 19, "Reconfigure-reply")                                              \
	X(DHCPV4_QUERY, 20, "Dhcpv4-query")                                                        \
	X(DHCPV4_RESPONSE, 21, "Dhcpv4-response")

enum pxe_dhcp6_type {
#define X(name, num, text) PXE_DHCP6_##name = (num),
	PXE_DHCP6_TYPE_TABLE(X)
#undef X
};

/* Options that the protocol itself steers by; for all others see dhcp6_options.tsv. */
enum pxe_dhcp6_code {
	PXE_DHCP6_OPT_CLIENT_ID = 1,
	PXE_DHCP6_OPT_SERVER_ID = 2,
	PXE_DHCP6_OPT_IA_NA = 3,
	PXE_DHCP6_OPT_IA_TA = 4,
	PXE_DHCP6_OPT_IA_ADDR = 5,
	PXE_DHCP6_OPT_ORO = 6,
	PXE_DHCP6_OPT_PREFERENCE = 7,
	PXE_DHCP6_OPT_ELAPSED_TIME = 8,
	PXE_DHCP6_OPT_RELAY_MSG = 9,
	PXE_DHCP6_OPT_STATUS_CODE = 13,
	PXE_DHCP6_OPT_RAPID_COMMIT = 14,
	PXE_DHCP6_OPT_USER_CLASS = 15,
	PXE_DHCP6_OPT_VENDOR_CLASS = 16,
	PXE_DHCP6_OPT_INTERFACE_ID = 18,
	PXE_DHCP6_OPT_IA_PD = 25,
	PXE_DHCP6_OPT_IA_PREFIX = 26,
	PXE_DHCP6_OPT_ERO = 43,
	PXE_DHCP6_OPT_CLIENT_LINKLAYER_ADDR = 79,
	PXE_DHCP6_OPT_RELAY_SOURCE_PORT = 135
};

/* "Solicit" for 1, as ISC's log lines have it; NULL for a number without a name. */
const char *pxe_dhcp6_type_name(unsigned type);

/* One message; relay messages and all others share it. */
struct pxe_dhcp6_msg {
	uint8_t type;
	uint32_t xid; /* 24 bits; 0 in relay messages */
	uint8_t hops; /* relay messages only, as the two addresses are */
	struct pxe_ip6 link, peer;
	struct pxe_bytes options; /* a whole sequence, checked; borrowed */
};

static inline bool pxe_dhcp6_is_relay(const struct pxe_dhcp6_msg *m)
{
	return m->type == PXE_DHCP6_RELAY_FORW || m->type == PXE_DHCP6_RELAY_REPL;
}

/* ---- reading ---- */

/* Parse one message, without what a Relay Message option holds.
 *
 * Returns 0; PXE_E_TRUNC (shorter than its header, or an option runs past the end). Unlike DHCPv4
 * nobody pads here, so a cut option is an error. A type without a name parses. RFC 8415 8, 9. */
int pxe_dhcp6_parse(const uint8_t *p, size_t len, struct pxe_dhcp6_msg *out);

struct pxe_dhcp6_opt {
	uint16_t code;
	struct pxe_bytes value; /* borrowed */
};

/* Next option from rd; false at the end or at one that does not fit, then with rd->err set. */
bool pxe_dhcp6_next(struct pxe_rd *rd, struct pxe_dhcp6_opt *out);
/* First option with that code; p NULL when there is none before the end or a malformed one. */
struct pxe_bytes pxe_dhcp6_get(struct pxe_bytes options, uint16_t code);
/* How often an option is there. */
unsigned pxe_dhcp6_count(struct pxe_bytes options, uint16_t code);
/* Does the Option Request option ask for code? */
bool pxe_dhcp6_is_requested(struct pxe_bytes options, uint16_t code);
/* Next item of a list of items behind lengths of two bytes: user class (15), vendor class (16,
 * after its enterprise number), boot file parameters (60). As pxe_dhcp6_next. */
bool pxe_dhcp6_item_next(struct pxe_rd *rd, struct pxe_bytes *out);

/* IA_NA, IA_PD (t1_s and t2_s) and IA_TA (without times: both 0). RFC 8415 21.4, 21.5, 21.21. */
struct pxe_dhcp6_ia {
	uint32_t iaid, t1_s, t2_s;
	struct pxe_bytes options; /* checked; borrowed */
};

/* An address or a prefix of an IA. RFC 8415 21.6, 21.22. */
struct pxe_dhcp6_lease {
	struct pxe_ip6 ip;
	uint8_t prefix_len; /* 128 for an address */
	uint32_t preferred_s, valid_s;
	struct pxe_bytes options; /* checked; borrowed */
};

/* Value of an IA of kind code (3, 4 or 25). 0, PXE_E_TRUNC, PXE_E_UNSUPPORTED (code). */
int pxe_dhcp6_parse_ia(uint16_t code, struct pxe_bytes value, struct pxe_dhcp6_ia *out);
/* Value of an IA Address or IA Prefix (code 5 or 26). 0, PXE_E_TRUNC, PXE_E_RANGE (prefix longer
 * than 128, preferred above valid lifetime: the RFC has such a lease ignored), PXE_E_UNSUPPORTED.
 */
int pxe_dhcp6_parse_lease(uint16_t code, struct pxe_bytes value, struct pxe_dhcp6_lease *out);

/* Link-layer address inside a DUID of type LLT or LL (RFC 8415 11.2, 11.4). Advice only: the RFC
 * wants DUIDs compared as bytes. False for other types and lengths past PXE_HWADDR_MAX. */
bool pxe_dhcp6_duid_hwaddr(struct pxe_bytes duid, struct pxe_hwaddr *out);

/* ---- relays ---- */

/* A client's message and the relays it came through, the one nearest to us first. */
struct pxe_dhcp6_chain {
	struct pxe_dhcp6_msg relay[PXE_DHCP6_DEPTH_MAX];
	unsigned nrelay;
	struct pxe_dhcp6_msg inner;
};

/* Look through Relay-forward (or Relay-reply) messages down to the one inside; a message that came
 * without relays has nrelay 0.
 *
 * 0; PXE_E_TRUNC (a message at any depth); PXE_E_SYNTAX (a relay message without a Relay Message
 * option or with several, or of the other direction than the outermost); PXE_E_LIMIT (more than
 * PXE_DHCP6_DEPTH_MAX relays). *out is unspecified after an error: it is large. RFC 8415 19.3. */
int pxe_dhcp6_unwrap(const uint8_t *p, size_t len, struct pxe_dhcp6_chain *out);

/* ---- writing ---- */

/* Headers. All of these put nothing more once wr has its sticky error. */
void pxe_dhcp6_put_header(struct pxe_wr *wr, uint8_t type, uint32_t xid);
void pxe_dhcp6_put_relay_header(struct pxe_wr *wr, uint8_t type, uint8_t hops,
    const struct pxe_ip6 *link, const struct pxe_ip6 *peer);
/* One option; PXE_E_TOOBIG also for a value above 65535 bytes. */
void pxe_dhcp6_put(struct pxe_wr *wr, uint16_t code, const void *p, size_t len);
void pxe_dhcp6_put_u8(struct pxe_wr *wr, uint16_t code, uint8_t v);
void pxe_dhcp6_put_u16(struct pxe_wr *wr, uint16_t code, uint16_t v);
void pxe_dhcp6_put_u32(struct pxe_wr *wr, uint16_t code, uint32_t v);
/* Status Code; text NULL or "" for none. RFC 8415 21.13. */
void pxe_dhcp6_put_status(struct pxe_wr *wr, uint16_t status, const char *text);

/* An option whose value is being written: what follows up to the close is inside. Opens nest and
 * are closed in reverse. */
struct pxe_dhcp6_open {
	uint8_t *len_at; /* NULL when there was no room */
	size_t start;
};

struct pxe_dhcp6_open pxe_dhcp6_open(struct pxe_wr *wr, uint16_t code);
void pxe_dhcp6_close(struct pxe_wr *wr, struct pxe_dhcp6_open open);

/* Begin an IA (code 3, 4 or 25; IA_TA has no times) or a lease inside it (code 5 or 26). */
struct pxe_dhcp6_open pxe_dhcp6_open_ia(
    struct pxe_wr *wr, uint16_t code, const struct pxe_dhcp6_ia *ia);
struct pxe_dhcp6_open pxe_dhcp6_open_lease(
    struct pxe_wr *wr, uint16_t code, const struct pxe_dhcp6_lease *lease);

/* Put reply (a whole message) into one Relay-reply for each relay of chain, the outermost first:
 * hop count and addresses as they came; Interface-Id (RFC 8415 19.3), Relay Source Port (RFC 8357
 * 5.2) and the first PXE_DHCP6_ERO_MAX options asked for by Echo Request (RFC 4994) echoed. Without
 * relays it is reply itself. No room is wr's sticky error. */
void pxe_dhcp6_wrap(struct pxe_wr *wr, const struct pxe_dhcp6_chain *chain, struct pxe_bytes reply);
