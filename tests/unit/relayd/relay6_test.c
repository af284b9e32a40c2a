/* SPDX-License-Identifier: BSD-2-Clause */
/* relay6_test.c -- every rule of the DHCPv6 relay as rows of tables. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relayd/core/relay6.h"

/* l0 (index 1, 2001:db8:1::1, id "l0") and l1 (2, no address, id "l1") are lower links, u0 (3) is
 * an upper one, both0 (4, 2001:db8:4::1) is both; l9 does not exist now. */
enum { L0 = 1, L1, U0, BOTH0 };

static struct relay6_lower lowers[4];
static struct relay6_upper uppers[2];
static struct relay6 r;
static struct relay6_out out;
static uint8_t buf[1024], made[2048];
static struct pxe_wr wr;

static struct pxe_ip6 ip6(const char *s)
{
	struct pxe_ip ip;

	ck_assert_int_eq(pxe_ip_parse(s, &ip), 0);
	return ip.v6;
}

static void lower(size_t i, unsigned ifindex, const char *name, const char *link)
{
	lowers[i] = (struct relay6_lower){.ifindex = ifindex, .id_len = (uint16_t)strlen(name)};
	(void)snprintf(lowers[i].name, sizeof(lowers[i].name), "%s", name);
	memcpy(lowers[i].id, name, strlen(name));
	if (link != NULL)
		lowers[i].link = ip6(link);
}

static void setup(void)
{
	lower(0, L0, "l0", "2001:db8:1::1");
	lower(1, L1, "l1", NULL);
	lower(2, BOTH0, "both0", "2001:db8:4::1");
	lower(3, 0, "l9", "2001:db8:9::1");
	uppers[0] = (struct relay6_upper){.ifindex = U0, .to = ip6("ff05::1:3")};
	uppers[1] = (struct relay6_upper){.ifindex = BOTH0, .to = ip6("2001:db8:4::9")};
	relay6_unseal(&r);
	r = (struct relay6){.conf = {.server_port = 547, .client_port = 546, .hops_max = 8},
	    .lower = lowers,
	    .nlower = 4,
	    .upper = uppers,
	    .nupper = 2};
	ck_assert_int_eq(relay6_seal(&r), 0);
}

static void feed(unsigned ifindex, const char *from, uint16_t port)
{
	struct relay6_in in = {
	    .pkt = buf, .len = wr.len, .from = ip6(from), .from_port = port, .ifindex = ifindex};

	ck_assert_int_eq(wr.err, 0);
	ck_assert_int_eq(relay6_seal(&r), 0);
	relay6_packet(&r, &in, &out);
}

/* What is sent, as one run of bytes, parsed. */
static struct pxe_dhcp6_msg sent(void)
{
	struct pxe_dhcp6_msg m;

	memcpy(made, out.head, out.head_len);
	memcpy(made + out.head_len, out.body.p, out.body.len);
	ck_assert_int_eq(pxe_dhcp6_parse(made, out.head_len + out.body.len, &m), 0);
	return m;
}

static void simple(uint8_t type)
{
	wr = pxe_wr_init(buf, sizeof(buf));
	pxe_dhcp6_put_header(&wr, type, 0xabcdef);
	pxe_dhcp6_put(&wr, PXE_DHCP6_OPT_CLIENT_ID, "\0\3\0\1\2\2\2\2\2\2", 10);
}

static void relay_forw(uint8_t hops)
{
	struct pxe_ip6 link = ip6("2001:db8:7::1"), peer = ip6("fe80::7");
	struct pxe_dhcp6_open open;

	wr = pxe_wr_init(buf, sizeof(buf));
	pxe_dhcp6_put_relay_header(&wr, PXE_DHCP6_RELAY_FORW, hops, &link, &peer);
	open = pxe_dhcp6_open(&wr, PXE_DHCP6_OPT_RELAY_MSG);
	pxe_dhcp6_put_header(&wr, PXE_DHCP6_SOLICIT, 7);
	pxe_dhcp6_close(&wr, open);
}

