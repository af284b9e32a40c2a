/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp6_msg_test.c -- DHCPv6 messages: headers, nested options, relays, and writing them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/proto/dhcp6_msg.h"

#define B(s) (const uint8_t *)(s), sizeof(s) - 1

static struct pxe_dhcp6_chain chain;
static struct pxe_dhcp6_msg m;

/* Parse from memory of the exact size; slices are not looked at afterwards. */
static int parse_exact(const void *p, size_t len)
{
	uint8_t *exact = malloc(len > 0 ? len : 1);
	int err = 0;

	memcpy(exact, p, len);
	err = pxe_dhcp6_parse(exact, len, &m);
	free(exact);
	return err;
}

/* ---- reading ---- */

START_TEST(header_and_options)
{
	static const uint8_t solicit[] = "\x01\xab\xcd\xef"
					 "\x00\x01\x00\x02id"
					 "\x00\x0e\x00\x00"
					 "\x00\x06\x00\x04\x00\x17\x00\x3b"
					 "\x00\x01\x00\x03two";
	struct pxe_rd rd;
	struct pxe_dhcp6_opt opt;
	unsigned n = 0;

	ck_assert_int_eq(pxe_dhcp6_parse(solicit, sizeof(solicit) - 1, &m), 0);
	ck_assert_uint_eq(m.type, PXE_DHCP6_SOLICIT);
	ck_assert_uint_eq(m.xid, 0xabcdef);
	ck_assert(!pxe_dhcp6_is_relay(&m));
	ck_assert_uint_eq(m.options.len, sizeof(solicit) - 5);
	ck_assert_uint_eq(pxe_dhcp6_get(m.options, 1).len, 2);
	ck_assert_mem_eq(pxe_dhcp6_get(m.options, 1).p, "id", 2);
	ck_assert_uint_eq(pxe_dhcp6_count(m.options, 1), 2);
	ck_assert_ptr_nonnull(pxe_dhcp6_get(m.options, 14).p);
	ck_assert_uint_eq(pxe_dhcp6_get(m.options, 14).len, 0);
	ck_assert_ptr_null(pxe_dhcp6_get(m.options, 2).p);
	ck_assert_uint_eq(pxe_dhcp6_count(m.options, 2), 0);
	ck_assert(pxe_dhcp6_is_requested(m.options, 23));
	ck_assert(pxe_dhcp6_is_requested(m.options, 59));
	ck_assert(!pxe_dhcp6_is_requested(m.options, 24));
	rd = pxe_rd_init(m.options.p, m.options.len);
	while (pxe_dhcp6_next(&rd, &opt))
		n++;
	ck_assert_uint_eq(n, 4);
	ck_assert_int_eq(rd.err, 0);
}
END_TEST

START_TEST(cut_at_every_byte)
{
	static const uint8_t packet[] = "\x03\x00\x00\x01"
					"\x00\x01\x00\x03"
					"abc"
					"\x00\x0e\x00\x00"
					"\x00\x06\x00\x02\x00\x17";
	static const size_t whole[] = {4, 11, 15, 21};

	for (size_t len = 0; len < sizeof(packet); len++) {
		bool ends = false;

		for (size_t i = 0; i < 4; i++)
			ends |= len == whole[i];
		ck_assert_int_eq(parse_exact(packet, len), ends ? 0 : PXE_E_TRUNC);
	}
}
END_TEST

