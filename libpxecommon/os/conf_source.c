/* SPDX-License-Identifier: BSD-2-Clause */
/* conf_source.c -- text of a libconfig file with its @include lines replaced by what they name. */
#include "libpxecommon/os/conf_source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/os/sandbox.h"

/* Where libconfig's scanner would be: it knows @include outside of strings and comments only. */
enum state { CODE, BLOCK_COMMENT, STRING };

struct reader {
	struct pxe_conf_source *src;
	struct pxe_diag *diag;
	enum state state;
	struct pxe_conf_line opened; /* where the comment or string of state began */
	bool may_include;
};

static int expand_file(
    struct reader *r, const char *file, unsigned depth, unsigned from_file, unsigned from_line);

static int add_file(struct pxe_conf_source *src, const char *name)
{
	if (src->nfile == PXE_CONF_FILES_MAX)
		return PXE_E_LIMIT;
	src->file[src->nfile] = strdup(name);
	if (src->file[src->nfile] == NULL)
		return -ENOMEM;
	src->nfile++;
	return 0;
}

static int add_line(struct pxe_conf_source *src, struct pxe_conf_line at, const char *s, size_t n)
{
	if (src->len + n + 2 > PXE_CONF_TEXT_MAX)
		return PXE_E_LIMIT;
	if (src->len + n + 2 > src->cap) {
		size_t cap = 2 * (src->len + n + 2);
		char *p = realloc(src->text, cap);

		if (p == NULL)
			return -ENOMEM;
		src->text = p;
		src->cap = cap;
	}
	if (src->nline == src->line_cap) {
		size_t cap = src->line_cap > 0 ? 2 * src->line_cap : 64;
		struct pxe_conf_line *p = realloc(src->line, cap * sizeof(*p));

		if (p == NULL)
			return -ENOMEM;
		src->line = p;
		src->line_cap = cap;
	}
	memcpy(src->text + src->len, s, n);
	src->len += n;
	src->text[src->len++] = '\n';
	src->text[src->len] = '\0';
	src->line[src->nline++] = at;
	return 0;
}

static void complain(struct reader *r, struct pxe_conf_line at, const char *what, const char *why)
{
	pxe_diag_add(r->diag, PXE_DIAG_ERROR, r->src->file[at.file], at.line, 0, "include", NULL,
	    "%s: %s", what, why);
}

