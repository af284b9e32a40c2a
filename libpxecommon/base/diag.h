/* SPDX-License-Identifier: BSD-2-Clause */
/* diag.h -- what is wrong with a configuration: collected, not printed.
 *
 * A parser reports every finding here and goes on; the program prints them all at the end. One form
 * for dhcpd.conf, lease files and the libconfig files.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum pxe_diag_level { PXE_DIAG_WARNING, PXE_DIAG_ERROR };

struct pxe_diag_entry {
	enum pxe_diag_level level;
	char *file;            /* NULL when the finding has no place, e.g. a flag */
	unsigned line, column; /* from 1; 0 when unknown */
	char *code;   /* stable short name that can be silenced ("unknown-option"), or NULL */
	char *text;   /* one sentence: what is wrong and what is allowed */
	char *source; /* the source line (its first 1024 bytes), for a caret; or NULL */
};

struct pxe_diag {
	struct pxe_diag_entry *v;
	size_t n, cap;
	size_t errors;  /* entries of level ERROR */
	size_t dropped; /* findings past PXE_DIAG_MAX, or lost to lack of memory; errors still
			   counts them */
};
#define PXE_DIAG_MAX 200

void pxe_diag_init(struct pxe_diag *d);
void pxe_diag_fini(struct pxe_diag *d);
/* Add a finding. file, code, source are copied and may be NULL; source is copied up to the end of
 * its line, so it may point into the text of the whole file. */
void pxe_diag_add(struct pxe_diag *d, enum pxe_diag_level level, const char *file, unsigned line,
    unsigned column, const char *code, const char *source, const char *fmt, ...)
    __attribute__((format(printf, 8, 9)));
/* "FILE:LINE:COL: error: TEXT" (parts that are unknown left out) into buf; returns buf. */
char *pxe_diag_str(const struct pxe_diag_entry *e, char *buf, size_t cap);