START_TEST(relay_header)
{
	uint8_t relay[PXE_DHCP6_RELAY_HEADER_LEN];

	memset(relay, 0, sizeof(relay));
	relay[0] = PXE_DHCP6_RELAY_FORW;
	relay[1] = 3;
	relay[2] = 0x20;
	relay[17] = 0x11;
	relay[18] = 0xfe;
	relay[33] = 0x22;
	for (size_t len = 0; len < sizeof(relay); len++)
		ck_assert_int_eq(parse_exact(relay, len), PXE_E_TRUNC);
	ck_assert_int_eq(parse_exact(relay, sizeof(relay)), 0);
	ck_assert(pxe_dhcp6_is_relay(&m));
	ck_assert_uint_eq(m.hops, 3);
	ck_assert_uint_eq(m.xid, 0);
	ck_assert_mem_eq(m.link.b, relay + 2, 16);
	ck_assert_mem_eq(m.peer.b, relay + 18, 16);
	ck_assert_uint_eq(m.options.len, 0);
	/* Without its one Relay Message option there is nothing inside. */
	ck_assert_int_eq(pxe_dhcp6_unwrap(relay, sizeof(relay), &chain), PXE_E_SYNTAX);
}
END_TEST

START_TEST(names_of_types)
{
	ck_assert_ptr_null(pxe_dhcp6_type_name(0));
	ck_assert_str_eq(pxe_dhcp6_type_name(1), "Solicit");
	ck_assert_str_eq(pxe_dhcp6_type_name(13), "Relay-reply");
	ck_assert_str_eq(pxe_dhcp6_type_name(21), "Dhcpv4-response");
	ck_assert_ptr_null(pxe_dhcp6_type_name(22));
	ck_assert_ptr_null(pxe_dhcp6_type_name(255));
}
END_TEST

START_TEST(lists_of_items)
{
	struct pxe_rd rd = pxe_rd_init("\x00\x02hi\x00\x00\x00\x01z", 9);
	struct pxe_bytes item;

	ck_assert(pxe_dhcp6_item_next(&rd, &item));
	ck_assert_uint_eq(item.len, 2);
	ck_assert(pxe_dhcp6_item_next(&rd, &item));
	ck_assert_uint_eq(item.len, 0);
	ck_assert(pxe_dhcp6_item_next(&rd, &item));
	ck_assert_mem_eq(item.p, "z", 1);
	ck_assert(!pxe_dhcp6_item_next(&rd, &item));
	ck_assert_int_eq(rd.err, 0);
	rd = pxe_rd_init("\x00\x03hi", 4);
	ck_assert(!pxe_dhcp6_item_next(&rd, &item));
	ck_assert_int_eq(rd.err, PXE_E_TRUNC);
}
END_TEST

/* ---- identity associations ---- */

START_TEST(ia_of_every_kind)
{
	struct pxe_dhcp6_ia ia = {.iaid = 77};
	static const uint8_t value[] = "\x00\x00\x00\x07\x00\x00\x00\x64\x00\x00\x00\xc8"
				       "\x00\x0d\x00\x02\x00\x02";

	ck_assert_int_eq(
	    pxe_dhcp6_parse_ia(3, (struct pxe_bytes){B("\0\0\0\7\0\0\0\1\0\0\0")}, &ia),
	    PXE_E_TRUNC);
	ck_assert_uint_eq(ia.iaid, 77); /* untouched */
	ck_assert_int_eq(pxe_dhcp6_parse_ia(3, (struct pxe_bytes){value, 18}, &ia), 0);
	ck_assert_uint_eq(ia.iaid, 7);
	ck_assert_uint_eq(ia.t1_s, 100);
	ck_assert_uint_eq(ia.t2_s, 200);
	ck_assert_uint_eq(pxe_dhcp6_get(ia.options, 13).len, 2);
	ck_assert_int_eq(pxe_dhcp6_parse_ia(25, (struct pxe_bytes){value, 12}, &ia), 0);
	ck_assert_uint_eq(ia.options.len, 0);
	ck_assert_int_eq(pxe_dhcp6_parse_ia(25, (struct pxe_bytes){value, 17}, &ia), PXE_E_TRUNC);
	/* IA_TA has no times: what follows its IAID are options. */
	ck_assert_int_eq(pxe_dhcp6_parse_ia(4, (struct pxe_bytes){value, 4}, &ia), 0);
	ck_assert_uint_eq(ia.t1_s, 0);
	ck_assert_int_eq(pxe_dhcp6_parse_ia(4, (struct pxe_bytes){value, 18}, &ia), PXE_E_TRUNC);
	ck_assert_int_eq(
	    pxe_dhcp6_parse_ia(5, (struct pxe_bytes){value, 18}, &ia), PXE_E_UNSUPPORTED);
	ck_assert_int_eq(pxe_dhcp6_parse_ia(3, (struct pxe_bytes){NULL, 0}, &ia), PXE_E_TRUNC);
}
END_TEST

