/* SPDX-License-Identifier: BSD-2-Clause */
/* json.h -- write one JSON value into a bounded text builder (RFC 8259).
 *
 * Commas are the writer's business. A document that did not fit has truncated set in the builder
 * and must not be sent. Bytes that are not UTF-8 are written as \u00NN of the byte, so that any
 * file name a client sends gives valid JSON; control characters, DEL and C1 included, leave as
 * escapes too, because people read these lines on terminals.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/str.h"

struct pxe_json {
	struct pxe_text *t;
	bool comma;
};

struct pxe_json pxe_json_init(struct pxe_text *t);
/* key is NULL inside arrays and for the outermost value. */
void pxe_json_open(struct pxe_json *j, const char *key, char bracket); /* '{' or '[' */
void pxe_json_close(struct pxe_json *j, char bracket);                 /* '}' or ']' */
void pxe_json_str(struct pxe_json *j, const char *key, const char *s); /* NULL gives null */
void pxe_json_strn(struct pxe_json *j, const char *key, const void *p, size_t n);
void pxe_json_u64(struct pxe_json *j, const char *key, uint64_t v);
void pxe_json_i64(struct pxe_json *j, const char *key, int64_t v);
void pxe_json_bool(struct pxe_json *j, const char *key, bool v);
/* Seconds with microseconds, e.g. 1732406400.000125. */
void pxe_json_us(struct pxe_json *j, const char *key, int64_t us);
