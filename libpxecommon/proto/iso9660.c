/* SPDX-License-Identifier: BSD-2-Clause */
/* iso9660.c -- ISO 9660 volume descriptors, and how an image is read. */
#include <errno.h>
#include <stdlib.h>

#include "libpxecommon/base/str.h"
#include "libpxecommon/proto/iso9660_priv.h"

enum { DESC_FIRST = 16, DESC_LEN = ISO_SECTOR };
enum { DESC_PRIMARY = 1, DESC_SUPPLEMENTARY = 2, DESC_END = 255 };

int iso_fault(struct pxe_iso *iso, int err, const char *fmt, ...)
{
	struct pxe_text t = pxe_text_init(iso->why, sizeof(iso->why));
	va_list ap;

	va_start(ap, fmt);
	pxe_text_addv(&t, fmt, ap);
	va_end(ap);
	return err;
}

void iso_begin(struct pxe_iso *iso)
{
	iso->why[0] = '\0';
	iso->work = 0;
}

int iso_spend(struct pxe_iso *iso, size_t n)
{
	iso->work += n;
	if (iso->work <= PXE_ISO_WORK_MAX)
		return 0;
	return iso_fault(iso, PXE_E_LIMIT,
	    "gave up after %d MiB of directory records and continuation areas",
	    PXE_ISO_WORK_MAX >> 20);
}

bool iso_is_inside(const struct pxe_iso *iso, uint64_t off, uint64_t len)
{
	return off <= iso->src.size && len <= iso->src.size - off;
}

int iso_fetch(struct pxe_iso *iso, struct iso_window *w, uint64_t off, size_t len, size_t ahead,
    const uint8_t **out)
{
	size_t want = len > ahead ? len : ahead;
	int err = 0;

	if (!iso_is_inside(iso, off, len))
		return iso_fault(iso, PXE_E_TRUNC,
		    "%zu bytes at byte %llu lie outside the image of %llu bytes", len,
		    (unsigned long long)off, (unsigned long long)iso->src.size);
	if (off >= w->off && off - w->off <= w->len && len <= w->len - (size_t)(off - w->off)) {
		*out = w->buf + (off - w->off);
		return 0;
	}
	if (want > iso->src.size - off)
		want = (size_t)(iso->src.size - off);
	err = iso_spend(iso, want);
	if (err != 0)
		return err;
	w->len = 0;
	err = iso->src.read(iso->src.arg, off, w->buf, want);
	if (err != 0) {
		err = err < 0 && err > -10000 ? err : -EIO;
		return iso_fault(iso, err, "reading %zu bytes at byte %llu: %s", want,
		    (unsigned long long)off, pxe_strerror(err));
	}
	w->off = off;
	w->len = want;
	*out = w->buf;
	return 0;
}

static uint32_t le(const uint8_t *p, unsigned n)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v |= (uint32_t)p[i] << 8 * i;
	return v;
}

uint16_t iso_both16(struct pxe_iso *iso, struct pxe_rd *rd)
{
	const uint8_t *p = pxe_rd_bytes(rd, 2);
	uint16_t v = p != NULL ? (uint16_t)le(p, 2) : 0;

	if (pxe_rd_u16(rd) != v && rd->err == 0)
		iso->info.notes |= PXE_ISO_NOTE_ENDIAN;
	return v;
}

uint32_t iso_both32(struct pxe_iso *iso, struct pxe_rd *rd)
{
	const uint8_t *p = pxe_rd_bytes(rd, 4);
	uint32_t v = p != NULL ? le(p, 4) : 0;

	if (pxe_rd_u32(rd) != v && rd->err == 0)
		iso->info.notes |= PXE_ISO_NOTE_ENDIAN;
	return v;
}

/* What a volume descriptor says of the tree below it. */
struct tree {
	bool is_found;
	uint64_t off; /* of the descriptor */
	unsigned block_len;
	uint32_t blocks;
	uint8_t root[ISO_RECORD_MIN];
};

/* The fields that primary and supplementary descriptors share (ECMA-119 8.4, 8.5). */
static int take_tree(struct pxe_iso *iso, const uint8_t *p, uint64_t off, struct tree *out)
{
	struct pxe_rd rd = pxe_rd_init(p, DESC_LEN);
	struct tree t = {.is_found = true, .off = off};

	pxe_rd_skip(&rd, 80);
	t.blocks = iso_both32(iso, &rd);
	pxe_rd_skip(&rd, 128 - 88);
	t.block_len = iso_both16(iso, &rd);
	pxe_rd_skip(&rd, 156 - 132);
	pxe_rd_copy(&rd, t.root, sizeof(t.root));
	if (t.block_len != 512 && t.block_len != 1024 && t.block_len != 2048)
		return iso_fault(iso, PXE_E_CORRUPT,
		    "volume descriptor at byte %llu: logical block size %u, 512, 1024 and 2048 are "
		    "allowed",
		    (unsigned long long)off, t.block_len);
	*out = t;
	return 0;
}

