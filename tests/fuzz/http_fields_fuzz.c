/* SPDX-License-Identifier: BSD-2-Clause */
/* http_fields_fuzz.c -- dates, ranges, codings, paths and names of files, each from the same bytes.
 */
#include <stdint.h>
#include <stdlib.h>

#include "httpfsd/core/coding.h"
#include "httpfsd/core/date.h"
#include "httpfsd/core/listing.h"
#include "httpfsd/core/logline.h"
#include "httpfsd/core/range.h"
#include "httpfsd/core/site.h"
#include "libpxecommon/base/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

/* What is read as a date is written as one that reads the same. */
static void fuzz_date(struct slice s)
{
	char text[DATE_LEN + 1];
	int64_t t = 0, again = 0;

	if (date_parse(s, 1732406400, &t) != 0)
		return;
	(void)date_format(t, text);
	check(date_parse(slice_of(text), 1732406400, &again) == 0 && again == t);
}

static void fuzz_range(struct slice s)
{
	static struct range r[RANGE_MAX];
	static const uint64_t sizes[] = {0, 1, 1000, UINT64_MAX};

	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		unsigned n = 0;
		uint64_t total = 0;

		if (range_parse(s, sizes[k], r, &n) != 0)
			continue;
		check(n >= 1 && n <= RANGE_MAX);
		for (unsigned i = 0; i < n; i++) {
			check(r[i].len > 0 && r[i].len <= sizes[k]);
			check(r[i].off <= sizes[k] - r[i].len);
			check(n == 1 || r[i].len <= sizes[k] - total);
			total += r[i].len;
		}
	}
}

/* A path that passes has no "..", no empty component, and survives being encoded again. */
static void fuzz_path(struct slice s)
{
	char raw[4096], path[4096], text[3 * 4096 + 1], again[4096];
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	struct mount m = {.prefix = ""};
	int len = pxe_path_percent_decode(s.p, s.len, raw, sizeof(raw));

	if (len < 0)
		return;
	len = pxe_path_normalise(raw, (size_t)len, PXE_PATH_KEEP_SLASH, path, sizeof(path));
	if (len < 0)
		return;
	check(path[0] != '/' && strstr(path, "//") == NULL && strncmp(path, "../", 3) != 0 &&
	      strstr(path, "/../") == NULL && strcmp(path, "..") != 0);
	(void)mount_hides(&m, path);
	listing_encode(&t, path);
	check(!t.truncated);
	check(pxe_path_percent_decode(text, t.len, again, sizeof(again)) == len);
	check(strcmp(again, path) == 0);
}

static void fuzz_name(struct slice s)
{
	char name[256];
	static char page[16384];
	struct pxe_text t = pxe_text_init(page, sizeof(page));
	struct listing_entry e = {.name = name, .size = s.len};
	struct listing_how how = listing_how_parse(s);
	size_t n = s.len < sizeof(name) - 1 ? s.len : sizeof(name) - 1;
	struct logline l = {.client = "::1", .date = "-", .line = s, .agent = s};

	memcpy(name, s.p, n);
	name[n] = '\0';
	listing_write(&t, name, &e, 1, &how);
	check(!t.truncated && t.len < listing_bound(name, &e, 1));
	t = pxe_text_init(page, sizeof(page));
	logline_write(&t, &l, true);
	for (size_t i = 0; i + 1 < t.len; i++)
		check((uint8_t)page[i] >= 0x20 && (uint8_t)page[i] < 0x7f);
}

/* Each coding at most once. */
static void fuzz_coding(struct slice s)
{
	struct request rq = {0};
	unsigned char coding[CODING_COUNT];
	unsigned seen = 0;
	size_t n = 0;

	rq.field[FIELD_ACCEPT_ENCODING] = s;
	n = coding_accepted(&rq, coding);
	check(n <= CODING_COUNT);
	for (size_t i = 0; i < n; i++) {
		check(coding[i] < CODING_COUNT && (seen & 1U << coding[i]) == 0);
		seen |= 1U << coding[i];
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice s = {size > 0 ? (const char *)data : "", size};

	fuzz_date(s);
	fuzz_range(s);
	fuzz_path(s);
	fuzz_name(s);
	fuzz_coding(s);
	return 0;
}
