/* SPDX-License-Identifier: BSD-2-Clause */
/* map.c -- read a map file. */
#include "tftpd/core/map.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "tftpd/core/map_rule.h"

struct reader {
	struct map *map;
	struct pxe_diag *diag;
	const char *file;
	unsigned line;
	const char *text; /* of the line, NUL-terminated */
	const char *at;
	int err;
};

#define SAY(r, level, code, ...)                                                                   \
	pxe_diag_add((r)->diag, level, (r)->file, (r)->line, (unsigned)((r)->at - (r)->text) + 1,  \
	    code, (r)->text, __VA_ARGS__)

static const struct {
	char letter;
	unsigned flag;
} letters[] = {
    {'r', RULE_REWRITE},
    {'g', RULE_GLOBAL},
    {'e', RULE_EXIT},
    {'E', RULE_EXIT_IF_OK},
    {'s', RULE_RESTART},
    {'a', RULE_REFUSE},
    {'j', RULE_JUMP},
    {'~', RULE_INVERT},
    {'i', RULE_ICASE},
    {'G', RULE_READ},
    {'P', RULE_WRITE},
    {'4', RULE_IPV4},
    {'6', RULE_IPV6},
};

/* Letters that contradict each other. tftp-hpa 5.2 took those of the second kind and let one of
 * them win, so files that have them must go on working. */
