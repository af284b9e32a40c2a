/* SPDX-License-Identifier: BSD-2-Clause */
/* accesslog.h -- lines of a worker on their way to the access log.
 *
 * Gathered while the loop turns and written in one call before it sleeps. A log that cannot be
 * written never stops the service: lines are lost and counted.
 */
#pragma once

#include "httpfsd/catalog.h"
#include "httpfsd/core/logline.h"

enum { ACCESSLOG_SIZE = 128 * 1024 };

struct accesslog {
	size_t len;
	uint64_t lost;
	char buf[ACCESSLOG_SIZE];
};

/* Add a line for the log of catalog. */
void accesslog_add(struct accesslog *log, const struct catalog *c, const struct logline *line);
/* Write what has been gathered. */
void accesslog_flush(struct accesslog *log, const struct catalog *c);
