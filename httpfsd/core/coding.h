/* SPDX-License-Identifier: BSD-2-Clause */
/* coding.h -- which compressed sibling of a file a client may be given. Pure.
 *
 * Files are never compressed here: `page.html.gz` beside `page.html` is, when a mount says so, sent
 * in its place to clients that name the coding in Accept-Encoding.
 */
#pragma once

#include "httpfsd/core/request.h"

/* Content-coding and the suffix of the sibling, the one to be preferred first. */
struct coding {
	const char *name;
	const char *suffix;
};

enum { CODING_COUNT = 3, CODING_SUFFIX_MAX = 4 };
extern const struct coding coding_table[CODING_COUNT];

/* The codings that rq accepts, as places in coding_table, into out: heaviest weight first, then in
 * the table's order. A coding is left out when its weight is 0 or below that of an identity that
 * was named. Without the field, or with one that cannot be read, none.
 * Returns how many. RFC 9110 12.5.3. */
size_t coding_accepted(const struct request *rq, unsigned char out[CODING_COUNT]);
