/* SPDX-License-Identifier: BSD-2-Clause */
/* iso9660.h -- ISO 9660 images: names to extents, so that files are served without mounting.
 *
 * Reads ECMA-119 (ISO 9660) volumes with Rock Ridge (IEEE P1282 over SUSP P1281), else Joliet, else
 * plain names. Pure: the image is a read callback and a size. What comes out are byte ranges of the
 * image, which a caller hands to sendfile().
 *
 * Names. Rock Ridge names are the bytes of the NM entries. Joliet names are UTF-8, compared
 * exactly. Plain names appear as a Linux mount shows them: version (";1") and trailing dot removed,
 * A-Z in lower case; they are looked up without regard to the case of ASCII letters. Of several
 * entries of one name the first counts, as with Linux. Associated files (resource forks) and
 * relocated directories in the place where they were moved (RE) do not exist for us; hidden files
 * do.
 *
 * Not read: El Torito catalogues, earlier sessions, path tables, UDF (only recognised), ISO
 * 9660:1999 enhanced descriptors, High Sierra. Compressed files (zisofs) are recognised and given
 * as they are stored.
 *
 * Trust. An image may be hostile: everything it drives has a limit below, nothing outside its size
 * is read, a damaged entry spoils itself and not its neighbours. Each failure leaves a sentence in
 * pxe_iso_why() that names the structure and the byte where it lies.
 *
 * Change. A handle keeps what it has read: an image that is written to needs a new one (os/image.h
 * notices).
 *
 * Threads. A handle belongs to one thread at a time; no two calls on one handle overlap. Any number
 * of handles may share one image if its read callback allows that, as pread() does. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/hash.h"

enum {
	PXE_ISO_NAME_MAX = 340,   /* bytes of a name: Joliet's 110 characters as UTF-8 need this */
	PXE_ISO_LINK_MAX = 4095,  /* bytes of a symlink's target, and of a path */
	PXE_ISO_DEPTH_MAX = 128,  /* directories on the way to a file */
	PXE_ISO_LINKS_MAX = 40,   /* symlinks followed in one lookup, as Linux has it */
	PXE_ISO_STEPS_MAX = 1024, /* names resolved in one lookup, those inside symlinks included */
	PXE_ISO_EXTENTS_MAX = 32, /* pieces of a file that do not adjoin */
	PXE_ISO_AREAS_MAX = 64,   /* continuation areas of one directory record */
	PXE_ISO_AREA_LEN_MAX = 16384,     /* bytes of one of them */
	PXE_ISO_DIR_LEN_MAX = 64 << 20,   /* bytes of a directory */
	PXE_ISO_WORK_MAX = 256 << 20,     /* bytes read or parsed in one call */
	PXE_ISO_DESCRIPTORS_MAX = 64,     /* volume descriptors looked at */
	PXE_ISO_INDEX_DEFAULT = 32 << 20, /* bytes that directory indexes of a handle may take */
	PXE_ISO_WHY_MAX = 240
};

/* The image. read fills buf with exactly len bytes from off, or returns -errno (anything else that
 * is not 0 counts as -EIO). It is never asked for bytes past size. */
struct pxe_iso_source {
	int (*read)(void *arg, uint64_t off, void *buf, size_t len);
	void *arg;
	uint64_t size;
};

enum pxe_iso_names { PXE_ISO_BEST, PXE_ISO_ROCK_RIDGE, PXE_ISO_JOLIET, PXE_ISO_PLAIN };

struct pxe_iso_opts {
	enum pxe_iso_names names; /* BEST: Rock Ridge, else Joliet, else plain */
	size_t index_max;         /* 0: PXE_ISO_INDEX_DEFAULT */
	struct pxe_hash_seed
	    seed; /* drawn by the shell: names in an image are chosen by strangers */
};

/* Things about an image that an operator should know though it is served. */
#define PXE_ISO_NOTE_TABLE(X)                                                                      \
	X(ENDIAN, 1u,                                                                              \
	    "numbers stored in both byte orders disagree, the little-endian one is used")          \
	X(SHORT, 2u, "the image is shorter than its volume, files at the end are missing")         \
	X(UDF, 4u,                                                                                 \
	    "the image also has a UDF file system, which may hold more than its ISO 9660 part")

enum pxe_iso_note {
#define X(name, bit, text) PXE_ISO_NOTE_##name = (bit),
	PXE_ISO_NOTE_TABLE(X)
#undef X
};

struct pxe_iso_info {
	enum pxe_iso_names names; /* what is in use, never BEST */
	char label[33];           /* volume identifier, without trailing blanks */
	uint64_t volume_len;      /* bytes, by the primary volume descriptor */
	int64_t mtime_s;          /* volume modification, else creation; 0 unknown */
	unsigned notes;           /* PXE_ISO_NOTE_*; ENDIAN may come up later */
};

enum pxe_iso_kind {
	PXE_ISO_FILE,
	PXE_ISO_DIR,
	PXE_ISO_LINK,
	PXE_ISO_OTHER /* device, FIFO, socket */
};

/* length bytes at offset of the image; always inside it, length never 0. */
struct pxe_iso_extent {
	uint64_t offset, length;
};

