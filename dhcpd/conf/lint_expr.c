/* SPDX-License-Identifier: BSD-2-Clause */
/* lint_expr.c -- conditions that can never be true, and firmware that was forgotten. */
#include <string.h>

#include "dhcpd/conf/parse.h"

enum { OPT_ARCH = 93, OPT6_ARCH = 61, ARCH_EFI_BC = 7, ARCH_EFI_X64 = 9 };

struct seen {
	struct conf_pos pos; /* of the statement or class that is looked at */
	bool in_class;       /* matched before host and lease are known */
	bool arch[16];
	struct conf_pos arch_pos[16];
};

/* Bytes an expression always has; 0: that depends. */
static size_t exact_len(const struct expr *e)
{
	const struct pxe_opt_def *d = NULL;
	size_t n = 0;

	if (e->op == OP_ENCODE)
		return (size_t)e->num / 8;
	if (e->op != OP_OPTION)
		return 0;
	d = e->opt;
	if (d->array != PXE_OPT_SINGLE)
		return 0;
	for (unsigned i = 0; i < d->nfield; i++) {
		unsigned size = pxe_opt_type_size(d->field[i].type);

		if (size == 0 || d->field[i].optional)
			return 0;
		n += size;
	}
	return n;
}

/* Bytes an expression can have at most; SIZE_MAX: that depends. */
static size_t most_len(const struct expr *e)
{
	if (e->op == OP_SUBSTRING && e->arg[2]->op == OP_CONST_NUM)
		return (size_t)e->arg[2]->num;
	if (e->op == OP_SUFFIX && e->arg[1]->op == OP_CONST_NUM)
		return (size_t)e->arg[1]->num;
	return SIZE_MAX;
}

static bool is_hardware_start(const struct expr *e)
{
	if (e->op == OP_HARDWARE)
		return true;
	return e->op == OP_SUBSTRING && e->arg[0]->op == OP_HARDWARE &&
	       e->arg[1]->op == OP_CONST_NUM && e->arg[1]->num == 0;
}

static void lint_equal(
    struct parser *p, const struct expr *e, struct pxe_bytes value, struct seen *seen)
{
	size_t exact = exact_len(e), most = most_len(e);

	if (exact > 0 && exact != value.len)
		parse_warn(p, seen->pos, "never-equal",
		    "a value of %zu bytes never equals one of %zu; compare bytes like 00:09, or "
		    "use extract-int()",
		    exact, value.len);
	else if (value.len > most)
		parse_warn(p, seen->pos, "never-equal",
		    "%zu bytes that are cut out never equal a constant of %zu", most, value.len);
	else if (is_hardware_start(e) && value.len > 0 && value.p[0] != 1 && value.p[0] != 6 &&
		 value.p[0] != 32)
		parse_warn(p, seen->pos, "hardware-type",
		    "hardware begins with the type byte, 1 for Ethernet: compare with 1:%02x:..., "
		    "or "
		    "cut it off with substring(hardware, 1, ...)",
		    value.p[0]);
}

static bool is_arch(const struct pxe_opt_def *def)
{
	if (def->space == pxe_opt_space_dhcp())
		return def->code == OPT_ARCH;
	return def->code == OPT6_ARCH && strcmp(def->space->name, "dhcp6") == 0;
}

static void note_arch(const struct expr *e, const struct expr *value, struct seen *seen)
{
	struct pxe_bytes b;
	uint64_t n = UINT64_MAX;

	if (e->op == OP_EXTRACT)
		e = e->arg[0];
	if (e->op != OP_OPTION || !is_arch(e->opt))
		return;
	if (value->op == OP_CONST_NUM)
		n = value->num;
	else if (value->op == OP_ENCODE && value->arg[0]->op == OP_CONST_NUM)
		n = value->arg[0]->num;
	else if (expr_is_const(value, &b) && b.len == 2)
		n = (uint64_t)b.p[0] << 8 | b.p[1];
	if (n >= sizeof(seen->arch) || seen->arch[n])
		return;
	seen->arch[n] = true;
	seen->arch_pos[n] = seen->pos;
}

static void lint_expr(struct parser *p, const struct expr *e, struct seen *seen)
{
	struct pxe_bytes value;

	if (e == NULL)
		return;
	if (e->op == OP_EQ || e->op == OP_NE) {
		if (expr_is_const(e->arg[1], &value))
			lint_equal(p, e->arg[0], value, seen);
		else if (expr_is_const(e->arg[0], &value))
			lint_equal(p, e->arg[1], value, seen);
		note_arch(e->arg[0], e->arg[1], seen);
		note_arch(e->arg[1], e->arg[0], seen);
	}
	if (seen->in_class && (e->op == OP_KNOWN || e->op == OP_STATIC ||
				  e->op == OP_LEASED_ADDRESS || e->op == OP_HOST_DECL_NAME))
		parse_warn(p, seen->pos, "class-too-early",
		    "classes are matched before a host or lease is known, and so %s has no value "
		    "in "
		    "them",
		    e->op == OP_KNOWN            ? "known"
		    : e->op == OP_STATIC         ? "static"
		    : e->op == OP_LEASED_ADDRESS ? "leased-address"
						 : "host-decl-name");
	for (unsigned i = 0; i < e->narg; i++)
		lint_expr(p, e->arg[i], seen);
}

/* Conditions; a comparison that is only stored in a variable is looked at too. */
static void lint_stmt(struct parser *p, const struct stmt *s, void *arg)
{
	struct seen *seen = arg;

	seen->pos = s->pos;
	if (s->op == STMT_IF) {
		for (const struct stmt_branch *b = s->branch; b != NULL; b = b->next)
			lint_expr(p, b->cond, seen);
	} else if (s->op == STMT_SET) {
		lint_expr(p, s->set.value, seen);
	} else if (s->op == STMT_OPTION) {
		lint_expr(p, s->option.value, seen);
	}
}

/* Note, by index, which classes some `add` statement names. */
static void find_add(struct parser *p, const struct stmt *s, void *arg)
{
	bool *added = arg;

	if (s->op == STMT_ADD)
		added[conf_find_class(p->conf, s->class_name)->index] = true;
}

static void lint_class(struct parser *p, const struct class *cl, bool added, struct seen *seen)
{
	seen->pos = cl->pos;
	seen->in_class = true;
	lint_expr(p, cl->match_if, seen);
	lint_expr(p, cl->match, seen);
	seen->in_class = false;
	if (cl->match_if == NULL && cl->match == NULL && !added)
		parse_warn(p, cl->pos, "class-never",
		    "class \"%s\" has no match, spawn or add, and so no client is in it", cl->name);
}

void lint_expressions(struct parser *p)
{
	struct seen seen = {.in_class = false};
	bool *added = parse_alloc(p, p->conf->class.n + 1);

	if (added == NULL)
		return;
	lint_walk_all(p, find_add, added);
	for (size_t i = 0; i < p->conf->class.n; i++)
		lint_class(p, p->conf->class.v[i], added[i], &seen);
	lint_walk_all(p, lint_stmt, &seen);
	if (seen.arch[ARCH_EFI_X64] && !seen.arch[ARCH_EFI_BC])
		parse_warn(p, seen.arch_pos[ARCH_EFI_X64], "arch-7",
		    "most 64-bit UEFI firmware sends architecture 00:07, some 00:09; only 00:09 is "
		    "looked for");
}
