/* SPDX-License-Identifier: BSD-2-Clause */
/* parse.h -- the recursive descent parser of dhcpd.conf: what its files share.
 *
 * A function that parses something reports what is wrong where it finds it, once, and says so by
 * its result; whoever parses statements then skips to the end of the broken one and goes on. So one
 * run lists all errors. The texts are those of ISC dhcpd 4.4.3, which administrators and tools
 * know; a hint may follow in parentheses.
 */
#pragma once

#include "dhcpd/conf/conf_build.h"
#include "dhcpd/conf/lexer.h"

enum {
	PARSE_INCLUDE_MAX = 32,    /* files open at a time */
	PARSE_NEST_MAX = 64,       /* blocks or parentheses inside each other */
	PARSE_VALUE_MAX = 16384,   /* bytes of one constant option value */
	PARSE_OPERATOR_MAX = 4096, /* operators in one expression */
	PARSE_WARNING_MAX = 20,    /* warnings of one kind that are listed; the rest is counted */
	PARSE_WARNING_KINDS = 64
};

struct parse_source { /* a file that has been read; kept for quoting lines */
	char *text;
	size_t len;
};

struct parse_peer { /* failover peer: checked only */
	const char *name;
	struct conf_pos pos;
	bool is_primary, has_split, has_address, is_used;
	uint32_t mclt, load_balance_max_s;
};

/* An option whose code its space cannot carry. ISC lets it pass, and so it has a name, but it is
 * never sent. */
struct parse_ghost {
	struct pxe_opt_def *def;
	struct parse_ghost *next;
};

struct parser {
	struct conf *conf;
	struct pxe_arena *arena; /* conf's */
	struct lexer *lx;
	const struct conf_input *in;
	struct pxe_diag *diag;
	struct parse_source *source; /* by file number */
	size_t nsource;
	unsigned depth, nest, paren; /* open files, blocks, parentheses */
	bool oom;
	int read_err; /* -errno of the first file */
	bool warned_host, warned_class6;
	bool warned_param[PARAM_COUNT];
	bool wants_ddns;                       /* ddns-update-style is not none */
	struct conf_pos ddns_pos[PARAM_COUNT]; /* where what only DNS updates need is asked for */
	struct expr_func *func;
	int case_context;     /* enum parse_context of the switch we are in; CONTEXT_ANY: in none */
	struct conf_pos last; /* of the token taken last */
	bool long_string;     /* the last token is a string that goes over a line end */
	struct parse_ghost *ghost;
	struct conf_list scope; /* all, by id */
	struct {
		const char *code;
		unsigned n;
	} warned[PARSE_WARNING_KINDS];
};

/* A scope while it is open, or again when a class is declared again. */
struct scope_build {
	struct scope scope; /* first */
	struct stmt **tail;
};

/* Where a statement stands. */
struct block {
	enum scope_kind kind;
	struct scope *scope;
	struct network *net;   /* NULL: outside of networks */
	struct subnet *subnet; /* NULL: outside of subnets */
	struct pool *pool;
	struct host *host;
	struct class *class;
	struct subclass *subclass;
	bool declared;            /* something was declared here: changes the wording of an error */
	bool done;                /* the block cannot go on: skip to its end */
	bool matched, submatched; /* class: `match if`, `match` or `spawn with` seen */
	bool is_dynamic, is_deleted; /* as lease files have it */
};

/* ---- parse.c: reporting, tokens, memory, files ---- */

