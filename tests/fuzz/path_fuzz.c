/* SPDX-License-Identifier: BSD-2-Clause */
/* path_fuzz.c -- any name: what comes out is relative, inside the root, and normal.
 *
 * First byte: the flags (bits 0 and 1), and bit 2 for a URL that is decoded first. */
#undef NDEBUG /* a fuzz build is a release build */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No component is empty, "." or "..", or longer than any file system allows. */
static void expect_normal(const char *path, size_t len, unsigned flags)
{
	const char *c = path, *slash = NULL;

	assert(strlen(path) == len && len > 0);
	if (strcmp(path, ".") == 0)
		return;
	assert(path[0] != '/');
	if ((flags & PXE_PATH_BACKSLASH) != 0)
		assert(strchr(path, '\\') == NULL);
	for (;; c = slash + 1) {
		size_t n = 0;

		slash = strchr(c, '/');
		n = slash != NULL ? (size_t)(slash - c) : strlen(c);
		if (n == 0) {
			/* only behind a trailing slash, and only when it is kept */
			assert(slash == NULL && c > path && (flags & PXE_PATH_KEEP_SLASH) != 0);
			return;
		}
		assert(n <= 255);
		assert(!(n == 1 && c[0] == '.'));
		assert(!(n == 2 && c[0] == '.' && c[1] == '.'));
		if (slash == NULL)
			return;
	}
}

static void check_normalise(const char *name, size_t len, unsigned flags)
{
	char out[4096], again[4096];
	int n = pxe_path_normalise(name, len, flags, out, sizeof(out));
	char *exact = NULL;

	if (n < 0) {
		assert(n == PXE_E_TRAVERSAL || n == PXE_E_SYNTAX || n == PXE_E_TOOBIG);
		return;
	}
	expect_normal(out, (size_t)n, flags);
	(void)pxe_path_has_dotfile(out);
	/* what is normal stays as it is */
	assert(pxe_path_normalise(out, (size_t)n, flags, again, sizeof(again)) == n);
	assert(strcmp(out, again) == 0);
	/* memory of just the needed size is enough, provided that no longer path is passed on the
	 * way, and one byte less is not */
	exact = malloc((size_t)n + 1);
	assert(exact != NULL);
	if (pxe_path_normalise(name, len, flags, exact, (size_t)n + 1) >= 0)
		assert(strcmp(exact, out) == 0);
	assert(pxe_path_normalise(name, len, flags, exact, (size_t)n) == PXE_E_TOOBIG);
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char plain[4096];
	const char *name = NULL;
	int n = 0;

	if (size == 0)
		return 0;
	name = (const char *)data + 1;
	if ((data[0] & 4) == 0) {
		check_normalise(name, size - 1, data[0] & 3);
		return 0;
	}
	n = pxe_path_percent_decode(name, size - 1, plain, sizeof(plain));
	if (n < 0) {
		assert(n == PXE_E_SYNTAX || n == PXE_E_TOOBIG);
		return 0;
	}
	assert((size_t)n < size && strlen(plain) == (size_t)n);
	check_normalise(plain, (size_t)n, data[0] & 3);
	return 0;
}
