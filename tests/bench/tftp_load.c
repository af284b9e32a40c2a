/* SPDX-License-Identifier: BSD-2-Clause */
/* tftp_load.c -- many TFTP clients at once, each with its own port.
 *
 * usage: tftp_load server IP file NAME [clients 1] [blksize 1468] [windowsize 1] [loss 0]
 *                  [repeat 1] [timeout 60]
 *
 * Every client fetches the file `repeat` times and checks that blocks come in order and, when
 * tsize was answered, that the length is right. `loss` drops that share of packets both ways,
 * after the kernel. A client asks again after a second of silence, doubling. Prints one JSON
 * object: bytes, seconds, completed and failed transfers, time per transfer and to the first
 * packet. */
#include <sys/epoll.h>

#include "tests/bench/load.h"

enum { RETRY_US = 1000000, RETRY_MAX = 10 };

struct client {
	int fd;
	struct sockaddr_in peer;
	int64_t start_us, first_us, resend_us;
	uint64_t got, size;
	uint32_t next_block; /* counts on past 65535 */
	unsigned in_window, retries, left;
	unsigned windowsize; /* as granted; 1 from a server that does not know the option */
	bool has_size, done;
};

struct load {
	struct sockaddr_in server;
	const char *file;
	unsigned nclients, blksize, windowsize, running;
	double loss;
	uint64_t random, bytes, completed, failed, refused, resent;
	struct load_times total, first;
	int epoll;
	struct client *client;
};

static bool lost(struct load *l)
{
	return l->loss > 0 &&
	       (double)(load_random(&l->random) >> 11) / 9007199254740992.0 < l->loss;
}

static void send_to(struct load *l, struct client *c, const void *p, size_t len)
{
	const struct sockaddr_in *to = c->peer.sin_port != 0 ? &c->peer : &l->server;

	if (!lost(l))
		(void)sendto(c->fd, p, len, 0, (const struct sockaddr *)to, sizeof(*to));
}

static void send_request(struct load *l, struct client *c)
{
	char p[512];
	int n = 0;

	p[0] = 0, p[1] = 1;
	n = snprintf(p + 2, sizeof(p) - 2, "%s%coctet%cblksize%c%u%ctsize%c0%cwindowsize%c%u",
	    l->file, 0, 0, 0, l->blksize, 0, 0, 0, 0, l->windowsize);
	send_to(l, c, p, 2 + (size_t)n + 1);
}

static void send_ack(struct load *l, struct client *c)
{
	uint32_t block = c->next_block - 1;
	uint8_t p[4] = {0, 4, (uint8_t)(block >> 8), (uint8_t)block};

	c->in_window = 0;
	send_to(l, c, p, sizeof(p));
}

static void begin(struct load *l, struct client *c)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};

	if (c->fd >= 0)
		(void)close(c->fd);
	c->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (c->fd < 0 || epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &ev) != 0)
		err(1, "client socket");
	memset(&c->peer, 0, sizeof(c->peer));
	c->start_us = load_now_us();
	c->resend_us = c->start_us + RETRY_US;
	c->first_us = 0;
	c->got = c->size = 0;
	c->next_block = 1;
	c->in_window = c->retries = 0;
	c->windowsize = 1;
	c->has_size = false;
	send_request(l, c);
}

static void finish(struct load *l, struct client *c, bool ok)
{
	if (ok && c->has_size && c->size != c->got)
		ok = false;
	l->completed += ok;
	l->failed += !ok;
	l->bytes += c->got;
	load_times_add(&l->total, load_now_us() - c->start_us);
	if (--c->left > 0) {
		begin(l, c);
		return;
	}
	c->done = true;
	(void)close(c->fd);
	l->running--;
}

static void on_oack(struct load *l, struct client *c, const char *p, size_t len)
{
	for (size_t at = 2; at < len;) {
		const char *name = p + at, *value = NULL;

		at += strnlen(name, len - at) + 1;
		if (at >= len)
			break;
		value = p + at;
		at += strnlen(value, len - at) + 1;
		if (strcasecmp(name, "tsize") == 0) {
			c->size = strtoull(value, NULL, 10);
			c->has_size = true;
		} else if (strcasecmp(name, "windowsize") == 0) {
			c->windowsize = (unsigned)strtoul(value, NULL, 10);
		}
	}
	if (c->next_block == 1)
		send_ack(l, c);
}

