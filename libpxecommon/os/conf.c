/* SPDX-License-Identifier: BSD-2-Clause */
/* conf.c -- the settings of one table: their defaults, and what flags make of them. */
#include "libpxecommon/os/conf.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"
#include "libpxecommon/os/conf_value.h"

enum { NAMES_MAX = 128 };

const char *const pxe_conf_log_levels[] = {"error", "warning", "notice", "info", "debug", NULL};
const char *const pxe_conf_log_targets[] = {"auto", "stderr", "syslog", "both", NULL};

static void *field(void *out, const struct pxe_conf_row *row)
{
	return (char *)out + row->offset;
}

const struct pxe_conf_row *pxe_conf_row_find(
    const struct pxe_conf_schema *schema, const char *name, size_t len)
{
	for (size_t i = 0; i < schema->nrow; i++) {
		if (strncmp(schema->row[i].name, name, len) == 0 &&
		    schema->row[i].name[len] == '\0')
			return &schema->row[i];
	}
	return NULL;
}

int pxe_conf_defaults(const struct pxe_conf_schema *schema, struct pxe_arena *arena, void *out)
{
	struct pxe_diag diag;
	int err = 0;

	memset(out, 0, schema->size);
	pxe_diag_init(&diag);
	for (size_t i = 0; i < schema->nrow && err == 0; i++) {
		const struct pxe_conf_row *row = &schema->row[i];
		struct pxe_conf_value value = {.kind = PXE_CONF_KIND_TEXT, .s = row->def};
		struct pxe_conf_place at = {.label = row->name};

		if (row->type == PXE_CONF_GROUP)
			err = pxe_conf_defaults(row->sub, arena, field(out, row));
		else if (row->def != NULL)
			err = pxe_conf_value_store(row, &value, &at, arena, field(out, row), &diag);
		assert(err != PXE_E_CONFIG); /* a default that its own row refuses */
	}
	pxe_diag_fini(&diag);
	return err;
}

void pxe_conf_unknown(const struct pxe_conf_place *at, const struct pxe_conf_schema *schema,
    const char *name, struct pxe_diag *diag)
{
	const char *names[NAMES_MAX];
	const char *near = NULL;
	char list[512];
	struct pxe_text t = pxe_text_init(list, sizeof(list));
	size_t n = 0;

	for (; n < schema->nrow && n < NAMES_MAX; n++) {
		names[n] = schema->row[n].name;
		pxe_text_addf(&t, "%s%s", n > 0 ? ", " : "", names[n]);
	}
	near = pxe_nearest_word(name, names, n);
	if (near != NULL)
		(void)pxe_conf_complain(
		    at, diag, "unknown-setting", "is not a setting; did you mean \"%s\"?", near);
	else
		(void)pxe_conf_complain(at, diag, "unknown-setting",
		    "is not a setting; there are: %s%s", list, t.truncated ? "..." : "");
}

int pxe_conf_set(const struct pxe_conf_schema *schema, const char *name, const char *value,
    const char *what, struct pxe_arena *arena, void *out, struct pxe_diag *diag)
{
	struct pxe_conf_value v = {.kind = PXE_CONF_KIND_TEXT, .s = value};
	struct pxe_conf_place at = {.label = what};
	const struct pxe_conf_row *row = NULL;
	const char *dot = NULL;

	while ((dot = strchr(name, '.')) != NULL) {
		row = pxe_conf_row_find(schema, name, (size_t)(dot - name));
		if (row == NULL || row->type != PXE_CONF_GROUP)
			break;
		schema = row->sub;
		out = field(out, row);
		name = dot + 1;
	}
	row = pxe_conf_row_find(schema, name, strlen(name));
	if (row == NULL) {
		pxe_conf_unknown(&at, schema, name, diag);
		return PXE_E_CONFIG;
	}
	return pxe_conf_value_store(row, &v, &at, arena, field(out, row), diag);
}
