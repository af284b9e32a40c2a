/* SPDX-License-Identifier: BSD-2-Clause */
/* types.h -- media types by the end of a file's name. Pure.
 *
 * Boot firmware compares the whole string: application/efi has no parameter. Text has no charset
 * either, because nobody told us which it is.
 */
#pragma once

#include <stddef.h>

#include "httpfsd/core/slice.h"

struct type_rule {
	const char *suffix; /* ".efi", lower case */
	const char *type;
	bool is_packed; /* an archive, or compressed already */
};

/* A site's own rules come before the built-in ones. */
struct types {
	const struct type_rule *own;
	size_t nown;
	const char *fallback; /* NULL: application/octet-stream */
};

/* The type for a name or path: the longest suffix wins, case does not matter. Never NULL. */
const char *types_of(const struct types *t, const char *name);
/* Is a file of that name an archive or compressed already, by its suffix: then it is never given
 * out with a Content-Encoding, which clients would take off and then find another checksum. */
bool types_is_packed(const char *name);
/* Built-in rule i, NULL past the last; for the manual and tests. */
const struct type_rule *types_builtin(size_t i);
