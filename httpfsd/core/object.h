/* SPDX-License-Identifier: BSD-2-Clause */
/* object.h -- a thing that can be served: bytes of some descriptor with size, date and identity.
 *
 * A plain file and a file inside an image are the same here: an extent of a descriptor. The header
 * lines that depend on the object only are made once, when it is opened. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "httpfsd/core/slice.h"

/* For mtime_s: it has no date, and no Last-Modified. */
#define OBJECT_NO_DATE INT64_MIN

enum { OBJECT_ETAG_MAX = 96, OBJECT_FIELDS_MAX = 560, OBJECT_TYPE_MAX = 128 };

struct object {
	uint64_t base; /* where it begins in its descriptor */
	uint64_t size;
	int64_t mtime_s; /* what Last-Modified says: never later than the moment of opening */
	const char *type;
	const char *coding;         /* Content-Encoding, NULL: none */
	char etag[OBJECT_ETAG_MAX]; /* with its quotes */
	uint16_t etag_len, fields_len;
	uint16_t rest; /* where in fields those begin that a 304 has too: Last-Modified and on */
	/* Content-Type to Accept-Ranges of a whole answer, each line with its CRLF. */
	char fields[OBJECT_FIELDS_MAX];
};

/* What object_init needs to know. */
struct object_facts {
	uint64_t base, size;
	uint64_t id;     /* inode, or image inode */
	uint64_t sub_id; /* place in the image; 0 for a plain file */
	int64_t mtime_s;
	uint32_t mtime_ns;
	const char *type;          /* at most OBJECT_TYPE_MAX; kept */
	const char *cache_control; /* NULL: no such line */
	const char *coding;        /* Content-Encoding it is in; NULL: none. Part of the ETag */
	bool varies;               /* another Accept-Encoding may get another file: say so */
};

/* Fill out. now_s: a modification date in the future becomes now, as RFC 9110 8.8.2.1 demands.
 * The ETag is strong and holds identity, size and nanoseconds of the modification time, so that a
 * file written twice within a second has two (RFC 9110 8.8.1). */
void object_init(struct object *out, const struct object_facts *f, int64_t now_s);
