/* SPDX-License-Identifier: BSD-2-Clause */
/* relay_load.c -- both ends of a relay: clients that ask, or the server that answers.
 *
 * usage: relay_load role client local IP broadcast IP [seconds 10] [window 64] [burst 0]
 *        relay_load role server local IP
 *
 * The client keeps `window` requests open through the relay and counts the answers; with `burst`
 * it sends that many at once and counts what comes back. The server turns each request into an
 * answer to giaddr with the broadcast flag as it was. The client prints one JSON object; the
 * server runs until it is killed. */
#include "tests/bench/load.h"

enum { PACKET = 300, EXPIRE_US = 500000 };

static void run_server(const char *local)
{
	static struct load_batch rx, tx;
	int fd = load_udp(local, 67);

	load_batch_init(&rx);
	load_batch_init(&tx);
	for (;;) {
		unsigned n = load_recv(fd, &rx, MSG_WAITFORONE);

		for (unsigned i = 0; i < n; i++) {
			size_t len = rx.msg[i].msg_len;
			struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(67)};
			uint8_t *p = NULL, *type = NULL;

			if (len < LOAD_DHCP_OPTS || rx.data[i][0] != 1)
				continue;
			memcpy(&to.sin_addr, rx.data[i] + 24, 4);
			p = load_put(fd, &tx, &to, len);
			memcpy(p, rx.data[i], len);
			p[0] = 2;
			memcpy(p + 16, "\xc6\x33\x64\x65", 4); /* yiaddr 198.51.100.101 */
			type = (uint8_t *)(uintptr_t)load_dhcp_opt(p, len, 53, NULL);
			if (type != NULL)
				*type = 2;
		}
		load_send(fd, &tx);
	}
}

static void put_discover(int fd, struct load_batch *tx, const struct sockaddr_in *to, uint32_t xid)
{
	uint8_t *p = load_put(fd, tx, to, PACKET);
	uint32_t be = htonl(xid);

	memset(p, 0, PACKET);
	p[0] = 1, p[1] = 1, p[2] = 6;
	memcpy(p + 4, &be, 4);
	p[10] = 0x80; /* broadcast: no link-layer entry is needed for us */
	p[28] = 0x02, p[29] = 0x0b;
	memcpy(p + 30, &be, 4);
	memcpy(p + 236, "\x63\x82\x53\x63\x35\x01\x01\x37\x04\x01\x03\x06\x0f\xff", 14);
}

static int run_client(int argc, char **argv)
{
	static struct load_batch rx, tx;
	static struct load_times times;
	static int64_t sent_us[65536];
	int fd = load_udp("0.0.0.0", 68);
	struct sockaddr_in to = load_addr(load_arg(argc, argv, "broadcast", NULL), 67);
	double seconds = load_arg_num(argc, argv, "seconds", "10");
	uint32_t window = (uint32_t)load_arg_num(argc, argv, "window", "64");
	uint32_t burst = (uint32_t)load_arg_num(argc, argv, "burst", "0");
	uint32_t next = 0, open = 0, oldest = 0;
	uint64_t sent = 0, back = 0, dropped = 0;
	int64_t begin = load_now_us(), end = begin + (int64_t)(seconds * 1e6), now = 0;

	load_batch_init(&rx);
	load_batch_init(&tx);
	while ((now = load_now_us()) < end) {
		unsigned n = 0;

		while (burst != 0 ? sent < burst : open < window) {
			sent_us[next & 0xffff] = now;
			put_discover(fd, &tx, &to, next++);
			open++;
			sent++;
		}
		load_send(fd, &tx);
		n = load_recv(fd, &rx, MSG_DONTWAIT);
		for (unsigned i = 0; i < n; i++) {
			uint32_t xid = 0;

			if (rx.msg[i].msg_len < LOAD_DHCP_OPTS || rx.data[i][0] != 2)
				continue;
			memcpy(&xid, rx.data[i] + 4, 4);
			xid = ntohl(xid) & 0xffff;
			if (sent_us[xid] == 0)
				continue;
			load_times_add(&times, now - sent_us[xid]);
			sent_us[xid] = 0;
			back++;
			open--;
		}
		for (; burst == 0 && oldest != next; oldest++) {
			int64_t *at = &sent_us[oldest & 0xffff];

			if (*at != 0 && now - *at < EXPIRE_US)
				break;
			if (*at != 0) {
				*at = 0;
				dropped++;
				open--;
			}
		}
		if (burst != 0 && back == burst)
			break;
		if (n == 0)
			(void)usleep(20);
	}
	(void)printf("{\"per_s\": %.0f, \"sent\": %llu, \"back\": %llu, \"dropped\": %llu, "
		     "\"p50_us\": %u, \"p99_us\": %u}\n",
	    (double)back * 1e6 / (double)(load_now_us() - begin), (unsigned long long)sent,
	    (unsigned long long)back, (unsigned long long)(burst != 0 ? burst - back : dropped),
	    load_times_at(&times, 0.5), load_times_at(&times, 0.99));
	return 0;
}

int main(int argc, char **argv)
{
	if (strcmp(load_arg(argc, argv, "role", NULL), "server") == 0)
		run_server(load_arg(argc, argv, "local", NULL));
	return run_client(argc, argv);
}
