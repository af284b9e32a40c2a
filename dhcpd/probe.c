/* SPDX-License-Identifier: BSD-2-Clause */
/* probe.c -- probes in flight: sockets, time, who answered. */
#include "dhcpd/probe.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dhcpd/core/probe_wire.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/base/hash.h"
#include "libpxecommon/base/heap.h"
#include "libpxecommon/base/list.h"

enum { READS_PER_WAKE = 256, PACKET_MAX = 1500, ICMP_FILTER_OPTION = 1 };

struct probe {
	struct pxe_hnode by_ip;
	struct pxe_heap_node due;
	struct fx_probe what;
	bool is_arp, again; /* again: the second ARP probe is still to be sent */
	int64_t end_ms;
};

struct prober {
	uv_poll_t icmp, arp;
	uv_timer_t timer;
	unsigned handles;
	int icmp_fd, arp_fd;
	uint16_t id, seq;
	struct pxe_hmap by_ip;
	struct pxe_heap due;
	probe_fn on_done;
	void *arg;
};

static const struct pxe_hash_seed no_seed; /* the keys are our own choice */

static int64_t now_ms(void)
{
	return (int64_t)(uv_hrtime() / 1000000);
}

static uint64_t hash_of(struct pxe_ip4 ip)
{
	return pxe_siphash(&no_seed, &ip.v, sizeof(ip.v));
}

static bool eq_ip(const struct pxe_hnode *n, const void *key)
{
	return PXE_CONTAINER(n, struct probe, by_ip)->what.ip.v == ((const struct pxe_ip4 *)key)->v;
}

static struct probe *find(const struct prober *p, struct pxe_ip4 ip)
{
	struct pxe_hnode *n = pxe_hmap_find(&p->by_ip, hash_of(ip), eq_ip, &ip);

	return n != NULL ? PXE_CONTAINER(n, struct probe, by_ip) : NULL;
}

static void end(struct prober *p, struct probe *pr)
{
	pxe_hmap_remove(&p->by_ip, &pr->by_ip);
	pxe_heap_remove(&p->due, &pr->due);
	free(pr);
}

static void finish(struct prober *p, struct probe *pr, bool answered)
{
	struct pxe_ip4 ip = pr->what.ip;

	end(p, pr);
	p->on_done(p->arg, ip, answered);
}

/* ---- sending ---- */

static void send_echo(struct prober *p, const struct fx_probe *what)
{
	uint8_t icmp[PROBE_ECHO_LEN];
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(what->ip.v)};

	probe_put_echo(icmp, p->id, p->seq++);
	(void)sendto(
	    p->icmp_fd, icmp, sizeof(icmp), MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to));
}

static bool send_arp(struct prober *p, const struct fx_probe *what)
{
	uint8_t arp[PROBE_ARP_LEN];
	struct sockaddr_ll to = {.sll_family = AF_PACKET,
	    .sll_protocol = htons(ETH_P_ARP),
	    .sll_ifindex = (int)what->ifindex,
	    .sll_halen = ETH_ALEN};

	memset(to.sll_addr, 0xff, ETH_ALEN);
	probe_put_arp(arp, &what->our_hw, what->ip);
	return sendto(p->arp_fd, arp, sizeof(arp), MSG_DONTWAIT, (struct sockaddr *)&to,
		   sizeof(to)) == (ssize_t)sizeof(arp);
}

/* ---- time ---- */

static void on_timer(uv_timer_t *timer);

static void arm(struct prober *p)
{
	struct pxe_heap_node *n = pxe_heap_min(&p->due);
	int64_t now = now_ms();

	if (n == NULL)
		(void)uv_timer_stop(&p->timer);
	else
		(void)uv_timer_start(
		    &p->timer, on_timer, n->key > now ? (uint64_t)(n->key - now) : 0, 0);
}

static void on_timer(uv_timer_t *timer)
{
	struct prober *p = timer->data;
	int64_t now = now_ms();
	struct pxe_heap_node *n = NULL;

	while ((n = pxe_heap_min(&p->due)) != NULL && n->key <= now) {
		struct probe *pr = PXE_CONTAINER(n, struct probe, due);

		if (!pr->again || now >= pr->end_ms) {
			finish(p, pr, false);
			continue;
		}
		pr->again = false;
		(void)send_arp(p, &pr->what);
		(void)pxe_heap_set(&p->due, &pr->due, pr->end_ms);
	}
	arm(p);
}

/* ---- starting ---- */

static void ask(struct prober *p, struct probe *pr)
{
	pr->is_arp = p->arp_fd >= 0 && pr->what.on_link && send_arp(p, &pr->what);
	if (pr->is_arp) {
		pr->again = true;
		pr->end_ms = now_ms() + PROBE_ARP_MS;
		return;
	}
	/* no route, no neighbour: nobody answers, which is what the timer will say */
	send_echo(p, &pr->what);
	pr->end_ms = now_ms() + pr->what.timeout_ms;
}

