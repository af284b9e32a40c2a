/* SPDX-License-Identifier: BSD-2-Clause */
/* path.h -- names asked for by clients, made safe before any file system sees them.
 *
 * Works on text only. The second fence is os/root.h, which opens below a directory descriptor;
 * either alone would hold.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
	PXE_PATH_BACKSLASH = 1, /* '\\' separates too (Windows loaders) */
	PXE_PATH_KEEP_SLASH = 2 /* a trailing '/' is kept: the client means a directory */
};

/* Resolve name[0..len) as if "/" were the root and write it relative, without a leading slash.
 *
 * Collapses "//" and ".", resolves ".." lexically; a ".." above the root is PXE_E_TRAVERSAL, a NUL
 * byte PXE_E_SYNTAX, a result or component (255 bytes) too long PXE_E_TOOBIG. The root itself is
 * ".". Never decodes anything: percent signs are ordinary here. Returns the length written to out
 * (a string of at most cap-1 bytes) or a negative error. */
int pxe_path_normalise(const char *name, size_t len, unsigned flags, char *out, size_t cap);

/* Undo percent-encoding exactly once (RFC 3986 2.1); '+' stays '+'. PXE_E_SYNTAX for a broken
 * escape, an encoded NUL or an encoded '/'; PXE_E_TOOBIG. Returns the length written. */
int pxe_path_percent_decode(const char *in, size_t len, char *out, size_t cap);

/* True when a component starts with '.' ("." of the root itself does not count). */
bool pxe_path_has_dotfile(const char *path);
