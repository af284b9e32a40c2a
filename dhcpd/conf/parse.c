/* SPDX-License-Identifier: BSD-2-Clause */
/* parse.c -- the parser's ground: reporting, tokens, memory, blocks, files. */
#include "dhcpd/conf/parse.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"

/* ---- reporting ---- */

enum { MESSAGE_MAX = 1024, LINE_MAX_SHOWN = 512 };

bool parse_has_room(const struct parser *p)
{
	return p->diag->n < PXE_DIAG_MAX;
}

const char *parse_file_of(const struct parser *p, struct conf_pos pos)
{
	return pos.file < p->conf->file.n ? p->conf->file.v[pos.file] : p->in->path;
}

static void report(struct parser *p, enum pxe_diag_level level, struct conf_pos pos,
    const char *code, const char *text)
{
	char line[LINE_MAX_SHOWN + 1] = "";
	const char *file = parse_file_of(p, pos);
	const char *source = NULL;

	if (pos.line > 0 && pos.file < p->nsource && parse_has_room(p)) {
		const struct parse_source *s = &p->source[pos.file];
		size_t n = 0;
		const char *at = lexer_line_of(s->text, s->len, pos.line, &n);

		n = n < LINE_MAX_SHOWN ? n : LINE_MAX_SHOWN;
		memcpy(line, at, n);
		for (size_t i = 0; i < n; i++) {
			if (line[i] == '\0')
				line[i] = '?';
		}
		source = line;
	}
	pxe_diag_add(p->diag, level, pos.line > 0 ? file : NULL, pos.line, pos.column, code, source,
	    "%s", text);
}