START_TEST(addresses_and_prefixes)
{
	uint8_t addr[24] = {0x20, 0x01, 0x0d, 0xb8}, prefix[25] = {0};
	struct pxe_dhcp6_lease lease = {.valid_s = 5};

	addr[15] = 1;
	addr[19] = 100;
	addr[23] = 200;
	ck_assert_int_eq(pxe_dhcp6_parse_lease(5, (struct pxe_bytes){addr, 24}, &lease), 0);
	ck_assert_mem_eq(lease.ip.b, addr, 16);
	ck_assert_uint_eq(lease.prefix_len, 128);
	ck_assert_uint_eq(lease.preferred_s, 100);
	ck_assert_uint_eq(lease.valid_s, 200);
	ck_assert_int_eq(
	    pxe_dhcp6_parse_lease(5, (struct pxe_bytes){addr, 23}, &lease), PXE_E_TRUNC);
	addr[19] = 201; /* preferred above valid (RFC 8415 21.6) */
	ck_assert_int_eq(
	    pxe_dhcp6_parse_lease(5, (struct pxe_bytes){addr, 24}, &lease), PXE_E_RANGE);

	prefix[3] = prefix[7] = 60;
	prefix[8] = 56;
	prefix[9] = 0xfd;
	ck_assert_int_eq(pxe_dhcp6_parse_lease(26, (struct pxe_bytes){prefix, 25}, &lease), 0);
	ck_assert_uint_eq(lease.prefix_len, 56);
	ck_assert_uint_eq(lease.ip.b[0], 0xfd);
	ck_assert_uint_eq(lease.valid_s, 60);
	prefix[8] = 129;
	ck_assert_int_eq(
	    pxe_dhcp6_parse_lease(26, (struct pxe_bytes){prefix, 25}, &lease), PXE_E_RANGE);
	ck_assert_int_eq(
	    pxe_dhcp6_parse_lease(3, (struct pxe_bytes){prefix, 25}, &lease), PXE_E_UNSUPPORTED);
}
END_TEST

START_TEST(hardware_address_of_a_duid)
{
	struct pxe_hwaddr a = {.len = 9};

	ck_assert(pxe_dhcp6_duid_hwaddr(
	    (struct pxe_bytes){B("\0\1\0\1\x12\x34\x56\x78\x52\x54\0\1\2\3")}, &a));
	ck_assert_uint_eq(a.type, 1);
	ck_assert_uint_eq(a.len, 6);
	ck_assert_mem_eq(a.b, "\x52\x54\0\1\2\3", 6);
	ck_assert(pxe_dhcp6_duid_hwaddr((struct pxe_bytes){B("\0\3\0\x20\1\2\3\4\5\6\7\x08")}, &a));
	ck_assert_uint_eq(a.type, 32);
	ck_assert_uint_eq(a.len, 8);
	/* Enterprise number, UUID, no address, too long an address, cut. */
	ck_assert(!pxe_dhcp6_duid_hwaddr((struct pxe_bytes){B("\0\2\0\0\x09\xbf\1\2\3")}, &a));
	ck_assert(!pxe_dhcp6_duid_hwaddr(
	    (struct pxe_bytes){B("\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")}, &a));
	ck_assert(!pxe_dhcp6_duid_hwaddr((struct pxe_bytes){B("\0\3\0\1")}, &a));
	ck_assert(!pxe_dhcp6_duid_hwaddr((struct pxe_bytes){B("\0\3\1\1zzzzzz")}, &a));
	ck_assert(
	    !pxe_dhcp6_duid_hwaddr((struct pxe_bytes){B("\0\3\0\1aaaaaaaaaaaaaaaaaaaaa")}, &a));
	ck_assert(!pxe_dhcp6_duid_hwaddr((struct pxe_bytes){B("\0\1\0\1\x12")}, &a));
	ck_assert(!pxe_dhcp6_duid_hwaddr((struct pxe_bytes){NULL, 0}, &a));
	ck_assert_uint_eq(a.len, 8);
}
END_TEST

