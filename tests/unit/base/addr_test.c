/* SPDX-License-Identifier: BSD-2-Clause */
/* addr_test.c -- addresses as values: equal, inside, of which kind. */
#include "libpxecommon/base/addr.h"

#include <string.h>

#include "tests/unit/check_main.h"

static struct pxe_ip ip(const char *text)
{
	struct pxe_ip a = {0};

	if (*text != '\0')
		ck_assert_msg(pxe_ip_parse(text, &a) == 0, "%s", text);
	return a;
}

START_TEST(equality)
{
	static const char *const text[] = {
	    "", "0.0.0.0", "10.0.0.1", "10.0.0.2", "::", "::1", "::ffff:10.0.0.1", "fe80::1"};

	for (size_t i = 0; i < ROWS(text); i++) {
		for (size_t j = 0; j < ROWS(text); j++) {
			struct pxe_ip a = ip(text[i]), b = ip(text[j]);

			ck_assert_msg(pxe_ip_eq(&a, &b) == (i == j), "%s and %s", text[i], text[j]);
		}
	}
	ck_assert(pxe_ip4_eq((struct pxe_ip4){5}, (struct pxe_ip4){5}));
	ck_assert(!pxe_ip4_eq((struct pxe_ip4){5}, (struct pxe_ip4){6}));
}
END_TEST

/* Garbage behind a shorter family must not count. */
START_TEST(equality_looks_at_the_family_only)
{
	struct pxe_ip a, b;

	memset(&a, 0x11, sizeof(a));
	memset(&b, 0x22, sizeof(b));
	a.family = b.family = 4;
	a.v4.v = b.v4.v = 1;
	ck_assert(pxe_ip_eq(&a, &b));
	a.family = b.family = 0;
	b.v4.v = 2;
	ck_assert(pxe_ip_eq(&a, &b));
}
END_TEST

enum { ANY = 1, MULTICAST = 2, LINK_LOCAL = 4 };

static const struct {
	const char *text;
	unsigned kind;
} kind[] = {
    {"", ANY},
    {"0.0.0.0", ANY},
    {"::", ANY},
    {"0.0.0.1", 0},
    {"::1", 0},
    {"8000::", 0},
    {"223.255.255.255", 0},
    {"224.0.0.0", MULTICAST},
    {"239.255.255.255", MULTICAST},
    {"240.0.0.0", 0},
    {"255.255.255.255", 0},
    {"feff::", 0},
    {"ff00::", MULTICAST},
    {"ff02::1:2", MULTICAST},
    {"169.253.255.255", 0},
    {"169.254.0.0", LINK_LOCAL},
    {"169.254.255.255", LINK_LOCAL},
    {"169.255.0.0", 0},
    {"fe7f::", 0},
    {"fe80::", LINK_LOCAL},
    {"febf:ffff::1", LINK_LOCAL},
    {"fec0::", 0},
    {"::ffff:224.0.0.1", 0},
};

START_TEST(kinds)
{
	for (size_t i = 0; i < ROWS(kind); i++) {
		struct pxe_ip a = ip(kind[i].text);
		unsigned is = (pxe_ip_is_any(&a) ? ANY : 0u) |
			      (pxe_ip_is_multicast(&a) ? MULTICAST : 0u) |
			      (pxe_ip_is_link_local(&a) ? LINK_LOCAL : 0u);

		ck_assert_msg(is == kind[i].kind, "%s: %u", kind[i].text, is);
	}
}
END_TEST

START_TEST(unmap)
{
	static const char *const fact[][2] = {
	    {"::ffff:10.1.2.3", "10.1.2.3"},
	    {"::ffff:0.0.0.0", "0.0.0.0"},
	    {"::ffff:255.255.255.255", "255.255.255.255"},
	    {"::10.1.2.3", "::10.1.2.3"},
	    {"::fffe:10.1.2.3", "::fffe:10.1.2.3"},
	    {"::1:ffff:10.1.2.3", "::1:ffff:10.1.2.3"},
	    {"64:ff9b::10.1.2.3", "64:ff9b::10.1.2.3"},
	    {"10.1.2.3", "10.1.2.3"},
	    {"", ""},
	};

	for (size_t i = 0; i < ROWS(fact); i++) {
		struct pxe_ip a = pxe_ip_unmap(ip(fact[i][0])), b = ip(fact[i][1]);

		ck_assert_msg(pxe_ip_eq(&a, &b), "%s", fact[i][0]);
	}
}
END_TEST

