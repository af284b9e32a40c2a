/* SPDX-License-Identifier: BSD-2-Clause */
/* xfer.c -- what both directions of a transfer share. */
#include "tftpd/core/xfer.h"

#include <errno.h>

#include "tftpd/core/xfer_dir.h"

uint16_t xfer_wire_block(uint64_t block, uint32_t rollover)
{
	if (block <= UINT16_MAX)
		return (uint16_t)block;
	return (uint16_t)(rollover + (block - 65536) % (65536 - rollover));
}

uint64_t xfer_real_block(uint16_t wire, uint64_t lo, uint64_t hi, uint32_t rollover)
{
	uint16_t w = xfer_wire_block(lo, rollover);
	uint64_t block =
	    lo + (wire >= w ? (uint64_t)wire - w : (uint64_t)wire + 65536 - rollover - w);

	if (block < lo || block > hi || xfer_wire_block(block, rollover) != wire)
		return UINT64_MAX;
	return block;
}

uint16_t xfer_error_of(int err, const char **out_text)
{
	uint16_t code = PXE_TFTP_EUNDEF;

	switch (err) {
	case -ENOENT:
	case -ENOTDIR:
	case PXE_E_NOTFOUND:
		code = PXE_TFTP_ENOTFOUND;
		break;
	case -ENOSPC:
	case -EDQUOT:
	case -EFBIG:
		code = PXE_TFTP_ENOSPACE;
		break;
	case -EEXIST:
		code = PXE_TFTP_EEXISTS;
		break;
	case PXE_E_TRAVERSAL:
	case PXE_E_DENIED:
		code = PXE_TFTP_EACCESS;
		break;
	default:
		*out_text = pxe_strerror(err);
		return code;
	}
	*out_text = pxe_tftp_err_text(code);
	return code;
}

enum pxe_reason xfer_reason_of(int err)
{
	switch (err) {
	case -ENOENT:
	case -ENOTDIR:
	case PXE_E_NOTFOUND:
		return PXE_REASON_NOT_FOUND;
	case -EACCES:
	case -EPERM:
	case -EEXIST:
		return PXE_REASON_FORBIDDEN;
	case PXE_E_TRAVERSAL:
	case PXE_E_SYNTAX:
	case -ENAMETOOLONG:
	case PXE_E_TOOBIG:
	case -ELOOP:
		return PXE_REASON_BAD_PATH;
	case PXE_E_DENIED:
	case -EISDIR:
		return PXE_REASON_NOT_A_FILE;
	case -ENOSPC:
	case -EDQUOT:
		return PXE_REASON_DISK_FULL;
	case -EFBIG:
		return PXE_REASON_TOO_LARGE;
	case PXE_E_TRUNC:
		return PXE_REASON_FILE_CHANGED;
	default:
		return PXE_REASON_IO_ERROR;
	}
}

void xfer_finish(struct xfer *x, enum pxe_reason reason)
{
	if (!x->done)
		x->reason = reason;
	x->done = true;
	x->state = XFER_ENDED;
	x->deadline_us = INT64_MAX;
}

void xfer_abort(
    struct xfer *x, enum pxe_reason reason, int code, const char *text, struct xfer_fx *out)
{
	*out = (struct xfer_fx){0};
	if (code >= 0) {
		out->send = XFER_SEND_ERROR;
		out->code = (uint16_t)code;
		out->text = text;
	}
	xfer_finish(x, reason);
}

static int64_t give_up_us(const struct xfer *x)
{
	int64_t opening = x->p.opening_give_up_us;

	return !x->is_answered && opening != 0 && opening < x->p.give_up_us ? opening
									    : x->p.give_up_us;
}

void xfer_answered(struct xfer *x)
{
	if (!x->is_answered && x->rtt.fixed && x->rtt.rto_us < x->rtt.first_us)
		x->rtt.rto_us = x->rtt.first_us;
	x->is_answered = true;
}

void xfer_arm(struct xfer *x, int64_t now_us)
{
	int64_t end = x->progress_us + give_up_us(x);

	x->deadline_us = now_us + x->rtt.rto_us;
	if (x->deadline_us > end)
		x->deadline_us = end > now_us ? end : now_us + 1;
}

