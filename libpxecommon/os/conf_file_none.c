/* SPDX-License-Identifier: BSD-2-Clause */
/* conf_file_none.c -- in place of conf_file.c and conf_source.c where there is no libconfig: a
 * file that is asked for is an error, and never passed over. */
#include <errno.h>

#include "libpxecommon/os/conf.h"

static int refuse(const char *file, struct pxe_diag *diag)
{
	pxe_diag_add(diag, PXE_DIAG_ERROR, file, 0, 0, "no-libconfig", NULL,
	    "this program was built without libconfig and reads no files; give the settings as "
	    "flags");
	return -ENOTSUP;
}

int pxe_conf_load(const struct pxe_conf_schema *schema, const char *file, struct pxe_arena *arena,
    void *out, struct pxe_diag *diag)
{
	(void)schema;
	(void)arena;
	(void)out;
	return refuse(file, diag);
}

int pxe_conf_load_string(const struct pxe_conf_schema *schema, const char *name, const char *text,
    struct pxe_arena *arena, void *out, struct pxe_diag *diag)
{
	(void)schema;
	(void)text;
	(void)arena;
	(void)out;
	return refuse(name, diag);
}