static const struct {
	const char *what;
	unsigned port;
	uint8_t type;
	enum relay6_dir dir;
	enum pxe_reason reason;
} ups[] = {
    {"Solicit", L0, PXE_DHCP6_SOLICIT, RELAY6_UP, PXE_REASON_OK},
    {"Request", L0, PXE_DHCP6_REQUEST, RELAY6_UP, PXE_REASON_OK},
    {"Confirm", L0, PXE_DHCP6_CONFIRM, RELAY6_UP, PXE_REASON_OK},
    {"Renew", L0, PXE_DHCP6_RENEW, RELAY6_UP, PXE_REASON_OK},
    {"Rebind", L0, PXE_DHCP6_REBIND, RELAY6_UP, PXE_REASON_OK},
    {"Release", L0, PXE_DHCP6_RELEASE, RELAY6_UP, PXE_REASON_OK},
    {"Decline", L0, PXE_DHCP6_DECLINE, RELAY6_UP, PXE_REASON_OK},
    {"Information-request", L0, PXE_DHCP6_INFORMATION_REQUEST, RELAY6_UP, PXE_REASON_OK},
    {"Leasequery", L0, PXE_DHCP6_LEASEQUERY, RELAY6_UP, PXE_REASON_OK},
    {"unknown, RFC 7283", L0, 99, RELAY6_UP, PXE_REASON_OK},
    {"link without address", L1, PXE_DHCP6_SOLICIT, RELAY6_UP, PXE_REASON_OK},
    {"link of both sides", BOTH0, PXE_DHCP6_SOLICIT, RELAY6_UP, PXE_REASON_OK},
    {"Advertise from below", L0, PXE_DHCP6_ADVERTISE, RELAY6_DROP, PXE_REASON_WRONG_TYPE},
    {"Reply from below", L0, PXE_DHCP6_REPLY, RELAY6_DROP, PXE_REASON_WRONG_TYPE},
    {"Reconfigure from below", L0, PXE_DHCP6_RECONFIGURE, RELAY6_DROP, PXE_REASON_WRONG_TYPE},
    {"Leasequery-reply from below", L0, PXE_DHCP6_LEASEQUERY_REPLY, RELAY6_DROP,
	PXE_REASON_WRONG_TYPE},
    {"Solicit from above", U0, PXE_DHCP6_SOLICIT, RELAY6_DROP, PXE_REASON_WRONG_TYPE},
    {"Reply from above, not wrapped", U0, PXE_DHCP6_REPLY, RELAY6_DROP, PXE_REASON_WRONG_TYPE},
    {"elsewhere", 77, PXE_DHCP6_SOLICIT, RELAY6_DROP, PXE_REASON_WRONG_INTERFACE},
};

START_TEST(up_rules)
{
	setup();
	simple(ups[_i].type);
	feed(ups[_i].port, "fe80::2", 546);
	ck_assert_msg(out.dir == ups[_i].dir && out.reason == ups[_i].reason, "%s: %d %s",
	    ups[_i].what, out.dir, pxe_reason_name(out.reason));
	if (out.dir == RELAY6_UP) {
		struct pxe_dhcp6_msg m = sent();
		struct pxe_bytes inner = pxe_dhcp6_get(m.options, PXE_DHCP6_OPT_RELAY_MSG);
		struct pxe_ip6 peer = ip6("fe80::2");

		ck_assert_uint_eq(m.type, PXE_DHCP6_RELAY_FORW);
		ck_assert_uint_eq(m.hops, 0);
		ck_assert_mem_eq(&m.peer, &peer, 16);
		ck_assert_mem_eq(&m.link, &out.lower->link, 16);
		ck_assert_uint_eq(inner.len, wr.len);
		ck_assert_mem_eq(inner.p, buf, wr.len);
		ck_assert_uint_eq(out.to_port, 547);
	}
}
END_TEST

static const struct {
	const char *what, *from;
	uint8_t hops;
	const char *link; /* NULL: dropped */
} nested[] = {
    {"relay on the link", "fe80::2", 0, "2001:db8:1::1"},
    {"relay behind a router", "2001:db8:7::1", 3, "::"},
    {"the end of fe80::/10", "febf::2", 0, "2001:db8:1::1"},
    {"just past fe80::/10", "fec0::2", 0, "::"},
    {"last hop allowed", "fe80::2", 7, "2001:db8:1::1"},
    {"hop limit", "fe80::2", 8, NULL},
    {"far over it", "fe80::2", 255, NULL},
};

START_TEST(relays_below)
{
	setup();
	relay_forw(nested[_i].hops);
	feed(L0, nested[_i].from, 547);
	if (nested[_i].link == NULL) {
		ck_assert_msg(out.reason == PXE_REASON_HOP_LIMIT, "%s", nested[_i].what);
	} else {
		struct pxe_dhcp6_msg m = sent();
		struct pxe_ip6 link = ip6(nested[_i].link);

		ck_assert_uint_eq(m.hops, nested[_i].hops + 1);
		ck_assert_mem_eq(&m.link, &link, 16);
		/* several links: the way back is by interface-id */
		ck_assert_uint_eq(pxe_dhcp6_get(m.options, PXE_DHCP6_OPT_INTERFACE_ID).len, 2);
		ck_assert(pxe_dhcp6_get(m.options, PXE_DHCP6_OPT_RELAY_SOURCE_PORT).p == NULL);
	}
}
END_TEST

