/* SPDX-License-Identifier: BSD-2-Clause */
/* root.c -- open files below a directory descriptor, and nowhere else. */
#include "libpxecommon/os/root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"
#include "libpxecommon/os/root_walk.h"
#include "libpxecommon/os/sandbox.h"

enum { RACES_MAX = 16 }; /* times a rename elsewhere may make the kernel ask us to try again */

/* Never wait for the other end of a FIFO, never take a terminal. */
static const int careful = O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

static int open2(int dir, const char *rel, int flags, unsigned mode, uint64_t resolve)
{
	struct open_how how = {
	    .flags = (uint64_t)(unsigned)flags, .mode = mode, .resolve = resolve};
	long fd = -1;

	for (int i = 0; i < RACES_MAX; i++) {
		fd = syscall(SYS_openat2, dir, rel, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd >= 0 ? (int)fd : -errno;
}

int pxe_root_open(struct pxe_root *root, const char *path)
{
	int fd = -1, err = 0;

	if (strlen(path) >= sizeof(root->path))
		return -ENAMETOOLONG;
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = pxe_sandbox_check(path);
	if (err != 0) {
		(void)close(fd);
		return err;
	}
	/* O_PATH asks nothing of the directory itself; say now that nothing in it can be reached.
	 */
	if (faccessat(fd, ".", X_OK, AT_EACCESS) != 0) {
		err = -errno;
		(void)close(fd);
		return err;
	}
	root->fd = fd;
	(void)pxe_str_copy(root->path, sizeof(root->path), path);
	/* EPERM is how container sandboxes older than the call refuse it. */
	fd = open2(root->fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC, 0, RESOLVE_BENEATH);
	root->has_openat2 = fd >= 0;
	if (fd >= 0)
		(void)close(fd);
	return 0;
}

void pxe_root_close(struct pxe_root *root)
{
	if (root->fd >= 0)
		(void)close(root->fd);
	root->fd = -1;
}

/* Callers pass normalised names; a mistake there must not become a hole here. */
static int check_name(const char *rel)
{
	const char *p = rel;

	if (rel[0] == '\0')
		return -ENOENT;
	if (rel[0] == '/')
		return PXE_E_TRAVERSAL;
	while (*p != '\0') {
		size_t len = strcspn(p, "/");

		if (len == 2 && p[0] == '.' && p[1] == '.')
			return PXE_E_TRAVERSAL;
		p += len + strspn(p + len, "/");
	}
	return 0;
}

static int resolve(const struct pxe_root *root, const char *rel, int flags, unsigned mode,
    enum pxe_symlinks policy)
{
	static const uint64_t how[] = {
	    [PXE_SYMLINKS_BENEATH] = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	    [PXE_SYMLINKS_IN_ROOT] = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	    [PXE_SYMLINKS_FOLLOW] = RESOLVE_NO_MAGICLINKS,
	    [PXE_SYMLINKS_NONE] = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	int fd = check_name(rel);

	if (fd < 0)
		return fd;
	if (root->has_openat2) {
		fd = open2(root->fd, rel, flags, mode, how[policy]);
		if (fd == -EXDEV)
			return PXE_E_TRAVERSAL;
		return fd;
	}
	if (policy == PXE_SYMLINKS_FOLLOW) {
		fd = openat(root->fd, rel, flags, (mode_t)mode);
		return fd >= 0 ? fd : -errno;
	}
	return pxe_root_walk(root->fd, rel, flags, mode, policy);
}

/* ENXIO and ENODEV are how sockets and devices without a driver refuse to be opened. */
static int check_type(int fd, bool may_be_dir, struct stat *out_st)
{
	struct stat st;

	if (fd == -ENXIO || fd == -ENODEV)
		return PXE_E_DENIED;
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) != 0) {
		int err = -errno;

		(void)close(fd);
		return err;
	}
	if (!S_ISREG(st.st_mode) && !(may_be_dir && S_ISDIR(st.st_mode))) {
		(void)close(fd);
		return PXE_E_DENIED;
	}
	if (out_st != NULL)
		*out_st = st;
	return fd;
}

int pxe_root_open_read(
    const struct pxe_root *root, const char *rel, enum pxe_symlinks policy, struct stat *out_st)
{
	int fd = resolve(root, rel, O_RDONLY | careful, 0, policy);

	return check_type(fd, true, out_st);
}

int pxe_root_open_dir(const struct pxe_root *root, const char *rel, enum pxe_symlinks policy)
{
	return resolve(root, rel, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, policy);
}

int pxe_root_open_write(const struct pxe_root *root, const char *rel, int flags, unsigned mode,
    enum pxe_symlinks policy)
{
	/* openat2 takes a mode only when something may be made. */
	unsigned used_mode = (flags & O_CREAT) != 0 ? mode & 07777 : 0;

	return check_type(
	    resolve(root, rel, flags | O_NOFOLLOW | careful, used_mode, policy), false, NULL);
}
