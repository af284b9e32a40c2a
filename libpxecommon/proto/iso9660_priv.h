/* SPDX-License-Identifier: BSD-2-Clause */
/* iso9660_priv.h -- what the parts of the ISO 9660 reader share; private to iso9660*.c.
 *
 * iso9660.c       volume descriptors, the handle, reading
 * iso9660_text.c  names and dates of the three kinds
 * iso9660_susp.c  System Use entries: Rock Ridge, zisofs
 * iso9660_dir.c   directory records to entries
 * iso9660_index.c where in a directory a name lies
 * iso9660_path.c  lookup of a path, symlinks */
#pragma once

#include "libpxecommon/base/buf.h"
#include "libpxecommon/base/hash.h"
#include "libpxecommon/base/list.h"
#include "libpxecommon/proto/iso9660.h"

enum {
	ISO_SECTOR = 2048,
	ISO_WINDOW = PXE_ISO_AREA_LEN_MAX, /* bytes read at once when going through a directory */
	ISO_NEAR = 32,                     /* sectors kept of single records */
	ISO_RECORD_MAX = 255,
	ISO_RECORD_MIN = 34,
	ISO_RR_NAME_MAX = 255
};

enum { ISO_FLAG_DIR = 0x02, ISO_FLAG_ASSOCIATED = 0x04, ISO_FLAG_MORE = 0x80 };

/* A piece of the image in memory, of up to ISO_WINDOW bytes (near ones: ISO_SECTOR). */
struct iso_window {
	uint64_t off;
	size_t len;
	uint8_t *buf;
};

struct pxe_iso {
	struct pxe_iso_source src;
	struct pxe_iso_info info;
	struct pxe_iso_node root;
	size_t index_max;
	struct pxe_hash_seed seed;
	unsigned block_len;
	uint8_t su_skip; /* LEN_SKP of SP: bytes before the System Use entries of each record */

	struct iso_window dir, area;      /* directory records; continuation areas and the like */
	struct iso_window near[ISO_NEAR]; /* sectors with the records of late, by their number */
	uint64_t work;                    /* bytes read or parsed in this call */

	struct pxe_hmap index; /* struct iso_index by the offset of the directory */
	struct pxe_link lru;   /* the same, most recently used first */
	size_t index_len;      /* bytes they take */

	struct pxe_iso_entry entry;      /* scratch of a lookup */
	char link[PXE_ISO_LINK_MAX + 1]; /* target being followed */
	char path[PXE_ISO_LINK_MAX + 1]; /* what is still to be resolved */
	char why[PXE_ISO_WHY_MAX];
	uint8_t window[2 * ISO_WINDOW + ISO_NEAR * ISO_SECTOR]; /* where the windows' bytes are */
};

/* A directory record; name and su point into raw. */
struct iso_record {
	uint64_t off;
	uint32_t block, size;
	int64_t mtime_s;
	uint8_t xar, flags, unit, gap;
	bool has_mtime;
	const uint8_t *name, *su;
	size_t name_len, su_len;
	uint8_t raw[ISO_RECORD_MAX];
};

/* What the System Use entries of one record say. */
struct iso_attr {
	bool is_rrip, has_sp, has_px, has_cl, is_relocated, has_sl, has_zf, has_mtime;
	bool name_more, link_more, link_join; /* the next NM, SL entry or component goes on */
	uint8_t sp_skip;
	uint32_t mode, child_block;
	uint64_t plain_size;
	int64_t mtime_s;
	unsigned name_len;
	char name[ISO_RR_NAME_MAX + 1];
	char *link; /* where the symlink's target goes, of PXE_ISO_LINK_MAX + 1 bytes; or NULL */
	size_t link_len;
};

/* Keep the reason of a failure and return err. */
int iso_fault(struct pxe_iso *iso, int err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Begin a call: no reason, no work yet. */
void iso_begin(struct pxe_iso *iso);
/* Count n bytes of work; PXE_E_LIMIT when a call has done too much. */
int iso_spend(struct pxe_iso *iso, size_t n);
/* len (up to ISO_WINDOW) bytes from off through w, reading ahead that many when they are not there.
 * *out is good until w is used again. 0, PXE_E_TRUNC (behind the image's end), or an error of the
 * callback as -errno, so that PXE_E_* always means damage. */
int iso_fetch(struct pxe_iso *iso, struct iso_window *w, uint64_t off, size_t len, size_t ahead,
    const uint8_t **out);
/* True for PXE_E_*: damage to what was read, and not a failure to read it. */
static inline bool iso_is_damage(int err)
{
	return err <= -10000;
}
/* True when [off, off + len) lies in the image. */
bool iso_is_inside(const struct pxe_iso *iso, uint64_t off, uint64_t len);

/* Numbers of ECMA-119 7.2.3 and 7.3.3, stored in both byte orders: the little-endian one, with a
 * note if the other disagrees (Linux and Windows read this one, some old tools wrote a bad other).
 */
uint16_t iso_both16(struct pxe_iso *iso, struct pxe_rd *rd);
uint32_t iso_both32(struct pxe_iso *iso, struct pxe_rd *rd);

/* ECMA-119 9.1.5 and 8.4.26.1: seven binary bytes, seventeen of digits. False if that is no date.
 */
bool iso_date7(const uint8_t p[7], int64_t *out_s);
bool iso_date17(const uint8_t p[17], int64_t *out_s);
/* Names as strings of at most PXE_ISO_NAME_MAX bytes; they return the length. */
size_t iso_name_plain(const uint8_t *p, size_t len, char *out);
size_t iso_name_joliet(const uint8_t *p, size_t len, char *out);

/* Parse the entries of the System Use field su of the record at byte `record`, continuation areas
 * included. attr is zeroed by the caller but for link. */
int iso_susp_parse(
    struct pxe_iso *iso, uint64_t record, const uint8_t *su, size_t len, struct iso_attr *attr);

/* Parse the record that p begins with; off is where in the image that is. */
int iso_record_parse(
    struct pxe_iso *iso, const uint8_t *p, size_t len, uint64_t off, struct iso_record *out);
/* Read the record at byte off of the image through w, and parse it. */
int iso_record_read(
    struct pxe_iso *iso, struct iso_window *w, uint64_t off, struct iso_record *out);
/* The target of the symlink whose record is at that byte, into PXE_ISO_LINK_MAX + 1 bytes. */
int iso_link_read(struct pxe_iso *iso, uint64_t record, char *link);
/* Check and take the extent of a directory into a node. */
int iso_dir_extent(struct pxe_iso *iso, const struct iso_record *rec, struct pxe_iso_node *node);
/* pxe_iso_dir_next without iso_begin; link as in struct iso_attr. */
int iso_dir_next(
    struct pxe_iso *iso, struct pxe_iso_cursor *cur, char *link, struct pxe_iso_entry *out_entry);

/* Where a name may be in a directory that has an index. */
enum iso_index_answer {
	ISO_INDEX_NONE,   /* no index: go through the directory */
	ISO_INDEX_AT,     /* *out_pos is the one record that can hold it */
	ISO_INDEX_ABSENT, /* no record holds it */
	ISO_INDEX_DAMAGED /* no good record holds it; *out_pos is the first damaged one */
};

/* Ask the index of dir, which is built if it is worth it and fits. One of the above or an error. */
int iso_index_find(struct pxe_iso *iso, const struct pxe_iso_cursor *dir, const char *name,
    size_t len, uint32_t *out_pos);
void iso_index_init(struct pxe_iso *iso);
void iso_index_fini(struct pxe_iso *iso);
