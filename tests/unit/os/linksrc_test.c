/* SPDX-License-Identifier: BSD-2-Clause */
/* linksrc_test.c -- whose frame a datagram came in. */
#include "libpxecommon/os/linksrc.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "libpxecommon/base/err.h"
#include "os_test.h"

enum { PORT = 547, OTHER_PORT = 546 };

/* A link of two ends; their link-local addresses follow from the hardware addresses (RFC 4291). */
static const struct pxe_ip6 from = {.b = {0xfe, 0x80, [11] = 0xff, 0xfe, [15] = 0x01}};
static const struct pxe_ip6 nobody = {.b = {0xfe, 0x80, [11] = 0xff, 0xfe, [15] = 0x77}};
static const uint8_t from_hw[6] = {0x02, 0, 0, 0, 0, 0x01};

static void make_link(void)
{
	os_test_netns();
	os_test_command("sysctl -qw net.ipv6.conf.default.accept_dad=0");
	os_test_command("ip link add far address 02:00:00:00:00:01 type veth "
			"peer name near address 02:00:00:00:00:02");
	os_test_command("ip link set far addrgenmode none && ip link set near addrgenmode none");
	os_test_command("ip link set far up && ip link set near up");
	os_test_command("ip addr add fe80::ff:fe00:1/64 dev far nodad");
	os_test_command("ip addr add fe80::ff:fe00:2/64 dev near nodad");
}

/* A datagram out of `dev` to everybody there. */
static void send_from(const char *dev, uint16_t port)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6,
	    .sin6_port = htons(port),
	    .sin6_scope_id = if_nametoindex(dev),
	    .sin6_addr = {{{0xff, 0x02, [15] = 0x01}}}};
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
	(void)close(fd);
}

START_TEST(sender_is_known_by_interface_and_address)
{
	struct pxe_linksrc *ls = NULL;
	struct pxe_hwaddr hw = {.len = 99};
	unsigned near = 0;

	SKIP_UNLESS_ROOT();
	make_link();
	near = if_nametoindex("near");
	ck_assert_int_eq(pxe_linksrc_open(PORT, &ls), 0);
	ck_assert(!pxe_linksrc_get(ls, near, &from, &hw));
	send_from("far", PORT);
	ck_assert(!pxe_linksrc_get(ls, near, &from, &hw)); /* not before the update */
	pxe_linksrc_update(ls);
	ck_assert(pxe_linksrc_get(ls, near, &from, &hw));
	ck_assert_uint_eq(hw.type, 1);
	ck_assert_uint_eq(hw.len, 6);
	ck_assert_mem_eq(hw.b, from_hw, 6);
	hw.len = 99;
	ck_assert(!pxe_linksrc_get(ls, near, &nobody, &hw));
	ck_assert(!pxe_linksrc_get(ls, near + 100, &from, &hw));
	ck_assert_uint_eq(hw.len, 99);
	pxe_linksrc_close(ls);
	pxe_linksrc_close(NULL);
}
END_TEST

START_TEST(only_the_port_and_only_what_comes_in)
{
	static const struct pxe_ip6 own = {.b = {0xfe, 0x80, [11] = 0xff, 0xfe, [15] = 0x02}};
	struct pxe_linksrc *ls = NULL;
	struct pxe_hwaddr hw;

	SKIP_UNLESS_ROOT();
	make_link();
	ck_assert_int_eq(pxe_linksrc_open(PORT, &ls), 0);
	send_from("far", OTHER_PORT);
	send_from("near", PORT); /* ours, seen as it leaves; it does come in at the far end */
	pxe_linksrc_update(ls);
	ck_assert(!pxe_linksrc_get(ls, if_nametoindex("near"), &from, &hw));
	ck_assert(!pxe_linksrc_get(ls, if_nametoindex("near"), &own, &hw));
	ck_assert(pxe_linksrc_get(ls, if_nametoindex("far"), &own, &hw));
	pxe_linksrc_close(ls);
}
END_TEST

/* The newest sender has the address: a host whose card was changed. */
START_TEST(the_last_frame_counts)
{
	static const uint8_t changed[6] = {0x02, 0, 0, 0, 0, 0x55};
	struct pxe_linksrc *ls = NULL;
	struct pxe_hwaddr hw;

	SKIP_UNLESS_ROOT();
	make_link();
	ck_assert_int_eq(pxe_linksrc_open(PORT, &ls), 0);
	send_from("far", PORT);
	os_test_command("ip link set far address 02:00:00:00:00:55");
	send_from("far", PORT);
	pxe_linksrc_update(ls);
	ck_assert(pxe_linksrc_get(ls, if_nametoindex("near"), &from, &hw));
	ck_assert_mem_eq(hw.b, changed, 6);
	pxe_linksrc_close(ls);
}
END_TEST

CHECK_MAIN("os/linksrc", sender_is_known_by_interface_and_address,
    only_the_port_and_only_what_comes_in, the_last_frame_counts)
