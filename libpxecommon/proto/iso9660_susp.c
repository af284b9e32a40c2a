/* SPDX-License-Identifier: BSD-2-Clause */
/* iso9660_susp.c -- System Use entries (IEEE P1281): Rock Ridge (P1282) and zisofs. */
#include "libpxecommon/proto/iso9660_priv.h"

enum { NM_CONTINUE = 1, NM_CURRENT = 2, NM_PARENT = 4 };
enum { SL_CONTINUE = 1, SL_CURRENT = 2, SL_PARENT = 4, SL_ROOT = 8 };
enum { TF_MODIFY = 1, TF_STAMPS = 7, TF_LONG_FORM = 0x80 };

/* One record's entries while they are parsed. */
struct susp {
	struct pxe_iso *iso;
	struct iso_attr *attr;
	uint64_t record; /* where in the image the record lies, for messages */
	bool has_area;   /* a CE entry named a continuation area */
	uint64_t area_off;
	uint32_t area_len;
};

static int take_sp(struct susp *s, struct pxe_rd *body)
{
	uint16_t magic = pxe_rd_u16(body);

	s->attr->sp_skip = pxe_rd_u8(body);
	s->attr->has_sp = body->err == 0 && magic == 0xbeef;
	return 0;
}

static int take_ce(struct susp *s, struct pxe_rd *body)
{
	uint64_t block = iso_both32(s->iso, body), off = iso_both32(s->iso, body);

	s->area_len = iso_both32(s->iso, body);
	s->area_off = block * s->iso->block_len + off;
	s->has_area = true;
	return 0;
}

/* Which extension the following entries are of. Three names of Rock Ridge are about: its drafts'
 * and its standard's. */
static int take_er(struct susp *s, struct pxe_rd *body)
{
	static const char *const name[] = {"RRIP_1991A", "IEEE_P1282", "IEEE_1282"};
	size_t len = pxe_rd_u8(body);
	const uint8_t *id = NULL;

	pxe_rd_skip(body, 3);
	id = pxe_rd_bytes(body, len);
	for (size_t i = 0; id != NULL && i < sizeof(name) / sizeof(name[0]); i++) {
		if (len == strlen(name[i]) && memcmp(id, name[i], len) == 0)
			s->attr->is_rrip = true;
	}
	return 0;
}

static int take_rr(struct susp *s, struct pxe_rd *body)
{
	(void)body;
	s->attr->is_rrip = true;
	return 0;
}

static int take_px(struct susp *s, struct pxe_rd *body)
{
	s->attr->mode = iso_both32(s->iso, body);
	s->attr->has_px = true;
	s->attr->is_rrip = true;
	return 0;
}

static int take_nm(struct susp *s, struct pxe_rd *body)
{
	struct iso_attr *a = s->attr;
	uint8_t flags = pxe_rd_u8(body);
	size_t n = pxe_rd_left(body);

	/* names of "." and ".." are theirs already; a second name is nobody's */
	if ((flags & (NM_CURRENT | NM_PARENT)) != 0 || (a->name_len > 0 && !a->name_more))
		return 0;
	if (n > ISO_RR_NAME_MAX - a->name_len)
		return iso_fault(s->iso, PXE_E_LIMIT,
		    "directory record at byte %llu: its Rock Ridge name (NM) is longer than %d "
		    "bytes",
		    (unsigned long long)s->record, ISO_RR_NAME_MAX);
	pxe_rd_copy(body, a->name + a->name_len, n);
	a->name_len += (unsigned)n;
	a->name_more = (flags & NM_CONTINUE) != 0;
	return 0;
}

static int take_tf(struct susp *s, struct pxe_rd *body)
{
	uint8_t flags = pxe_rd_u8(body);
	size_t len = (flags & TF_LONG_FORM) != 0 ? 17 : 7;

	for (unsigned i = 0; i < TF_STAMPS; i++) {
		const uint8_t *p = (flags & 1u << i) != 0 ? pxe_rd_bytes(body, len) : NULL;

		if (i == TF_MODIFY && p != NULL)
			s->attr->has_mtime = len == 17 ? iso_date17(p, &s->attr->mtime_s)
						       : iso_date7(p, &s->attr->mtime_s);
	}
	return 0;
}

static int take_cl(struct susp *s, struct pxe_rd *body)
{
	s->attr->child_block = iso_both32(s->iso, body);
	s->attr->has_cl = true;
	return 0;
}

static int take_re(struct susp *s, struct pxe_rd *body)
{
	(void)body;
	s->attr->is_relocated = true;
	return 0;
}

static int take_zf(struct susp *s, struct pxe_rd *body)
{
	uint16_t method = pxe_rd_u16(body);

	pxe_rd_skip(body, 2); /* header length and block size */
	if (method == 0x707a) /* "pz" */
		s->attr->plain_size = iso_both32(s->iso, body);
	else if (method == 0x505a) { /* "PZ", zisofs2: one little-endian number of 8 bytes */
		uint64_t v = 0;

		for (unsigned i = 0; i < 8; i++)
			v |= (uint64_t)pxe_rd_u8(body) << 8 * i;
		s->attr->plain_size = v;
	}
	s->attr->has_zf = true;
	return 0;
}

static int link_add(struct susp *s, const uint8_t *p, size_t n)
{
	struct iso_attr *a = s->attr;

	if (n > PXE_ISO_LINK_MAX - a->link_len)
		return iso_fault(s->iso, PXE_E_LIMIT,
		    "directory record at byte %llu: its symlink target (SL) is longer than %d "
		    "bytes",
		    (unsigned long long)s->record, PXE_ISO_LINK_MAX);
	if (n > 0)
		memcpy(a->link + a->link_len, p, n);
	a->link_len += n;
	return 0;
}

