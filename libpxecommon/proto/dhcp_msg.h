/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_msg.h -- a DHCPv4 / BOOTP message as a value (RFC 951, 2131, 2132, 3396).
 *
 * A parsed message is self-contained: fixed size, no allocation, no pointer into the datagram.
 * Options split over several instances, or over the file and sname fields (option overload), are
 * joined before anyone sees them; PAD and END never show. One representation serves both
 * directions: a reply is built with the same set calls and encoded.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/buf.h"

enum {
	PXE_DHCP_SERVER_PORT = 67,
	PXE_DHCP_CLIENT_PORT = 68,
	PXE_DHCP_FIXED_LEN = 236, /* up to the magic cookie */
	PXE_DHCP_MIN_LEN = 300, /* BOOTP's minimum, which some firmware insists on (RFC 1542 2.1) */
	PXE_DHCP_MAX_LEN = 9000,   /* largest datagram looked at: a jumbo frame */
	PXE_DHCP_OPT_SPACE = 9216, /* bytes of joined option data a message can hold */
	PXE_DHCP_FLAG_BROADCAST = 0x8000,
	PXE_BOOTREQUEST = 1,
	PXE_BOOTREPLY = 2
};

#define PXE_DHCP_COOKIE 0x63825363u

/* Option 53 (RFC 2132 9.6, RFC 4388, RFC 6926). 0 is a BOOTP message without it. */
#define PXE_DHCP_TYPE_TABLE(X)                                                                     \
	X(BOOTP, 0)                                                                                \
	X(DISCOVER, 1)                                                                             \
	X(OFFER, 2)                                                                                \
	X(REQUEST, 3)                                                                              \
	X(DECLINE, 4)                                                                              \
	X(ACK, 5)                                                                                  \
	X(NAK, 6)                                                                                  \
	X(RELEASE, 7)                                                                              \
	X(INFORM, 8)                                                                               \
	X(FORCERENEW, 9)                                                                           \
	X(LEASEQUERY, 10)                                                                          \
	X(LEASEUNASSIGNED, 11)                                                                     \
	X(LEASEUNKNOWN, 12)                                                                        \
	X(LEASEACTIVE, 13)

enum pxe_dhcp_type {
#define X(name, num) PXE_DHCP_##name = (num),
	PXE_DHCP_TYPE_TABLE(X)
#undef X
};

/* "DISCOVER" for 1, "type 200" never: NULL for a number without a name. */
const char *pxe_dhcp_type_name(unsigned type);

struct pxe_dhcp_opt_slot {
	uint16_t off, len;
};

struct pxe_dhcp_msg {
	uint8_t op, htype, hlen, hops;
	uint32_t xid;
	uint16_t secs, flags;
	struct pxe_ip4 ciaddr, yiaddr, siaddr, giaddr;
	uint8_t chaddr[16];
	char sname[65]; /* text of the field, always NUL-terminated; empty when overloaded */
	char file[129];
	bool has_cookie;    /* false for plain BOOTP without a vendor area we know */
	bool truncated_opt; /* an option ran past its field; those before it were kept (lenient
			       firmware) */
	uint8_t type;       /* option 53, 0 without */
	/* Options in the order of first appearance. */
	uint16_t nopt;
	uint8_t order[256];
	uint64_t present[4];                /* bit per code */
	struct pxe_dhcp_opt_slot slot[256]; /* meaningful where present */
	uint16_t used;
	uint8_t data[PXE_DHCP_OPT_SPACE];
};

/* An empty message with the cookie; only the bytes that matter are cleared, so it is cheap. */
void pxe_dhcp_init(struct pxe_dhcp_msg *m);

