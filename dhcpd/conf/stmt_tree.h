/* SPDX-License-Identifier: BSD-2-Clause */
/* stmt_tree.h -- nodes of statement lists, for stmt.c and the parser only. */
#pragma once

#include "dhcpd/conf/expr_tree.h"
#include "dhcpd/conf/stmt.h"

enum stmt_op {
	STMT_OPTION,
	STMT_PARAM,
	STMT_IF,
	STMT_SWITCH,
	STMT_CASE, /* a label inside a switch */
	STMT_DEFAULT,
	STMT_BREAK,
	STMT_SET,
	STMT_UNSET,
	STMT_EVAL,
	STMT_RETURN,
	STMT_LOG,
	STMT_EXECUTE,
	STMT_ADD,
	STMT_ON,
	STMT_DEFINE /* a function; does nothing when run */
};

struct stmt_branch {             /* if, each elsif, else */
	const struct expr *cond; /* NULL: else */
	const struct stmt *body;
	struct stmt_branch *next;
};

struct stmt {
	enum stmt_op op;
	struct conf_pos pos;
	struct stmt *next;
	union {
		struct {
			const struct pxe_opt_def *def;
			enum settings_op how;
			const struct expr *value;
		} option;
		struct {
			const struct param_row *row;
			const struct expr *value; /* NULL: num is the value */
			uint32_t num;
			enum settings_op how : 8; /* packed: no statement needs more room */
			bool computed; /* value was written after '=': raw bytes, even of numbers */
		} param;
		struct stmt_branch *branch; /* IF */
		struct {
			const struct expr *value;
			const struct stmt *body;
		} on_value; /* SWITCH; CASE has a value only */
		struct {
			const char *name;
			const struct expr *value; /* SET; NULL for UNSET */
		} set;
		const struct expr *value; /* EVAL, RETURN */
		struct {
			enum setting_log_level level;
			const struct expr *text;
		} log;
		struct {
			const char *command;
			const struct expr **arg;
			unsigned narg;
		} execute;
		const char *class_name; /* ADD */
		struct {
			unsigned mask; /* enum setting_on */
			const struct stmt *body;
		} on;
		const struct expr_func *func; /* DEFINE */
	};
};
