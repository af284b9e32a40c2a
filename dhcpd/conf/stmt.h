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
/* Place of a statement, for messages. */
struct conf_pos stmt_pos(const struct stmt *s);
/* Write an event program as lease files have it (`on expiry { ... }` body, one line a statement,
 * indented by `indent` blanks). */
void stmt_text(const struct stmt *first, unsigned indent, struct pxe_text *out);
