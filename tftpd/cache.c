/* SPDX-License-Identifier: BSD-2-Clause */
/* cache.c -- file contents shared by all transfers of one worker. */
#include "tftpd/cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/hash.h"

enum {
	CHUNK = 64 << 10,
	/* A chunk used this recently is worth more than the one that would replace it. */
	CURRENT_US = 250 * 1000
};

struct cache {
	uv_loop_t *loop;
	struct stats *stats;
	void (*around)(void *arg, bool begin);
	void *arg;
	size_t limit, used;
	struct pxe_hmap files, chunks;
	struct pxe_link lru; /* loaded chunks, the longest unused first */
	unsigned busy;       /* reads on the pool */
};

struct cached_file {
	struct pxe_hnode node;
	struct cache *cache;
	int fd;
	unsigned refs;  /* openers, and reads on the pool */
	bool no_nowait; /* the file system cannot say what is in memory */
	struct stat st; /* its size is that of the file, also inside an image */
	unsigned n;     /* extents of an image that it is made of; 0: all that is open */
	struct pxe_iso_extent extent[];
};

struct chunk {
	struct pxe_hnode node;
	struct pxe_link lru;
	struct pxe_link waiters;
	struct cached_file *file;
	uint64_t index;
	size_t len; /* of the file in this chunk */
	bool loading;
	int err;
	int64_t used_us;
	uv_work_t work;
	uint8_t data[];
};

struct chunk_key {
	const struct cached_file *file;
	uint64_t index;
};

/* Nobody outside can choose these keys, so mixing is enough. */
static uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t h = (a ^ b * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xbf58476d1ce4e5b9);

	return h ^ h >> 31;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       memcmp(&a->st_mtim, &b->st_mtim, sizeof(a->st_mtim)) == 0 &&
	       memcmp(&a->st_ctim, &b->st_ctim, sizeof(a->st_ctim)) == 0;
}

static bool file_eq(const struct pxe_hnode *node, const void *key)
{
	const struct cached_file *f = PXE_CONTAINER(node, const struct cached_file, node);
	const struct disc_file *k = key;

	return same_file(&f->st, &k->st) && f->n == k->n &&
	       memcmp(f->extent, k->extent, f->n * sizeof(f->extent[0])) == 0;
}

static bool chunk_eq(const struct pxe_hnode *node, const void *key)
{
	const struct chunk *c = PXE_CONTAINER(node, const struct chunk, node);
	const struct chunk_key *k = key;

	return c->file == k->file && c->index == k->index;
}

int cache_new(uv_loop_t *loop, size_t bytes, struct stats *stats,
    void (*around)(void *arg, bool begin), void *arg, struct cache **out)
{
	struct cache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return -ENOMEM;
	c->loop = loop;
	c->limit = bytes;
	c->stats = stats;
	c->around = around;
	c->arg = arg;
	pxe_hmap_init(&c->files);
	pxe_hmap_init(&c->chunks);
	pxe_list_init(&c->lru);
	*out = c;
	return 0;
}

bool cache_is_busy(const struct cache *c)
{
	return c->busy > 0;
}

static void drop_chunk(struct cache *c, struct chunk *k)
{
	pxe_hmap_remove(&c->chunks, &k->node);
	pxe_list_remove(&k->lru);
	c->used -= k->len;
	stat_set(c->stats, STAT_CACHE_BYTES, c->used);
	free(k);
}

void cache_free(struct cache *c)
{
	if (c == NULL)
		return;
	PXE_LIST_FOREACH_SAFE (l, &c->lru)
		drop_chunk(c, PXE_CONTAINER(l, struct chunk, lru));
	pxe_hmap_fini(&c->files);
	pxe_hmap_fini(&c->chunks);
	free(c);
}

struct cached_file *cache_open(struct cache *c, const struct disc_file *from)
{
	uint64_t at = from->n > 0 ? from->extent[0].offset : 0;
	uint64_t hash = mix((uint64_t)from->st.st_ino ^ at, (uint64_t)from->st.st_dev);
	struct pxe_hnode *node = pxe_hmap_find(&c->files, hash, file_eq, from);
	size_t extents = from->n * sizeof(from->extent[0]);
	struct cached_file *f;

