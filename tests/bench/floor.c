/* SPDX-License-Identifier: BSD-2-Clause */
/* floor.c -- the least work that answers the same load: what no server can go below.
 *
 * usage: floor dhcp local IP first IP file PATH    DISCOVER and REQUEST answered from a counter;
 *                                                  one fdatasync a batch before its ACKs leave
 *        floor tftp local IP size BYTES            one receive and one send per block or window, no
 *                                                  file; a window leaves as UDP segments
 *        floor relay client-side IP server IP broadcast IP
 *        floor http local IP port N file PATH      one recv, one sendfile a request
 *
 * None of them checks anything. They are measured beside the servers in the same run. */
#include <fcntl.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "tests/bench/load.h"

static struct load_batch rx, tx;

static void dhcp(int argc, char **argv)
{
	const char *local = load_arg(argc - 1, argv + 1, "local", NULL);
	struct sockaddr_in self = load_addr(local, 67);
	uint32_t next =
	    ntohl(load_addr(load_arg(argc - 1, argv + 1, "first", NULL), 0).sin_addr.s_addr);
	int file =
	    open(load_arg(argc - 1, argv + 1, "file", NULL), O_CREAT | O_WRONLY | O_APPEND, 0600);
	int fd = load_udp(local, 67);

	for (;;) {
		unsigned n = load_recv(fd, &rx, MSG_WAITFORONE), acks = 0;

		for (unsigned i = 0; i < n; i++) {
			size_t len = rx.msg[i].msg_len;
			struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(67)};
			uint8_t type = load_dhcp_type(rx.data[i], len), *p = NULL, *o = NULL;
			const uint8_t *asked = load_dhcp_opt(rx.data[i], len, 50, NULL);
			uint32_t ip = htonl(next);

			memcpy(&to.sin_addr, rx.data[i] + 24, 4);
			p = load_put(fd, &tx, &to, LOAD_DHCP_MIN);
			memcpy(p, rx.data[i], LOAD_DHCP_OPTS);
			memset(p + LOAD_DHCP_OPTS, 0, LOAD_DHCP_MIN - LOAD_DHCP_OPTS);
			p[0] = 2;
			if (type == 1)
				next++;
			else if (asked != NULL)
				memcpy(&ip, asked, 4);
			memcpy(p + 16, &ip, 4);
			o = p + LOAD_DHCP_OPTS;
			*o++ = 53, *o++ = 1, *o++ = type == 1 ? 2 : 5;
			*o++ = 54, *o++ = 4;
			memcpy(o, &self.sin_addr, 4);
			o += 4;
			*o++ = 51, *o++ = 4, *o++ = 0, *o++ = 0, *o++ = 14, *o++ = 16;
			*o++ = 255;
			acks += type != 1;
		}
		if (acks > 0 &&
		    (write(file, rx.data, 256 * (size_t)acks) < 0 || fdatasync(file) != 0))
			err(1, "write");
		load_send(fd, &tx);
	}
}

/* A transfer of the floor's, by client port: what was agreed and how far it is. */
struct floor_xfer {
	uint32_t block, blksize, window;
};

/* Value of an option of a request; 0 when it is not there. */
static uint32_t tftp_option(const uint8_t *p, size_t len, const char *name)
{
	const char *at = (const char *)p + 2, *end = (const char *)p + len;

	while (at < end) {
		size_t n = strnlen(at, (size_t)(end - at));
		bool is_it = n < (size_t)(end - at) && strcmp(at, name) == 0;

		at += n + 1;
		if (is_it && at < end)
			return (uint32_t)strtoul(at, NULL, 10);
	}
	return 0;
}

static void tftp_begin(int fd, struct floor_xfer *x, unsigned i)
{
	size_t len = rx.msg[i].msg_len;
	uint8_t oack[64] = {0, 6};
	int n;

	rx.data[i][len < LOAD_DGRAM ? len : LOAD_DGRAM - 1] = 0;
	*x = (struct floor_xfer){.blksize = tftp_option(rx.data[i], len, "blksize"),
	    .window = tftp_option(rx.data[i], len, "windowsize")};
	if (x->blksize < 8 || x->blksize > LOAD_DGRAM - 4)
		x->blksize = 512;
	if (x->window == 0)
		x->window = 1;
	n = snprintf((char *)oack + 2, sizeof(oack) - 2, "blksize%c%u%cwindowsize%c%u", 0,
	    x->blksize, 0, 0, x->window);
	memcpy(load_put(fd, &tx, &rx.peer[i], 2 + (size_t)n + 1), oack, 2 + (size_t)n + 1);
}

