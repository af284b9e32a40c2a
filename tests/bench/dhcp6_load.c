/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp6_load.c -- many DHCPv6 clients behind one relay address, as fast as the server goes.
 *
 * usage: dhcp6_load server IP6 relay IP6 [seconds 10] [count 0] [window 256] [rate 0] [clients 0]
 *
 * As dhcp_load: an exchange is Solicit, Advertise, Request, Reply of a fresh client, or of one of
 * `clients`; without its Reply within a second it is a drop. A Reply without an address counts as
 * refused. Prints one JSON object. */
#include "tests/bench/load.h"

enum {
	SLOTS = 65536,
	EXPIRE_US = 1000000,
	PACKET = 512,
	RELAY_HEAD = 34,
	SOLICIT = 1,
	ADVERTISE = 2,
	REQUEST = 3,
	REPLY = 7,
	RELAY_FORW = 12,
	RELAY_REPL = 13
};

struct exchange {
	int64_t start_us; /* 0: free */
	uint32_t client;
	uint8_t offered;
};

struct load {
	int fd;
	struct sockaddr_in none;
	uint8_t link[16];
	struct load_batch tx, rx;
	struct exchange slot[SLOTS];
	uint32_t next_slot, next_client, nclients, open;
	uint32_t oldest;
	uint64_t started, done, dropped, refused;
	struct load_times times;
};

static uint8_t *put_option(uint8_t *o, uint16_t code, const void *p, size_t len)
{
	uint16_t head[2] = {htons(code), htons((uint16_t)len)};

	memcpy(o, head, 4);
	memcpy(o + 4, p, len);
	return o + 4 + len;
}

/* Value of the first option with that code in [p, end); NULL: none. */
static const uint8_t *find(const uint8_t *p, const uint8_t *end, uint16_t code, uint16_t *out_len)
{
	while (end - p >= 4) {
		uint16_t c = (uint16_t)(p[0] << 8 | p[1]), len = (uint16_t)(p[2] << 8 | p[3]);

		if (end - p - 4 < len)
			return NULL;
		if (c == code) {
			*out_len = len;
			return p + 4;
		}
		p += 4 + len;
	}
	return NULL;
}

static void put_message(
    struct load *l, uint32_t slot, uint8_t type, const uint8_t *ad, const uint8_t *ad_end)
{
	uint8_t *p = load_put(l->fd, &l->tx, &l->none, PACKET), *m = p + RELAY_HEAD + 4, *o = m;
	uint8_t duid[10] = {0, 3, 0, 1, 2, 0x0b}, ia[12] = {0, 0, 0, 1};
	uint32_t client = htonl(l->slot[slot].client);
	unsigned i = l->tx.n - 1;
	uint16_t len = 0;
	const uint8_t *v = NULL;

	l->tx.msg[i].msg_hdr.msg_name = NULL; /* the socket is connected */
	l->tx.msg[i].msg_hdr.msg_namelen = 0;
	memset(p, 0, RELAY_HEAD);
	p[0] = RELAY_FORW;
	memcpy(p + 2, l->link, 16);
	p[18] = 0xfe, p[19] = 0x80;
	memcpy(p + 30, &client, 4);
	memcpy(duid + 6, &client, 4);
	*o++ = type, *o++ = (uint8_t)(slot >> 16), *o++ = (uint8_t)(slot >> 8),
	*o++ = (uint8_t)slot;
	o = put_option(o, 1, duid, sizeof(duid));
	o = put_option(o, 8, "\0\0", 2);
	o = put_option(o, 6, "\0\x17\0\x18", 4);
	if (type == SOLICIT) {
		o = put_option(o, 3, ia, sizeof(ia));
	} else {
		if ((v = find(ad, ad_end, 2, &len)) != NULL)
			o = put_option(o, 2, v, len);
		if ((v = find(ad, ad_end, 3, &len)) != NULL)
			o = put_option(o, 3, v, len);
	}
	p[RELAY_HEAD] = 0, p[RELAY_HEAD + 1] = 9;
	p[RELAY_HEAD + 2] = (uint8_t)((o - m) >> 8), p[RELAY_HEAD + 3] = (uint8_t)(o - m);
	l->tx.iov[i].iov_len = (size_t)(o - p);
}