/* ---- writing ---- */

START_TEST(written_messages)
{
	static const uint8_t want[] =
	    "\x07\x01\x02\x03"
	    "\x00\x01\x00\x02id"
	    "\x00\x07\x00\x01\xff"
	    "\x00\x87\x00\x02\x02\x23"
	    "\x00\x20\x00\x04\x00\x01\x51\x80"
	    "\x00\x03\x00\x2c\x00\x00\x00\x05\x00\x00\x00\x0a\x00\x00\x00\x10"
	    "\x00\x05\x00\x1c\x20\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\x09"
	    "\x00\x00\x00\x14\x00\x00\x00\x1e"
	    "\x00\x0e\x00\x00"
	    "\x00\x0d\x00\x06\x00\x02"
	    "full";
	uint8_t out[256];
	struct pxe_dhcp6_ia ia = {.iaid = 5, .t1_s = 10, .t2_s = 16};
	struct pxe_dhcp6_lease lease = {.preferred_s = 20, .valid_s = 30};
	struct pxe_dhcp6_open in_ia, in_lease;

	lease.ip.b[0] = 0x20;
	lease.ip.b[1] = 1;
	lease.ip.b[15] = 9;
	for (size_t cap = 0; cap <= sizeof(want) - 1; cap++) {
		struct pxe_wr wr = pxe_wr_init(out, cap);

		memset(out, 0xa5, sizeof(out));
		pxe_dhcp6_put_header(&wr, PXE_DHCP6_REPLY, 0xff010203);
		pxe_dhcp6_put(&wr, 1, "id", 2);
		pxe_dhcp6_put_u8(&wr, 7, 255);
		pxe_dhcp6_put_u16(&wr, 135, 547);
		pxe_dhcp6_put_u32(&wr, 32, 86400);
		in_ia = pxe_dhcp6_open_ia(&wr, 3, &ia);
		in_lease = pxe_dhcp6_open_lease(&wr, 5, &lease);
		pxe_dhcp6_put(&wr, 14, NULL, 0);
		pxe_dhcp6_close(&wr, in_lease);
		pxe_dhcp6_close(&wr, in_ia);
		pxe_dhcp6_put_status(&wr, 2, "full");
		/* Too little room is said once and nothing is written past it. */
		ck_assert_int_eq(wr.err, cap < sizeof(want) - 1 ? PXE_E_TOOBIG : 0);
		for (size_t i = cap; i < sizeof(out); i++)
			if (out[i] != 0xa5)
				ck_abort_msg("byte %zu of %zu", i, cap);
	}
	ck_assert_mem_eq(out, want, sizeof(want) - 1);
}
END_TEST

