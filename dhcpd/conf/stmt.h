/* SPDX-License-Identifier: BSD-2-Clause */
/* stmt.h -- executable statements, and running them.
 *
 * Option and parameter statements, if/switch, set, log, execute, add, on: everything that stands in
 * a scope and acts when a packet is answered. Statements are immutable once parsed. Running them
 * changes the settings only: effects on the world (log lines, commands) are collected there for the
 * shell. Pure.
 */
#pragma once

#include "dhcpd/conf/expr.h"

struct stmt; /* opaque: stmt.c */

/* Run a list in order. A `break` ends the list it stands in; false when a `return` ended the run.
 */
bool stmt_run(const struct stmt *first, struct expr_ctx *c);
/* After the last list: evaluate once more the options and parameters whose value is an expression,
 * which until then have the value of the moment they were set, and drop those that are null. ISC
 * dhcpd evaluates them only now, so that they see what was set later and in narrower scopes. */
void stmt_finish(struct expr_ctx *c);
/* Place of a statement, for messages. */
struct conf_pos stmt_pos(const struct stmt *s);
/* Write an event program as lease files have it (`on expiry { ... }` body, one line a statement,
 * indented by `indent` blanks). */
void stmt_text(const struct stmt *first, unsigned indent, struct pxe_text *out);
