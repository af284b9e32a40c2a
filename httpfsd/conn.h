/* SPDX-License-Identifier: BSD-2-Clause */
/* conn.h -- one connection: bytes in, requests, answers, waiting, end.
 *
 * A connection is in one of five states. HANDSHAKING: TLS is being agreed on. READING: a request is
 * awaited or half there. SENDING: an answer is under way, nothing is read (that is what bounds
 * pipelining). JOB: a thread of the pool works for it. LINGERING: the last answer is out, and what
 * still comes is thrown away so that the answer is not lost to a reset (RFC 9112 9.6).
 */
#pragma once

#include "httpfsd/core/request.h"
#include "httpfsd/worker.h"
#include "libpxecommon/base/addr.h"

enum conn_state { CONN_HANDSHAKING, CONN_READING, CONN_SENDING, CONN_JOB, CONN_LINGERING };

struct conn {
	uv_poll_t poll; /* set up only once the connection must wait */
	struct pxe_link link;
	struct worker *worker;
	struct conn *next_spare;
	struct reply *reply; /* SENDING, or a job that an answer waits for */
	struct job *job;
	struct found *found; /* by a job, for the request that is to be looked at again */
	char *in;            /* WORKER_IN_SIZE bytes while a request is half there, else NULL */
	int fd;
	uint32_t in_len;
	size_t scan;      /* how far the head has been looked through */
	int64_t since_us; /* when it began to wait as it does */
	int64_t begun_us; /* when it came, for lists */
	struct request_skip skip;
	struct pxe_endpoint peer; /* family 0 on a Unix socket */
	uint64_t sent, lingered;
	uint32_t requests;
	struct tls *tls; /* NULL: plain HTTP */
	enum conn_state state;
	enum conn_wait wait;
	int events; /* what the poll handle watches */
	bool polled, skipping, doomed, auth_failed, counted;
	bool is_paced; /* SENDING, but its cap says not now */
	bool is_eof;   /* the client has shut its side */
};

/* A connection was accepted: serve what is there already. peer is copied. tls: for HTTPS, else
 * NULL. */
void conn_new(struct worker *w, int fd, const struct pxe_endpoint *peer, struct tls_ctx *tls);
/* Its time is up. */
void conn_timed_out(struct conn *c);
/* Its transfer is capped and may go on. */
void conn_paced(struct conn *c);
/* End it now, whatever it does; with a job running, when the job ends. */
void conn_kill(struct conn *c);
/* A job is done: go on. */
void conn_job_done(struct conn *c);
/* Free the spare ones. */
void conn_free_spares(struct worker *w);
