/* SPDX-License-Identifier: BSD-2-Clause */
/* iface_test.c -- interfaces that come, change and go in a namespace of the test's own. */
#include "libpxecommon/os/iface.h"

#include <sys/socket.h>

#include "os_test.h"

/* The kind of interface that every kernel which boots virtual machines can make. */
#define TAP(name) "ip tuntap add " name " mode tap"

/* What the callback was told, in order: "new d0, changed d0, gone d0". */
static char story[4096];
static unsigned told;

static void on_change(enum pxe_iface_change change, const struct pxe_iface *iface, void *arg)
{
	static const char *const names[] = {"new", "changed", "gone"};
	size_t len = strlen(story);

	(void)arg;
	told++;
	(void)snprintf(story + len, sizeof(story) - len, "%s%s %s", len > 0 ? ", " : "",
	    names[change], iface->name);
}

static bool was_told(void *arg)
{
	return strstr(story, arg) != NULL;
}

static void expect(uv_loop_t *loop, const char *what)
{
	MUST(os_test_run(loop, was_told, (void *)(uintptr_t)what, 5000), "\"%s\" not in \"%s\"",
	    what, story);
	story[0] = '\0';
}

static const char *ip4_of(const struct pxe_ifaces *ifs, const char *name)
{
	static char text[PXE_IP_STRLEN];
	const struct pxe_iface *ifc = pxe_iface_by_name(ifs, name);
	struct pxe_ip ip;

	ck_assert_ptr_nonnull(ifc);
	ip = pxe_iface_ip4(ifc);
	return pxe_ip_str(&ip, text);
}

static struct pxe_ip ip(const char *text)
{
	struct pxe_ip out;

	ck_assert_int_eq(pxe_ip_parse(text, &out), 0);
	return out;
}

START_TEST(first_look_shows_all)
{
	struct pxe_ifaces *ifs = NULL;
	const struct pxe_iface *ifc = NULL;
	char names[256], mac[PXE_HWADDR_STRLEN], prefix[PXE_PREFIX_STRLEN];
	struct pxe_ip addr;

	SKIP_UNLESS_ROOT();
	os_test_netns();
	os_test_command(TAP("d0") " && ip link set d0 address 02:00:00:00:00:01 mtu 1400");
	os_test_command(TAP("d1"));
	os_test_command("ip addr add 192.0.2.1/24 dev d0 && ip addr add 192.0.2.2/24 dev d0 && "
			"ip addr add 198.51.100.1/25 dev d0");
	os_test_command("ip addr add 203.0.113.1 peer 203.0.113.2/32 dev d1");
	os_test_command("ip -6 addr add 2001:db8::1/64 dev d0 nodad");
	ck_assert_int_eq(pxe_ifaces_open(NULL, NULL, NULL, &ifs), 0);
	ck_assert_str_eq(pxe_ifaces_names(ifs, names, sizeof(names)), "lo d0 d1");
	ifc = pxe_iface_by_name(ifs, "d0");
	ck_assert_ptr_nonnull(ifc);
	ck_assert_uint_eq(ifc->index, if_nametoindex("d0"));
	ck_assert_ptr_eq(pxe_iface_by_index(ifs, ifc->index), ifc);
	ck_assert_ptr_eq(pxe_iface_at(ifs, 1), ifc);
	ck_assert_ptr_null(pxe_iface_at(ifs, 3));
	ck_assert_ptr_null(pxe_iface_by_name(ifs, "d"));
	ck_assert_ptr_null(pxe_iface_by_index(ifs, 9999));
	ck_assert_uint_eq(ifc->mtu, 1400);
	ck_assert_str_eq(pxe_hwaddr_str(&ifc->hw, mac), "02:00:00:00:00:01");
	ck_assert_uint_eq(ifc->hw.type, 1);
	ck_assert_uint_eq(ifc->flags & IFF_UP, 0);
	ck_assert_uint_eq(ifc->naddr, 4);
	ck_assert_str_eq(ip4_of(ifs, "d0"), "192.0.2.1");
	ck_assert_str_eq(pxe_prefix_str(&ifc->addr[1].prefix, prefix), "198.51.100.1/25");
	ck_assert(!ifc->addr[1].secondary);
	ck_assert(ifc->addr[2].secondary); /* 192.0.2.2, the kernel lists it after the primaries */
	/* Our end of a point-to-point address, and not the peer's. */
	ck_assert_str_eq(ip4_of(ifs, "d1"), "203.0.113.1");
	addr = ip("203.0.113.2");
	ck_assert(!pxe_ifaces_have_ip(ifs, &addr));
	addr = ip("2001:db8::1");
	ck_assert(pxe_ifaces_have_ip(ifs, &addr));
	addr = ip("127.0.0.1");
	ck_assert(pxe_ifaces_have_ip(ifs, &addr));
	pxe_ifaces_close(ifs);
}
END_TEST

