/* SPDX-License-Identifier: BSD-2-Clause */
/* range.h -- the Range field against the size of a file (RFC 9110 14.1 and 14.2). Pure.
 */
#pragma once

#include <stdint.h>

#include "httpfsd/core/slice.h"

enum { RANGE_MAX = 256 }; /* zchunk asks for up to 255 at once */

struct range {
	uint64_t off, len; /* len > 0, inside the file */
};

/* Resolve a Range value for a file of size bytes into out[0..RANGE_MAX).
 *
 * Order and overlaps are kept as asked for. Numbers of any length are understood, past the end of
 * 64 bits they mean the largest.
 * Returns 0 with at least one range, PXE_E_RANGE when none lies in the file (416), PXE_E_SYNTAX
 * (another unit, or malformed: the field is ignored), or PXE_E_LIMIT: more than RANGE_MAX ranges,
 * or several that add up to more than the file, which nobody needs who wants to save bytes (the
 * field is ignored: RFC 9110 14.2 lets a server do so, 17.15 why it should). */
int range_parse(struct slice value, uint64_t size, struct range *out, unsigned *out_n);