START_TEST(endpoints)
{
	struct pxe_endpoint a = {ip("fe80::1"), 69, 2}, b = a;

	ck_assert(pxe_endpoint_eq(&a, &b));
	b.port = 70;
	ck_assert(!pxe_endpoint_eq(&a, &b));
	b = a;
	b.scope_id = 3;
	ck_assert(!pxe_endpoint_eq(&a, &b));
	b = a;
	b.ip = ip("fe80::2");
	ck_assert(!pxe_endpoint_eq(&a, &b));
}
END_TEST

START_TEST(hwaddrs)
{
	struct pxe_hwaddr a = {1, 6, {1, 2, 3, 4, 5, 6, 7}}, b = {1, 6, {1, 2, 3, 4, 5, 6, 8}};

	ck_assert(pxe_hwaddr_eq(&a, &b)); /* bytes past len do not count */
	b.len = 7;
	ck_assert(!pxe_hwaddr_eq(&a, &b));
	a.len = 7;
	ck_assert(!pxe_hwaddr_eq(&a, &b));
	a.len = b.len = 6;
	b.type = 6;
	ck_assert(!pxe_hwaddr_eq(&a, &b));
	a.len = b.len = 0;
	a.type = 6;
	ck_assert(pxe_hwaddr_eq(&a, &b));
}
END_TEST

START_TEST(masks_go_both_ways)
{
	for (unsigned len = 0; len <= 32; len++) {
		struct pxe_ip4 mask = pxe_ip4_mask(len);

		ck_assert_int_eq(pxe_ip4_mask_len(mask), (int)len);
		ck_assert_int_eq(__builtin_popcount(mask.v), (int)len);
	}
	ck_assert_uint_eq(pxe_ip4_mask(24).v, 0xffffff00);
	ck_assert_uint_eq(pxe_ip4_mask(0).v, 0);
	ck_assert_uint_eq(pxe_ip4_mask(32).v, 0xffffffff);
}
END_TEST

START_TEST(masks_with_holes)
{
	static const uint32_t bad[] = {
	    1, 0x7fffffff, 0xff00ff00, 0xfffffffd, 0x80000001, 0x00ffffff, 0xffff7fff};

	for (size_t i = 0; i < ROWS(bad); i++)
		ck_assert_int_eq(pxe_ip4_mask_len((struct pxe_ip4){bad[i]}), -1);
}
END_TEST

static const struct {
	const char *prefix, *ip;
	bool inside;
} member[] = {
    {"10.0.0.0/8", "10.255.255.255", true},
    {"10.0.0.0/8", "11.0.0.0", false},
    {"10.1.2.3/24", "10.1.2.255", true}, /* host bits of the prefix do not matter */
    {"10.1.2.3/24", "10.1.3.0", false},
    {"10.1.2.3", "10.1.2.3", true},
    {"10.1.2.3", "10.1.2.2", false},
    {"0.0.0.0/0", "255.255.255.255", true},
    {"0.0.0.0/0", "::", false},
    {"128.0.0.0/1", "127.255.255.255", false},
    {"2001:db8::/32", "2001:db8:ffff::1", true},
    {"2001:db8::/32", "2001:db9::1", false},
    {"2001:db8::/33", "2001:db8:7fff::", true},
    {"2001:db8::/33", "2001:db8:8000::", false},
    {"2001:db8::1/127", "2001:db8::", true},
    {"2001:db8::1/127", "2001:db8::2", false},
    {"2001:db8::1/128", "2001:db8::1", true},
    {"2001:db8::1/128", "2001:db8::", false},
    {"::/0", "ffff::", true},
    {"::/0", "10.0.0.1", false},
    {"::/0", "", false},
};

START_TEST(prefixes)
{
	struct pxe_ip none = {0};
	struct pxe_prefix empty = {0};

	for (size_t i = 0; i < ROWS(member); i++) {
		struct pxe_prefix p;
		struct pxe_ip a = ip(member[i].ip);

		ck_assert_int_eq(pxe_prefix_parse(member[i].prefix, &p), 0);
		ck_assert_msg(pxe_prefix_has(&p, &a) == member[i].inside, "%s in %s", member[i].ip,
		    member[i].prefix);
	}
	ck_assert(!pxe_prefix_has(&empty, &none));
}
END_TEST

START_TEST(ranges)
{
	struct pxe_ip4_range r = {{10}, {20}};

	ck_assert(!pxe_ip4_range_has(&r, (struct pxe_ip4){9}));
	ck_assert(pxe_ip4_range_has(&r, (struct pxe_ip4){10}));
	ck_assert(pxe_ip4_range_has(&r, (struct pxe_ip4){20}));
	ck_assert(!pxe_ip4_range_has(&r, (struct pxe_ip4){21}));
}
END_TEST

CHECK_MAIN("base/addr", equality, equality_looks_at_the_family_only, kinds, unmap, endpoints,
    hwaddrs, masks_go_both_ways, masks_with_holes, prefixes, ranges)
