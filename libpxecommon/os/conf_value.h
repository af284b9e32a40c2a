/* SPDX-License-Identifier: BSD-2-Clause */
/* conf_value.h -- one scalar of a configuration, checked against its row and stored.
 *
 * Private to os/conf.c and conf_file.c; shared by files, flags and defaults, so that all three
 * agree.
 */
#pragma once

#include "libpxecommon/os/conf.h"

enum pxe_conf_kind {
	PXE_CONF_KIND_BOOL,
	PXE_CONF_KIND_INT,
	PXE_CONF_KIND_FLOAT,
	PXE_CONF_KIND_STR,
	PXE_CONF_KIND_TEXT /* from a flag or default: whatever the row wants, written out */
};

struct pxe_conf_value {
	enum pxe_conf_kind kind;
	int64_t i; /* BOOL too */
	double f;
	const char *s;
};

/* Where a finding is and how the setting is called there. */
struct pxe_conf_place {
	const char *file; /* NULL for flags */
	unsigned line;
	const char *label; /* "\"listen\"" or "--listen" */
};

/* Check value against row (any type but GROUP and LIST) and store it at dst; STRS appends.
 * 0, -ENOMEM, or PXE_E_CONFIG with the finding in diag. */
int pxe_conf_value_store(const struct pxe_conf_row *row, const struct pxe_conf_value *value,
    const struct pxe_conf_place *at, struct pxe_arena *arena, void *dst, struct pxe_diag *diag);
/* Report what is wrong at a place; returns PXE_E_CONFIG. */
int pxe_conf_complain(const struct pxe_conf_place *at, struct pxe_diag *diag, const char *code,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The row called name (len bytes), NULL when there is none. */
const struct pxe_conf_row *pxe_conf_row_find(
    const struct pxe_conf_schema *schema, const char *name, size_t len);
/* Report a setting that no row knows, with the one it was perhaps meant to be. */
void pxe_conf_unknown(const struct pxe_conf_place *at, const struct pxe_conf_schema *schema,
    const char *name, struct pxe_diag *diag);
