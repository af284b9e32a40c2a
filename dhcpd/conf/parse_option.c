/* SPDX-License-Identifier: BSD-2-Clause */
/* parse_option.c -- names and definitions of options. */
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

	if (!parse_has_room(p))
		return NULL;
	for (size_t i = 0; n < CANDIDATES_MAX && (d = pxe_opt_at(p->conf->reg, space, i)) != NULL;
	     i++)
		names[n++] = d->name;
	near = longer_word(name, names, n);
	if (near == NULL)
		near = pxe_nearest_word(name, names, n);
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
	out->def = pxe_opt_by_name(p->conf->reg, out->space, out->name);
	if (out->def != NULL)
		return true;
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

/* An option that is nowhere near a known one is one that the file must define before its use. */
static const char *hint_declare(struct parser *p, const char *name)
{
	char hint[256];
	bool arch = strcmp(name, "arch") == 0 || strcmp(name, "client-arch") == 0 ||
		    strcmp(name, "architecture") == 0;

	(void)snprintf(hint, sizeof(hint), "declare it first: option %.128s code %s;", name,
	    arch ? "93 = unsigned integer 16" : "N = TYPE");
	return parse_strndup(p, hint, strlen(hint));
}

void parse_unknown_option(struct parser *p, const struct option_name *name, const char *isc)
{
	const struct token at = {.kind = TOK_WORD, .pos = name->pos};
	const char *hint = hint_option(p, name->space, name->name);

	if (hint == NULL && name->space == pxe_opt_space_dhcp())
		hint = hint_lost_blank(p, name->name);
	if (hint == NULL && name->space == pxe_opt_space_dhcp() && parse_has_room(p))
		hint = hint_declare(p, name->name);
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