static int take_primary(struct pxe_iso *iso, const uint8_t *p, uint64_t off, struct tree *tree)
{
	size_t n = sizeof(iso->info.label) - 1;

	while (n > 0 && (p[40 + n - 1] == ' ' || p[40 + n - 1] == '\0'))
		n--;
	memcpy(iso->info.label, p + 40, n);
	iso->info.label[n] = '\0';
	if (!iso_date17(p + 830, &iso->info.mtime_s))
		(void)iso_date17(p + 813, &iso->info.mtime_s);
	return take_tree(iso, p, off, tree);
}

/* Escape sequences of Joliet's three levels. */
static bool is_joliet(const uint8_t *p)
{
	return p[88] == '%' && p[89] == '/' && (p[90] == '@' || p[90] == 'C' || p[90] == 'E');
}

/* The descriptors that count: the first primary one and the first of Joliet, as Linux takes them.
 */
static int take_descriptor(
    struct pxe_iso *iso, const uint8_t *p, uint64_t off, struct tree *primary, struct tree *joliet)
{
	if (p[0] == DESC_PRIMARY && !primary->is_found) {
		if (p[6] != 1)
			return iso_fault(iso, PXE_E_CORRUPT,
			    "volume descriptor at byte %llu: version %u, 1 is allowed",
			    (unsigned long long)off, p[6]);
		return take_primary(iso, p, off, primary);
	}
	if (p[0] == DESC_SUPPLEMENTARY && !joliet->is_found && is_joliet(p))
		return take_tree(iso, p, off, joliet);
	return 0;
}

/* Go through the volume recognition sequence: descriptors of ISO 9660 up to their end, then those
 * of UDF (ECMA-167 2/9), if there are. */
static int read_descriptors(struct pxe_iso *iso, struct tree *primary, struct tree *joliet)
{
	bool ended = false;

	for (unsigned i = 0; i < PXE_ISO_DESCRIPTORS_MAX; i++) {
		uint64_t off = (uint64_t)(DESC_FIRST + i) * ISO_SECTOR;
		const uint8_t *p = NULL;
		int err = 0;

		if (ended && !iso_is_inside(iso, off, DESC_LEN))
			return 0;
		err = iso_fetch(iso, &iso->dir, off, DESC_LEN, ISO_WINDOW, &p);
		if (err != 0)
			return err;
		if (memcmp(p + 1, "NSR0", 4) == 0)
			iso->info.notes |= PXE_ISO_NOTE_UDF;
		if (memcmp(p + 9, "CDROM", 5) == 0)
			return iso_fault(iso, PXE_E_UNSUPPORTED,
			    "a High Sierra image, the forerunner of ISO 9660");
		if (memcmp(p + 1, "CD001", 5) == 0 && !ended) {
			err = take_descriptor(iso, p, off, primary, joliet);
			ended = p[0] == DESC_END;
		} else if (memcmp(p + 1, "BEA01", 5) == 0 || memcmp(p + 1, "NSR0", 4) == 0) {
			ended = true;
		} else if (ended || i == 0) {
			return 0;
		} else {
			return iso_fault(iso, PXE_E_CORRUPT,
			    "volume descriptors: no end before byte %llu", (unsigned long long)off);
		}
		if (err != 0)
			return err;
	}
	return ended ? 0
		     : iso_fault(iso, PXE_E_LIMIT, "more than %d volume descriptors",
			   PXE_ISO_DESCRIPTORS_MAX);
}

/* Make tree the one in use: its root directory becomes the root node. */
static int use_tree(struct pxe_iso *iso, const struct tree *tree)
{
	struct iso_record rec;
	int err = 0;

	iso->block_len = tree->block_len;
	err = iso_record_parse(iso, tree->root, sizeof(tree->root), tree->off + 156, &rec);
	if (err == 0 && (rec.flags & ISO_FLAG_DIR) == 0)
		err = iso_fault(iso, PXE_E_CORRUPT,
		    "volume descriptor at byte %llu: its root is no directory",
		    (unsigned long long)tree->off);
	if (err == 0)
		err = iso_dir_extent(iso, &rec, &iso->root);
	if (err != 0)
		return err;
	iso->root.kind = PXE_ISO_DIR;
	iso->root.mtime_s = rec.has_mtime ? rec.mtime_s : iso->info.mtime_s;
	iso->root.record = 0;
	return 0;
}

/* Rock Ridge shows in the root's own record, whose first System Use entry is SP (P1281 5.3): where
 * they begin, or behind the 14 bytes of CD-ROM XA. */