/* The next window as one datagram for the kernel to cut (UDP_SEGMENT), or as many as it takes. */
static void tftp_window(int fd, struct floor_xfer *x, const struct sockaddr_in *to, size_t size)
{
	static uint8_t buf[65000];
	uint32_t left = x->window;

	while (left > 0 && (size_t)x->block * x->blksize <= size) {
		union {
			struct cmsghdr align;
			char room[CMSG_SPACE(sizeof(uint16_t))];
		} control = {0};
		uint32_t most = (uint32_t)(sizeof(buf) / (4 + x->blksize));
		struct iovec iov = {.iov_base = buf};
		struct msghdr mh = {.msg_name = (void *)(uintptr_t)to,
		    .msg_namelen = sizeof(*to),
		    .msg_iov = &iov,
		    .msg_iovlen = 1,
		    .msg_control = &control,
		    .msg_controllen = sizeof(control)};
		uint16_t segment = (uint16_t)(4 + x->blksize);

		most = most < left ? most : left;
		most = most < 64 ? most : 64;
		while (most-- > 0 && (size_t)x->block * x->blksize <= size) {
			size_t at = (size_t)x->block++ * x->blksize;
			uint8_t *p = buf + iov.iov_len;

			p[0] = 0, p[1] = 3, p[2] = (uint8_t)(x->block >> 8);
			p[3] = (uint8_t)x->block;
			iov.iov_len += 4 + (size - at < x->blksize ? size - at : x->blksize);
			left--;
		}
		control.align = (struct cmsghdr){.cmsg_level = SOL_UDP,
		    .cmsg_type = UDP_SEGMENT,
		    .cmsg_len = CMSG_LEN(sizeof(segment))};
		memcpy(CMSG_DATA(&control.align), &segment, sizeof(segment));
		if (sendmsg(fd, &mh, 0) < 0)
			err(1, "sendmsg");
	}
}

static void tftp(int argc, char **argv)
{
	static struct floor_xfer by_port[65536];
	int fd = load_udp(load_arg(argc - 1, argv + 1, "local", NULL), 69);
	size_t size = (size_t)load_arg_num(argc - 1, argv + 1, "size", "1048576");

	for (;;) {
		unsigned n = load_recv(fd, &rx, MSG_WAITFORONE);

		for (unsigned i = 0; i < n; i++) {
			struct floor_xfer *x = &by_port[ntohs(rx.peer[i].sin_port)];
			size_t sent = (size_t)x->block * x->blksize, len = x->blksize;
			uint8_t *p = NULL;

			if (rx.data[i][1] == 1) {
				tftp_begin(fd, x, i);
				continue;
			}
			if (sent > size)
				continue;
			if (x->window > 1) {
				tftp_window(fd, x, &rx.peer[i], size);
				continue;
			}
			if (size - sent < len)
				len = size - sent;
			p = load_put(fd, &tx, &rx.peer[i], 4 + len);
			x->block++;
			p[0] = 0, p[1] = 3, p[2] = (uint8_t)(x->block >> 8);
			p[3] = (uint8_t)x->block;
		}
		load_send(fd, &tx);
	}
}

/* Move what is readable on `from` to `to` at sock, with giaddr put in on the way up. */
static void forward(int from, int out, const struct sockaddr_in *to, const struct in_addr *giaddr)
{
	unsigned n = load_recv(from, &rx, MSG_DONTWAIT);

	for (unsigned i = 0; i < n; i++) {
		size_t len = rx.msg[i].msg_len;
		uint8_t *p = load_put(out, &tx, to, len);

		memcpy(p, rx.data[i], len);
		if (giaddr != NULL)
			memcpy(p + 24, giaddr, 4);
	}
	load_send(out, &tx);
}

