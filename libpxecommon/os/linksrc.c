/* SPDX-License-Identifier: BSD-2-Clause */
/* linksrc.c -- which link-layer address a UDP/IPv6 datagram came from. */
#include "libpxecommon/os/linksrc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	IP6_LEN = 40,
	OFF_NEXT_HEADER = 6,
	OFF_SOURCE = 8,
	OFF_UDP_DEST = IP6_LEN + 2,
	UPDATE_MAX = 1024 /* frames of one update, so that a flood leaves time for the rest */
};

struct slot {
	unsigned ifindex; /* 0: free */
	struct pxe_ip6 from;
	struct pxe_hwaddr hw;
};

/* One slot per hash: a newcomer replaces whoever was there, who is seen again with its next
 * datagram. */
struct pxe_linksrc {
	int fd;
	struct slot slot[PXE_LINKSRC_SLOTS];
};

/* Incoming UDP to the port, cut after the IPv6 header. A packet socket of type SOCK_DGRAM sees the
 * network header at offset 0. */
static int set_filter(int fd, uint16_t port)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 5, 0),
	    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, OFF_NEXT_HEADER),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 3),
	    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, OFF_UDP_DEST),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, IP6_LEN),
	    BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog prog = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) == 0 ? 0 : -errno;
}

int pxe_linksrc_open(uint16_t port, struct pxe_linksrc **out)
{
	struct pxe_linksrc *ls = calloc(1, sizeof(*ls));
	struct sockaddr_ll sll = {.sll_family = AF_PACKET, .sll_protocol = htons(ETHERTYPE_IPV6)};
	int err = 0;

	if (ls == NULL)
		return -ENOMEM;
	/* Protocol 0 until the filter is in place, or frames would slip in before it. */
	ls->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	err = ls->fd < 0 ? -errno : set_filter(ls->fd, port);
	if (err == 0 && bind(ls->fd, (struct sockaddr *)&sll, sizeof(sll)) != 0)
		err = -errno;
	if (err != 0) {
		pxe_linksrc_close(ls);
		return err;
	}
	*out = ls;
	return 0;
}

void pxe_linksrc_close(struct pxe_linksrc *ls)
{
	if (ls == NULL)
		return;
	if (ls->fd >= 0)
		(void)close(ls->fd);
	free(ls);
}

/* Interface identifiers differ in their last bytes; a stranger who aims for one slot hides but his
 * own link's addresses, which he could forge anyway. */
static size_t slot_of(unsigned ifindex, const struct pxe_ip6 *from)
{
	uint32_t h = ifindex * 2654435761u;

	for (size_t i = 8; i < sizeof(from->b); i++)
		h = (h ^ from->b[i]) * 16777619u;
	return h % PXE_LINKSRC_SLOTS;
}

static void note(struct pxe_linksrc *ls, const struct sockaddr_ll *sll, const uint8_t *head)
{
	struct slot fresh = {.ifindex = (unsigned)sll->sll_ifindex,
	    .hw = {.type = (uint8_t)sll->sll_hatype, .len = sll->sll_halen}};

	if (sll->sll_halen == 0 || sll->sll_halen > sizeof(sll->sll_addr) ||
	    sll->sll_hatype > UINT8_MAX)
		return;
	memcpy(fresh.hw.b, sll->sll_addr, sll->sll_halen);
	memcpy(fresh.from.b, head + OFF_SOURCE, sizeof(fresh.from.b));
	ls->slot[slot_of(fresh.ifindex, &fresh.from)] = fresh;
}

void pxe_linksrc_update(struct pxe_linksrc *ls)
{
	for (int i = 0; i < UPDATE_MAX; i++) {
		uint8_t head[IP6_LEN];
		struct sockaddr_ll sll = {0};
		socklen_t len = sizeof(sll);
		ssize_t n = recvfrom(
		    ls->fd, head, sizeof(head), MSG_DONTWAIT, (struct sockaddr *)&sll, &len);

		if (n < 0)
			return; /* empty, or an interface that went down: both pass */
		if (n == IP6_LEN)
			note(ls, &sll, head);
	}
}

bool pxe_linksrc_get(const struct pxe_linksrc *ls, unsigned ifindex, const struct pxe_ip6 *from,
    struct pxe_hwaddr *out)
{
	const struct slot *slot = &ls->slot[slot_of(ifindex, from)];

	if (slot->ifindex == 0 || slot->ifindex != ifindex ||
	    memcmp(&slot->from, from, sizeof(*from)) != 0)
		return false;
	*out = slot->hw;
	return true;
}
