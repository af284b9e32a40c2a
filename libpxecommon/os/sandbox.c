/* SPDX-License-Identifier: BSD-2-Clause */
/* sandbox.c -- which folders, which calls, and what is outside. */
#include "libpxecommon/os/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"
#include "libpxecommon/os/parent.h"
#include "libpxecommon/os/sandbox_impl.h"

enum { DEPTH_MAX = 256 }; /* folders above one another */

struct pxe_sandbox {
	struct sandbox_rule *rule;
	size_t n, cap;
	bool no_paths;
	int err;
};

/* Where users, hosts, services, time zones and OpenSSL's settings are, and the libraries that read
 * them, which are loaded at the first use. Links from /etc lead into /run. */
static const char *const common[] = {"/etc", "/usr", "/lib", "/lib64", "/proc", "/sys", "/dev",
    "/run", "/var/lib/sss", "/nix/store"};

struct place {
	dev_t dev;
	ino_t ino;
};

/* What is in force in this process, which has but one sandbox. */
static struct {
	bool is_on;
	struct place *place; /* folders and files with rules; NULL: no rules */
	size_t n;
} in_force;

struct pxe_sandbox *pxe_sandbox_new(void)
{
	return calloc(1, sizeof(struct pxe_sandbox));
}

static void close_rules(struct pxe_sandbox *sb)
{
	for (size_t i = 0; i < sb->n; i++)
		(void)close(sb->rule[i].fd);
	free(sb->rule);
	sb->rule = NULL;
	sb->n = sb->cap = 0;
}

void pxe_sandbox_free(struct pxe_sandbox *sb)
{
	if (sb != NULL)
		close_rules(sb);
	free(sb);
}

static struct sandbox_rule *new_rule(struct pxe_sandbox *sb)
{
	if (sb->n == sb->cap) {
		size_t cap = sb->cap > 0 ? 2 * sb->cap : 16;
		struct sandbox_rule *more = realloc(sb->rule, cap * sizeof(*more));

		if (more == NULL)
			return NULL;
		sb->rule = more;
		sb->cap = cap;
	}
	return &sb->rule[sb->n];
}

/* Takes fd over. */
static void add_fd(struct pxe_sandbox *sb, const char *path, int fd, bool writable)
{
	struct sandbox_rule *r = fd >= 0 ? new_rule(sb) : NULL;
	struct stat st;

	if (fd < 0) {
		pxe_log_debug("sandbox: %s is left out: %s", path, pxe_strerror(fd));
		return;
	}
	if (r == NULL || fstat(fd, &st) != 0) {
		sb->err = r == NULL ? -ENOMEM : -errno;
		(void)close(fd);
		return;
	}
	*r = (struct sandbox_rule){.fd = fd, .writable = writable, .is_dir = S_ISDIR(st.st_mode)};
	sb->n++;
}

static int open_path(const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);

	return fd >= 0 ? fd : -errno;
}

void pxe_sandbox_add(struct pxe_sandbox *sb, const char *path, enum pxe_sandbox_access access)
{
	if (sb != NULL && path != NULL && path[0] != '\0' && !sb->no_paths)
		add_fd(sb, path, open_path(path), access == PXE_SANDBOX_WRITE);
}

void pxe_sandbox_add_beside(
    struct pxe_sandbox *sb, const char *path, enum pxe_sandbox_access access)
{
	if (sb != NULL && path != NULL && path[0] != '\0' && !sb->no_paths)
		add_fd(sb, path, pxe_parent_open(path), access == PXE_SANDBOX_WRITE);
}

void pxe_sandbox_add_own(
    struct pxe_sandbox *sb, const char *config, const char *control, const char *pid_file)
{
	pxe_sandbox_add_beside(sb, config, PXE_SANDBOX_READ);
	pxe_sandbox_add_beside(sb, control, PXE_SANDBOX_WRITE);
	pxe_sandbox_add_beside(sb, pid_file, PXE_SANDBOX_WRITE);
}

