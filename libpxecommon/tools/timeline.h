/* SPDX-License-Identifier: BSD-2-Clause */
/* timeline.h -- what one machine did, joined from the events of all daemons.
 *
 * Pure: fed with records, in any order. DHCP says who a machine is; transfers and requests only say
 * from which address they came. So an offer or acknowledgement of an address to one of the
 * machine's link-layer addresses makes the address the machine's from then on, until it goes to
 * another.
 */
#pragma once

#include "libpxecommon/tools/record.h"

struct timeline {
	struct record *all; /* everything added, by time once joined */
	size_t nall, all_cap;
	const struct record **own; /* of the machine, by time */
	size_t n;
	size_t last_boot; /* index into own where its latest attempt to boot begins */
};

void timeline_init(struct timeline *t);
void timeline_fini(struct timeline *t);
/* Takes over the record. 0 or -ENOMEM (then the record is still the caller's). */
int timeline_add(struct timeline *t, struct record *r);
/* Pick the records of the machine that `who` names: a link-layer address in any notation, an IP
 * address, a machine UUID, or the name the client gave. 0 or -ENOMEM. */
int timeline_join(struct timeline *t, const char *who);
/* who is neither a link-layer nor an IP address nor a UUID, so it can only be a host name. */
bool timeline_is_name(const char *who);
