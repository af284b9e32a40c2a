/* SPDX-License-Identifier: BSD-2-Clause */
/* files.c -- see files.h. */
#include "httpfsd/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "httpfsd/core/coding.h"
#include "httpfsd/core/types.h"

struct key {
	const struct mount *mount;
	const char *path;
	size_t len;
	uint8_t coding;   /* as in struct file */
	const char *type; /* of a sibling, which has its file's */
};

void files_init(struct files *fs, const struct pxe_hash_seed *seed, size_t max)
{
	*fs = (struct files){.seed = *seed, .max = max};
	pxe_hmap_init(&fs->map);
	pxe_list_init(&fs->lru);
}

static void unref(struct file *f)
{
	if (--f->refs > 0)
		return;
	if (f->disc != NULL)
		disc_unref(f->disc);
	else
		(void)close(f->fd);
	free(f->extent);
	free(f);
}

static void forget(struct files *fs, struct file *f)
{
	pxe_hmap_remove(&fs->map, &f->node);
	pxe_list_remove(&f->lru);
	f->is_cached = false;
	unref(f);
}

void files_clear(struct files *fs)
{
	while (!pxe_list_is_empty(&fs->lru))
		forget(fs, PXE_CONTAINER(fs->lru.next, struct file, lru));
}

void files_fini(struct files *fs)
{
	files_clear(fs);
	pxe_hmap_fini(&fs->map);
}

void files_release(struct files *fs, struct file *f)
{
	(void)fs;
	if (f != NULL)
		unref(f);
}

/* Give up unused descriptors until at most keep entries are left. */
static void shrink(struct files *fs, size_t keep)
{
	PXE_LIST_FOREACH_SAFE (l, &fs->lru) {
		struct file *f = PXE_CONTAINER(l, struct file, lru);

		if (fs->map.count <= keep)
			return;
		if (f->refs == 1)
			forget(fs, f);
	}
}

static uint64_t hash_key(const struct files *fs, const struct key *k)
{
	return pxe_siphash(&fs->seed, k->path, k->len) ^ (uintptr_t)k->mount ^ k->coding;
}

static bool is_key(const struct pxe_hnode *node, const void *key)
{
	const struct file *f = PXE_CONTAINER(node, struct file, node);
	const struct key *k = key;

	return f->mount == k->mount && f->path_len == k->len && f->coding == k->coding &&
	       memcmp(f->path, k->path, k->len) == 0;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_nsec == b->tv_nsec && a->tv_sec == b->tv_sec;
}

/* The change time tells what the modification time may hide: rewritten with the old date, renamed
 * over, made unreadable. */
static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mode == b->st_mode && same_time(&a->st_mtim, &b->st_mtim) &&
	       same_time(&a->st_ctim, &b->st_ctim);
}

/* Is the name still this file. A link that now leads out of the root to another inode fails here
 * and is then opened, and refused, under the mount's policy. */
static bool is_current(const struct file *f)
{
	const struct source *src = f->mount->source;
	int flags = src->symlinks == PXE_SYMLINKS_NONE ? AT_SYMLINK_NOFOLLOW : 0;
	struct stat st;

	if (f->disc != NULL)
		return disc_is_current(f->disc);
	return fstatat(src->root.fd, f->path, &st, flags) == 0 && is_same(&st, &f->st);
}

static struct file *new_file(
    const struct key *k, int fd, const struct object_facts *facts, int64_t now_s)
{
	struct file *f = malloc(sizeof(*f) + k->len + 1);

	if (f == NULL)
		return NULL;
	memset(f, 0, sizeof(*f));
	f->mount = k->mount;
	f->coding = k->coding;
	f->refs = 1;
	f->fd = fd;
	f->path_len = k->len;
	memcpy(f->path, k->path, k->len + 1);
	pxe_list_init(&f->lru);
	object_init(&f->obj, facts, now_s);
	return f;
}

static struct file *new_plain(
    const struct key *k, const struct types *types, int fd, const struct stat *st, int64_t now_s)
{
	struct object_facts facts = {.size = (uint64_t)st->st_size,
	    .id = (uint64_t)st->st_ino,
	    .mtime_s = st->st_mtim.tv_sec,
	    .mtime_ns = (uint32_t)st->st_mtim.tv_nsec,
	    .type = k->coding > 0 ? k->type : types_of(types, k->path),
	    .coding = k->coding > 0 ? coding_table[k->coding - 1].name : NULL,
	    .varies = k->coding > 0 || (k->mount->precompressed && !types_is_packed(k->path)),
	    .cache_control = k->mount->cache_control};
	struct file *f = new_file(k, fd, &facts, now_s);

	if (f != NULL)
		f->st = *st;
	return f;
}

static void keep(struct files *fs, uint64_t hash, struct file *f)
{
	if (fs->max == 0)
		return;
	if (fs->map.count >= fs->max)
		shrink(fs, fs->max - 1 - fs->max / 64);
	if (fs->map.count >= fs->max || pxe_hmap_insert(&fs->map, hash, &f->node) != 0)
		return;
	pxe_list_append(&fs->lru, &f->lru);
	f->is_cached = true;
	f->refs++;
}

static int open_fresh(struct files *fs, const struct key *k, struct stat *st)
{
	const struct source *src = k->mount->source;
	int fd = pxe_root_open_read(&src->root, k->path, src->symlinks, st);

	if (fd == -EMFILE || fd == -ENFILE) {
		shrink(fs, fs->map.count / 2);
		fd = pxe_root_open_read(&src->root, k->path, src->symlinks, st);
	}
	return fd;
}

