/* SPDX-License-Identifier: BSD-2-Clause */
/* udp.c -- a UDP socket on the loop that knows where a datagram came from and was sent to. */
#include "libpxecommon/os/udp.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libpxecommon/os/sockaddr.h"

enum {
	DEF_DGRAM = 2048,
	MAX_DGRAM = 65535,
	DEF_RCVBUF = 4 << 20,
	/* Batches of one wake-up, so that a flood on one socket leaves time for the others. */
	BATCHES_PER_WAKE = 4,
	SEND_BATCH = 64
};

/* Ancillary data of one datagram, in and out. */
union control {
	struct cmsghdr align;
	char in[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(uint32_t))];
};

/* What recvmmsg fills, made once. */
struct slot {
	struct iovec iov;
	struct sockaddr_storage from;
	union control control;
};

struct pxe_udp {
	uv_poll_t poll;
	int fd;
	int family;
	bool is_closing, is_paused;
	bool can_segment; /* kernels before 4.18 would send it all as one datagram in fragments */
	pxe_udp_recv_fn on_recv;
	pxe_udp_error_fn on_error;
	void *arg;
	unsigned batch;
	struct mmsghdr *msg; /* batch of each, NULL when send only */
	struct slot *slot;
	struct pxe_dgram *dg;
	uint8_t *data;
	uint32_t ovfl; /* the kernel's counter, 32 bits wide and wrapping */
	uint64_t overflows;
};

struct pxe_udp_opts pxe_udp_defaults(void)
{
	return (struct pxe_udp_opts){.fd = -1};
}

static int set_int(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) == 0 ? 0 : -errno;
}

static void set_buffer(int fd, int force, int plain, int bytes)
{
	/* Without CAP_NET_ADMIN the system's limit holds, and what it grants is good enough. */
	if (bytes > 0 && set_int(fd, SOL_SOCKET, force, bytes) != 0)
		(void)set_int(fd, SOL_SOCKET, plain, bytes);
}

/* Options that make sense for an adopted socket too. */
static int set_options(int fd, int family, const struct pxe_udp_opts *opts)
{
	int err = set_int(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);

	if (err == 0 && opts->broadcast)
		err = set_int(fd, SOL_SOCKET, SO_BROADCAST, 1);
	if (err == 0 && family == AF_INET)
		err = set_int(fd, IPPROTO_IP, IP_PKTINFO, 1);
	if (err == 0 && family == AF_INET6)
		err = set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	if (err == 0 && opts->no_pmtu_discovery && family == AF_INET6)
		err = set_int(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT);
	/* On an IPv6 socket this is for its mapped IPv4 traffic. */
	if (err == 0 && opts->no_pmtu_discovery)
		err = set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
	if (err == 0 && opts->on_error != NULL && family == AF_INET6)
		err = set_int(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
	if (err == 0 && opts->on_error != NULL)
		err = set_int(fd, IPPROTO_IP, IP_RECVERR, 1);
	set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, opts->rcvbuf > 0 ? opts->rcvbuf : DEF_RCVBUF);
	set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, opts->sndbuf);
	return err;
}

static int set_bind_options(int fd, int family, const struct pxe_udp_opts *opts)
{
	int err = 0;

	if (opts->reuse_addr)
		err = set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (err == 0 && opts->reuse_port)
		err = set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	/* Said either way: the system's default is a sysctl. */
	if (err == 0 && family == AF_INET6)
		err = set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, opts->v6only ? 1 : 0);
	if (err == 0 && opts->device != NULL &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, opts->device,
		(socklen_t)strlen(opts->device)) != 0)
		err = -errno;
	return err;
}

static int open_bound(const struct pxe_udp_opts *opts, int family, int *out_fd)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_storage ss;
	int len = 0, err = 0;

	if (fd < 0)
		return -errno;
	err = set_bind_options(fd, family, opts);
	if (err == 0)
		err = set_options(fd, family, opts);
	len = pxe_sockaddr_set(&ss, family, &opts->bind);
	if (err == 0 && len < 0)
		err = len;
	if (err == 0 && bind(fd, (struct sockaddr *)&ss, (socklen_t)len) != 0)
		err = -errno;
	if (err != 0) {
		(void)close(fd);
		return err;
	}
	*out_fd = fd;
	return 0;
}

/* No family means every address of both; a kernel without IPv6 has one. */
static int open_any(const struct pxe_udp_opts *opts, int *out_fd)
{
	int err = 0;

	if (opts->bind.ip.family != 0)
		return open_bound(opts, opts->bind.ip.family == 6 ? AF_INET6 : AF_INET, out_fd);
	err = open_bound(opts, AF_INET6, out_fd);
	if (err == -EAFNOSUPPORT || err == -EADDRNOTAVAIL)
		err = open_bound(opts, AF_INET, out_fd);
	return err;
}

