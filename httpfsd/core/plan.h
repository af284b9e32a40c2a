/* SPDX-License-Identifier: BSD-2-Clause */
/* plan.h -- what a GET or HEAD of an object is answered with: status, length, extents. Pure.
 */
#pragma once

#include "httpfsd/core/cond.h"
#include "httpfsd/core/range.h"
#include "libpxecommon/base/str.h"

enum { PLAN_BOUNDARY_LEN = 20, PLAN_PART_MAX = OBJECT_TYPE_MAX + 192 };

struct plan {
	int status;              /* 200, 206, 304, 412 or 416 */
	bool has_body;           /* body bytes follow the head */
	uint64_t content_length; /* of the answer as GET would have it; 200 and 206 */
	unsigned nrange;         /* 206: 1, or more for multipart/byteranges */
	struct range *range;     /* what the caller gave; file offsets without object.base */
	char boundary[PLAN_BOUNDARY_LEN + 1];
};

/* Decide.
 *
 * ranges    room for RANGE_MAX; borrowed by out.
 * boundary  random; separates parts, and nobody can put it into a file beforehand.
 * Range counts for GET only (RFC 9110 14.2) and after all preconditions (13.2.2 step 5). Several
 * ranges of which one lies in the file give a plain 206 (15.3.7.2 leaves it open). */
void plan_make(const struct request *rq, const struct object *obj, int64_t now_s,
    struct range *ranges, uint64_t boundary, struct plan *out);

/* Text before part i of a multipart answer; for i == nrange the closing delimiter. At most
 * PLAN_PART_MAX bytes. */
void plan_part(const struct plan *p, const struct object *obj, unsigned i, struct pxe_text *t);
