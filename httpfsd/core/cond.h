/* SPDX-License-Identifier: BSD-2-Clause */
/* cond.h -- conditional requests: the decision of RFC 9110 13.2.2, in its order. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "httpfsd/core/object.h"
#include "httpfsd/core/request.h"

/* What the preconditions of rq (GET or HEAD) say about obj at now_s.
 *
 * If-Match (strong comparison), else If-Unmodified-Since; then If-None-Match (weak comparison),
 * else If-Modified-Since. A date that is none is ignored, as is one in the future for
 * If-Modified-Since only insofar as comparing gives it no effect; a malformed entity tag matches
 * nothing. Returns 0 to go on, 304 or 412. */
int cond_evaluate(const struct request *rq, const struct object *obj, int64_t now_s);

/* True when Range is to be heeded as far as If-Range goes: there is none, or it names this very
 * version. A weak tag never does; a date only when equal and its second is over (RFC 9110 13.1.5,
 * 8.8.2.2), since a file may change twice within one. */
bool cond_if_range(const struct request *rq, const struct object *obj, int64_t now_s);
