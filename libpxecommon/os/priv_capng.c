/* SPDX-License-Identifier: BSD-2-Clause */
/* priv_capng.c -- capabilities of this process by libcap-ng. */
#include <cap-ng.h>
#include <errno.h>
#include <linux/capability.h>

#include "libpxecommon/os/priv_caps.h"

bool pxe_caps_has(unsigned cap)
{
	return capng_get_caps_process() == 0 && capng_have_capability(CAPNG_EFFECTIVE, cap) != 0;
}

/* The library keeps what is chosen; capng_apply and capng_change_id take it from there. */
int pxe_caps_choose(const int *keep, size_t n, uint64_t *out_set)
{
	uint64_t set = 0;

	if (capng_get_caps_process() != 0)
		return -EPERM;
	for (size_t i = 0; i < n; i++) {
		if (keep[i] >= 0 && keep[i] <= CAP_LAST_CAP &&
		    capng_have_capability(CAPNG_PERMITTED, (unsigned)keep[i]) != 0)
			set |= UINT64_C(1) << keep[i];
	}
	capng_clear(CAPNG_SELECT_ALL);
	for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++) {
		if ((set >> cap & 1) != 0 &&
		    capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, cap) != 0)
			return -EPERM;
	}
	*out_set = set;
	return 0;
}

int pxe_caps_bound(void)
{
	return capng_apply(CAPNG_SELECT_BOUNDS) == 0 ? 0 : -EPERM;
}

int pxe_caps_become(uint64_t set, uid_t uid, gid_t gid)
{
	(void)set;
	/* Sets PR_SET_KEEPCAPS around the change, so that what was chosen survives it. */
	return capng_change_id((int)uid, (int)gid, CAPNG_NO_FLAG) == 0 ? 0 : -EPERM;
}

int pxe_caps_apply(uint64_t set)
{
	(void)set;
	return capng_apply(CAPNG_SELECT_CAPS) == 0 ? 0 : -EPERM;
}