START_TEST(prefixes_and_bare_status)
{
	static const uint8_t want[] =
	    "\x00\x19\x00\x29\x00\x00\x00\x05\x00\x00\x00\x0a\x00\x00\x00\x10"
	    "\x00\x1a\x00\x19\x00\x00\x00\x14\x00\x00\x00\x1e\x38"
	    "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	    "\x00\x04\x00\x0a\x00\x00\x00\x05\x00\x0d\x00\x02\x00\x06";
	uint8_t out[128];
	struct pxe_wr wr = pxe_wr_init(out, sizeof(out));
	struct pxe_dhcp6_ia ia = {.iaid = 5, .t1_s = 10, .t2_s = 16};
	struct pxe_dhcp6_lease lease = {.prefix_len = 56, .preferred_s = 20, .valid_s = 30};
	struct pxe_dhcp6_open in_ia = pxe_dhcp6_open_ia(&wr, 25, &ia), in_lease;

	lease.ip.b[0] = 0xfd;
	in_lease = pxe_dhcp6_open_lease(&wr, 26, &lease);
	pxe_dhcp6_close(&wr, in_lease);
	pxe_dhcp6_close(&wr, in_ia);
	in_ia = pxe_dhcp6_open_ia(&wr, 4, &ia);
	pxe_dhcp6_put_status(&wr, 6, NULL);
	pxe_dhcp6_close(&wr, in_ia);
	ck_assert_int_eq(wr.err, 0);
	ck_assert_uint_eq(wr.len, sizeof(want) - 1);
	ck_assert_mem_eq(out, want, sizeof(want) - 1);
}
END_TEST

START_TEST(values_longer_than_a_length_can_say)
{
	static uint8_t big[70000], out[140000];
	struct pxe_wr wr = pxe_wr_init(out, sizeof(out));
	struct pxe_dhcp6_open open;

	pxe_dhcp6_put(&wr, 1, big, 65536);
	ck_assert_int_eq(wr.err, PXE_E_TOOBIG);
	wr = pxe_wr_init(out, sizeof(out));
	pxe_dhcp6_put(&wr, 1, big, 65535);
	ck_assert_int_eq(wr.err, 0);
	wr = pxe_wr_init(out, sizeof(out));
	open = pxe_dhcp6_open(&wr, 9);
	pxe_wr_bytes(&wr, big, 65536);
	pxe_dhcp6_close(&wr, open);
	ck_assert_int_eq(wr.err, PXE_E_TOOBIG);
}
END_TEST

/* ---- relays ---- */

/* A Solicit inside n relays, each with an Interface-Id and hops of its own. */
static size_t nest(uint8_t *out, size_t cap, unsigned n)
{
	struct pxe_wr wr = pxe_wr_init(out, cap);
	struct pxe_dhcp6_open open[64];
	struct pxe_ip6 link = {{0}}, peer = {{0}};

	for (unsigned i = 0; i < n; i++) {
		uint8_t hops = (uint8_t)(n - 1 - i);

		link.b[0] = hops;
		peer.b[15] = hops;
		pxe_dhcp6_put_relay_header(&wr, PXE_DHCP6_RELAY_FORW, hops, &link, &peer);
		pxe_dhcp6_put_u8(&wr, PXE_DHCP6_OPT_INTERFACE_ID, hops);
		open[i] = pxe_dhcp6_open(&wr, PXE_DHCP6_OPT_RELAY_MSG);
	}
	pxe_dhcp6_put_header(&wr, PXE_DHCP6_SOLICIT, 0x123456);
	pxe_dhcp6_put(&wr, PXE_DHCP6_OPT_CLIENT_ID, "client", 6);
	for (unsigned i = n; i > 0; i--)
		pxe_dhcp6_close(&wr, open[i - 1]);
	ck_assert_int_eq(wr.err, 0);
	return wr.len;
}

START_TEST(unwrap_to_any_depth)
{
	static uint8_t packet[4096];

	for (unsigned n = 0; n <= PXE_DHCP6_DEPTH_MAX + 1; n++) {
		size_t len = nest(packet, sizeof(packet), n);
		int err = pxe_dhcp6_unwrap(packet, len, &chain);

		ck_assert_int_eq(err, n <= PXE_DHCP6_DEPTH_MAX ? 0 : PXE_E_LIMIT);
		if (err != 0)
			continue;
		ck_assert_uint_eq(chain.nrelay, n);
		ck_assert_uint_eq(chain.inner.xid, 0x123456);
		ck_assert_mem_eq(pxe_dhcp6_get(chain.inner.options, 1).p, "client", 6);
		for (unsigned i = 0; i < n; i++)
			ck_assert_uint_eq(chain.relay[i].hops, n - 1 - i);
	}
}
END_TEST

