/* SPDX-License-Identifier: BSD-2-Clause */
/* local.c -- what the server asks its machine: name, random numbers, time zone. */
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "dhcpd/server.h"

struct pxe_hash_seed local_identify(struct server *s)
{
	struct pxe_hash_seed seed;

	if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
		seed = (struct pxe_hash_seed){uv_hrtime(), (uint64_t)getpid()};
	(void)gethostname(s->hostname, sizeof(s->hostname) - 1);
	return seed;
}

void local_time_zone(struct lease_text_style *style)
{
	time_t now = time(NULL);
	struct tm tm;

	if (localtime_r(&now, &tm) != NULL)
		style->utc_offset_s = (int)tm.tm_gmtoff;
}
