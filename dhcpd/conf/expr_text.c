/* SPDX-License-Identifier: BSD-2-Clause */
/* expr_text.c -- expressions as configuration text. */
#include "dhcpd/conf/expr_tree.h"

static bool is_plain(struct pxe_bytes b)
{
	for (size_t i = 0; i < b.len; i++) {
		if (b.p[i] < ' ' || b.p[i] > '~' || b.p[i] == '"' || b.p[i] == '\\')
			return false;
	}
	return true;
}

static void text_data(struct pxe_bytes b, struct pxe_text *out)
{
	if (is_plain(b)) {
		pxe_text_addc(out, '"');
		pxe_text_addn(out, (const char *)b.p, b.len);
		pxe_text_addc(out, '"');
		return;
	}
	pxe_text_add_hex(out, b.p, b.len, ':');
}

static void text_option(const struct expr *e, struct pxe_text *out)
{
	pxe_text_addf(out, "%s ", expr_op_text(e->op));
	if (e->opt->space != pxe_opt_space_dhcp())
		pxe_text_addf(out, "%s.", e->opt->space->name);
	pxe_text_add(out, e->opt->name);
}

static void text_args(const struct expr *e, const char *name, struct pxe_text *out)
{
	pxe_text_addf(out, "%s (", name);
	for (unsigned i = 0; i < e->narg; i++) {
		if (i > 0)
			pxe_text_add(out, ", ");
		expr_text(e->arg[i], out);
	}
	if (e->op == OP_ENCODE || e->op == OP_EXTRACT)
		pxe_text_addf(out, ", %u", (unsigned)e->num);
	pxe_text_addc(out, ')');
}

static void text_binary(const struct expr *e, struct pxe_text *out)
{
	pxe_text_addc(out, '(');
	expr_text(e->arg[0], out);
	pxe_text_addf(out, " %s ", expr_op_text(e->op));
	expr_text(e->arg[1], out);
	pxe_text_addc(out, ')');
}

void expr_text(const struct expr *e, struct pxe_text *out)
{
	switch (e->op) {
	case OP_CONST_DATA:
		text_data(e->data, out);
		break;
	case OP_CONST_NUM:
		pxe_text_addf(out, "%d", (int)e->num);
		break;
	case OP_OPTION:
	case OP_CONFIG_OPTION:
	case OP_EXISTS:
		text_option(e, out);
		break;
	case OP_PARAM:
		pxe_text_addf(out, "config-option server.%s", e->param->keyword);
		break;
	case OP_VAR:
		pxe_text_add(out, e->name);
		break;
	case OP_DEFINED:
		pxe_text_addf(out, "defined (%s)", e->name);
		break;
	case OP_CHECK:
		pxe_text_addf(out, "check \"%s\"", e->name);
		break;
	case OP_HOST:
		pxe_text_addf(out, "gethostbyname (\"%s\")", e->host.name->name);
		break;
	case OP_CALL:
		text_args(e, e->func->name, out);
		break;
	case OP_NOT:
		pxe_text_add(out, "not (");
		expr_text(e->arg[0], out);
		pxe_text_addc(out, ')');
		break;
	default:
		if (expr_op_precedence(e->op) > 0)
			text_binary(e, out);
		else if (e->narg > 0)
			text_args(e, expr_op_text(e->op), out);
		else
			pxe_text_add(out, expr_op_text(e->op));
		break;
	}
}