START_TEST(unwrap_refuses)
{
	static uint8_t packet[512];
	size_t len = nest(packet, sizeof(packet), 2);

	/* A cut leaves lengths that do not add up, or a relay message with nothing inside. */
	for (size_t cut = 0; cut < len; cut++)
		ck_assert_int_eq(pxe_dhcp6_unwrap(packet, cut, &chain),
		    cut == PXE_DHCP6_RELAY_HEADER_LEN || cut == PXE_DHCP6_RELAY_HEADER_LEN + 5
			? PXE_E_SYNTAX
			: PXE_E_TRUNC);
	/* A Relay-reply inside a Relay-forward. */
	packet[PXE_DHCP6_RELAY_HEADER_LEN + 5 + 4] = PXE_DHCP6_RELAY_REPL;
	ck_assert_int_eq(pxe_dhcp6_unwrap(packet, len, &chain), PXE_E_SYNTAX);
	/* An inner message that is shorter than a header. */
	len = nest(packet, sizeof(packet), 1);
	packet[PXE_DHCP6_RELAY_HEADER_LEN + 5 + 3] = 3;
	ck_assert_int_eq(
	    pxe_dhcp6_unwrap(packet, PXE_DHCP6_RELAY_HEADER_LEN + 5 + 4 + 3, &chain), PXE_E_TRUNC);
	/* Two Relay Message options. */
	len = nest(packet, sizeof(packet), 1);
	memcpy(packet + len, packet + PXE_DHCP6_RELAY_HEADER_LEN + 5,
	    len - PXE_DHCP6_RELAY_HEADER_LEN - 5);
	ck_assert_int_eq(pxe_dhcp6_unwrap(packet, 2 * len - PXE_DHCP6_RELAY_HEADER_LEN - 5, &chain),
	    PXE_E_SYNTAX);
}
END_TEST

START_TEST(wrap_answers_each_relay)
{
	static uint8_t packet[2048], out[2048];
	struct pxe_dhcp6_chain back;
	struct pxe_wr wr;
	size_t len = nest(packet, sizeof(packet), 3);

	ck_assert_int_eq(pxe_dhcp6_unwrap(packet, len, &chain), 0);
	wr = pxe_wr_init(out, sizeof(out));
	pxe_dhcp6_wrap(&wr, &chain, (struct pxe_bytes){B("\x07\x12\x34\x56")});
	ck_assert_int_eq(wr.err, 0);
	ck_assert_int_eq(pxe_dhcp6_unwrap(out, wr.len, &back), 0);
	ck_assert_uint_eq(back.nrelay, 3);
	ck_assert_uint_eq(back.inner.type, PXE_DHCP6_REPLY);
	for (unsigned i = 0; i < 3; i++) {
		struct pxe_bytes id =
		    pxe_dhcp6_get(back.relay[i].options, PXE_DHCP6_OPT_INTERFACE_ID);

		ck_assert_uint_eq(back.relay[i].type, PXE_DHCP6_RELAY_REPL);
		ck_assert_uint_eq(back.relay[i].hops, 2 - i);
		ck_assert_mem_eq(&back.relay[i].link, &chain.relay[i].link, 16);
		ck_assert_mem_eq(&back.relay[i].peer, &chain.relay[i].peer, 16);
		ck_assert_uint_eq(id.len, 1);
		ck_assert_uint_eq(id.p[0], 2 - i);
	}
	for (size_t cap = 0; cap < wr.len; cap++) {
		struct pxe_wr tight = pxe_wr_init(packet, cap);

		pxe_dhcp6_wrap(&tight, &back, (struct pxe_bytes){B("\x07\x12\x34\x56")});
		ck_assert_int_eq(tight.err, PXE_E_TOOBIG);
	}
	/* No relays: the reply itself. */
	chain.nrelay = 0;
	wr = pxe_wr_init(out, 4);
	pxe_dhcp6_wrap(&wr, &chain, (struct pxe_bytes){B("\x07\x12\x34\x56")});
	ck_assert_int_eq(wr.err, 0);
	ck_assert_mem_eq(out, "\x07\x12\x34\x56", 4);
}
END_TEST

