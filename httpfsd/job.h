/* SPDX-License-Identifier: BSD-2-Clause */
/* job.h -- what would block the loop, done on a thread of libuv's pool.
 *
 * A connection has at most one; it cannot go away before its job has come back.
 */
#pragma once

#include "httpfsd/conn.h"
#include "httpfsd/core/listing.h"
#include "httpfsd/fill.h"
#include "httpfsd/find.h"

struct job;

/* What a lookup found, until its request is looked at again. */
struct found {
	struct catalog *catalog; /* it was found in this one */
	int err;                 /* 0: file; FIND_IS_DIR; or an error with why */
	bool is_index;           /* the index file of the directory asked for */
	struct file *file;
	char why[FILL_WHY_MAX];
};

/* Each returns 0 or -errno; on failure nothing has been started. conn_job_done follows. */

/* Read len bytes of fd from off on into the page cache. */
int job_read_ahead(struct conn *c, int fd, uint64_t off, uint64_t len);

/* Make the listing of the directory dir_fd (taken over, also on failure; -1 in an image or with m
 * NULL, where only mounts are listed), path below m and shown_path on the whole host. */
int job_listing(struct conn *c, int dir_fd, const struct site_host *host, const struct mount *m,
    const char *path, const char *shown_path, struct listing_how how, bool is_head);

/* Look path up in the images of m; c->found tells when the request is looked at again. */
int job_find(struct conn *c, const struct mount *m, const char *path, bool wants_index);
/* Fill the template at path of m for the machine behind rq; c->found likewise. */
int job_fill(struct conn *c, const struct mount *m, const char *path, const struct request *rq);
/* Let go of c->found, if there is one. */
void found_free(struct conn *c);

/* Verify an Authorization value; sets auth_failed or adds it to the worker's cache. */
int job_auth(struct conn *c, const struct auth *a, struct slice field);
