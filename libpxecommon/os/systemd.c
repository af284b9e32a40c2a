/* SPDX-License-Identifier: BSD-2-Clause */
/* systemd.c -- the two small protocols of a service manager, spoken without libsystemd. */
#include "libpxecommon/os/systemd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "libpxecommon/base/str.h"
#include "libpxecommon/os/service.h"

enum { FIRST_FD = 3, FDS_MAX = 256, NAMES_MAX = 8192, PATIENCE_MS = 1000 };

/* What the service manager handed over; facts of the process, read once. */
static char names[NAMES_MAX];
static const char *name_of[FDS_MAX];
static int fds;

int pxe_notify_open(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	size_t len = path != NULL ? strlen(path) : 0;
	int fd = -1;

	if (len < 2 || len > sizeof(sun.sun_path) || (path[0] != '/' && path[0] != '@'))
		return -1;
	memcpy(sun.sun_path, path, len);
	if (path[0] == '@')
		sun.sun_path[0] = '\0'; /* abstract: no NUL at the end, and none counted */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&sun,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

void pxe_notify_send(int fd, const char *lines)
{
	struct pollfd pfd = {.fd = fd, .events = POLLOUT};
	ssize_t n = 0;

	if (fd < 0)
		return;
	n = send(fd, lines, strlen(lines), MSG_NOSIGNAL | MSG_DONTWAIT);
	/* While a whole machine starts the manager's queue may be full for a moment, and a READY=1
	 * that is lost ends in a time-out and a kill. */
	if (n < 0 && errno == EAGAIN && pxe_str_starts(lines, "READY=1") &&
	    poll(&pfd, 1, PATIENCE_MS) == 1)
		(void)send(fd, lines, strlen(lines), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static int read_number(const char *variable, uint64_t max)
{
	const char *text = getenv(variable);
	uint64_t v = 0;

	return text != NULL && pxe_parse_u64(text, 0, max, &v) == 0 ? (int)v : -1;
}

static void read_names(int n)
{
	const char *text = getenv("LISTEN_FDNAMES");
	char *next = names;

	(void)pxe_str_copy(names, sizeof(names), text != NULL ? text : "");
	for (int i = 0; i < n; i++) {
		char *name = next != NULL ? strsep(&next, ":") : NULL;

		name_of[i] = name != NULL ? name : "";
	}
}

int pxe_service_listen_fds(int *out_first)
{
	static bool is_read;
	int pid = 0;

	if (!is_read) {
		is_read = true;
		pid = read_number("LISTEN_PID", INT32_MAX);
		fds = pid == (int)getpid() ? read_number("LISTEN_FDS", FDS_MAX) : 0;
		fds = fds < 0 ? 0 : fds;
		read_names(fds);
		for (int i = 0; i < fds; i++)
			(void)fcntl(FIRST_FD + i, F_SETFD, FD_CLOEXEC);
		(void)unsetenv("LISTEN_PID");
		(void)unsetenv("LISTEN_FDS");
		(void)unsetenv("LISTEN_FDNAMES");
	}
	*out_first = FIRST_FD;
	return fds;
}

const char *pxe_service_listen_name(int i)
{
	return i >= 0 && i < fds ? name_of[i] : "";
}

bool pxe_service_is_inetd(void)
{
	struct sockaddr_storage ss = {0};
	socklen_t len = sizeof(int), ss_len = sizeof(ss);
	int type = 0;

	return getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	       type == SOCK_DGRAM &&
	       getsockname(STDIN_FILENO, (struct sockaddr *)&ss, &ss_len) == 0 &&
	       (ss.ss_family == AF_INET || ss.ss_family == AF_INET6);
}
