/* SPDX-License-Identifier: BSD-2-Clause */
/* lease6_text.h -- an identity association as a value, and its text in dhcpd6.leases, both ways.
 *
 * The text is ISC's (dhcpd.leases(5), 4.4.3): an entry ia-na, ia-ta or ia-pd holds all addresses or
 * prefixes of one IA of one client, and the last entry of an IA counts. Its key is the IAID in the
 * byte order of the machine that wrote the file, then the DUID. Pure; nothing is allocated.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcpd/core/lease_scan.h"
#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/buf.h"
#include "libpxecommon/base/str.h"

struct lease_text_style; /* lease_text.h */

enum lease6_kind { LEASE6_NA, LEASE6_TA, LEASE6_PD, LEASE6_KIND_COUNT };

enum {
	LEASE6_DUID_MAX = 130,      /* RFC 8415 11.1: 128 behind the type */
	LEASE6_PER_IA_MAX = 16,     /* addresses or prefixes of one IA */
	LEASE6_EXTRA_MAX = 4096,    /* bytes of set, on and unknown statements of an address */
	LEASE6_TEXT_MAX = 96 * 1024 /* one entry as text always fits */
};

/* An address or a prefix; strings borrowed. */
struct lease6_rec {
	struct pxe_ip6 ip;
	uint8_t len;                   /* 128 for an address */
	uint8_t state;                 /* enum lease_state */
	uint32_t preferred_s, valid_s; /* UINT32_MAX: for ever */
	int64_t ends;                  /* wall clock, or LEASE_NEVER */
	struct pxe_bytes vars, tail;   /* as in struct lease_rec */
};

struct ia6_rec {
	enum lease6_kind kind;
	uint32_t iaid;
	struct pxe_bytes duid;
	int64_t cltt;
	size_t n;
	struct lease6_rec v[LEASE6_PER_IA_MAX];
};

/* "ia-na" of LEASE6_NA. */
const char *lease6_kind_name(enum lease6_kind kind);
/* The kind an entry's keyword names; false: none of them. */
bool lease6_kind_of(const struct scan_tok *t, enum lease6_kind *out);

/* Append rec as text, with the empty line that ISC has behind it. */
void lease6_text_put(
    struct pxe_text *t, const struct ia6_rec *rec, const struct lease_text_style *style);
/* The entry that keeps the server's DUID. */
void lease6_text_put_server_duid(struct pxe_text *t, struct pxe_bytes duid);
/* The DUID of such an entry, whole as it stands in the file, into buf; false: it is none. */
bool lease6_text_server_duid(struct pxe_bytes entry, uint8_t *buf, size_t cap, size_t *out_len);

/* Room for what one entry is read into. */
struct ia6_reader {
	uint8_t key[4 + LEASE6_DUID_MAX];
	char extra[LEASE6_EXTRA_MAX * LEASE6_PER_IA_MAX];
	struct ia6_rec rec;
};

/* Read an entry of that kind; s stands behind its keyword. swapped: the file comes from a machine
 * of the other byte order. False with *out_why when it is damaged. r->rec is good until the next
 * call. */
bool lease6_read(struct ia6_reader *r, struct scan *s, enum lease6_kind kind, bool swapped,
    const char **out_why);
