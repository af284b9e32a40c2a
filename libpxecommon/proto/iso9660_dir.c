/* SPDX-License-Identifier: BSD-2-Clause */
/* iso9660_dir.c -- directory records of an ISO 9660 image to entries. */
#include <errno.h>

#include "libpxecommon/proto/iso9660_priv.h"

int iso_record_parse(
    struct pxe_iso *iso, const uint8_t *p, size_t len, uint64_t off, struct iso_record *out)
{
	size_t n = len > 0 ? p[0] : 0, name_len = 0, used = 0;
	struct pxe_rd rd;

	if (n < ISO_RECORD_MIN || n > len)
		return iso_fault(iso, PXE_E_CORRUPT,
		    "directory record at byte %llu: a length of %zu bytes, %zu are there",
		    (unsigned long long)off, n, len);
	memcpy(out->raw, p, n);
	rd = pxe_rd_init(out->raw, n);
	out->off = off;
	pxe_rd_skip(&rd, 1);
	out->xar = pxe_rd_u8(&rd);
	out->block = iso_both32(iso, &rd);
	out->size = iso_both32(iso, &rd);
	out->has_mtime = iso_date7(pxe_rd_bytes(&rd, 7), &out->mtime_s);
	out->flags = pxe_rd_u8(&rd);
	out->unit = pxe_rd_u8(&rd);
	out->gap = pxe_rd_u8(&rd);
	(void)iso_both16(iso, &rd); /* volume of a set: the files of others are not in this image */
	name_len = pxe_rd_u8(&rd);
	out->name = pxe_rd_bytes(&rd, name_len);
	if (out->name == NULL || name_len == 0)
		return iso_fault(iso, PXE_E_CORRUPT,
		    "directory record at byte %llu: a name of %zu bytes in a record of %zu",
		    (unsigned long long)off, name_len, n);
	out->name_len = name_len;
	/* a name of even length is padded, unless it is the last thing in the record */
	used = rd.off + (name_len % 2 == 0 && rd.off < n ? 1 : 0);
	out->su = out->raw + used;
	out->su_len = n - used;
	return 0;
}

int iso_record_read(struct pxe_iso *iso, struct iso_window *w, uint64_t off, struct iso_record *out)
{
	size_t len = ISO_RECORD_MAX;
	const uint8_t *p = NULL;
	int err = 0;

	if (off < iso->src.size && len > iso->src.size - off)
		len = (size_t)(iso->src.size - off);
	err = iso_fetch(iso, w, off, len, ISO_SECTOR, &p);
	return err != 0 ? err : iso_record_parse(iso, p, len, off, out);
}

/* The System Use entries of a record that is not the root's own. */
static int take_attr(struct pxe_iso *iso, const struct iso_record *rec, struct iso_attr *attr)
{
	if (iso->info.names != PXE_ISO_ROCK_RIDGE || rec->su_len <= iso->su_skip)
		return 0;
	return iso_susp_parse(
	    iso, rec->off, rec->su + iso->su_skip, rec->su_len - iso->su_skip, attr);
}

/* Byte where the data of rec begin: an extended attribute record comes before them. */
static uint64_t data_offset(const struct pxe_iso *iso, const struct iso_record *rec)
{
	return ((uint64_t)rec->block + rec->xar) * iso->block_len;
}

static int check_extent(struct pxe_iso *iso, const struct iso_record *rec)
{
	uint64_t off = data_offset(iso, rec);

	if (rec->unit != 0 || rec->gap != 0)
		return iso_fault(iso, PXE_E_UNSUPPORTED,
		    "directory record at byte %llu: interleaved (unit %u, gap %u)",
		    (unsigned long long)rec->off, rec->unit, rec->gap);
	if (!iso_is_inside(iso, off, rec->size))
		return iso_fault(iso, PXE_E_TRUNC,
		    "directory record at byte %llu: %u bytes at byte %llu, the image ends at %llu",
		    (unsigned long long)rec->off, rec->size, (unsigned long long)off,
		    (unsigned long long)iso->src.size);
	return 0;
}

