/* SPDX-License-Identifier: BSD-2-Clause */
/* iso9660_path.c -- paths and symlinks of an ISO 9660 image.
 *
 * A path is resolved on a stack of directories of our own, so ".." in a symlink needs no parent
 * records and no PL entries, and a directory that contains itself is noticed. */
#include <errno.h>

#include "libpxecommon/proto/iso9660_priv.h"

/* A directory on the way: what its node says. */
struct level {
	struct pxe_iso_cursor dir;
	uint64_t record;
	int64_t mtime_s;
	uint32_t mode;
};

struct walk {
	struct pxe_iso *iso;
	enum pxe_iso_links links;
	bool follow_last;
	bool is_dir; /* where we are is the top of the stack, and not a file */
	unsigned nlink, nstep;
	const char
	    *rest;      /* what is still to be resolved, in iso->path: "" or "/..." behind a name */
	unsigned depth; /* directories on the stack; never 0, the first is the root */
	struct level level[PXE_ISO_DEPTH_MAX];
};

static bool is_name(const struct pxe_iso_entry *e, const char *name, size_t len)
{
	return e->name_len == len && memcmp(e->name, name, len) == 0;
}

/* Go through dir for name. Not found is NOTFOUND only if all entries were good. */
static int scan(struct pxe_iso *iso, const struct pxe_iso_cursor *dir, const char *name, size_t len)
{
	struct pxe_iso_cursor cur = *dir;
	char why[PXE_ISO_WHY_MAX];
	int damage = 0;

	for (;;) {
		int rc = iso_dir_next(iso, &cur, iso->link, &iso->entry);

		if (rc == 1 && is_name(&iso->entry, name, len))
			return 0;
		if (rc < 0 && damage == 0) {
			damage = rc;
			memcpy(why, iso->why, sizeof(why));
		}
		if (rc < 0 && (!iso_is_damage(rc) || iso->work > PXE_ISO_WORK_MAX))
			return rc;
		if (rc == 0)
			break;
	}
	if (damage == 0)
		return iso_fault(iso, PXE_E_NOTFOUND, "no such name in the image");
	memcpy(iso->why, why, sizeof(why));
	return damage;
}

/* The entry called name in dir, to iso->entry; a symlink's target to iso->link. */
static int find(struct pxe_iso *iso, const struct pxe_iso_cursor *dir, const char *name, size_t len)
{
	uint32_t pos = 0;
	struct pxe_iso_cursor at = *dir;
	int rc = iso_index_find(iso, dir, name, len, &pos);

	switch (rc) {
	case ISO_INDEX_AT:
		at.pos = pos;
		at.is_random = true;
		rc = iso_dir_next(iso, &at, iso->link, &iso->entry);
		if (rc != 1)
			return rc < 0 ? rc : PXE_E_CORRUPT;
		if (is_name(&iso->entry, name, len))
			return 0;
		return iso_fault(iso, PXE_E_NOTFOUND, "no such name in the image");
	case ISO_INDEX_ABSENT:
		return iso_fault(iso, PXE_E_NOTFOUND, "no such name in the image");
	case ISO_INDEX_DAMAGED: /* the damage again, for its error and words */
		at.pos = pos;
		rc = iso_dir_next(iso, &at, NULL, &iso->entry);
		return rc < 0 ? rc : PXE_E_CORRUPT;
	case ISO_INDEX_NONE:
		return scan(iso, dir, name, len);
	default:
		return rc;
	}
}

static int push(struct walk *w, const struct pxe_iso_node *node)
{
	uint64_t off = node->extent[0].offset;

	for (unsigned i = 0; i < w->depth; i++) {
		if (w->level[i].dir.off == off)
			return iso_fault(w->iso, PXE_E_CORRUPT,
			    "directory record at byte %llu: the directory at byte %llu contains "
			    "itself",
			    (unsigned long long)node->record, (unsigned long long)off);
	}
	if (w->depth == PXE_ISO_DEPTH_MAX)
		return iso_fault(
		    w->iso, PXE_E_LIMIT, "more than %d directories deep", PXE_ISO_DEPTH_MAX);
	w->level[w->depth++] = (struct level){
	    {off, (uint32_t)node->size, 0, false}, node->record, node->mtime_s, node->mode};
	w->is_dir = true;
	return 0;
}

static int leave_root(const struct walk *w)
{
	return w->links == PXE_ISO_LINKS_IN_ROOT
		   ? 0
		   : iso_fault(w->iso, PXE_E_TRAVERSAL, "a symlink leads out of the image");
}

static int pop(struct walk *w)
{
	if (w->depth == 1)
		return leave_root(w);
	w->depth--;
	return 0;
}

