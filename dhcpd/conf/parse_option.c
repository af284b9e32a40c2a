/* SPDX-License-Identifier: BSD-2-Clause */
/* parse_option.c -- names, definitions and values of options. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dhcpd/conf/parse.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"

enum { CANDIDATES_MAX = 512 };

/* ---- names ---- */

/* The shortest word that begins with one of at least four letters: "route" is the start of routers.
 */
static const char *longer_word(const char *word, const char *const *words, size_t n)
{
	const char *best = NULL;

	for (size_t i = 0; i < n && strlen(word) >= 4; i++) {
		if (strncasecmp(words[i], word, strlen(word)) == 0 &&
		    (best == NULL || strlen(words[i]) < strlen(best)))
			best = words[i];
	}
	return best;
}

/* The name in the space that is nearest to what was written, as a hint; NULL: none is near. */
static const char *hint_option(
    struct parser *p, const struct pxe_opt_space *space, const char *name)
{
	const char *names[CANDIDATES_MAX];
	char hint[256];
	size_t n = 0;
	const struct pxe_opt_def *d = NULL;
	const char *near = NULL;

	for (size_t i = 0; n < CANDIDATES_MAX && (d = pxe_opt_at(p->conf->reg, space, i)) != NULL;
	     i++)
		names[n++] = d->name;
	near = pxe_nearest_word(name, names, n);
	if (near == NULL)
		near = longer_word(name, names, n);
	if (near == NULL)
		return NULL;
	(void)snprintf(hint, sizeof(hint), "did you mean \"%s\"?", near);
	return parse_strndup(p, hint, strlen(hint));
}

/* "domain-name-servers172" is an option name that lost the blank behind it. */
static const char *hint_lost_blank(struct parser *p, const char *name)
{
	char head[128], hint[256];
	size_t n = strlen(name);
	const char *near = NULL;

	while (n > 0 && name[n - 1] >= '0' && name[n - 1] <= '9')
		n--;
	if (n == 0 || n == strlen(name) || n >= sizeof(head))
		return NULL;
	memcpy(head, name, n);
	head[n] = '\0';
	if (pxe_opt_by_name(p->conf->reg, pxe_opt_space_dhcp(), head) == NULL &&
	    (near = hint_option(p, pxe_opt_space_dhcp(), head)) == NULL)
		return NULL;
	(void)snprintf(hint, sizeof(hint), "a blank is missing behind \"%s\"%s%s", head,
	    near != NULL ? "; " : "", near != NULL ? near : "");
	return parse_strndup(p, hint, strlen(hint));
}

static const char *hint_space(struct parser *p, const char *name)
{
	const char *names[CANDIDATES_MAX];
	char hint[256];
	size_t n = 0;
	const struct pxe_opt_space *s = NULL;
	const char *lost = hint_lost_blank(p, name);

	if (lost != NULL)
		return lost;
	while (n < CANDIDATES_MAX && (s = pxe_opt_space_at(p->conf->reg, n)) != NULL)
		names[n++] = s->name;
	name = pxe_nearest_word(name, names, n);
	if (name == NULL)
		return NULL;
	(void)snprintf(hint, sizeof(hint), "did you mean \"%s\"?", name);
	return parse_strndup(p, hint, strlen(hint));
}

static const struct pxe_opt_def *find_ghost(
    const struct parser *p, const struct pxe_opt_space *space, const char *name)
{
	for (const struct parse_ghost *g = p->ghost; g != NULL; g = g->next) {
		if (g->def->space == space && pxe_str_ieq(g->def->name, name))
			return g->def;
	}
	return NULL;
}

/* Codes 0 and 255 pad and end the options of a packet, and so they cannot be named. */
static bool is_illegal_code(const struct pxe_opt_space *space, const char *name)
{
	uint64_t code = 0;

	return space->has_pad_end && pxe_memicmp(name, "unknown-", 8) == 0 &&
	       pxe_parse_u64(name + 8, 0, UINT32_MAX, &code) == 0 && (code == 0 || code == 255);
}

static bool look_up(struct parser *p, const struct token *at, struct option_name *out)
{
	char qualified[256];
	const struct pxe_opt_space *unused = NULL;

	if (strlen(out->name) >= 8 && is_illegal_code(out->space, out->name)) {
		parse_error(p, at, "option", NULL,
		    "Option codes 0 and 255 are illegal in the %s space.", out->space->name);
		return false;
	}
	(void)snprintf(qualified, sizeof(qualified), "%s.%s", out->space->name, out->name);
	if (pxe_opt_lookup(p->conf->reg, qualified, &out->def, &unused) != 0)
		out->def = find_ghost(p, out->space, out->name);
	return true;
}

