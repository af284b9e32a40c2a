/* SPDX-License-Identifier: BSD-2-Clause */
/* diag_text.c -- a finding in the three lines that ISC dhcpd prints. */
#include <string.h>

#include "dhcpd/conf/model.h"
#include "libpxecommon/base/str.h"

/* Tabs stay: the caret line repeats their effect. */
static void add_safe(struct pxe_text *t, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		pxe_text_addc(t, (c < ' ' && c != '\t') || c == 0x7f ? '?' : s[i]);
	}
}

/* Blanks as wide as the first n bytes of the line, with tab stops every eight columns. */
static void add_indent(struct pxe_text *t, const char *line, size_t n)
{
	size_t column = 0;

	for (size_t i = 0; i < n && line[i] != '\0'; i++) {
		do {
			pxe_text_addc(t, ' ');
			column++;
		} while (line[i] == '\t' && column % 8 != 0);
	}
}

char *conf_diag_text(const struct pxe_diag_entry *e, char *buf, size_t cap)
{
	struct pxe_text t = pxe_text_init(buf, cap);

	if (e->file != NULL && e->line > 0) {
		add_safe(&t, e->file, strlen(e->file));
		pxe_text_addf(&t, " line %u: ", e->line);
	}
	add_safe(&t, e->text, strlen(e->text));
	if (e->source != NULL) {
		pxe_text_addc(&t, '\n');
		add_safe(&t, e->source, strlen(e->source));
		if (e->column > 0) {
			pxe_text_addc(&t, '\n');
			add_indent(&t, e->source, e->column - 1);
			pxe_text_addc(&t, '^');
		}
	}
	return buf;
}
