/* SPDX-License-Identifier: BSD-2-Clause */
/* diag.c -- findings about a configuration. */
#include "libpxecommon/base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/str.h"

enum { SOURCE_MAX = 1024 }; /* of a line that is kept for the caret */

void pxe_diag_init(struct pxe_diag *d)
{
	*d = (struct pxe_diag){0};
}

static void entry_fini(struct pxe_diag_entry *e)
{
	free(e->file);
	free(e->code);
	free(e->text);
	free(e->source);
}

void pxe_diag_fini(struct pxe_diag *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->n; i++)
		entry_fini(&d->v[i]);
	free(d->v);
	pxe_diag_init(d);
}

/* A copy of s, and of the first line of source; NULL stays NULL. False when out of memory. */
static bool copy(char **out, const char *s)
{
	*out = s != NULL ? strdup(s) : NULL;
	return s == NULL || *out != NULL;
}

static bool copy_line(char **out, const char *source)
{
	size_t len = source != NULL ? strcspn(source, "\r\n") : 0;

	*out = source != NULL ? strndup(source, len < SOURCE_MAX ? len : SOURCE_MAX) : NULL;
	return source == NULL || *out != NULL;
}

static bool make_room(struct pxe_diag *d)
{
	size_t cap = d->cap > 0 ? d->cap * 2 : 8;
	struct pxe_diag_entry *v = NULL;

	if (d->n == PXE_DIAG_MAX)
		return false;
	if (d->n < d->cap)
		return true;
	v = reallocarray(d->v, cap, sizeof(*v));
	if (v == NULL)
		return false;
	d->v = v;
	d->cap = cap;
	return true;
}

void pxe_diag_add(struct pxe_diag *d, enum pxe_diag_level level, const char *file, unsigned line,
    unsigned column, const char *code, const char *source, const char *fmt, ...)
{
	struct pxe_diag_entry e = {.level = level, .line = line, .column = column};
	bool ok = make_room(d);
	va_list ap;

	d->errors += level == PXE_DIAG_ERROR;
	if (!ok) {
		d->dropped++;
		return;
	}
	va_start(ap, fmt);
	if (vasprintf(&e.text, fmt, ap) < 0)
		e.text = NULL;
	va_end(ap);
	ok = e.text != NULL && copy(&e.file, file) && copy(&e.code, code) &&
	     copy_line(&e.source, source);
	if (ok) {
		d->v[d->n++] = e;
	} else {
		entry_fini(&e);
		d->dropped++;
	}
}

char *pxe_diag_str(const struct pxe_diag_entry *e, char *buf, size_t cap)
{
	struct pxe_text t = pxe_text_init(buf, cap);

	if (e->file != NULL) {
		pxe_text_add(&t, e->file);
		if (e->line > 0)
			pxe_text_addf(&t, ":%u", e->line);
		if (e->line > 0 && e->column > 0)
			pxe_text_addf(&t, ":%u", e->column);
		pxe_text_add(&t, ": ");
	}
	pxe_text_add(&t, e->level == PXE_DIAG_ERROR ? "error: " : "warning: ");
	pxe_text_add(&t, e->text);
	return buf;
}
