/* SPDX-License-Identifier: BSD-2-Clause */
/* recv.c -- the side of a transfer that receives DATA (WRQ). */
#include "tftpd/core/xfer_dir.h"

/* Between two repeats of the same ACK inside a window: a burst of duplicates is answered once. */
enum { REACK_GAP_US = 20 * 1000 };

static void put_ack(struct xfer *x, struct xfer_fx *out)
{
	bool again = x->acked == 0 && x->p.has_oack;

	out->send = again ? XFER_SEND_OACK : XFER_SEND_ACK;
	out->block = xfer_wire_block(x->acked, x->p.rollover);
	x->run = 0;
}

void recv_ack_now(struct xfer *x, struct xfer_fx *out)
{
	if (x->run == 0) {
		put_ack(x, out);
		return;
	}
	/* An ACK says that all before it is stored, also when it comes in the middle of a window.
	 */
	x->state = XFER_FLUSHING;
	x->deadline_us = INT64_MAX;
	out->flush = true;
}

/* Not the block we wait for: a repeat, because our ACK was lost, or one behind a gap. RFC 7440 4:
 * acknowledge the last one in order, so that the sender goes on from there. */
static void on_unexpected(struct xfer *x, int64_t now_us, struct xfer_fx *out)
{
	if (x->p.windowsize > 1 && now_us - x->reack_us < REACK_GAP_US)
		return;
	x->reack_us = now_us;
	x->retransmits++;
	recv_ack_now(x, out);
}

static void take(struct xfer *x, struct pxe_bytes data, int64_t now_us, struct xfer_fx *out)
{
	xfer_answered(x);
	if (x->run == 0 && x->window_clean)
		rtt_sample(&x->rtt, now_us - x->window_us);
	x->acked++;
	x->run++;
	x->bytes += data.len;
	x->progress_us = now_us;
	x->reack_us = INT64_MIN / 2;
	x->last_taken = data.len < x->p.blksize;
	out->store = data;
	if (x->last_taken || x->run >= x->p.windowsize) {
		x->state = XFER_FLUSHING;
		x->deadline_us = INT64_MAX;
		out->flush = true;
		out->flush_last = x->last_taken;
	} else {
		xfer_arm(x, now_us);
	}
}

void recv_on_data(
    struct xfer *x, const uint8_t *pkt, size_t len, int64_t now_us, struct xfer_fx *out)
{
	struct pxe_bytes data = {0};
	uint16_t wire = 0;

	if (pxe_tftp_parse_data(pkt, len, &wire, &data) != 0 || x->state == XFER_FLUSHING)
		return;
	if (x->state == XFER_DALLYING) {
		if (wire == xfer_wire_block(x->acked, x->p.rollover)) {
			x->retransmits++;
			put_ack(x, out);
		}
		return;
	}
	if (wire != xfer_wire_block(x->acked + 1, x->p.rollover)) {
		on_unexpected(x, now_us, out);
		return;
	}
	if (data.len > x->p.blksize) {
		xfer_abort(
		    x, PXE_REASON_BAD_REQUEST, PXE_TFTP_EBADOP, "Data packet too large", out);
		return;
	}
	if (x->p.size_max != 0 && x->bytes + data.len > x->p.size_max) {
		xfer_abort(x, PXE_REASON_TOO_LARGE, PXE_TFTP_ENOSPACE,
		    pxe_tftp_err_text(PXE_TFTP_ENOSPACE), out);
		return;
	}
	take(x, data, now_us, out);
}

void xfer_flushed(struct xfer *x, int err, int64_t now_us, struct xfer_fx *out)
{
	const char *text = NULL;
	uint16_t code;

	*out = (struct xfer_fx){0};
	if (x->state != XFER_FLUSHING)
		return;
	if (err != 0) {
		code = xfer_error_of(err, &text);
		xfer_abort(x, xfer_reason_of(err), code, text, out);
		return;
	}
	put_ack(x, out);
	x->state = XFER_RECEIVING;
	x->window_us = now_us;
	x->window_clean = true;
	if (!x->last_taken) {
		xfer_arm(x, now_us);
		return;
	}
	x->state = XFER_DALLYING;
	x->done = true;
	x->reason = PXE_REASON_OK;
	x->deadline_us = now_us + x->p.timeout_us;
}
