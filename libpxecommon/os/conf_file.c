/* SPDX-License-Identifier: BSD-2-Clause */
/* conf_file.c -- a daemon's libconfig file read through its table. */
#include <errno.h>
#include <inttypes.h>
#include <libconfig.h>
#include <stdio.h>
#include <string.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/os/conf_source.h"
#include "libpxecommon/os/conf_value.h"

enum { LABEL_MAX = 256 };

/* One load. Findings are collected, so only lack of memory ends it early. */
struct loader {
	const struct pxe_conf_source *src;
	struct pxe_arena *arena;
	struct pxe_diag *diag;
};

/* A group being read and how it is called: "limits." or "". */
struct scope {
	const config_setting_t *group;
	char prefix[LABEL_MAX];
	unsigned line; /* of the group, for settings libconfig gives no line for */
};

static int load_group(
    struct loader *ld, const struct pxe_conf_schema *schema, const struct scope *scope, char *out);

static unsigned line_of(const config_setting_t *setting, unsigned otherwise)
{
	unsigned line = config_setting_source_line(setting);

	return line != 0 ? line : otherwise;
}

static struct pxe_conf_place place_at(struct loader *ld, unsigned line, const char *label)
{
	struct pxe_conf_place at = {.label = label};

	at.file = pxe_conf_source_place(ld->src, line, &at.line);
	return at;
}

static bool scalar_of(const config_setting_t *setting, struct pxe_conf_value *out)
{
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_BOOL:
		*out = (struct pxe_conf_value){
		    .kind = PXE_CONF_KIND_BOOL, .i = config_setting_get_bool(setting)};
		return true;
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		*out = (struct pxe_conf_value){
		    .kind = PXE_CONF_KIND_INT, .i = config_setting_get_int64(setting)};
		return true;
	case CONFIG_TYPE_FLOAT:
		*out = (struct pxe_conf_value){
		    .kind = PXE_CONF_KIND_FLOAT, .f = config_setting_get_float(setting)};
		return true;
	case CONFIG_TYPE_STRING:
		*out = (struct pxe_conf_value){
		    .kind = PXE_CONF_KIND_STR, .s = config_setting_get_string(setting)};
		return true;
	default:
		return false;
	}
}

static const char *aggregate_name(const config_setting_t *setting)
{
	return config_setting_is_group(setting)   ? "a group { ... }"
	       : config_setting_is_list(setting)  ? "a list ( ... )"
	       : config_setting_is_array(setting) ? "an array [ ... ]"
						  : "a single value";
}

static int wants(const struct pxe_conf_place *at, struct loader *ld, const char *what,
    const config_setting_t *setting)
{
	return pxe_conf_complain(
	    at, ld->diag, "wrong-type", "wants %s, not %s", what, aggregate_name(setting));
}

/* A setting in a file replaces a default as a whole. */
static int load_strs(struct loader *ld, const struct pxe_conf_row *row,
    const config_setting_t *setting, struct pxe_conf_place at, void *dst)
{
	unsigned outer = line_of(setting, 0);
	struct pxe_conf_value value;
	int n = config_setting_length(setting);

	memset(dst, 0, sizeof(struct pxe_conf_strs));
	if (scalar_of(setting, &value))
		return pxe_conf_value_store(row, &value, &at, ld->arena, dst, ld->diag);
	if (config_setting_is_group(setting))
		return wants(&at, ld, "strings", setting);
	for (int i = 0; i < n; i++) {
		const config_setting_t *e = config_setting_get_elem(setting, (unsigned)i);
		struct pxe_conf_place here = place_at(ld, line_of(e, outer), at.label);
		int err = 0;

		if (!scalar_of(e, &value))
			return wants(&here, ld, "strings", e);
		err = pxe_conf_value_store(row, &value, &here, ld->arena, dst, ld->diag);
		if (err != 0)
			return err;
	}
	if (row->min > 0 && n < row->min)
		return pxe_conf_complain(
		    &at, ld->diag, "out-of-range", "needs %" PRId64 " or more entries", row->min);
	return 0;
}

