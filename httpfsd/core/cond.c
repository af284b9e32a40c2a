/* SPDX-License-Identifier: BSD-2-Clause */
/* cond.c -- see cond.h. */
#include "httpfsd/core/cond.h"

#include "httpfsd/core/date.h"

/* True when a line of field f lists "*" or the object's tag; weak also takes W/"...". */
static bool any_tag(
    const struct request *rq, enum request_field f, const struct object *obj, bool weak)
{
	struct slice tag = {obj->etag, obj->etag_len}, value = {0}, element = {0};
	const char *at = NULL;

	while (request_field_next(rq, f, &at, &value)) {
		if (value.len == 1 && value.p[0] == '*')
			return true;
		while (slice_next_element(&value, &element)) {
			if (weak && element.len > 2 && memcmp(element.p, "W/", 2) == 0) {
				element.p += 2;
				element.len -= 2;
			}
			if (slice_eq(element, tag))
				return true;
		}
	}
	return false;
}

/* The date of field f; false when the field is absent or no date. */
static bool field_date(
    const struct request *rq, enum request_field f, int64_t now_s, int64_t *out_s)
{
	return slice_is_set(rq->field[f]) && date_parse(rq->field[f], now_s, out_s) == 0;
}

int cond_evaluate(const struct request *rq, const struct object *obj, int64_t now_s)
{
	int64_t date = 0;

	if (slice_is_set(rq->field[FIELD_IF_MATCH])) {
		if (!any_tag(rq, FIELD_IF_MATCH, obj, false))
			return 412;
	} else if (field_date(rq, FIELD_IF_UNMODIFIED_SINCE, now_s, &date)) {
		if (obj->mtime_s > date)
			return 412;
	}
	if (slice_is_set(rq->field[FIELD_IF_NONE_MATCH]))
		return any_tag(rq, FIELD_IF_NONE_MATCH, obj, true) ? 304 : 0;
	/* RFC 9110 13.1.3: without a date of its own, the client's is ignored. */
	if (obj->mtime_s != OBJECT_NO_DATE &&
	    field_date(rq, FIELD_IF_MODIFIED_SINCE, now_s, &date) && obj->mtime_s <= date)
		return 304;
	return 0;
}

bool cond_if_range(const struct request *rq, const struct object *obj, int64_t now_s)
{
	struct slice v = rq->field[FIELD_IF_RANGE];
	int64_t date = 0;

	if (!slice_is_set(v))
		return true;
	if (v.len > 0 && v.p[0] == '"')
		return slice_eq(v, (struct slice){obj->etag, obj->etag_len});
	return date_parse(v, now_s, &date) == 0 && date == obj->mtime_s && date < now_s;
}
