/* SPDX-License-Identifier: BSD-2-Clause */
/* fill.h -- an answer file for one machine: who asks, what is known of it, the text; may wait for a
 * disk.
 */
#pragma once

#include "httpfsd/catalog.h"
#include "httpfsd/core/request.h"

enum { FILL_NAME_MAX = 255, FILL_WHY_MAX = 400 };

/* What a request says of the machine it comes from; "" where it says nothing (well-formed). */
struct fill_who {
	char mac[PXE_HWADDR_STRLEN], uuid[PXE_UUID_STRLEN], ip[PXE_IP_STRLEN];
	char hostname[FILL_NAME_MAX + 1], arch[FILL_NAME_MAX + 1];
};

struct fill {
	/* asked */
	const struct catalog *catalog;
	const struct mount *mount;
	const char *path; /* below the mount */
	struct fill_who who;
	/* answered */
	int err; /* 0, or why says what is wrong */
	int fd;  /* the text, in memory; the caller's */
	uint64_t size, hash[2];
	char why[FILL_WHY_MAX];
};

/* From the query (mac, uuid, hostname, arch), anaconda's X-RHN-Provisioning-MAC-0, and the client's
 * address. Malformed values count as not given. */
void fill_who_init(struct fill_who *who, const struct request *rq, const struct pxe_ip *client);
/* The machine of the table that who is: by mac, else uuid, else hostname, else ip; an
 * entry that has another mac or uuid than who is not it. NULL: none. */
const struct machine *fill_machine(const struct catalog *c, const struct fill_who *who);
/* Answer f. On a thread of the pool. */
void fill_run(struct fill *f);
