/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_load.c -- many DHCPv4 clients behind one relay address, as fast as the server goes.
 *
 * usage: dhcp_load server IP giaddr IP [seconds 10] [count 0] [window 256] [rate 0]
 *                  [clients 0]
 *
 * With rate 0 keeps `window` exchanges (DISCOVER to ACK) open; else starts `rate` a second. Each
 * exchange is a fresh client, or one of `clients`. Ends after `count` exchanges if that is not 0.
 * An exchange without its ACK within a second is a drop. Prints one JSON object. perfdhcp ends at
 * about 11 000 exchanges a second on two cores; this one costs about 6 us an exchange. */
#include "tests/bench/load.h"

enum { SLOTS = 65536, EXPIRE_US = 1000000, PACKET = 300 };

struct exchange {
	int64_t start_us; /* 0: free */
	uint32_t client;
	uint8_t offered;
};

struct load {
	int fd;
	struct sockaddr_in server, self;
	struct load_batch tx, rx;
	struct exchange slot[SLOTS];
	uint32_t next_slot, next_client, nclients, open;
	uint32_t oldest; /* slot from which drops are looked for */
	uint64_t started, done, dropped, naks;
	struct load_times times;
};

static void put_request(struct load *l, uint32_t slot, uint8_t type, const uint8_t *offer)
{
	uint8_t *p = load_put(l->fd, &l->tx, &l->server, PACKET);
	uint32_t xid = htonl(slot), client = l->slot[slot].client;
	uint8_t *o = p + LOAD_DHCP_OPTS;

	memset(p, 0, PACKET);
	p[0] = 1, p[1] = 1, p[2] = 6, p[3] = 1; /* a relay counted one hop */
	memcpy(p + 4, &xid, 4);
	memcpy(p + 24, &l->self.sin_addr, 4);
	p[28] = 0x02, p[29] = 0x0b;
	memcpy(p + 30, &client, 4);
	memcpy(p + 236, "\x63\x82\x53\x63", 4);
	*o++ = 53, *o++ = 1, *o++ = type;
	if (offer != NULL) {
		const uint8_t *id = load_dhcp_opt(offer, LOAD_DGRAM, 54, NULL);

		*o++ = 50, *o++ = 4;
		memcpy(o, offer + 16, 4);
		o += 4;
		if (id != NULL) {
			*o++ = 54, *o++ = 4;
			memcpy(o, id, 4);
			o += 4;
		}
	}
	*o++ = 55, *o++ = 4, *o++ = 1, *o++ = 3, *o++ = 6, *o++ = 15;
	*o++ = 255;
}

static void start(struct load *l)
{
	uint32_t slot = l->next_slot++ % SLOTS;
	struct exchange *x = &l->slot[slot];

	if (x->start_us != 0) { /* a full round of slots ago: lost */
		l->dropped++;
		l->open--;
	}
	x->start_us = load_now_us();
	x->client = l->next_client++;
	if (l->nclients != 0)
		x->client %= l->nclients;
	x->offered = 0;
	l->started++;
	l->open++;
	put_request(l, slot, 1, NULL);
}

static void on_reply(struct load *l, const uint8_t *p, size_t len)
{
	uint32_t xid = 0;
	struct exchange *x = NULL;
	uint8_t type = load_dhcp_type(p, len);

	memcpy(&xid, p + 4, 4);
	xid = ntohl(xid);
	if (len < LOAD_DHCP_OPTS || xid >= SLOTS || (x = &l->slot[xid])->start_us == 0 ||
	    memcmp(p + 30, &x->client, 4) != 0)
		return;
	if (type == 2 && !x->offered) {
		x->offered = 1;
		put_request(l, xid, 3, p);
	} else if (type == 5 || type == 6) {
		l->naks += type == 6;
		l->done += type == 5;
		load_times_add(&l->times, load_now_us() - x->start_us);
		x->start_us = 0;
		l->open--;
	}
}

/* Slots are used in order of time, so the lost ones are found by walking behind. */
static void expire(struct load *l, int64_t now)
{
	while (l->oldest != l->next_slot) {
		struct exchange *x = &l->slot[l->oldest % SLOTS];

		if (x->start_us != 0 && now - x->start_us < EXPIRE_US)
			break;
		if (x->start_us != 0) {
			x->start_us = 0;
			l->dropped++;
			l->open--;
		}
		l->oldest++;
	}
}

int main(int argc, char **argv)
{
	static struct load l;
	const char *giaddr = load_arg(argc, argv, "giaddr", NULL);
	double seconds = load_arg_num(argc, argv, "seconds", "10");
	uint32_t window = (uint32_t)load_arg_num(argc, argv, "window", "256");
	double rate = load_arg_num(argc, argv, "rate", "0");
	double count = load_arg_num(argc, argv, "count", "0");
	int64_t begin = 0, end = 0, now = 0;

	l.fd = load_udp(giaddr, 67);
	l.self = load_addr(giaddr, 67);
	l.server = load_addr(load_arg(argc, argv, "server", NULL), 67);
	l.nclients = (uint32_t)load_arg_num(argc, argv, "clients", "0");
	load_batch_init(&l.tx);
	load_batch_init(&l.rx);
	begin = load_now_us();
	end = begin + (int64_t)(seconds * 1e6);
	while ((now = load_now_us()) < end && (count <= 0 || (double)l.done < count)) {
		unsigned n = 0;
		double due = rate > 0 ? (double)(now - begin) / 1e6 * rate : 0;

		while (rate > 0 ? (double)l.started < due : l.open < window) {
			start(&l);
			if (l.tx.n == LOAD_BATCH)
				break;
		}
		load_send(l.fd, &l.tx);
		n = load_recv(l.fd, &l.rx, MSG_DONTWAIT);
		for (unsigned i = 0; i < n; i++)
			on_reply(&l, l.rx.data[i], l.rx.msg[i].msg_len);
		if (n == 0)
			(void)usleep(20);
		load_send(l.fd, &l.tx);
		expire(&l, now);
	}
	seconds = (double)(load_now_us() - begin) / 1e6;
	(void)printf("{\"per_s\": %.0f, \"seconds\": %.3f, \"done\": %llu, \"started\": %llu, "
		     "\"dropped\": %llu, "
		     "\"naks\": %llu, \"p50_us\": %u, \"p99_us\": %u}\n",
	    (double)l.done / seconds, seconds, (unsigned long long)l.done,
	    (unsigned long long)l.started, (unsigned long long)l.dropped,
	    (unsigned long long)l.naks, load_times_at(&l.times, 0.5),
	    load_times_at(&l.times, 0.99));
	return 0;
}