START_TEST(options_of_the_relay)
{
	struct pxe_dhcp6_msg m;

	setup();
	r.nlower = 1;
	simple(PXE_DHCP6_SOLICIT);
	feed(L0, "fe80::2", 546);
	m = sent();
	/* one link with an address: nothing but the message */
	ck_assert_uint_eq(m.options.len, 4 + wr.len);
	r.conf.interface_id = true;
	r.conf.enterprise = 0x01020304;
	r.conf.relay_port = true;
	memcpy(lowers[0].remote_id, "r", 1);
	lowers[0].remote_id_len = 1;
	memcpy(lowers[0].subscriber_id, "sub", 3);
	lowers[0].subscriber_id_len = 3;
	feed(L0, "fe80::2", 546);
	m = sent();
	ck_assert_mem_eq(m.options.p,
	    "\0\x12\0\2l0"
	    "\0\x26\0\3sub"
	    "\0\x25\0\5\1\2\3\4r"
	    "\0\x87\0\2\0\0"
	    "\0\x09",
	    6 + 7 + 9 + 6 + 2);
	/* without an address the interface-id is not optional */
	r.conf.interface_id = false;
	lowers[0].link = (struct pxe_ip6){{0}};
	feed(L0, "fe80::2", 546);
	m = sent();
	ck_assert(pxe_dhcp6_get(m.options, PXE_DHCP6_OPT_INTERFACE_ID).len == 2);
}
END_TEST

START_TEST(link_layer_address_of_the_client)
{
	struct relay6_in in = {.pkt = buf, .from = ip6("fe80::2"), .from_port = 546, .ifindex = L0};
	struct pxe_bytes got;

	setup();
	in.from_hw = (struct pxe_hwaddr){.type = 1, .len = 6, .b = {2, 0, 0, 0, 0, 9}};
	simple(PXE_DHCP6_SOLICIT);
	in.len = wr.len;
	relay6_packet(&r, &in, &out);
	got = pxe_dhcp6_get(sent().options, PXE_DHCP6_OPT_CLIENT_LINKLAYER_ADDR);
	ck_assert_uint_eq(got.len, 8);
	ck_assert_mem_eq(got.p, "\0\1\2\0\0\0\0\x09", 8);
	/* what sent a Relay-forward is a relay and not the client */
	relay_forw(0);
	in.len = wr.len;
	relay6_packet(&r, &in, &out);
	ck_assert(pxe_dhcp6_get(sent().options, PXE_DHCP6_OPT_CLIENT_LINKLAYER_ADDR).p == NULL);
}
END_TEST

START_TEST(source_port_of_a_relay_below)
{
	struct pxe_bytes port;
	struct pxe_dhcp6_msg m;

	setup();
	relay_forw(0);
	feed(L0, "fe80::2", 1547);
	m = sent();
	port = pxe_dhcp6_get(m.options, PXE_DHCP6_OPT_RELAY_SOURCE_PORT);
	ck_assert_uint_eq(port.len, 2);
	ck_assert_mem_eq(port.p, "\x06\x0b", 2);
}
END_TEST

