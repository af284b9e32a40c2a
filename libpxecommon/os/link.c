/* SPDX-License-Identifier: BSD-2-Clause */
/* link.c -- send UDP/IPv4 in a link-layer frame to a client that cannot answer ARP yet. */
#include "libpxecommon/os/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libpxecommon/base/buf.h"
#include "libpxecommon/base/err.h"

enum {
	IP_LEN = 20,
	UDP_LEN = 8,
	HEAD_LEN = IP_LEN + UDP_LEN,
	TTL = 128,            /* both as ISC's servers send them, */
	TOS_LOW_DELAY = 0x10, /* which firmware has been tested against */
	SEND_BATCH = 32
};

/* A link-layer address longer than the 8 bytes of sockaddr_ll has (InfiniBand). */
union address {
	struct sockaddr_ll ll;
	uint8_t room[offsetof(struct sockaddr_ll, sll_addr) + PXE_HWADDR_MAX];
};

struct pxe_link_sock {
	int fd;
};

int pxe_link_open(struct pxe_link_sock **out)
{
	struct pxe_link_sock *s = malloc(sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	/* SOCK_DGRAM: the kernel knows each device's link header. Protocol 0: receives nothing. */
	s->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0) {
		int err = -errno;

		free(s);
		return err;
	}
	*out = s;
	return 0;
}

void pxe_link_close(struct pxe_link_sock *s)
{
	if (s == NULL)
		return;
	(void)close(s->fd);
	free(s);
}

/* RFC 1071 over p, whose length is even except for the last run added. By four bytes, which gives
 * the same in either byte order once it is folded (section 2 B). */
static uint32_t sum(uint32_t acc, const uint8_t *p, size_t len)
{
	uint64_t words = 0;

	for (; len >= sizeof(uint32_t); p += sizeof(uint32_t), len -= sizeof(uint32_t)) {
		uint32_t word = 0;

		memcpy(&word, p, sizeof(word));
		words += word;
	}
	while (words >> 16 != 0)
		words = (words & 0xffff) + (words >> 16);
	acc += ntohs((uint16_t)words);
	for (; len > 1; p += 2, len -= 2)
		acc += (uint32_t)p[0] << 8 | p[1];
	return len > 0 ? acc + ((uint32_t)p[0] << 8) : acc;
}

static uint16_t fold(uint32_t acc)
{
	while (acc >> 16 != 0)
		acc = (acc & 0xffff) + (acc >> 16);
	return (uint16_t)~acc;
}

/* RFC 791 3.1; id 0, since it is never fragmented. */
static void put_ip(struct pxe_wr *wr, const struct pxe_link_dgram *dg, uint16_t check)
{
	pxe_wr_u8(wr, 4 << 4 | IP_LEN / 4);
	pxe_wr_u8(wr, TOS_LOW_DELAY);
	pxe_wr_u16(wr, (uint16_t)(HEAD_LEN + dg->len));
	pxe_wr_u32(wr, 0);
	pxe_wr_u8(wr, TTL);
	pxe_wr_u8(wr, IPPROTO_UDP);
	pxe_wr_u16(wr, check);
	pxe_wr_u32(wr, dg->from_ip.v);
	pxe_wr_u32(wr, dg->to_ip.v);
}

static void put_udp(struct pxe_wr *wr, const struct pxe_link_dgram *dg, uint16_t check)
{
	pxe_wr_u16(wr, dg->from_port);
	pxe_wr_u16(wr, dg->to_port);
	pxe_wr_u16(wr, (uint16_t)(UDP_LEN + dg->len));
	pxe_wr_u16(wr, check);
}

