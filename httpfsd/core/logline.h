/* SPDX-License-Identifier: BSD-2-Clause */
/* logline.h -- one line of the access log, in the combined format that every tool reads. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "httpfsd/core/slice.h"
#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/str.h"

enum { LOGLINE_TEXT_MAX = 2048, LOGLINE_MAX = 4 * 5 * LOGLINE_TEXT_MAX + 512 };

struct logline {
	const char *client; /* address as text */
	struct slice user;  /* who logged in, or absent */
	const char *date;   /* "24/Nov/2026:14:16:01 +0000" */
	struct slice line;  /* request line; absent when none was read */
	int status;
	uint64_t bytes; /* body bytes really sent */
	struct slice referer, agent, range;
	struct slice mac, serial; /* anaconda's inst.ks.sendmac and sendsn, or absent */
	int64_t duration_us;
};

/* Append the line with its newline.
 *
 * Quotes, backslashes and everything unprintable are escaped (\", \\, \xNN), each text is cut at
 * LOGLINE_TEXT_MAX bytes. extended adds behind the combined format: the duration in seconds and
 * the Range asked for, and what anaconda says about the machine: 0.012 "bytes=0-" "eth0 52:54:..."
 * "SERIAL". */
void logline_write(struct pxe_text *t, const struct logline *l, bool extended);
