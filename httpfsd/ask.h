/* SPDX-License-Identifier: BSD-2-Clause */
/* ask.h -- one request while it is being answered, and the ways to refuse it. Within answer.c and
 * refuse.c.
 *
 * Each refuse_ function fills a->r and a->out with the whole answer and returns ANSWER_SEND. Texts
 * given for detail are borrowed until the request has ended.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "httpfsd/answer.h"
#include "httpfsd/core/head.h"

enum { PATH_CAP = 4096 };

/* One request being answered. */
struct ask {
	struct conn *c;
	const struct request *rq;
	struct reply *r;
	struct pxe_text out;
	struct head head;
	const struct site_host *host;
	const struct mount *mount;
	bool is_head;
	char path[PATH_CAP]; /* of the host, normalised */
	const char *rest;    /* of it, below the mount */
};

/* The head is done, and behind it in a->out body_len bytes of a body. */
enum answer ask_finish(struct ask *a, size_t body_len);

extern const char refuse_retry_line[]; /* Retry-After, for 503 */

/* extra: header lines, each with CRLF, or NULL. */
enum answer refuse(struct ask *a, int status, enum pxe_reason reason, const char *extra);
/* 404 for a->path, expected where boot loaders try names from special to general. */
enum answer refuse_missing(struct ask *a);
/* 403; why goes to the event. */
enum answer refuse_access(struct ask *a, const char *why);
/* For the error with which a->path could not be opened: 403, 404, 500 or 503; logged where the
 * operator can do something. */
enum answer refuse_open(struct ask *a, int err);
/* 500 with the reason in the log and in the answer, as a comment. */
enum answer refuse_saying(struct ask *a, const char *why);
/* For what a job found instead of a file. */
enum answer refuse_found(struct ask *a, const struct found *fd);
