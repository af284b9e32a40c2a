/* SPDX-License-Identifier: BSD-2-Clause */
/* explain_rows.c -- lines of an explanation that both families have. */
#include <string.h>

#include "dhcpd/explain.h"

enum { WHERE_COLUMN = 56 };

void explain_row(FILE *out, const char *label, const char *value, const char *where)
{
	int n = fprintf(out, "  %-9s %s", label, value);

	if (where != NULL && where[0] != '\0')
		(void)fprintf(out, "%*s# %s", n < WHERE_COLUMN ? WHERE_COLUMN - n : 1, "", where);
	(void)fputc('\n', out);
}

void explain_row_at(
    FILE *out, const struct conf *conf, const char *label, const char *value, struct conf_pos pos)
{
	char where[EXPLAIN_WHERE_MAX];

	explain_row(out, label, value, conf_where(conf, pos, where, sizeof(where)));
}

/* Names are not looked up: that would be touching the network. */
void explain_names(FILE *out, const struct conf *conf)
{
	for (const struct conf_name *n = conf_names(conf); n != NULL; n = n->next) {
		char where[600];

		(void)fprintf(out, "%s: the name %s is not looked up here and has no address\n",
		    conf_where(conf, n->pos, where, sizeof(where)), n->name);
	}
}

void explain_classes(FILE *out, const struct conf *conf, const struct class_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct class_member *m = &set->v[i];
		char value[1024];
		struct pxe_text t = pxe_text_init(value, sizeof(value));

		explain_row_at(out, conf, "class", m->class->name, m->class->pos);
		if (m->subclass == NULL)
			continue;
		pxe_opt_text(NULL, NULL, m->subclass->value, &t);
		explain_row_at(out, conf, "subclass", value, m->subclass->pos);
	}
	if (set->n == 0)
		explain_row(out, "class", "none", NULL);
}

void explain_host(FILE *out, const struct conf *conf, const struct host *host, bool known)
{
	if (host == NULL) {
		explain_row(out, "host",
		    known ? "none that fits here, but the client is known"
			  : "none (an unknown client)",
		    NULL);
		return;
	}
	explain_row_at(out, conf, "host", host->name, host->pos);
	if (host->group_scope != NULL)
		explain_row_at(out, conf, "group", host->group, host->group_scope->pos);
}

void explain_option(const struct pxe_opt_registry *reg, const struct pxe_opt_space *space,
    const struct pxe_opt_def *def, unsigned code, struct pxe_bytes value, struct pxe_text *t)
{
	bool is_main = def == NULL || def->space == space;

	if (def != NULL)
		pxe_text_addf(
		    t, "%s%s%s ", is_main ? "" : def->space->name, is_main ? "" : ".", def->name);
	else
		pxe_text_addf(t, "unknown-%u ", code);
	pxe_opt_text(reg, def, value, t);
}

/* ---- what else happens ---- */

const struct fx *explain_find(const struct fx_list *fx, enum fx_kind kind)
{
	for (size_t i = 0; i < fx->n; i++)
		if (fx->v[i].kind == kind && fx->v[i].when != FX_IF_LOST)
			return &fx->v[i];
	return NULL;
}

void explain_none(FILE *out, const struct fx_list *fx, const char *line)
{
	const struct fx *e = explain_find(fx, FX_EVENT);
	size_t n = line != NULL ? strlen(line) : 0;
	const char *why = NULL;

	(void)fprintf(out, "no answer: %s\n",
	    e != NULL ? pxe_reason_text(e->event.reason) : "nothing was done");
	for (size_t i = 0; n > 0 && i < fx->n; i++) { /* "LINE: why" is what the log has */
		const struct fx_log *log = &fx->v[i].log;

		if (fx->v[i].kind == FX_LOG && strncmp(log->text, line, n) == 0 &&
		    strncmp(log->text + n, ": ", 2) == 0)
			why = log->text + n + 2;
	}
	if (why != NULL)
		explain_row(out, "log", why, e != NULL ? e->event.where : NULL);
	else if (e != NULL && e->event.where != NULL)
		explain_row(out, "decided", "", e->event.where);
	if (e != NULL && e->event.detail != NULL)
		explain_row(out, "detail", e->event.detail, NULL);
}

void explain_effects(FILE *out, const struct fx_list *fx, const char *line)
{
	for (size_t i = 0; i < fx->n; i++) {
		const struct fx *e = &fx->v[i];
		static char text[EXPLAIN_LINE_MAX];
		struct pxe_text t = pxe_text_init(text, sizeof(text));

		if (e->when == FX_IF_LOST)
			continue;
		if (e->kind == FX_LOG && !pxe_str_starts(e->log.text, line)) {
			explain_row(out, "log", e->log.text, NULL);
		} else if (e->kind == FX_EXEC) {
			for (char *const *a = e->exec.argv; *a != NULL; a++) {
				pxe_text_addf(&t, "%s\"", t.len > 0 ? " " : "");
				pxe_text_add_escaped(&t, *a, strlen(*a));
				pxe_text_addc(&t, '"');
			}
			explain_row(out, "runs", text, NULL);
		} else if (e->kind == FX_COMMIT) {
			explain_row(out, "lease", "is written to the lease file first", NULL);
		}
	}
}
