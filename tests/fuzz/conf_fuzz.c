/* SPDX-License-Identifier: BSD-2-Clause */
/* conf_fuzz.c -- a libconfig file of a daemon through the schema reader. */
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/os/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

struct item {
	char *name;
	int64_t size;
};

struct inner {
	int64_t number, duration;
	int word;
};

struct conf {
	struct pxe_conf_common common;
	char *text;
	bool flag;
	struct pxe_endpoint listen;
	struct pxe_prefix from;
	struct pxe_conf_strs strs;
	struct inner inner;
	struct pxe_conf_list items;
};

static const char *const words[] = {"one", "two", "three", NULL};

static const struct pxe_conf_row item_rows[] = {
    {.name = "name", .type = PXE_CONF_STR, .offset = offsetof(struct item, name), .required = true},
    {.name = "size", .type = PXE_CONF_SIZE, .offset = offsetof(struct item, size)},
};
static const struct pxe_conf_schema item_schema = PXE_CONF_SCHEMA(item_rows, struct item);

static const struct pxe_conf_row inner_rows[] = {
    {.name = "number",
	.type = PXE_CONF_INT,
	.offset = offsetof(struct inner, number),
	.min = -5,
	.max = 500},
    {.name = "duration", .type = PXE_CONF_DURATION, .offset = offsetof(struct inner, duration)},
    {.name = "word", .type = PXE_CONF_WORD, .offset = offsetof(struct inner, word), .words = words},
};
static const struct pxe_conf_schema inner_schema = PXE_CONF_SCHEMA(inner_rows, struct inner);

static const struct pxe_conf_row rows[] = {
    PXE_CONF_COMMON_ROWS(struct conf, common, "/run/control", "daemon"),
    {.name = "text", .type = PXE_CONF_STR, .offset = offsetof(struct conf, text)},
    {.name = "flag", .type = PXE_CONF_BOOL, .offset = offsetof(struct conf, flag)},
    {.name = "listen",
	.type = PXE_CONF_ENDPOINT,
	.offset = offsetof(struct conf, listen),
	.min = 69},
    {.name = "from", .type = PXE_CONF_PREFIX, .offset = offsetof(struct conf, from)},
    {.name = "strs", .type = PXE_CONF_STRS, .offset = offsetof(struct conf, strs), .max = 100},
    {.name = "inner",
	.type = PXE_CONF_GROUP,
	.offset = offsetof(struct conf, inner),
	.sub = &inner_schema},
    {.name = "items",
	.type = PXE_CONF_LIST,
	.offset = offsetof(struct conf, items),
	.sub = &item_schema},
};
static const struct pxe_conf_schema schema = PXE_CONF_SCHEMA(rows, struct conf);

/* libconfig 1.5 forgets the string its scanner was at when a syntax error follows: a few bytes a
 * failed load, and not ours to free. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct pxe_arena *arena = pxe_arena_new();
	struct pxe_diag diag;
	struct conf conf;
	char line[512];

	pxe_diag_init(&diag);
	if (text != NULL && arena != NULL && pxe_conf_defaults(&schema, arena, &conf) == 0) {
		int err = 0;

		if (size > 0)
			memcpy(text, data, size);
		text[size] = '\0';
		err = pxe_conf_load_string(&schema, "fuzz.cfg", text, arena, &conf, &diag);
		/* Refused exactly when something was found. */
		if ((err == 0) != (diag.errors == 0))
			abort();
		for (size_t i = 0; i < diag.n; i++)
			(void)pxe_diag_str(&diag.v[i], line, sizeof(line));
	}
	pxe_diag_fini(&diag);
	pxe_arena_free(arena);
	free(text);
	return 0;
}