static int check_length(
    struct loader *ld, const struct pxe_conf_row *row, const struct pxe_conf_place *at, int n)
{
	if (row->max > 0 && n > row->max)
		return pxe_conf_complain(at, ld->diag, "out-of-range",
		    "has %d entries, allowed are %" PRId64, n, row->max);
	if (n < row->min)
		return pxe_conf_complain(at, ld->diag, "out-of-range",
		    "has %d entries, needed are %" PRId64, n, row->min);
	return 0;
}

static int load_element(struct loader *ld, const struct pxe_conf_row *row,
    const config_setting_t *e, unsigned index, struct scope *scope, char *out)
{
	char label[LABEL_MAX + 2];
	struct pxe_conf_place at;
	int err = 0;

	(void)snprintf(
	    label, sizeof(label), "\"%.*s\"", (int)strlen(scope->prefix) - 1, scope->prefix);
	at = place_at(ld, scope->line, label);
	if (!config_setting_is_group(e))
		return pxe_conf_complain(&at, ld->diag, "wrong-type",
		    "wants groups { ... }, but entry %u is %s", index + 1, aggregate_name(e));
	scope->group = e;
	err = pxe_conf_defaults(row->sub, ld->arena, out);
	return err != 0 ? err : load_group(ld, row->sub, scope, out);
}

static int load_list(struct loader *ld, const struct pxe_conf_row *row,
    const config_setting_t *setting, const struct scope *outer, struct pxe_conf_place at, void *dst)
{
	int n = config_setting_length(setting);
	struct pxe_conf_list list = {0};
	int err = 0;

	if (!config_setting_is_list(setting))
		return wants(&at, ld, "a list of groups ( { ... }, { ... } )", setting);
	err = check_length(ld, row, &at, n);
	if (err != 0)
		return err;
	list.n = (size_t)n;
	list.v = pxe_arena_alloc(ld->arena, list.n > 0 ? list.n * row->sub->size : 1);
	list.line = pxe_arena_alloc(ld->arena, list.n > 0 ? list.n * sizeof(*list.line) : 1);
	if (list.v == NULL || list.line == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < list.n && err != -ENOMEM; i++) {
		const config_setting_t *e = config_setting_get_elem(setting, i);
		struct scope scope = {.line = line_of(e, line_of(setting, outer->line))};
		struct pxe_conf_place here = place_at(ld, scope.line, NULL);

		list.line[i] = here.line;
		(void)snprintf(scope.prefix, sizeof(scope.prefix), "%.*s%s[%u].", LABEL_MAX / 2,
		    outer->prefix, row->name, i);
		err = load_element(ld, row, e, i, &scope, (char *)list.v + i * row->sub->size);
	}
	memcpy(dst, &list, sizeof(list));
	return err;
}

static int load_setting(struct loader *ld, const struct pxe_conf_row *row,
    const config_setting_t *setting, const struct scope *scope, void *dst)
{
	char label[LABEL_MAX + 128];
	unsigned line = line_of(setting, scope->line);
	struct scope inner = {.group = setting, .line = line};
	struct pxe_conf_place at;
	struct pxe_conf_value value;

	(void)snprintf(label, sizeof(label), "\"%s%s\"", scope->prefix, row->name);
	at = place_at(ld, line, label);
	switch (row->type) {
	case PXE_CONF_STRS:
		return load_strs(ld, row, setting, at, dst);
	case PXE_CONF_LIST:
		return load_list(ld, row, setting, scope, at, dst);
	case PXE_CONF_GROUP:
		if (!config_setting_is_group(setting))
			return wants(&at, ld, "a group { ... }", setting);
		(void)snprintf(inner.prefix, sizeof(inner.prefix), "%.*s%s.", LABEL_MAX / 2,
		    scope->prefix, row->name);
		return load_group(ld, row->sub, &inner, dst);
	default:
		if (!scalar_of(setting, &value))
			return wants(&at, ld, "a single value", setting);
		return pxe_conf_value_store(row, &value, &at, ld->arena, dst, ld->diag);
	}
}

/* Something was given for row before this file: a flag, or a default. */
static bool is_set(const struct pxe_conf_row *row, const char *dst)
{
	static const char zero[sizeof(struct pxe_endpoint)];
	size_t n = row->type == PXE_CONF_ENDPOINT ? sizeof(struct pxe_endpoint)
		   : row->type == PXE_CONF_PREFIX ? sizeof(struct pxe_prefix)
		   : row->type == PXE_CONF_BOOL   ? sizeof(bool)
		   : row->type == PXE_CONF_WORD   ? sizeof(int)
						  : sizeof(void *);

	return memcmp(dst, zero, n) != 0;
}

