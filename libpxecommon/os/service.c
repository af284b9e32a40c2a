/* SPDX-License-Identifier: BSD-2-Clause */
/* service.c -- the life of a daemon: start, ready, reload, drain, stop. */
#include "libpxecommon/os/service.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"
#include "libpxecommon/os/log.h"
#include "libpxecommon/os/parent.h"
#include "libpxecommon/os/systemd.h"

enum { DEF_DRAIN_MS = 5000, STATUS_MAX = 512 };

static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};
enum { NSIGNALS = sizeof(signals) / sizeof(signals[0]) };

struct pxe_service {
	uv_loop_t *loop;
	const struct pxe_service_ops *ops;
	void *arg;
	uv_signal_t signal[NSIGNALS];
	uv_timer_t drain;
	unsigned open_handles;
	bool is_draining;
	int notify_fd;
	char *pid_path;
	int pid_dir_fd; /* its folder; -1: to be left alone */
	int pid_fd;
};

/* Write end to the process that started us and waits; process-wide as detaching is. */
static int waiting_parent = -1;

/* The parent's part: what the child says, or how it ended, is what the caller sees. */
_Noreturn static void wait_for_child(int fd, pid_t child)
{
	char byte = 0;
	ssize_t n = 0;

	do
		n = read(fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1)
		_exit(0);
	(void)waitpid(child, NULL, 0);
	_exit(1);
}

static int redirect(int target, int flags)
{
	int fd = open("/dev/null", flags | O_CLOEXEC);
	int err = fd < 0 ? -errno : 0;

	if (err == 0 && dup2(fd, target) < 0)
		err = -errno;
	if (fd >= 0 && fd != target)
		(void)close(fd);
	return err;
}

int pxe_service_detach(bool detach)
{
	int fds[2];
	pid_t child = 0;

	if (!detach)
		return 0;
	if (pipe2(fds, O_CLOEXEC) != 0)
		return -errno;
	(void)fflush(NULL); /* or both would write what is buffered */
	child = fork();
	if (child < 0) {
		int err = -errno;

		(void)close(fds[0]);
		(void)close(fds[1]);
		return err;
	}
	if (child > 0) {
		(void)close(fds[1]);
		wait_for_child(fds[0], child);
	}
	(void)close(fds[0]);
	waiting_parent = fds[1];
	(void)setsid();
	/* Output stays with the terminal until we serve: a failed start must be seen. */
	return redirect(STDIN_FILENO, O_RDONLY);
}

__attribute__((format(printf, 3, 0))) static void send_status(
    int fd, const char *lines, const char *fmt, va_list ap)
{
	char text[STATUS_MAX], all[STATUS_MAX + 128];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	for (char *p = text; *p != '\0'; p++) {
		if (*p == '\n')
			*p = ' '; /* a line is a variable there */
	}
	(void)snprintf(all, sizeof(all), "%sSTATUS=%s", lines, text);
	pxe_notify_send(fd, all);
}

void pxe_service_status(struct pxe_service *svc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	send_status(svc->notify_fd, "", fmt, ap);
	va_end(ap);
}

void pxe_service_ready(struct pxe_service *svc, const char *status_fmt, ...)
{
	char head[64];
	va_list ap;

	(void)snprintf(head, sizeof(head), "READY=1\nMAINPID=%ld\n", (long)getpid());
	va_start(ap, status_fmt);
	send_status(svc->notify_fd, head, status_fmt, ap);
	va_end(ap);
	if (waiting_parent < 0)
		return;
	(void)redirect(STDOUT_FILENO, O_WRONLY);
	(void)redirect(STDERR_FILENO, O_WRONLY);
	if (write(waiting_parent, "", 1) != 1)
		pxe_log_debug("nobody waits for this start");
	(void)close(waiting_parent);
	waiting_parent = -1;
}