static bool is_digit(char c, int base)
{
	return (c >= '0' && c <= '9') ||
	       (base == 16 && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
}

static bool is_name(char c)
{
	return is_digit(c, 10) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       c == '*' || c == '.' || c == '-';
}

/* Length of the integer at s, 0 when there is none. *out_wide: it has no L but needs one.
 * PXE_E_RANGE when 64 bits do not hold it. */
static int match_integer(const char *s, size_t n, bool *out_wide)
{
	int base = n > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') ? 16 : 10;
	size_t start = base == 16 ? 2 : 0, i = start;
	uint64_t v = 0;

	for (; i < n && is_digit(s[i], base); i++) {
		uint64_t digit =
		    s[i] <= '9' ? (uint64_t)(s[i] - '0') : (uint64_t)((s[i] | 0x20) - 'a' + 10);

		if (v > (INT64_MAX - digit) / (uint64_t)base)
			return PXE_E_RANGE;
		v = v * (uint64_t)base + digit;
	}
	*out_wide = v > INT32_MAX && (i == n || (!is_name(s[i]) && s[i] != 'L'));
	return (int)(i > start ? i : 0);
}

/* Copy a line, adding the L that libconfig 1.5 needs to not cut an integer to 32 bits silently, and
 * follow strings and comments. out has room for the longest result. Its length, or PXE_E_RANGE. */
static ssize_t scan(enum state *state, const char *s, size_t n, char *out)
{
	size_t len = 0, step = 0;

	for (size_t i = 0; i < n; i += step) {
		char next = i + 1 < n ? s[i + 1] : '\0';
		bool wide = false;
		int digits = 0;

		step = 1;
		if (*state == CODE && (s[i] == '#' || (s[i] == '/' && next == '/'))) {
			break;
		} else if (*state == CODE && s[i] == '/' && next == '*') {
			*state = BLOCK_COMMENT;
			step = 2;
		} else if (*state == BLOCK_COMMENT && s[i] == '*' && next == '/') {
			*state = CODE;
			step = 2;
		} else if (*state == STRING && s[i] == '\\') {
			step = i + 1 < n ? 2 : 1;
		} else if (*state != BLOCK_COMMENT && s[i] == '"') {
			*state = *state == CODE ? STRING : CODE;
		} else if (*state == CODE && is_digit(s[i], 10) &&
			   (i == 0 || !is_name(s[i - 1]) || s[i - 1] == '-')) {
			digits = match_integer(s + i, n - i, &wide);
			if (digits < 0)
				return digits;
			step = (size_t)digits > 0 ? (size_t)digits : 1;
		}
		memcpy(out + len, s + i, step);
		len += step;
		if (wide)
			out[len++] = 'L';
	}
	return (ssize_t)len;
}

/* Length of a leading `@include "PATH"` with the path in out_path, 0 when the line has none. */
static size_t match_include(const char *s, size_t n, char out_path[PATH_MAX])
{
	static const char word[] = "@include";
	size_t i = 0, start = 0;

	while (i < n && (s[i] == ' ' || s[i] == '\t'))
		i++;
	if (n - i < sizeof(word) - 1 || memcmp(s + i, word, sizeof(word) - 1) != 0)
		return 0;
	i += sizeof(word) - 1;
	while (i < n && (s[i] == ' ' || s[i] == '\t'))
		i++;
	if (i == n || s[i] != '"')
		return 0;
	start = ++i;
	while (i < n && s[i] != '"')
		i++;
	if (i == n || i - start >= PATH_MAX)
		return 0;
	memcpy(out_path, s + start, i - start);
	out_path[i - start] = '\0';
	return i + 1;
}

static int include(struct reader *r, struct pxe_conf_line at, unsigned depth, const char *path)
{
	const char *from = r->src->file[at.file];
	const char *slash = strrchr(from, '/');
	char full[PATH_MAX];
	int n = 0;

	if (!r->may_include) {
		complain(r, at, "@include", "only a file can include another");
		return PXE_E_CONFIG;
	}
	if (depth == PXE_CONF_INCLUDE_DEPTH) {
		complain(r, at, path, "files are included too deeply, perhaps by each other");
		return PXE_E_CONFIG;
	}
	if (path[0] == '/' || slash == NULL)
		n = snprintf(full, sizeof(full), "%s", path);
	else
		n = snprintf(full, sizeof(full), "%.*s/%s", (int)(slash - from), from, path);
	if (n < 0 || (size_t)n >= sizeof(full)) {
		complain(r, at, path, "file name too long");
		return PXE_E_CONFIG;
	}
	return expand_file(r, full, depth + 1, at.file, at.line);
}

static int expand_line(
    struct reader *r, struct pxe_conf_line at, unsigned depth, const char *s, size_t n)
{
	char path[PATH_MAX];
	enum state was = CODE;
	size_t used = 0;
	ssize_t len = 0;
	char *copy = NULL;
	int err = 0;

	if (memchr(s, '\0', n) != NULL) {
		complain(r, at, "NUL byte", "this is not a text file");
		return PXE_E_CONFIG;
	}
	if (r->state == CODE)
		used = match_include(s, n, path);
	if (used > 0)
		err = include(r, at, depth, path);
	if (err != 0)
		return err;
	was = r->state;
	copy = malloc(2 * n + 1);
	if (copy == NULL)
		return -ENOMEM;
	len = scan(&r->state, s + used, n - used, copy);
	if (r->state != CODE && was == CODE)
		r->opened = at;
	if (len < 0) {
		complain(r, at, "number", "larger than 9223372036854775807");
		err = PXE_E_CONFIG;
	} else {
		err = add_line(r->src, at, copy, (size_t)len);
	}
	free(copy);
	return err;
}

static int expand_text(
    struct reader *r, unsigned file, unsigned depth, const char *text, size_t len)
{
	struct pxe_conf_line at = {.file = file, .line = 1};
	size_t off = 0;
	int err = 0;

	/* A byte order mark is a gift of some editors. */
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		off = 3;
	for (; off < len && err == 0; at.line++) {
		const char *end = memchr(text + off, '\n', len - off);
		size_t n = end != NULL ? (size_t)(end - (text + off)) : len - off;

		err = expand_line(r, at, depth, text + off, n);
		off += n + 1;
	}
	if (err == PXE_E_LIMIT)
		complain(r, at, "configuration", "larger than 4 MiB or 256 files");
	return err == PXE_E_LIMIT ? PXE_E_CONFIG : err;
}

/* Whole file, which may be a pipe, into a buffer the caller frees. */
static int read_all(const char *file, char **out, size_t *out_len)
{
	size_t cap = 16384, len = 0;
	char *buf = malloc(cap);
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = 0;
	int err = fd < 0 ? -errno : buf == NULL ? -ENOMEM : 0;

	while (err == 0 && (n = read(fd, buf + len, cap - len)) != 0) {
		char *p = buf;

		if (n < 0) {
			err = errno == EINTR ? 0 : -errno;
			continue;
		}
		len += (size_t)n;
		if (len > PXE_CONF_TEXT_MAX)
			err = -EFBIG;
		else if (len == cap && (p = realloc(buf, cap *= 2)) == NULL)
			err = -ENOMEM;
		else
			buf = p;
	}
	if (fd >= 0)
		(void)close(fd);
	if (err != 0) {
		free(buf);
		return err;
	}
	*out = buf;
	*out_len = len;
	return 0;
}

/* from_line 0: the outermost file. */
static int expand_file(
    struct reader *r, const char *file, unsigned depth, unsigned from_file, unsigned from_line)
{
	struct pxe_conf_line from = {.file = from_file, .line = from_line};
	char *text = NULL;
	size_t len = 0;
	int err = add_file(r->src, file);

	if (err != 0)
		return err;
	err = pxe_sandbox_why(read_all(file, &text, &len), file);
	if (err != 0 && from_line == 0) {
		pxe_diag_add(r->diag, PXE_DIAG_ERROR, file, 0, 0, "unreadable", NULL,
		    "cannot read it: %s", pxe_strerror(err));
		return err;
	}
	if (err != 0) {
		complain(r, from, file, pxe_strerror(err));
		return PXE_E_CONFIG;
	}
	err = expand_text(r, r->src->nfile - 1, depth, text, len);
	free(text);
	return err;
}

/* libconfig takes a comment that never ends for one that does, and so loses settings silently. */
static int finish(struct reader *r)
{
	if (r->state == CODE)
		return 0;
	complain(r, r->opened, r->state == STRING ? "string" : "comment",
	    "opened here and never closed");
	return PXE_E_CONFIG;
}

int pxe_conf_source_load(struct pxe_conf_source *src, const char *file, struct pxe_diag *diag)
{
	struct reader r = {.src = src, .diag = diag, .may_include = true};

	int err = 0;

	memset(src, 0, sizeof(*src));
	err = expand_file(&r, file, 0, 0, 0);
	return err != 0 ? err : finish(&r);
}

int pxe_conf_source_string(
    struct pxe_conf_source *src, const char *name, const char *text, struct pxe_diag *diag)
{
	struct reader r = {.src = src, .diag = diag};
	int err = 0;

	memset(src, 0, sizeof(*src));
	err = add_file(src, name);
	if (err == 0)
		err = expand_text(&r, 0, 0, text, strlen(text));
	return err != 0 ? err : finish(&r);
}

void pxe_conf_source_fini(struct pxe_conf_source *src)
{
	for (unsigned i = 0; i < src->nfile; i++)
		free(src->file[i]);
	free(src->text);
	free(src->line);
	memset(src, 0, sizeof(*src));
}

const char *pxe_conf_source_place(
    const struct pxe_conf_source *src, unsigned line, unsigned *out_line)
{
	if (line == 0 || src->nline == 0) {
		*out_line = 0;
		return src->nfile > 0 ? src->file[0] : NULL;
	}
	if (line > src->nline)
		line = (unsigned)src->nline; /* an error at the end of the text */
	*out_line = src->line[line - 1].line;
	return src->file[src->line[line - 1].file];
}
