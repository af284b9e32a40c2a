/* SPDX-License-Identifier: BSD-2-Clause */
/* priv_capset.c -- capabilities of this process by capget(2), capset(2) and prctl(2) alone, for
 * systems without libcap-ng. */
#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libpxecommon/os/priv_caps.h"

/* Version 3 of the call: 64 bits in two halves. No C library declares it. */
static int get_caps(struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3])
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};

	return syscall(SYS_capget, &head, data) == 0 ? 0 : -errno;
}

bool pxe_caps_has(unsigned cap)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	return cap <= CAP_LAST_CAP && get_caps(data) == 0 &&
	       (data[cap / 32].effective >> cap % 32 & 1) != 0;
}

int pxe_caps_choose(const int *keep, size_t n, uint64_t *out_set)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	uint64_t may = 0, wants = 0;
	int err = get_caps(data);

	if (err != 0)
		return err;
	may = data[0].permitted | (uint64_t)data[1].permitted << 32;
	for (size_t i = 0; i < n; i++) {
		if (keep[i] >= 0 && keep[i] <= CAP_LAST_CAP)
			wants |= UINT64_C(1) << keep[i];
	}
	*out_set = may & wants;
	return 0;
}

int pxe_caps_bound(void)
{
	/* The kernel may know more of them than the headers; it says EINVAL behind its last. */
	for (unsigned cap = 0; cap < 64; cap++) {
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		return errno == EINVAL && cap > 0 ? 0 : -errno;
	}
	return 0;
}

int pxe_caps_apply(uint64_t set)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		uint32_t half = (uint32_t)(set >> 32 * i);

		data[i] = (struct __user_cap_data_struct){.effective = half, .permitted = half};
	}
	return syscall(SYS_capset, &head, data) == 0 ? 0 : -errno;
}

int pxe_caps_become(uint64_t set, uid_t uid, gid_t gid)
{
	int err = 0;

	/* Else leaving root's id takes them all, those in set too. */
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
		return -errno;
	if (setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
		return -errno;
	err = pxe_caps_apply(set);
	if (err == 0 && prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0)
		err = -errno;
	return err;
}