static int adopt(const struct pxe_udp_opts *opts)
{
	struct sockaddr_storage ss = {0};
	socklen_t len = sizeof(ss), type_len = sizeof(int);
	int type = 0;

	if (getsockopt(opts->fd, SOL_SOCKET, SO_TYPE, &type, &type_len) != 0 ||
	    getsockname(opts->fd, (struct sockaddr *)&ss, &len) != 0)
		return -errno;
	if (type != SOCK_DGRAM)
		return -EPROTOTYPE;
	if (ss.ss_family != AF_INET && ss.ss_family != AF_INET6)
		return -EAFNOSUPPORT;
	if (fcntl(opts->fd, F_SETFD, FD_CLOEXEC) != 0)
		return -errno;
	return set_options(opts->fd, ss.ss_family, opts);
}

static int rx_init(struct pxe_udp *udp, size_t max_dgram)
{
	udp->msg = calloc(udp->batch, sizeof(*udp->msg));
	udp->slot = calloc(udp->batch, sizeof(*udp->slot));
	udp->dg = calloc(udp->batch, sizeof(*udp->dg));
	udp->data = malloc(udp->batch * max_dgram);
	if (udp->msg == NULL || udp->slot == NULL || udp->dg == NULL || udp->data == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < udp->batch; i++) {
		struct slot *slot = &udp->slot[i];

		slot->iov = (struct iovec){udp->data + i * max_dgram, max_dgram};
		udp->msg[i].msg_hdr = (struct msghdr){.msg_name = &slot->from,
		    .msg_iov = &slot->iov,
		    .msg_iovlen = 1,
		    .msg_control = &slot->control};
	}
	return 0;
}

static void rx_fini(struct pxe_udp *udp)
{
	free(udp->msg);
	free(udp->slot);
	free(udp->dg);
	free(udp->data);
}

/* recvmmsg overwrites the lengths it was given. */
static void rx_arm(struct pxe_udp *udp)
{
	for (unsigned i = 0; i < udp->batch; i++) {
		udp->msg[i].msg_hdr.msg_namelen = sizeof(udp->slot[i].from);
		udp->msg[i].msg_hdr.msg_controllen = sizeof(udp->slot[i].control);
	}
}

static void read_control(struct pxe_udp *udp, struct msghdr *mh, struct pxe_dgram *dg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c != NULL; c = CMSG_NXTHDR(mh, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			dg->to.family = 4;
			dg->to.v4.v = ntohl(info.ipi_addr.s_addr);
			dg->ifindex = (unsigned)info.ipi_ifindex;
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			dg->to.family = 6;
			memcpy(dg->to.v6.b, &info.ipi6_addr, sizeof(dg->to.v6.b));
			dg->to = pxe_ip_unmap(dg->to);
			dg->ifindex = info.ipi6_ifindex;
		} else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
			uint32_t now = 0;

			memcpy(&now, CMSG_DATA(c), sizeof(now));
			udp->overflows += now - udp->ovfl;
			udp->ovfl = now;
		}
	}
}

static void deliver(struct pxe_udp *udp, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		udp->dg[i] = (struct pxe_dgram){.data = udp->slot[i].iov.iov_base,
		    .len = udp->msg[i].msg_len,
		    .from = pxe_sockaddr_get(&udp->slot[i].from)};
		read_control(udp, &udp->msg[i].msg_hdr, &udp->dg[i]);
	}
	udp->on_recv(udp, udp->dg, n, udp->arg);
}

