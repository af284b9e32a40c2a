/* SPDX-License-Identifier: BSD-2-Clause */
/* iso_maker.h -- small ISO 9660 images in memory, made record by record so that each can be wrong.
 *
 * Sector 16 is the primary descriptor, 17 the end of descriptors, 20 and 21 the root directory.
 * What is read behind the memory of an image is zeros, so that an image may claim to be large. */
#pragma once

#include <errno.h>
#include <string.h>

#include "libpxecommon/base/buf.h"
#include "libpxecommon/proto/iso9660.h"
#include "tests/unit/check_main.h"

enum { SECTOR = 2048, MAKER_SECTORS = 512, ROOT_AT = 20 * SECTOR, ROOT_LEN = 2 * SECTOR };

struct maker {
	uint64_t size; /* what the image claims to be */
	size_t at;     /* where the next record goes */
	int fail;      /* what reading gives, at and behind fail_at */
	uint64_t fail_at;
	unsigned reads;
	uint8_t p[MAKER_SECTORS * SECTOR];
};

static inline void both16(uint8_t *p, unsigned v)
{
	p[0] = p[3] = (uint8_t)v;
	p[1] = p[2] = (uint8_t)(v >> 8);
}

static inline void both32(uint8_t *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = p[7 - i] = (uint8_t)(v >> 8 * i);
}

/* System Use entries of one record, written one after the other. */
struct su {
	uint8_t p[255];
	size_t len;
};

static inline struct su *su_add(struct su *su, const char *sign, const void *body, size_t n)
{
	MUST(n + 4 <= sizeof(su->p) - su->len, "%s does not fit", sign);
	memcpy(su->p + su->len, sign, 2);
	su->p[su->len + 2] = (uint8_t)(n + 4);
	su->p[su->len + 3] = 1;
	memcpy(su->p + su->len + 4, body, n);
	su->len += n + 4;
	return su;
}

static inline struct su *su_nm(struct su *su, unsigned flags, const char *name)
{
	uint8_t body[255] = {(uint8_t)flags};

	memcpy(body + 1, name, strlen(name));
	return su_add(su, "NM", body, 1 + strlen(name));
}

static inline struct su *su_px(struct su *su, unsigned mode)
{
	uint8_t body[32];

	both32(body, mode);
	both32(body + 8, 1);
	both32(body + 16, 0);
	both32(body + 24, 0);
	return su_add(su, "PX", body, sizeof(body));
}

static inline struct su *su_ce(struct su *su, uint32_t block, uint32_t off, uint32_t len)
{
	uint8_t body[24];

	both32(body, block);
	both32(body + 8, off);
	both32(body + 16, len);
	return su_add(su, "CE", body, sizeof(body));
}

static inline struct su *su_cl(struct su *su, uint32_t block)
{
	uint8_t body[8];

	both32(body, block);
	return su_add(su, "CL", body, sizeof(body));
}

/* One SL entry for a target without empty components, up to about 200 bytes of them. */
static inline struct su *su_sl(struct su *su, unsigned flags, const char *target)
{
	uint8_t body[255] = {(uint8_t)flags};
	size_t n = 1;

	if (*target == '/') {
		body[n++] = 8;
		body[n++] = 0;
	}
	while (*(target += strspn(target, "/")) != '\0') {
		size_t len = strcspn(target, "/");
		bool is_dots = (len == 1 || (len == 2 && target[1] == '.')) && target[0] == '.';

		body[n++] = (uint8_t)(!is_dots ? 0 : len == 1 ? 2 : 4);
		body[n++] = (uint8_t)(is_dots ? 0 : len);
		memcpy(body + n, target, is_dots ? 0 : len);
		n += is_dots ? 0 : len;
		target += len;
	}
	return su_add(su, "SL", body, n);
}

/* A directory record at m->at, which moves behind it, and to the next sector if it does not fit
 * before. Returns where it is. */
