/* SPDX-License-Identifier: BSD-2-Clause */
/* map_run.c -- apply a map file's rules to a name. */
#include <stdint.h>
#include <string.h>

#include "libpxecommon/base/str.h"
#include "tftpd/core/map.h"
#include "tftpd/core/map_rule.h"

enum text_case { CASE_AS_IS, CASE_UPPER, CASE_LOWER };

struct run {
	const struct map *map;
	const struct map_env *env;
	unsigned left; /* rule evaluations */
	char name[MAP_NAME_MAX + 1];
	bool too_long;
};

static void trace(const struct run *run, const char *what, size_t rule, const char *name)
{
	char line[MAP_NAME_MAX * 4 + 64];
	struct pxe_text t = pxe_text_init(line, sizeof(line));

	if (run->env->trace == NULL)
		return;
	if (rule != SIZE_MAX)
		pxe_text_addf(&t, "rule %zu: ", rule);
	pxe_text_add(&t, what);
	if (name != NULL) {
		pxe_text_add(&t, ": ");
		pxe_text_add_escaped(&t, name, strlen(name));
	}
	run->env->trace(line, run->env->arg);
}

static void put(struct pxe_text *t, char c, enum text_case how)
{
	if (how == CASE_UPPER && c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	else if (how == CASE_LOWER && c >= 'A' && c <= 'Z')
		c = (char)(c - 'A' + 'a');
	pxe_text_addc(t, c);
}

static void putn(struct pxe_text *t, const char *s, size_t n, enum text_case how)
{
	for (size_t i = 0; i < n; i++)
		put(t, s[i], how);
}

static void put_hex(struct pxe_text *t, const struct pxe_ip *ip, enum text_case how)
{
	char hex[33];
	struct pxe_text h = pxe_text_init(hex, sizeof(hex));

	if (ip->family == 4)
		pxe_text_addf(&h, "%08X", ip->v4.v);
	else if (ip->family == 6)
		for (unsigned i = 0; i < 16; i++)
			pxe_text_addf(&h, "%02X", ip->v6.b[i]);
	putn(t, hex, h.len, how);
}

/* The pattern with its escapes filled in, behind what is in t. */
static void expand(struct pxe_text *t, const struct run *run, const char *pattern, const char *name,
    const regmatch_t *match)
{
	enum text_case how = CASE_AS_IS;
	char ip[PXE_IP_STRLEN];

	for (const char *p = pattern; *p != '\0'; p++) {
		if (*p != '\\' || p[1] == '\0') {
			put(t, *p, how);
			continue;
		}
		p++;
		switch (*p) {
		case 'i':
			pxe_ip_str(&run->env->client, ip);
			putn(t, ip, strlen(ip), how);
			break;
		case 'x':
			put_hex(t, &run->env->client, how);
			break;
		case 'U':
			how = CASE_UPPER;
			break;
		case 'L':
			how = CASE_LOWER;
			break;
		case 'E':
			how = CASE_AS_IS;
			break;
		default:
			if (*p < '0' || *p > '9')
				put(t, *p, how);
			else if (match[*p - '0'].rm_so >= 0)
				putn(t, name + match[*p - '0'].rm_so,
				    (size_t)(match[*p - '0'].rm_eo - match[*p - '0'].rm_so), how);
			break;
		}
	}
}

/* False when the result would be too long; the name is unchanged then. */
static bool keep(struct run *run, const struct pxe_text *t)
{
	if (t->truncated) {
		run->too_long = true;
		return false;
	}
	memcpy(run->name, t->p, t->len + 1);
	return true;
}

static bool replace(struct run *run, const struct map_rule *rule, const regmatch_t *match)
{
	char out[MAP_NAME_MAX + 1];
	struct pxe_text t = pxe_text_init(out, sizeof(out));

	pxe_text_addn(&t, run->name, (size_t)match[0].rm_so);
	expand(&t, run, rule->pattern, run->name, match);
	pxe_text_add(&t, run->name + match[0].rm_eo);
	return keep(run, &t);
}

/* gg: what was put in is not looked at again. */
static bool replace_each(struct run *run, const struct map_rule *rule, regmatch_t *match)
{
	char out[MAP_NAME_MAX + 1];
	struct pxe_text t = pxe_text_init(out, sizeof(out));
	const char *from = run->name;

	do {
		pxe_text_addn(&t, from, (size_t)match[0].rm_so);
		expand(&t, run, rule->pattern, from, match);
		from += match[0].rm_eo;
		if (match[0].rm_so == match[0].rm_eo) {
			if (*from == '\0')
				break;
			pxe_text_addc(&t, *from++);
		}
	} while (regexec(&rule->regex, from, MAP_GROUPS, match, REG_NOTBOL) == 0);
	pxe_text_add(&t, from);
	return keep(run, &t);
}

static bool matches(const struct run *run, const struct map_rule *rule, regmatch_t *match)
{
	bool hit = regexec(&rule->regex, run->name, MAP_GROUPS, match, 0) == 0;

	if ((rule->flags & RULE_INVERT) == 0)
		return hit;
	for (unsigned i = 0; i < MAP_GROUPS; i++)
		match[i].rm_so = match[i].rm_eo = -1;
	return !hit;
}

static bool applies(const struct run *run, const struct map_rule *rule)
{
	unsigned mode = rule->flags & (RULE_READ | RULE_WRITE);
	unsigned family = rule->flags & (RULE_IPV4 | RULE_IPV6);

	if (mode != 0 && (mode & (run->env->write ? RULE_WRITE : RULE_READ)) == 0)
		return false;
	return family == 0 ||
	       (family & (run->env->client.family == 6 ? RULE_IPV6 : RULE_IPV4)) != 0;
}

/* Rewrite as r, rg or rgg say. False: the limit is reached or the name has become too long. */
static bool rewrite(struct run *run, size_t i, regmatch_t *match)
{
	const struct map_rule *rule = &run->map->rule[i];
	bool ok = true, again = (rule->flags & RULE_GLOBAL) != 0;

	if ((rule->flags & RULE_EACH) != 0) {
		ok = replace_each(run, rule, match);
		again = false;
	} else {
		ok = replace(run, rule, match);
	}
	trace(run, "rewrite", i, run->name);
	while (ok && again && matches(run, rule, match)) {
		if (run->left == 0)
			return false;
		run->left--;
		ok = replace(run, rule, match);
		trace(run, "rewrite", i, run->name);
	}
	return ok;
}

static bool can_open(const struct run *run)
{
	return run->env->exists != NULL && run->env->exists(run->name, run->env->arg);
}

enum step { STEP_NEXT, STEP_DONE, STEP_RESTART, STEP_JUMP, STEP_REFUSE, STEP_FAIL };

/* As in 5.2 the text stands in place of the match, with the rest of the name around it; without a
 * pattern it is the standard one. */
static void refusal_text(
    const struct run *run, const struct map_rule *rule, const regmatch_t *match, struct pxe_text *t)
{
	if (rule->pattern[0] == '\0')
		return;
	if (match[0].rm_so > 0)
		pxe_text_addn(t, run->name, (size_t)match[0].rm_so);
	expand(t, run, rule->pattern, run->name, match);
	if (match[0].rm_eo >= 0)
		pxe_text_add(t, run->name + match[0].rm_eo);
}

/* text has MAP_NAME_MAX + 1 bytes: that of a refusal, or the label of a jump. */
static enum step run_rule(struct run *run, size_t i, char *text, size_t *out_target)
{
	const struct map_rule *rule = &run->map->rule[i];
	struct pxe_text t = pxe_text_init(text, MAP_NAME_MAX + 1);
	regmatch_t match[MAP_GROUPS];
	char before[MAP_NAME_MAX + 1];

	if (!matches(run, rule, match))
		return STEP_NEXT;
	if ((rule->flags & RULE_REFUSE) != 0) {
		refusal_text(run, rule, match, &t);
		trace(run, "abort", i, text);
		return STEP_REFUSE;
	}
	if ((rule->flags & RULE_JUMP) != 0) {
		expand(&t, run, rule->pattern, run->name, match);
		*out_target = map_find_label(run->map, text);
		trace(run, "jump", i, text);
		return *out_target == SIZE_MAX ? STEP_FAIL : STEP_JUMP;
	}
	memcpy(before, run->name, sizeof(before));
	if ((rule->flags & RULE_REWRITE) != 0 && !rewrite(run, i, match))
		return STEP_FAIL;
	if ((rule->flags & RULE_EXIT) != 0) {
		trace(run, "exit", i, NULL);
		return STEP_DONE;
	}
	if ((rule->flags & RULE_EXIT_IF_OK) != 0) {
		if (can_open(run)) {
			trace(run, "exit", i, NULL);
			return STEP_DONE;
		}
		memcpy(run->name, before, sizeof(before));
		trace(run, "not there, undone", i, run->name);
		return STEP_NEXT;
	}
	if ((rule->flags & RULE_RESTART) != 0) {
		trace(run, "restart", i, NULL);
		return STEP_RESTART;
	}
	return STEP_NEXT;
}

static enum map_verdict walk(struct run *run, char *out, unsigned *out_line)
{
	char before[MAP_NAME_MAX + 1];
	size_t i = 0;

	while (i < run->map->nrule) {
		size_t target = 0;
		enum step step = STEP_NEXT;

		if (applies(run, &run->map->rule[i])) {
			if (run->left == 0) {
				*out_line = run->map->rule[i].line;
				return MAP_LOOP;
			}
			run->left--;
			memcpy(before, run->name, sizeof(before));
			step = run_rule(run, i, out, &target);
			if (step != STEP_NEXT || strcmp(before, run->name) != 0)
				*out_line = run->map->rule[i].line;
		}
		switch (step) {
		case STEP_NEXT:
			i++;
			break;
		case STEP_RESTART:
			i = 0;
			break;
		case STEP_JUMP:
			i = target;
			break;
		case STEP_DONE:
			return MAP_NAME;
		case STEP_REFUSE:
			return MAP_REFUSE;
		case STEP_FAIL:
			return MAP_LOOP;
		}
	}
	return MAP_NAME;
}

enum map_verdict map_run(
    const struct map *m, const struct map_env *env, const char *name, char *out, unsigned *out_line)
{
	struct run run = {
	    .map = m, .env = env, .left = env->steps != 0 ? env->steps : MAP_STEPS_DEFAULT};
	enum map_verdict verdict;

	*out_line = 0;
	out[0] = '\0';
	if (pxe_str_copy(run.name, sizeof(run.name), name) != 0)
		return MAP_LOOP;
	trace(&run, "input", SIZE_MAX, run.name);
	verdict = walk(&run, out, out_line);
	if (verdict == MAP_NAME) {
		memcpy(out, run.name, sizeof(run.name));
		trace(&run, "done", SIZE_MAX, NULL);
	} else if (verdict == MAP_LOOP) {
		out[0] = '\0';
	}
	return verdict;
}
