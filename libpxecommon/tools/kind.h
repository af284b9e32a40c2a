/* SPDX-License-Identifier: BSD-2-Clause */
/* kind.h -- what a file is for in a network boot, told from its name.
 */
#pragma once

#include <stdbool.h>

enum kind {
	KIND_LOADER, /* what the firmware starts, and what that loads of itself */
	KIND_CONFIG, /* a boot loader's menu or script */
	KIND_KERNEL,
	KIND_INITRD,
	KIND_ANSWER, /* kickstart, preseed, autoinstall, ... */
	KIND_REPO,   /* what an installer fetches to install */
	KIND_OTHER
};

/* kernel_seen: a kernel runs already, which makes "x.cfg" over HTTP an answer file. */
enum kind kind_of(const char *file, bool is_http, bool kernel_seen);
/* Names that loaders try on the way to one that exists, such as pxelinux.cfg/C0A80. */
bool kind_is_search(const char *file);
/* "boot loader", "kernel", ... */
const char *kind_name(enum kind kind);