static int link_component(struct susp *s, uint8_t flags, const uint8_t *p, size_t n)
{
	struct iso_attr *a = s->attr;
	int err = 0;

	switch (flags & ~SL_CONTINUE) {
	case SL_ROOT: /* xorriso writes it for "//" too: no new start, as Linux has it */
		p = (const uint8_t *)"/";
		n = 1;
		break;
	case SL_CURRENT:
	case SL_PARENT:
		p = (const uint8_t *)"..";
		n = (flags & SL_PARENT) != 0 ? 2 : 1;
		break;
	case 0:
		break;
	default: /* a mount point or a host's name stand for what we cannot know */
		return iso_fault(s->iso, PXE_E_UNSUPPORTED,
		    "directory record at byte %llu: a symlink component (SL) has flags 0x%02x",
		    (unsigned long long)s->record, flags);
	}
	if (a->link_len > 0 && !a->link_join)
		err = link_add(s, (const uint8_t *)"/", 1);
	a->link_join = (flags & (SL_CONTINUE | SL_ROOT)) != 0;
	return err != 0 ? err : link_add(s, p, n);
}

static int take_sl(struct susp *s, struct pxe_rd *body)
{
	int err = 0;
	bool more = (pxe_rd_u8(body) & SL_CONTINUE) != 0;

	if (s->attr->has_sl && !s->attr->link_more)
		return 0;
	s->attr->has_sl = true;
	s->attr->link_more = more;
	while (err == 0 && s->attr->link != NULL && pxe_rd_left(body) > 0) {
		uint8_t flags = pxe_rd_u8(body), n = pxe_rd_u8(body);
		const uint8_t *p = pxe_rd_bytes(body, n);

		if (p != NULL)
			err = link_component(s, flags, p, n);
	}
	return err;
}

/* The entries we know; all others are stepped over, as P1281 wants it. A body that ends before its
 * fields do is damage, said once in parse_entry. */
static const struct {
	char sign[3];
	int (*take)(struct susp *s, struct pxe_rd *body);
} entries[] = {
    {"SP", take_sp},
    {"CE", take_ce},
    {"ER", take_er},
    {"RR", take_rr},
    {"PX", take_px},
    {"NM", take_nm},
    {"SL", take_sl},
    {"TF", take_tf},
    {"CL", take_cl},
    {"RE", take_re},
    {"ZF", take_zf},
};

static int parse_entry(struct susp *s, const uint8_t sign[2], struct pxe_rd *body)
{
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		int err = 0;

		if (memcmp(sign, entries[i].sign, 2) != 0)
			continue;
		err = entries[i].take(s, body);
		if (err == 0 && body->err != 0)
			err = iso_fault(s->iso, PXE_E_CORRUPT,
			    "directory record at byte %llu: its System Use entry %s is too short",
			    (unsigned long long)s->record, entries[i].sign);
		return err;
	}
	return 0;
}

/* All entries of one area. What is too short for an entry, and zeros, are padding. */
static int parse_area(struct susp *s, const uint8_t *p, size_t len)
{
	struct pxe_rd rd = pxe_rd_init(p, len);
	int err = 0;

	while (err == 0 && pxe_rd_left(&rd) >= 4) {
		const uint8_t *head = pxe_rd_bytes(&rd, 4);
		struct pxe_rd body = {0};

		if ((head[0] == 'S' && head[1] == 'T') || (head[0] == 0 && head[2] == 0))
			break;
		if (head[2] < 4 || head[2] - 4u > pxe_rd_left(&rd))
			return iso_fault(s->iso, PXE_E_CORRUPT,
			    "directory record at byte %llu: a System Use entry of %u bytes, with "
			    "%zu "
			    "left",
			    (unsigned long long)s->record, head[2], pxe_rd_left(&rd) + 4);
		body = pxe_rd_sub(&rd, head[2] - 4u);
		err = parse_entry(s, head, &body);
	}
	return err;
}

static int next_area(struct susp *s, const uint8_t **out)
{
	int err = 0;

	s->has_area = false;
	if (s->area_len > PXE_ISO_AREA_LEN_MAX)
		return iso_fault(s->iso, PXE_E_LIMIT,
		    "directory record at byte %llu: a continuation area (CE) of %u bytes, %d are "
		    "allowed",
		    (unsigned long long)s->record, s->area_len, PXE_ISO_AREA_LEN_MAX);
	err = iso_spend(s->iso, s->area_len);
	if (err == 0)
		err = iso_fetch(s->iso, &s->iso->area, s->area_off, s->area_len, ISO_SECTOR, out);
	if (err == PXE_E_TRUNC)
		err = iso_fault(s->iso, PXE_E_CORRUPT,
		    "directory record at byte %llu: its continuation area (CE) at byte %llu lies "
		    "outside the image",
		    (unsigned long long)s->record, (unsigned long long)s->area_off);
	return err;
}

int iso_susp_parse(
    struct pxe_iso *iso, uint64_t record, const uint8_t *su, size_t len, struct iso_attr *attr)
{
	struct susp s = {.iso = iso, .attr = attr, .record = record};
	int err = parse_area(&s, su, len);

	for (unsigned n = 0; err == 0 && s.has_area; n++) {
		const uint8_t *p = NULL;
		size_t area_len = s.area_len;

		if (n == PXE_ISO_AREAS_MAX)
			return iso_fault(iso, PXE_E_LIMIT,
			    "directory record at byte %llu: more than %d continuation areas (CE), "
			    "or "
			    "a loop of them",
			    (unsigned long long)record, PXE_ISO_AREAS_MAX);
		err = next_area(&s, &p);
		if (err == 0)
			err = parse_area(&s, p, area_len);
	}
	if (attr->link != NULL)
		attr->link[attr->link_len] = '\0';
	return err;
}