void parse_error_at(struct parser *p, struct conf_pos pos, const char *code, const char *fmt, ...)
{
	char text[MESSAGE_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	report(p, PXE_DIAG_ERROR, pos, code, text);
}

/* Is there room for one more of this kind? */
static bool count_warning(struct parser *p, const char *code)
{
	for (size_t i = 0; i < PARSE_WARNING_KINDS; i++) {
		if (p->warned[i].code == NULL)
			p->warned[i].code = code;
		if (strcmp(p->warned[i].code, code) == 0)
			return p->warned[i].n++ < PARSE_WARNING_MAX;
	}
	return false;
}

void parse_warn_rest(struct parser *p)
{
	for (size_t i = 0; i < PARSE_WARNING_KINDS && p->warned[i].code != NULL; i++) {
		char text[128];

		if (p->warned[i].n <= PARSE_WARNING_MAX)
			continue;
		(void)snprintf(text, sizeof(text), "%u more warnings of the kind %s",
		    p->warned[i].n - PARSE_WARNING_MAX, p->warned[i].code);
		report(p, PXE_DIAG_WARNING, (struct conf_pos){0}, p->warned[i].code, text);
	}
}

void parse_warn(struct parser *p, struct conf_pos pos, const char *code, const char *fmt, ...)
{
	char text[MESSAGE_MAX];
	va_list ap;

	if (!count_warning(p, code))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	report(p, PXE_DIAG_WARNING, pos, code, text);
}

void parse_error(struct parser *p, const struct token *at, const char *code, const char *hint,
    const char *fmt, ...)
{
	char buf[MESSAGE_MAX];
	struct pxe_text text = pxe_text_init(buf, sizeof(buf));
	va_list ap;

	va_start(ap, fmt);
	pxe_text_addv(&text, fmt, ap);
	va_end(ap);
	if (at->kind == TOK_BAD) /* whatever was expected, that is the cause */
		hint = (const char *)at->text.p;
	if (hint != NULL)
		pxe_text_addf(&text, " (%s)", hint);
	/* The end of the file is no place to look at; what stands last is. */
	report(p, PXE_DIAG_ERROR,
	    at->kind == TOK_EOF && p->last.line > 0 && p->last.file == at->pos.file ? p->last
										    : at->pos,
	    code, buf);
}

/* ---- tokens ---- */

const struct token *parse_next(struct parser *p)
{
	const struct token *t = lexer_next(p->lx);

	if (t->kind == TOK_STRING && t->error != NULL) {
		char hint[64];
		bool open = strncmp(t->error, "eof", 3) == 0;

		(void)snprintf(hint, sizeof(hint), "the string opened on line %u is not closed",
		    (unsigned)t->pos.line);
		parse_error(p, t, "syntax", open ? hint : NULL, "%s", t->error);
	}
	p->long_string = t->kind == TOK_STRING && t->text.len > 0 &&
			 memchr(t->text.p, '\n', t->text.len) != NULL;
	p->last = t->pos;
	return t;
}

const struct token *parse_peek(struct parser *p)
{
	return lexer_peek(p->lx);
}

bool parse_accept(struct parser *p, char punct)
{
	if (!token_is(parse_peek(p), punct))
		return false;
	(void)parse_next(p);
	return true;
}

bool parse_accept_kw(struct parser *p, enum keyword kw)
{
	if (parse_peek(p)->kw != kw)
		return false;
	(void)parse_next(p);
	return true;
}

/* A forgotten semicolon costs no more than its own message: when the next statement begins on a new
 * line, or the block ends, all is well again. */
bool parse_semi(struct parser *p)
{
	const struct token *t = parse_peek(p);
	char hint[64] = "";

	if (parse_accept(p, ';'))
		return true;
	if (t->pos.line != p->last.line && t->kind != TOK_EOF)
		(void)snprintf(hint, sizeof(hint), "the statement that ends on line %u has none",
		    (unsigned)p->last.line);
	else if (t->kind == TOK_WORD && t->word == WORD_NUMBER)
		(void)snprintf(hint, sizeof(hint), "several values are joined by commas");
	if (p->long_string) /* its quote is the one that should have opened the next string */
		(void)snprintf(hint, sizeof(hint), "the string opened on line %u is not closed",
		    (unsigned)p->last.line);
	parse_error(p, t, "syntax", hint[0] != '\0' ? hint : NULL, "semicolon expected.");
	return token_is(t, '}') || (t->pos.line != p->last.line && parse_begins_statement(p, t));
}

bool parse_lbrace(struct parser *p)
{
	if (parse_accept(p, '{'))
		return true;
	parse_error(p, parse_peek(p), "syntax", NULL, "expecting left brace.");
	return false;
}

void parse_skip(struct parser *p)
{
	unsigned depth = 0;

	for (;;) {
		const struct token *t = parse_peek(p);

		if (t->kind == TOK_EOF || (depth == 0 && token_is(t, '}')))
			return;
		(void)lexer_next(p->lx);
		if (token_is(t, '{'))
			depth++;
		else if (token_is(t, '}') && --depth == 0)
			return;
		else if (token_is(t, ';') && depth == 0)
			return;
	}
}

void parse_skip_block(struct parser *p)
{
	while (parse_peek(p)->kind != TOK_EOF && !token_is(parse_peek(p), '}'))
		parse_skip(p);
	(void)parse_accept(p, '}');
}

/* ---- memory ---- */

void *parse_alloc(struct parser *p, size_t n)
{
	void *m = pxe_arena_alloc(p->arena, n);

	if (m == NULL)
		p->oom = true;
	return m;
}

char *parse_strndup(struct parser *p, const void *s, size_t n)
{
	char *d = parse_alloc(p, n + 1);

	if (d != NULL && n > 0)
		memcpy(d, s, n);
	return d;
}

struct pxe_bytes parse_dup(struct parser *p, struct pxe_bytes b)
{
	char *d = parse_strndup(p, b.p, b.len);

	return (struct pxe_bytes){(const uint8_t *)d, d != NULL ? b.len : 0};
}

void *parse_grow(struct parser *p, void *array, size_t n, size_t elem)
{
	void *bigger = NULL;

	if ((n & (n - 1)) != 0) /* room up to the next power of two */
		return array;
	bigger = parse_alloc(p, (n > 0 ? 2 * n : 1) * elem);
	if (bigger != NULL && n > 0)
		memcpy(bigger, array, n * elem);
	return bigger;
}

const char *parse_spell(struct parser *p, const struct token *t)
{
	const struct parse_source *s = &p->source[t->pos.file];
	char *text = NULL;

	if (t->kind == TOK_EOF)
		return "end of file";
	if (t->kind != TOK_BAD)
		text = parse_strndup(p, t->text.p, t->text.len);
	else if (t->end <= s->len)
		text = parse_strndup(p, s->text + t->start, t->end - t->start);
	return text != NULL ? text : "?";
}

int parse_isc_token(const struct token *t)
{
	static const int words[] = {
	    [WORD_NAME] = 265, [WORD_NUMBER] = 263, [WORD_NUMBER_OR_NAME] = 264};

	switch (t->kind) {
	case TOK_PUNCT:
		return t->punct[0];
	case TOK_STRING:
		return 262;
	case TOK_WORD:
		return words[t->word];
	default:
		return 0;
	}
}

struct scope *parse_scope(struct parser *p, enum scope_kind kind, struct scope *parent,
    const char *name, struct conf_pos pos)
{
	struct scope_build *s = parse_alloc(p, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->scope.kind = kind;
	s->scope.id = p->conf->nscope++;
	s->scope.parent = parent;
	s->scope.name = name;
	s->scope.pos = pos;
	s->scope.authoritative = -1;
	if (conf_list_push(&p->scope, &s->scope) != 0) {
		p->oom = true;
		return NULL;
	}
	return &s->scope;
}

void parse_append(struct scope *scope, struct stmt *s)
{
	struct scope_build *b = (struct scope_build *)scope; /* scope is its first member */

	if (b->tail == NULL)
		b->scope.first = s;
	else
		*b->tail = s;
	b->tail = &s->next;
}

/* ---- blocks and files ---- */

void parse_open_end(struct parser *p, struct conf_pos open, const char *isc)
{
	char hint[64];

	(void)snprintf(hint, sizeof(hint), "the block that begins on line %u is not closed",
	    (unsigned)open.line);
	parse_error(p, parse_peek(p), "syntax", hint, "%s", isc);
}

void parse_block(struct parser *p, struct block *b)
{
	struct conf_pos open = p->last;

	if (++p->nest > PARSE_NEST_MAX) {
		parse_error(p, parse_peek(p), "syntax", NULL, "blocks nest too deep.");
		b->done = true;
	}
	while (!b->done && !p->oom) {
		if (parse_accept(p, '}')) {
			p->nest--;
			return;
		}
		if (parse_peek(p)->kind == TOK_EOF) {
			parse_open_end(p, open, "unexpected end of file");
			break;
		}
		parse_statement(p, b);
	}
	if (b->done)
		parse_skip_block(p);
	p->nest--;
}

static int read_source(struct parser *p, const char *path, uint16_t *out_file)
{
	struct parse_source s = {0};
	struct parse_source *v = NULL;
	char *copy = parse_strndup(p, path, strlen(path));
	int err = 0;

	if (copy == NULL || p->nsource > UINT16_MAX)
		return -ENOMEM;
	err = p->in->read(p->in->arg, path, &s.text, &s.len);
	if (err != 0)
		return err;
	if (s.len >= UINT32_MAX) {
		free(s.text);
		return -EFBIG;
	}
	v = reallocarray(p->source, p->nsource + 1, sizeof(*v));
	if (v != NULL)
		p->source = v;
	if (v == NULL || conf_list_push(&p->conf->file, copy) != 0) {
		free(s.text);
		return -ENOMEM;
	}
	p->source[p->nsource] = s;
	*out_file = (uint16_t)p->nsource++;
	return 0;
}

static void parse_source_text(struct parser *p, uint16_t file, struct block *b)
{
	const struct parse_source *s = &p->source[file];
	struct lexer *outer = p->lx;

	p->lx = lexer_new(p->arena, file, s->text != NULL ? s->text : "", s->len);
	if (p->lx == NULL) {
		p->oom = true;
		p->lx = outer;
		return;
	}
	while (parse_peek(p)->kind != TOK_EOF && !p->oom && !b->done) {
		const struct token *t = parse_peek(p);

		if (!token_is(t, '}')) {
			parse_statement(p, b);
			continue;
		}
		(void)parse_next(p);
		parse_error(p, t, "syntax", "this closing brace has no opening one",
		    b->declared ? "expecting a declaration"
				: "expecting a parameter or declaration");
	}
	p->lx = outer;
}

void parse_file(struct parser *p, const char *path, struct block *b, const struct token *at)
{
	struct conf_pos pos = at != NULL ? at->pos : (struct conf_pos){0};
	uint16_t file = 0;
	size_t errors = p->diag->errors;
	int err = 0;

	if (p->depth == PARSE_INCLUDE_MAX) {
		parse_error_at(
		    p, pos, "include", "%s: includes nest too deep (%d).", path, PARSE_INCLUDE_MAX);
		return;
	}
	err = read_source(p, path, &file);
	if (err != 0) {
		parse_error_at(p, pos, "include", "Can't open %s: %s", path, pxe_strerror(err));
		if (at == NULL)
			p->read_err = err;
		return;
	}
	p->depth++;
	parse_source_text(p, file, b);
	p->depth--;
	if (at != NULL && p->diag->errors > errors)
		parse_error_at(p, pos, "include", "%s: bad parse.", path);
}

int conf_parse(const struct conf_input *in, struct pxe_diag *diag, struct conf **out)
{
	struct parser p = {.in = in, .diag = diag};
	struct block root = {.kind = SCOPE_ROOT};
	size_t before = diag->errors;
	int err = -ENOMEM;

	p.conf = calloc(1, sizeof(*p.conf));
	if (p.conf == NULL)
		return -ENOMEM;
	p.conf->family = in->family;
	p.conf->network_tail = &p.conf->network;
	p.conf->name_tail = &p.conf->name;
	p.conf->arena = p.arena = pxe_arena_new();
	if (p.arena == NULL)
		goto out;
	p.conf->reg = pxe_opt_registry_new(p.arena);
	p.conf->root = root.scope = parse_scope(&p, SCOPE_ROOT, NULL, NULL, (struct conf_pos){0});
	if (p.conf->reg == NULL || root.scope == NULL)
		goto out;
	parse_file(&p, in->path, &root, NULL);
	if (p.oom || conf_finish(p.conf) != 0)
		goto out;
	if (p.read_err == 0)
		parse_check(&p);
	if (diag->errors == before)
		lint(&p);
	parse_warn_rest(&p);
	err = p.read_err != 0         ? p.read_err
	      : p.oom                 ? -ENOMEM
	      : diag->errors > before ? PXE_E_CONFIG
				      : 0;
out:
	for (size_t i = 0; i < p.nsource; i++)
		free(p.source[i].text);
	free(p.source);
	free(p.scope.v);
	if (err == 0)
		*out = p.conf;
	else
		conf_free(p.conf);
	return err;
}
