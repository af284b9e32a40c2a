/* SPDX-License-Identifier: BSD-2-Clause */
/* range.c -- see range.h. */
#include "httpfsd/core/range.h"

#include "libpxecommon/base/err.h"

/* 1*DIGIT off the front of *s, saturating; false when there is none. */
static bool take_number(struct slice *s, uint64_t *out)
{
	uint64_t v = 0;
	size_t n = 0;

	for (; n < s->len && s->p[n] >= '0' && s->p[n] <= '9'; n++) {
		uint64_t digit = (uint64_t)(s->p[n] - '0');

		v = v > (UINT64_MAX - digit) / 10 ? UINT64_MAX : v * 10 + digit;
	}
	s->p += n;
	s->len -= n;
	*out = v;
	return n > 0;
}

/* int-range or suffix-range. 0, PXE_E_RANGE (not in the file) or PXE_E_SYNTAX. */
static int resolve(struct slice spec, uint64_t size, struct range *out)
{
	uint64_t first = 0, last = UINT64_MAX;
	bool has_first = take_number(&spec, &first), has_last = false;

	if (spec.len == 0 || spec.p[0] != '-')
		return PXE_E_SYNTAX;
	spec.p++;
	spec.len--;
	has_last = take_number(&spec, &last);
	if (spec.len > 0 || (!has_first && !has_last))
		return PXE_E_SYNTAX;
	if (!has_first) { /* the last so many bytes */
		if (last == 0 || size == 0)
			return PXE_E_RANGE;
		out->len = last < size ? last : size;
		out->off = size - out->len;
		return 0;
	}
	if (!has_last)
		last = UINT64_MAX;
	if (first > last)
		return PXE_E_SYNTAX;
	if (first >= size)
		return PXE_E_RANGE;
	out->off = first;
	out->len = (last < size - 1 ? last : size - 1) - first + 1;
	return 0;
}

int range_parse(struct slice value, uint64_t size, struct range *out, unsigned *out_n)
{
	struct slice spec = {0};
	uint64_t total = 0;
	unsigned n = 0, seen = 0;

	if (value.len < 6 || !slice_is_word((struct slice){value.p, 5}, "bytes", 5) ||
	    value.p[5] != '=')
		return PXE_E_SYNTAX;
	value.p += 6;
	value.len -= 6;
	while (slice_next_element(&value, &spec)) {
		struct range r = {0};
		int rc = resolve(spec, size, &r);

		if (rc == PXE_E_SYNTAX)
			return rc;
		if (++seen > RANGE_MAX)
			return PXE_E_LIMIT;
		if (rc != 0)
			continue;
		if (r.len > size - total && n > 0)
			return PXE_E_LIMIT;
		total += r.len;
		out[n++] = r;
	}
	if (seen == 0)
		return PXE_E_SYNTAX;
	if (n == 0)
		return PXE_E_RANGE;
	*out_n = n;
	return 0;
}
