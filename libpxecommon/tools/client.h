/* SPDX-License-Identifier: BSD-2-Clause */
/* client.h -- the daemons' control sockets: where they are, and asking one of them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
	CLIENT_LINE_MAX = 1 << 18, /* longer than a daemon sends */
	CLIENT_SOURCES_MAX = 64,
	CLIENT_TIMEOUT_S = 10
};

struct source {
	char path[256];
	char name[64]; /* folder of the socket: "dhcpd" */
};

struct sources {
	struct source v[CLIENT_SOURCES_MAX];
	size_t n;
};

/* dir's sockets ("dir/NAME/control"), or just the given ones when there are some. */
void sources_find(
    struct sources *out, const char *dir, const char *const *sockets, size_t nsockets);
/* Leave those that names (n of them) do not mention; all stay when n is 0. */
void sources_keep(struct sources *srcs, const char *const *names, size_t n);

/* Lines of a stream, cut out of whatever read(2) gives. */
struct lines {
	char *p;
	size_t start, len, cap;
};

void lines_fini(struct lines *l);
/* Read once from fd. Bytes read, 0 at the end, -errno, or PXE_E_TOOBIG. */
int lines_fill(struct lines *l, int fd);
/* The next whole line without its newline, NUL-terminated and valid until lines_fill; or NULL. */
char *lines_next(struct lines *l, size_t *out_len);

/* Connect; a blocking descriptor, or -errno. */
int client_dial(const char *path);
int client_send(int fd, const char *command); /* the newline is added; 0 or -errno */
/* What a line is besides one of the answer. */
bool client_is_end(const char *line);
bool client_is_error(const char *line);
/* The text of an error line into buf. */
void client_error_text(const char *line, char *buf, size_t cap);

/* One line of an answer; false: enough. */
typedef bool (*client_line_fn)(const char *line, size_t len, void *arg);
/* Ask and hand every line of the answer to fn. 0, or an error with its text in why. */
int client_ask(
    const char *path, const char *command, client_line_fn fn, void *arg, char *why, size_t why_cap);