static void start(struct load *l)
{
	uint32_t slot = l->next_slot++ % SLOTS;
	struct exchange *x = &l->slot[slot];

	if (x->start_us != 0) {
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
	put_message(l, slot, SOLICIT, NULL, NULL);
}

static bool has_address(const uint8_t *p, const uint8_t *end)
{
	uint16_t len = 0, in = 0;
	const uint8_t *ia = find(p, end, 3, &len);

	return ia != NULL && len > 12 && find(ia + 12, ia + len, 5, &in) != NULL;
}

static void on_reply(struct load *l, const uint8_t *p, size_t len)
{
	uint16_t inner = 0;
	const uint8_t *m = len > RELAY_HEAD && p[0] == RELAY_REPL
			       ? find(p + RELAY_HEAD, p + len, 9, &inner)
			       : NULL;
	struct exchange *x = NULL;
	uint32_t xid = 0;

	if (m == NULL || inner < 4)
		return;
	xid = (uint32_t)m[1] << 16 | (uint32_t)m[2] << 8 | m[3];
	if (xid >= SLOTS || (x = &l->slot[xid])->start_us == 0)
		return;
	if (m[0] == ADVERTISE && !x->offered) {
		x->offered = 1;
		put_message(l, xid, REQUEST, m + 4, m + inner);
	} else if (m[0] == REPLY) {
		bool ok = has_address(m + 4, m + inner);

		l->refused += !ok;
		l->done += ok;
		load_times_add(&l->times, load_now_us() - x->start_us);
		x->start_us = 0;
		l->open--;
	}
}

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

static struct sockaddr_in6 addr6(const char *ip)
{
	struct sockaddr_in6 sin = {.sin6_family = AF_INET6, .sin6_port = htons(547)};

	if (inet_pton(AF_INET6, ip, &sin.sin6_addr) != 1)
		errx(1, "not an IPv6 address: %s", ip);
	return sin;
}

static int open_relay(const struct sockaddr_in6 *self, const struct sockaddr_in6 *server)
{
	int fd = socket(AF_INET6, SOCK_DGRAM, 0), size = 64 << 20;

	if (fd < 0)
		err(1, "socket");
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	if (bind(fd, (const struct sockaddr *)self, sizeof(*self)) != 0)
		err(1, "bind");
	if (connect(fd, (const struct sockaddr *)server, sizeof(*server)) != 0)
		err(1, "connect");
	return fd;
}

int main(int argc, char **argv)
{
	static struct load l;
	struct sockaddr_in6 self = addr6(load_arg(argc, argv, "relay", NULL));
	struct sockaddr_in6 server = addr6(load_arg(argc, argv, "server", NULL));
	double seconds = load_arg_num(argc, argv, "seconds", "10");
	uint32_t window = (uint32_t)load_arg_num(argc, argv, "window", "256");
	double rate = load_arg_num(argc, argv, "rate", "0");
	double count = load_arg_num(argc, argv, "count", "0");
	int64_t begin = 0, end = 0, now = 0;

	l.fd = open_relay(&self, &server);
	memcpy(l.link, &self.sin6_addr, sizeof(l.link));
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
		     "\"dropped\": %llu, \"refused\": %llu, \"p50_us\": %u, \"p99_us\": %u}\n",
	    (double)l.done / seconds, seconds, (unsigned long long)l.done,
	    (unsigned long long)l.started, (unsigned long long)l.dropped,
	    (unsigned long long)l.refused, load_times_at(&l.times, 0.5),
	    load_times_at(&l.times, 0.99));
	return 0;
}
