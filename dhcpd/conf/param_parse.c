/* SPDX-License-Identifier: BSD-2-Clause */
/* param_parse.c -- values of the server's parameters. */
#include <string.h>

#include "dhcpd/conf/parse.h"
#include "libpxecommon/base/str.h"

static bool param_time(struct parser *p, struct stmt *s)
{
	const struct token *t = parse_peek(p);

	if (parse_accept_kw(p, KW_INFINITE)) {
		s->param.num = UINT32_MAX;
		return true;
	}
	if (t->kind != TOK_WORD || t->word == WORD_NAME) {
		parse_error(p, t, "number",
		    t->kind == TOK_WORD ? "a number of seconds, or infinite" : NULL,
		    "expecting number.");
		return false;
	}
	return parse_number(p, parse_next(p), 0, 32, &s->param.num);
}

static bool param_uint(struct parser *p, struct stmt *s)
{
	const struct token *t = parse_peek(p);
	uint32_t max = s->param.row->max;
	unsigned bits = max == UINT8_MAX ? 8 : max == UINT16_MAX ? 16 : 32;

	if (t->kind != TOK_WORD || t->word == WORD_NAME) {
		parse_error(p, t, "number", NULL, "expecting number.");
		return false;
	}
	return parse_number(p, parse_next(p), 0, bits, &s->param.num);
}

static bool param_flag(struct parser *p, struct stmt *s)
{
	static const struct {
		const char *word;
		enum param_flag flag;
	} words[] = {{"true", PARAM_TRUE}, {"on", PARAM_TRUE}, {"false", PARAM_FALSE},
	    {"off", PARAM_FALSE}, {"ignore", PARAM_IGNORE}};
	const struct token *t = parse_peek(p);
	const char *spell = NULL;

	if (!token_is_ident(t)) {
		parse_error(
		    p, t, "boolean", "true, false, on, off or ignore", "expecting identifier.");
		return false;
	}
	spell = parse_spell(p, parse_next(p));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (pxe_str_ieq(spell, words[i].word)) {
			s->param.num = words[i].flag;
			return true;
		}
	}
	parse_error(p, t, "boolean", "true, false, on, off or ignore", "expecting boolean.");
	return false;
}

static bool param_text(struct parser *p, struct stmt *s)
{
	const struct token *t = parse_peek(p);

	if (t->kind != TOK_STRING && !token_is_ident(t)) {
		parse_error(p, t, "syntax", "a quoted text", "expecting string.");
		return false;
	}
	(void)parse_next(p);
	s->param.value = parse_const(p, t->text);
	if (s->param.value != NULL && t->kind == TOK_WORD && !token_is(parse_peek(p), ';')) {
		parse_error(p, parse_peek(p), "syntax", "a text with dots or slashes is quoted",
		    "semicolon expected.");
		return false;
	}
	return s->param.value != NULL;
}

static bool param_space(struct parser *p, struct stmt *s)
{
	const struct token *t = parse_peek(p);

	if (!token_is_ident(t)) {
		parse_error(p, t, "syntax", "a name without quotes", "expecting identifier.");
		return false;
	}
	s->param.value = parse_const(p, parse_next(p)->text);
	return s->param.value != NULL;
}

static bool param_ip6(struct parser *p, struct stmt *s)
{
	struct pxe_ip6 ip;

	if (!parse_ip6(p, &ip))
		return false;
	s->param.value = parse_const(p, (struct pxe_bytes){ip.b, sizeof(ip.b)});
	return s->param.value != NULL;
}

/* "kern, user, mail ..." of a WORD parameter. */
static const char *word_list(struct parser *p, const struct param_row *row)
{
	char buf[256];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));

	for (size_t i = 0; row->word[i] != NULL; i++)
		pxe_text_addf(&t, "%s%s", i > 0 ? ", " : "", row->word[i]);
	return parse_strndup(p, buf, t.len);
}

static bool param_word(struct parser *p, struct stmt *s)
{
	const struct param_row *row = s->param.row;
	const struct token *t = parse_peek(p);
	const char *spell = NULL;

	if (!token_is_ident(t)) {
		parse_error(p, t, "syntax", word_list(p, row), "identifier expected");
		return false;
	}
	spell = parse_spell(p, parse_next(p));
	for (uint32_t i = 0; row->word[i] != NULL; i++) {
		if (pxe_str_ieq(row->word[i], spell)) {
			s->param.num = i;
			return true;
		}
	}
	if (row->id == PARAM_DDNS_UPDATE_STYLE && pxe_str_ieq(spell, "ad-hoc"))
		parse_error(p, t, "value", word_list(p, row),
		    "ddns-update-style ad_hoc no longer supported");
	else
		parse_error(p, t, "value", word_list(p, row), "unknown value");
	return false;
}

