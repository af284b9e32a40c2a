/* SPDX-License-Identifier: BSD-2-Clause */
/* buf.h -- bounded reader and writer over bytes; the only place with pointer arithmetic on packets.
 *
 * Both carry a sticky error: after the first overrun every further call is a no-op that yields
 * zero, so a parser reads a whole structure and asks once at the end. Multi-byte values are in
 * network order on the wire and in host order in C. A sub-reader cannot see past the bytes it was
 * given. Idea after Knot DNS' wire_ctx and OpenSSH's sshbuf child buffers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "libpxecommon/base/err.h"

/* A borrowed run of bytes; valid as long as what it was taken from. p may be NULL when len is 0. */
struct pxe_bytes {
	const uint8_t *p;
	size_t len;
};

struct pxe_rd {
	const uint8_t *p;
	size_t len;
	size_t off;
	int err; /* 0 or PXE_E_TRUNC, or what pxe_rd_fail() was told */
};

/* A reader over len bytes at p, which it borrows; p may be NULL when len is 0. */
static inline struct pxe_rd pxe_rd_init(const void *p, size_t len)
{
	/* no bytes are somewhere too: NULL + 0 is undefined in C */
	return (struct pxe_rd){.p = p != NULL ? p : "", .len = len};
}

/* Bytes not yet read; 0 after an error. */
static inline size_t pxe_rd_left(const struct pxe_rd *rd)
{
	return rd->err ? 0 : rd->len - rd->off;
}

/* Make err sticky, unless an earlier one is. */
static inline void pxe_rd_fail(struct pxe_rd *rd, int err)
{
	if (rd->err == 0)
		rd->err = err;
}

/* The next n bytes and step over them; NULL (and PXE_E_TRUNC) when there are fewer. For n 0 the
 * result is a valid pointer that must not be dereferenced. */
static inline const uint8_t *pxe_rd_bytes(struct pxe_rd *rd, size_t n)
{
	const uint8_t *at = NULL;

	if (rd->err != 0 || rd->len - rd->off < n) {
		pxe_rd_fail(rd, PXE_E_TRUNC);
		return NULL;
	}
	at = rd->p + rd->off;
	rd->off += n;
	return at;
}

static inline void pxe_rd_skip(struct pxe_rd *rd, size_t n)
{
	(void)pxe_rd_bytes(rd, n);
}

static inline uint8_t pxe_rd_u8(struct pxe_rd *rd)
{
	const uint8_t *b = pxe_rd_bytes(rd, 1);

	return b != NULL ? b[0] : 0;
}

static inline uint16_t pxe_rd_u16(struct pxe_rd *rd)
{
	const uint8_t *b = pxe_rd_bytes(rd, 2);

	return b != NULL ? (uint16_t)((uint32_t)b[0] << 8 | b[1]) : 0;
}

static inline uint32_t pxe_rd_u32(struct pxe_rd *rd)
{
	const uint8_t *b = pxe_rd_bytes(rd, 4);

	return b != NULL ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]
			 : 0;
}

/* Copy n bytes to dst and step over them; dst is untouched on error. */
static inline void pxe_rd_copy(struct pxe_rd *rd, void *dst, size_t n)
{
	const uint8_t *b = pxe_rd_bytes(rd, n);

	if (b != NULL && n > 0)
		memcpy(dst, b, n);
}

/* A reader over just the next n bytes; the parent steps over them. On error the child is empty and
 * carries the same error. */
static inline struct pxe_rd pxe_rd_sub(struct pxe_rd *rd, size_t n)
{
	const uint8_t *b = pxe_rd_bytes(rd, n);
	struct pxe_rd sub = pxe_rd_init(b, b != NULL ? n : 0);

	sub.err = rd->err;
	return sub;
}

/* The bytes up to and including the next NUL, without it: a C string of *out_len bytes borrowed
 * from the input. NULL and PXE_E_TRUNC when no NUL follows. */
const char *pxe_rd_cstr(struct pxe_rd *rd, size_t *out_len);

struct pxe_wr {
	uint8_t *p;
	size_t cap;
	size_t len; /* bytes written so far */
	int err;    /* 0 or PXE_E_TOOBIG */
};

/* A writer into cap bytes at p, which it borrows; p may be NULL when cap is 0. */
static inline struct pxe_wr pxe_wr_init(void *p, size_t cap)
{
	return (struct pxe_wr){.p = p, .cap = cap};
}

static inline size_t pxe_wr_room(const struct pxe_wr *wr)
{
	return wr->err ? 0 : wr->cap - wr->len;
}

/* Reserve n bytes and return where they are; NULL (and PXE_E_TOOBIG) when they do not fit. */
static inline uint8_t *pxe_wr_reserve(struct pxe_wr *wr, size_t n)
{
	uint8_t *at = NULL;

	if (wr->err != 0 || wr->cap - wr->len < n) {
		wr->err = wr->err != 0 ? wr->err : PXE_E_TOOBIG;
		return NULL;
	}
	at = wr->len > 0 ? wr->p + wr->len : wr->p;
	wr->len += n;
	return at;
}

static inline void pxe_wr_u8(struct pxe_wr *wr, uint8_t v)
{
	uint8_t *at = pxe_wr_reserve(wr, 1);

	if (at != NULL)
		at[0] = v;
}

static inline void pxe_wr_u16(struct pxe_wr *wr, uint16_t v)
{
	uint8_t *at = pxe_wr_reserve(wr, 2);

	if (at != NULL) {
		at[0] = (uint8_t)(v >> 8);
		at[1] = (uint8_t)v;
	}
}

static inline void pxe_wr_u32(struct pxe_wr *wr, uint32_t v)
{
	uint8_t *at = pxe_wr_reserve(wr, 4);

	if (at != NULL) {
		at[0] = (uint8_t)(v >> 24);
		at[1] = (uint8_t)(v >> 16);
		at[2] = (uint8_t)(v >> 8);
		at[3] = (uint8_t)v;
	}
}

static inline void pxe_wr_bytes(struct pxe_wr *wr, const void *src, size_t n)
{
	uint8_t *at = pxe_wr_reserve(wr, n);

	if (at != NULL && n > 0)
		memcpy(at, src, n);
}

/* n times the byte v. */
static inline void pxe_wr_fill(struct pxe_wr *wr, uint8_t v, size_t n)
{
	uint8_t *at = pxe_wr_reserve(wr, n);

	if (at != NULL && n > 0)
		memset(at, v, n);
}

/* A string with its NUL. */
static inline void pxe_wr_cstr(struct pxe_wr *wr, const char *s)
{
	pxe_wr_bytes(wr, s, strlen(s) + 1);
}