void pxe_service_failed(const char *text)
{
	int err = errno != 0 ? errno : EINVAL;
	int fd = pxe_notify_open();
	char all[STATUS_MAX];

	(void)snprintf(
	    all, sizeof(all), "ERRNO=%d\nSTATUS=%.*s", err, (int)strcspn(text, "\n"), text);
	pxe_notify_send(fd, all);
	if (fd >= 0)
		(void)close(fd);
}

static void reload(struct pxe_service *svc)
{
	char line[64];
	struct timespec ts;

	if (svc->ops->on_reload == NULL) {
		pxe_log_notice("SIGHUP ignored: this daemon has nothing to reload");
		return;
	}
	if (svc->is_draining)
		return;
	/* systemd.service(5), Type=notify-reload: the time tells it which request this answers. */
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	(void)snprintf(line, sizeof(line), "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
	pxe_notify_send(svc->notify_fd, line);
	svc->ops->on_reload(svc->arg);
	pxe_notify_send(svc->notify_fd, "READY=1");
}

static void on_drain_timeout(uv_timer_t *timer)
{
	pxe_service_stopped(timer->data);
}

void pxe_service_drain(struct pxe_service *svc)
{
	if (svc->is_draining) {
		pxe_service_stopped(svc);
		return;
	}
	svc->is_draining = true;
	pxe_notify_send(svc->notify_fd, "STOPPING=1");
	if (svc->ops->on_drain == NULL) {
		pxe_service_stopped(svc);
		return;
	}
	(void)uv_timer_start(&svc->drain, on_drain_timeout,
	    svc->ops->drain_ms > 0 ? svc->ops->drain_ms : DEF_DRAIN_MS, 0);
	svc->ops->on_drain(svc->arg);
}

static void on_signal(uv_signal_t *handle, int signum)
{
	struct pxe_service *svc = handle->data;

	if (signum == SIGHUP)
		reload(svc);
	else if (signum != SIGUSR1)
		pxe_service_drain(svc);
	else if (svc->ops->on_stats != NULL)
		svc->ops->on_stats(svc->arg);
}

bool pxe_service_is_draining(const struct pxe_service *svc)
{
	return svc->is_draining;
}

void pxe_service_stopped(struct pxe_service *svc)
{
	uv_stop(svc->loop);
}

static void on_closed(uv_handle_t *handle)
{
	struct pxe_service *svc = handle->data;

	if (--svc->open_handles > 0)
		return;
	free(svc->pid_path);
	free(svc);
}

static void add_handle(struct pxe_service *svc, void *handle)
{
	((uv_handle_t *)handle)->data = svc;
	svc->open_handles++;
}

int pxe_service_new(
    uv_loop_t *loop, const struct pxe_service_ops *ops, void *arg, struct pxe_service **out)
{
	struct pxe_service *svc = calloc(1, sizeof(*svc));
	int err = 0;

	if (svc == NULL)
		return -ENOMEM;
	svc->loop = loop;
	svc->ops = ops;
	svc->arg = arg;
	svc->pid_fd = svc->pid_dir_fd = -1;
	svc->notify_fd = pxe_notify_open();
	(void)signal(SIGPIPE, SIG_IGN);
	(void)uv_timer_init(loop, &svc->drain);
	add_handle(svc, &svc->drain);
	for (int i = 0; i < NSIGNALS && err == 0; i++) {
		err = uv_signal_init(loop, &svc->signal[i]);
		if (err != 0)
			break;
		add_handle(svc, &svc->signal[i]);
		err = uv_signal_start(&svc->signal[i], on_signal, signals[i]);
	}
	if (err != 0) {
		pxe_service_free(svc);
		return err;
	}
	*out = svc;
	return 0;
}

/* False when it is there and cannot be removed. What somebody replaced it by is not ours. */
static bool unlink_pid_file(const struct pxe_service *svc)
{
	const char *name = svc->pid_path != NULL ? pxe_parent_name(svc->pid_path) : "";
	struct stat ours, there;

	if (svc->pid_dir_fd < 0)
		return false;
	if (fstat(svc->pid_fd, &ours) != 0 ||
	    fstatat(svc->pid_dir_fd, name, &there, AT_SYMLINK_NOFOLLOW) != 0 ||
	    ours.st_ino != there.st_ino || ours.st_dev != there.st_dev)
		return true;
	return unlinkat(svc->pid_dir_fd, name, 0) == 0;
}

/* Where the folder is not ours any more, an empty file has to do. */
static void remove_pid_file(struct pxe_service *svc)
{
	if (svc->pid_fd >= 0 && !unlink_pid_file(svc) && ftruncate(svc->pid_fd, 0) != 0)
		pxe_log_debug("%s: %s", svc->pid_path, pxe_strerror(-errno));
	if (svc->pid_fd >= 0)
		(void)close(svc->pid_fd);
	if (svc->pid_dir_fd >= 0)
		(void)close(svc->pid_dir_fd);
	svc->pid_fd = svc->pid_dir_fd = -1;
}

void pxe_service_free(struct pxe_service *svc)
{
	if (svc == NULL)
		return;
	remove_pid_file(svc);
	if (svc->notify_fd >= 0)
		(void)close(svc->notify_fd);
	svc->notify_fd = -1;
	uv_close((uv_handle_t *)&svc->drain, on_closed);
	for (int i = 0; i < NSIGNALS; i++) {
		if (svc->signal[i].data != NULL)
			uv_close((uv_handle_t *)&svc->signal[i], on_closed);
	}
}

/* The process a pid file names is another one and alive. */
static bool names_live_process(int fd)
{
	char text[32] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	uint64_t pid = 0;

	if (n <= 0)
		return false;
	text[n] = '\0';
	text[strcspn(text, " \t\n")] = '\0';
	if (pxe_parse_u64(text, 1, INT32_MAX, &pid) != 0 || (pid_t)pid == getpid())
		return false;
	return kill((pid_t)pid, 0) == 0 || errno == EPERM;
}

static int write_pid(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char text[32];
	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	/* Held while we live, so that two that start at once cannot both get here. */
	if (fcntl(fd, F_SETLK, &lock) != 0)
		return errno == EACCES || errno == EAGAIN ? PXE_E_EXISTS : -errno;
	if (names_live_process(fd))
		return PXE_E_EXISTS;
	if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) != n || fchmod(fd, 0644) != 0)
		return -errno;
	return 0;
}

