/* SPDX-License-Identifier: BSD-2-Clause */
/* xfer.h -- one transfer as a state machine: packets and time in, packets and a deadline out.
 *
 * Blocks are counted in 64 bits from 1 here; the 16 bits of the wire, with their rollover, exist
 * only in xfer_wire_block() and its inverse. The machine never touches file data: a read says which
 * blocks it wants sent (xfer_want) and is told how many went (xfer_sent), so a shell whose disk is
 * slow sends later without a timer running against it; a write says which bytes to keep and when an
 * acknowledgement hangs on their being on disk (flush), and is told the outcome (xfer_flushed).
 *
 *   read   OACK? --ACK 0--> SENDING --ACK of the last block--> ENDED
 *   write  OACK or ACK 0 --> RECEIVING --last block--> FLUSHING --> DALLYING --> ENDED
 *
 * RFC 1350, 1123 4.2, 2347, 7440. Pure; no allocation.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/event.h"
#include "libpxecommon/proto/tftp.h"
#include "tftpd/core/rtt.h"

enum xfer_state {
	XFER_OACK_SENT, /* read: options answered, waiting for ACK 0 */
	XFER_SENDING,
	XFER_RECEIVING,
	XFER_FLUSHING, /* write: an acknowledgement waits for the disk */
	XFER_DALLYING, /* write: all done, the last ACK may have to be said again (RFC 1350 6) */
	XFER_ENDED
};

enum xfer_send { XFER_SEND_NOTHING, XFER_SEND_OACK, XFER_SEND_ACK, XFER_SEND_ERROR };

struct xfer_params {
	bool write;
	bool has_oack;   /* options were granted */
	bool size_asked; /* the client asked for tsize: an early ERROR is the end of a probe */
	uint32_t blksize, windowsize, rollover;
	bool size_known; /* of the file to be read; else the shell tells which block is the last */
	uint64_t size;
	uint64_t size_max;      /* write: largest upload taken; 0 for no limit */
	int64_t timeout_us;     /* first retransmission */
	int64_t timeout_min_us; /* floor of the measured one */
	bool timeout_fixed;     /* the client chose timeout_us */
	int64_t give_up_us;     /* silence after which the transfer ends */
	/* The same two while the client has not answered at all, where they are shorter; 0: they
	 * are not. Its address may be forged, and what it asked for is not its own then. */
	int64_t opening_timeout_us, opening_give_up_us;
};

struct xfer {
	struct xfer_params p;
	enum xfer_state state;
	struct rtt rtt;
	int64_t deadline_us; /* call xfer_timeout() then; INT64_MAX: no timer */
	int64_t progress_us; /* when the client last moved it on */
	/* Read: blocks up to acked are with the client; next is to be sent; high is the highest
	 * sent so far; limit ends the window; last is the final block, 0 while unknown. */
	uint64_t acked, next, high, limit, last;
	uint32_t last_len; /* payload of the final block */
	int64_t window_us; /* when the window had been sent */
	bool window_clean; /* nothing in it was repeated: its ACK gives a round trip */
	bool gap_answered; /* one go-back per gap (RFC 7440 4) */
	bool is_answered;  /* the client has moved it on once: it is there */
	bool is_stalled;   /* it waits for us, not we for it */
	/* Write: acked counts blocks taken in; run of them came since the last ACK. */
	uint32_t run;
	int64_t reack_us; /* when an ACK was last repeated */
	bool last_taken;
	uint64_t bytes;         /* payload delivered to the client, or taken from it */
	uint32_t retransmits;   /* blocks and control packets sent again */
	enum pxe_reason reason; /* valid once done */
	bool done;              /* the outcome is known; state may still be DALLYING */
	uint16_t peer_code;     /* of the client's ERROR */
};

/* What the shell is to do, in this order: keep the bytes, send the packet, flush. */
struct xfer_fx {
	struct pxe_bytes store; /* payload to append; borrowed from the packet */
	enum xfer_send send;
	uint16_t block;   /* ACK */
	uint16_t code;    /* ERROR */
	const char *text; /* ERROR; static */
	bool flush;       /* put stored bytes on disk, then call xfer_flushed() */
	bool flush_last;  /* ... and they were the last: finish the file first */
};

/* Start at now_us (monotonic). A read without options wants blocks at once; every other start
 * sends OACK or ACK 0. */
void xfer_start(struct xfer *x, const struct xfer_params *p, int64_t now_us, struct xfer_fx *out);

/* A packet from the client's address and port. Anything is taken; what does not fit the state is
 * ignored, or ends the transfer with ERROR 4 where RFC 1350 has no other way. */
void xfer_input(
    struct xfer *x, const uint8_t *pkt, size_t len, int64_t now_us, struct xfer_fx *out);

/* The deadline has passed. */
void xfer_timeout(struct xfer *x, int64_t now_us, struct xfer_fx *out);

/* The client has acknowledged everything but the last block, and that has been sent. When it then
 * stays silent the transfer counts as done: GRUB starts the kernel, and with it ends its network,
 * before its last ACK has left (seen over IPv6). */
bool xfer_lacks_last_ack(const struct xfer *x);

/* Read: blocks *out_first and the count returned, to be sent now; 0 for none. */
uint32_t xfer_want(const struct xfer *x, uint64_t *out_first);
/* n blocks of those went out, and the last of them had last_len bytes of payload: fewer than
 * blksize make it the file's last (which only needs to be said when the size was not known).
 * Starts the timer when the window is complete. */
void xfer_sent(struct xfer *x, uint32_t n, uint32_t last_len, int64_t now_us);
/* Blocks from `first` on, said to be sent, did not leave this machine: want them again. */
void xfer_unsent(struct xfer *x, uint64_t first);
/* The blocks wanted wait for the disk: no timer meanwhile. */
void xfer_stalled(struct xfer *x);

/* Write: the flush asked for is done. err 0, or negative: ends with the ERROR that fits it. */
void xfer_flushed(struct xfer *x, int err, int64_t now_us, struct xfer_fx *out);

/* End it from this side: reason, and an ERROR for the client unless code is negative. */
void xfer_abort(
    struct xfer *x, enum pxe_reason reason, int code, const char *text, struct xfer_fx *out);

/* 16 bits for the wire; rollover is the number that follows 65535. */
uint16_t xfer_wire_block(uint64_t block, uint32_t rollover);
/* The block in [lo, hi] that the wire calls `wire`, or UINT64_MAX. hi - lo < 65535. */
uint64_t xfer_real_block(uint16_t wire, uint64_t lo, uint64_t hi, uint32_t rollover);

/* ERROR code, and *out_text, that tells a client of a local failure (tftp-hpa's table: ENOENT and
 * ENOTDIR are 1, ENOSPC 3, EEXIST 6, the rest code 0 with the system's words). */
uint16_t xfer_error_of(int err, const char **out_text);
enum pxe_reason xfer_reason_of(int err);
