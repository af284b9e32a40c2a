/* SPDX-License-Identifier: BSD-2-Clause */
/* template.h -- answer files with ${names} in them, filled for one machine. Pure.
 *
 * ${NAME} is replaced by its value, ${include:FILE} by FILE, filled in the same way; $${ stands for
 * ${ itself, which shell scripts inside answer files need. There are no expressions, and values are
 * not looked through again. Whatever is not understood is an error with its place: an answer file
 * with an empty string in it would install the wrong machine.
 */
#pragma once

#include "httpfsd/core/slice.h"
#include "libpxecommon/base/str.h"

enum {
	TEMPLATE_SIZE_MAX = 1 << 20, /* bytes of a file, and of the result */
	TEMPLATE_DEPTH_MAX = 8,      /* files that include each other */
	TEMPLATE_INCLUDES_MAX = 64,  /* in one answer */
	TEMPLATE_NAME_MAX = 255      /* bytes between the braces */
};

struct template_env {
	/* The value of name, NULL when there is none. Borrowed until template_expand returns. */
	const char *(*value)(void *arg, const char *name);
	/* The text of the file at path (normalised, below the mount), borrowed likewise. 0 or an
	 * error of base/err.h. */
	int (*include)(void *arg, const char *path, struct slice *out_text);
	void *arg;
};

/* Append text, which is the file at path, to out with everything filled in.
 *
 * FILE of an include is relative to the folder of the file it stands in, or to the mount when it
 * begins with '/'; it cannot leave the mount. Returns 0, PXE_E_NOTFOUND (unknown variable),
 * PXE_E_SYNTAX, PXE_E_LIMIT, PXE_E_TOOBIG (out is full), or what include gave; then why (of cap
 * bytes) says "FILE:LINE: what", and out holds something that must not be used. */
int template_expand(const char *path, struct slice text, const struct template_env *env,
    struct pxe_text *out, char *why, size_t cap);