	if (node != NULL) {
		(void)close(from->fd);
		f = PXE_CONTAINER(node, struct cached_file, node);
		f->refs++;
		return f;
	}
	f = calloc(1, sizeof(*f) + extents);
	if (f == NULL || pxe_hmap_insert(&c->files, hash, &f->node) != 0) {
		(void)close(from->fd);
		free(f);
		return NULL;
	}
	f->cache = c;
	f->fd = from->fd;
	f->refs = 1;
	f->st = from->st;
	f->n = from->n;
	memcpy(f->extent, from->extent, extents);
	return f;
}

/* Where offset of the file is in what is open; no more than *len bytes adjoin there. */
static uint64_t locate(const struct cached_file *f, uint64_t offset, size_t *len)
{
	for (unsigned i = 0; i < f->n; i++) {
		uint64_t left = f->extent[i].length;

		if (offset >= left) {
			offset -= left;
			continue;
		}
		left -= offset;
		*len = left < *len ? (size_t)left : *len;
		return f->extent[i].offset + offset;
	}
	return offset;
}

/* With the last reader gone the chunks go too: the page cache has them, and whoever asks next
 * must see the file as it is then. */
void cache_close(struct cached_file *f)
{
	struct cache *c;

	if (f == NULL || --f->refs > 0)
		return;
	c = f->cache;
	PXE_LIST_FOREACH_SAFE (l, &c->lru) {
		struct chunk *k = PXE_CONTAINER(l, struct chunk, lru);

		if (k->file == f)
			drop_chunk(c, k);
	}
	pxe_hmap_remove(&c->files, &f->node);
	(void)close(f->fd);
	free(f);
}

/* What the kernel has in memory: n, 0 when it is not all there. */
static ssize_t read_now(struct cached_file *f, void *dst, size_t len, uint64_t offset)
{
	struct iovec iov = {.iov_base = dst, .iov_len = len};
	ssize_t n;

	if (f->no_nowait)
		return 0;
	offset = locate(f, offset, &iov.iov_len);
	n = preadv2(f->fd, &iov, 1, (off_t)offset, RWF_NOWAIT);
	if (n >= 0)
		return (size_t)n == len ? n : 0;
	if (errno == EOPNOTSUPP || errno == ENOSYS)
		f->no_nowait = true;
	else if (errno != EAGAIN && errno != EINTR)
		return -errno;
	return 0;
}