/* Who an ICMP message is about is told by the address the datagram in it went to. */
static bool read_error(struct pxe_udp *udp)
{
	union {
		struct cmsghdr align;
		char room[512];
	} control;
	struct sockaddr_storage to = {0};
	struct msghdr mh = {.msg_name = &to,
	    .msg_namelen = sizeof(to),
	    .msg_control = &control,
	    .msg_controllen = sizeof(control)};

	if (recvmsg(udp->fd, &mh, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
		return false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&mh); c != NULL; c = CMSG_NXTHDR(&mh, c)) {
		struct pxe_endpoint peer = pxe_sockaddr_get(&to);
		struct sock_extended_err e;

		if (!(c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) &&
		    !(c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
			continue;
		memcpy(&e, CMSG_DATA(c), sizeof(e));
		if (e.ee_origin == SO_EE_ORIGIN_ICMP || e.ee_origin == SO_EE_ORIGIN_ICMP6)
			udp->on_error(udp, &peer, -(int)e.ee_errno, udp->arg);
	}
	return true;
}

static void read_errors(struct pxe_udp *udp)
{
	int most = PXE_UDP_BATCH;

	while (udp->on_error != NULL && !udp->is_closing && most-- > 0 && read_error(udp))
		;
}

static void receive(struct pxe_udp *udp)
{
	for (int i = 0; i < BATCHES_PER_WAKE && !udp->is_closing && !udp->is_paused; i++) {
		int n = 0;

		rx_arm(udp);
		n = recvmmsg(udp->fd, udp->msg, udp->batch, MSG_DONTWAIT, NULL);
		/* Errors other than "empty" are ICMP's, about something sent earlier. Reading
		 * them clears them; the next try sees what is behind. */
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n <= 0) {
			read_errors(udp);
			continue;
		}
		deliver(udp, (unsigned)n);
		if ((unsigned)n < udp->batch)
			return;
	}
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct pxe_udp *udp = poll->data;

	(void)events;
	receive(udp);
	/* libuv stops a handle whose descriptor reports an error, but on a datagram socket an error
	 * is an incident and not the end. */
	if (status < 0 && !udp->is_closing && !udp->is_paused) {
		int err = 0;
		socklen_t len = sizeof(err);

		read_errors(udp);
		if (udp->is_closing || udp->is_paused)
			return;
		(void)getsockopt(udp->fd, SOL_SOCKET, SO_ERROR, &err, &len);
		(void)uv_poll_start(&udp->poll, UV_READABLE, on_readable);
	}
}

static int family_of(int fd)
{
	struct sockaddr_storage ss = {0};
	socklen_t len = sizeof(ss);

	return getsockname(fd, (struct sockaddr *)&ss, &len) == 0 ? ss.ss_family : AF_UNSPEC;
}

static void on_closed(uv_handle_t *handle)
{
	struct pxe_udp *udp = handle->data;

	rx_fini(udp);
	free(udp);
}

/* A control message that the kernel does not know is passed over without an error, so ask first. */
static bool knows_segments(int fd)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_UDP, UDP_SEGMENT, &value, &len) == 0;
}

int pxe_udp_open(uv_loop_t *loop, const struct pxe_udp_opts *opts, pxe_udp_recv_fn on_recv,
    void *arg, struct pxe_udp **out)
{
	size_t max_dgram = opts->max_dgram > 0 ? opts->max_dgram : DEF_DGRAM;
	struct pxe_udp *udp = calloc(1, sizeof(*udp));
	int err = 0, fd = opts->fd;

	if (udp == NULL)
		return -ENOMEM;
	udp->on_recv = on_recv;
	udp->on_error = opts->on_error;
	udp->arg = arg;
	udp->batch = opts->batch > 0 && opts->batch < PXE_UDP_BATCH ? opts->batch : PXE_UDP_BATCH;
	if (on_recv != NULL)
		err = rx_init(udp, max_dgram < MAX_DGRAM ? max_dgram : MAX_DGRAM);
	if (err == 0)
		err = opts->fd >= 0 ? adopt(opts) : open_any(opts, &fd);
	if (err == 0)
		err = uv_poll_init(loop, &udp->poll, fd);
	if (err != 0) {
		if (fd >= 0 && fd != opts->fd)
			(void)close(fd);
		rx_fini(udp);
		free(udp);
		return err;
	}
	udp->fd = fd;
	udp->family = family_of(fd);
	udp->can_segment = knows_segments(fd);
	udp->poll.data = udp;
	pxe_udp_resume(udp);
	*out = udp;
	return 0;
}

void pxe_udp_close(struct pxe_udp *udp)
{
	if (udp == NULL || udp->is_closing)
		return;
	udp->is_closing = true;
	uv_close((uv_handle_t *)&udp->poll, on_closed);
	(void)close(udp->fd); /* not polled any more; the port is free at once */
	udp->fd = -1;
}

void pxe_udp_pause(struct pxe_udp *udp)
{
	udp->is_paused = true;
	(void)uv_poll_stop(&udp->poll);
}

void pxe_udp_resume(struct pxe_udp *udp)
{
	udp->is_paused = false;
	if (udp->on_recv != NULL && !udp->is_closing)
		(void)uv_poll_start(&udp->poll, UV_READABLE, on_readable);
}

/* Append one; the first of a message finds msg_controllen 0. */
static void add_control(
    struct msghdr *mh, union control *control, int level, int type, const void *info, size_t len)
{
	size_t used = mh->msg_controllen;
	struct cmsghdr *c = NULL;

	assert(used + CMSG_SPACE(len) <= sizeof(*control));
	memset((char *)control + used, 0, CMSG_SPACE(len));
	c = (struct cmsghdr *)(void *)((char *)control + used);
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), info, len);
	mh->msg_control = control;
	mh->msg_controllen = used + CMSG_SPACE(len);
}