int pxe_service_pid_file(struct pxe_service *svc, const char *path)
{
	char *copy = strdup(path);
	int fd = -1, dir_fd = -1, err = 0;

	if (copy == NULL)
		return -ENOMEM;
	remove_pid_file(svc);
	free(svc->pid_path);
	svc->pid_path = copy;
	dir_fd = pxe_parent_open(path);
	if (dir_fd < 0)
		return dir_fd;
	fd = openat(dir_fd, pxe_parent_name(path),
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0644);
	err = fd < 0 ? -errno : write_pid(fd);
	if (err != 0) {
		if (fd >= 0)
			(void)close(fd);
		(void)close(dir_fd);
		return err;
	}
	svc->pid_fd = fd;
	svc->pid_dir_fd = dir_fd;
	return 0;
}

void pxe_service_forget_dir(struct pxe_service *svc)
{
	if (svc == NULL || svc->pid_dir_fd < 0)
		return;
	(void)close(svc->pid_dir_fd);
	svc->pid_dir_fd = -1;
}

unsigned long pxe_service_raise_nofile(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) != 0)
		return 0;
	if (lim.rlim_cur < lim.rlim_max) {
		struct rlimit wanted = {.rlim_cur = lim.rlim_max, .rlim_max = lim.rlim_max};

		if (setrlimit(RLIMIT_NOFILE, &wanted) == 0)
			lim.rlim_cur = lim.rlim_max;
	}
	return lim.rlim_cur;
}
