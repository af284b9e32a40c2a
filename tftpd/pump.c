/* SPDX-License-Identifier: BSD-2-Clause */
/* pump.c -- the blocks of a read on their way out: from the file, in the mode asked for, in as few
 * sends as possible. */
#include "libpxecommon/base/err.h"
#include "tftpd/group.h"

enum {
	SEGMENTS_MAX = 64,
	SEGMENT_BYTES = 65000 /* below what one datagram's length can say */
};

/* Encode from *at on, until out is full or the file ends. Returns the bytes written or an error. */
static int encode(struct session *s, struct netascii_place *at, uint8_t *out, size_t len)
{
	uint8_t *raw = s->worker->scratch;
	size_t n = 0;

	while (n < len) {
		uint64_t left = s->params.size - at->offset;
		size_t want = left < len - n ? (size_t)left : len - n;
		size_t got;
		int rc = want == 0 ? 0
				   : cache_read(s->file, at->offset, raw, want, s->worker->now_us,
					 &s->data);

		if (rc != 0)
			return rc;
		got = netascii_encode(at, raw, want, out != NULL ? out + n : NULL, len - n);
		n += got;
		if (got == 0)
			break;
	}
	return (int)n;
}

/* Payload of a block in netascii, whose place in the file depends on all bytes before it. The
 * place of the first unacknowledged block is remembered: repeats start there. */
static int fill_netascii(struct session *s, uint64_t block, uint8_t *out)
{
	struct netascii_place at = s->place;
	uint64_t n = s->place_block;
	int rc = 0;

	if (block < n) {
		at = s->mark;
		n = s->mark_block;
	}
	for (; n < block; n++) {
		rc = encode(s, &at, NULL, s->params.blksize);
		if (rc < 0)
			return rc;
	}
	if (block == s->x.acked + 1) {
		s->mark = at;
		s->mark_block = block;
	}
	rc = encode(s, &at, out, s->params.blksize);
	if (rc < 0)
		return rc;
	s->place = at;
	s->place_block = block + 1;
	return rc;
}

static int fill_octet(struct session *s, uint64_t block, uint8_t *out)
{
	uint64_t offset = (block - 1) * s->params.blksize;
	uint64_t left = s->params.size - offset;
	size_t len = left < s->params.blksize ? (size_t)left : s->params.blksize;
	int rc = len == 0 ? 0 : cache_read(s->file, offset, out, len, s->worker->now_us, &s->data);

	return rc != 0 ? rc : (int)len;
}

/* Header and payload of a block; its whole length, or an error (PXE_E_AGAIN: s waits for data). */
static int build_block(struct session *s, uint64_t block, uint8_t *out)
{
	int len;

	(void)pxe_tftp_build_data_header(
	    out, PXE_TFTP_HEADER, xfer_wire_block(block, s->params.rollover));
	len = s->is_netascii ? fill_netascii(s, block, out + PXE_TFTP_HEADER)
			     : fill_octet(s, block, out + PXE_TFTP_HEADER);
	return len < 0 ? len : len + PXE_TFTP_HEADER;
}

/* Queue up to n blocks from first on as one send: one datagram, or many for the kernel to cut.
 * Returns how many, 0 when the data is not there yet, or an error. */
static int queue_blocks(struct session *s, uint64_t first, uint32_t n)
{
	size_t full = s->params.blksize + PXE_TFTP_HEADER;
	uint32_t most = s->no_segments ? 1 : (uint32_t)(SEGMENT_BYTES / full);
	struct pxe_dgram_out route = s->route;
	size_t used = 0;
	uint32_t k = 0;
	uint8_t *buf;
	int len = 0;

	most = most < 1 ? 1 : most > SEGMENTS_MAX ? SEGMENTS_MAX : most;
	n = n < most ? n : most;
	buf = outbox_reserve(s->worker, s->tid, n * full);
	while (k < n) {
		len = build_block(s, first + k, buf + used);
		if (len < 0)
			break;
		used += (size_t)len;
		k++;
		if ((size_t)len < full)
			break;
	}
	if (k == 0)
		return len == PXE_E_AGAIN ? 0 : len;
	if (k > 1)
		route.segment = (uint16_t)full;
	outbox_commit(s->worker, &route, used, s, first);
	xfer_sent(&s->x, k, (uint32_t)(used - (k - 1) * full - PXE_TFTP_HEADER), s->worker->now_us);
	return (int)k;
}

int session_pump(struct session *s)
{
	uint64_t first = 0;
	uint32_t n;

	if (s->group != NULL)
		return group_pump(s);
	if (s->retry_us != 0 || !pxe_list_is_empty(&s->data.link))
		return 0;
	while ((n = xfer_want(&s->x, &first)) > 0) {
		int rc = queue_blocks(s, first, n);

		if (rc < 0)
			return rc;
		/* Some of it may have been there, but the rest is not. */
		if (!pxe_list_is_empty(&s->data.link)) {
			xfer_stalled(&s->x);
			return 0;
		}
	}
	return 0;
}