static int find_rock_ridge(struct pxe_iso *iso, bool *out_found)
{
	static const size_t start[] = {0, 14};
	uint64_t off = iso->root.extent[0].offset;
	struct iso_record rec;
	int err = iso_record_read(iso, &iso->dir, off, &rec);

	for (size_t i = 0; err == 0 && i < sizeof(start) / sizeof(start[0]); i++) {
		struct iso_attr attr = {0};

		if (rec.su_len < start[i] + 7 || memcmp(rec.su + start[i], "SP", 2) != 0)
			continue;
		err = iso_susp_parse(iso, off, rec.su + start[i], rec.su_len - start[i], &attr);
		if (err != 0 || !attr.has_sp || !attr.is_rrip)
			continue;
		*out_found = true;
		iso->su_skip = attr.sp_skip;
		iso->root.mode = attr.mode;
		if (attr.has_mtime)
			iso->root.mtime_s = attr.mtime_s;
		break;
	}
	return err;
}

static int choose_names(struct pxe_iso *iso, enum pxe_iso_names wanted, const struct tree *primary,
    const struct tree *joliet)
{
	bool has_rrip = false;
	int err = use_tree(iso, primary);

	if (err == 0 && wanted != PXE_ISO_JOLIET && wanted != PXE_ISO_PLAIN)
		err = find_rock_ridge(iso, &has_rrip);
	if (err != 0)
		return err;
	if (wanted == PXE_ISO_ROCK_RIDGE && !has_rrip)
		return iso_fault(iso, PXE_E_NOTFOUND, "the image has no Rock Ridge names");
	if (wanted == PXE_ISO_JOLIET && !joliet->is_found)
		return iso_fault(iso, PXE_E_NOTFOUND, "the image has no Joliet names");
	iso->info.names = has_rrip                                      ? PXE_ISO_ROCK_RIDGE
			  : joliet->is_found && wanted != PXE_ISO_PLAIN ? PXE_ISO_JOLIET
									: PXE_ISO_PLAIN;
	return iso->info.names == PXE_ISO_JOLIET ? use_tree(iso, joliet) : 0;
}

static int open_image(struct pxe_iso *iso, enum pxe_iso_names wanted)
{
	struct tree primary = {0}, joliet = {0};
	int err = read_descriptors(iso, &primary, &joliet);

	if (err == PXE_E_TRUNC && !primary.is_found && iso->src.size < 17ull * ISO_SECTOR)
		return iso_fault(iso, PXE_E_TRUNC,
		    "the image of %llu bytes ends before its first volume descriptor",
		    (unsigned long long)iso->src.size);
	if (err != 0)
		return err;
	if (!primary.is_found && (iso->info.notes & PXE_ISO_NOTE_UDF) != 0)
		return iso_fault(iso, PXE_E_UNSUPPORTED,
		    "a UDF file system without an ISO 9660 part, it can only be mounted");
	if (!primary.is_found)
		return iso_fault(iso, PXE_E_SYNTAX,
		    "not an ISO 9660 image: no primary volume descriptor at byte %d",
		    DESC_FIRST * ISO_SECTOR);
	iso->info.volume_len = (uint64_t)primary.blocks * primary.block_len;
	if (iso->info.volume_len > iso->src.size)
		iso->info.notes |= PXE_ISO_NOTE_SHORT;
	return choose_names(iso, wanted, &primary, &joliet);
}

static void init_windows(struct pxe_iso *iso)
{
	iso->dir.buf = iso->window;
	iso->area.buf = iso->window + ISO_WINDOW;
	for (size_t i = 0; i < ISO_NEAR; i++)
		iso->near[i].buf = iso->window + 2 * ISO_WINDOW + i * ISO_SECTOR;
}

int pxe_iso_new(const struct pxe_iso_source *src, const struct pxe_iso_opts *opts,
    struct pxe_iso **out_iso, char *why, size_t cap)
{
	struct pxe_iso *iso = calloc(1, sizeof(*iso));
	struct pxe_text t = pxe_text_init(why, cap);
	int err = 0;

	if (iso == NULL) {
		pxe_text_add(&t, pxe_strerror(-ENOMEM));
		return -ENOMEM;
	}
	iso->src = *src;
	iso->index_max = PXE_ISO_INDEX_DEFAULT;
	if (opts != NULL) {
		iso->seed = opts->seed;
		if (opts->index_max > 0)
			iso->index_max = opts->index_max;
	}
	init_windows(iso);
	iso_index_init(iso);
	err = open_image(iso, opts != NULL ? opts->names : PXE_ISO_BEST);
	if (err != 0) {
		pxe_text_add(&t, iso->why);
		pxe_iso_free(iso);
		return err;
	}
	*out_iso = iso;
	return 0;
}

void pxe_iso_free(struct pxe_iso *iso)
{
	if (iso == NULL)
		return;
	iso_index_fini(iso);
	free(iso);
}

const struct pxe_iso_info *pxe_iso_info(const struct pxe_iso *iso)
{
	return &iso->info;
}

const char *pxe_iso_note_text(unsigned note)
{
	switch (note) {
#define X(name, bit, text)                                                                         \
	case bit:                                                                                  \
		return text;
		PXE_ISO_NOTE_TABLE(X)
#undef X
	default:
		return "";
	}
}

const char *pxe_iso_why(const struct pxe_iso *iso)
{
	return iso->why;
}
