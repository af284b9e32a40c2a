/* SPDX-License-Identifier: BSD-2-Clause */
/* tftpd_xfer_fuzz.c -- a transfer under any sequence of packets, silences and slow disks.
 *
 * Eight bytes of parameters, then steps: one byte says what happens (and how much time has passed),
 * more bytes follow for a packet. Whatever comes, the machine must keep its promises: no block
 * beyond the window or the file, no packet after the end, bytes that never shrink.
 */
#include <stdint.h>
#include <string.h>

#include "libpxecommon/base/buf.h"
#include "tftpd/core/xfer.h"

/* assert() of a build that may have it switched off. */
#define MUST(condition) ((condition) ? (void)0 : __builtin_trap())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t stored;

static void check(const struct xfer *x, const struct xfer_fx *fx)
{
	uint64_t first = 0;
	uint32_t n = xfer_want(x, &first);

	MUST(n <= x->p.windowsize);
	if (n > 0) {
		MUST(x->state == XFER_SENDING && first > x->acked);
		MUST(first + n - 1 <= x->acked + x->p.windowsize);
		MUST(x->last == 0 || first + n - 1 <= x->last);
	}
	MUST(fx->store.len <= x->p.blksize);
	MUST(!fx->flush || x->p.write);
	MUST(fx->send != XFER_SEND_ERROR || fx->text != NULL);
	MUST(x->state != XFER_ENDED || (x->done && x->deadline_us == INT64_MAX));
	stored += fx->store.len;
	if (x->p.write)
		MUST(x->bytes == stored);
	else if (x->p.size_known)
		MUST(x->bytes <= x->p.size);
}

static void send_some(struct xfer *x, uint8_t how_many, int64_t now)
{
	uint64_t first = 0;
	uint32_t n = xfer_want(x, &first);
	uint32_t k = n > 0 ? 1 + how_many % n : 0;

	if (k > 0)
		xfer_sent(x, k, first + k - 1 == x->last ? x->last_len : x->p.blksize, now);
	if (k > 1 && how_many % 7 == 0)
		xfer_unsent(x, first + 1);
}

static struct xfer_params read_params(struct pxe_rd *rd)
{
	uint8_t flags = pxe_rd_u8(rd);
	struct xfer_params p = {
	    .write = (flags & 1) != 0,
	    .has_oack = (flags & 2) != 0,
	    .size_asked = (flags & 4) != 0,
	    .size_known = (flags & 8) != 0,
	    .timeout_fixed = (flags & 16) != 0,
	    .timeout_us = 1000000,
	    .timeout_min_us = 200000,
	    .give_up_us = 63000000,
	};

	p.blksize = 8U + pxe_rd_u8(rd);
	p.windowsize = 1U + pxe_rd_u8(rd) % 64U;
	p.rollover = pxe_rd_u16(rd);
	p.size = pxe_rd_u32(rd) % 1000000;
	p.size_max = (flags & 32) != 0 ? 500 : 0;
	return p;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pxe_rd rd = pxe_rd_init(data, size);
	const struct xfer_params p = read_params(&rd);
	int64_t now = 1000000000;
	struct xfer_fx fx;
	struct xfer x;

	if (rd.err != 0)
		return 0;
	stored = 0;
	xfer_start(&x, &p, now, &fx);
	check(&x, &fx);
	while (pxe_rd_left(&rd) > 0 && x.state != XFER_ENDED) {
		uint8_t what = pxe_rd_u8(&rd);
		size_t len = what >> 3 & 15;

		now += what * 1000;
		fx = (struct xfer_fx){0};
		switch (what & 7) {
		case 0:
			now =
			    x.deadline_us != INT64_MAX && x.deadline_us > now ? x.deadline_us : now;
			xfer_timeout(&x, now, &fx);
			break;
		case 1:
			send_some(&x, what, now);
			break;
		case 2:
			xfer_flushed(&x, what > 240 ? -28 : 0, now, &fx);
			break;
		case 3:
			xfer_stalled(&x);
			break;
		default:
			len = len < pxe_rd_left(&rd) ? len : pxe_rd_left(&rd);
			xfer_input(&x, pxe_rd_bytes(&rd, len), len, now, &fx);
			break;
		}
		check(&x, &fx);
	}
	return 0;
}