/* Report an error at a token. fmt is ISC's text; hint, when not NULL, follows in parentheses. */
void parse_error(struct parser *p, const struct token *at, const char *code, const char *hint,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void parse_error_at(struct parser *p, struct conf_pos pos, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void parse_warn(struct parser *p, struct conf_pos pos, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Say how many warnings were not listed. */
void parse_warn_rest(struct parser *p);

/* The name of the file that a place is in. */
const char *parse_file_of(const struct parser *p, struct conf_pos pos);

/* Will one more finding be kept? Past that, looking for a hint is wasted time. */
bool parse_has_room(const struct parser *p);

/* Next token; reports what is wrong with a string. */
const struct token *parse_next(struct parser *p);
const struct token *parse_peek(struct parser *p);
/* Take the next token if it is this character or this keyword. */
bool parse_accept(struct parser *p, char punct);
bool parse_accept_kw(struct parser *p, enum keyword kw);
/* The same, and report "semicolon expected." and the like otherwise (the token is not taken). */
bool parse_semi(struct parser *p);
bool parse_lbrace(struct parser *p);
/* Skip the rest of a broken statement: past its ';', or past the block it opens; a '}' that closes
 * what is around it is left alone. */
void parse_skip(struct parser *p);
/* Skip to the '}' of a block that has been entered, and past it. */
void parse_skip_block(struct parser *p);

/* Zeroed memory of the configuration; NULL and p->oom when there is none. */
void *parse_alloc(struct parser *p, size_t n);
char *parse_strndup(struct parser *p, const void *s, size_t n);
struct pxe_bytes parse_dup(struct parser *p, struct pxe_bytes b);
/* Room for one more element in an array of n that grows by doubling; NULL: no memory. */
void *parse_grow(struct parser *p, void *array, size_t n, size_t elem);
/* Spelling of a token for a message, NUL-terminated, in the arena. */
const char *parse_spell(struct parser *p, const struct token *t);
/* The number ISC's lexer gives a kind of token, as some of its messages show. */
int parse_isc_token(const struct token *t);
struct scope *parse_scope(struct parser *p, enum scope_kind kind, struct scope *parent,
    const char *name, struct conf_pos pos);
void parse_append(struct scope *scope, struct stmt *s);

/* Report the end of the file in a block that was opened there. */
void parse_open_end(struct parser *p, struct conf_pos open, const char *isc);
/* Statements of a block up to its '}' (taken), or of a file up to its end. */
void parse_block(struct parser *p, struct block *b);
void parse_file(struct parser *p, const char *path, struct block *b, const struct token *at);

/* ---- parse_stmt.c: one statement or declaration ---- */

void parse_statement(struct parser *p, struct block *b);
/* 'did you mean "option"?' for a word that begins no statement; NULL: nothing near. */
const char *parse_hint_statement(struct parser *p, const struct token *t);

/* ---- stmt_parse.c: executable statements ---- */

enum parse_result { PARSE_OK, PARSE_BAD, PARSE_NONE /* no such statement begins here */ };

/* One executable statement; PARSE_OK with *out NULL for one that leaves nothing to run. */
enum parse_result parse_executable(struct parser *p, struct block *b, struct stmt **out);
/* `{ statements }` after its '{', up to and with '}'. */
bool parse_body(struct parser *p, struct block *b, const struct stmt **out);
/* Does this word begin a statement or declaration? */
bool parse_begins_statement(struct parser *p, const struct token *t);
struct stmt *parse_stmt_new(struct parser *p, enum stmt_op op, struct conf_pos pos);
/* What follows `option NAME` or the like; includes the ';'. */
enum parse_result parse_option_statement(struct parser *p, const struct pxe_opt_def *def,
    enum settings_op how, struct conf_pos pos, struct stmt **out);
enum parse_result parse_param_statement(struct parser *p, struct block *b,
    const struct param_row *row, enum settings_op how, struct conf_pos pos, struct stmt **out);
enum parse_result parse_permission(
    struct parser *p, struct block *b, unsigned flag, struct conf_pos pos, struct stmt **out);

/* End of a statement: its ';'. */
enum parse_result parse_finish(struct parser *p, struct stmt *s, struct stmt **out);

/* The word that a statement began with, taken already. */
struct stmt_head {
	enum keyword kw;
	struct conf_pos pos;
	unsigned arg; /* by statement: enum settings_op, enum param_flag, enum stmt_op */
};

/* ---- stmt_action.c: what follows that word ---- */

enum parse_result parse_set(
    struct parser *p, struct block *b, const struct stmt_head *h, struct stmt **out);
enum parse_result parse_unset(
    struct parser *p, struct block *b, const struct stmt_head *h, struct stmt **out);
enum parse_result parse_value(
    struct parser *p, struct block *b, const struct stmt_head *h, struct stmt **out);
enum parse_result parse_log(
    struct parser *p, struct block *b, const struct stmt_head *h, struct stmt **out);
enum parse_result parse_execute(
    struct parser *p, struct block *b, const struct stmt_head *h, struct stmt **out);
enum parse_result parse_add(
    struct parser *p, struct block *b, const struct stmt_head *h, struct stmt **out);

/* ---- expr_operand.c, expr_parse.c ---- */

enum parse_context { /* what kind of expression may stand here */
	CONTEXT_ANY,
	CONTEXT_BOOL,
	CONTEXT_DATA,
	CONTEXT_NUM,
	CONTEXT_DATA_OR_NUM
};

/* NULL: an error was reported, unless *none becomes true: no expression begins here. */
const struct expr *parse_expr(struct parser *p, enum parse_context context, bool *none);
/* What stands between binary operators; result as of parse_expr. */
const struct expr *parse_operand(struct parser *p, enum parse_context context, bool *none);
/* Take this character, or report text. */
bool parse_expect(struct parser *p, char punct, const char *text);
/* An expression of that type; everything that goes wrong is reported. `what` is for the message
 * when there is no expression at all. */
const struct expr *parse_bool(struct parser *p, const char *what);
const struct expr *parse_data(struct parser *p, const char *what);
const struct expr *parse_num(struct parser *p, const char *what);
struct expr *parse_expr_new(struct parser *p, enum expr_op op, unsigned narg);
const struct expr *parse_const(struct parser *p, struct pxe_bytes value);
/* A name to be looked up in DNS. */
const struct expr *parse_host_lookup(
    struct parser *p, const char *name, bool want6, bool all, struct conf_pos pos);
struct conf_name *parse_conf_name(
    struct parser *p, const char *name, bool want6, struct conf_pos pos);

/* ---- parse_value.c: numbers, addresses, hex, dates ---- */

/* Text of a number in a base (0: by its prefix) that fits into `bits`, as `bits`/8 bytes most
 * significant first. False: reported. */
bool parse_number(struct parser *p, const struct token *t, int base, unsigned bits, uint32_t *out);
/* Decimal digits as C's atoi() sees them. */
int64_t parse_atoi(const struct token *t);
bool parse_ip4(struct parser *p, struct pxe_ip4 *out);
/* Does an IPv4 address begin here, rather than a host name? Names may begin with a number; a
 * number, a dot and another number begin an address (1.pool.ntp.org is a name). */
bool parse_is_ip4(const struct parser *p, const struct token *t);
bool parse_ip6(struct parser *p, struct pxe_ip6 *out);
/* Is any bit behind the first len set? */
bool parse_has_host_bits(const struct pxe_ip6 *ip, unsigned len);
/* a:0b:c, at most max bytes; the first token may be peeked only. Returns the count, -1: reported.
 */
int parse_hex(struct parser *p, uint8_t *out, size_t max, const char *what);
bool parse_hardware(struct parser *p, struct pxe_hwaddr *out);
/* A dotted name, NULL when there is none here (nothing reported). */
const char *parse_name(struct parser *p);
/* `W Y/M/D h:m:s [offset]`, `epoch N` or `never` (INT64_MAX). */
bool parse_date(struct parser *p, int64_t *out);
/* Base64 text, quoted or not. False: reported. */
bool parse_base64(struct parser *p, struct pxe_bytes *out);

/* ---- parse_option.c, parse_option_value.c: names, definitions and values of options ---- */

struct option_name {
	const struct pxe_opt_def *def; /* NULL: there is no such option */
	const struct param_row *param; /* `server.NAME` */
	const struct pxe_opt_space *space;
	const char *name; /* without the space */
	struct conf_pos pos;
};

/* `name` or `space.name`. False: reported. An unknown option in a known space is no error here. */
bool parse_option_name(struct parser *p, struct option_name *out);
/* The same, but an unknown option is reported too, as expressions do. */
bool parse_known_option(struct parser *p, struct option_name *out);
void parse_unknown_option(struct parser *p, const struct option_name *name, const char *isc);
void parse_option_space(struct parser *p);
void parse_option_definition(struct parser *p, const struct option_name *name);
/* The value of an option in the grammar of its type, without the ';'. NULL: reported. */
const struct expr *parse_option_value(struct parser *p, const struct pxe_opt_def *def);
/* One address or host name as an expression. NULL: reported. */
const struct expr *parse_ip_or_host(struct parser *p, bool all);

/* ---- declarations ---- */

/* The _statement functions handle what only that kind of block knows; false: it is none of it. */
void parse_host(struct parser *p, struct block *b);
bool parse_host_statement(struct parser *p, struct block *b, enum keyword kw);
void parse_hardware_statement(struct parser *p, struct block *b);
void parse_fixed_address(struct parser *p, struct block *b, bool is6);
void parse_fixed_prefix6(struct parser *p, struct block *b);
void parse_class(struct parser *p, struct block *b);
void parse_subclass(struct parser *p, struct block *b);
bool parse_class_statement(struct parser *p, struct block *b, enum keyword kw);
void parse_group(struct parser *p, struct block *b);
void parse_shared_network(struct parser *p, struct block *b);
void parse_subnet(struct parser *p, struct block *b, bool is6);
void parse_interface(struct parser *p, struct block *b);
void parse_pool(struct parser *p, struct block *b, bool is6);
bool parse_pool_statement(struct parser *p, struct block *b, enum keyword kw);
void parse_range4(struct parser *p, struct block *b);
void parse_range6(struct parser *p, struct block *b);
void parse_prefix6(struct parser *p, struct block *b);
bool parse_key(struct parser *p);
bool parse_zone(struct parser *p);
void parse_failover(struct parser *p, struct block *b);
struct parse_peer *parse_find_peer(const struct parser *p, const char *name);
void parse_server_duid(struct parser *p);

/* ---- parse_check.c: what can be seen only at the end ---- */

void parse_check(struct parser *p);

/* ---- lint*.c: what is legal and surely wrong ---- */

void lint(struct parser *p);
void lint_networks(struct parser *p);
void lint_hosts(struct parser *p);
void lint_expressions(struct parser *p);
void lint_boot(struct parser *p);
void lint_fetch(struct parser *p);
void lint_twice(struct parser *p);
void lint_networks6(struct parser *p);

/* Call fn for each statement of a list and of the blocks in it. */
typedef void (*lint_stmt_fn)(struct parser *p, const struct stmt *s, void *arg);
void lint_walk(struct parser *p, const struct stmt *first, lint_stmt_fn fn, void *arg);
/* The same for all scopes. */
void lint_walk_all(struct parser *p, lint_stmt_fn fn, void *arg);
/* Is it a statement that sets this option of the main space? */
bool lint_sets(const struct stmt *s, uint32_t code);
/* Is it a URL that boot firmware or boot loaders fetch? */
bool lint_is_url(struct pxe_bytes v);
/* Host of such a URL, without brackets; false: none, or one with a variable in it. */
bool lint_url_host(struct pxe_bytes v, char *buf, size_t cap);
/* The i-th IPv4 address of a constant value; false past its end. */
bool lint_address(const struct expr *value, size_t i, struct pxe_ip4 *out);