static const struct {
	const char *what;
	unsigned port;
	const char *link, *id, *peer; /* id NULL: none */
	uint8_t inner;
	uint16_t source_port; /* option 135, 0: none */
	unsigned messages;
	enum pxe_reason reason;
	const char *lower;
	uint16_t to_port;
} downs[] = {
    {"by interface-id", U0, "2001:db8:1::1", "l1", "fe80::2", 2, 0, 1, PXE_REASON_OK, "l1", 546},
    {"by link-address", U0, "2001:db8:4::1", NULL, "fe80::2", 7, 0, 1, PXE_REASON_OK, "both0", 546},
    {"on a link of both sides", BOTH0, "2001:db8:1::1", NULL, "fe80::2", 7, 0, 1, PXE_REASON_OK,
	"l0", 546},
    {"Reconfigure", U0, "2001:db8:1::1", NULL, "2001:db8:1::5", 10, 0, 1, PXE_REASON_OK, "l0", 546},
    {"unknown", U0, "2001:db8:1::1", NULL, "fe80::2", 99, 0, 1, PXE_REASON_OK, "l0", 546},
    {"for a relay below", U0, "::", "l0", "fe80::2", 13, 0, 1, PXE_REASON_OK, "l0", 547},
    {"for a relay on a port", U0, "::", "l0", "fe80::2", 13, 1547, 1, PXE_REASON_OK, "l0", 1547},
    {"a port and a client", U0, "::", "l0", "fe80::2", 7, 1547, 1, PXE_REASON_OK, "l0", 546},
    {"foreign link", U0, "2001:db8:8::1", NULL, "fe80::2", 2, 0, 1, PXE_REASON_BAD_GIADDR, NULL, 0},
    {"foreign id", U0, "2001:db8:1::1", "l7", "fe80::2", 2, 0, 1, PXE_REASON_BAD_GIADDR, NULL, 0},
    {"no link at all", U0, "::", NULL, "fe80::2", 2, 0, 1, PXE_REASON_BAD_GIADDR, NULL, 0},
    {"link that is gone", U0, "::", "l9", "fe80::2", 2, 0, 1, PXE_REASON_SEND_FAILED, NULL, 0},
    {"Solicit inside", U0, "::", "l0", "fe80::2", 1, 0, 1, PXE_REASON_WRONG_TYPE, NULL, 0},
    {"Relay-forward inside", U0, "::", "l0", "fe80::2", 12, 0, 1, PXE_REASON_WRONG_TYPE, NULL, 0},
    {"nothing inside", U0, "::", "l0", "fe80::2", 2, 0, 0, PXE_REASON_MALFORMED, NULL, 0},
    {"two inside", U0, "::", "l0", "fe80::2", 2, 0, 2, PXE_REASON_MALFORMED, NULL, 0},
    {"to a group", U0, "::", "l0", "ff02::1", 2, 0, 1, PXE_REASON_MALFORMED, NULL, 0},
    {"to nobody", U0, "::", "l0", "::", 2, 0, 1, PXE_REASON_MALFORMED, NULL, 0},
    {"to ourselves", U0, "::", "l0", "::1", 2, 0, 1, PXE_REASON_MALFORMED, NULL, 0},
    {"from below", L0, "::", "l0", "fe80::2", 2, 0, 1, PXE_REASON_WRONG_TYPE, NULL, 0},
    {"elsewhere", 77, "::", "l0", "fe80::2", 2, 0, 1, PXE_REASON_WRONG_INTERFACE, NULL, 0},
};

START_TEST(down_rules)
{
	struct pxe_ip6 link = ip6(downs[_i].link), peer = ip6(downs[_i].peer);

	setup();
	wr = pxe_wr_init(buf, sizeof(buf));
	pxe_dhcp6_put_relay_header(&wr, PXE_DHCP6_RELAY_REPL, 0, &link, &peer);
	if (downs[_i].id != NULL)
		pxe_dhcp6_put(&wr, PXE_DHCP6_OPT_INTERFACE_ID, downs[_i].id, strlen(downs[_i].id));
	if (downs[_i].source_port != 0)
		pxe_dhcp6_put_u16(&wr, PXE_DHCP6_OPT_RELAY_SOURCE_PORT, downs[_i].source_port);
	for (unsigned i = 0; i < downs[_i].messages; i++) {
		struct pxe_dhcp6_open open = pxe_dhcp6_open(&wr, PXE_DHCP6_OPT_RELAY_MSG);

		if (downs[_i].inner == PXE_DHCP6_RELAY_REPL || downs[_i].inner == 12)
			pxe_dhcp6_put_relay_header(&wr, downs[_i].inner, 0, &link, &peer);
		else
			pxe_dhcp6_put_header(&wr, downs[_i].inner, 0xabcdef);
		pxe_dhcp6_close(&wr, open);
	}
	/* on a link of both sides only a server that is known may speak */
	feed(downs[_i].port, downs[_i].port == BOTH0 ? "2001:db8:4::9" : "2001:db8:2::9", 547);
	ck_assert_msg(out.reason == downs[_i].reason, "%s: %s (%s)", downs[_i].what,
	    pxe_reason_name(out.reason), out.detail != NULL ? out.detail : "");
	if (downs[_i].lower != NULL) {
		ck_assert_int_eq(out.dir, RELAY6_DOWN);
		ck_assert_str_eq(out.lower->name, downs[_i].lower);
		ck_assert_uint_eq(out.to_port, downs[_i].to_port);
		ck_assert_mem_eq(&out.to, &peer, 16);
		ck_assert_uint_eq(out.head_len, 0);
		ck_assert_uint_eq(out.body.p[0], downs[_i].inner);
	}
}
END_TEST