static int steer(int family, const struct pxe_dgram_out *dg, struct msghdr *mh, union control *c)
{
	struct pxe_endpoint from = {.ip = dg->from};
	struct sockaddr_storage ss;
	int err = 0;

	/* On an IPv6 socket the kernel wants the source of IPv4 mapped, even when it is "any". */
	if (from.ip.family == 0)
		from.ip.family = dg->to.ip.family;
	err = pxe_sockaddr_set(&ss, family, &from);
	if (err < 0)
		return err;
	if (family == AF_INET) {
		struct in_pktinfo info = {.ipi_ifindex = (int)dg->ifindex};

		info.ipi_spec_dst = ((struct sockaddr_in *)&ss)->sin_addr;
		add_control(mh, c, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	} else {
		struct in6_pktinfo info = {.ipi6_ifindex = dg->ifindex};

		info.ipi6_addr = ((struct sockaddr_in6 *)&ss)->sin6_addr;
		add_control(mh, c, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
	}
	return 0;
}

static int prepare(const struct pxe_udp *udp, const struct pxe_dgram_out *dg, struct msghdr *mh,
    struct sockaddr_storage *ss, union control *control)
{
	struct pxe_endpoint to = dg->to;
	int family = udp->family, len = 0;

	assert(dg->nparts <= sizeof(dg->part) / sizeof(dg->part[0]));
	if (to.scope_id == 0 && pxe_ip_is_link_local(&to.ip))
		to.scope_id = dg->ifindex;
	len = pxe_sockaddr_set(ss, family, &to);
	if (len < 0)
		return len;
	*mh = (struct msghdr){.msg_name = ss,
	    .msg_namelen = (socklen_t)len,
	    .msg_iov = (struct iovec *)(uintptr_t)(dg->many != NULL ? dg->many : dg->part),
	    .msg_iovlen = dg->many != NULL ? dg->nmany : dg->nparts};
	if (dg->segment != 0 && !udp->can_segment)
		return -EIO;
	if (dg->segment != 0)
		add_control(mh, control, SOL_UDP, UDP_SEGMENT, &dg->segment, sizeof(dg->segment));
	return dg->from.family != 0 || dg->ifindex != 0 ? steer(family, dg, mh, control) : 0;
}

/* One sendmmsg. How many went, or -errno of the first. */
static int send_some(struct pxe_udp *udp, const struct pxe_dgram_out *dg, unsigned n)
{
	struct mmsghdr msg[SEND_BATCH];
	struct sockaddr_storage to[SEND_BATCH];
	union control control[SEND_BATCH];
	unsigned k = 0;
	int sent = 0;

	for (; k < n && k < SEND_BATCH; k++) {
		int err = prepare(udp, &dg[k], &msg[k].msg_hdr, &to[k], &control[k]);

		if (err < 0 && k == 0)
			return err;
		if (err < 0)
			break;
	}
	sent = sendmmsg(udp->fd, msg, k, MSG_DONTWAIT | MSG_NOSIGNAL);
	return sent < 0 ? -errno : sent;
}

unsigned pxe_udp_send(struct pxe_udp *udp, const struct pxe_dgram_out *dg, unsigned n, int *err)
{
	unsigned done = 0;
	bool is_retry = false;

	while (done < n && !udp->is_closing) {
		int sent = send_some(udp, dg + done, n - done);

		if (sent == -EAGAIN || sent == -EWOULDBLOCK || sent == -ENOBUFS || sent == -ENOMEM)
			break;
		/* The error may be an ICMP's about an earlier datagram; reading it cleared it. */
		if (sent == -EINTR || (sent < 0 && !is_retry)) {
			is_retry = sent != -EINTR;
			continue;
		}
		is_retry = false;
		for (int i = 0; err != NULL && i < sent; i++)
			err[done + (unsigned)i] = 0;
		if (sent < 0 && err != NULL)
			err[done] = sent;
		done += sent < 0 ? 1 : (unsigned)sent;
	}
	return done;
}

struct pxe_endpoint pxe_udp_local(const struct pxe_udp *udp)
{
	struct sockaddr_storage ss = {0};
	socklen_t len = sizeof(ss);

	if (getsockname(udp->fd, (struct sockaddr *)&ss, &len) != 0)
		return (struct pxe_endpoint){0};
	return pxe_sockaddr_get(&ss);
}

int pxe_udp_fd(const struct pxe_udp *udp)
{
	return udp->fd;
}

uint64_t pxe_udp_overflows(const struct pxe_udp *udp)
{
	return udp->overflows;
}
