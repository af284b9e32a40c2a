/* SPDX-License-Identifier: BSD-2-Clause */
/* table.h -- JSON objects as a table for people: a column for each member any of them has.
 *
 * Pure. Which columns there are is the daemon's business, so a new member shows without a change
 * here.
 */
#pragma once

#include <stddef.h>

#include "libpxecommon/base/str.h"

struct table;

struct table *table_new(void);
void table_free(struct table *t); /* NULL ok */
/* One object as a row; something that is no object is left out. 0 or -ENOMEM. */
int table_add(struct table *t, const char *line, size_t len);
/* The same of a value of jansson's, which is copied as a reference. */
int table_add_json(struct table *t, void *json);
size_t table_rows(const struct table *t);
/* Hand the header and each row to put as a line. */
void table_show(const struct table *t, void (*put)(const char *line, void *arg), void *arg);
/* A JSON scalar as people read it; objects and arrays as JSON. */
void table_value(struct pxe_text *t, const void *json);