START_TEST(wrap_echoes_what_relays_ask_for)
{
	uint8_t packet[512], out[1024];
	struct pxe_wr wr = pxe_wr_init(packet, sizeof(packet));
	struct pxe_ip6 any = {{0}};
	struct pxe_dhcp6_open open;
	struct pxe_bytes got;

	pxe_dhcp6_put_relay_header(&wr, PXE_DHCP6_RELAY_FORW, 0, &any, &any);
	pxe_dhcp6_put(&wr, PXE_DHCP6_OPT_RELAY_SOURCE_PORT, "\x12\x34", 2);
	pxe_dhcp6_put(&wr, 37, "remote", 6);
	pxe_dhcp6_put(&wr, 38, "subscriber", 10);
	/* 37 twice, one that is not there, and those that have rules of their own. */
	pxe_dhcp6_put(
	    &wr, PXE_DHCP6_OPT_ERO, "\x00\x25\x00\x25\x00\x35\x00\x09\x00\x12\x00\x87", 12);
	open = pxe_dhcp6_open(&wr, PXE_DHCP6_OPT_RELAY_MSG);
	pxe_dhcp6_put_header(&wr, PXE_DHCP6_SOLICIT, 1);
	pxe_dhcp6_close(&wr, open);
	ck_assert_int_eq(pxe_dhcp6_unwrap(packet, wr.len, &chain), 0);

	wr = pxe_wr_init(out, sizeof(out));
	pxe_dhcp6_wrap(&wr, &chain, (struct pxe_bytes){B("\x07\x00\x00\x01")});
	ck_assert_int_eq(pxe_dhcp6_parse(out, wr.len, &m), 0);
	got = pxe_dhcp6_get(m.options, 37);
	ck_assert_uint_eq(pxe_dhcp6_count(m.options, 37), 1);
	ck_assert_mem_eq(got.p, "remote", 6);
	ck_assert_uint_eq(pxe_dhcp6_count(m.options, 38), 0);
	ck_assert_uint_eq(pxe_dhcp6_count(m.options, PXE_DHCP6_OPT_RELAY_SOURCE_PORT), 1);
	ck_assert_uint_eq(pxe_dhcp6_count(m.options, PXE_DHCP6_OPT_RELAY_MSG), 1);
	ck_assert_uint_eq(pxe_dhcp6_count(m.options, PXE_DHCP6_OPT_INTERFACE_ID), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dhcp6_msg");
	TCase *reading = tcase_create("read"), *writing = tcase_create("write"),
	      *relays = tcase_create("relays");
	SRunner *runner = NULL;
	int failed = 0;

	tcase_add_test(reading, header_and_options);
	tcase_add_test(reading, cut_at_every_byte);
	tcase_add_test(reading, relay_header);
	tcase_add_test(reading, names_of_types);
	tcase_add_test(reading, lists_of_items);
	tcase_add_test(reading, ia_of_every_kind);
	tcase_add_test(reading, addresses_and_prefixes);
	tcase_add_test(reading, hardware_address_of_a_duid);
	tcase_add_test(writing, written_messages);
	tcase_add_test(writing, prefixes_and_bare_status);
	tcase_add_test(writing, values_longer_than_a_length_can_say);
	tcase_add_test(relays, unwrap_to_any_depth);
	tcase_add_test(relays, unwrap_refuses);
	tcase_add_test(relays, wrap_answers_each_relay);
	tcase_add_test(relays, wrap_echoes_what_relays_ask_for);
	suite_add_tcase(s, reading);
	suite_add_tcase(s, writing);
	suite_add_tcase(s, relays);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