int probe_start(struct prober *p, const struct fx_probe *what)
{
	struct probe *pr = NULL;

	if (find(p, what->ip) != NULL)
		return 0;
	if (p->by_ip.count >= PROBES_MAX)
		return PXE_E_LIMIT;
	pr = calloc(1, sizeof(*pr));
	if (pr == NULL)
		return -ENOMEM;
	pr->what = *what;
	pxe_heap_node_init(&pr->due);
	if (pxe_hmap_insert(&p->by_ip, hash_of(what->ip), &pr->by_ip) != 0) {
		free(pr);
		return -ENOMEM;
	}
	ask(p, pr);
	if (pxe_heap_set(
		&p->due, &pr->due, pr->again ? now_ms() + PROBE_ARP_AGAIN_MS : pr->end_ms) != 0) {
		end(p, pr);
		return -ENOMEM;
	}
	arm(p);
	return 0;
}

/* ---- answers ---- */

static void on_icmp(uv_poll_t *poll, int status, int events)
{
	struct prober *p = poll->data;
	uint8_t pkt[PACKET_MAX];

	(void)events;
	for (unsigned i = 0; status == 0 && i < READS_PER_WAKE; i++) {
		struct sockaddr_in from = {0};
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(p->icmp_fd, pkt, sizeof(pkt), MSG_DONTWAIT,
		    (struct sockaddr *)&from, &from_len);
		struct probe *pr = NULL;

		if (n < 0)
			break;
		pr = find(p, (struct pxe_ip4){.v = ntohl(from.sin_addr.s_addr)});
		if (pr != NULL && probe_is_echo_reply(pkt, (size_t)n, p->id))
			finish(p, pr, true);
	}
	arm(p);
}

static void on_arp(uv_poll_t *poll, int status, int events)
{
	struct prober *p = poll->data;
	uint8_t pkt[PACKET_MAX];

	(void)events;
	for (unsigned i = 0; status == 0 && i < READS_PER_WAKE; i++) {
		struct sockaddr_ll from = {0};
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(
		    p->arp_fd, pkt, sizeof(pkt), MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);
		struct pxe_hwaddr hw;
		struct pxe_ip4 ip;
		struct probe *pr = NULL;

		if (n < 0)
			break;
		if (!probe_arp_sender(pkt, (size_t)n, &hw, &ip))
			continue;
		pr = find(p, ip);
		if (pr != NULL && pr->is_arp && (unsigned)from.sll_ifindex == pr->what.ifindex &&
		    !pxe_hwaddr_eq(&hw, &pr->what.client_hw))
			finish(p, pr, true);
	}
	arm(p);
}

/* ---- open and close ---- */

static int open_icmp(void)
{
	const uint32_t only_echo_reply = ~1u; /* a bit set is a type not passed */
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP);

	if (fd < 0)
		return -errno;
	(void)setsockopt(
	    fd, SOL_RAW, ICMP_FILTER_OPTION, &only_echo_reply, sizeof(only_echo_reply));
	return fd;
}

static int open_arp(void)
{
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ARP));

	return fd < 0 ? -errno : fd;
}

static int watch(struct prober *p, uv_loop_t *loop, uv_poll_t *poll, int fd, uv_poll_cb cb)
{
	int err = uv_poll_init(loop, poll, fd);

	if (err != 0)
		return err;
	poll->data = p;
	p->handles++;
	return uv_poll_start(poll, UV_READABLE, cb);
}

int prober_open(uv_loop_t *loop, probe_fn on_done, void *arg, struct prober **out)
{
	struct prober *p = calloc(1, sizeof(*p));
	int err = 0;

	if (p == NULL)
		return -ENOMEM;
	p->id = (uint16_t)getpid();
	p->on_done = on_done;
	p->arg = arg;
	pxe_hmap_init(&p->by_ip);
	pxe_heap_init(&p->due);
	(void)uv_timer_init(loop, &p->timer);
	p->timer.data = p;
	p->handles = 1;
	p->arp_fd = open_arp(); /* without it there is still ICMP */
	p->icmp_fd = open_icmp();
	err = p->icmp_fd < 0 ? p->icmp_fd : watch(p, loop, &p->icmp, p->icmp_fd, on_icmp);
	if (err == 0 && p->arp_fd >= 0)
		err = watch(p, loop, &p->arp, p->arp_fd, on_arp);
	if (err != 0) {
		prober_close(p);
		return err;
	}
	*out = p;
	return 0;
}

static void on_closed(uv_handle_t *h)
{
	struct prober *p = h->data;

	if (--p->handles > 0)
		return;
	pxe_hmap_fini(&p->by_ip);
	pxe_heap_fini(&p->due);
	if (p->icmp_fd >= 0)
		(void)close(p->icmp_fd);
	if (p->arp_fd >= 0)
		(void)close(p->arp_fd);
	free(p);
}

void prober_close(struct prober *p)
{
	struct pxe_heap_node *n = NULL;

	if (p == NULL)
		return;
	while ((n = pxe_heap_min(&p->due)) != NULL)
		end(p, PXE_CONTAINER(n, struct probe, due));
	if (p->icmp.data != NULL)
		uv_close((uv_handle_t *)&p->icmp, on_closed);
	if (p->arp.data != NULL)
		uv_close((uv_handle_t *)&p->arp, on_closed);
	uv_close((uv_handle_t *)&p->timer, on_closed);
}

size_t probe_count(const struct prober *p)
{
	return p->by_ip.count;
}