bool parse_option_name(struct parser *p, struct option_name *out)
{
	const struct token *t = parse_next(p);
	const char *first = NULL;

	*out = (struct option_name){.pos = t->pos};
	if (!token_is_ident(t)) {
		parse_error(p, t, "syntax", NULL, "expecting identifier after option keyword.");
		return false;
	}
	first = parse_spell(p, t);
	if (!parse_accept(p, '.')) {
		out->space = pxe_opt_space_dhcp();
		out->name = first;
		return look_up(p, t, out);
	}
	t = parse_peek(p);
	if (!token_is_ident(t)) {
		parse_error(
		    p, t, "syntax", hint_lost_blank(p, first), "expecting identifier after '.'");
		return false;
	}
	(void)parse_next(p);
	out->name = parse_spell(p, t);
	if (pxe_str_ieq(first, "server")) {
		out->param = param_by_keyword(out->name);
		if (out->param != NULL)
			return true;
	}
	out->space = pxe_opt_space_find(p->conf->reg, first);
	if (out->space == NULL) {
		parse_error(p, t, "unknown-space", hint_space(p, first),
		    "no option space named %s.", first);
		return false;
	}
	return look_up(p, t, out);
}

void parse_unknown_option(struct parser *p, const struct option_name *name, const char *isc)
{
	const struct token at = {.kind = TOK_WORD, .pos = name->pos};
	const char *hint = hint_option(p, name->space, name->name);

	if (hint == NULL && name->space == pxe_opt_space_dhcp())
		hint = hint_lost_blank(p, name->name);
	parse_error(p, &at, "unknown-option", hint, "%s", isc);
}

bool parse_known_option(struct parser *p, struct option_name *out)
{
	char text[256];

	if (!parse_option_name(p, out))
		return false;
	if (out->def != NULL || out->param != NULL)
		return true;
	(void)snprintf(
	    text, sizeof(text), "no option named %s in space %s", out->name, out->space->name);
	parse_unknown_option(p, out, text);
	return false;
}

/* ---- option space NAME [code width N] [length width N] [hash size N]; ---- */

static bool space_number(struct parser *p, const char *what, int64_t *out)
{
	const struct token *t = parse_peek(p);

	if (t->kind != TOK_WORD || t->word != WORD_NUMBER) {
		parse_error(p, t, "syntax", NULL, "expecting %s.", what);
		return false;
	}
	*out = parse_atoi(parse_next(p));
	return true;
}

static bool space_keyword(struct parser *p, enum keyword kw, const char *what)
{
	if (parse_accept_kw(p, kw))
		return true;
	parse_error(p, parse_peek(p), "syntax", NULL, "expecting %s token.", what);
	return false;
}

static bool space_attribute(struct parser *p, int64_t *code, int64_t *length)
{
	const struct token *t = parse_next(p);
	int64_t unused = 0;

	if (t->kw == KW_CODE) {
		if (!space_keyword(p, KW_WIDTH, "width") ||
		    !space_number(p, "number 1, 2, 4", code))
			return false;
		if (*code == 1 || *code == 2 || *code == 4)
			return true;
		parse_error(p, t, "value", NULL, "invalid code width (%d), expecting a 1, 2 or 4.",
		    (int)*code);
	} else if (t->kw == KW_LENGTH) {
		if (!space_keyword(p, KW_WIDTH, "width") ||
		    !space_number(p, "number 1 or 2", length))
			return false;
		if (*length == 1 || *length == 2)
			return true;
		parse_error(p, t, "value", NULL, "invalid length width (%d) expecting 1 or 2.",
		    (int)*length);
	} else if (t->kw == KW_HASH) { /* a hint for ISC's memory, of no use to us */
		return space_keyword(p, KW_SIZE, "size") &&
		       space_number(p, "a 10base number", &unused);
	} else {
		parse_error(p, t, "syntax", NULL, "Unexpected token.");
	}
	return false;
}

void parse_option_space(struct parser *p)
{
	const struct token *t = NULL;
	const struct pxe_opt_space *space = NULL;
	const char *name = NULL;
	int64_t code = 1, length = 1;
	int err = 0;

	(void)parse_next(p); /* space */
	t = parse_peek(p);
	if (!token_is_ident(t)) {
		parse_error(p, t, "syntax", NULL, "expecting identifier.");
		parse_skip(p);
		return;
	}
	name = parse_spell(p, parse_next(p));
	while (!token_is(parse_peek(p), ';')) {
		if (!space_attribute(p, &code, &length)) {
			parse_skip(p);
			return;
		}
	}
	(void)parse_next(p);
	err = pxe_opt_space_add(p->conf->reg, name, (unsigned)code, (unsigned)length, &space);
	if (err == -ENOMEM)
		p->oom = true;
	else if (err == PXE_E_EXISTS && space != NULL && !space->is_user)
		parse_warn(p, t->pos, "space-exists",
		    "the option space %s is built in; the declaration changes nothing", name);
}

