/* SPDX-License-Identifier: BSD-2-Clause */
/* accesslog.c -- see accesslog.h. */
#include "httpfsd/accesslog.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "libpxecommon/os/log.h"

/* Whole lines of the buffer that fit into max bytes; at least one line. */
static size_t whole_lines(const char *p, size_t len, size_t max)
{
	const char *lf = len <= max ? p + len - 1 : memrchr(p, '\n', max);

	if (lf == NULL)
		lf = memchr(p, '\n', len);
	return lf != NULL ? (size_t)(lf - p) + 1 : len;
}

static uint64_t count_lines(const char *p, size_t len)
{
	uint64_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += p[i] == '\n';
	return n;
}

static bool has_room(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0;
}

/* A pipe that is ready takes PIPE_BUF bytes without blocking; a file takes all. */
static void write_fd(struct accesslog *log, const struct catalog *c)
{
	size_t at = 0;

	while (at < log->len) {
		size_t n = whole_lines(
		    log->buf + at, log->len - at, c->log_pipe ? PIPE_BUF : ACCESSLOG_SIZE);
		ssize_t written = -1;

		if (!c->log_pipe || has_room(c->log_fd)) {
			do
				written = write(c->log_fd, log->buf + at, n);
			while (written < 0 && errno == EINTR);
		}
		if (written < 0)
			log->lost += count_lines(log->buf + at, n);
		at += written > 0 ? (size_t)written : n;
	}
}

static void write_syslog(const struct accesslog *log)
{
	size_t at = 0;

	while (at < log->len) {
		size_t n = strcspn(log->buf + at, "\n");

		pxe_log_info("%.*s", (int)n, log->buf + at);
		at += n + 1;
	}
}

void accesslog_flush(struct accesslog *log, const struct catalog *c)
{
	if (log->len == 0)
		return;
	if (c->log == ACCESS_FD)
		write_fd(log, c);
	else if (c->log == ACCESS_SYSLOG)
		write_syslog(log);
	log->len = 0;
}

void accesslog_add(struct accesslog *log, const struct catalog *c, const struct logline *line)
{
	struct pxe_text t = {0};

	if (ACCESSLOG_SIZE - log->len < LOGLINE_MAX)
		accesslog_flush(log, c);
	t = pxe_text_init(log->buf + log->len, ACCESSLOG_SIZE - log->len);
	logline_write(&t, line, c->conf.access_log_format == CONF_LOG_EXTENDED);
	log->len += t.len;
}
