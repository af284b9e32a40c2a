/* SPDX-License-Identifier: BSD-2-Clause */
/* template.c -- see template.h. */
#include "httpfsd/core/template.h"

#include <stdarg.h>
#include <stdio.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/path.h"

enum { PATH_CAP = 4096 };

struct run {
	const struct template_env *env;
	struct pxe_text *out;
	char *why;
	size_t cap;
	unsigned depth, includes;
};

/* Where we are in one file. */
struct place {
	const char *path;
	unsigned line;
};

static int expand(struct run *r, const char *path, struct slice text);

__attribute__((format(printf, 4, 5))) static int fail(
    struct run *r, const struct place *at, int err, const char *fmt, ...)
{
	char what[400];
	struct pxe_text t = pxe_text_init(r->why, r->cap);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	pxe_text_add_escaped(&t, at->path, strlen(at->path));
	pxe_text_addf(&t, ":%u: ", at->line);
	pxe_text_add_escaped(&t, what, strlen(what));
	return err;
}

static bool is_name(const char *s)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";

	return s[0] != '\0' && s[strspn(s, allowed)] == '\0';
}

/* FILE as written in the file at path, to a path below the mount. */
static int resolve(const char *path, const char *file, char out[PATH_CAP])
{
	const char *slash = strrchr(path, '/');
	size_t folder = file[0] == '/' || slash == NULL ? 0 : (size_t)(slash - path) + 1;
	char joined[PATH_CAP];
	int n = snprintf(joined, sizeof(joined), "%.*s%s", (int)folder, path, file);

	if (n < 0 || (size_t)n >= sizeof(joined))
		return PXE_E_TOOBIG;
	n = pxe_path_normalise(joined, (size_t)n, 0, out, PATH_CAP);
	return n < 0 ? n : 0;
}

static int include(struct run *r, const struct place *at, const char *file)
{
	char path[PATH_CAP];
	struct slice text = {0};
	int err = resolve(at->path, file, path);

	if (err != 0)
		return fail(r, at, err, "cannot include %s: %s", file, pxe_strerror(err));
	if (r->depth >= TEMPLATE_DEPTH_MAX)
		return fail(r, at, PXE_E_LIMIT, "files include each other more than %d deep",
		    TEMPLATE_DEPTH_MAX);
	if (++r->includes > TEMPLATE_INCLUDES_MAX)
		return fail(
		    r, at, PXE_E_LIMIT, "more than %d files included", TEMPLATE_INCLUDES_MAX);
	err = r->env->include(r->env->arg, path, &text);
	if (err != 0)
		return fail(r, at, err, "cannot include %s: %s", path, pxe_strerror(err));
	return expand(r, path, text);
}

/* What stands between the braces. */
static int put(struct run *r, const struct place *at, const char *name)
{
	const char *value = NULL;

	if (strncmp(name, "include:", 8) == 0)
		return include(r, at, name + 8);
	if (!is_name(name))
		return fail(
		    r, at, PXE_E_SYNTAX, "${%s} is not understood; write $${ for ${ itself", name);
	value = r->env->value(r->env->arg, name);
	if (value == NULL)
		return fail(r, at, PXE_E_NOTFOUND,
		    "no value for ${%s} of this machine; write $${ for ${ itself", name);
	pxe_text_add(r->out, value);
	return 0;
}

/* p[0..len) begins with "${". *out_used: with the closing brace. */
static int take(struct run *r, const struct place *at, const char *p, size_t len, size_t *out_used)
{
	char name[TEMPLATE_NAME_MAX + 1];
	const char *end = memchr(p, '}', len), *lf = memchr(p, '\n', len);
	size_t n = end != NULL ? (size_t)(end - p) - 2 : 0;

	if (end == NULL || (lf != NULL && lf < end))
		return fail(
		    r, at, PXE_E_SYNTAX, "${ without } on its line; write $${ for ${ itself");
	if (n > TEMPLATE_NAME_MAX)
		return fail(r, at, PXE_E_LIMIT, "more than %d characters between ${ and }",
		    TEMPLATE_NAME_MAX);
	if (memchr(p, '\0', n + 2) != NULL)
		return fail(r, at, PXE_E_SYNTAX, "a zero byte between ${ and }");
	memcpy(name, p + 2, n);
	name[n] = '\0';
	*out_used = n + 3;
	return put(r, at, name);
}

static int expand(struct run *r, const char *path, struct slice text)
{
	struct place at = {.path = path, .line = 1};
	size_t i = 0;
	int err = 0;

	r->depth++;
	while (err == 0 && i < text.len) {
		const char *p = text.p + i;
		size_t left = text.len - i, used = 1;

		if (left >= 3 && memcmp(p, "$${", 3) == 0) {
			pxe_text_add(r->out, "${");
			used = 3;
		} else if (left >= 2 && memcmp(p, "${", 2) == 0) {
			err = take(r, &at, p, left, &used);
		} else {
			pxe_text_addc(r->out, *p);
			at.line += *p == '\n';
		}
		i += used;
		if (err == 0 && r->out->truncated)
			err = fail(r, &at, PXE_E_TOOBIG, "the answer becomes too large");
	}
	r->depth--;
	return err;
}

int template_expand(const char *path, struct slice text, const struct template_env *env,
    struct pxe_text *out, char *why, size_t cap)
{
	struct run r = {.env = env, .out = out, .why = why, .cap = cap};

	return expand(&r, path, text);
}