static void check_required(struct loader *ld, const struct pxe_conf_schema *schema,
    const struct scope *scope, const char *out)
{
	for (size_t i = 0; i < schema->nrow; i++) {
		const struct pxe_conf_row *row = &schema->row[i];
		char label[LABEL_MAX + 128];
		struct pxe_conf_place at;

		if (!row->required || is_set(row, out + row->offset) ||
		    config_setting_get_member(scope->group, row->name) != NULL)
			continue;
		(void)snprintf(label, sizeof(label), "\"%s%s\"", scope->prefix, row->name);
		at = place_at(ld, scope->line, label);
		(void)pxe_conf_complain(
		    &at, ld->diag, "missing", "is missing: %s", row->help != NULL ? row->help : "");
	}
}

static int load_group(
    struct loader *ld, const struct pxe_conf_schema *schema, const struct scope *scope, char *out)
{
	int n = config_setting_length(scope->group);
	int result = 0;

	for (int i = 0; i < n && result != -ENOMEM; i++) {
		const config_setting_t *e = config_setting_get_elem(scope->group, (unsigned)i);
		const char *name = config_setting_name(e);
		const struct pxe_conf_row *row = pxe_conf_row_find(schema, name, strlen(name));
		char label[LABEL_MAX + 128];
		struct pxe_conf_place at;
		int err = PXE_E_CONFIG;

		if (row != NULL) {
			err = load_setting(ld, row, e, scope, out + row->offset);
		} else {
			(void)snprintf(label, sizeof(label), "\"%s%.100s\"", scope->prefix, name);
			at = place_at(ld, line_of(e, scope->line), label);
			pxe_conf_unknown(&at, schema, name, ld->diag);
		}
		result = err != 0 ? err : result;
	}
	check_required(ld, schema, scope, out);
	return result;
}

static int load_source(struct loader *ld, const struct pxe_conf_schema *schema, void *out)
{
	size_t errors = ld->diag->errors;
	struct scope scope = {0};
	config_t cfg;
	int err = 0;

	config_init(&cfg);
	/* All includes were replaced; should one be seen after all, it must not be followed. */
	config_set_include_dir(&cfg, "/dev/null");
	if (config_read_string(&cfg, ld->src->text != NULL ? ld->src->text : "") != CONFIG_TRUE) {
		struct pxe_conf_place at = {0};

		at.file =
		    pxe_conf_source_place(ld->src, (unsigned)config_error_line(&cfg), &at.line);
		pxe_diag_add(ld->diag, PXE_DIAG_ERROR, at.file, at.line, 0, "syntax", NULL, "%s",
		    config_error_text(&cfg) != NULL ? config_error_text(&cfg) : "syntax error");
	} else {
		scope.group = config_root_setting(&cfg);
		err = load_group(ld, schema, &scope, out);
	}
	config_destroy(&cfg);
	if (err == 0 && ld->diag->errors > errors)
		err = PXE_E_CONFIG;
	return err;
}

int pxe_conf_load(const struct pxe_conf_schema *schema, const char *file, struct pxe_arena *arena,
    void *out, struct pxe_diag *diag)
{
	struct pxe_conf_source src;
	struct loader ld = {.src = &src, .arena = arena, .diag = diag};
	int err = pxe_conf_source_load(&src, file, diag);

	if (err == 0)
		err = load_source(&ld, schema, out);
	pxe_conf_source_fini(&src);
	return err;
}

int pxe_conf_load_string(const struct pxe_conf_schema *schema, const char *name, const char *text,
    struct pxe_arena *arena, void *out, struct pxe_diag *diag)
{
	struct pxe_conf_source src;
	struct loader ld = {.src = &src, .arena = arena, .diag = diag};
	int err = pxe_conf_source_string(&src, name, text, diag);

	if (err == 0)
		err = load_source(&ld, schema, out);
	pxe_conf_source_fini(&src);
	return err;
}
