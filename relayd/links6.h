/* SPDX-License-Identifier: BSD-2-Clause */
/* links6.h -- from the kernel's interfaces and the configuration to the links of core/relay6.h.
 *
 * As ifmap.h for DHCPv4, but that links keep their place in the core's arrays for a configuration's
 * life: what comes, goes and changes about them is filled in.
 */
#pragma once

#include "libpxecommon/os/members.h"
#include "relayd/conf.h"

struct relayd6;

struct links6 {
	struct pxe_members members; /* of ff02::1:2 on each lower link */
	unsigned *joined;    /* by number of the lower link: the interface that is in it, or 0 */
	const char **served; /* names of all links, in order */
	size_t nserved;
};

/* Arrays of the core for a configuration, in place of those that are there; to be filled in by
 * links6_refresh once d->sh.conf is it. Memberships stay. 0, -ENOMEM or what uv_random says,
 * logged, and nothing has changed. */
int links6_set_up(struct relayd6 *d, const struct relayd_conf *conf);
void links6_fini(struct relayd6 *d);
/* Fill in what the interfaces are now; join the clients' group where that has not been done. */
void links6_refresh(struct relayd6 *d);
/* Is a link of this name declared? */
bool links6_serves(const struct relayd6 *d, const char *name);
/* Every interface that conf names, as shell_check_iface. 0 or PXE_E_NOTFOUND. */
int links6_check(const struct relayd6 *d, const struct relayd_conf *conf);
/* What is listened on and sent to, as dhcrelay says it. */
void links6_log(const struct relayd6 *d);
