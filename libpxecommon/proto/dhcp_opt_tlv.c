/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_opt_tlv.c -- sequences of options in a space: code, length, value. */
#include <string.h>

#include "libpxecommon/proto/dhcp_opt.h"

enum { PAD = 0, END = 255, PIECE_MAX = 255 };

/* A number of 1, 2 or 4 bytes. */
static uint32_t get_number(struct pxe_rd *rd, unsigned width)
{
	switch (width) {
	case 1:
		return pxe_rd_u8(rd);
	case 2:
		return pxe_rd_u16(rd);
	default:
		return pxe_rd_u32(rd);
	}
}

static void put_number(struct pxe_wr *wr, unsigned width, size_t v)
{
	switch (width) {
	case 1:
		pxe_wr_u8(wr, (uint8_t)v);
		break;
	case 2:
		pxe_wr_u16(wr, (uint16_t)v);
		break;
	case 4:
		pxe_wr_u32(wr, (uint32_t)v);
		break;
	default: /* a space without lengths */
		break;
	}
}

/* Largest number of width bytes. */
static uint64_t number_max(unsigned width)
{
	return UINT64_C(0xffffffff) >> (32 - 8 * width);
}

bool pxe_opt_tlv_next(struct pxe_rd *rd, const struct pxe_opt_space *space, struct pxe_opt_tlv *out)
{
	while (pxe_rd_left(rd) > 0) {
		uint32_t code = get_number(rd, space->code_width);
		const uint8_t *p = NULL;
		size_t len = 0;

		if (space->has_pad_end && rd->err == 0 && code == PAD)
			continue;
		if (space->has_pad_end && rd->err == 0 && code == END) {
			pxe_rd_skip(rd, pxe_rd_left(rd)); /* a further call finds nothing either */
			return false;
		}
		len = space->len_width > 0 ? get_number(rd, space->len_width) : pxe_rd_left(rd);
		p = pxe_rd_bytes(rd, len);
		if (p == NULL)
			return false;
		*out = (struct pxe_opt_tlv){code, {p, len}};
		return true;
	}
	return false;
}

struct pxe_bytes pxe_opt_tlv_find(
    struct pxe_bytes body, const struct pxe_opt_space *space, uint32_t code)
{
	struct pxe_rd rd = pxe_rd_init(body.p, body.len);
	struct pxe_opt_tlv tlv;

	while (pxe_opt_tlv_next(&rd, space, &tlv)) {
		if (tlv.code == code)
			return tlv.value;
	}
	return (struct pxe_bytes){NULL, 0};
}

static void fail(struct pxe_wr *wr)
{
	wr->err = wr->err != 0 ? wr->err : PXE_E_TOOBIG;
}

/* The value in pieces of at most 255 bytes under the same code (RFC 3396 5); all or nothing. */
static void put_split(struct pxe_wr *wr, uint32_t code, const uint8_t *p, size_t len)
{
	size_t pieces = (len + PIECE_MAX - 1) / PIECE_MAX;

	if (pxe_wr_room(wr) < len + 2 * pieces) {
		fail(wr);
		return;
	}
	while (len > 0) {
		size_t piece = len < PIECE_MAX ? len : PIECE_MAX;

		pxe_wr_u8(wr, (uint8_t)code);
		pxe_wr_u8(wr, (uint8_t)piece);
		pxe_wr_bytes(wr, p, piece);
		p += piece;
		len -= piece;
	}
}

void pxe_opt_tlv_put(
    struct pxe_wr *wr, const struct pxe_opt_space *space, uint32_t code, const void *p, size_t len)
{
	size_t header = (size_t)space->code_width + space->len_width;
	bool fits_len = space->len_width == 0 || len <= number_max(space->len_width);

	if (code > number_max(space->code_width)) {
		fail(wr);
	} else if (!fits_len && space->code_width == 1 && space->len_width == 1) {
		put_split(wr, code, p, len);
	} else if (!fits_len || pxe_wr_room(wr) < header + len) {
		fail(wr);
	} else {
		put_number(wr, space->code_width, code);
		put_number(wr, space->len_width, len);
		pxe_wr_bytes(wr, p, len);
	}
}
