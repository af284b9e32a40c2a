/* SPDX-License-Identifier: BSD-2-Clause */
/* plan.c -- see plan.h. */
#include "httpfsd/core/plan.h"

#include <string.h>

#include "libpxecommon/base/err.h"

void plan_part(const struct plan *p, const struct object *obj, unsigned i, struct pxe_text *t)
{
	const struct range *r = &p->range[i];

	pxe_text_add(t, "\r\n--");
	pxe_text_addn(t, p->boundary, PLAN_BOUNDARY_LEN);
	if (i == p->nrange) {
		pxe_text_add(t, "--\r\n");
		return;
	}
	/* Not obj->type: the configuration which that belongs to may be gone by this part. */
	pxe_text_add(t, "\r\n");
	pxe_text_addn(t, obj->fields, strcspn(obj->fields, "\r"));
	pxe_text_add(t, "\r\nContent-Range: bytes ");
	pxe_text_add_u64(t, r->off);
	pxe_text_addc(t, '-');
	pxe_text_add_u64(t, r->off + r->len - 1);
	pxe_text_addc(t, '/');
	pxe_text_add_u64(t, obj->size);
	pxe_text_add(t, "\r\n\r\n");
}

static uint64_t multipart_length(const struct plan *p, const struct object *obj)
{
	char text[PLAN_PART_MAX];
	uint64_t total = 0;

	for (unsigned i = 0; i <= p->nrange; i++) {
		struct pxe_text t = pxe_text_init(text, sizeof(text));

		plan_part(p, obj, i, &t);
		total += t.len + (i < p->nrange ? p->range[i].len : 0);
	}
	return total;
}

static void plan_ranges(struct plan *p, const struct object *obj, uint64_t boundary)
{
	p->status = 206;
	if (p->nrange == 1) {
		p->content_length = p->range[0].len;
		return;
	}
	for (unsigned i = 0; i < PLAN_BOUNDARY_LEN; i++)
		p->boundary[i] = (char)('0' + (i < 16 ? boundary >> (4 * i) & 7 : i % 10));
	p->boundary[PLAN_BOUNDARY_LEN] = '\0';
	p->content_length = multipart_length(p, obj);
}

void plan_make(const struct request *rq, const struct object *obj, int64_t now_s,
    struct range *ranges, uint64_t boundary, struct plan *out)
{
	int rc = 0;

	out->status = cond_evaluate(rq, obj, now_s);
	out->nrange = 0;
	out->range = ranges;
	out->content_length = 0;
	out->has_body = false;
	if (out->status != 0)
		return;
	out->status = 200;
	out->content_length = obj->size;
	if (rq->method == METHOD_GET && slice_is_set(rq->field[FIELD_RANGE]) &&
	    cond_if_range(rq, obj, now_s)) {
		rc = range_parse(rq->field[FIELD_RANGE], obj->size, ranges, &out->nrange);
		/* In a multipart body Content-Encoding would say that the whole of it is coded. */
		if (rc == 0 && out->nrange > 1 && obj->coding != NULL)
			out->nrange = 0;
		else if (rc == 0)
			plan_ranges(out, obj, boundary);
		else if (rc == PXE_E_RANGE)
			out->status = 416;
	}
	out->has_body = rq->method == METHOD_GET && out->status != 416;
}
