/* SPDX-License-Identifier: BSD-2-Clause */
/* upload.h -- a file on its way in.
 *
 * A window of blocks is collected in memory and written on libuv's pool, and acknowledged only when
 * that is done: an acknowledgement means stored, and a full disk is told before the last one. A new
 * file grows under a temporary name beside its place and takes its name at the end, so no reader
 * sees half of it and an upload that dies leaves nothing. A file that exists is replaced the same
 * way when owner and mode can be kept; otherwise (not our file, a folder we cannot write to) it is
 * truncated and rewritten in place, as in.tftpd does, under a lock.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "libpxecommon/base/buf.h"
#include "tftpd/locate.h"

struct upload;
struct session;
struct worker;

/* Begin writing at target, whose dir_fd is taken over (also on failure). window is the most bytes
 * that come between two flushes; netascii decodes on the way. Returns 0, -errno, or PXE_E_EXISTS
 * when somebody else is writing the same file in place. */
int upload_open(struct worker *w, struct locate_target *target, mode_t mode, size_t window,
    bool is_netascii, struct upload **out);
/* Tell s of flushes. */
void upload_attach(struct upload *u, struct session *s);
/* Take data in; never more than window bytes between flushes. */
void upload_append(struct upload *u, struct pxe_bytes data);
/* Write what came since the last flush, and finish the file when it was the last.
 * session_flushed() follows. 0 or an error of the pool (nothing follows then). */
int upload_flush(struct upload *u, bool last);
/* Give up unless finished: the temporary file goes. Safe while a flush runs. NULL ok. */
void upload_close(struct upload *u);
