/* SPDX-License-Identifier: BSD-2-Clause */
/* explain_input.h -- the client that `dhcpd --explain` is asked about: words, hex or a capture.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/buf.h"
#include "libpxecommon/base/str.h"

enum { EXPLAIN_PACKETS_MAX = 64 };

struct explain_packet {
	uint8_t *p; /* by malloc */
	size_t len;
	struct pxe_endpoint from;
	struct pxe_ip to; /* family 0: not known */
};

struct explain_input {
	uint8_t family;             /* 4 or 6 */
	struct pxe_bytes server_id; /* DHCPv6: whom a Request names; to be set before reading */
	const char *iface;          /* iface=NAME or iface=ADDRESS; NULL: not said */
	bool wants_offer; /* a DHCPREQUEST for whatever a DHCPDISCOVER before it would be offered */
	bool cut;         /* the capture has more than EXPLAIN_PACKETS_MAX */
	const char *source; /* "packet=", the capture's path; NULL: made from words */
	struct explain_packet v[EXPLAIN_PACKETS_MAX];
	size_t n;
};

/* Read KEY=VALUE words (dhcpd(8), EXPLAIN) about a client of that family. Returns 0; PXE_E_SYNTAX
 * with what is wrong, and what is allowed, in why; -ENOMEM. *out is to be given to
 * explain_input_fini() in any case. */
int explain_input_read(uint8_t family, const char *const *word, size_t n, struct explain_input *out,
    struct pxe_text *why);
void explain_input_fini(struct explain_input *in);

/* Append a copy of a message; 0 or -ENOMEM. Past EXPLAIN_PACKETS_MAX it only sets in->cut. */
int explain_input_add(struct explain_input *in, const uint8_t *p, size_t len,
    const struct pxe_endpoint *from, const struct pxe_ip *to);

/* explain_pcap.c: append what a server of in->family is sent in a capture file, pcap or pcapng, on
 * Ethernet (with or without VLAN tags), Linux "any" or raw IP. 0, PXE_E_SYNTAX or -ENOMEM with the
 * cause in why. */
int explain_pcap_read(const char *path, struct explain_input *in, struct pxe_text *why);
