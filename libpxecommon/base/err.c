/* SPDX-License-Identifier: BSD-2-Clause */
/* err.c -- texts of the suite's error space. */
#include "libpxecommon/base/err.h"

#include <string.h>

const char *pxe_strerror(int err)
{
	switch (err) {
#define X(name, num, text)                                                                         \
	case num:                                                                                  \
		return text;
		PXE_ERR_TABLE(X)
#undef X
	default:
		break;
	}
	if (err > -10000 && err <= 0)
		return strerror(-err);
	return "unknown error";
}
