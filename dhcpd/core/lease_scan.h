/* SPDX-License-Identifier: BSD-2-Clause */
/* lease_scan.h -- words, strings and punctuation of a lease file, without allocating.
 *
 * The grammar is the configuration language's (dhcpd.leases(5)), but a lease file may hold a
 * million records of a few simple statements and may be damaged anywhere, so it gets a scanner of
 * its own: tokens are slices of the text, and the scanner can be set back to any place. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum scan_kind {
	SCAN_END,
	SCAN_WORD,   /* anything but blanks and ; { } = , " # ( ) */
	SCAN_STRING, /* p and len are the inside of the quotes, still escaped */
	SCAN_PUNCT,  /* c */
	SCAN_TORN    /* a string that the text ends in */
};

struct scan {
	const char *p;
	size_t len, off;
	unsigned line; /* of off, from 1 */
};

struct scan_tok {
	enum scan_kind kind;
	char c;
	bool line_start; /* in column 1 */
	const char *p;
	size_t len;
	size_t start, end; /* offsets of the whole token */
	unsigned line;
};

struct scan scan_init(const char *text, size_t len);
/* The next token, stepping over it, blanks and comments. */
struct scan_tok scan_next(struct scan *s);
struct scan_tok scan_peek(const struct scan *s);
bool scan_is(const struct scan_tok *t, const char *word); /* a word, without regard to case */
bool scan_is_punct(const struct scan_tok *t, char c);

/* Step over the rest of a statement: up to and with its ';', or the '}' that closes a block it
 * opens. False when the text ends first. A keyword of the top level in column 1 ends it too (false;
 * the scanner stands before it): what came before was torn. */
bool scan_statement(struct scan *s);
/* Step to the next keyword of the top level that starts a line, or to the end. */
void scan_resync(struct scan *s);
/* Is this word what an entry of a lease file starts with? */
bool scan_is_entry(const struct scan_tok *t);

/* The inside of a string to bytes: \ooo, \xHH, \t \r \n \b, and any other escaped character is
 * itself. Returns the number of bytes, at most cap (the rest is left out). */
size_t scan_unescape(const char *p, size_t len, uint8_t *out, size_t cap);
