/* SPDX-License-Identifier: BSD-2-Clause */
/* control_conn.h -- one client of a control socket: its lines in, its output queue out.
 *
 * Private to os/control*.c. Output is queued in memory up to a limit for all clients together;
 * whoever does not read is dropped. Streams of events are produced at the reader's pace.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

#include "libpxecommon/base/list.h"
#include "libpxecommon/os/control.h"

enum {
	PXE_CONTROL_CONNS_MAX = 32,
	PXE_CONTROL_LINE_MAX = 1024,        /* of a command */
	PXE_CONTROL_QUEUE_MAX = 64 << 20,   /* bytes of all clients together */
	PXE_CONTROL_STREAM_AHEAD = 1 << 17, /* bytes of events queued for a client */
	PXE_CONTROL_DOC_MAX = 1 << 17,      /* bytes of one event */
	PXE_CONTROL_STALL_MS = 10000,       /* output waiting and nothing read */
	PXE_CONTROL_IDLE_MS = 60000         /* no command given */
};

struct pxe_control {
	uv_loop_t *loop;
	struct pxe_control_opts opts;
	char *path;
	int dir_fd; /* of the folder; -1: to be left alone */
	dev_t dev;  /* which file the socket is there */
	ino_t ino;
	uv_pipe_t listener;
	uv_pipe_t unwanted; /* who came when there was no memory; being closed */
	bool is_refusing, is_waiting; /* unwanted is in use; another one waits for it */
	uv_timer_t sweep;
	struct pxe_link conns;
	unsigned nconns, nstreams;
	unsigned handles; /* not closed yet */
	size_t queued;
	uint64_t started_ms;
	char doc[PXE_CONTROL_DOC_MAX];
};

struct queue {
	char *p;
	size_t len, cap;
};

struct pxe_control_conn {
	struct pxe_link link;
	struct pxe_control *ctl;
	uv_pipe_t pipe;
	uv_write_t write;
	char line[PXE_CONTROL_LINE_MAX];
	size_t len;
	struct queue out, sending;
	bool is_writing, is_closing;
	bool is_ending;    /* closes once all is written */
	bool is_streaming; /* events from seq up to stop; commands wait */
	uint64_t seq, stop;
	uint64_t progress_ms;
};

/* A client that was accepted into conn->pipe; takes care of itself from here. */
void pxe_control_conn_start(struct pxe_control_conn *conn);
void pxe_control_conn_close(struct pxe_control_conn *conn);
/* Queue bytes; false when the client had to be dropped. */
bool pxe_control_conn_put(struct pxe_control_conn *conn, const char *p, size_t n);
/* Start handing out events [seq, stop). */
void pxe_control_conn_stream(struct pxe_control_conn *conn, uint64_t seq, uint64_t stop);
/* More events may be there. */
void pxe_control_conn_feed(struct pxe_control_conn *conn);
/* Close when the reader stalls or the writer sleeps. */
void pxe_control_conn_sweep(struct pxe_control_conn *conn, uint64_t now_ms);

/* Run one command line; control_cmd.c. */
void pxe_control_run(struct pxe_control_conn *conn, char *line);
/* Count down ctl->handles as a close callback; the last one frees ctl. */
void pxe_control_unref(struct pxe_control *ctl);
