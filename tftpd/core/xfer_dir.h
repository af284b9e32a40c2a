/* SPDX-License-Identifier: BSD-2-Clause */
/* xfer_dir.h -- between xfer.c and the two directions, send.c and recv.c; nobody else's business.
 */
#pragma once

#include "tftpd/core/xfer.h"

/* End with reason, unless an outcome is known already. */
void xfer_finish(struct xfer *x, enum pxe_reason reason);
/* Start the timer: the current time-out, but not past the moment to give up. */
void xfer_arm(struct xfer *x, int64_t now_us);

/* The client has moved the transfer on: it exists, and what it asked for holds from now on. */
void xfer_answered(struct xfer *x);

/* Read: an ACK of block (as on the wire). */
void send_on_ack(struct xfer *x, uint16_t block, int64_t now_us);
/* Write: acknowledge what has come, storing it first where need be. */
void recv_ack_now(struct xfer *x, struct xfer_fx *out);
/* Write: a DATA packet. */
void recv_on_data(
    struct xfer *x, const uint8_t *pkt, size_t len, int64_t now_us, struct xfer_fx *out);