static bool param_value(struct parser *p, struct stmt *s)
{
	switch (s->param.row->kind) {
	case PARAM_KIND_TIME:
		return param_time(p, s);
	case PARAM_KIND_UINT:
		return param_uint(p, s);
	case PARAM_KIND_FLAG:
		return param_flag(p, s);
	case PARAM_KIND_TEXT:
		return param_text(p, s);
	case PARAM_KIND_IP4:
		s->param.value = parse_ip_or_host(p, false);
		return s->param.value != NULL;
	case PARAM_KIND_IP6:
		return param_ip6(p, s);
	case PARAM_KIND_WORD:
		return param_word(p, s);
	case PARAM_KIND_SPACE:
		return param_space(p, s);
	}
	return false;
}

/* Say once that a parameter is not acted upon; asking for what is the case anyway needs no word. */
static void warn_param(struct parser *p, const struct block *b, const struct stmt *s)
{
	const struct param_row *row = s->param.row;

	if ((row->scopes & SCOPE_IN(b->kind)) == 0 && !p->warned_param[row->id]) {
		p->warned_param[row->id] = true;
		parse_warn(p, s->pos, "misplaced-parameter",
		    "%s has an effect only outside of all blocks", row->keyword);
	}
	if (s->param.value == NULL && (s->param.num == row->def || (row->kind == PARAM_KIND_FLAG &&
								       s->param.num != PARAM_TRUE)))
		return;
	if (row->id == PARAM_DDNS_UPDATE_STYLE)
		p->wants_ddns = true;
	if (row->support == PARAM_DDNS && p->ddns_pos[row->id].line == 0)
		p->ddns_pos[row->id] = s->pos;
	if (row->support != PARAM_WARN || p->warned_param[row->id])
		return;
	p->warned_param[row->id] = true;
	parse_warn(
	    p, s->pos, "not-done", "%s is accepted but has no effect: %s", row->keyword, row->note);
}

enum parse_result parse_param_statement(struct parser *p, struct block *b,
    const struct param_row *row, enum settings_op how, struct conf_pos pos, struct stmt **out)
{
	struct stmt *s = parse_stmt_new(p, STMT_PARAM, pos);

	if (s == NULL)
		return PARSE_BAD;
	s->param.row = row;
	s->param.how = how;
	if (token_is(parse_peek(p), ';')) {
		parse_error(
		    p, parse_peek(p), "syntax", "the value is missing", "semicolon expected.");
		return PARSE_BAD;
	}
	if (parse_accept(p, '=')) {
		s->param.computed = true;
		s->param.value = parse_data(p, "expecting a data expression.");
		if (s->param.value == NULL)
			return PARSE_BAD;
	} else if (!param_value(p, s)) {
		return PARSE_BAD;
	}
	warn_param(p, b, s);
	if (!parse_semi(p))
		return PARSE_BAD;
	*out = s;
	return PARSE_OK;
}

enum parse_result parse_permission(
    struct parser *p, struct block *b, unsigned flag, struct conf_pos pos, struct stmt **out)
{
	const struct token *t = parse_next(p);
	const struct param_row *row =
	    t->kind == TOK_WORD ? param_by_permission(parse_spell(p, t)) : NULL;
	struct stmt *s = parse_stmt_new(p, STMT_PARAM, pos);

	if (row == NULL) {
		const char *hint = "bootp, booting, client-updates, declines, duplicates, "
				   "dynamic-bootp, leasequery or unknown-clients";

		if (t->kw == KW_KNOWN_CLIENTS || t->kw == KW_MEMBERS || t->kw == KW_KNOWN ||
		    t->kw == KW_UNKNOWN || t->kw == KW_ALL)
			hint = "permissions by kind of client stand in a pool";
		parse_error(p, t, "permission", hint, "expecting allow/deny key");
		return PARSE_BAD;
	}
	if (s == NULL)
		return PARSE_BAD;
	s->param.row = row;
	s->param.num = flag;
	warn_param(p, b, s);
	if (!parse_semi(p))
		return PARSE_BAD;
	*out = s;
	return PARSE_OK;
}
