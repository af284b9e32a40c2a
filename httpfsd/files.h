/* SPDX-License-Identifier: BSD-2-Clause */
/* files.h -- descriptors a worker keeps open between requests, never stale.
 *
 * Every hit is checked against the name it was opened by: one fstatat, and a different inode, size,
 * time or mode means the file is opened anew. So a cache saves the open and the making of headers,
 * and a client never sees a file that is no longer there. Requests that had all come before the
 * check share it (files_turn), which is what a rack that boots at once is made of. Belongs to one
 * worker, no locks.
 */
#pragma once

#include <sys/stat.h>

#include "httpfsd/catalog.h"
#include "httpfsd/core/object.h"
#include "httpfsd/discs.h"
#include "libpxecommon/base/hash.h"
#include "libpxecommon/base/list.h"

struct file {
	struct pxe_hnode node;
	struct pxe_link lru;
	const struct mount *mount;
	unsigned refs; /* answers that use it, and one for the cache while it is in there */
	bool is_cached;
	uint8_t coding;   /* place in coding_table + 1 of a compressed sibling, else 0 */
	uint64_t checked; /* turn of the last check */
	bool no_nowait;   /* its file system cannot say whether a read would block */
	int fd;
	struct stat st;    /* of a plain file */
	struct disc *disc; /* the image it lies in, which owns fd; NULL for a plain file */
	unsigned nextent;  /* of a file in pieces; 0: all from obj.base on */
	struct pxe_iso_extent *extent;
	struct object obj;
	size_t path_len;
	char path[];
};

struct files {
	struct pxe_hmap map;
	struct pxe_link lru; /* least recently used first */
	struct pxe_hash_seed seed;
	size_t max;
	uint64_t hits, misses;
	uint64_t turn;
};

enum { FILES_IS_DIR = 1 };

void files_init(struct files *fs, const struct pxe_hash_seed *seed, size_t max);
/* Forget all; files in use live on until released. Also before another catalog is used. */
void files_clear(struct files *fs);
void files_fini(struct files *fs);

/* Requests asked for from now on came later than those before: checks made so far do not count for
 * them. To be called when the loop goes to wait, and before a request that may have come since. */
static inline void files_turn(struct files *fs)
{
	fs->turn++;
}

/* Open path (normalised, below m, without a final slash) for serving.
 *
 * now_s  bounds Last-Modified.
 * Returns 0 with a file in *out_file that the caller releases; FILES_IS_DIR with a descriptor in
 * *out_dir that the caller closes; or an error of pxe_root_open_read, -ENOMEM. When the process
 * runs out of descriptors, unused ones of the cache are given up first. */
int files_open(struct files *fs, const struct mount *m, const struct types *types, const char *path,
    int64_t now_s, struct file **out_file, int *out_dir);
/* The compressed sibling of plain (a file of m) with coding_table[coding], to be sent in its place.
 * Returns 0 with a file in *out_file that the caller releases; -ENOENT also when the sibling is
 * older than plain, or no file; otherwise as files_open. */
int files_open_coded(struct files *fs, const struct file *plain, unsigned coding, int64_t now_s,
    struct file **out_file);
/* The cached and current file at path, or NULL. The caller releases it. */
struct file *files_find(struct files *fs, const struct mount *m, const char *path);
/* A file inside an image, kept under path. disc's reference is taken over, also on failure. NULL
 * when out of memory. may_keep: false when fs belongs to another catalog by now. */
struct file *files_add_image(struct files *fs, const struct mount *m, const struct types *types,
    const char *path, int64_t now_s, struct disc *disc, const struct pxe_iso_node *node,
    bool may_keep);
/* A file made for one answer, with fd (taken over, also on failure) and facts; never kept. NULL
 * when out of memory. */
struct file *files_make(int fd, const char *path, const struct object_facts *facts, int64_t now_s);
void files_release(struct files *fs, struct file *f); /* NULL ok */

/* Where bytes off to off+len-1 of f lie in f->fd: the place of the first in *out_off, and how many
 * of them follow each other there (returned, 1..len). */
uint64_t file_place(const struct file *f, uint64_t off, uint64_t len, uint64_t *out_off);
