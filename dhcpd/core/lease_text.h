/* SPDX-License-Identifier: BSD-2-Clause */
/* lease_text.h -- a lease as a value, and its text in dhcpd.leases, both ways.
 *
 * The text is ISC's (dhcpd.leases(5), 4.4.3): one statement a line, two blanks of indent, '}' alone
 * in column 1, so that what already reads the file keeps working. Reading takes everything ISC ever
 * wrote, whatever the white space, and does not give up on damage: a record that was torn or
 * overwritten is reported and left out, and the next one is read. Pure; nothing is allocated.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcpd/core/lease6_text.h"
#include "dhcpd/core/lease_scan.h"
#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/buf.h"
#include "libpxecommon/base/str.h"

#define LEASE_STATE_TABLE(X)                                                                       \
	X(FREE, "free")                                                                            \
	X(ACTIVE, "active")                                                                        \
	X(EXPIRED, "expired")                                                                      \
	X(RELEASED, "released")                                                                    \
	X(ABANDONED, "abandoned")                                                                  \
	X(RESET, "reset")                                                                          \
	X(BACKUP, "backup")

enum lease_state {
#define X(id, name) LEASE_##id,
	LEASE_STATE_TABLE(X)
#undef X
	    LEASE_STATE_COUNT
};

#define LEASE_NEVER INT64_MAX /* a time that does not come; 0 is a time that is not set */

enum {
	LEASE_UID_MAX = 255, /* one option 61 */
	LEASE_HOSTNAME_MAX = 255,
	LEASE_AGENT_MAX = 255,
	LEASE_EXTRA_MAX = 8192,    /* bytes of set, on and unknown statements kept with a lease */
	LEASE_TEXT_MAX = 24 * 1024 /* one record as text always fits */
};

/* A lease, its strings borrowed. */
struct lease_rec {
	struct pxe_ip4 ip;
	enum lease_state state;
	enum lease_state next, rewind; /* equal to state: not said */
	bool reserved, bootp;
	int64_t starts, ends, tstp, cltt; /* wall clock seconds, LEASE_NEVER, or 0 */
	struct pxe_hwaddr hw;
	struct pxe_bytes uid, hostname;
	struct pxe_bytes agent; /* body of option 82 as received */
	struct pxe_bytes vars;  /* `set` statements as text, one line each, indented */
	struct pxe_bytes tail;  /* billing, on and unknown statements as text; lost when freed */
};

const char *lease_state_name(enum lease_state state);

struct lease_text_style {
	bool hex_id;      /* lease-id-format hex */
	bool local_time;  /* db-time-format local: "epoch N; # Sun Nov 22 ..." */
	int utc_offset_s; /* for that comment */
};

/* Append rec as text. What makes no sense in ISC's form is left out: a host name that is not
 * printable or holds a quote or a backslash. */
void lease_text_put(
    struct pxe_text *t, const struct lease_rec *rec, const struct lease_text_style *style);
/* "2 2026/11/24 08:31:28" of a time; "never" for LEASE_NEVER. */
void lease_text_put_time(struct pxe_text *t, int64_t when_s, const struct lease_text_style *style);
/* Bytes as a quoted string with \ooo where ISC has it. */
void lease_text_put_string(struct pxe_text *t, struct pxe_bytes b);
/* The comment and the authoring-byte-order entry at the top of a file. */
void lease_text_put_header(struct pxe_text *t);

/* ---- reading ---- */

enum lease_entry_kind {
	LEASE_ENTRY_END,
	LEASE_ENTRY_LEASE, /* rec */
	LEASE_ENTRY_IA,    /* ia: ia-na, ia-ta or ia-pd */
	LEASE_ENTRY_OTHER, /* a host, group, subclass, failover, server-duid entry: text verbatim */
	LEASE_ENTRY_DAMAGE /* text is what could not be read; why says what was expected */
};

struct lease_entry {
	enum lease_entry_kind kind;
	struct lease_rec rec;     /* borrowed from the file's text and the reader */
	const struct ia6_rec *ia; /* IA: in the reader */
	struct pxe_bytes text;    /* whole entry */
	struct pxe_bytes key; /* OTHER, IA: keyword and name; a later one with the same key replaces
				 it */
	unsigned line;        /* where it starts */
	bool torn;            /* DAMAGE: the text ends inside; nothing follows */
	const char *why;
};

struct lease_reader {
	struct scan scan;
	uint8_t uid[LEASE_UID_MAX], hostname[LEASE_HOSTNAME_MAX], agent[LEASE_AGENT_MAX];
	char vars[LEASE_EXTRA_MAX], tail[LEASE_EXTRA_MAX];
	struct ia6_reader ia;
	bool swapped; /* the file was written on a machine of the other byte order */
};

/* Read len bytes of text, which is borrowed. */
void lease_reader_init(struct lease_reader *r, const char *text, size_t len);
/* The next entry; its strings are good until the next call. */
void lease_reader_next(struct lease_reader *r, struct lease_entry *out);

/* The value of `set NAME = ...;` in vars, still in its text form; false when it is not there. */
bool lease_vars_find(struct pxe_bytes vars, const char *name, struct pxe_bytes *out_text);
