/* SPDX-License-Identifier: BSD-2-Clause */
/* cache.h -- file contents shared by all transfers of one worker.
 *
 * In a boot storm a thousand machines read the same three files. One open file and one set of
 * chunks serves them: a block costs a memcpy instead of a system call, and a cold file is read from
 * disk once. Nothing here blocks: what the kernel has in memory is taken at once (preadv2 with
 * RWF_NOWAIT); what it has not is read on libuv's pool while the reader waits in a list.
 *
 * Memory is bounded. When every chunk is in current use (a storm spread over more than the limit),
 * pushing one out would only make its readers load it again, 64 KiB for each block of 1.4: then
 * blocks are read from the page cache directly and nothing is pushed out.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <uv.h>

#include "libpxecommon/base/list.h"
#include "tftpd/discs.h"
#include "tftpd/stats.h"

struct cache;
struct cached_file;

/* Somebody who waits for a chunk; embedded by the owner. Taken out of its list before ready is
 * called, and harmless to remove at any time with pxe_list_remove(). */
struct cache_waiter {
	struct pxe_link link; /* pxe_list_init() before first use */
	void (*ready)(struct cache_waiter *w);
};

/* around is called with true before and false after the waiters of a chunk are told, on loop's
 * thread. 0 or -ENOMEM. */
int cache_new(uv_loop_t *loop, size_t bytes, struct stats *stats,
    void (*around)(void *arg, bool begin), void *arg, struct cache **out);
/* All files must be closed; reads still on the pool finish first (run the loop). NULL ok. */
void cache_free(struct cache *c);
/* True while reads are on the pool. */
bool cache_is_busy(const struct cache *c);

/* Share from->fd, which the cache takes over: the same file, unchanged, is open once. A file in an
 * image is read through its extents. NULL when out of memory (the descriptor is closed then). */
struct cached_file *cache_open(struct cache *c, const struct disc_file *from);
void cache_close(struct cached_file *f); /* NULL ok */

/* Copy len bytes at offset, all below the size the file had when it was opened.
 * Returns 0 when dst is filled; PXE_E_AGAIN when the disk must be asked: waiter (not yet in a list)
 * is told then; PXE_E_TRUNC when the file has become shorter; -errno. */
int cache_read(struct cached_file *f, uint64_t offset, void *dst, size_t len, int64_t now_us,
    struct cache_waiter *waiter);
