/* SPDX-License-Identifier: BSD-2-Clause */
/* record.h -- an event as a daemon's control socket tells it, read back from its JSON line.
 *
 * Pure. Members that the line lacks are NULL or 0; fields that we do not know are skipped, as the
 * schema in libpxecommon/README.md asks of readers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/event.h"

struct record {
	char *line;           /* as it came, without the newline */
	void *json;           /* owns the strings */
	enum pxe_stage stage; /* PXE_STAGE_COUNT: one that is newer than we are */
	const char *stage_name;
	const char *daemon, *reason, *text;
	const char *mac, *client_id, *uuid, *ip, *server, *giaddr;
	const char *interface, *xid, *hostname, *vendor_class;
	const char *file, *where, *detail;
	uint64_t seq;
	int64_t time_us, duration_us;
	uint64_t bytes, size;
	int64_t arch;       /* -1: not given */
	int64_t tftp_error; /* -1: none */
	int64_t status;     /* HTTP, 0: none */
	int64_t port, blksize, windowsize, retransmits;
};

/* Read one line. 0, PXE_E_SYNTAX when it is not an event's JSON, -ENOMEM. */
int record_parse(const char *line, size_t len, struct record *out);
void record_fini(struct record *r);
bool record_is(const struct record *r, const char *reason);
/* It ended well, or the way it usually does: nothing to look into. */
bool record_is_fine(const struct record *r);
bool record_is_dhcp(const struct record *r);
bool record_is_transfer(const struct record *r);
