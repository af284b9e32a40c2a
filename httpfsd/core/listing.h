/* SPDX-License-Identifier: BSD-2-Clause */
/* listing.h -- a directory as HTML for people and `wget -r`, or as JSON for programs. Pure.
 *
 * Names are a stranger's: in HTML they are escaped and bytes that are not UTF-8 are shown as
 * U+FFFD; in links every byte outside a small set is percent-encoded, the colon too, so that no
 * name reads as a scheme.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "httpfsd/core/slice.h"
#include "libpxecommon/base/str.h"

struct listing_entry {
	const char *name;
	uint64_t size;
	int64_t mtime_s;
	bool is_dir;
};

enum listing_key { LISTING_NAME, LISTING_TIME, LISTING_SIZE };
enum listing_format { LISTING_HTML, LISTING_JSON };

struct listing_how {
	enum listing_format format;
	enum listing_key key;
	bool descending;
};

/* From a query: format=json|html, and Apache's C=N|M|S with O=A|D, joined by '&' or ';'. What is
 * not understood is ignored. */
struct listing_how listing_how_parse(struct slice query);

/* Directories first, then by key; ties by name. */
void listing_sort(struct listing_entry *e, size_t n, const struct listing_how *how);

/* Upper bound of the bytes that listing_write makes. */
size_t listing_bound(const char *path, const struct listing_entry *e, size_t n);
/* path: of the request, normalised, "" for the root: shown only. */
void listing_write(struct pxe_text *t, const char *path, const struct listing_entry *e, size_t n,
    const struct listing_how *how);

/* Content-Type of a format. */
const char *listing_type(enum listing_format format);

/* A path as it may stand in a URL: percent-encoded where needed, slashes kept. At most 3 * strlen
 * bytes. */
void listing_encode(struct pxe_text *t, const char *path);