/* Put the target of the link just found in front of what is still to be resolved. */
static int follow(struct walk *w)
{
	char *path = w->iso->path;
	const char *target = w->iso->link;
	size_t n = strlen(target), rest = strlen(w->rest);

	if (w->links == PXE_ISO_LINKS_NONE)
		return iso_fault(w->iso, PXE_E_DENIED, "a symlink on the way");
	if (++w->nlink > PXE_ISO_LINKS_MAX)
		return iso_fault(w->iso, -ELOOP, "more than %d symlinks on the way, or a loop",
		    PXE_ISO_LINKS_MAX);
	if (n == 0) /* as Linux has it: the empty path is nothing */
		return iso_fault(w->iso, PXE_E_NOTFOUND, "a symlink without a target");
	if (n + rest > PXE_ISO_LINK_MAX)
		return iso_fault(
		    w->iso, -ENAMETOOLONG, "a path of %zu bytes after a symlink", n + rest);
	memmove(path + n, w->rest, rest + 1);
	memcpy(path, target, n);
	w->rest = path;
	w->is_dir = true;
	if (target[0] != '/')
		return 0;
	w->depth = 1;
	return leave_root(w);
}

/* Resolve one name in the directory on top of the stack. */
static int step(struct walk *w, const char *name, size_t len)
{
	struct pxe_iso *iso = w->iso;
	char folded[PXE_ISO_NAME_MAX];
	int err = 0;

	if (len > PXE_ISO_NAME_MAX)
		return iso_fault(iso, -ENAMETOOLONG, "a name of %zu bytes", len);
	if (++w->nstep > PXE_ISO_STEPS_MAX)
		return iso_fault(
		    iso, PXE_E_LIMIT, "more than %d names to resolve", PXE_ISO_STEPS_MAX);
	if (iso->info.names == PXE_ISO_PLAIN) {
		for (size_t i = 0; i < len; i++)
			folded[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + ('a' - 'A')
									    : name[i]);
		name = folded;
	}
	err = find(iso, &w->level[w->depth - 1].dir, name, len);
	if (err != 0)
		return err;
	if (iso->entry.node.kind == PXE_ISO_DIR)
		return push(w, &iso->entry.node);
	if (iso->entry.node.kind == PXE_ISO_LINK && (*w->rest != '\0' || w->follow_last))
		return follow(w);
	w->is_dir = false;
	return *w->rest == '\0' ? 0 : iso_fault(iso, -ENOTDIR, "a file used as a directory");
}

static int walk_on(struct walk *w)
{
	int err = 0;

	while (err == 0) {
		const char *name = w->rest + strspn(w->rest, "/");
		size_t len = strcspn(name, "/");

		w->rest = name + len;
		if (len == 0)
			break;
		if (len == 2 && memcmp(name, "..", 2) == 0)
			err = pop(w);
		else if (len != 1 || name[0] != '.')
			err = step(w, name, len);
	}
	return err;
}

/* The node of the directory on top of the stack. */
static void describe_dir(const struct walk *w, struct pxe_iso_node *out)
{
	const struct level *top = &w->level[w->depth - 1];

	*out = (struct pxe_iso_node){.kind = PXE_ISO_DIR,
	    .size = top->dir.len,
	    .mtime_s = top->mtime_s,
	    .mode = top->mode,
	    .record = top->record,
	    .nextent = 1,
	    .extent = {{top->dir.off, top->dir.len}}};
}

int pxe_iso_lookup(struct pxe_iso *iso, const char *path, enum pxe_iso_links links,
    bool follow_last, struct pxe_iso_node *out_node)
{
	struct walk w = {.iso = iso, .links = links, .follow_last = follow_last};
	size_t len = strlen(path);
	int err = 0;

	iso_begin(iso);
	if (len > PXE_ISO_LINK_MAX)
		return iso_fault(iso, -ENAMETOOLONG, "a path of %zu bytes", len);
	memcpy(iso->path, path, len + 1);
	w.rest = iso->path;
	err = push(&w, &iso->root);
	if (err == 0)
		err = walk_on(&w);
	if (err != 0)
		return err;
	if (w.is_dir)
		describe_dir(&w, out_node);
	else
		*out_node = iso->entry.node;
	iso->why[0] = '\0';
	return 0;
}

int pxe_iso_readlink(struct pxe_iso *iso, const struct pxe_iso_node *link, char *out, size_t cap)
{
	size_t n = 0;
	int rc = 0;

	iso_begin(iso);
	if (link->kind != PXE_ISO_LINK)
		return iso_fault(iso, -EINVAL, "not a symlink");
	rc = iso_link_read(iso, link->record, iso->link);
	if (rc != 0)
		return rc;
	n = strlen(iso->link);
	if (n >= cap)
		return iso_fault(iso, PXE_E_TOOBIG, "a symlink target of %zu bytes", n);
	memcpy(out, iso->link, n + 1);
	return (int)n;
}
