/* SPDX-License-Identifier: BSD-2-Clause */
/* parent.c -- the folder of a file that is to be removed later. */
#include "libpxecommon/os/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

const char *pxe_parent_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

int pxe_parent_open(const char *path)
{
	char dir[PATH_MAX];
	size_t len = (size_t)(pxe_parent_name(path) - path);
	int fd = -1;

	if (len >= sizeof(dir))
		return -ENAMETOOLONG;
	memcpy(dir, path, len);
	dir[len] = '\0';
	fd = open(len > 0 ? dir : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : -errno;
}