static const struct {
	unsigned a, b;
	const char *text;
	enum pxe_diag_level level;
} clashes[] = {
    {RULE_REWRITE, RULE_INVERT, "r and ~: there is no match to replace", PXE_DIAG_ERROR},
    {RULE_REWRITE, RULE_JUMP, "r and j both use the pattern", PXE_DIAG_ERROR},
    {RULE_REFUSE, RULE_JUMP, "a and j both use the pattern", PXE_DIAG_ERROR},
    {RULE_EXIT, RULE_JUMP, "e and j", PXE_DIAG_ERROR},
    {RULE_EXIT, RULE_EXIT_IF_OK, "e and E", PXE_DIAG_ERROR},
    {RULE_EXIT_IF_OK, RULE_JUMP, "E and j", PXE_DIAG_ERROR},
    {RULE_REFUSE, RULE_EXIT_IF_OK, "a and E", PXE_DIAG_ERROR},
    {RULE_EXIT_IF_OK, RULE_RESTART, "E and s", PXE_DIAG_ERROR},
    {RULE_RESTART, RULE_JUMP, "s and j", PXE_DIAG_ERROR},
    {RULE_REWRITE, RULE_REFUSE, "r and a: a wins", PXE_DIAG_WARNING},
    {RULE_REFUSE, RULE_RESTART, "a and s: a wins", PXE_DIAG_WARNING},
    {RULE_REFUSE, RULE_EXIT, "a and e: a wins", PXE_DIAG_WARNING},
    {RULE_EXIT, RULE_RESTART, "e and s: e wins", PXE_DIAG_WARNING},
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/* The next field: up to a blank or '#' that no backslash keeps. Backslashes stay, for whoever reads
 * the field next. False at the end of the line. */
static bool field(struct reader *r, char out[MAP_FIELD_MAX])
{
	size_t n = 0;
	bool kept = false;

	while (is_blank(*r->at))
		r->at++;
	while (*r->at != '\0' && (kept || (!is_blank(*r->at) && *r->at != '#'))) {
		kept = !kept && *r->at == '\\';
		if (n + 1 >= MAP_FIELD_MAX) {
			SAY(r, PXE_DIAG_ERROR, "map-field", "longer than %d bytes",
			    MAP_FIELD_MAX - 1);
			r->err = PXE_E_CONFIG;
			return false;
		}
		out[n++] = *r->at++;
	}
	out[n] = '\0';
	return n > 0;
}

static unsigned letter_flag(char c)
{
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (letters[i].letter == c)
			return letters[i].flag;
	return 0;
}

static unsigned read_operation(struct reader *r, const char *op)
{
	unsigned flags = 0;

	for (const char *p = op; *p != '\0'; p++) {
		unsigned flag = letter_flag(*p);

		if (flag == 0) {
			SAY(r, PXE_DIAG_ERROR, "map-operation",
			    "operation \"%s\" has an unknown letter '%c'; there are r g e E s a j "
			    "~ i G P 4 6",
			    op, *p >= 0x20 && *p < 0x7f ? *p : '?');
			r->err = PXE_E_CONFIG;
		}
		if (flag == RULE_GLOBAL && (flags & RULE_GLOBAL) != 0)
			flag = RULE_EACH;
		flags |= flag;
	}
	for (size_t i = 0; i < sizeof(clashes) / sizeof(clashes[0]); i++) {
		if ((flags & clashes[i].a) == 0 || (flags & clashes[i].b) == 0)
			continue;
		SAY(r, clashes[i].level, "map-operation", "operation \"%s\" has %s", op,
		    clashes[i].text);
		if (clashes[i].level == PXE_DIAG_ERROR)
			r->err = PXE_E_CONFIG;
	}
	return flags;
}

static void *grow(void *v, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap == 0 ? 16 : *cap * 2;
	void *p;

	if (n < *cap)
		return v;
	p = realloc(v, more * size);
	if (p != NULL)
		*cap = more;
	return p;
}

static int add_label(struct reader *r, const char *name)
{
	struct map *m = r->map;
	struct map_label *v;

	if (map_find_label(m, name) != SIZE_MAX) {
		SAY(r, PXE_DIAG_ERROR, "map-label", "label %s is there already", name);
		return PXE_E_CONFIG;
	}
	v = grow(m->label, m->nlabel, &m->label_cap, sizeof(*v));
	if (v == NULL)
		return -ENOMEM;
	m->label = v;
	v[m->nlabel] = (struct map_label){.name = strdup(name), .rule = m->nrule, .line = r->line};
	if (v[m->nlabel].name == NULL)
		return -ENOMEM;
	m->nlabel++;
	return 0;
}

static int add_rule(struct reader *r, unsigned flags, const char *regex, const char *pattern)
{
	struct map *m = r->map;
	struct map_rule *v;
	char why[128];
	int rc;

	if (m->nrule >= MAP_RULES_MAX) {
		SAY(r, PXE_DIAG_ERROR, "map-rules", "more than %d rules", MAP_RULES_MAX);
		return PXE_E_LIMIT;
	}
	v = grow(m->rule, m->nrule, &m->cap, sizeof(*v));
	if (v == NULL)
		return -ENOMEM;
	m->rule = v;
	v += m->nrule;
	*v = (struct map_rule){.flags = flags, .line = r->line, .pattern = strdup(pattern)};
	if (v->pattern == NULL)
		return -ENOMEM;
	rc = regcomp(&v->regex, regex, REG_EXTENDED | ((flags & RULE_ICASE) != 0 ? REG_ICASE : 0));
	if (rc != 0) {
		(void)regerror(rc, &v->regex, why, sizeof(why));
		SAY(r, PXE_DIAG_ERROR, "map-regex", "bad regular expression \"%s\": %s", regex,
		    why);
		free(v->pattern);
		return PXE_E_CONFIG;
	}
	m->nrule++;
	return 0;
}

static int read_line(struct reader *r)
{
	char op[MAP_FIELD_MAX], regex[MAP_FIELD_MAX], pattern[MAP_FIELD_MAX];
	unsigned flags;

	r->err = 0;
	if (!field(r, op))
		return r->err;
	if (op[0] == ':') {
		if (op[1] != '\0')
			return add_label(r, op + 1);
		SAY(r, PXE_DIAG_ERROR, "map-label", "a label needs a name");
		return PXE_E_CONFIG;
	}
	flags = read_operation(r, op);
	if (!field(r, regex)) {
		if (r->err == 0)
			SAY(r, PXE_DIAG_ERROR, "map-regex", "a regular expression must follow %s",
			    op);
		return PXE_E_CONFIG;
	}
	if (!field(r, pattern))
		pattern[0] = '\0';
	return r->err != 0 ? r->err : add_rule(r, flags, regex, pattern);
}

/* A jump whose target does not depend on the name can be checked now. */
static int check_jumps(struct reader *r)
{
	int err = 0;

	for (size_t i = 0; i < r->map->nrule; i++) {
		const struct map_rule *rule = &r->map->rule[i];

		if ((rule->flags & RULE_JUMP) == 0 || strchr(rule->pattern, '\\') != NULL ||
		    map_find_label(r->map, rule->pattern) != SIZE_MAX)
			continue;
		pxe_diag_add(r->diag, PXE_DIAG_ERROR, r->file, rule->line, 0, "map-label", NULL,
		    "there is no label %s to jump to", rule->pattern);
		err = PXE_E_CONFIG;
	}
	return err;
}

int map_parse(
    const char *text, size_t len, const char *name, struct pxe_diag *diag, struct map **out)
{
	struct reader r = {.map = calloc(1, sizeof(*r.map)), .diag = diag, .file = name};
	const char *end = text + len;
	int worst = 0, rc;

	if (r.map == NULL)
		return -ENOMEM;
	while (text < end && worst != -ENOMEM && worst != PXE_E_LIMIT) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((eol != NULL ? eol : end) - text);
		char *line = strndup(text, n);

		if (line == NULL) {
			worst = -ENOMEM;
			break;
		}
		r.line++;
		r.text = r.at = line;
		rc = read_line(&r);
		worst = rc != 0 ? rc : worst;
		free(line);
		text = eol != NULL ? eol + 1 : end;
	}
	rc = check_jumps(&r);
	worst = worst == 0 ? rc : worst;
	if (worst != 0) {
		map_free(r.map);
		return worst == -ENOMEM ? worst : PXE_E_CONFIG;
	}
	*out = r.map;
	return 0;
}

void map_free(struct map *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->nrule; i++) {
		regfree(&m->rule[i].regex);
		free(m->rule[i].pattern);
	}
	for (size_t i = 0; i < m->nlabel; i++)
		free(m->label[i].name);
	free(m->rule);
	free(m->label);
	free(m);
}

size_t map_rules(const struct map *m)
{
	return m->nrule;
}

size_t map_find_label(const struct map *m, const char *name)
{
	for (size_t i = 0; i < m->nlabel; i++)
		if (strcmp(m->label[i].name, name) == 0)
			return m->label[i].rule;
	return SIZE_MAX;
}