int iso_dir_extent(struct pxe_iso *iso, const struct iso_record *rec, struct pxe_iso_node *node)
{
	int err = check_extent(iso, rec);

	if (err != 0)
		return err;
	if (rec->size < ISO_RECORD_MIN || (rec->flags & ISO_FLAG_MORE) != 0)
		return iso_fault(iso, PXE_E_CORRUPT,
		    "directory record at byte %llu: a directory of %u bytes%s",
		    (unsigned long long)rec->off, rec->size,
		    (rec->flags & ISO_FLAG_MORE) != 0 ? " in several extents" : "");
	if (rec->size > PXE_ISO_DIR_LEN_MAX)
		return iso_fault(iso, PXE_E_LIMIT,
		    "directory record at byte %llu: a directory of %u bytes, %d are allowed",
		    (unsigned long long)rec->off, rec->size, PXE_ISO_DIR_LEN_MAX);
	node->size = rec->size;
	node->nextent = 1;
	node->extent[0] = (struct pxe_iso_extent){data_offset(iso, rec), rec->size};
	return 0;
}

/* Bytes that a record may have at pos: in a sector of 2048 it does not reach into the next one
 * (ECMA-119 6.8.1.1). */
static size_t room_at(const struct pxe_iso *iso, const struct pxe_iso_cursor *cur)
{
	size_t n = cur->len - cur->pos;

	if (iso->block_len == ISO_SECTOR && n > ISO_SECTOR - cur->pos % ISO_SECTOR)
		n = ISO_SECTOR - cur->pos % ISO_SECTOR;
	return n < ISO_RECORD_MAX ? n : ISO_RECORD_MAX;
}

static void skip_block(const struct pxe_iso *iso, struct pxe_iso_cursor *cur)
{
	uint32_t left = iso->block_len - cur->pos % iso->block_len;

	cur->pos = left < cur->len - cur->pos ? cur->pos + left : cur->len;
}

/* The bytes at the cursor. Single records come from the sectors kept, so that directories that many
 * paths go through are not read again and again. */
static int fetch_at(
    struct pxe_iso *iso, const struct pxe_iso_cursor *cur, size_t len, const uint8_t **out)
{
	uint64_t off = cur->off + cur->pos;
	size_t in_sector = (size_t)(off % ISO_SECTOR), ahead = cur->len - cur->pos;
	int err = 0;

	if ((cur->is_random || cur->len <= ISO_SECTOR) && in_sector + len <= ISO_SECTOR &&
	    iso_is_inside(iso, off - in_sector, ISO_SECTOR)) {
		err = iso_fetch(iso, &iso->near[off / ISO_SECTOR % ISO_NEAR], off - in_sector,
		    ISO_SECTOR, ISO_SECTOR, out);
		if (err == 0)
			*out += in_sector;
		return err;
	}
	return iso_fetch(
	    iso, &iso->dir, off, len, ahead < ISO_WINDOW ? ahead : (size_t)ISO_WINDOW, out);
}

/* The record at the cursor, which moves behind it: 1, 0 at the end of the directory. After damage
 * the cursor is at the next block. */
static int next_record(struct pxe_iso *iso, struct pxe_iso_cursor *cur, struct iso_record *rec)
{
	while (cur->pos < cur->len) {
		uint64_t off = cur->off + cur->pos;
		size_t room = room_at(iso, cur);
		const uint8_t *p = NULL;
		int err = fetch_at(iso, cur, room, &p);

		if (err == 0 && p[0] == 0 && cur->pos > 0) { /* nothing more in this block */
			skip_block(iso, cur);
			continue;
		}
		if (err == 0)
			err = iso_record_parse(iso, p, room, off, rec);
		if (err == 0 && cur->pos == 0 && (rec->name_len != 1 || rec->name[0] != 0))
			err = iso_fault(iso, PXE_E_CORRUPT,
			    "directory at byte %llu: it does not begin with a record of its own",
			    (unsigned long long)off);
		if (err == 0)
			cur->pos += rec->raw[0];
		else
			skip_block(iso, cur);
		return err == 0 ? 1 : err;
	}
	return 0;
}

/* A directory that was moved up because it lay too deep (P1282 4.1.5): this record is a stand-in
 * for it, and its "." says how long it is. */
static int take_relocated(
    struct pxe_iso *iso, uint64_t record, uint32_t block, struct pxe_iso_node *node)
{
	uint64_t off = (uint64_t)block * iso->block_len;
	struct iso_attr attr = {0};
	struct iso_record rec;
	int err = iso_record_read(iso, &iso->area, off, &rec);

