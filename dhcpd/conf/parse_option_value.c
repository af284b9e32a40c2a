/* SPDX-License-Identifier: BSD-2-Clause */
/* parse_option_value.c -- values of options in the grammar of their types. */
#include <string.h>

#include "dhcpd/conf/parse.h"
#include "libpxecommon/base/str.h"

/* Bytes so far, and the parts that only DNS can tell between them. */
struct value_build {
	struct parser *p;
	struct pxe_wr wr;
	uint8_t buf[PARSE_VALUE_MAX];
	struct expr *concat; /* NULL as long as all is constant */
};

static bool add_part(struct value_build *b, const struct expr *e)
{
	struct expr *c = b->concat;

	if (e == NULL || c == NULL)
		return false;
	c->arg = parse_grow(b->p, (void *)c->arg, c->narg, sizeof(*c->arg));
	if (c->arg == NULL)
		return false;
	c->arg[c->narg++] = e;
	return true;
}

static bool flush(struct value_build *b)
{
	struct pxe_bytes bytes = {b->buf, b->wr.len};

	if (bytes.len == 0)
		return true;
	b->wr = pxe_wr_init(b->buf, sizeof(b->buf));
	return add_part(b, parse_const(b->p, bytes));
}

static bool add_computed(struct value_build *b, const struct expr *e)
{
	if (b->concat == NULL)
		b->concat = parse_expr_new(b->p, OP_CONCAT, 0);
	return b->concat != NULL && flush(b) && add_part(b, e);
}

const struct expr *parse_ip_or_host(struct parser *p, bool all)
{
	const struct token *t = parse_peek(p);
	struct conf_pos pos = t->pos;
	struct pxe_ip4 ip;
	uint8_t b[4];
	struct pxe_wr wr = pxe_wr_init(b, sizeof(b));

	if (parse_is_ip4(p, t)) {
		if (!parse_ip4(p, &ip))
			return NULL;
		pxe_wr_u32(&wr, ip.v);
		return parse_const(p, (struct pxe_bytes){b, 4});
	}
	if (t->kind == TOK_WORD) {
		const char *name = parse_name(p);

		return name != NULL ? parse_host_lookup(p, name, false, all, pos) : NULL;
	}
	parse_error(p, t, "address",
	    t->kind == TOK_STRING ? "addresses and host names are written without quotes"
	    : token_is(t, ';')    ? "a comma stands between two values only"
				  : NULL,
	    "%s (%d): expecting IP address or hostname", parse_spell(p, t), parse_isc_token(t));
	return NULL;
}

static bool value_address(struct value_build *b, bool all)
{
	const struct expr *e = parse_ip_or_host(b->p, all);
	struct pxe_bytes bytes;

	if (e == NULL)
		return false;
	if (!expr_is_const(e, &bytes))
		return add_computed(b, e);
	pxe_wr_bytes(&b->wr, bytes.p, bytes.len);
	return true;
}

static bool value_integer(struct value_build *b, enum pxe_opt_type type)
{
	const struct token *t = parse_peek(b->p);
	unsigned size = pxe_opt_type_size(type);
	uint32_t v = 0;

	if (t->kind != TOK_WORD || t->word == WORD_NAME) {
		parse_error(b->p, t, "number", NULL, "expecting number.");
		return false;
	}
	if (!parse_number(b->p, parse_next(b->p), 0, size * 8, &v))
		return false;
	for (unsigned i = size; i > 0; i--)
		pxe_wr_u8(&b->wr, (uint8_t)(v >> (8 * (i - 1))));
	return true;
}

static bool value_bool(struct value_build *b)
{
	static const struct {
		const char *word;
		uint8_t value;
	} words[] = {{"true", 1}, {"on", 1}, {"false", 0}, {"off", 0}, {"ignore", 2}};
	const struct token *t = parse_peek(b->p);
	const char *spell = NULL;

	if (!token_is_ident(t)) {
		parse_error(b->p, t, "boolean", "true, false, on or off", "expecting identifier.");
		return false;
	}
	spell = parse_spell(b->p, parse_next(b->p));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (pxe_str_ieq(spell, words[i].word)) {
			pxe_wr_u8(&b->wr, words[i].value);
			return true;
		}
	}
	parse_error(b->p, t, "boolean", "true, false, on or off", "expecting boolean.");
	return false;
}

static bool value_text(struct value_build *b)
{
	const struct token *t = parse_peek(b->p);

	if (t->kind != TOK_STRING && !token_is_ident(t)) {
		parse_error(b->p, t, "syntax", "a quoted text", "expecting string.");
		return false;
	}
	(void)parse_next(b->p);
	pxe_wr_bytes(&b->wr, t->text.p, t->text.len);
	if (t->kind == TOK_WORD && token_is(parse_peek(b->p), '.')) {
		parse_error(b->p, parse_peek(b->p), "syntax", "a text with dots in it is quoted",
		    "semicolon expected.");
		return false;
	}
	return true;
}

static bool value_string(struct value_build *b)
{
	const struct token *t = parse_peek(b->p);
	int n = 0;

	if (t->kind == TOK_WORD && t->word != WORD_NAME && t->kw == KW_NONE) {
		n = parse_hex(
		    b->p, b->buf + b->wr.len, pxe_wr_room(&b->wr), "expecting hexadecimal number.");
		if (n < 0)
			return false;
		(void)pxe_wr_reserve(&b->wr, (size_t)n);
		return true;
	}
	if (t->kind != TOK_STRING) {
		parse_error(b->p, t, "syntax", "a quoted text, or bytes like 0a:1f",
		    "expecting string or hexadecimal data.");
		return false;
	}
	(void)parse_next(b->p);
	pxe_wr_bytes(&b->wr, t->text.p, t->text.len);
	return true;
}

