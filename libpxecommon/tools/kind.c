/* SPDX-License-Identifier: BSD-2-Clause */
/* kind.c -- what a file is for in a network boot, told from its name. */
#include "libpxecommon/tools/kind.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

/* Against the whole name where a pattern has a slash, else against its last part. The first that
 * fits decides: what is narrow stands before what is wide. */
static const struct {
	const char *pattern;
	enum kind kind;
} patterns[] = {
    {"*pxelinux.cfg/*", KIND_CONFIG},
    {"grub.cfg*", KIND_CONFIG},
    {"*.ipxe", KIND_CONFIG},
    {"isolinux.cfg", KIND_CONFIG},
    {"extlinux.conf", KIND_CONFIG},
    {"boot.cfg", KIND_CONFIG},
    {"preseed*", KIND_ANSWER},
    {"*.preseed", KIND_ANSWER},
    {"*.seed", KIND_ANSWER},
    {"*.ks", KIND_ANSWER},
    {"ks.cfg", KIND_ANSWER},
    {"ks[-_]*", KIND_ANSWER},
    {"*-ks.cfg", KIND_ANSWER},
    {"kickstart*", KIND_ANSWER},
    {"user-data", KIND_ANSWER},
    {"meta-data", KIND_ANSWER},
    {"vendor-data", KIND_ANSWER},
    {"autoinst*", KIND_ANSWER},
    {"autounattend.xml", KIND_ANSWER},
    {"unattend*.xml", KIND_ANSWER},
    {"*.ign", KIND_ANSWER},
    {"*.mod", KIND_LOADER},
    {"*.lst", KIND_LOADER},
    {"*.c32", KIND_LOADER},
    {"*.efi", KIND_LOADER},
    {"*.0", KIND_LOADER},
    {"*.kpxe", KIND_LOADER},
    {"*.kkpxe", KIND_LOADER},
    {"*.pxe", KIND_LOADER},
    {"*.n12", KIND_LOADER},
    {"*.com", KIND_LOADER},
    {"*.pf2", KIND_LOADER},
    {"undionly*", KIND_LOADER},
    {"bootmgr*", KIND_LOADER},
    {"Release*", KIND_REPO},
    {"InRelease", KIND_REPO},
    {"Packages*", KIND_REPO},
    {"repomd.xml*", KIND_REPO},
    {"*treeinfo", KIND_REPO},
    {"*.deb", KIND_REPO},
    {"*.udeb", KIND_REPO},
    {"*.rpm", KIND_REPO},
    {"*squashfs*", KIND_REPO},
    {"install.img", KIND_REPO},
    {"updates.img", KIND_REPO},
    {"product.img", KIND_REPO},
    {"*.iso", KIND_REPO},
    {"*.wim", KIND_REPO},
    {"initrd*", KIND_INITRD},
    {"initramfs*", KIND_INITRD},
    {"*initrd*", KIND_INITRD},
    {"*.img", KIND_INITRD},
    {"*.cpio*", KIND_INITRD},
    {"vmlinu[xz]*", KIND_KERNEL},
    {"linux*", KIND_KERNEL},
    {"kernel*", KIND_KERNEL},
    {"bzImage*", KIND_KERNEL},
    {"Image*", KIND_KERNEL},
    {"memdisk", KIND_KERNEL},
    {"wimboot", KIND_KERNEL},
};

enum kind kind_of(const char *file, bool is_http, bool kernel_seen)
{
	const char *slash = strrchr(file, '/');
	const char *base = slash != NULL ? slash + 1 : file;

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		const char *against = strchr(patterns[i].pattern, '/') != NULL ? file : base;

		if (fnmatch(patterns[i].pattern, against, FNM_CASEFOLD) == 0)
			return patterns[i].kind;
	}
	if (is_http && kernel_seen && fnmatch("*.cfg", base, FNM_CASEFOLD) == 0)
		return KIND_ANSWER;
	return KIND_OTHER;
}

bool kind_is_search(const char *file)
{
	static const char *const searched[] = {"*pxelinux.cfg/*", "*grub.cfg-*", "*.lst",
	    "*revocations*.efi", "*shim_certificate_*.efi", "*boot.msg", "*.pf2"};
	const char *slash = strrchr(file, '/');

	/* The end of the search is a file like any other. */
	if (strcmp(slash != NULL ? slash + 1 : file, "default") == 0)
		return false;
	for (size_t i = 0; i < sizeof(searched) / sizeof(searched[0]); i++) {
		if (fnmatch(searched[i], file, FNM_CASEFOLD) == 0)
			return true;
	}
	return false;
}

const char *kind_name(enum kind kind)
{
	static const char *const names[] = {
	    [KIND_LOADER] = "boot loader",
	    [KIND_CONFIG] = "boot loader configuration",
	    [KIND_KERNEL] = "kernel",
	    [KIND_INITRD] = "initrd",
	    [KIND_ANSWER] = "answer file",
	    [KIND_REPO] = "installation source",
	    [KIND_OTHER] = "file",
	};

	return names[kind];
}
