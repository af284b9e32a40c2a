/* SPDX-License-Identifier: BSD-2-Clause */
/* link_test.c -- frames as they are built, and as another interface receives them. */
#include "libpxecommon/os/link.h"

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "libpxecommon/base/err.h"
#include "os_test.h"

static struct pxe_link_dgram dgram(const void *data, size_t len)
{
	return (struct pxe_link_dgram){.from_ip = {0xc0000201},
	    .to_ip = {0xc0000264},
	    .from_port = 67,
	    .to_port = 68,
	    .data = data,
	    .len = len};
}

/* 192.0.2.1:67 to 192.0.2.100:68 with "pxe": checksums from an independent program. */
START_TEST(headers_are_exact)
{
	static const uint8_t want[] = {0x45, 0x10, 0x00, 0x1f, 0x00, 0x00, 0x00, 0x00, 0x80, 0x11,
	    0xb6, 0x58, 0xc0, 0x00, 0x02, 0x01, 0xc0, 0x00, 0x02, 0x64, 0x00, 0x43, 0x00, 0x44,
	    0x00, 0x0b, 0xa5, 0x72, 'p', 'x', 'e'};
	struct pxe_link_dgram dg = dgram("pxe", 3);
	uint8_t out[64];

	ck_assert_int_eq(pxe_link_build(&dg, out, sizeof(out)), (int)sizeof(want));
	ck_assert_mem_eq(out, want, sizeof(want));
}
END_TEST

/* The sum over a packet with its checksum in place is all ones. */
static uint16_t sum_of(const uint8_t *p, size_t len, uint32_t acc)
{
	for (size_t i = 0; i < len; i++)
		acc += (i % 2 == 0) ? (uint32_t)p[i] << 8 : p[i];
	while (acc >> 16 != 0)
		acc = (acc & 0xffff) + (acc >> 16);
	return (uint16_t)acc;
}

START_TEST(checksums_hold_for_every_length)
{
	static uint8_t data[600], out[700];
	uint64_t seed = 1;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)test_random(&seed);
	for (size_t len = 0; len <= sizeof(data); len++) {
		struct pxe_link_dgram dg = dgram(data, len);
		int n = pxe_link_build(&dg, out, sizeof(out));
		uint32_t pseudo = 17 + 8 + (uint32_t)len;

		MUST(n == (int)len + 28, "length %zu", len);
		MUST(sum_of(out, 20, 0) == 0xffff, "IP checksum, length %zu", len);
		pseudo += sum_of(out + 12, 8, 0);
		MUST(sum_of(out + 20, 8 + len, pseudo) == 0xffff, "UDP checksum, length %zu", len);
		MUST(out[26] != 0 || out[27] != 0, "no UDP checksum, length %zu", len);
	}
}
END_TEST

/* RFC 768: a checksum that comes out as 0 is sent as all ones, for 0 means "none". */
START_TEST(zero_checksum_is_not_sent)
{
	uint8_t data[2] = {0, 0}, out[64];
	struct pxe_link_dgram dg = dgram(data, sizeof(data));
	uint16_t check = 0;

	ck_assert_int_eq(pxe_link_build(&dg, out, sizeof(out)), 30);
	check = (uint16_t)(out[26] << 8 | out[27]);
	data[0] = (uint8_t)(check >> 8); /* makes the sum come out as all ones, its negation 0 */
	data[1] = (uint8_t)check;
	ck_assert_int_eq(pxe_link_build(&dg, out, sizeof(out)), 30);
	ck_assert_uint_eq(out[26], 0xff);
	ck_assert_uint_eq(out[27], 0xff);
}
END_TEST

START_TEST(too_large_is_refused)
{
	static uint8_t data[65536], out[70000];
	struct pxe_link_dgram dg = dgram(data, 65536 - 28);

	ck_assert_int_eq(pxe_link_build(&dg, out, sizeof(out)), PXE_E_TOOBIG);
	dg.len--;
	ck_assert_int_eq(pxe_link_build(&dg, out, sizeof(out)), 65535);
	ck_assert_int_eq(pxe_link_build(&dg, out, 65534), PXE_E_TOOBIG);
}
END_TEST

static int listen_on(const char *name)
{
	struct sockaddr_ll ll = {.sll_family = AF_PACKET,
	    .sll_protocol = htons(ETHERTYPE_IP),
	    .sll_ifindex = (int)if_nametoindex(name)};
	struct timeval limit = {.tv_sec = 5};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETHERTYPE_IP));

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&ll, sizeof(ll)), 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fd;
}

START_TEST(frames_arrive_at_the_other_end)
{
	static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	static const uint8_t here[6] = {2, 0, 0, 0, 0, 1}, there[6] = {2, 0, 0, 0, 0, 2};
	static char payload[2000];
	struct pxe_link_sock *sock = NULL;
	struct pxe_link_dgram dg[40];
	uint8_t frame[2048], want[2048];
	int fd = -1, n = 0, len = 0;

	SKIP_UNLESS_ROOT();
	os_test_netns();
	os_test_command("ip link add here address 02:00:00:00:00:01 type veth "
			"peer name there address 02:00:00:00:00:02");
	os_test_command("ip link set here up && ip link set there up");
	fd = listen_on("there");
	ck_assert_int_eq(pxe_link_open(&sock), 0);
	for (size_t i = 0; i < ROWS(dg); i++) {
		dg[i] = dgram(payload, i);
		dg[i].ifindex = if_nametoindex("here");
		dg[i].to_hw = (struct pxe_hwaddr){.type = 1, .len = 6};
		memcpy(dg[i].to_hw.b, there, 6);
	}
	dg[1].to_hw.len = 0;
	ck_assert_int_eq(pxe_link_send(sock, dg, ROWS(dg)), (int)ROWS(dg));
	for (size_t i = 0; i < ROWS(dg); i++) {
		n = (int)recv(fd, frame, sizeof(frame), 0);
		len = pxe_link_build(&dg[i], want, sizeof(want));
		ck_assert_int_eq(n, 14 + len);
		ck_assert_mem_eq(frame, i == 1 ? broadcast : there, 6);
		ck_assert_mem_eq(frame + 6, here, 6);
		ck_assert_mem_eq(frame + 14, want, (size_t)len);
	}
	/* The first refused stops; what went before counts. */
	dg[3].ifindex = 9999;
	ck_assert_int_eq(pxe_link_send(sock, dg, ROWS(dg)), 3);
	ck_assert_int_eq(pxe_link_send(sock, dg + 3, 1), -ENXIO);
	dg[0].len = sizeof(payload);
	ck_assert_int_eq(pxe_link_send(sock, dg, 1), -EMSGSIZE);
	pxe_link_close(sock);
	pxe_link_close(NULL);
	(void)close(fd);
}
END_TEST

CHECK_MAIN("os/link", headers_are_exact, checksums_hold_for_every_length, zero_checksum_is_not_sent,
    too_large_is_refused, frames_arrive_at_the_other_end)
