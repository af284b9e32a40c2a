/* SPDX-License-Identifier: BSD-2-Clause */
/* report.h -- what is said about requests and transfers: log lines, events, counters.
 *
 * in.tftpd's own lines come first and byte for byte as tools know them, but for one thing: bytes of
 * a name that are not printable are escaped.
 *   RRQ from ADDR filename NAME
 *   RRQ from ADDR filename OLD remapped to NEW
 *   sending NAK (CODE, TEXT) to ADDR
 * in.tftpd says nothing about how it ended; we do:
 *   RRQ done ADDR filename NAME bytes N seconds S blksize B windowsize W rexmit R
 *   RRQ failed ADDR filename NAME: REASON
 */
#pragma once

#include "tftpd/session.h"

struct report_end {
	enum pxe_reason reason;
	int code;          /* of the ERROR sent; negative: none */
	const char *text;  /* of it */
	const char *where; /* "tftpd.map:12" that decided, or NULL */
	const char *hint;  /* "did you mean NAME", or NULL */
};

/* A request has been understood. renamed: what the map rules made of it, or NULL. */
void report_request(struct worker *w, const struct pxe_dgram *dg, bool write, const char *name,
    const char *renamed);

/* A request ended without becoming a transfer. name may be NULL. */
void report_refusal(struct worker *w, const struct pxe_dgram *dg, bool write, const char *name,
    const struct report_end *end);

/* A transfer has ended; s->x says how. */
void report_transfer(struct session *s);
