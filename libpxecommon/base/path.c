/* SPDX-License-Identifier: BSD-2-Clause */
/* path.c -- normal form of names that strangers ask for. */
#include "libpxecommon/base/path.h"

#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"

enum { COMPONENT_MAX = 255 }; /* NAME_MAX of every file system we know */

struct normal {
	char *out;
	size_t cap, len; /* components joined by '/', not terminated */
	bool wants_dir;  /* the name ended in '/', "." or ".." */
};

static bool is_separator(char c, unsigned flags)
{
	return c == '/' || (c == '\\' && (flags & PXE_PATH_BACKSLASH) != 0);
}

static int pop(struct normal *n)
{
	if (n->len == 0)
		return PXE_E_TRAVERSAL;
	while (n->len > 0 && n->out[n->len - 1] != '/')
		n->len--;
	if (n->len > 0)
		n->len--;
	return 0;
}

static int push(struct normal *n, const char *component, size_t len)
{
	size_t slash = n->len > 0 ? 1 : 0;

	if (len > COMPONENT_MAX || n->cap - n->len <= slash + len)
		return PXE_E_TOOBIG;
	if (slash > 0)
		n->out[n->len++] = '/';
	memcpy(n->out + n->len, component, len);
	n->len += len;
	return 0;
}

static int add_component(struct normal *n, const char *c, size_t len)
{
	n->wants_dir = true;
	if (len == 0 || (len == 1 && c[0] == '.'))
		return 0;
	if (len == 2 && c[0] == '.' && c[1] == '.')
		return pop(n);
	n->wants_dir = false;
	return push(n, c, len);
}

static int finish(struct normal *n, unsigned flags)
{
	if (n->len == 0)
		n->out[n->len++] = '.';
	else if (n->wants_dir && (flags & PXE_PATH_KEEP_SLASH) != 0)
		n->out[n->len++] = '/';
	if (n->len >= n->cap)
		return PXE_E_TOOBIG;
	n->out[n->len] = '\0';
	return (int)n->len;
}

int pxe_path_normalise(const char *name, size_t len, unsigned flags, char *out, size_t cap)
{
	struct normal n = {.out = out, .cap = cap};
	size_t start = 0;
	int err = 0;

	if (cap < 2)
		return PXE_E_TOOBIG;
	if (len > 0 && memchr(name, '\0', len) != NULL)
		return PXE_E_SYNTAX;
	for (size_t i = 0; i <= len && err == 0; i++) {
		if (i < len && !is_separator(name[i], flags))
			continue;
		/* i == len with an empty name: there is nothing to point at */
		err = add_component(&n, len > 0 ? name + start : "", i - start);
		start = i + 1;
	}
	return err != 0 ? err : finish(&n, flags);
}

/* The byte that the escape at in[0..left) stands for, or PXE_E_SYNTAX. */
static int unescape(const char *in, size_t left)
{
	int hi = left >= 3 ? pxe_hex_value(in[1]) : -1;
	int lo = left >= 3 ? pxe_hex_value(in[2]) : -1;

	if (hi < 0 || lo < 0)
		return PXE_E_SYNTAX;
	/* "%2f" is data and not a separator (RFC 3986 2.2), and no file name holds one. */
	if ((hi << 4 | lo) == '\0' || (hi << 4 | lo) == '/')
		return PXE_E_SYNTAX;
	return hi << 4 | lo;
}

int pxe_path_percent_decode(const char *in, size_t len, char *out, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		int c = in[i] == '%' ? unescape(in + i, len - i) : (unsigned char)in[i];

		if (c <= 0)
			return PXE_E_SYNTAX;
		if (n + 1 >= cap)
			return PXE_E_TOOBIG;
		out[n++] = (char)c;
		i += in[i] == '%' ? 2 : 0;
	}
	if (cap == 0)
		return PXE_E_TOOBIG;
	out[n] = '\0';
	return (int)n;
}

bool pxe_path_has_dotfile(const char *path)
{
	if (strcmp(path, ".") == 0 || strcmp(path, "./") == 0)
		return false;
	for (const char *c = path; c != NULL && *c != '\0'; c = strchr(c, '/')) {
		c += *c == '/' ? 1 : 0;
		if (*c == '.')
			return true;
	}
	return false;
}