static bool value_domain(struct value_build *b)
{
	const struct token at = *parse_peek(b->p);
	const char *name = parse_name(b->p);

	if (name != NULL && pxe_dns_put(&b->wr, name, false, 0) == 0)
		return true;
	parse_error(b->p, &at, "domain",
	    at.kind == TOK_STRING ? "it is written without quotes" : NULL,
	    "not a valid domain name.");
	return false;
}

static bool value_domains(struct value_build *b, bool compress)
{
	size_t base = b->wr.len;

	do {
		const struct token *t = parse_peek(b->p);

		if (t->kind != TOK_STRING) {
			parse_error(b->p, t, "domain", "each name is quoted: \"example.org\"",
			    "Expecting a domain string.");
			return false;
		}
		(void)parse_next(b->p);
		if (memchr(t->text.p, ' ', t->text.len) != NULL)
			parse_warn(b->p, t->pos, "domain-blank",
			    "\"%s\" is one name with a blank in it; write \"a\", \"b\"",
			    (const char *)t->text.p);
		if (memchr(t->text.p, '\0', t->text.len) != NULL ||
		    pxe_dns_put(&b->wr, t->text.len > 0 ? (const char *)t->text.p : ".", compress,
			base) != 0) {
			parse_error(b->p, t, "domain", NULL, "Error %s domain list: malformed name",
			    compress ? "compressing" : "assembling");
			return false;
		}
	} while (parse_accept(b->p, ','));
	return true;
}

static bool value_enum(struct value_build *b, const struct pxe_opt_field *f)
{
	const struct token *t = parse_peek(b->p);
	const char *spell = NULL;

	if (!token_is_ident(t)) {
		parse_error(b->p, t, "value", NULL, "identifier expected");
		return false;
	}
	spell = parse_spell(b->p, parse_next(b->p));
	for (const struct pxe_opt_word *w = f->word; w->name != NULL; w++) {
		if (!pxe_str_ieq(w->name, spell))
			continue;
		for (unsigned i = f->width; i > 0; i--)
			pxe_wr_u8(&b->wr, (uint8_t)(w->value >> (8 * (i - 1))));
		return true;
	}
	parse_error(b->p, t, "value", NULL, "unknown value");
	return false;
}

static bool value_ip6(struct value_build *b)
{
	struct pxe_ip6 ip;

	if (!parse_ip6(b->p, &ip))
		return false;
	pxe_wr_bytes(&b->wr, ip.b, sizeof(ip.b));
	return true;
}

static bool value_field(struct value_build *b, const struct pxe_opt_field *f, bool all)
{
	switch (f->type) {
	case PXE_OPT_IP4:
		return value_address(b, all);
	case PXE_OPT_IP6:
		return value_ip6(b);
	case PXE_OPT_TEXT:
		return value_text(b);
	case PXE_OPT_STRING:
	case PXE_OPT_ENCAPSULATE:
		return value_string(b);
	case PXE_OPT_BOOL:
		return value_bool(b);
	case PXE_OPT_DOMAIN:
		return value_domain(b);
	case PXE_OPT_DOMAINS:
	case PXE_OPT_DOMAINS_COMPRESSED:
		return value_domains(b, f->type == PXE_OPT_DOMAINS_COMPRESSED);
	case PXE_OPT_ENUM:
		return value_enum(b, f);
	case PXE_OPT_ZEROLEN:
		return true;
	default:
		return value_integer(b, f->type);
	}
}

/* The fields once through: those of a record are separated by blanks. */
static bool value_record(struct value_build *b, const struct pxe_opt_def *def)
{
	for (unsigned i = 0; i < def->nfield; i++) {
		const struct pxe_opt_field *f = &def->field[i];
		bool repeats = def->array == PXE_OPT_ARRAY_LAST && i + 1u == def->nfield;
		bool all = repeats || (def->array == PXE_OPT_ARRAY_RECORD && def->nfield == 1);

		if (f->optional && token_is(parse_peek(b->p), ';'))
			return true;
		do {
			if (!value_field(b, f, all))
				return false;
		} while (repeats && parse_accept(b->p, ','));
	}
	return true;
}

const struct expr *parse_option_value(struct parser *p, const struct pxe_opt_def *def)
{
	struct value_build b;

	if (def->nfield == 0) {
		parse_error(
		    p, parse_peek(p), "option", NULL, "option %s cannot be used", def->name);
		return NULL;
	}
	b.p = p; /* not zeroed as a whole: it is large */
	b.concat = NULL;
	b.wr = pxe_wr_init(b.buf, sizeof(b.buf));
	do {
		if (!value_record(&b, def))
			return NULL;
	} while (def->array == PXE_OPT_ARRAY_RECORD && parse_accept(p, ','));
	if (b.wr.err != 0) {
		parse_error(p, parse_peek(p), "value", NULL, "option data buffer overflow");
		return NULL;
	}
	if (b.concat == NULL)
		return parse_const(p, (struct pxe_bytes){b.buf, b.wr.len});
	return flush(&b) ? b.concat : NULL;
}
