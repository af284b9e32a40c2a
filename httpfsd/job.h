/* SPDX-License-Identifier: BSD-2-Clause */
/* job.h -- what would block the loop, done on a thread of libuv's pool.
 *
 * A connection has at most one; it cannot go away before its job has come back.
 */
#pragma once

#include "httpfsd/conn.h"
#include "httpfsd/core/listing.h"

struct job;

/* Each returns 0 or -errno; on failure nothing has been started. conn_job_done follows. */

/* Read len bytes of fd from off on into the page cache. */
int job_read_ahead(struct conn *c, int fd, uint64_t off, uint64_t len);

/* Make the listing of the directory dir_fd (taken over, also on failure), which is path below m and
 * shown_path on the whole host. */
int job_listing(struct conn *c, int dir_fd, const struct site_host *host, const struct mount *m,
    const char *path, const char *shown_path, struct listing_how how, bool is_head);

/* Verify an Authorization value; sets auth_failed or adds it to the worker's cache. */
int job_auth(struct conn *c, const struct auth *a, struct slice field);