/* What a name stands for: a value, valid as long as the image stays as it is. */
struct pxe_iso_node {
	enum pxe_iso_kind kind;
	uint64_t size;       /* FILE: sum of its extents. DIR: bytes of its records. Else 0 */
	int64_t mtime_s;     /* UTC; Rock Ridge's TF, else the directory record's; 0 unknown */
	uint32_t mode;       /* Rock Ridge's PX, type bits included; 0 without */
	uint64_t record;     /* byte in the image where its directory record lies; 0 for the root */
	bool zisofs;         /* FILE: the extents hold zisofs blocks and not the file's bytes ... */
	uint64_t plain_size; /* ... of which there are so many */
	unsigned nextent;    /* 0 for an empty file */
	struct pxe_iso_extent extent[PXE_ISO_EXTENTS_MAX];
};

struct pxe_iso_entry {
	char name[PXE_ISO_NAME_MAX + 1]; /* never empty, ".", "..", nor with a '/' */
	size_t name_len;
	struct pxe_iso_node node;
};

/* Place in a directory; the caller's, set by pxe_iso_dir_start. */
struct pxe_iso_cursor {
	uint64_t off;
	uint32_t len, pos;
	bool is_random; /* one record is wanted and not those behind it: private */
};

/* What symlinks may do; the same choices as os/root.h gives for files on disk. */
enum pxe_iso_links {
	PXE_ISO_LINKS_BENEATH, /* followed while they stay below the image's root */
	PXE_ISO_LINKS_IN_ROOT, /* the image's root is "/" to them and ".." stops there */
	PXE_ISO_LINKS_NONE     /* a symlink on the way is an error */
};

struct pxe_iso;

/* Read the volume descriptors of src and make a handle of about 110 KiB; *src and *opts are copied,
 * opts may be NULL for the defaults.
 *
 * Returns 0, -ENOMEM, what the read callback gave, PXE_E_TRUNC (ends before its descriptors do),
 * PXE_E_SYNTAX (no ISO 9660 image), PXE_E_UNSUPPORTED (UDF or High Sierra only), PXE_E_CORRUPT, or
 * PXE_E_NOTFOUND (the names that opts insists on are not there). On failure why (of cap bytes, 0
 * ok) says what is wrong. */
int pxe_iso_new(const struct pxe_iso_source *src, const struct pxe_iso_opts *opts,
    struct pxe_iso **out_iso, char *why, size_t cap);
void pxe_iso_free(struct pxe_iso *iso); /* NULL ok */

/* Borrowed; lives as long as the handle. */
const struct pxe_iso_info *pxe_iso_info(const struct pxe_iso *iso);
/* Sentence for one PXE_ISO_NOTE_* bit; "" for anything else. */
const char *pxe_iso_note_text(unsigned note);
/* What the last call on this handle failed for; "" if it did not. Bytes of the image never appear
 * in it. Borrowed until the next call. */
const char *pxe_iso_why(const struct pxe_iso *iso);

/* Find path (a result of pxe_path_normalise: "a/b/c", "." for the root; a trailing '/' demands a
 * directory) and describe it in *out_node. Symlinks are followed inside the image; the last one
 * only if follow_last, and else *out_node is the link itself.
 *
 * Costs at most one read of 2 KiB a name, the last sectors used are kept. The first lookup in a
 * directory reads it whole, later ones use an index of its names (20 bytes each, the least recently
 * used are dropped over opts.index_max).
 *
 * Returns 0, PXE_E_NOTFOUND, -ENOTDIR (a file is used as a directory), PXE_E_DENIED (LINKS_NONE and
 * a link on the way), PXE_E_TRAVERSAL (a link leaves the root under LINKS_BENEATH), -ELOOP (more
 * than PXE_ISO_LINKS_MAX links), -ENAMETOOLONG, PXE_E_LIMIT (any other limit), PXE_E_CORRUPT,
 * PXE_E_TRUNC (its bytes lie behind the image's end), PXE_E_UNSUPPORTED (interleaved file), or what
 * the read callback gave. A name that is not found in a directory with damaged entries gives their
 * error and not NOTFOUND. */
int pxe_iso_lookup(struct pxe_iso *iso, const char *path, enum pxe_iso_links links,
    bool follow_last, struct pxe_iso_node *out_node);

/* Begin to list dir, a node of kind DIR. 0 or -ENOTDIR. */
int pxe_iso_dir_start(
    struct pxe_iso *iso, const struct pxe_iso_node *dir, struct pxe_iso_cursor *out_cursor);
/* The next entry, in the order of the image, without "." and "..". Returns 1 and *out_entry, 0 at
 * the end, or an error as pxe_iso_lookup's. PXE_E_* stands for a damaged entry: the listing may go
 * on behind it. Each call moves the cursor, so that it comes to an end whatever the image holds. */
int pxe_iso_dir_next(
    struct pxe_iso *iso, struct pxe_iso_cursor *cursor, struct pxe_iso_entry *out_entry);

/* Target of link, a node of kind LINK, as a string of at most cap-1 bytes. Returns its length,
 * -EINVAL (not a link), PXE_E_TOOBIG, or an error as pxe_iso_lookup's. */
int pxe_iso_readlink(struct pxe_iso *iso, const struct pxe_iso_node *link, char *out, size_t cap);
