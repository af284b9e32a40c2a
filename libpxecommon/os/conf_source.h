/* SPDX-License-Identifier: BSD-2-Clause */
/* conf_source.h -- text of a libconfig file with its @include lines replaced by what they name.
 *
 * Private to os/conf.c. Done here and not by libconfig because its 1.5, which distributions carry,
 * ends the process when an included path is a directory, prefixes absolute paths, and resolves
 * nested ones against the outermost file.
 */
#pragma once

#include <stddef.h>

#include "libpxecommon/base/diag.h"

enum {
	PXE_CONF_TEXT_MAX = 4 << 20, /* bytes of all files together */
	PXE_CONF_INCLUDE_DEPTH = 10,
	PXE_CONF_FILES_MAX = 256
};

struct pxe_conf_line {
	unsigned file; /* index */
	unsigned line; /* from 1 */
};

struct pxe_conf_source {
	char *text; /* NUL-terminated */
	size_t len, cap;
	struct pxe_conf_line *line; /* where each line of text came from */
	size_t nline, line_cap;
	char *file[PXE_CONF_FILES_MAX];
	unsigned nfile;
};

/* Read file and what it includes (relative paths: to the file that includes). Findings go to diag.
 * 0, -errno when file itself cannot be read, or PXE_E_CONFIG. src needs fini in any case. */
int pxe_conf_source_load(struct pxe_conf_source *src, const char *file, struct pxe_diag *diag);
/* The same from memory, where including is an error. */
int pxe_conf_source_string(
    struct pxe_conf_source *src, const char *name, const char *text, struct pxe_diag *diag);
void pxe_conf_source_fini(struct pxe_conf_source *src);
/* Where line (from 1) of the text came from; the name is borrowed. */
const char *pxe_conf_source_place(
    const struct pxe_conf_source *src, unsigned line, unsigned *out_line);
