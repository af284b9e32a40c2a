/* SPDX-License-Identifier: BSD-2-Clause */
/* fault.c -- preloaded into a daemon: a disk that fails, a wall clock that is set.
 *
 * $PXE_FAULT names a file of struct fault, which the test maps too and changes while the daemon
 * runs. Only files below the folder that it lies in are struck. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct fault {
	int64_t clock_s;                               /* added to the wall clock */
	int32_t write_errno, sync_errno, rename_errno; /* 0: works */
	int32_t write_short; /* bytes that still get through of a failing write */
	int32_t sync_delay_us;
	uint32_t struck; /* calls that failed */
};

static volatile struct fault *fault;
static char folder[PATH_MAX];

__attribute__((constructor)) static void attach(void)
{
	const char *path = getenv("PXE_FAULT");
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *p = NULL;
	char *slash = NULL;

	if (fd < 0)
		return;
	p = mmap(NULL, sizeof(*fault), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)close(fd);
	if (p == MAP_FAILED)
		return;
	(void)snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (slash != NULL)
		slash[1] = '\0';
	fault = p;
}

static bool strikes(int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t n = 0;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n <= 0)
		return false;
	path[n] = '\0';
	return strncmp(path, folder, strlen(folder)) == 0;
}

static int fail(int32_t err)
{
	__atomic_add_fetch(&fault->struck, 1, __ATOMIC_RELAXED);
	errno = err;
	return -1;
}

#define NEXT(type, name) ((type)(uintptr_t)dlsym(RTLD_NEXT, name))

ssize_t pwrite(int fd, const void *p, size_t n, off_t offset);
ssize_t pwrite(int fd, const void *p, size_t n, off_t offset)
{
	typedef ssize_t (*fn)(int, const void *, size_t, off_t);
	fn real = NEXT(fn, "pwrite");

	if (fault != NULL && fault->write_errno != 0 && strikes(fd)) {
		if (fault->write_short > 0 && (size_t)fault->write_short < n)
			(void)real(fd, p, (size_t)fault->write_short, offset);
		return fail(fault->write_errno);
	}
	return real(fd, p, n, offset);
}

static int sync_as(const char *name, int fd)
{
	typedef int (*fn)(int);

	if (fault != NULL && fault->sync_delay_us > 0)
		(void)usleep((useconds_t)fault->sync_delay_us);
	if (fault != NULL && fault->sync_errno != 0 && strikes(fd))
		return fail(fault->sync_errno);
	return NEXT(fn, name)(fd);
}

int fsync(int fd)
{
	return sync_as("fsync", fd);
}

int fdatasync(int fd)
{
	return sync_as("fdatasync", fd);
}

int rename(const char *from, const char *to)
{
	typedef int (*fn)(const char *, const char *);

	if (fault != NULL && fault->rename_errno != 0)
		return fail(fault->rename_errno);
	return NEXT(fn, "rename")(from, to);
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	typedef int (*fn)(clockid_t, struct timespec *);
	static fn real;
	int rc = 0;

	if (real == NULL)
		real = NEXT(fn, "clock_gettime");
	rc = real(id, ts);
	if (rc == 0 && fault != NULL && id == CLOCK_REALTIME)
		ts->tv_sec += (time_t)fault->clock_s;
	return rc;
}

time_t time(time_t *out)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	if (out != NULL)
		*out = ts.tv_sec;
	return ts.tv_sec;
}