static inline size_t put_record(struct maker *m, const char *name, size_t name_len, unsigned flags,
    uint32_t block, uint32_t size, const struct su *su)
{
	static const uint8_t date[7] = {
	    126, 11, 24, 12, 30, 15, 4}; /* 2026-11-24 12:30:15 +01:00 */
	size_t used = 33 + name_len + (name_len % 2 == 0 ? 1 : 0);
	size_t len = used + (su != NULL ? su->len : 0), at = 0;
	uint8_t *p = NULL;

	len += len % 2;
	MUST(len <= 255, "a record of %zu bytes", len);
	if (m->at % SECTOR + len > SECTOR)
		m->at += SECTOR - m->at % SECTOR;
	at = m->at;
	p = m->p + at;
	memset(p, 0, len);
	p[0] = (uint8_t)len;
	both32(p + 2, block);
	both32(p + 10, size);
	memcpy(p + 18, date, sizeof(date));
	p[25] = (uint8_t)flags;
	both16(p + 28, 1);
	p[32] = (uint8_t)name_len;
	memcpy(p + 33, name, name_len);
	if (su != NULL)
		memcpy(p + used, su->p, su->len);
	m->at += len;
	return at;
}

/* Begin a directory in sector: "." and "..". Records go behind them. */
static inline void put_dir(struct maker *m, uint32_t sector, uint32_t len, uint32_t parent)
{
	struct su px = {0};

	(void)su_px(&px, 040755);
	m->at = (size_t)sector * SECTOR;
	(void)put_record(m, "", 1, 2, sector, len, &px);
	(void)put_record(m, "\1", 1, 2, parent, SECTOR, &px);
}

/* A record with a Rock Ridge name (and an upper-case one of eight letters that nobody sees). */
static inline size_t put_rock(struct maker *m, const char *name, unsigned flags, uint32_t block,
    uint32_t size, const struct su *more)
{
	struct su su = {0};

	(void)su_nm(&su, 0, name);
	if (more != NULL) {
		memcpy(su.p + su.len, more->p, more->len);
		su.len += more->len;
	}
	return put_record(m, "X", 1, flags, block, size, &su);
}

/* An empty image with Rock Ridge; records of its root go to m->at. */
static inline void maker_start(struct maker *m)
{
	uint8_t *d = m->p + 16 * SECTOR;
	struct su su = {0};

	memset(m, 0, sizeof(*m));
	m->size = sizeof(m->p);
	m->fail_at = UINT64_MAX;
	memcpy(d, "\1CD001\1", 7);
	memset(d + 40, ' ', 32);
	memcpy(d + 40, "A LABEL", 7);
	both32(d + 80, MAKER_SECTORS);
	both16(d + 128, SECTOR);
	m->at = 16 * SECTOR + 156;
	(void)put_record(m, "", 1, 2, ROOT_AT / SECTOR, ROOT_LEN, NULL);
	memcpy(d + 813, "2026010203040506", 17);
	memcpy(d + 830, "0000000000000000", 17);
	memcpy(m->p + 17 * SECTOR, "\377CD001\1", 7);
	m->at = ROOT_AT;
	(void)su_px(
	    su_add(su_add(&su, "SP", "\xbe\xef", 3), "ER", "\12\0\0\1RRIP_1991A", 14), 040755);
	(void)put_record(m, "", 1, 2, ROOT_AT / SECTOR, ROOT_LEN, &su);
	(void)put_record(m, "\1", 1, 2, ROOT_AT / SECTOR, ROOT_LEN, NULL);
}

static inline int maker_read(void *arg, uint64_t off, void *buf, size_t len)
{
	struct maker *m = arg;
	uint8_t *out = buf;

	MUST(off <= m->size && len <= m->size - off, "read of %zu at %llu", len,
	    (unsigned long long)off);
	m->reads++;
	if (off + len > m->fail_at) {
		memset(buf, 0xee, len);
		return m->fail;
	}
	for (size_t i = 0; i < len; i++)
		out[i] = off + i < sizeof(m->p) ? m->p[off + i] : 0;
	return 0;
}

static inline int maker_open(struct maker *m, const struct pxe_iso_opts *opts,
    struct pxe_iso **out_iso, char why[PXE_ISO_WHY_MAX])
{
	struct pxe_iso_source source = {maker_read, m, m->size};

	return pxe_iso_new(&source, opts, out_iso, why, PXE_ISO_WHY_MAX);
}
