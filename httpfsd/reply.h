/* SPDX-License-Identifier: BSD-2-Clause */
/* reply.h -- an answer on its way: memory first, then extents of a file, until all is sent.
 *
 * Made on the worker's stack and scratch memory; only an answer that cannot be sent at once is
 * copied to the heap (reply_keep). Ends in exactly one access log line and one event
 * (reply_finish).
 */
#pragma once

#include "httpfsd/conn.h"
#include "httpfsd/core/head.h"
#include "httpfsd/core/plan.h"
#include "libpxecommon/base/event.h"

/* Texts for log and event. */
enum reply_text {
	REPLY_LINE,
	REPLY_PATH,
	REPLY_REFERER,
	REPLY_AGENT,
	REPLY_RANGE,
	REPLY_USER,
	REPLY_MAC,
	REPLY_SERIAL,
	REPLY_TEXTS
};

struct reply {
	/* still to be sent, in this order; then the next part of a multipart body */
	struct slice mem[2];
	uint64_t off, left;           /* in the file's descriptor */
	uint64_t next_off, next_left; /* behind them, in the file: of one that lies in pieces */
	struct file *file;
	struct plan plan;      /* of a multipart answer */
	unsigned next_part;    /* 0: not multipart */
	char *text;            /* REPLY_TEXT_CAP bytes, where later heads are made */
	bool warm;             /* a job has just read what comes next */
	uint64_t rate, tokens; /* a bucket of bytes, filled at rate a second; rate 0: no cap */
	int64_t filled_us;
	/* for the log */
	uint64_t head_len, sent, size;
	int64_t start_us;
	int status;
	enum pxe_reason reason;
	const char *detail; /* why it was refused, for people: a literal, or NULL */
	enum head_persist persist;
	bool close;                     /* the connection ends with this answer */
	bool drop_input;                /* more may come from the client: linger */
	struct slice note[REPLY_TEXTS]; /* borrowed until reply_keep */
	char *page;                     /* owned body, or NULL */
	bool is_listing;                /* counts in worker.listings */
};

enum { REPLY_COLD = 1, REPLY_PACED = 2, REPLY_TEXT_CAP = 1024 };

/* Send as much as goes. Returns 0 when all is out, PXE_E_AGAIN when the socket is full or others
 * should have their turn, REPLY_COLD when the file must first be read from disk, REPLY_PACED when
 * the mount's rate allows no more for now, PXE_E_TRUNC when the file has become shorter, or -errno.
 */
int reply_send(struct conn *c, struct reply *r);
/* The next bytes to send are off to off+len-1 of the file. */
void reply_place(struct reply *r, uint64_t off, uint64_t len);
/* A copy on the heap that depends on no scratch memory; NULL when out of memory. */
struct reply *reply_keep(const struct reply *r);
/* Log, emit, count, and release what it holds (not r itself). reason replaces r's own unless it is
 * PXE_REASON_OK. */
void reply_finish(struct conn *c, struct reply *r, enum pxe_reason reason);
