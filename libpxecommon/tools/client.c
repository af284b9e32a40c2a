/* SPDX-License-Identifier: BSD-2-Clause */
/* client.c -- the daemons' control sockets: where they are, and asking one of them. */
#include "libpxecommon/tools/client.h"

#include <errno.h>
#include <glob.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"

enum { READ_MIN = 16384 };

static void add_source(struct sources *srcs, const char *path)
{
	struct source *s = &srcs->v[srcs->n];
	const char *slash = strrchr(path, '/'), *start = slash;

	if (srcs->n == CLIENT_SOURCES_MAX || pxe_str_copy(s->path, sizeof(s->path), path) != 0)
		return;
	while (start != NULL && start > path && start[-1] != '/')
		start--;
	if (start == NULL || start == slash)
		(void)pxe_str_copy(s->name, sizeof(s->name), path);
	else
		(void)snprintf(s->name, sizeof(s->name), "%.*s", (int)(slash - start), start);
	srcs->n++;
}

void sources_find(struct sources *out, const char *dir, const char *const *sockets, size_t nsockets)
{
	char pattern[512];
	glob_t found;

	out->n = 0;
	for (size_t i = 0; i < nsockets; i++)
		add_source(out, sockets[i]);
	if (nsockets > 0)
		return;
	(void)snprintf(pattern, sizeof(pattern), "%s/*/control", dir);
	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		add_source(out, found.gl_pathv[i]);
	globfree(&found);
}

void sources_keep(struct sources *srcs, const char *const *names, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < srcs->n && n > 0; i++) {
		bool wanted = false;

		for (size_t k = 0; k < n; k++)
			wanted |= strcmp(srcs->v[i].name, names[k]) == 0;
		if (wanted)
			srcs->v[kept++] = srcs->v[i];
	}
	if (n > 0)
		srcs->n = kept;
}

void lines_fini(struct lines *l)
{
	free(l->p);
	*l = (struct lines){0};
}

int lines_fill(struct lines *l, int fd)
{
	ssize_t n = 0;

	if (l->start > 0) {
		memmove(l->p, l->p + l->start, l->len);
		l->start = 0;
	}
	if (l->cap - l->len < READ_MIN) {
		size_t cap = l->cap > 0 ? 2 * l->cap : (size_t)4 * READ_MIN;
		char *p = cap <= 2 * CLIENT_LINE_MAX ? realloc(l->p, cap) : NULL;

		if (p == NULL)
			return PXE_E_TOOBIG;
		l->p = p;
		l->cap = cap;
	}
	do
		n = read(fd, l->p + l->len, l->cap - l->len);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		l->len += (size_t)n;
	return n < 0 ? -errno : (int)n;
}

char *lines_next(struct lines *l, size_t *out_len)
{
	char *line = NULL, *end = NULL;

	if (l->len == 0) /* and perhaps no buffer yet */
		return NULL;
	line = l->p + l->start;
	end = memchr(line, '\n', l->len);
	if (end == NULL)
		return NULL;
	*end = '\0';
	*out_len = (size_t)(end - line);
	l->start += *out_len + 1;
	l->len -= *out_len + 1;
	return line;
}

int client_dial(const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = CLIENT_TIMEOUT_S};
	int fd = -1, err = 0;

	if (pxe_str_copy(sun.sun_path, sizeof(sun.sun_path), path) != 0)
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0 ||
	    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0)
		err = -errno;
	if (err == 0)
		return fd;
	(void)close(fd);
	return err;
}

int client_send(int fd, const char *command)
{
	char line[1024];
	int n = snprintf(line, sizeof(line), "%s\n", command);

	if (n < 0 || (size_t)n >= sizeof(line))
		return PXE_E_TOOBIG;
	return send(fd, line, (size_t)n, MSG_NOSIGNAL) == n ? 0 : -errno;
}

bool client_is_end(const char *line)
{
	return strcmp(line, "{\"end\":true}") == 0 || strcmp(line, "# EOF") == 0;
}

bool client_is_error(const char *line)
{
	return pxe_str_starts(line, "{\"error\":");
}

void client_error_text(const char *line, char *buf, size_t cap)
{
	json_t *root = json_loads(line, 0, NULL);
	const char *text = json_string_value(json_object_get(root, "error"));

	(void)pxe_str_copy(buf, cap, text != NULL ? text : line);
	json_decref(root);
}

/* Lines up to the end of an answer. */
static int read_answer(
    int fd, struct lines *l, client_line_fn fn, void *arg, char *why, size_t why_cap)
{
	for (;;) {
		size_t len = 0;
		char *line = lines_next(l, &len);
		int n = 0;

		if (line == NULL) {
			n = lines_fill(l, fd);
			if (n == 0)
				return PXE_E_TRUNC;
			if (n == -EAGAIN)
				return -ETIMEDOUT;
			if (n < 0)
				return n;
			continue;
		}
		if (client_is_end(line))
			return 0;
		if (client_is_error(line)) {
			client_error_text(line, why, why_cap);
			return PXE_E_DENIED;
		}
		if (!fn(line, len, arg))
			return 0;
	}
}

int client_ask(
    const char *path, const char *command, client_line_fn fn, void *arg, char *why, size_t why_cap)
{
	struct lines l = {0};
	int fd = client_dial(path);
	int err = fd < 0 ? fd : client_send(fd, command);

	why[0] = '\0';
	if (err == 0)
		err = read_answer(fd, &l, fn, arg, why, why_cap);
	if (err != 0 && why[0] == '\0')
		(void)pxe_str_copy(why, why_cap, pxe_strerror(err));
	lines_fini(&l);
	if (fd >= 0)
		(void)close(fd);
	return err;
}
