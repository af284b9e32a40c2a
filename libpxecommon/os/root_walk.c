/* SPDX-License-Identifier: BSD-2-Clause */
/* root_walk.c -- what openat2(2) does, for kernels and sandboxes without it. */
#include "libpxecommon/os/root_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"

enum { LINKS_MAX = 40 }; /* as in Linux */

/* done: real directories only, no links and no "..", so that it can be walked again from the root.
 * rest: what is still to be resolved, in the words of the name and of links. */
struct walk {
	int root_fd;
	int fd; /* the directory done stands for */
	char done[PATH_MAX];
	char rest[PATH_MAX];
	enum pxe_symlinks policy;
	unsigned links;
};

static int enter(struct walk *w, const char *name)
{
	int fd = openat(w->fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	(void)close(w->fd);
	w->fd = fd;
	return 0;
}

static int go_to_root(struct walk *w)
{
	int fd = fcntl(w->root_fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (w->fd >= 0)
		(void)close(w->fd);
	w->fd = fd;
	return 0;
}

/* ".." is never asked of the kernel, whose answer a rename could change: drop the last name and
 * come again from the root. */
static int go_up(struct walk *w)
{
	char again[PATH_MAX];
	char *slash = strrchr(w->done, '/'), *next = again;
	int err = 0;

	if (w->done[0] == '\0')
		return w->policy == PXE_SYMLINKS_IN_ROOT ? 0 : PXE_E_TRAVERSAL;
	*(slash != NULL ? slash : w->done) = '\0';
	(void)pxe_str_copy(again, sizeof(again), w->done);
	err = go_to_root(w);
	while (err == 0 && next != NULL && *next != '\0')
		err = enter(w, strsep(&next, "/"));
	return err;
}

static int go_down(struct walk *w, const char *name)
{
	size_t len = strlen(w->done);

	if (len + strlen(name) + 2 > sizeof(w->done))
		return -ENAMETOOLONG;
	(void)snprintf(w->done + len, sizeof(w->done) - len, "%s%s", len > 0 ? "/" : "", name);
	return enter(w, name);
}

/* Put a link's words before what is left. */
static int follow(struct walk *w, const char *target)
{
	char rest[PATH_MAX];
	int n = 0;

	if (w->policy == PXE_SYMLINKS_NONE || ++w->links > LINKS_MAX)
		return -ELOOP;
	if (target[0] == '/' && w->policy != PXE_SYMLINKS_IN_ROOT)
		return PXE_E_TRAVERSAL;
	n = snprintf(rest, sizeof(rest), "%s%s%s", target, w->rest[0] != '\0' ? "/" : "", w->rest);
	if (n < 0 || (size_t)n >= sizeof(rest))
		return -ENAMETOOLONG;
	(void)pxe_str_copy(w->rest, sizeof(w->rest), rest);
	if (target[0] != '/')
		return 0;
	w->done[0] = '\0';
	return go_to_root(w);
}

/* The next component into name; false when there is none. *out_dir: a slash followed it. */
static bool next_name(struct walk *w, char name[NAME_MAX + 1], bool *out_dir, int *out_err)
{
	char *p = w->rest + strspn(w->rest, "/");
	size_t len = strcspn(p, "/");
	size_t slashes = strspn(p + len, "/");

	if (len == 0)
		return false;
	if (len > NAME_MAX) {
		*out_err = -ENAMETOOLONG;
		return false;
	}
	memcpy(name, p, len);
	name[len] = '\0';
	*out_dir = slashes > 0;
	(void)memmove(w->rest, p + len + slashes, strlen(p + len + slashes) + 1);
	return true;
}

/* Resolve one component. Above 0: w->fd and name are the end, to be opened. */
static int step(struct walk *w, const char *name, bool is_dir, bool no_follow)
{
	bool is_last = w->rest[0] == '\0';
	char target[PATH_MAX];
	ssize_t n = 0;
	int err = 0;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return name[1] == '.' ? go_up(w) : 0;
	n = readlinkat(w->fd, name, target, sizeof(target) - 1);
	if (n >= 0) {
		target[n] = '\0';
		if (is_last && no_follow && !is_dir)
			return -ELOOP;
		/* "link/" means the directory behind it. */
		if (is_last && is_dir)
			(void)pxe_str_copy(w->rest, sizeof(w->rest), ".");
		err = follow(w, target);
		return err;
	}
	if (is_last)
		return 1;
	return go_down(w, name);
}

int pxe_root_walk(int root_fd, const char *rel, int flags, unsigned mode, enum pxe_symlinks policy)
{
	struct walk w = {.root_fd = root_fd, .fd = -1, .policy = policy};
	char name[NAME_MAX + 1] = ".";
	bool is_dir = false;
	int err = 0, fd = -1;

	if (strlen(rel) >= sizeof(w.rest))
		return -ENAMETOOLONG;
	(void)pxe_str_copy(w.rest, sizeof(w.rest), rel);
	err = go_to_root(&w);
	while (err == 0 && next_name(&w, name, &is_dir, &err))
		err = step(&w, name, is_dir, (flags & O_NOFOLLOW) != 0);
	if (err < 0)
		goto out;
	if (err == 0) {
		/* It ended in a directory by way of "." or "..". */
		(void)pxe_str_copy(name, sizeof(name), ".");
		is_dir = true;
	}
	fd = openat(
	    w.fd, name, flags | O_NOFOLLOW | O_CLOEXEC | (is_dir ? O_DIRECTORY : 0), (mode_t)mode);
	if (fd < 0)
		err = -errno;
out:
	if (w.fd >= 0)
		(void)close(w.fd);
	return fd >= 0 ? fd : err;
}