	if (err == PXE_E_TRUNC || err == PXE_E_CORRUPT ||
	    (err == 0 && (rec.name_len != 1 || rec.name[0] != 0 || rec.block != block)))
		return iso_fault(iso, PXE_E_CORRUPT,
		    "directory record at byte %llu: no directory at byte %llu, where its child "
		    "link "
		    "(CL) leads",
		    (unsigned long long)record, (unsigned long long)off);
	if (err == 0)
		err = take_attr(iso, &rec, &attr);
	if (err != 0)
		return err;
	if (attr.has_px)
		node->mode = attr.mode;
	if (attr.has_mtime)
		node->mtime_s = attr.mtime_s;
	node->kind = PXE_ISO_DIR;
	return iso_dir_extent(iso, &rec, node);
}

static int add_extent(struct pxe_iso *iso, const struct iso_record *rec, struct pxe_iso_node *node)
{
	uint64_t off = data_offset(iso, rec);
	struct pxe_iso_extent *last = node->nextent > 0 ? &node->extent[node->nextent - 1] : NULL;
	int err = rec->size > 0 ? check_extent(iso, rec) : 0;

	if (err != 0 || rec->size == 0)
		return err;
	node->size += rec->size;
	if (last != NULL && last->offset + last->length == off) {
		last->length += rec->size;
		return 0;
	}
	if (node->nextent == PXE_ISO_EXTENTS_MAX)
		return iso_fault(iso, PXE_E_LIMIT,
		    "directory record at byte %llu: a file in more than %d pieces",
		    (unsigned long long)rec->off, PXE_ISO_EXTENTS_MAX);
	node->extent[node->nextent++] = (struct pxe_iso_extent){off, rec->size};
	return 0;
}

/* The pieces of a file behind its first record: the records that follow, while they are of one name
 * and marked as not the last (ECMA-119 6.5.1). All of them are gone through even if one is damaged,
 * or the rest would look like a file. With node NULL nothing but that is wanted. */
static int take_pieces(struct pxe_iso *iso, struct pxe_iso_cursor *cur,
    const struct iso_record *first, struct pxe_iso_node *node)
{
	struct iso_record rec;
	bool has_more = (first->flags & ISO_FLAG_MORE) != 0;
	int err = 0, rc = 0;

	while (has_more) {
		rc = next_record(iso, cur, &rec);
		if (iso_is_damage(rc)) {
			err = rc;
			continue;
		}
		if (rc < 0)
			return rc;
		if (rc == 0 || rec.name_len != first->name_len ||
		    memcmp(rec.name, first->name, first->name_len) != 0) {
			if (rc > 0) /* it belongs to a file of its own */
				cur->pos -= rec.raw[0];
			return iso_fault(iso, PXE_E_CORRUPT,
			    "directory record at byte %llu: the last piece of its file is missing",
			    (unsigned long long)first->off);
		}
		has_more = (rec.flags & ISO_FLAG_MORE) != 0;
		if (err == 0 && node != NULL)
			err = add_extent(iso, &rec, node);
	}
	return err;
}

/* Is n bytes of s something that a path can name? */
static bool is_good_name(const char *s, size_t n)
{
	return n > 0 && memchr(s, '/', n) == NULL && memchr(s, '\0', n) == NULL &&
	       !(s[0] == '.' && (n == 1 || (n == 2 && s[1] == '.')));
}

static int take_name(struct pxe_iso *iso, const struct iso_record *rec, const struct iso_attr *attr,
    struct pxe_iso_entry *out)
{
	if (attr->name_len > 0) {
		memcpy(out->name, attr->name, attr->name_len + 1);
		out->name_len = attr->name_len;
	} else if (iso->info.names == PXE_ISO_JOLIET) {
		out->name_len = iso_name_joliet(rec->name, rec->name_len, out->name);
	} else {
		out->name_len = iso_name_plain(rec->name, rec->name_len, out->name);
	}
	return is_good_name(out->name, out->name_len)
		   ? 0
		   : iso_fault(iso, PXE_E_CORRUPT,
			 "directory record at byte %llu: its name is empty, \".\", \"..\", or has "
			 "a '/' or "
			 "NUL in it",
			 (unsigned long long)rec->off);
}

static enum pxe_iso_kind kind_of(const struct iso_record *rec, const struct iso_attr *attr)
{
	enum { FORMAT = 0170000, REGULAR = 0100000, LINK = 0120000 };