START_TEST(one_link_needs_no_name)
{
	struct pxe_ip6 link = ip6("::"), peer = ip6("fe80::2");
	struct pxe_dhcp6_open open;

	setup();
	r.nlower = 1;
	wr = pxe_wr_init(buf, sizeof(buf));
	pxe_dhcp6_put_relay_header(&wr, PXE_DHCP6_RELAY_REPL, 0, &link, &peer);
	open = pxe_dhcp6_open(&wr, PXE_DHCP6_OPT_RELAY_MSG);
	pxe_dhcp6_put_header(&wr, PXE_DHCP6_REPLY, 1);
	pxe_dhcp6_close(&wr, open);
	feed(U0, "2001:db8:2::9", 547);
	ck_assert_int_eq(out.dir, RELAY6_DOWN);
	ck_assert_str_eq(out.lower->name, "l0");
}
END_TEST

/* Thousands of links are found as a look through all of them would find them. */
START_TEST(links_are_found_by_any_key)
{
	enum { N = 4000 };
	struct relay6 many = {.nlower = N, .lower = calloc(N, sizeof(*many.lower))};
	struct pxe_ip6 any = {{0}};

	ck_assert_ptr_nonnull(many.lower);
	for (unsigned i = 0; i < N; i++) {
		struct relay6_lower *l = &many.lower[i];
		unsigned k = i * 2657 % N; /* each once, in no order */

		l->ifindex = k + 10;
		(void)snprintf((char *)l->id, sizeof(l->id), "link%u", k / 2);
		l->id_len = (uint16_t)strlen((char *)l->id);
		if (k % 3 != 0)
			l->link =
			    (struct pxe_ip6){.b = {0x20, [14] = (uint8_t)(k >> 8), (uint8_t)k}};
	}
	ck_assert_int_eq(relay6_seal(&many), 0);
	for (unsigned i = 0; i < N; i++) {
		struct relay6_lower *l = &many.lower[i], *first = many.lower;

		ck_assert_ptr_eq(relay6_lower_by_ifindex(&many, l->ifindex), l);
		while (first->id_len != l->id_len || memcmp(first->id, l->id, l->id_len) != 0)
			first++;
		ck_assert_ptr_eq(
		    relay6_lower_by_id(&many, (struct pxe_bytes){l->id, l->id_len}), first);
		if (memcmp(&l->link, &any, sizeof(any)) != 0)
			ck_assert_ptr_eq(relay6_lower_by_link(&many, &l->link), l);
	}
	ck_assert_ptr_null(relay6_lower_by_ifindex(&many, 9));
	ck_assert_ptr_null(relay6_lower_by_ifindex(&many, N + 10));
	ck_assert_ptr_null(relay6_lower_by_id(&many, (struct pxe_bytes){(const uint8_t *)"x", 1}));
	ck_assert_ptr_null(relay6_lower_by_link(&many, &any));
	relay6_unseal(&many);
	many.nlower = 0;
	ck_assert_int_eq(relay6_seal(&many), 0);
	ck_assert_ptr_null(relay6_lower_by_ifindex(&many, 10));
	relay6_unseal(&many);
	free(many.lower);
}
END_TEST

START_TEST(cut_anywhere_is_dropped_or_relayed_whole)
{
	setup();
	relay_forw(1);
	for (size_t len = wr.len; len-- > 0;) {
		struct relay6_in in = {
		    .pkt = buf, .len = len, .from = ip6("fe80::2"), .ifindex = L0};

		relay6_packet(&r, &in, &out);
		ck_assert_msg(out.reason == PXE_REASON_MALFORMED || len == 34, "%zu", len);
	}
}
END_TEST

#define TABLE(test, rows) tcase_add_loop_test(tc, test, 0, sizeof(rows) / sizeof((rows)[0]))

int main(void)
{
	Suite *s = suite_create("relay6");
	TCase *tc = tcase_create("relay6");
	SRunner *sr = NULL;
	int failed = 0;

	TABLE(up_rules, ups);
	TABLE(relays_below, nested);
	TABLE(down_rules, downs);
	tcase_add_test(tc, options_of_the_relay);
	tcase_add_test(tc, link_layer_address_of_the_client);
	tcase_add_test(tc, source_port_of_a_relay_below);
	tcase_add_test(tc, one_link_needs_no_name);
	tcase_add_test(tc, links_are_found_by_any_key);
	tcase_add_test(tc, cut_anywhere_is_dropped_or_relayed_whole);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
