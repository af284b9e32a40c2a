/* SPDX-License-Identifier: BSD-2-Clause */
/* http_request_fuzz.c -- a connection's bytes through scanner, parser, body skipper and plan.
 *
 * Beyond memory errors it looks for two readings of one input: the scanner must find the same end
 * whether the bytes come at once or one by one, and what a parsed request points at must lie inside
 * its own head.
 */
#include <stdint.h>
#include <stdlib.h>

#include "httpfsd/core/head.h"
#include "httpfsd/core/plan.h"
#include "libpxecommon/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void check_inside(const struct request *rq, struct slice s)
{
	if (s.len > 0 && !(s.len == 1 && s.p[0] == '/'))
		check(s.p >= rq->head.p && s.p + s.len <= rq->head.p + rq->head.len);
}

static void check_request(const struct request *rq)
{
	check_inside(rq, rq->line);
	check_inside(rq, rq->path);
	check_inside(rq, rq->query);
	check_inside(rq, rq->authority);
	check(memchr(rq->line.p, '\r', rq->line.len) == NULL);
	check(rq->line.len <= REQUEST_LINE_MAX);
	for (int f = 0; f < FIELD_COUNT; f++) {
		const char *at = NULL;
		struct slice v = {0};

		while (request_field_next(rq, (enum request_field)f, &at, &v)) {
			check_inside(rq, v);
			for (size_t i = 0; i < v.len; i++)
				check((uint8_t)v.p[i] >= 0x20 || v.p[i] == '\t');
		}
	}
}

static void answer(const struct request *rq)
{
	static struct range ranges[RANGE_MAX];
	static char text[4096];
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	struct head h = {.date = "Sun, 24 Nov 2024 00:00:00 GMT"};
	struct object_facts f = {.size = 4096, .id = 1, .mtime_s = 1000000, .type = "text/plain"};
	struct object o = {0};
	struct plan p = {0};

	object_init(&o, &f, 1732406400);
	plan_make(rq, &o, 1732406400, ranges, 42, &p);
	for (unsigned i = 0; i < p.nrange; i++)
		check(p.range[i].len > 0 && p.range[i].off < o.size &&
		      p.range[i].len <= o.size - p.range[i].off);
	if (p.status == 200 || p.status == 206 || p.status == 304)
		head_object(&t, &h, &p, &o);
	check(!t.truncated);
}

/* The scanner fed byte by byte must agree with the one fed at once. */
static void check_scan(const char *p, size_t len, int rc, size_t head_len)
{
	size_t scan = 0, found = 0;
	int step = PXE_E_AGAIN;

	for (size_t n = 1; n <= len && step == PXE_E_AGAIN; n++)
		step = request_head_scan(p, n, &scan, &found);
	/* Limits depend on what has been seen when they are asked, so a refusal may differ. */
	if (rc == 0 && step == 0)
		check(found == head_len);
	check((rc == PXE_E_AGAIN) == (step == PXE_E_AGAIN));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	size_t at = 0;

	if (size > 40000)
		return 0;
	for (unsigned i = 0; at < size && i < 50; i++) {
		struct request rq;
		struct request_skip sk;
		size_t scan = 0, n = 0, used = 0;
		int rc = request_head_scan(p + at, size - at, &scan, &n);

		if (i == 0)
			check_scan(p, size, rc, n);
		if (rc != 0)
			break;
		check(n > 0 && n <= size - at);
		rc = request_parse(p + at, n, &rq);
		check_inside(&rq, rq.line); /* shown in logs even when refused */
		if (rc != 0)
			break;
		check_request(&rq);
		answer(&rq);
		at += n;
		sk = request_skip_init(&rq);
		rc = rq.body == BODY_NONE ? 0 : request_skip(&sk, p + at, size - at, &used);
		check(used <= size - at);
		at += used;
		if (rc != 0)
			break;
	}
	return 0;
}
