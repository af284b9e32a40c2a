/* SPDX-License-Identifier: BSD-2-Clause */
/* counter.c -- the two views of a table of counters. */
#include "libpxecommon/base/counter.h"

#include <assert.h>
#include <string.h>

enum { KEY_MAX = 256 }; /* name and labels are our own literals */

void pxe_counters_json(struct pxe_json *j, const char *key, const struct pxe_counter_row *row,
    const uint64_t *value, size_t n)
{
	char name[KEY_MAX];

	pxe_json_open(j, key, '{');
	for (size_t i = 0; i < n; i++) {
		struct pxe_text t = pxe_text_init(name, sizeof(name));

		pxe_text_add(&t, row[i].name);
		if (row[i].labels != NULL)
			pxe_text_addf(&t, "{%s}", row[i].labels);
		assert(!t.truncated);
		pxe_json_u64(j, name, value[i]);
	}
	pxe_json_close(j, '}');
}

/* HELP text: backslash, quote and line feed are escaped (OpenMetrics 1.0, ABNF "escaped-string").
 */
static void add_help(struct pxe_text *t, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\\' || *s == '"' || *s == '\n')
			pxe_text_addc(t, '\\');
		pxe_text_addc(t, *s == '\n' ? 'n' : *s);
	}
}

static void add_family(struct pxe_text *t, const struct pxe_counter_row *row)
{
	pxe_text_addf(
	    t, "# TYPE %s %s\n", row->name, row->type == PXE_COUNTER ? "counter" : "gauge");
	if (row->help != NULL) {
		pxe_text_addf(t, "# HELP %s ", row->name);
		add_help(t, row->help);
		pxe_text_addc(t, '\n');
	}
}

void pxe_counters_metrics(
    struct pxe_text *t, const struct pxe_counter_row *row, const uint64_t *value, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || strcmp(row[i].name, row[i - 1].name) != 0)
			add_family(t, &row[i]);
		pxe_text_add(t, row[i].name);
		if (row[i].type == PXE_COUNTER)
			pxe_text_add(t, "_total");
		if (row[i].labels != NULL)
			pxe_text_addf(t, "{%s}", row[i].labels);
		pxe_text_addc(t, ' ');
		pxe_text_add_u64(t, value[i]);
		pxe_text_addc(t, '\n');
	}
}