void pxe_sandbox_no_paths(struct pxe_sandbox *sb)
{
	if (sb == NULL)
		return;
	close_rules(sb);
	sb->no_paths = true;
}

/* Beside this one. The folder has a link for each thread, and two of its own. */
static size_t other_threads(void)
{
	struct stat st;

	return stat("/proc/self/task", &st) == 0 && st.st_nlink > 3 ? st.st_nlink - 3 : 0;
}

static int remember(const struct pxe_sandbox *sb)
{
	struct place *place = calloc(sb->n + 1, sizeof(*place));

	if (place == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < sb->n; i++) {
		struct stat st;

		if (fstat(sb->rule[i].fd, &st) == 0)
			place[in_force.n++] = (struct place){st.st_dev, st.st_ino};
	}
	in_force.place = place;
	return 0;
}

static int enter_paths(struct pxe_sandbox *sb)
{
	size_t threads = 0;
	int rc = 0;

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		pxe_sandbox_add(sb, common[i], PXE_SANDBOX_READ);
	pxe_sandbox_add(sb, "/dev/null", PXE_SANDBOX_WRITE);
	if (sb->err != 0)
		return sb->err;
	threads = other_threads();
	if (threads > 0)
		pxe_log_debug(
		    "sandbox: %zu threads were there first and may open any file", threads);
	rc = pxe_sandbox_paths(sb->rule, sb->n);
	if (rc == 1 && remember(sb) != 0)
		return -ENOMEM;
	return rc;
}

int pxe_sandbox_enter(struct pxe_sandbox *sb, unsigned calls)
{
	int paths = 0, filter = 0;

	if (sb == NULL)
		return -ENOMEM;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -errno;
	if (sb->err == 0 && !sb->no_paths)
		paths = enter_paths(sb);
	if (sb->err != 0 || paths < 0)
		return sb->err != 0 ? sb->err : paths;
	filter = pxe_sandbox_calls(calls);
	if (filter < 0)
		return filter;
	in_force.is_on = paths > 0 || filter > 0;
	if (in_force.is_on)
		pxe_log_debug("sandbox: %s%s%s", filter > 0 ? "system calls are filtered" : "",
		    filter > 0 && paths > 0 ? ", " : "", paths > 0 ? "files are confined" : "");
	return 0;
}

static bool has_rule(const struct stat *st)
{
	for (size_t i = 0; i < in_force.n; i++) {
		if (in_force.place[i].dev == st->st_dev && in_force.place[i].ino == st->st_ino)
			return true;
	}
	return false;
}

/* fd or a folder above it; closes fd. What cannot be looked at is not for us to judge. */
static bool is_below_rule(int fd)
{
	struct stat here, above;
	bool found = false;

	for (int i = 0; i < DEPTH_MAX && !found; i++) {
		int up = -1;

		found = fstat(fd, &here) != 0 || has_rule(&here);
		if (!found)
			up = openat(fd, "..", O_PATH | O_CLOEXEC);
		if (up < 0)
			break;
		(void)close(fd);
		fd = up;
		if (fstat(fd, &above) == 0 && above.st_dev == here.st_dev &&
		    above.st_ino == here.st_ino)
			break; /* the root */
	}
	(void)close(fd);
	return found;
}

int pxe_sandbox_check(const char *path)
{
	char real[4096];
	struct stat st;
	int fd = -1;

	if (in_force.place == NULL)
		return 0;
	fd = open_path(path);
	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode)) {
		bool own = has_rule(&st);

		(void)close(fd);
		if (own || realpath(path, real) == NULL || strlen(real) >= sizeof(real))
			return 0;
		fd = pxe_parent_open(real);
		if (fd < 0)
			return 0;
	}
	return is_below_rule(fd) ? 0 : PXE_E_SANDBOX;
}

int pxe_sandbox_why(int err, const char *path)
{
	return err == -EACCES && pxe_sandbox_check(path) != 0 ? PXE_E_SANDBOX : err;
}

bool pxe_sandbox_is_on(void)
{
	return in_force.is_on;
}