static int read_all(const struct cached_file *f, uint8_t *dst, size_t len, uint64_t offset)
{
	while (len > 0) {
		size_t part = len;
		uint64_t at = locate(f, offset, &part);
		ssize_t n = pread(f->fd, dst, part, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return PXE_E_TRUNC;
		dst += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

static void load_work(uv_work_t *work)
{
	struct chunk *k = PXE_CONTAINER(work, struct chunk, work);

	k->err = read_all(k->file, k->data, k->len, k->index * CHUNK);
}

static void load_done(uv_work_t *work, int status)
{
	struct chunk *k = PXE_CONTAINER(work, struct chunk, work);
	struct cache *c = k->file->cache;
	struct cached_file *f = k->file;
	struct pxe_link ready;

	c->around(c->arg, true);
	c->busy--;
	k->loading = false;
	if (status != 0)
		k->err = status;
	pxe_list_append(&c->lru, &k->lru);
	/* The list of those to tell must not change while they go on and perhaps wait again. */
	pxe_list_init(&ready);
	while (!pxe_list_is_empty(&k->waiters)) {
		struct pxe_link *l = k->waiters.next;

		pxe_list_remove(l);
		pxe_list_append(&ready, l);
	}
	while (!pxe_list_is_empty(&ready)) {
		struct pxe_link *l = ready.next;

		pxe_list_remove(l);
		PXE_CONTAINER(l, struct cache_waiter, link)
		    ->ready(PXE_CONTAINER(l, struct cache_waiter, link));
	}
	cache_close(f);
	c->around(c->arg, false);
}

/* Make room for len more bytes. False when only chunks in current use could go. */
static bool make_room(struct cache *c, size_t len, int64_t now_us, bool must)
{
	while (c->used + len > c->limit && !pxe_list_is_empty(&c->lru)) {
		struct chunk *oldest = PXE_CONTAINER(c->lru.next, struct chunk, lru);

		if (!must && now_us - oldest->used_us < CURRENT_US)
			return false;
		drop_chunk(c, oldest);
	}
	return must || c->used + len <= c->limit;
}

static struct chunk *add_chunk(struct cached_file *f, uint64_t index, uint64_t hash, size_t len)
{
	struct cache *c = f->cache;
	struct chunk *k = malloc(sizeof(*k) + len);

	if (k == NULL)
		return NULL;
	memset(k, 0, sizeof(*k));
	k->file = f;
	k->index = index;
	k->len = len;
	pxe_list_init(&k->lru);
	pxe_list_init(&k->waiters);
	if (pxe_hmap_insert(&c->chunks, hash, &k->node) != 0) {
		free(k);
		return NULL;
	}
	c->used += len;
	stat_set(c->stats, STAT_CACHE_BYTES, c->used);
	return k;
}

/* Load chunk k, at once or on the pool. */
static int load(struct chunk *k)
{
	struct cached_file *f = k->file;
	struct cache *c = f->cache;
	ssize_t n = read_now(f, k->data, k->len, k->index * CHUNK);
	int rc;

	if (n < 0) {
		drop_chunk(c, k);
		return (int)n;
	}
	if (n > 0) {
		stat_add(c->stats, STAT_CACHE_MISSES, 1);
		pxe_list_append(&c->lru, &k->lru);
		return 0;
	}
	rc = uv_queue_work(c->loop, &k->work, load_work, load_done);
	if (rc != 0) {
		drop_chunk(c, k);
		return rc;
	}
	k->loading = true;
	c->busy++;
	f->refs++;
	stat_add(c->stats, STAT_CACHE_WAITS, 1);
	return 0;
}

/* A chunk to read from, perhaps still loading; NULL and *out_rc: 0 when dst was read directly. */
static struct chunk *get_chunk(struct cached_file *f, uint64_t index, int64_t now_us,
    const struct iovec *dst, uint64_t offset, int *out_rc)
{
	struct cache *c = f->cache;
	struct chunk_key key = {.file = f, .index = index};
	uint64_t hash = mix((uint64_t)(uintptr_t)f, index);
	struct pxe_hnode *node = pxe_hmap_find(&c->chunks, hash, chunk_eq, &key);
	uint64_t left = (uint64_t)f->st.st_size - index * CHUNK;
	size_t len = left < CHUNK ? (size_t)left : CHUNK;
	struct chunk *k;
	ssize_t n;

	*out_rc = 0;
	if (node != NULL) {
		stat_add(c->stats, STAT_CACHE_HITS, 1);
		return PXE_CONTAINER(node, struct chunk, node);
	}
	if (!make_room(c, len, now_us, false)) {
		n = read_now(f, dst->iov_base, dst->iov_len, offset);
		if (n != 0) {
			stat_add(c->stats, STAT_CACHE_DIRECT, 1);
			*out_rc = n < 0 ? (int)n : 0;
			return NULL;
		}
		(void)make_room(c, len, now_us, true);
	}
	k = add_chunk(f, index, hash, len);
	*out_rc = k == NULL ? -ENOMEM : load(k);
	return *out_rc == 0 ? k : NULL;
}

int cache_read(struct cached_file *f, uint64_t offset, void *dst, size_t len, int64_t now_us,
    struct cache_waiter *waiter)
{
	uint8_t *to = dst;

	while (len > 0) {
		uint64_t index = offset / CHUNK;
		size_t at = (size_t)(offset % CHUNK);
		size_t n = CHUNK - at < len ? CHUNK - at : len;
		const struct iovec part = {.iov_base = to, .iov_len = n};
		int rc = 0;
		struct chunk *k = get_chunk(f, index, now_us, &part, offset, &rc);

		if (k == NULL && rc != 0)
			return rc;
		if (k != NULL && k->loading) {
			pxe_list_remove(&waiter->link);
			pxe_list_append(&k->waiters, &waiter->link);
			return PXE_E_AGAIN;
		}
		if (k != NULL && k->err != 0) {
			rc = k->err;
			drop_chunk(f->cache, k);
			return rc;
		}
		if (k != NULL) {
			memcpy(to, k->data + at, n);
			k->used_us = now_us;
			pxe_list_remove(&k->lru);
			pxe_list_append(&f->cache->lru, &k->lru);
		}
		to += n;
		offset += n;
		len -= n;
	}
	return 0;
}
