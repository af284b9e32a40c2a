/* SPDX-License-Identifier: BSD-2-Clause */
/* buf.c -- the part of the bounded reader that is too long to inline. */
#include "libpxecommon/base/buf.h"

const char *pxe_rd_cstr(struct pxe_rd *rd, size_t *out_len)
{
	size_t left = pxe_rd_left(rd);
	const uint8_t *at = left > 0 ? rd->p + rd->off : NULL;
	const uint8_t *nul = left > 0 ? memchr(at, 0, left) : NULL;

	if (nul == NULL) {
		pxe_rd_fail(rd, PXE_E_TRUNC);
		return NULL;
	}
	rd->off += (size_t)(nul - at) + 1;
	*out_len = (size_t)(nul - at);
	return (const char *)at;
}