static void on_data(struct load *l, struct client *c, const uint8_t *p, size_t len)
{
	uint16_t block = (uint16_t)(p[2] << 8 | p[3]);

	if (block != (uint16_t)c->next_block) {
		/* A gap or a repeat: say what we have, once a window. */
		if ((uint16_t)(block - c->next_block) < 0x8000 || c->in_window == 0)
			send_ack(l, c);
		return;
	}
	c->next_block++;
	c->got += len - 4;
	c->in_window++;
	c->retries = 0;
	if (len - 4 < l->blksize) {
		send_ack(l, c);
		finish(l, c, true);
	} else if (c->in_window >= c->windowsize) {
		send_ack(l, c);
	}
}

static void on_readable(struct load *l, struct client *c)
{
	uint8_t p[65536];
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	int fd = c->fd;

	for (unsigned i = 0; i < 64 && !c->done && c->fd == fd; i++) {
		ssize_t n = recvfrom(fd, p, sizeof(p) - 1, 0, (struct sockaddr *)&from, &from_len);

		if (n < 4)
			return;
		if (lost(l))
			continue;
		p[n] = 0;
		if (c->peer.sin_port == 0) {
			c->peer = from;
			c->first_us = load_now_us();
			load_times_add(&l->first, c->first_us - c->start_us);
		} else if (from.sin_port != c->peer.sin_port) {
			continue;
		}
		c->resend_us = load_now_us() + RETRY_US;
		if (p[1] == 6) {
			on_oack(l, c, (char *)p, (size_t)n);
		} else if (p[1] == 3) {
			on_data(l, c, p, (size_t)n);
		} else if (p[1] == 5) {
			l->refused++;
			finish(l, c, false);
		}
	}
}

static void on_time(struct load *l, struct client *c, int64_t now)
{
	if (c->done || now < c->resend_us)
		return;
	if (++c->retries > RETRY_MAX) {
		finish(l, c, false);
		return;
	}
	l->resent++;
	c->resend_us = now + ((int64_t)RETRY_US << (c->retries < 4 ? c->retries : 4));
	if (c->peer.sin_port == 0)
		send_request(l, c);
	else
		send_ack(l, c);
}

int main(int argc, char **argv)
{
	static struct load l;
	struct epoll_event ev[256];
	int64_t start = 0, end = 0, tick = 0;
	unsigned repeat = (unsigned)load_arg_num(argc, argv, "repeat", "1");
	double took = 0;

	l.server = load_addr(load_arg(argc, argv, "server", NULL), 69);
	l.file = load_arg(argc, argv, "file", NULL);
	l.nclients = (unsigned)load_arg_num(argc, argv, "clients", "1");
	l.blksize = (unsigned)load_arg_num(argc, argv, "blksize", "1468");
	l.windowsize = (unsigned)load_arg_num(argc, argv, "windowsize", "1");
	l.loss = load_arg_num(argc, argv, "loss", "0");
	l.random = 88172645463325252ull;
	l.epoll = epoll_create1(0);
	l.client = calloc(l.nclients, sizeof(*l.client));
	if (l.client == NULL)
		err(1, "clients");
	start = load_now_us();
	end = start + (int64_t)(load_arg_num(argc, argv, "timeout", "60") * 1e6);
	l.running = l.nclients;
	for (unsigned i = 0; i < l.nclients; i++) {
		l.client[i].fd = -1;
		l.client[i].left = repeat;
		begin(&l, &l.client[i]);
	}
	while (l.running > 0 && load_now_us() < end) {
		int n = epoll_wait(l.epoll, ev, 256, 20);
		int64_t now = 0;

		for (int i = 0; i < n; i++)
			on_readable(&l, ev[i].data.ptr);
		now = load_now_us();
		if (now - tick > 20000) {
			tick = now;
			for (unsigned i = 0; i < l.nclients; i++)
				on_time(&l, &l.client[i], now);
		}
	}
	for (unsigned i = 0; i < l.nclients; i++) {
		if (!l.client[i].done)
			l.failed++, l.bytes += l.client[i].got;
	}
	took = (double)(load_now_us() - start) / 1e6;
	(void)printf(
	    "{\"mb_per_s\": %.1f, \"seconds\": %.3f, \"bytes\": %llu, \"completed\": %llu, "
	    "\"failed\": %llu, \"refused\": %llu, \"resent\": %llu, \"p50_us\": %u, "
	    "\"p99_us\": %u, \"first_p99_us\": %u}\n",
	    (double)l.bytes / took / 1e6, took, (unsigned long long)l.bytes,
	    (unsigned long long)l.completed, (unsigned long long)l.failed,
	    (unsigned long long)l.refused, (unsigned long long)l.resent,
	    load_times_at(&l.total, 0.5), load_times_at(&l.total, 0.99),
	    load_times_at(&l.first, 0.99));
	return 0;
}