START_TEST(changes_are_followed)
{
	struct pxe_ifaces *ifs = NULL;
	uv_loop_t loop;

	SKIP_UNLESS_ROOT();
	os_test_netns();
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(pxe_ifaces_open(&loop, on_change, NULL, &ifs), 0);
	os_test_command(TAP("d0"));
	expect(&loop, "new d0");
	ck_assert_str_eq(ip4_of(ifs, "d0"), "*");
	os_test_command("ip addr add 192.0.2.1/24 dev d0");
	expect(&loop, "changed d0");
	ck_assert_str_eq(ip4_of(ifs, "d0"), "192.0.2.1");
	os_test_command("ip link set d0 up");
	expect(&loop, "changed d0");
	ck_assert_uint_eq(pxe_iface_by_name(ifs, "d0")->flags & IFF_UP, IFF_UP);
	os_test_command("ip link set d0 down && ip link set d0 name other");
	expect(&loop, "changed other");
	ck_assert_ptr_null(pxe_iface_by_name(ifs, "d0"));
	os_test_command("ip addr del 192.0.2.1/24 dev other");
	expect(&loop, "changed other");
	ck_assert_str_eq(ip4_of(ifs, "other"), "*");
	os_test_command("ip link del other");
	expect(&loop, "gone other");
	ck_assert_ptr_null(pxe_iface_by_name(ifs, "other"));
	os_test_command(TAP("d0"));
	expect(&loop, "new d0");
	pxe_ifaces_close(ifs);
	os_test_close_loop(&loop);
}
END_TEST

/* A port leaving a bridge is told in a "deleted link" message of the bridge's family. */
START_TEST(bridge_ports_do_not_vanish)
{
	struct pxe_ifaces *ifs = NULL;
	uv_loop_t loop;

	SKIP_UNLESS_ROOT();
	os_test_netns();
	os_test_command(
	    TAP("d0") " && ip link add br0 type bridge && "
		      "ip link set d0 master br0 && ip link set d0 up && ip link set br0 up");
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(pxe_ifaces_open(&loop, on_change, NULL, &ifs), 0);
	os_test_command("ip link set d0 nomaster");
	os_test_command(TAP("last"));
	MUST(os_test_run(&loop, was_told, (void *)(uintptr_t) "new last", 5000), "%s", story);
	ck_assert_ptr_null(strstr(story, "gone"));
	ck_assert_ptr_nonnull(pxe_iface_by_name(ifs, "d0"));
	pxe_ifaces_close(ifs);
	os_test_close_loop(&loop);
}
END_TEST

/* More messages than the socket holds: the kernel says ENOBUFS, and the end is right all the same.
 */
START_TEST(lost_messages_are_made_good)
{
	struct pxe_ifaces *ifs = NULL;
	struct pxe_ip last = ip("10.0.9.200");
	uv_loop_t loop;
	FILE *batch = NULL;

	SKIP_UNLESS_ROOT();
	os_test_netns();
	os_test_command(TAP("d0") " && " TAP("doomed"));
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(pxe_ifaces_open(&loop, on_change, NULL, &ifs), 0);
	batch = popen("ip -batch -", "w");
	ck_assert_ptr_nonnull(batch);
	for (int i = 0; i < 2000; i++)
		(void)fprintf(batch, "addr add 10.0.%d.%d/32 dev d0\n", i / 200, i % 200 + 1);
	(void)fprintf(batch, "link del doomed\nlink add fresh type veth peer name freshen\n");
	ck_assert_int_eq(pclose(batch), 0);
	/* One message an address would be 2000 calls. */
	MUST(os_test_run(&loop, was_told, (void *)(uintptr_t) "new fresh", 10000), "%u", told);
	ck_assert_uint_lt(told, 2000);
	ck_assert_ptr_nonnull(strstr(story, "gone doomed"));
	ck_assert(pxe_ifaces_have_ip(ifs, &last));
	ck_assert_uint_eq(pxe_iface_by_name(ifs, "d0")->naddr, 2000);
	/* And it goes on as before. */
	story[0] = '\0';
	os_test_command("ip link del fresh");
	expect(&loop, "gone fresh");
	pxe_ifaces_close(ifs);
	os_test_close_loop(&loop);
}
END_TEST

static struct pxe_ifaces *closing;

static void close_at_once(enum pxe_iface_change change, const struct pxe_iface *iface, void *arg)
{
	(void)change;
	(void)iface;
	(*(unsigned *)arg)++;
	pxe_ifaces_close(closing);
}

static bool is_called(void *arg)
{
	return *(unsigned *)arg > 0;
}

START_TEST(closes_inside_its_callback)
{
	unsigned calls = 0;
	uv_loop_t loop;

	SKIP_UNLESS_ROOT();
	os_test_netns();
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(pxe_ifaces_open(&loop, close_at_once, &calls, &closing), 0);
	os_test_command(TAP("d0") " && " TAP("d1"));
	ck_assert(os_test_run(&loop, is_called, &calls, 5000));
	ck_assert_uint_eq(calls, 1);
	os_test_close_loop(&loop);
}
END_TEST

CHECK_MAIN("os/iface", first_look_shows_all, changes_are_followed, bridge_ports_do_not_vanish,
    lost_messages_are_made_good, closes_inside_its_callback)