/* ---- option NAME code N = TYPE; ---- */

struct type_build {
	struct pxe_opt_field field[PXE_OPT_FIELDS_MAX];
	struct pxe_opt_def def;
	bool is_open, is_array, last_repeats;
	bool closed; /* nothing may follow */
	const char *closed_by;
};

static bool type_error(struct parser *p, const struct token *t, const char *text)
{
	parse_error(p, t, "type", NULL, "%s", text);
	return false;
}

static bool type_integer(struct parser *p, bool is_signed, enum pxe_opt_type *out)
{
	const struct token *t = parse_peek(p);

	if (t->kind != TOK_WORD || t->word != WORD_NUMBER)
		return type_error(p, t, "expecting number.");
	(void)parse_next(p);
	switch (parse_atoi(t)) {
	case 8:
		*out = is_signed ? PXE_OPT_S8 : PXE_OPT_U8;
		return true;
	case 16:
		*out = is_signed ? PXE_OPT_S16 : PXE_OPT_U16;
		return true;
	case 32:
		*out = is_signed ? PXE_OPT_S32 : PXE_OPT_U32;
		return true;
	default:
		parse_error(p, t, "type", "8, 16 or 32", "%s bit precision is not supported.",
		    parse_spell(p, t));
		return false;
	}
}

static bool type_encapsulate(struct parser *p, struct type_build *b)
{
	const struct token *t = parse_peek(p);
	const char *name = NULL;

	if (!token_is_ident(t))
		return type_error(p, t, "expecting option space identifier");
	name = parse_spell(p, parse_next(p));
	if (pxe_opt_space_find(p->conf->reg, name) == NULL) {
		parse_error(
		    p, t, "unknown-space", hint_space(p, name), "unknown option space %s", name);
		return false;
	}
	b->def.encap = name;
	b->closed = true;
	b->closed_by = "encapsulate must always be the last item.";
	return true;
}

/* Types that are one word and may repeat, and those that take the rest of the value. */
static bool type_word(
    struct parser *p, struct type_build *b, const struct token *t, enum pxe_opt_type *out)
{
	switch (t->kw) {
	case KW_BOOLEAN:
		*out = PXE_OPT_BOOL;
		return true;
	case KW_IP_ADDRESS:
		*out = PXE_OPT_IP4;
		return true;
	case KW_IP6_ADDRESS:
		*out = PXE_OPT_IP6;
		return true;
	case KW_DOMAIN_NAME:
		*out = PXE_OPT_DOMAIN;
		break;
	case KW_DOMAIN_LIST:
		*out = parse_accept_kw(p, KW_COMPRESSED) ? PXE_OPT_DOMAINS_COMPRESSED
							 : PXE_OPT_DOMAINS;
		break;
	case KW_TEXT:
		*out = PXE_OPT_TEXT;
		break;
	case KW_STRING:
		*out = PXE_OPT_STRING;
		break;
	case KW_ZEROLEN:
		*out = PXE_OPT_ZEROLEN;
		break;
	default:
		parse_error(p, t, "type",
		    "boolean, [signed|unsigned] integer N, ip-address, ip6-address, text, string, "
		    "domain-name, domain-list, encapsulate, array of, a record in braces",
		    "unknown data type %s", parse_spell(p, t));
		return false;
	}
	if (b->is_array || b->last_repeats)
		return type_error(p, t,
		    t->kw == KW_ZEROLEN ? "array incompatible with zerolen."
					: "arrays of text strings not yet supported.");
	b->closed = true;
	b->closed_by = t->kw == KW_TEXT ? "text must be at end of record."
					: "string must be at end of record.";
	return true;
}