void xfer_start(struct xfer *x, const struct xfer_params *p, int64_t now_us, struct xfer_fx *out)
{
	*out = (struct xfer_fx){0};
	*x = (struct xfer){
	    .p = *p,
	    .deadline_us = INT64_MAX,
	    .progress_us = now_us,
	    .window_us = now_us,
	    .window_clean = true,
	    .reack_us = INT64_MIN / 2,
	    .next = 1,
	};
	rtt_init(&x->rtt, p->timeout_us, p->timeout_min_us, p->timeout_fixed);
	if (p->opening_timeout_us != 0 && p->opening_timeout_us < x->rtt.rto_us)
		x->rtt.rto_us = p->opening_timeout_us;
	if (!p->write && p->size_known) {
		x->last = p->size / p->blksize + 1;
		x->last_len = (uint32_t)(p->size % p->blksize);
	}
	x->state = p->write ? XFER_RECEIVING : p->has_oack ? XFER_OACK_SENT : XFER_SENDING;
	x->limit = p->windowsize;
	if (p->has_oack)
		out->send = XFER_SEND_OACK;
	else if (p->write)
		out->send = XFER_SEND_ACK;
	if (out->send != XFER_SEND_NOTHING)
		xfer_arm(x, now_us);
}

/* RFC 1350 7: an ERROR is neither answered nor acknowledged. As the answer to an OACK it is the
 * normal end of a size probe (EDK2 sends code 8, pxelinux and ROMs code 0). */
static void on_error(struct xfer *x, const uint8_t *pkt, size_t len)
{
	struct pxe_bytes text = {0};
	bool early = x->p.write ? x->acked == 0 : x->state == XFER_OACK_SENT;
	enum pxe_reason reason = PXE_REASON_CLIENT_ABORT;

	(void)pxe_tftp_parse_error(pkt, len, &x->peer_code, &text);
	if (early && x->p.has_oack)
		reason =
		    x->p.size_asked && !x->p.write ? PXE_REASON_PROBE : PXE_REASON_OPTION_REFUSED;
	xfer_finish(x, reason);
}

void xfer_input(struct xfer *x, const uint8_t *pkt, size_t len, int64_t now_us, struct xfer_fx *out)
{
	uint16_t block = 0;

	*out = (struct xfer_fx){0};
	if (x->state == XFER_ENDED)
		return;
	switch (pxe_tftp_opcode(pkt, len)) {
	case PXE_TFTP_ERROR:
		on_error(x, pkt, len);
		return;
	case PXE_TFTP_ACK:
		if (x->p.write || pxe_tftp_parse_ack(pkt, len, &block) != 0)
			break;
		send_on_ack(x, block, now_us);
		return;
	case PXE_TFTP_DATA:
		if (!x->p.write)
			break;
		recv_on_data(x, pkt, len, now_us, out);
		return;
	default:
		break;
	}
	/* Half a packet or one for the other direction: some stray, not worth a transfer. A packet
	 * with an opcode nobody knows is a client that is broken for good. */
	if (len >= 2 &&
	    (pxe_tftp_opcode(pkt, len) == 0 || pxe_tftp_opcode(pkt, len) > PXE_TFTP_OACK))
		xfer_abort(x, PXE_REASON_BAD_REQUEST, PXE_TFTP_EBADOP,
		    pxe_tftp_err_text(PXE_TFTP_EBADOP), out);
}

bool xfer_lacks_last_ack(const struct xfer *x)
{
	return !x->p.write && x->last > 1 && x->acked + 1 == x->last;
}

void xfer_timeout(struct xfer *x, int64_t now_us, struct xfer_fx *out)
{
	*out = (struct xfer_fx){0};
	if (x->state == XFER_ENDED || now_us < x->deadline_us)
		return;
	if (x->state == XFER_DALLYING) {
		xfer_finish(x, x->reason);
		return;
	}
	if (now_us - x->progress_us >= give_up_us(x)) {
		xfer_finish(x, xfer_lacks_last_ack(x) ? PXE_REASON_OK : PXE_REASON_TIMEOUT);
		return;
	}
	rtt_back_off(&x->rtt);
	x->window_clean = false;
	x->gap_answered = false;
	if (x->state == XFER_SENDING) {
		x->next = x->acked + 1;
		x->deadline_us = INT64_MAX; /* xfer_sent() starts it again */
		return;
	}
	x->retransmits++;
	if (x->state == XFER_OACK_SENT)
		out->send = XFER_SEND_OACK;
	else
		recv_ack_now(x, out);
	if (x->state != XFER_FLUSHING)
		xfer_arm(x, now_us);
}
