/* SPDX-License-Identifier: BSD-2-Clause */
/* stmt_text.c -- statements as configuration text, for the event programs in lease files. */
#include "dhcpd/conf/stmt_tree.h"
#include "libpxecommon/base/str.h"

static const char *const how_words[] = {
    [SET_SUPERSEDE] = "supersede",
    [SET_DEFAULT] = "default",
    [SET_APPEND] = "append",
    [SET_PREPEND] = "prepend",
};

static const char *const level_words[] = {
    [SETTING_LOG_FATAL] = "fatal",
    [SETTING_LOG_ERROR] = "error",
    [SETTING_LOG_DEBUG] = "debug",
    [SETTING_LOG_INFO] = "info",
};

static void blanks(unsigned n, struct pxe_text *out)
{
	while (n-- > 0)
		pxe_text_addc(out, ' ');
}

/* A block with its braces; the opening one on the current line. */
static void block(const struct stmt *body, unsigned indent, struct pxe_text *out)
{
	pxe_text_add(out, " {\n");
	stmt_text(body, indent + 2, out);
	blanks(indent, out);
	pxe_text_add(out, "}");
}

static void text_option(const struct stmt *s, struct pxe_text *out)
{
	const struct pxe_opt_def *def = s->option.def;

	pxe_text_addf(out, "%s ", how_words[s->option.how]);
	if (def->space != pxe_opt_space_dhcp())
		pxe_text_addf(out, "%s.", def->space->name);
	pxe_text_addf(out, "%s = ", def->name);
	expr_text(s->option.value, out);
	pxe_text_add(out, ";\n");
}

static void text_param(const struct stmt *s, struct pxe_text *out)
{
	const struct param_row *row = s->param.row;

	pxe_text_addf(out, "%s server.%s", how_words[s->param.how], row->keyword);
	if (s->param.value != NULL) {
		pxe_text_add(out, " = ");
		expr_text(s->param.value, out);
	} else if (row->kind == PARAM_KIND_FLAG) {
		static const char *const flags[] = {"false", "true", "ignore"};

		pxe_text_addf(out, " %s", flags[s->param.num % 3]);
	} else if (row->kind == PARAM_KIND_WORD) {
		pxe_text_addf(out, " %s", row->word[s->param.num]);
	} else {
		pxe_text_addf(out, " %u", s->param.num);
	}
	pxe_text_add(out, ";\n");
}

static void text_if(const struct stmt *s, unsigned indent, struct pxe_text *out)
{
	for (const struct stmt_branch *b = s->branch; b != NULL; b = b->next) {
		if (b != s->branch)
			pxe_text_addc(out, ' ');
		if (b->cond == NULL) {
			pxe_text_add(out, "else");
		} else {
			pxe_text_add(out, b == s->branch ? "if (" : "elsif (");
			expr_text(b->cond, out);
			pxe_text_addc(out, ')');
		}
		block(b->body, indent, out);
	}
	pxe_text_addc(out, '\n');
}

static void text_on(const struct stmt *s, unsigned indent, struct pxe_text *out)
{
	static const struct {
		unsigned bit;
		const char *word;
	} events[] = {{ON_EXPIRY, "expiry"}, {ON_COMMIT, "commit"}, {ON_RELEASE, "release"},
	    {ON_TRANSMISSION, "transmission"}};
	bool first = true;

	pxe_text_add(out, "on");
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if ((s->on.mask & events[i].bit) == 0)
			continue;
		pxe_text_addf(out, first ? " %s" : " or %s", events[i].word);
		first = false;
	}
	if (s->on.body == NULL) {
		pxe_text_add(out, ";\n");
		return;
	}
	block(s->on.body, indent, out);
	pxe_text_addc(out, '\n');
}

static void text_value(
    const char *word, const struct expr *e, const char *after, struct pxe_text *out)
{
	pxe_text_add(out, word);
	expr_text(e, out);
	pxe_text_add(out, after);
}

static void text_execute(const struct stmt *s, struct pxe_text *out)
{
	pxe_text_addf(out, "execute (\"%s\"", s->execute.command);
	for (unsigned i = 0; i < s->execute.narg; i++)
		text_value(", ", s->execute.arg[i], "", out);
	pxe_text_add(out, ");\n");
}

static void text_one(const struct stmt *s, unsigned indent, struct pxe_text *out)
{
	switch (s->op) {
	case STMT_OPTION:
		text_option(s, out);
		break;
	case STMT_PARAM:
		text_param(s, out);
		break;
	case STMT_IF:
		text_if(s, indent, out);
		break;
	case STMT_SWITCH:
		text_value("switch (", s->on_value.value, ")", out);
		block(s->on_value.body, indent, out);
		pxe_text_addc(out, '\n');
		break;
	case STMT_CASE:
		text_value("case ", s->on_value.value, ":\n", out);
		break;
	case STMT_DEFAULT:
		pxe_text_add(out, "default:\n");
		break;
	case STMT_BREAK:
		pxe_text_add(out, "break;\n");
		break;
	case STMT_SET:
		pxe_text_addf(out, "set %s = ", s->set.name);
		text_value("", s->set.value, ";\n", out);
		break;
	case STMT_UNSET:
		pxe_text_addf(out, "unset %s;\n", s->set.name);
		break;
	case STMT_EVAL:
		text_value("eval ", s->value, ";\n", out);
		break;
	case STMT_RETURN:
		text_value("return ", s->value, ";\n", out);
		break;
	case STMT_LOG:
		pxe_text_addf(out, "log (%s, ", level_words[s->log.level]);
		text_value("", s->log.text, ");\n", out);
		break;
	case STMT_EXECUTE:
		text_execute(s, out);
		break;
	case STMT_ADD:
		pxe_text_addf(out, "add \"%s\";\n", s->class_name);
		break;
	case STMT_ON:
		text_on(s, indent, out);
		break;
	case STMT_DEFINE:
		break;
	}
}

void stmt_text(const struct stmt *first, unsigned indent, struct pxe_text *out)
{
	for (const struct stmt *s = first; s != NULL; s = s->next) {
		if (s->op == STMT_DEFINE)
			continue;
		blanks(indent, out);
		text_one(s, indent, out);
	}
}
