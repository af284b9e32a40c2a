/* SPDX-License-Identifier: BSD-2-Clause */
/* send.c -- the side of a transfer that sends DATA (RRQ). */
#include "tftpd/core/xfer_dir.h"

uint32_t xfer_want(const struct xfer *x, uint64_t *out_first)
{
	uint64_t end = x->limit;

	if (x->state != XFER_SENDING)
		return 0;
	if (x->last != 0 && end > x->last)
		end = x->last;
	if (x->next > end)
		return 0;
	*out_first = x->next;
	return (uint32_t)(end - x->next + 1);
}

void xfer_sent(struct xfer *x, uint32_t n, uint32_t last_len, int64_t now_us)
{
	uint64_t first = 0;
	uint64_t to = x->next + n - 1;

	if (x->state != XFER_SENDING || n == 0)
		return;
	if (x->next <= x->high)
		x->retransmits += (uint32_t)((to < x->high ? to : x->high) - x->next + 1);
	/* Silence while our disk was asked is not the client's. */
	if (x->is_stalled)
		x->progress_us = now_us;
	x->is_stalled = false;
	x->next = to + 1;
	if (to > x->high)
		x->high = to;
	if (last_len < x->p.blksize) {
		x->last = to;
		x->last_len = last_len;
	}
	if (xfer_want(x, &first) != 0)
		return;
	x->window_us = now_us;
	xfer_arm(x, now_us);
}

void xfer_unsent(struct xfer *x, uint64_t first)
{
	if (x->state != XFER_SENDING || first <= x->acked || first >= x->next)
		return;
	x->next = first;
	x->deadline_us = INT64_MAX;
	/* What had never been sent before will not be a repeat. */
	if (x->window_clean)
		x->high = first - 1;
}

void xfer_stalled(struct xfer *x)
{
	x->deadline_us = INT64_MAX;
	x->is_stalled = true;
}

static uint64_t bytes_up_to(const struct xfer *x, uint64_t block)
{
	if (block == x->last)
		return (block - 1) * x->p.blksize + x->last_len;
	return block * x->p.blksize;
}

/* Go on with the block behind `acked`: a whole new window from there. */
static void open_window(struct xfer *x)
{
	x->next = x->acked + 1;
	x->limit = x->acked + x->p.windowsize;
	x->deadline_us = INT64_MAX; /* xfer_sent() starts it again */
}

static void on_progress(struct xfer *x, uint64_t block, int64_t now_us)
{
	bool whole = block == x->high;

	xfer_answered(x);
	x->acked = block;
	x->progress_us = now_us;
	x->bytes = bytes_up_to(x, block);
	if (x->last != 0 && block == x->last) {
		xfer_finish(x, PXE_REASON_OK);
		return;
	}
	if (whole && x->window_clean)
		rtt_sample(&x->rtt, now_us - x->window_us);
	/* An ACK inside the window tells of a gap behind it: RFC 7440 4 goes on right there. */
	x->gap_answered = !whole;
	x->window_clean = whole;
	open_window(x);
}

void send_on_ack(struct xfer *x, uint16_t wire, int64_t now_us)
{
	uint64_t block;

	if (x->state == XFER_OACK_SENT) {
		if (wire != 0)
			return;
		xfer_answered(x);
		if (x->window_clean)
			rtt_sample(&x->rtt, now_us - x->window_us);
		x->state = XFER_SENDING;
		x->progress_us = now_us;
		x->window_clean = true;
		open_window(x);
		return;
	}
	block = xfer_real_block(wire, x->acked, x->high, x->p.rollover);
	if (block == UINT64_MAX)
		return; /* older, or never sent (RFC 1123 4.2.3.1: ignored) */
	if (block > x->acked) {
		on_progress(x, block, now_us);
		return;
	}
	/* The same ACK again. In lockstep it must never cause a DATA, or every packet is doubled
	 * for the rest of the transfer (the Sorcerer's Apprentice, RFC 1123 4.2.3.1). In a window
	 * it says that the first block of it is missing; EDK2 says so once per block that it did
	 * get, so only the first of them counts. */
	if (x->p.windowsize > 1 && x->high > x->acked && !x->gap_answered) {
		x->gap_answered = true;
		x->window_clean = false;
		open_window(x);
	}
}
