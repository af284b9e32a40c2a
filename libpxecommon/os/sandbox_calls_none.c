/* SPDX-License-Identifier: BSD-2-Clause */
/* sandbox_calls_none.c -- no filter of system calls: this build has no libseccomp. */
#include "libpxecommon/os/log.h"
#include "libpxecommon/os/sandbox_impl.h"

int pxe_sandbox_calls(unsigned calls)
{
	(void)calls;
	pxe_log_debug("sandbox: built without libseccomp, system calls are not filtered");
	return 0;
}