/* A hit has one more reference; what is stale is forgotten. */
static struct file *find_key(struct files *fs, const struct key *k, uint64_t hash)
{
	struct pxe_hnode *node = pxe_hmap_find(&fs->map, hash, is_key, k);
	struct file *f = node != NULL ? PXE_CONTAINER(node, struct file, node) : NULL;

	if (f != NULL && (f->checked == fs->turn || is_current(f))) {
		f->checked = fs->turn;
		pxe_list_remove(&f->lru);
		pxe_list_append(&fs->lru, &f->lru);
		f->refs++;
		fs->hits++;
		return f;
	}
	if (f != NULL)
		forget(fs, f);
	fs->misses++;
	return NULL;
}

struct file *files_find(struct files *fs, const struct mount *m, const char *path)
{
	struct key k = {.mount = m, .path = path, .len = strlen(path)};

	return find_key(fs, &k, hash_key(fs, &k));
}

/* The image's own date tells what a record's may hide: rewritten with the old ones inside. */
static void image_facts(
    const struct disc *d, const struct pxe_iso_node *node, struct object_facts *f)
{
	uint64_t ns = (uint64_t)d->image->id.mtime_ns;

	f->base = node->nextent == 1 ? node->extent[0].offset : 0;
	f->size = node->size;
	f->id = d->image->id.ino;
	f->sub_id = node->record;
	f->mtime_s = node->mtime_s;
	f->mtime_ns = (uint32_t)(ns ^ ns >> 32);
}

struct file *files_add_image(struct files *fs, const struct mount *m, const struct types *types,
    const char *path, int64_t now_s, struct disc *disc, const struct pxe_iso_node *node,
    bool may_keep)
{
	struct key k = {.mount = m, .path = path, .len = strlen(path)};
	struct object_facts facts = {
	    .type = types_of(types, path), .cache_control = m->cache_control};
	uint64_t hash = hash_key(fs, &k);
	struct pxe_hnode *old = may_keep ? pxe_hmap_find(&fs->map, hash, is_key, &k) : NULL;
	struct file *f = NULL;

	image_facts(disc, node, &facts);
	f = new_file(&k, disc->image->fd, &facts, now_s);
	if (f == NULL) {
		disc_unref(disc);
		return NULL;
	}
	f->disc = disc;
	if (node->nextent > 1) {
		f->nextent = node->nextent;
		f->extent = malloc(node->nextent * sizeof(*f->extent));
		if (f->extent == NULL) {
			unref(f);
			return NULL;
		}
		memcpy(f->extent, node->extent, node->nextent * sizeof(*f->extent));
	}
	f->checked = fs->turn;
	if (old != NULL) /* two connections asked at once */
		forget(fs, PXE_CONTAINER(old, struct file, node));
	if (may_keep)
		keep(fs, hash, f);
	return f;
}

struct file *files_make(int fd, const char *path, const struct object_facts *facts, int64_t now_s)
{
	struct key k = {.path = path, .len = strlen(path)};
	struct file *f = new_file(&k, fd, facts, now_s);

	if (f == NULL)
		(void)close(fd);
	return f;
}

uint64_t file_place(const struct file *f, uint64_t off, uint64_t len, uint64_t *out_off)
{
	for (unsigned i = 0; i < f->nextent; i++) {
		const struct pxe_iso_extent *e = &f->extent[i];

		if (off < e->length) {
			*out_off = e->offset + off;
			return len < e->length - off ? len : e->length - off;
		}
		off -= e->length;
	}
	*out_off = f->obj.base + off;
	return len;
}

static int open_key(struct files *fs, const struct key *k, const struct types *types, int64_t now_s,
    struct file **out_file, int *out_dir)
{
	uint64_t hash = hash_key(fs, k);
	struct file *f = find_key(fs, k, hash);
	struct stat st;
	int fd = 0;

	if (f != NULL) {
		*out_file = f;
		return 0;
	}
	fd = open_fresh(fs, k, &st);
	if (fd < 0)
		return fd;
	if (S_ISDIR(st.st_mode)) {
		*out_dir = fd;
		return FILES_IS_DIR;
	}
	f = new_plain(k, types, fd, &st, now_s);
	if (f == NULL) {
		(void)close(fd);
		return -ENOMEM;
	}
	f->checked = fs->turn;
	keep(fs, hash, f);
	*out_file = f;
	return 0;
}

int files_open(struct files *fs, const struct mount *m, const struct types *types, const char *path,
    int64_t now_s, struct file **out_file, int *out_dir)
{
	struct key k = {.mount = m, .path = path, .len = strlen(path)};

	return open_key(fs, &k, types, now_s, out_file, out_dir);
}

static bool is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

int files_open_coded(struct files *fs, const struct file *plain, unsigned coding, int64_t now_s,
    struct file **out_file)
{
	char path[4096 + CODING_SUFFIX_MAX + 1];
	int n = snprintf(path, sizeof(path), "%s%s", plain->path, coding_table[coding].suffix);
	struct key k = {.mount = plain->mount,
	    .path = path,
	    .len = (size_t)n,
	    .coding = (uint8_t)(coding + 1),
	    .type = plain->obj.type};
	struct file *f = NULL;
	int dir = -1, rc = 0;

	if (n >= (int)sizeof(path))
		return -ENOENT;
	rc = open_key(fs, &k, NULL, now_s, &f, &dir);
	if (rc == FILES_IS_DIR)
		(void)close(dir);
	if (rc != 0)
		return rc == FILES_IS_DIR ? -ENOENT : rc;
	if (is_before(&f->st.st_mtim, &plain->st.st_mtim)) {
		files_release(fs, f);
		return -ENOENT;
	}
	*out_file = f;
	return 0;
}
