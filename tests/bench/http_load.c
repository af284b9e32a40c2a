/* SPDX-License-Identifier: BSD-2-Clause */
/* http_load.c -- fetch files to their last byte over many connections at once, and count.
 *
 * usage: http_load server IP port N path PATH connections N requests N [hold yes]
 *
 * Each connection asks `requests` times for PATH, one after the other, and throws the body away in
 * the kernel (MSG_TRUNC), so that the server and not this program is what is measured. Ends when
 * all have their last byte and prints one line of JSON: bodies in bytes, seconds, connections that
 * failed, and when the first and the last one were done. With `hold` it keeps the connections open
 * then, until it is ended. */
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include "tests/bench/load.h"

enum { HEAD_MAX = 2048, READ_MAX = 4 << 20 };

struct fetch {
	int fd;
	unsigned to_ask;
	bool is_done;
	int64_t left; /* of the body; -1 while the head comes */
	size_t head_len;
	char head[HEAD_MAX];
};

static const char *request;
static uint64_t bytes;
static unsigned open_ones, failed;
static struct load_times done;
static int64_t begin_us;

static void fail(struct fetch *f)
{
	(void)close(f->fd);
	f->fd = -1;
	failed++;
	open_ones--;
}

/* Ask once more. False when this one has all it wanted. */
static bool ask(struct fetch *f)
{
	if (f->to_ask == 0)
		return false;
	f->to_ask--;
	f->left = -1;
	f->head_len = 0;
	return send(f->fd, request, strlen(request), MSG_NOSIGNAL) == (ssize_t)strlen(request);
}

/* The head in f->head: how long the body is, -1 when it is not whole, -2 when it is not a 200. */
static int64_t body_length(struct fetch *f)
{
	char *end = NULL, *field = NULL;

	f->head[f->head_len] = '\0';
	end = strstr(f->head, "\r\n\r\n");
	if (end == NULL)
		return f->head_len + 1 < HEAD_MAX ? -1 : -2;
	field = strcasestr(f->head, "\r\nContent-Length: ");
	if (strncmp(f->head, "HTTP/1.1 200 ", 13) != 0 || field == NULL || field > end)
		return -2;
	return strtoll(field + 18, NULL, 10);
}

/* The head byte by byte would be slow, so the first bytes of the body come with it. */
static ssize_t read_head(struct fetch *f)
{
	ssize_t n = recv(f->fd, f->head + f->head_len, HEAD_MAX - 1 - f->head_len, MSG_DONTWAIT);
	int64_t length = 0;
	size_t extra = 0;

	if (n <= 0)
		return n;
	f->head_len += (size_t)n;
	length = body_length(f);
	if (length == -2) {
		errno = EPROTO;
		return -1;
	}
	if (length == -1)
		return n;
	extra = (size_t)(f->head + f->head_len - (strstr(f->head, "\r\n\r\n") + 4));
	f->left = length - (int64_t)extra;
	bytes += extra;
	return n;
}

static void go_on(struct fetch *f)
{
	ssize_t n = 1;

	if (f->is_done) /* the server may end it now */
		return;
	while (n > 0) {
		if (f->left < 0) {
			n = read_head(f);
		} else {
			n = recv(f->fd, NULL, f->left < READ_MAX ? (size_t)f->left : READ_MAX,
			    MSG_DONTWAIT | MSG_TRUNC);
			if (n > 0) {
				f->left -= n;
				bytes += (uint64_t)n;
			}
		}
		if (n > 0 && f->left == 0 && !ask(f)) {
			load_times_add(&done, load_now_us() - begin_us);
			f->is_done = true;
			open_ones--;
			return;
		}
	}
	if (n == 0 || errno != EAGAIN)
		fail(f);
}

static void start(struct fetch *f, const struct sockaddr_in *to, int epoll, unsigned requests)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = f};

	f->fd = socket(AF_INET, SOCK_STREAM, 0);
	f->to_ask = requests;
	open_ones++;
	if (f->fd < 0 || connect(f->fd, (const struct sockaddr *)to, sizeof(*to)) != 0 || !ask(f) ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD, f->fd, &ev) != 0)
		fail(f);
}

static const char *make_request(const char *server, const char *path)
{
	static char text[1024];

	(void)snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, server);
	return text;
}

int main(int argc, char **argv)
{
	const char *server = load_arg(argc, argv, "server", NULL);
	struct sockaddr_in to = load_addr(server, (uint16_t)load_arg_num(argc, argv, "port", "80"));
	unsigned n = (unsigned)load_arg_num(argc, argv, "connections", NULL);
	unsigned requests = (unsigned)load_arg_num(argc, argv, "requests", "1");
	bool hold = strcmp(load_arg(argc, argv, "hold", "no"), "yes") == 0;
	struct rlimit files = {n + 64, n + 64};
	struct fetch *all = calloc(n, sizeof(*all));
	struct epoll_event got[256];
	int epoll = epoll_create1(0);

	if (all == NULL || epoll < 0 || setrlimit(RLIMIT_NOFILE, &files) != 0)
		err(1, "set-up");
	request = make_request(server, load_arg(argc, argv, "path", NULL));
	begin_us = load_now_us();
	for (unsigned i = 0; i < n; i++)
		start(&all[i], &to, epoll, requests);
	while (open_ones > 0) {
		int k = epoll_wait(epoll, got, 256, 60000);

		if (k == 0)
			break;
		for (int i = 0; i < k; i++)
			go_on(got[i].data.ptr);
	}
	(void)printf("{\"bytes\": %llu, \"s\": %.6f, \"failed\": %u, \"stuck\": %u, "
		     "\"first_us\": %u, \"last_us\": %u}\n",
	    (unsigned long long)bytes, (double)(load_now_us() - begin_us) / 1e6, failed, open_ones,
	    load_times_at(&done, 0), load_times_at(&done, 1));
	(void)fflush(stdout);
	if (hold)
		(void)pause();
	return 0;
}
