/* SPDX-License-Identifier: BSD-2-Clause */
/* record_text.c -- variables and event programs of a lease as text. */
#include "dhcpd/core/record_text.h"

#include <inttypes.h>
#include <string.h>

#include "dhcpd/core/lease_text.h"

void record_put_var(struct pxe_text *t, const char *name, const struct setting_var *v)
{
	pxe_text_addf(t, "  set %s = ", name);
	if (v->is_num)
		pxe_text_addf(t, "%%%" PRIu64, v->num);
	else
		lease_text_put_string(t, v->value);
	pxe_text_add(t, ";\n");
}

void record_put_vars(struct pxe_text *t, const struct settings *s)
{
	for (size_t i = 0; i < s->nvar; i++) {
		const struct setting_var *last = settings_var(s, s->var[i].name);

		if (last == &s->var[i] && (last->is_num || last->value.p != NULL))
			record_put_var(t, last->name, last);
	}
}

static bool is_among(const char *word, const char *const list[])
{
	for (; *list != NULL; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

void record_keep_vars(
    struct pxe_text *t, const struct settings *s, struct pxe_bytes old, const char *const except[])
{
	struct scan scan = scan_init((const char *)old.p, old.len);

	for (;;) {
		struct scan_tok set = scan_next(&scan), name = scan_peek(&scan);
		char word[128];

		if (set.kind == SCAN_END || !scan_statement(&scan))
			return;
		if (name.kind != SCAN_WORD || name.len >= sizeof(word))
			continue;
		memcpy(word, name.p, name.len);
		word[name.len] = '\0';
		if (settings_var(s, word) != NULL || is_among(word, except))
			continue;
		pxe_text_add(t, "  ");
		pxe_text_addn(t, (const char *)old.p + set.start, scan.off - set.start);
		pxe_text_addc(t, '\n');
	}
}

void record_put_events(struct pxe_text *t, const struct settings *s)
{
	static const struct {
		unsigned bit;
		const char *word;
	} kinds[] = {{ON_EXPIRY, "expiry"}, {ON_RELEASE, "release"}};

	for (size_t i = 0; i < s->nevent; i++) {
		bool first = true;

		if ((s->event[i].on & (ON_EXPIRY | ON_RELEASE)) == 0)
			continue;
		pxe_text_add(t, "  on ");
		for (size_t k = 0; k < 2; k++) {
			if ((s->event[i].on & kinds[k].bit) == 0)
				continue;
			pxe_text_addf(t, "%s%s", first ? "" : " or ", kinds[k].word);
			first = false;
		}
		pxe_text_add(t, " {\n");
		stmt_text(s->event[i].body, 4, t);
		pxe_text_add(t, "  }\n");
	}
}
