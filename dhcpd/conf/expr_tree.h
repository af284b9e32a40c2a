/* SPDX-License-Identifier: BSD-2-Clause */
/* expr_tree.h -- nodes of the expression tree, for expr.c and the parser only.
 *
 * EXPR_OPS is the one list of operators: the type they yield, their spelling in configuration text,
 * and, for binary ones, how tightly ISC's parser binds them. A higher number binds tighter; the
 * numbers are ISC's, odd as they are (see expr_parse.c).
 */
#pragma once

#include <regex.h>

#include "dhcpd/conf/expr.h"
#include "dhcpd/conf/model.h"

#define EXPR_OPS(X)                                                                                \
	X(CONST_DATA, DATA, NULL, 0)                                                               \
	X(CONST_NUM, NUM, NULL, 0)                                                                 \
	X(NULL, DATA, "null", 0)                                                                   \
	X(OPTION, DATA, "option", 0)                                                               \
	X(CONFIG_OPTION, DATA, "config-option", 0)                                                 \
	X(PARAM, DATA, "config-option", 0)                                                         \
	X(EXISTS, BOOL, "exists", 0)                                                               \
	X(HARDWARE, DATA, "hardware", 0)                                                           \
	X(LEASED_ADDRESS, DATA, "leased-address", 0)                                               \
	X(LEASE_TIME, NUM, "lease-time", 0)                                                        \
	X(HOST_DECL_NAME, DATA, "host-decl-name", 0)                                               \
	X(FILENAME, DATA, "filename", 0)                                                           \
	X(SERVER_NAME, DATA, "server-name", 0)                                                     \
	X(GETHOSTNAME, DATA, "gethostname()", 0)                                                   \
	X(HOST, DATA, "gethostbyname", 0)                                                          \
	X(KNOWN, BOOL, "known", 0)                                                                 \
	X(STATIC, BOOL, "static", 0)                                                               \
	X(CHECK, BOOL, "check", 0)                                                                 \
	X(VAR, ANY, NULL, 0)                                                                       \
	X(DEFINED, BOOL, "defined", 0)                                                             \
	X(CALL, ANY, NULL, 0)                                                                      \
	X(PACKET, DATA, "packet", 0)                                                               \
	X(SUBSTRING, DATA, "substring", 0)                                                         \
	X(SUFFIX, DATA, "suffix", 0)                                                               \
	X(LCASE, DATA, "lcase", 0)                                                                 \
	X(UCASE, DATA, "ucase", 0)                                                                 \
	X(CONCAT, DATA, "concat", 0)                                                               \
	X(PICK, DATA, "pick-first-value", 0)                                                       \
	X(B2A, DATA, "binary-to-ascii", 0)                                                         \
	X(REVERSE, DATA, "reverse", 0)                                                             \
	X(ENCODE, DATA, "encode-int", 0)                                                           \
	X(EXTRACT, NUM, "extract-int", 0)                                                          \
	X(V6RELAY, DATA, "v6relay", 0)                                                             \
	X(NOT, BOOL, "not", 0)                                                                     \
	X(AND, BOOL, "and", 3)                                                                     \
	X(OR, BOOL, "or", 3)                                                                       \
	X(EQ, BOOL, "=", 4)                                                                        \
	X(NE, BOOL, "!=", 4)                                                                       \
	X(REGEX, BOOL, "~=", 4)                                                                    \
	X(IREGEX, BOOL, "~~", 4)                                                                   \
	X(ADD, NUM, "+", 2)                                                                        \
	X(SUB, NUM, "-", 2)                                                                        \
	X(MUL, NUM, "*", 1)                                                                        \
	X(DIV, NUM, "/", 1)                                                                        \
	X(MOD, NUM, "%", 1)                                                                        \
	X(BITAND, NUM, "&", 100)                                                                   \
	X(BITOR, NUM, "|", 100)                                                                    \
	X(BITXOR, NUM, "^", 100)

enum expr_op {
#define X(id, ...) OP_##id,
	EXPR_OPS(X)
#undef X
	    OP_COUNT
};

struct expr_func { /* define NAME (ARGS) { BODY } */
	const char *name;
	const char **arg;
	unsigned narg;
	const struct stmt *body;
	struct expr_func *next;
};

struct expr {
	enum expr_op op;
	unsigned narg;
	const struct expr **arg;
	union {
		struct pxe_bytes data;         /* CONST_DATA */
		uint64_t num;                  /* CONST_NUM; bits of ENCODE and EXTRACT */
		const struct pxe_opt_def *opt; /* OPTION, CONFIG_OPTION, EXISTS */
		const struct param_row *param; /* PARAM: config-option server.NAME */
		const char *name;              /* VAR, DEFINED, CHECK */
		const struct expr_func *func;  /* CALL */
		struct {
			const struct conf_name *name;
			bool all; /* every address, not just the first */
		} host;
		const regex_t
		    *regex; /* REGEX, IREGEX; NULL: the pattern is invalid or not constant */
	};
};

struct expr_value {
	enum { VALUE_NULL, VALUE_BOOL, VALUE_NUM, VALUE_DATA } kind;
	uint64_t num; /* BOOL, NUM */
	struct pxe_bytes data;
};

enum { EXPR_CALL_DEPTH = 16 };

/* Evaluate to whatever type it has. */
void expr_eval(const struct expr *e, struct expr_ctx *c, struct expr_value *out);
/* How tightly a binary operator binds; 0 for others. */
int expr_op_precedence(enum expr_op op);
/* Spelling; NULL for constants, variables and calls. */
const char *expr_op_text(enum expr_op op);
/* expr_func.c: value of a function that yields data; false: null, or e is no such function. */
bool expr_function(const struct expr *e, struct expr_ctx *c, struct pxe_bytes *out);
/* A copy of in with a NUL behind it; *at may be written to. False: no room. */
bool expr_copy(struct expr_ctx *c, struct pxe_bytes in, struct pxe_bytes *out, uint8_t **at);
/* The n bytes at p as a number, most significant first. */
uint64_t expr_number(const uint8_t *p, size_t n);

/* stmt.c: run a function's body; the value of its `return`. */
void stmt_call(const struct stmt *body, struct expr_ctx *c, struct expr_value *out);
