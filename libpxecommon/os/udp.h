/* SPDX-License-Identifier: BSD-2-Clause */
/* udp.h -- a UDP socket on the loop that knows where a datagram came from and was sent to.
 *
 * uv_poll over a raw socket with recvmmsg and sendmmsg: libuv's own UDP handle gives neither the
 * destination address nor the interface, and costs a call a packet.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>
#include <uv.h>

#include "libpxecommon/base/addr.h"

enum { PXE_UDP_BATCH = 64 };

struct pxe_udp;

/* One received datagram; valid during the callback. data is writable and has room for max_dgram
 * bytes (struct pxe_udp_opts), whatever len is, so that a message may grow where it lies. */
struct pxe_dgram {
	uint8_t *data;
	size_t len;
	struct pxe_endpoint from;
	struct pxe_ip to; /* destination address: ours, broadcast or multicast */
	unsigned ifindex; /* interface it came in on */
};

typedef void (*pxe_udp_recv_fn)(struct pxe_udp *udp, struct pxe_dgram *dg, unsigned n, void *arg);

/* A datagram sent to peer came back: err is -ECONNREFUSED when nobody listens there, -EHOSTUNREACH
 * and the like otherwise. Anybody can forge such an ICMP message. */
typedef void (*pxe_udp_error_fn)(
    struct pxe_udp *udp, const struct pxe_endpoint *peer, int err, void *arg);

struct pxe_udp_opts {
	struct pxe_endpoint bind; /* family chooses the socket; address may be any; family 0: all
				     addresses of both, IPv4 showing as IPv4 */
	const char *device;       /* SO_BINDTODEVICE, or NULL */
	int fd;                   /* adopt this bound socket (systemd, inetd) when >= 0; closed with
				     the rest, but still the caller's when opening fails */
	int rcvbuf,
	    sndbuf; /* bytes, 0 for 4 MiB / the default; forced past rmem_max when permitted */
	size_t max_dgram; /* longer ones arrive cut; 0 for 2048 */
	unsigned batch;   /* datagrams received at a time, 0 for PXE_UDP_BATCH; memory is
			     batch * max_dgram, so sockets by the thousand want few */
	bool broadcast, reuse_addr, reuse_port, no_pmtu_discovery, v6only;
	pxe_udp_error_fn on_error; /* NULL: not told; only for sockets that receive */
};

/* Options with fd -1 and the rest zero. */
struct pxe_udp_opts pxe_udp_defaults(void);

/* Open, bind, and start receiving: on_recv gets up to PXE_UDP_BATCH datagrams at a time, until the
 * socket is drained or a few batches have gone by (fairness). on_recv may be NULL (send only).
 * Returns 0 or -errno. The loop must outlive it. */
int pxe_udp_open(uv_loop_t *loop, const struct pxe_udp_opts *opts, pxe_udp_recv_fn on_recv,
    void *arg, struct pxe_udp **out);
/* Stop and free (memory goes in the close callback of its handle). NULL ok. Callable from on_recv.
 */
void pxe_udp_close(struct pxe_udp *udp);

/* Pause and resume receiving, e.g. while draining. */
void pxe_udp_pause(struct pxe_udp *udp);
void pxe_udp_resume(struct pxe_udp *udp);

/* One datagram to send: up to 3 parts; from and ifindex steer the source (PKTINFO), zero leaves it
 * to routing. */
struct pxe_dgram_out {
	struct iovec part[3];
	unsigned nparts;
	struct pxe_endpoint to;
	struct pxe_ip from;
	unsigned ifindex;
	/* Not 0: the parts together are many datagrams of this size, the last perhaps shorter,
	 * which the kernel or the network card cuts apart (UDP_SEGMENT). At most 64 datagrams and
	 * 65507 bytes; refused with -EINVAL, -EMSGSIZE or -EIO where the route or the kernel
	 * cannot. */
	uint16_t segment;
	/* Not NULL: these parts, nmany of them (at most 1024), in place of part; borrowed. */
	const struct iovec *many;
	unsigned nmany;
};

/* Send n datagrams now, without blocking. Returns how many the kernel took; one refused for itself
 * (unreachable, too big) counts as taken and its -errno goes to err[i] when err is not NULL (0
 * else). Fewer than n means the socket's buffer is full. */
unsigned pxe_udp_send(struct pxe_udp *udp, const struct pxe_dgram_out *dg, unsigned n, int *err);

/* Bound address and port (after binding port 0). */
struct pxe_endpoint pxe_udp_local(const struct pxe_udp *udp);
int pxe_udp_fd(const struct pxe_udp *udp);
/* Datagrams the kernel dropped for want of buffer (SO_RXQ_OVFL) since the start. */
uint64_t pxe_udp_overflows(const struct pxe_udp *udp);

/* Join or leave a multicast group of the socket's family on one interface; the kernel forgets it
 * with the interface. What is so already is no error. 0 or -errno. */
int pxe_udp_join(struct pxe_udp *udp, const struct pxe_ip *group, unsigned ifindex);
int pxe_udp_leave(struct pxe_udp *udp, const struct pxe_ip *group, unsigned ifindex);
/* Hop limit (time to live) of multicast that is sent in the socket's family; 1 before. 0 or -errno.
 */
int pxe_udp_multicast_hops(struct pxe_udp *udp, int hops);