/* RFC 768: over a pseudo header, the header and the data; a result of 0 is sent as all ones. */
static uint16_t udp_check(const struct pxe_link_dgram *dg)
{
	uint8_t head[12 + UDP_LEN];
	struct pxe_wr wr = pxe_wr_init(head, sizeof(head));
	uint16_t check = 0;

	pxe_wr_u32(&wr, dg->from_ip.v);
	pxe_wr_u32(&wr, dg->to_ip.v);
	pxe_wr_u16(&wr, IPPROTO_UDP);
	pxe_wr_u16(&wr, (uint16_t)(UDP_LEN + dg->len));
	put_udp(&wr, dg, 0);
	check = fold(sum(sum(0, head, sizeof(head)), dg->data, dg->len));
	return check != 0 ? check : 0xffff;
}

static int put_head(const struct pxe_link_dgram *dg, uint8_t head[HEAD_LEN])
{
	struct pxe_wr wr = pxe_wr_init(head, HEAD_LEN);

	if (dg->len > UINT16_MAX - HEAD_LEN)
		return PXE_E_TOOBIG;
	put_ip(&wr, dg, 0);
	wr = pxe_wr_init(head, HEAD_LEN);
	put_ip(&wr, dg, fold(sum(0, head, IP_LEN)));
	put_udp(&wr, dg, udp_check(dg));
	return 0;
}

int pxe_link_build(const struct pxe_link_dgram *dg, uint8_t *out, size_t cap)
{
	uint8_t head[HEAD_LEN];
	struct pxe_wr wr = pxe_wr_init(out, cap);
	int err = put_head(dg, head);

	if (err != 0)
		return err;
	pxe_wr_bytes(&wr, head, sizeof(head));
	pxe_wr_bytes(&wr, dg->data, dg->len);
	return wr.err != 0 ? wr.err : (int)wr.len;
}

static void put_address(union address *to, const struct pxe_link_dgram *dg)
{
	size_t len = dg->to_hw.len > 0 ? dg->to_hw.len : ETHER_ADDR_LEN;

	memset(to, 0, sizeof(*to));
	to->ll.sll_family = AF_PACKET;
	to->ll.sll_protocol = htons(ETHERTYPE_IP);
	to->ll.sll_ifindex = (int)dg->ifindex;
	to->ll.sll_halen = (uint8_t)len;
	if (dg->to_hw.len > 0)
		memcpy(to->room + offsetof(struct sockaddr_ll, sll_addr), dg->to_hw.b, len);
	else
		memset(to->room + offsetof(struct sockaddr_ll, sll_addr), 0xff, len);
}

/* One sendmmsg: how many were taken, or -errno or PXE_E_TOOBIG of the first. */
static int send_some(struct pxe_link_sock *s, const struct pxe_link_dgram *dg, unsigned n)
{
	struct mmsghdr msg[SEND_BATCH];
	struct iovec iov[SEND_BATCH][2];
	union address to[SEND_BATCH];
	uint8_t head[SEND_BATCH][HEAD_LEN];
	unsigned k = 0;
	int sent = 0;

	for (; k < n && k < SEND_BATCH; k++) {
		int err = put_head(&dg[k], head[k]);

		if (err != 0 && k == 0)
			return err;
		if (err != 0)
			break;
		put_address(&to[k], &dg[k]);
		iov[k][0] = (struct iovec){head[k], HEAD_LEN};
		iov[k][1] = (struct iovec){(void *)(uintptr_t)dg[k].data, dg[k].len};
		msg[k].msg_hdr = (struct msghdr){.msg_name = &to[k],
		    .msg_namelen = sizeof(to[k]),
		    .msg_iov = iov[k],
		    .msg_iovlen = 2};
	}
	do
		sent = sendmmsg(s->fd, msg, k, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : sent;
}

int pxe_link_send(struct pxe_link_sock *s, const struct pxe_link_dgram *dg, unsigned n)
{
	unsigned done = 0;

	while (done < n) {
		int sent = send_some(s, dg + done, n - done);

		if (sent < 0 && done == 0)
			return sent;
		if (sent <= 0)
			break;
		done += (unsigned)sent;
	}
	return (int)done;
}