static bool type_one(struct parser *p, struct type_build *b)
{
	const struct token *t = parse_next(p);
	struct pxe_opt_field *f = &b->field[b->def.nfield];

	if (b->def.nfield == PXE_OPT_FIELDS_MAX)
		return type_error(p, t, "too many types in record.");
	if (t->kw == KW_ARRAY) {
		if (b->is_array || b->last_repeats)
			return type_error(p, t, "no nested arrays.");
		if (!parse_accept_kw(p, KW_OF))
			return type_error(p, parse_peek(p), "expecting \"of\".");
		if (token_is(parse_peek(p), '{'))
			return type_error(p, parse_peek(p), "only uniform array inside record.");
		b->last_repeats = true;
		t = parse_next(p);
		if (t->kw == KW_ARRAY)
			return type_error(p, t, "no nested arrays.");
	}
	b->def.nfield++;
	if (t->kw == KW_ENCAPSULATE) {
		f->type = PXE_OPT_ENCAPSULATE;
		return type_encapsulate(p, b);
	}
	if (t->kw == KW_INTEGER)
		return type_integer(p, true, &f->type);
	if (t->kw == KW_SIGNED || t->kw == KW_UNSIGNED) {
		if (!parse_accept_kw(p, KW_INTEGER))
			return type_error(p, parse_peek(p), "expecting \"integer\" keyword.");
		return type_integer(p, t->kw == KW_SIGNED, &f->type);
	}
	return type_word(p, b, t, &f->type);
}

static bool type_record(struct parser *p, struct type_build *b)
{
	for (;;) {
		if (!type_one(p, b))
			return false;
		if (parse_accept(p, '}')) {
			b->is_open = false;
			return true;
		}
		if (!token_is(parse_peek(p), ','))
			return type_error(p, parse_peek(p), "expecting right brace.");
		if (b->closed)
			return type_error(p, parse_peek(p), b->closed_by);
		if (b->last_repeats)
			return type_error(p, parse_peek(p), "an array must be at end of record.");
		(void)parse_next(p);
	}
}

static bool type_whole(struct parser *p, struct type_build *b)
{
	if (parse_accept_kw(p, KW_ARRAY)) {
		if (!parse_accept_kw(p, KW_OF))
			return type_error(p, parse_peek(p), "expecting \"of\".");
		b->is_array = true;
	}
	b->is_open = parse_accept(p, '{');
	if (b->is_open ? !type_record(p, b) : !type_one(p, b))
		return false;
	if (b->is_array && b->def.encap != NULL)
		return type_error(p, parse_peek(p), "Arrays of encapsulations don't make sense.");
	if (b->is_array || (b->last_repeats && b->def.nfield == 1))
		b->def.array = PXE_OPT_ARRAY_RECORD;
	else if (b->last_repeats)
		b->def.array = PXE_OPT_ARRAY_LAST;
	return true;
}

/* ISC accepts a code that its space cannot carry. The name has to stay usable. */
static void add_ghost(struct parser *p, const struct type_build *b, struct conf_pos pos)
{
	struct parse_ghost *g = parse_alloc(p, sizeof(*g));
	struct pxe_opt_field *f = parse_alloc(p, sizeof(b->field));
	struct pxe_opt_def *def = parse_alloc(p, sizeof(*def));

	parse_warn(p, pos, "option-code",
	    "an option %s.%s with code %u can never be sent: the code does not fit",
	    b->def.space->name, b->def.name, (unsigned)b->def.code);
	if (g == NULL || f == NULL || def == NULL)
		return;
	memcpy(f, b->field, sizeof(b->field));
	*def = b->def;
	def->field = f;
	def->is_user = true;
	g->def = def;
	g->next = p->ghost;
	p->ghost = g;
}

void parse_option_definition(struct parser *p, const struct option_name *name)
{
	struct type_build b = {.def = {.name = name->name, .space = name->space}};
	const struct token *t = NULL;
	int err = 0;

	(void)parse_next(p); /* code */
	t = parse_peek(p);
	if (t->kind != TOK_WORD || t->word != WORD_NUMBER) {
		parse_error(p, t, "syntax", NULL, "expecting option code number.");
		parse_skip(p);
		return;
	}
	b.def.code = (uint32_t)parse_atoi(parse_next(p));
	b.def.field = b.field;
	if (!parse_accept(p, '=')) {
		parse_error(p, parse_peek(p), "syntax", NULL, "expecting \"=\"");
		parse_skip(p);
		return;
	}
	if (!type_whole(p, &b) || !parse_semi(p)) {
		if (b.is_open) /* the rest of the record, and then what follows it */
			parse_skip_block(p);
		parse_skip(p);
		return;
	}
	err = pxe_opt_define(p->conf->reg, &b.def, &(const struct pxe_opt_def *){NULL});
	if (err == -ENOMEM)
		p->oom = true;
	else if (err == PXE_E_RANGE)
		add_ghost(p, &b, name->pos);
	else if (err != 0)
		parse_error_at(
		    p, name->pos, "type", "option %s: %s", name->name, pxe_strerror(err));
}

/* ---- values ---- */

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
	    t->kind == TOK_STRING ? "addresses and host names are written without quotes" : NULL,
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
