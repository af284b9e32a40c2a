/* SPDX-License-Identifier: BSD-2-Clause */
/* addr_text_test.c -- addresses from text and to text; the C library's functions as oracle. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/err.h"
#include "tests/unit/check_main.h"

static const struct {
	const char *text;
	int err;
	uint32_t v;
} ip4[] = {
    {"0.0.0.0", 0, 0},
    {"10.0.0.1", 0, 0x0a000001},
    {"255.255.255.255", 0, 0xffffffff},
    {"1.2.3.4", 0, 0x01020304},
    {"", PXE_E_SYNTAX, 0},
    {".", PXE_E_SYNTAX, 0},
    {"1", PXE_E_SYNTAX, 0},
    {"1.2.3", PXE_E_SYNTAX, 0},
    {"1.2.3.", PXE_E_SYNTAX, 0},
    {"1.2.3.4.", PXE_E_SYNTAX, 0},
    {"1.2.3.4.5", PXE_E_SYNTAX, 0},
    {".1.2.3.4", PXE_E_SYNTAX, 0},
    {"1..2.3", PXE_E_SYNTAX, 0},
    {"256.1.1.1", PXE_E_SYNTAX, 0},
    {"1.1.1.256", PXE_E_SYNTAX, 0},
    {"1.1.1.1000", PXE_E_SYNTAX, 0},
    {"01.2.3.4", PXE_E_SYNTAX, 0},
    {"1.2.3.00", PXE_E_SYNTAX, 0},
    {"1.2.3.010", PXE_E_SYNTAX, 0},
    {"0x1.2.3.4", PXE_E_SYNTAX, 0},
    {" 1.2.3.4", PXE_E_SYNTAX, 0},
    {"1.2.3.4 ", PXE_E_SYNTAX, 0},
    {"1.2.3.4/24", PXE_E_SYNTAX, 0},
    {"+1.2.3.4", PXE_E_SYNTAX, 0},
    {"1.2.3.-4", PXE_E_SYNTAX, 0},
    {"1.2.3.a", PXE_E_SYNTAX, 0},
    {"localhost", PXE_E_SYNTAX, 0},
};

START_TEST(ip4_from_text)
{
	for (size_t i = 0; i < ROWS(ip4); i++) {
		struct pxe_ip4 a = {0x5a5a5a5a};
		char buf[PXE_IP4_STRLEN];

		ck_assert_msg(pxe_ip4_parse(ip4[i].text, &a) == ip4[i].err, "%s", ip4[i].text);
		ck_assert_msg(a.v == (ip4[i].err == 0 ? ip4[i].v : 0x5a5a5a5a), "%s", ip4[i].text);
		if (ip4[i].err == 0)
			ck_assert_str_eq(pxe_ip4_str(a, buf), ip4[i].text);
	}
}
END_TEST

/* RFC 5952: each rule of sections 4 and 5, and the borders of "::". */
static const char *const ip6[][2] = {
    {"2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"},
    {"2001:db8::1:0:0:1", "2001:db8::1:0:0:1"},
    {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},    /* 4.2.3: the first of equal runs */
    {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},          /* 4.2.3: the longest run */
    {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"}, /* 4.2.2: not for one group */
    {"2001:db8::0:1", "2001:db8::1"},                 /* 4.2.1: as short as possible */
    {"2001:db8:aaaa:bbbb:cccc:dddd:eeee:1", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1"},
    {"2001:DB8::ABCD:EF12", "2001:db8::abcd:ef12"}, /* 4.3: lower case */
    {"2001:db8::0001", "2001:db8::1"},              /* 4.1: leading zeros */
    {"::", "::"},
    {"0:0:0:0:0:0:0:0", "::"},
    {"::1", "::1"},
    {"1::", "1::"},
    {"1:0:0:0:0:0:0:0", "1::"},
    {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
    {"0:2:3:4:5:6:7:0", "0:2:3:4:5:6:7:0"},
    {"::3:4:5:6:7:8", "::3:4:5:6:7:8"},
    {"1:2:3:4:5:6::", "1:2:3:4:5:6::"},
    {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
    {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
    {"1::8", "1::8"},
    {"1:0:0:4:0:0:0:8", "1:0:0:4::8"},
    {"1:0:0:0:5:0:0:8", "1::5:0:0:8"},
    {"0:0:0:4:0:0:0:0", "0:0:0:4::"},
    {"::ffff:192.0.2.1", "::ffff:192.0.2.1"}, /* 5: mixed notation */
    {"::FFFF:c000:0201", "::ffff:192.0.2.1"},
    {"0:0:0:0:0:ffff:192.0.2.1", "::ffff:192.0.2.1"},
    {"::192.0.2.1", "::c000:201"}, /* deprecated prefix: plain hex */
    {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
    {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
};

START_TEST(ip6_canonical)
{
	for (size_t i = 0; i < ROWS(ip6); i++) {
		struct pxe_ip a, again;
		char buf[PXE_IP_STRLEN];

		ck_assert_msg(pxe_ip_parse(ip6[i][0], &a) == 0, "%s", ip6[i][0]);
		ck_assert_uint_eq(a.family, 6);
		ck_assert_str_eq(pxe_ip_str(&a, buf), ip6[i][1]);
		ck_assert_int_eq(pxe_ip_parse(buf, &again), 0);
		ck_assert(pxe_ip_eq(&a, &again));
	}
}
END_TEST

START_TEST(ip6_malformed)
{
	static const char *const bad[] = {":", ":::", "1:::2", "::1::", "1::2::3", ":1",
	    "1:", "::1:", ":::1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "1:2:3:4:5:6:7:8:9",
	    "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "12345::", "::00001",
	    "g::", "::g", "1.2.3.4::", "::1.2.3.4:5", "::1.2.3", "::1.2.3.4.5", "::256.1.1.1",
	    "::01.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:6::1.2.3.4", "1:2:3:4:5:1.2.3.4",
	    "fe80::1%eth0", "fe80::1%2", "::1/64", "[::1]", " ::1", "::1 ", "::-1", "::0x1"};

	for (size_t i = 0; i < ROWS(bad); i++) {
		struct pxe_ip a = {.family = 99};

		ck_assert_msg(pxe_ip_parse(bad[i], &a) == PXE_E_SYNTAX, "%s", bad[i]);
		ck_assert_uint_eq(a.family, 99);
	}
}
END_TEST

/* Strings over the alphabet of addresses: accepted by us just when the C library accepts them, and
 * then for the same address. */
START_TEST(agrees_with_inet_pton)
{
	static const char alphabet[] = "0123456789aF::::....";
	uint64_t state = 7;
	unsigned valid = 0;

	for (unsigned round = 0; round < 300000; round++) {
		const char *seed = ip6[test_random(&state) % ROWS(ip6)][round & 1];
		char text[64];
		size_t len = strlen(seed);
		struct pxe_ip a;
		uint8_t want[16];
		int family = 0;

		strcpy(text, seed);
		for (uint64_t edits = test_random(&state) % 4; edits > 0 && len > 0; edits--) {
			size_t at = test_random(&state) % len;

			if (test_random(&state) & 1)
				text[at] = alphabet[test_random(&state) % (sizeof(alphabet) - 1)];
			else
				memmove(text + at, text + at + 1, len-- - at);
		}
		family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
		if (inet_pton(family, text, want) != 1) {
			MUST(pxe_ip_parse(text, &a) == PXE_E_SYNTAX, "%s", text);
			continue;
		}
		valid++;
		MUST(pxe_ip_parse(text, &a) == 0, "%s", text);
		if (family == AF_INET6)
			MUST(memcmp(a.v6.b, want, 16) == 0, "%s", text);
	}
	ck_assert_uint_gt(valid, 10000);
}
END_TEST

/* Of two runs of zeros that are equally long the first is shortened (RFC 5952 4.2.3); musl takes
 * the second. */
static bool inet_ntop_is_canonical(void)
{
	static const uint8_t two_runs[16] = {[5] = 1, [7] = 1, [13] = 1, [15] = 1};
	char text[INET6_ADDRSTRLEN];

	return inet_ntop(AF_INET6, two_runs, text, sizeof(text)) != NULL &&
	       strcmp(text, "::1:1:0:0:1:1") == 0;
}

START_TEST(agrees_with_inet_ntop)
{
	uint64_t state = 11;

	if (!inet_ntop_is_canonical()) {
		(void)printf("skipped: inet_ntop of this C library is not as RFC 5952\n");
		return;
	}
	for (unsigned round = 0; round < 100000; round++) {
		struct pxe_ip a = {.family = 6};
		uint64_t zero = test_random(&state), bits = 0;
		char got[PXE_IP_STRLEN], want[INET6_ADDRSTRLEN];

		for (size_t i = 0; i < 16; i++) {
			bits = i % 8 == 0 ? test_random(&state) : bits >> 8;
			a.v6.b[i] = (zero >> (i / 2) & 1) != 0 ? (uint8_t)bits : 0;
		}
		/* inet_ntop still writes ::a.b.c.d for the deprecated compatible addresses. */
		if ((zero & 0x3f) == 0)
			a.v6.b[0] = 1;
		MUST(inet_ntop(AF_INET6, a.v6.b, want, sizeof(want)) != NULL, "inet_ntop");
		MUST(strcmp(pxe_ip_str(&a, got), want) == 0, "%s and not %s", got, want);
	}
}
END_TEST

START_TEST(longest_texts_fit)
{
	struct pxe_endpoint e = {.port = 65535, .scope_id = UINT32_MAX};
	struct pxe_prefix p = {.len = 128};
	char buf[PXE_ENDPOINT_STRLEN];

	e.ip.family = 6;
	memset(e.ip.v6.b, 0xff, 16);
	p.ip = e.ip;
	ck_assert_str_eq(pxe_endpoint_str(&e, buf),
	    "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535");
	ck_assert_str_eq(pxe_prefix_str(&p, buf), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128");
	ck_assert_str_eq(pxe_ip_str(&(struct pxe_ip){0}, buf), "*");
}
END_TEST

static const struct {
	const char *text;
	int err;
	const char *back; /* with the default port 9 */
} endpoint[] = {
    {"10.0.0.1", 0, "10.0.0.1:9"}, {"10.0.0.1:69", 0, "10.0.0.1:69"},
    {"10.0.0.1:0", 0, "10.0.0.1:0"}, {"10.0.0.1:65535", 0, "10.0.0.1:65535"},
    {"10.0.0.1:65536", PXE_E_RANGE, NULL}, {"10.0.0.1:99999999999999999999", PXE_E_RANGE, NULL},
    {":69", 0, "*:69"}, {"*", 0, "*:9"}, {"*:69", 0, "*:69"}, {"[::1]", 0, "[::1]:9"},
    {"[::1]:69", 0, "[::1]:69"}, {"[::]:69", 0, "[::]:69"}, {"::1", 0, "[::1]:9"},
    {"::", 0, "[::]:9"}, {"1:2:3:4:5:6:7:80", 0, "[1:2:3:4:5:6:7:80]:9"},
    {"[fe80::1%2]", 0, "[fe80::1%2]:9"}, {"[fe80::1%2]:69", 0, "[fe80::1%2]:69"},
    {"[fe80::1%4294967295]:69", 0, "[fe80::1%4294967295]:69"},
    {"[ff02::1%3]:69", 0, "[ff02::1%3]:69"}, {"", PXE_E_SYNTAX, NULL}, {":", PXE_E_SYNTAX, NULL},
    {"10.0.0.1:", PXE_E_SYNTAX, NULL}, {"10.0.0.1:x", PXE_E_SYNTAX, NULL},
    {"10.0.0.1:+1", PXE_E_SYNTAX, NULL}, {"10.0.0.1:-1", PXE_E_SYNTAX, NULL},
    {"10.0.0.1: 1", PXE_E_SYNTAX, NULL}, {"10.0.0.1:69:70", PXE_E_SYNTAX, NULL},
    {"10.0.0.1:tftp", PXE_E_SYNTAX, NULL}, {"host:69", PXE_E_SYNTAX, NULL},
    {"[::1", PXE_E_SYNTAX, NULL}, {"[::1]:", PXE_E_SYNTAX, NULL}, {"[::1]69", PXE_E_SYNTAX, NULL},
    {"[]:69", PXE_E_SYNTAX, NULL}, {"[10.0.0.1]:69", PXE_E_SYNTAX, NULL},
    {"[*]:69", PXE_E_SYNTAX, NULL}, {"::1]:69", PXE_E_SYNTAX, NULL},
    {"fe80::1%2", PXE_E_SYNTAX, NULL}, /* brackets are needed for a scope */
    {"[fe80::1%]", PXE_E_SYNTAX, NULL}, {"[fe80::1%0]", PXE_E_SYNTAX, NULL},
    {"[fe80::1%eth0]", PXE_E_SYNTAX, NULL}, {"[fe80::1%4294967296]", PXE_E_SYNTAX, NULL},
    {"[fe80::1%42949672960]", PXE_E_SYNTAX, NULL},
    {"[2001:db8::1%2]", PXE_E_SYNTAX, NULL}, /* no scope but link-local and multicast */
};

START_TEST(endpoints)
{
	for (size_t i = 0; i < ROWS(endpoint); i++) {
		struct pxe_endpoint e = {.port = 7777}, again;
		char buf[PXE_ENDPOINT_STRLEN];

		ck_assert_msg(pxe_endpoint_parse(endpoint[i].text, 9, &e) == endpoint[i].err, "%s",
		    endpoint[i].text);
		if (endpoint[i].err != 0) {
			ck_assert_uint_eq(e.port, 7777);
			continue;
		}
		ck_assert_str_eq(pxe_endpoint_str(&e, buf), endpoint[i].back);
		ck_assert_int_eq(pxe_endpoint_parse(buf, 1, &again), 0);
		ck_assert(pxe_endpoint_eq(&e, &again));
	}
}
END_TEST

static const struct {
	const char *text;
	int err;
	const char *back;
} prefix[] = {
    {"10.0.0.0/8", 0, "10.0.0.0/8"},
    {"10.1.2.3/8", 0, "10.1.2.3/8"},
    {"10.1.2.3", 0, "10.1.2.3/32"},
    {"0.0.0.0/0", 0, "0.0.0.0/0"},
    {"10.0.0.0/32", 0, "10.0.0.0/32"},
    {"10.0.0.0/33", PXE_E_RANGE, NULL},
    {"10.0.0.0/256", PXE_E_RANGE, NULL},
    {"2001:db8::/32", 0, "2001:db8::/32"},
    {"2001:db8::1", 0, "2001:db8::1/128"},
    {"::/128", 0, "::/128"},
    {"::/129", PXE_E_RANGE, NULL},
    {"10.0.0.0/", PXE_E_SYNTAX, NULL},
    {"10.0.0.0/8/", PXE_E_SYNTAX, NULL},
    {"10.0.0.0/-1", PXE_E_SYNTAX, NULL},
    {"10.0.0.0/ 8", PXE_E_SYNTAX, NULL},
    {"10.0.0.0/255.0.0.0", PXE_E_SYNTAX, NULL},
    {"10.0/8", PXE_E_SYNTAX, NULL},
    {"/8", PXE_E_SYNTAX, NULL},
    {"", PXE_E_SYNTAX, NULL},
};

START_TEST(prefixes)
{
	for (size_t i = 0; i < ROWS(prefix); i++) {
		struct pxe_prefix p = {.len = 77};
		char buf[PXE_PREFIX_STRLEN];

		ck_assert_msg(
		    pxe_prefix_parse(prefix[i].text, &p) == prefix[i].err, "%s", prefix[i].text);
		if (prefix[i].err == 0)
			ck_assert_str_eq(pxe_prefix_str(&p, buf), prefix[i].back);
		else
			ck_assert_uint_eq(p.len, 77);
	}
}
END_TEST

static const struct {
	const char *text;
	int err;
	const char *back;
} hwaddr[] = {
    {"52:54:00:12:34:56", 0, "52:54:00:12:34:56"},
    {"52-54-00-AB-CD-EF", 0, "52:54:00:ab:cd:ef"},
    {"0:1:2:a:b:c", 0, "00:01:02:0a:0b:0c"},
    {"aa", 0, "aa"},
    {"1", 0, "01"},
    {"0:1:2:3:4:5:6:7:8:9:10:11:12:13:14:15:16:17:18:19", 0,
	"00:01:02:03:04:05:06:07:08:09:10:11:12:13:14:15:16:17:18:19"},
    {"0:1:2:3:4:5:6:7:8:9:10:11:12:13:14:15:16:17:18:19:20", PXE_E_SYNTAX, NULL},
    {"", PXE_E_SYNTAX, NULL},
    {":", PXE_E_SYNTAX, NULL},
    {"52:", PXE_E_SYNTAX, NULL},
    {":52", PXE_E_SYNTAX, NULL},
    {"52::54", PXE_E_SYNTAX, NULL},
    {"52:54-00", PXE_E_SYNTAX, NULL},
    {"525400123456", PXE_E_SYNTAX, NULL},
    {"123:4", PXE_E_SYNTAX, NULL},
    {"52:5g", PXE_E_SYNTAX, NULL},
    {"52.54", PXE_E_SYNTAX, NULL},
    {"52:54 ", PXE_E_SYNTAX, NULL},
    {"0x52:54", PXE_E_SYNTAX, NULL},
};

START_TEST(hwaddrs)
{
	for (size_t i = 0; i < ROWS(hwaddr); i++) {
		struct pxe_hwaddr a = {.type = 77};
		char buf[PXE_HWADDR_STRLEN];

		ck_assert_msg(
		    pxe_hwaddr_parse(hwaddr[i].text, &a) == hwaddr[i].err, "%s", hwaddr[i].text);
		ck_assert_uint_eq(a.type, hwaddr[i].err == 0 ? 1 : 77);
		if (hwaddr[i].err == 0)
			ck_assert_str_eq(pxe_hwaddr_str(&a, buf), hwaddr[i].back);
	}
}
END_TEST

START_TEST(hwaddr_without_bytes)
{
	char buf[PXE_HWADDR_STRLEN] = "x";

	ck_assert_str_eq(pxe_hwaddr_str(&(struct pxe_hwaddr){.type = 32}, buf), "");
}
END_TEST

START_TEST(uuid)
{
	static const uint8_t b[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xa, 0xb, 0xc, 0xd, 0xe, 0xff};
	char buf[PXE_UUID_STRLEN];

	ck_assert_str_eq(pxe_uuid_str(b, buf), "00010203-0405-0607-0809-0a0b0c0d0eff");
}
END_TEST

CHECK_MAIN("base/addr text", ip4_from_text, ip6_canonical, ip6_malformed, agrees_with_inet_pton,
    agrees_with_inet_ntop, longest_texts_fit, endpoints, prefixes, hwaddrs, hwaddr_without_bytes,
    uuid)
