/* SPDX-License-Identifier: BSD-2-Clause */
/* index.h -- the page that lists a directory, on disk or in an image; may wait for a disk.
 */
#pragma once

#include "httpfsd/catalog.h"
#include "httpfsd/core/listing.h"

struct index {
	/* asked */
	const struct catalog *catalog;
	const struct site_host *host;
	const struct mount *mount; /* NULL: nothing is mounted there, only further down */
	struct pxe_ip client;      /* who asks: mounts that keep it out are not listed */
	struct listing_how how;
	int dir_fd; /* of a directory on disk, and closed by index_run; -1 for images */
	const char *path, *shown; /* below the mount; on the whole host, "" for its root */
	/* answered */
	int err;
	char *page; /* allocated, when err is 0 */
	size_t page_len;
	/* private */
	struct pxe_arena *arena;
	struct listing_entry *entry;
	size_t n, cap;
};

/* Answer ix. On a thread of the pool. Errors: PXE_E_LIMIT (more entries than limits.listing_entries
 * allows), -ENOMEM, or what reading gave. What the mount would not serve is not listed. */
void index_run(struct index *ix);
