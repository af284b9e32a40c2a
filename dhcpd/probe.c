/* SPDX-License-Identifier: BSD-2-Clause */
/* probe.c -- ICMP echo requests in flight. */
#include "dhcpd/probe.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libpxecommon/base/buf.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/base/hash.h"
#include "libpxecommon/base/heap.h"
#include "libpxecommon/base/list.h"
#include "libpxecommon/os/log.h"

enum { ECHO_LEN = 64, READ_MAX = 64, IP_HEADER_MIN = 20 };

struct probe {
	struct pxe_hnode by_ip;
	struct pxe_heap_node due;
	struct pxe_ip4 ip;
	bool answered;
};

struct prober {
	uv_loop_t *loop;
	uv_poll_t poll;
	uv_timer_t timer;
	unsigned handles;
	int fd;
	uint16_t id, seq;
	struct pxe_hmap by_ip;
	struct pxe_heap due;
	probe_fn on_done;
	void *arg;
};

static const struct pxe_hash_seed no_seed; /* the keys are ours */

static uint64_t hash_of(struct pxe_ip4 ip)
{
	return pxe_siphash(&no_seed, &ip.v, sizeof(ip.v));
}

static bool eq_ip(const struct pxe_hnode *n, const void *key)
{
	return PXE_CONTAINER(n, struct probe, by_ip)->ip.v == ((const struct pxe_ip4 *)key)->v;
}

static struct probe *find(struct prober *p, struct pxe_ip4 ip)
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
	struct pxe_ip4 ip = pr->ip;

	end(p, pr);
	p->on_done(p->arg, ip, answered);
}

static void arm(struct prober *p);

static void on_timer(uv_timer_t *timer)
{
	struct prober *p = timer->data;
	int64_t now_ms = (int64_t)(uv_hrtime() / 1000000);
	struct pxe_heap_node *n = NULL;

	while ((n = pxe_heap_min(&p->due)) != NULL && n->key <= now_ms)
		finish(p, PXE_CONTAINER(n, struct probe, due), false);
	arm(p);
}

static void arm(struct prober *p)
{
	struct pxe_heap_node *n = pxe_heap_min(&p->due);
	int64_t now_ms = (int64_t)(uv_hrtime() / 1000000);

	if (n == NULL)
		uv_timer_stop(&p->timer);
	else
		uv_timer_start(
		    &p->timer, on_timer, n->key > now_ms ? (uint64_t)(n->key - now_ms) : 0, 0);
}

static uint16_t checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static int send_echo(struct prober *p, const struct fx_probe *probe)
{
	uint8_t icmp[ECHO_LEN] = {0};
	struct pxe_wr wr = pxe_wr_init(icmp, sizeof(icmp));
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(probe->ip.v)};
	uint16_t sum = 0;

	pxe_wr_u8(&wr, ICMP_ECHO);
	pxe_wr_u8(&wr, 0);
	pxe_wr_u16(&wr, 0);
	pxe_wr_u16(&wr, p->id);
	pxe_wr_u16(&wr, p->seq++);
	sum = checksum(icmp, sizeof(icmp));
	icmp[2] = (uint8_t)(sum >> 8);
	icmp[3] = (uint8_t)sum;
	if (sendto(p->fd, icmp, sizeof(icmp), MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to)) < 0)
		return -errno;
	return 0;
}

int probe_start(struct prober *p, const struct fx_probe *probe)
{
	struct probe *pr = NULL;
	int64_t due = (int64_t)(uv_hrtime() / 1000000) + probe->timeout_ms;

	if (find(p, probe->ip) != NULL)
		return 0;
	if (p->by_ip.count >= PROBES_MAX)
		return PXE_E_LIMIT;
	pr = calloc(1, sizeof(*pr));
	if (pr == NULL)
		return -ENOMEM;
	pr->ip = probe->ip;
	pxe_heap_node_init(&pr->due);
	if (pxe_hmap_insert(&p->by_ip, hash_of(pr->ip), &pr->by_ip) != 0) {
		free(pr);
		return -ENOMEM;
	}
	if (pxe_heap_set(&p->due, &pr->due, due) != 0) {
		end(p, pr);
		return -ENOMEM;
	}
	/* no route, no neighbour: nobody answers, which is what the timer will say */
	(void)send_echo(p, probe);
	arm(p);
	return 0;
}

static void read_one(struct prober *p, const uint8_t *pkt, size_t len, struct pxe_ip4 from)
{
	struct pxe_rd rd = pxe_rd_init(pkt, len);
	size_t header = (pxe_rd_u8(&rd) & 0x0fu) * 4u;
	struct probe *pr = NULL;
	uint8_t type = 0;
	uint16_t id = 0;

	if (rd.err != 0 || header < IP_HEADER_MIN)
		return;
	pxe_rd_skip(&rd, header - 1);
	type = pxe_rd_u8(&rd);
	pxe_rd_skip(&rd, 3);
	id = pxe_rd_u16(&rd);
	if (rd.err != 0 || type != ICMP_ECHOREPLY || id != p->id)
		return;
	pr = find(p, from);
	if (pr != NULL)
		finish(p, pr, true);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct prober *p = poll->data;
	uint8_t pkt[1500];

	(void)events;
	if (status < 0)
		return;
	for (unsigned i = 0; i < READ_MAX; i++) {
		struct sockaddr_in from = {0};
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(
		    p->fd, pkt, sizeof(pkt), MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);

		if (n < 0)
			break;
		read_one(p, pkt, (size_t)n, (struct pxe_ip4){.v = ntohl(from.sin_addr.s_addr)});
	}
	arm(p);
}

/* Only echo replies: a raw socket sees every ICMP message of the machine. */
static void filter(int fd)
{
	struct {
		uint32_t data;
	} f = {.data = ~(1u << ICMP_ECHOREPLY)};

	(void)setsockopt(fd, SOL_RAW, 1 /* ICMP_FILTER */, &f, sizeof(f));
}

int prober_open(uv_loop_t *loop, probe_fn on_done, void *arg, struct prober **out)
{
	struct prober *p = calloc(1, sizeof(*p));
	int on = 1, err = 0;

	if (p == NULL)
		return -ENOMEM;
	p->fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP);
	if (p->fd < 0) {
		err = -errno;
		free(p);
		return err;
	}
	filter(p->fd);
	(void)setsockopt(p->fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	p->loop = loop;
	p->id = (uint16_t)getpid();
	p->on_done = on_done;
	p->arg = arg;
	pxe_hmap_init(&p->by_ip);
	pxe_heap_init(&p->due);
	err = uv_poll_init(loop, &p->poll, p->fd);
	if (err != 0) {
		(void)close(p->fd);
		free(p);
		return err;
	}
	(void)uv_timer_init(loop, &p->timer);
	p->poll.data = p->timer.data = p;
	p->handles = 2;
	err = uv_poll_start(&p->poll, UV_READABLE, on_readable);
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
	(void)close(p->fd);
	free(p);
}

void prober_close(struct prober *p)
{
	struct pxe_heap_node *n = NULL;

	if (p == NULL)
		return;
	while ((n = pxe_heap_min(&p->due)) != NULL)
		end(p, PXE_CONTAINER(n, struct probe, due));
	uv_close((uv_handle_t *)&p->poll, on_closed);
	uv_close((uv_handle_t *)&p->timer, on_closed);
}

size_t probe_count(const struct prober *p)
{
	return p->by_ip.count;
}
