/* SPDX-License-Identifier: BSD-2-Clause */
/* say.h -- an event as one line for people.
 *
 * Pure but for the time zone. Strings are made safe for a terminal: those that a client chose,
 * and all others too, since root may be asking a daemon that was taken over.
 */
#pragma once

#include "libpxecommon/base/str.h"
#include "libpxecommon/tools/record.h"

/* Printable UTF-8 as it is, anything else as \xNN. */
void say_escaped(struct pxe_text *t, const char *s);
/* "512 B", "41.4 kB", "36.0 MB"; powers of 1000, as rates are. */
void say_bytes(struct pxe_text *t, uint64_t bytes);
/* "14:03:22.123" local time. */
void say_clock(struct pxe_text *t, int64_t time_us);
/* "14:03:22.123  tftpd    192.0.2.9  read pxelinux.0, 42.4 kB in 0.020 s (2.1 MB/s)". */
void say_record(struct pxe_text *t, const struct record *r, bool colour);