static void relay(int argc, char **argv)
{
	const char *down = load_arg(argc - 1, argv + 1, "client-side", NULL);
	struct sockaddr_in giaddr = load_addr(down, 67), server, all;
	/* Broadcasts come to the wildcard only; answers to giaddr come to the bound address. */
	struct pollfd fd[2] = {{.fd = load_udp("0.0.0.0", 67), .events = POLLIN},
	    {.fd = load_udp(down, 67), .events = POLLIN}};

	server = load_addr(load_arg(argc - 1, argv + 1, "server", NULL), 67);
	all = load_addr(load_arg(argc - 1, argv + 1, "broadcast", NULL), 68);
	while (poll(fd, 2, -1) > 0) {
		if (fd[0].revents != 0)
			forward(fd[0].fd, fd[0].fd, &server, &giaddr.sin_addr);
		if (fd[1].revents != 0)
			forward(fd[1].fd, fd[1].fd, &all, NULL);
	}
}

/* How far the file has gone out on each connection. */
struct answer {
	off_t at, size;
	bool is_sending, waits_for_room;
};

static void hang_up(int fd, struct answer *a)
{
	memset(a, 0, sizeof(*a));
	(void)close(fd);
}

/* Send until the socket is full or all is out. */
static void send_file(int epoll, int fd, int file, struct answer *a)
{
	struct epoll_event ev = {.data.fd = fd};
	bool is_full = false;

	while (a->at < a->size && !is_full) {
		size_t want = (size_t)(a->size - a->at);
		ssize_t n = sendfile(fd, file, &a->at, want < 1 << 20 ? want : 1 << 20);

		if (n <= 0 && errno != EAGAIN) {
			hang_up(fd, a);
			return;
		}
		is_full = n < 0 || (size_t)n < (want < 1 << 20 ? want : 1 << 20);
	}
	a->is_sending = a->at < a->size;
	if (a->is_sending == a->waits_for_room)
		return;
	a->waits_for_room = a->is_sending;
	ev.events = a->is_sending ? EPOLLOUT : EPOLLIN;
	(void)epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &ev);
}

static void answer(int epoll, int fd, int file, struct answer *a, const char *head)
{
	char request[8192];

	if (!a->is_sending) {
		ssize_t n = recv(fd, request, sizeof(request), MSG_DONTWAIT);

		if (n == 0 || (n < 0 && errno != EAGAIN)) {
			hang_up(fd, a);
			return;
		}
		if (n < 0)
			return;
		(void)send(fd, head, strlen(head), MSG_MORE | MSG_NOSIGNAL);
		a->at = 0;
	}
	send_file(epoll, fd, file, a);
}

static void http(int argc, char **argv)
{
	static struct answer answers[65536]; /* by descriptor */
	struct sockaddr_in sin = load_addr(load_arg(argc - 1, argv + 1, "local", NULL),
	    (uint16_t)load_arg_num(argc - 1, argv + 1, "port", NULL));
	int file = open(load_arg(argc - 1, argv + 1, "file", NULL), O_RDONLY);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1, epoll = epoll_create1(0);
	struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd}, got[64];
	struct stat st;
	char head[256];

	(void)signal(SIGPIPE, SIG_IGN); /* sendfile has no flag for it */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (file < 0 || fstat(file, &st) != 0 ||
	    bind(fd, (struct sockaddr *)&sin, sizeof(sin)) != 0 || listen(fd, 4096) != 0 ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev) != 0)
		err(1, "http");
	(void)snprintf(head, sizeof(head),
	    "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: "
	    "%lld\r\n\r\n",
	    (long long)st.st_size);
	for (;;) {
		int n = epoll_wait(epoll, got, 64, -1);

		for (int i = 0; i < n; i++) {
			int peer = got[i].data.fd;

			if (peer != fd) {
				answer(epoll, peer, file, &answers[peer], head);
				continue;
			}
			peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK);
			if (peer < 0 || (size_t)peer >= sizeof(answers) / sizeof(answers[0]))
				continue;
			answers[peer].size = st.st_size;
			ev = (struct epoll_event){.events = EPOLLIN, .data.fd = peer};
			(void)setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
			(void)epoll_ctl(epoll, EPOLL_CTL_ADD, peer, &ev);
		}
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(int argc, char **argv);
	} kind[] = {{"dhcp", dhcp}, {"tftp", tftp}, {"relay", relay}, {"http", http}};

	load_batch_init(&rx);
	load_batch_init(&tx);
	for (size_t i = 0; argc > 1 && i < sizeof(kind) / sizeof(kind[0]); i++) {
		if (strcmp(argv[1], kind[i].name) == 0)
			kind[i].run(argc, argv);
	}
	errx(1, "usage: floor dhcp|tftp|relay|http NAME VALUE ...");
}