/* Parse a datagram.
 *
 * Returns 0; PXE_E_TRUNC (shorter than the fixed part), PXE_E_SYNTAX (hlen above 16, option 53, 52
 * or 82 of a wrong length, option 52 value outside 1..3), PXE_E_RANGE (op), PXE_E_TOOBIG. A last
 * option that runs past the end is dropped and truncated_opt set: old ROMs pad badly. A message
 * without cookie parses with has_cookie false and no options. 52 and 82 count in the options field
 * only (RFC 2132 9.3, RFC 3046 2.1): what a client hides in file must not pass for the word of a
 * relay. m is unspecified after an error. RFC 2131 2, 4.1 (overload order: options, file, sname);
 * RFC 3396 5, 7. Time is linear in len. */
int pxe_dhcp_parse(const uint8_t *p, size_t len, struct pxe_dhcp_msg *m);

static inline bool pxe_dhcp_has(const struct pxe_dhcp_msg *m, uint8_t code)
{
	return (m->present[code >> 6] >> (code & 63) & 1) != 0;
}

/* Borrowed bytes of an option; p NULL and len 0 when absent (ask pxe_dhcp_has for an empty one). */
struct pxe_bytes pxe_dhcp_get(const struct pxe_dhcp_msg *m, uint8_t code);
/* Fixed-size options: true and *out only when present with exactly that length. */
bool pxe_dhcp_get_u8(const struct pxe_dhcp_msg *m, uint8_t code, uint8_t *out);
bool pxe_dhcp_get_u16(const struct pxe_dhcp_msg *m, uint8_t code, uint16_t *out);
bool pxe_dhcp_get_u32(const struct pxe_dhcp_msg *m, uint8_t code, uint32_t *out);
bool pxe_dhcp_get_ip4(const struct pxe_dhcp_msg *m, uint8_t code, struct pxe_ip4 *out);

/* Set or replace an option (codes 1..254); a replaced one keeps its place in the order. p must not
 * point into m. 0; PXE_E_RANGE (code, or a length that parse would refuse for 52, 53 or 82);
 * PXE_E_TOOBIG when data[] is full. type follows option 53. */
int pxe_dhcp_set(struct pxe_dhcp_msg *m, uint8_t code, const void *p, size_t len);
int pxe_dhcp_set_u8(struct pxe_dhcp_msg *m, uint8_t code, uint8_t v);
int pxe_dhcp_set_u16(struct pxe_dhcp_msg *m, uint8_t code, uint16_t v);
int pxe_dhcp_set_u32(struct pxe_dhcp_msg *m, uint8_t code, uint32_t v);
int pxe_dhcp_set_ip4(struct pxe_dhcp_msg *m, uint8_t code, struct pxe_ip4 v);
void pxe_dhcp_unset(struct pxe_dhcp_msg *m, uint8_t code);

/* chaddr with its type as a value; hlen above 16 cannot occur. */
struct pxe_hwaddr pxe_dhcp_hwaddr(const struct pxe_dhcp_msg *m);

struct pxe_dhcp_encode_how {
	size_t max_len; /* BOOTP bytes allowed (no IP and UDP headers); at least 300 */
	size_t min_len; /* pad with zeros up to this; PXE_DHCP_MIN_LEN for replies */
	bool overload;  /* may use file and sname for options where they are empty */
};

/* Encode m into out.
 *
 * Options leave in the order they were set; 53 is moved to the front and relay agent information
 * (82) always to the very end of the options field (RFC 3046 2.1). Options over 255 bytes are split
 * (RFC 3396). What fits nowhere is left out and its bit set in dropped[4] when that is not NULL. 82
 * is reserved room for before anything else but 53. Option 52 is the encoder's own: one that was
 * set is not sent. Without cookie there are no options. Returns the length, or PXE_E_TOOBIG when
 * not even the fixed part and 53 fit in cap. */
int pxe_dhcp_encode(const struct pxe_dhcp_msg *m, const struct pxe_dhcp_encode_how *how,
    uint8_t *out, size_t cap, uint64_t dropped[4]);

/* Payload size a client accepts: its option 57 less 28 bytes of headers, bounded by 548 below and
 * mtu - 28 above; 548 without the option (RFC 2131 2, RFC 2132 9.10). */
size_t pxe_dhcp_max_len(const struct pxe_dhcp_msg *request, unsigned mtu);