	if ((rec->flags & ISO_FLAG_DIR) != 0)
		return PXE_ISO_DIR;
	if (attr->has_sl || (attr->has_px && (attr->mode & FORMAT) == LINK))
		return PXE_ISO_LINK;
	/* with no type at all in its mode it is a file too */
	return !attr->has_px || (attr->mode & FORMAT) == REGULAR || (attr->mode & FORMAT) == 0
		   ? PXE_ISO_FILE
		   : PXE_ISO_OTHER;
}

static int take_node(struct pxe_iso *iso, const struct iso_record *rec, const struct iso_attr *attr,
    struct pxe_iso_node *node)
{
	node->kind = kind_of(rec, attr);
	node->record = rec->off;
	node->mode = attr->mode;
	node->size = 0;
	node->zisofs = false;
	node->plain_size = 0;
	node->nextent = 0;
	node->mtime_s = attr->has_mtime  ? attr->mtime_s
			: rec->has_mtime ? rec->mtime_s
					 : iso->info.mtime_s;
	if (attr->has_cl)
		return take_relocated(iso, rec->off, attr->child_block, node);
	if (node->kind == PXE_ISO_DIR)
		return iso_dir_extent(iso, rec, node);
	if (node->kind != PXE_ISO_FILE)
		return 0;
	node->zisofs = attr->has_zf;
	node->plain_size = attr->has_zf ? attr->plain_size : 0;
	return add_extent(iso, rec, node);
}

/* 1: *out is rec's entry; 0: rec is not to be seen. */
static int take_entry(
    struct pxe_iso *iso, const struct iso_record *rec, char *link, struct pxe_iso_entry *out)
{
	struct iso_attr attr = {.link = link};
	int err = 0;

	if ((rec->flags & ISO_FLAG_ASSOCIATED) != 0 || (rec->name_len == 1 && rec->name[0] <= 1))
		return 0;
	err = take_attr(iso, rec, &attr);
	if (err != 0 || attr.is_relocated)
		return err;
	err = take_name(iso, rec, &attr, out);
	if (err == 0)
		err = take_node(iso, rec, &attr, &out->node);
	return err != 0 ? err : 1;
}

/* What comes behind a record that is not the last of its file, of which rc is known so far. */
static int take_rest(struct pxe_iso *iso, struct pxe_iso_cursor *cur, const struct iso_record *rec,
    int rc, struct pxe_iso_node *node)
{
	char why[sizeof(iso->why)];
	int err = 0;

	memcpy(why, iso->why, sizeof(why));
	err = take_pieces(iso, cur, rec, rc == 1 ? node : NULL);
	if (rc < 0) /* it had this fault before */
		memcpy(iso->why, why, sizeof(why));
	return rc < 0 ? rc : err < 0 ? err : rc;
}

int iso_dir_next(
    struct pxe_iso *iso, struct pxe_iso_cursor *cur, char *link, struct pxe_iso_entry *out_entry)
{
	struct iso_record rec;
	int rc = 0;

	while ((rc = next_record(iso, cur, &rec)) > 0) {
		rc = take_entry(iso, &rec, link, out_entry);
		if ((rec.flags & (ISO_FLAG_MORE | ISO_FLAG_ASSOCIATED)) == ISO_FLAG_MORE)
			rc = take_rest(iso, cur, &rec, rc, &out_entry->node);
		if (rc != 0)
			return rc;
	}
	return rc;
}

int iso_link_read(struct pxe_iso *iso, uint64_t record, char *link)
{
	struct iso_attr attr = {.link = link};
	struct iso_record rec;
	int err = iso_record_read(iso, &iso->dir, record, &rec);

	return err != 0 ? err : take_attr(iso, &rec, &attr);
}

int pxe_iso_dir_start(
    struct pxe_iso *iso, const struct pxe_iso_node *dir, struct pxe_iso_cursor *out_cursor)
{
	iso_begin(iso);
	if (dir->kind != PXE_ISO_DIR || dir->nextent != 1)
		return iso_fault(iso, -ENOTDIR, "not a directory");
	*out_cursor = (struct pxe_iso_cursor){dir->extent[0].offset, (uint32_t)dir->size, 0, false};
	return 0;
}

int pxe_iso_dir_next(
    struct pxe_iso *iso, struct pxe_iso_cursor *cursor, struct pxe_iso_entry *out_entry)
{
	int rc = 0;

	iso_begin(iso);
	rc = iso_dir_next(iso, cursor, NULL, &iso->entry);
	if (rc > 0)
		*out_entry = iso->entry;
	return rc;
}
