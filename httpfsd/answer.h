/* SPDX-License-Identifier: BSD-2-Clause */
/* answer.h -- from a request to the answer that goes out.
 */
#pragma once

#include "httpfsd/reply.h"

enum answer {
	ANSWER_SEND,    /* r is ready to be sent */
	ANSWER_LISTING, /* a job makes the page; r waits for it (answer_listing) */
	ANSWER_AGAIN /* a job checks a password or looks a file up: parse the request again then */
};

/* Fill r for rq. Its texts point into the request and the worker's scratch memory. On LISTING and
 * AGAIN the job has been started and is c->job. */
enum answer answer_request(struct conn *c, const struct request *rq, struct reply *r);
/* Fill r to refuse what request_head_scan or request_parse refused. rq may be NULL; p[0..len) is
 * what came. */
void answer_refuse(struct conn *c, int status, const struct request *rq, const char *p, size_t len,
    struct reply *r);
/* Fill r to tell a client of plain HTTP that the port wants TLS. p[0..len) is what came. */
void answer_plain_on_tls(struct conn *c, const char *p, size_t len, struct reply *r);
/* The listing's job is done: r gets its head. page is taken over; NULL with err otherwise. */
void answer_listing(struct conn *c, struct reply *r, char *page, size_t len, const char *type,
    int err, bool is_head);
