/* SPDX-License-Identifier: BSD-2-Clause */
/* load.h -- what the load generators share: clock, latencies, batched UDP, flags.
 *
 * Independent of libpxecommon on purpose: a generator built from the code under test would share
 * its mistakes. Everything here ends the program on an error of the set-up.
 */
#pragma once

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LOAD_BATCH = 64, LOAD_DGRAM = 2048 };

/* Monotonic time in microseconds. */
static inline int64_t load_now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* xorshift: cheap, repeatable. */
static inline uint64_t load_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Latencies in microseconds, kept whole and sorted at the end. */
struct load_times {
	uint32_t *v;
	size_t n, cap;
};

static inline void load_times_add(struct load_times *t, int64_t us)
{
	if (t->n == t->cap) {
		t->cap = t->cap != 0 ? t->cap * 2 : 65536;
		t->v = realloc(t->v, t->cap * sizeof(*t->v));
		if (t->v == NULL)
			err(1, "latencies");
	}
	t->v[t->n++] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static inline int load_times_cmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* The q-th part (0..1) of sorted latencies; sorts. 0 without any. */
static inline uint32_t load_times_at(struct load_times *t, double q)
{
	if (t->n == 0)
		return 0;
	qsort(t->v, t->n, sizeof(*t->v), load_times_cmp);
	return t->v[(size_t)(q * (double)(t->n - 1))];
}

static inline struct sockaddr_in load_addr(const char *ip, uint16_t port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(port)};

	if (inet_pton(AF_INET, ip, &sin.sin_addr) != 1)
		errx(1, "not an IPv4 address: %s", ip);
	return sin;
}

/* A UDP socket bound to ip:port with large buffers. */
static inline int load_udp(const char *ip, uint16_t port)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), one = 1, size = 64 << 20;
	struct sockaddr_in sin = load_addr(ip, port);

	if (fd < 0)
		err(1, "socket");
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	(void)setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) != 0)
		err(1, "bind %s:%u", ip, port);
	return fd;
}

/* Datagrams to send or received, one system call a batch. */
struct load_batch {
	struct mmsghdr msg[LOAD_BATCH];
	struct iovec iov[LOAD_BATCH];
	struct sockaddr_in peer[LOAD_BATCH];
	uint8_t data[LOAD_BATCH][LOAD_DGRAM];
	unsigned n;
};

static inline void load_batch_init(struct load_batch *b)
{
	memset(b, 0, sizeof(*b));
	for (unsigned i = 0; i < LOAD_BATCH; i++) {
		b->iov[i].iov_base = b->data[i];
		b->iov[i].iov_len = LOAD_DGRAM;
		b->msg[i].msg_hdr.msg_iov = &b->iov[i];
		b->msg[i].msg_hdr.msg_iovlen = 1;
		b->msg[i].msg_hdr.msg_name = &b->peer[i];
		b->msg[i].msg_hdr.msg_namelen = sizeof(b->peer[i]);
	}
}

/* Receive what is there; number of datagrams, lengths in msg[i].msg_len. */
static inline unsigned load_recv(int fd, struct load_batch *b, int flags)
{
	int n = 0;

	for (unsigned i = 0; i < LOAD_BATCH; i++) {
		b->iov[i].iov_len = LOAD_DGRAM;
		b->msg[i].msg_hdr.msg_namelen = sizeof(b->peer[i]);
	}
	n = recvmmsg(fd, b->msg, LOAD_BATCH, flags, NULL);
	return n > 0 ? (unsigned)n : 0;
}

/* Send all b->n datagrams and empty the batch; waits for room in the socket. */
static inline void load_send(int fd, struct load_batch *b)
{
	unsigned done = 0;

	while (done < b->n) {
		int n = sendmmsg(fd, b->msg + done, b->n - done, 0);

		if (n > 0)
			done += (unsigned)n;
		else if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR)
			(void)usleep(100);
		else
			done++; /* refused for itself: a lost packet */
	}
	b->n = 0;
}

/* Room for one more datagram of len bytes to peer; flushes a full batch. */
static inline uint8_t *load_put(
    int fd, struct load_batch *b, const struct sockaddr_in *peer, size_t len)
{
	unsigned i = 0;

	if (b->n == LOAD_BATCH)
		load_send(fd, b);
	i = b->n++;
	b->peer[i] = *peer;
	b->msg[i].msg_hdr.msg_namelen = sizeof(*peer);
	b->iov[i].iov_len = len;
	return b->data[i];
}

/* "name value" pairs after argv[0]: value of `name`, or def. */
static inline const char *load_arg(int argc, char **argv, const char *name, const char *def)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], name) == 0)
			return argv[i + 1];
	}
	if (def == NULL)
		errx(1, "%s wants %s VALUE", argv[0], name);
	return def;
}

static inline double load_arg_num(int argc, char **argv, const char *name, const char *def)
{
	return strtod(load_arg(argc, argv, name, def), NULL);
}

/* ---- the few bytes of DHCP that a generator needs ---- */

enum { LOAD_DHCP_OPTS = 240, LOAD_DHCP_MIN = 300 };

/* Option `code` of a DHCP packet; NULL when absent. *out_len may be NULL. */
static inline const uint8_t *load_dhcp_opt(
    const uint8_t *p, size_t len, uint8_t code, uint8_t *out_len)
{
	size_t at = LOAD_DHCP_OPTS;

	while (at + 1 < len && p[at] != 255) {
		if (p[at] == 0) {
			at++;
			continue;
		}
		if (at + 2 + p[at + 1] > len)
			return NULL;
		if (p[at] == code) {
			if (out_len != NULL)
				*out_len = p[at + 1];
			return p + at + 2;
		}
		at += 2 + (size_t)p[at + 1];
	}
	return NULL;
}

static inline uint8_t load_dhcp_type(const uint8_t *p, size_t len)
{
	const uint8_t *t = load_dhcp_opt(p, len, 53, NULL);

	return t != NULL ? *t : 0;
}
