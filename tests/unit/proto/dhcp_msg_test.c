/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_msg_test.c -- parsing DHCPv4 messages, reading and setting their options. */
#include <stdio.h>

#include "dhcp_packet.h"

static struct pxe_dhcp_msg m;
static struct packet p;

/* ---- the fixed part ---- */

START_TEST(every_header_field)
{
	static const uint8_t chaddr[16] = {
	    0x52, 0x54, 0, 0x12, 0x34, 0x56, 0x78, 0x9a, 8, 9, 10, 11, 12, 13, 14, 15};

	packet_init(&p);
	packet_byte(&p, 255);
	ck_assert_int_eq(packet_parse(&p, &m), 0);
	ck_assert_uint_eq(m.op, 1);
	ck_assert_uint_eq(m.htype, 6);
	ck_assert_uint_eq(m.hlen, 7);
	ck_assert_uint_eq(m.hops, 3);
	ck_assert_uint_eq(m.xid, 0xdeadbeef);
	ck_assert_uint_eq(m.secs, 0x1234);
	ck_assert_uint_eq(m.flags, 0x8001);
	ck_assert_uint_eq(m.ciaddr.v, 0x0a010203);
	ck_assert_uint_eq(m.yiaddr.v, 0x0a040506);
	ck_assert_uint_eq(m.siaddr.v, 0x0a070809);
	ck_assert_uint_eq(m.giaddr.v, 0x0a0a0b0c);
	ck_assert_mem_eq(m.chaddr, chaddr, 16);
	ck_assert_str_eq(m.sname, "server.example");
	ck_assert_str_eq(m.file, "pxelinux.0");
	ck_assert(m.has_cookie);
	ck_assert(!m.truncated_opt);
	ck_assert_uint_eq(m.type, PXE_DHCP_BOOTP);
	ck_assert_uint_eq(m.nopt, 0);
}
END_TEST

START_TEST(text_without_nul_is_still_text)
{
	char sname[65], file[129];

	memset(sname, 's', 64);
	memset(file, 'f', 128);
	sname[64] = file[128] = '\0';
	packet_init(&p);
	memcpy(p.b + 44, sname, 64);
	memcpy(p.b + 108, file, 128);
	ck_assert_int_eq(packet_parse(&p, &m), 0);
	ck_assert_str_eq(m.sname, sname);
	ck_assert_str_eq(m.file, file);
}
END_TEST

START_TEST(hwaddr_has_type_and_length)
{
	struct pxe_hwaddr a;

	packet_init(&p);
	ck_assert_int_eq(packet_parse(&p, &m), 0);
	a = pxe_dhcp_hwaddr(&m);
	ck_assert_uint_eq(a.type, 6);
	ck_assert_uint_eq(a.len, 7);
	ck_assert_mem_eq(a.b, "\x52\x54\x00\x12\x34\x56\x78", 7);
}
END_TEST

START_TEST(without_cookie_it_is_bootp)
{
	packet_init(&p);
	packet_opt(&p, 53, "\x01", 1);
	p.b[239] ^= 1;
	ck_assert_int_eq(packet_parse(&p, &m), 0);
	ck_assert(!m.has_cookie);
	ck_assert_uint_eq(m.nopt, 0);
	ck_assert_uint_eq(m.type, PXE_DHCP_BOOTP);
	ck_assert_str_eq(m.file, "pxelinux.0");
	p.b[239] ^= 1;
	for (size_t len = 236; len < 240; len++) {
		ck_assert_int_eq(packet_parse_cut(&p, len, &m), 0);
		ck_assert(!m.has_cookie);
	}
	ck_assert_int_eq(packet_parse_cut(&p, 240, &m), 0);
	ck_assert(m.has_cookie);
}
END_TEST

/* ---- errors ---- */

START_TEST(too_short_and_too_long)
{
	packet_init(&p);
	for (size_t len = 0; len < PXE_DHCP_FIXED_LEN; len++)
		ck_assert_int_eq(packet_parse_cut(&p, len, &m), PXE_E_TRUNC);
	memset(p.b + p.len, 0, sizeof(p.b) - p.len);
	ck_assert_int_eq(packet_parse_cut(&p, PXE_DHCP_MAX_LEN, &m), 0);
	ck_assert_int_eq(packet_parse_cut(&p, PXE_DHCP_MAX_LEN + 1, &m), PXE_E_TOOBIG);
}
END_TEST

START_TEST(op_and_hlen)
{
	for (unsigned op = 0; op < 256; op++) {
		packet_init(&p);
		p.b[0] = (uint8_t)op;
		ck_assert_int_eq(packet_parse(&p, &m), op == 1 || op == 2 ? 0 : PXE_E_RANGE);
	}
	for (unsigned hlen = 0; hlen < 256; hlen++) {
		packet_init(&p);
		p.b[2] = (uint8_t)hlen;
		ck_assert_int_eq(packet_parse(&p, &m), hlen <= 16 ? 0 : PXE_E_SYNTAX);
	}
}
END_TEST

static const struct wrong {
	uint8_t code, len;
	const char *bytes;
	int err;
} wrong[] = {
    {53, 0, "", PXE_E_SYNTAX},
    {53, 1, "\x01", 0},
    {53, 1, "\x00", 0},
    {53, 2, "\x01\x01", PXE_E_SYNTAX},
    {52, 0, "", PXE_E_SYNTAX},
    {52, 2, "\x01\x01", PXE_E_SYNTAX},
    {52, 1, "\x00", PXE_E_SYNTAX},
    {52, 1, "\x04", PXE_E_SYNTAX},
    {52, 1, "\xff", PXE_E_SYNTAX},
    {82, 0, "", PXE_E_SYNTAX},
    {82, 1, "\x01", PXE_E_SYNTAX},
    {82, 2, "\x13\x00", 0}, /* relay port has no value */
    {12, 0, "", 0},
};

START_TEST(options_that_steer_have_one_length)
{
	const struct wrong *w = &wrong[_i];

	packet_init(&p);
	packet_opt(&p, w->code, w->bytes, w->len);
	packet_byte(&p, 255);
	ck_assert_int_eq(packet_parse(&p, &m), w->err);
}
END_TEST

START_TEST(two_message_types_are_none)
{
	packet_init(&p);
	packet_opt(&p, 53, "\x01", 1);
	packet_opt(&p, 53, "\x03", 1);
	ck_assert_int_eq(packet_parse(&p, &m), PXE_E_SYNTAX);
}
END_TEST

/* ---- options ---- */

START_TEST(order_of_first_appearance)
{
	static const uint8_t order[] = {60, 53, 12, 1};

	packet_init(&p);
	packet_opt(&p, 60, "PXE", 3);
	packet_opt(&p, 53, "\x03", 1);
	packet_opt(&p, 12, "a", 1);
	packet_opt(&p, 60, "Client", 6);
	packet_opt(&p, 1, "\xff\xff\xff\x00", 4);
	packet_opt(&p, 12, "b", 1);
	packet_byte(&p, 255);
	ck_assert_int_eq(packet_parse(&p, &m), 0);
	ck_assert_uint_eq(m.nopt, 4);
	ck_assert_mem_eq(m.order, order, 4);
	ck_assert_uint_eq(m.type, PXE_DHCP_REQUEST);
	/* RFC 3396 5: instances join in order, wherever they stand. */
	assert_opt(&m, 60, "PXEClient", 9);
	assert_opt(&m, 12, "ab", 2);
	assert_opt(&m, 1, "\xff\xff\xff\x00", 4);
	ck_assert(!pxe_dhcp_has(&m, 3));
	ck_assert_ptr_null(pxe_dhcp_get(&m, 3).p);
	ck_assert_uint_eq(pxe_dhcp_get(&m, 3).len, 0);
}
END_TEST

START_TEST(empty_options_are_there)
{
	packet_init(&p);
	packet_opt(&p, 80, "", 0);
	packet_opt(&p, 12, "x", 1);
	packet_opt(&p, 145, "", 0);
	packet_byte(&p, 255);
	ck_assert_int_eq(packet_parse(&p, &m), 0);
	assert_opt(&m, 80, "", 0);
	assert_opt(&m, 145, "", 0);
	assert_opt(&m, 12, "x", 1);
	ck_assert_ptr_nonnull(pxe_dhcp_get(&m, 80).p);
}
END_TEST

START_TEST(pad_and_end_in_odd_places)
{
	packet_init(&p);
	packet_byte(&p, 0);
	packet_byte(&p, 0);
	packet_opt(&p, 12, "a\x00\xff", 3); /* inside a value they are bytes */
	packet_byte(&p, 0);
	packet_opt(&p, 50, "\x0a\x00\x00\x01", 4);
	packet_byte(&p, 0);
	packet_byte(&p, 255);
	packet_opt(&p, 53, "\x01", 1); /* behind END nothing counts */
	packet_byte(&p, 255);
	ck_assert_int_eq(packet_parse(&p, &m), 0);
	ck_assert(!m.truncated_opt);
	ck_assert_uint_eq(m.nopt, 2);
	assert_opt(&m, 12, "a\x00\xff", 3);
	ck_assert_uint_eq(m.type, 0);

	packet_init(&p); /* END at once */
	packet_byte(&p, 255);
	packet_byte(&p, 53);
	ck_assert_int_eq(packet_parse(&p, &m), 0);
	ck_assert_uint_eq(m.nopt, 0);
	ck_assert(!m.truncated_opt);

	packet_init(&p); /* no END at all */
	packet_opt(&p, 12, "a", 1);
	packet_byte(&p, 0);
	ck_assert_int_eq(packet_parse(&p, &m), 0);
	ck_assert(!m.truncated_opt);
	assert_opt(&m, 12, "a", 1);
}
END_TEST

START_TEST(cut_at_every_byte)
{
	static const uint8_t lens[] = {3, 0, 1, 9, 4};
	size_t ends[6], n = 0;

	packet_init(&p);
	ends[0] = p.len;
	for (uint8_t i = 0; i < 5; i++) {
		packet_opt(&p, (uint8_t)(100 + i), "abcdefghi", lens[i]);
		ends[i + 1] = p.len;
	}
	for (size_t len = PXE_DHCP_FIXED_LEN + 4; len <= p.len; len++) {
		ck_assert_int_eq(packet_parse_cut(&p, len, &m), 0);
		while (n < 5 && ends[n + 1] <= len)
			n++;
		ck_assert_uint_eq(m.nopt, n);
		ck_assert_int_eq(m.truncated_opt, len != ends[n]);
		for (uint8_t i = 0; i < n; i++)
			assert_opt(&m, (uint8_t)(100 + i), "abcdefghi", lens[i]);
	}
	ck_assert_uint_eq(n, 5);
}
END_TEST

START_TEST(long_options_join)
{
	uint8_t big[1000];
	uint32_t seed = 7;

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)next_random(&seed);
	packet_init(&p);
	for (size_t off = 0; off < sizeof(big); off += 255) {
		packet_opt(&p, 43, big + off, off + 255 < sizeof(big) ? 255 : sizeof(big) - off);
		packet_opt(&p, 12, "h", 1);
	}
	packet_byte(&p, 255);
	ck_assert_int_eq(packet_parse(&p, &m), 0);
	assert_opt(&m, 43, big, sizeof(big));
	assert_opt(&m, 12, "hhhh", 4);
}
END_TEST

START_TEST(the_largest_packet_holds)
{
	size_t bytes = 0;

	/* 40 codes in turn, one byte each, as often as they fit: everything must be joined. */
	packet_init(&p);
	for (unsigned i = 0; p.len + 3 <= PXE_DHCP_MAX_LEN; i++, bytes++)
		packet_opt(&p, (uint8_t)(i % 40 + 100), "x", 1);
	while (p.len < PXE_DHCP_MAX_LEN)
		packet_byte(&p, 0);
	ck_assert_int_eq(packet_parse(&p, &m), 0);
	ck_assert_uint_eq(m.nopt, 40);
	ck_assert_uint_eq(m.used, bytes);
	for (uint8_t i = 0; i < 40; i++) {
		struct pxe_bytes v = pxe_dhcp_get(&m, (uint8_t)(100 + i));

		ck_assert_uint_eq(v.len, bytes / 40 + (i < bytes % 40));
		for (size_t j = 0; j < v.len; j++)
			MUST(v.p[j] == 'x');
	}

	/* Every code there is, the options field full to the last byte. */
	packet_init(&p);
	for (unsigned code = 1; code < 255; code++)
		packet_opt(&p, (uint8_t)code, "\x03\x00", code == 52 || code == 53 ? 1 : 2);
	memset(p.b + 44, 0, 192);
	ck_assert_int_eq(packet_parse(&p, &m), 0);
	ck_assert_uint_eq(m.nopt, 254);
}
END_TEST

/* ---- option overload (RFC 2132 9.3, RFC 2131 4.1) ---- */

static void put_field(size_t off, size_t size, const char *bytes, size_t n)
{
	memset(p.b + off, 0, size);
	memcpy(p.b + off, bytes, n);
}

START_TEST(overload_joins_options_file_sname)
{
	unsigned v = (unsigned)_i;
	uint8_t value = (uint8_t)v;
	const char *want[] = {"O", "OF", "OS", "OFS"};

	packet_init(&p);
	packet_opt(&p, 15, "O", 1);
	if (v > 0)
		packet_opt(&p, 52, &value, 1);
	packet_opt(&p, 53, "\x02", 1);
	packet_byte(&p, 255);
	put_field(44, 64, "\x00\x0f\x01S\x0c\x02sn\xff", 9);
	put_field(108, 128,
	    "\x0f\x01"
	    "F\x00\x00\x43\x01"
	    "b\xff\x0c\x01z",
	    12);
	ck_assert_int_eq(packet_parse(&p, &m), 0);
	assert_opt(&m, 15, want[v], strlen(want[v]));
	ck_assert_uint_eq(m.type, PXE_DHCP_OFFER);
	ck_assert_int_eq(pxe_dhcp_has(&m, 67), (v & 1) != 0);
	ck_assert_int_eq(pxe_dhcp_has(&m, 12), (v & 2) != 0);
	if ((v & 2) != 0)
		assert_opt(&m, 12, "sn", 2);
	/* A field that carries options has no text. */
	ck_assert_int_eq(m.file[0] == '\0', (v & 1) != 0);
	ck_assert_str_eq(m.sname, "");
	ck_assert(!m.truncated_opt);
}
END_TEST

START_TEST(overloaded_fields_end_where_they_end)
{
	/* An option that runs out of file must not reach into what lies behind it. */
	packet_init(&p);
	packet_opt(&p, 52, "\x03", 1);
	packet_byte(&p, 255);
	memset(p.b + 44, 0, 192);
	p.b[108 + 125] = 12;
	p.b[108 + 126] = 2; /* one byte is left */
	p.b[44 + 63] = 15;  /* not even a length */
	p.b[44] = 66;
	p.b[45] = 1;
	p.b[46] = 't';
	ck_assert_int_eq(packet_parse(&p, &m), 0);
	ck_assert(m.truncated_opt);
	ck_assert(!pxe_dhcp_has(&m, 12));
	ck_assert(!pxe_dhcp_has(&m, 15));
	assert_opt(&m, 66, "t", 1);
}
END_TEST

START_TEST(overload_and_agent_count_in_options_only)
{
	packet_init(&p);
	packet_opt(&p, 82, "\x01\x01R", 3);
	packet_opt(&p, 52, "\x01", 1);
	packet_byte(&p, 255);
	put_field(108, 128, "\x52\x03\x01\x01X\x34\x01\x02\x0c\x01h\xff", 12);
	put_field(44, 64, "name", 4);
	ck_assert_int_eq(packet_parse(&p, &m), 0);
	assert_opt(&m, 82, "\x01\x01R", 3);
	assert_opt(&m, 52, "\x01", 1);
	assert_opt(&m, 12, "h", 1);
	ck_assert_str_eq(m.sname, "name");
}
END_TEST

START_TEST(overload_behind_padding_and_split)
{
	/* RFC 3396 lets an instance be empty; the byte is in the other one. */
	packet_init(&p);
	packet_byte(&p, 0);
	packet_opt(&p, 52, "", 0);
	packet_opt(&p, 12, "\x34\x01\x02", 3);
	packet_opt(&p, 52, "\x01", 1);
	put_field(108, 128,
	    "\x0f\x01"
	    "f\xff",
	    4);
	ck_assert_int_eq(packet_parse(&p, &m), 0);
	assert_opt(&m, 15, "f", 1);
	ck_assert_str_eq(m.sname, "server.example");
}
END_TEST

/* ---- reading ---- */

START_TEST(typed_reads_want_the_exact_length)
{
	uint8_t u8 = 7;
	uint16_t u16 = 7;
	uint32_t u32 = 7;
	struct pxe_ip4 ip = {7};

	pxe_dhcp_init(&m);
	for (uint8_t n = 0; n < 9; n++)
		ck_assert_int_eq(
		    pxe_dhcp_set(&m, (uint8_t)(200 + n), "\x01\x02\x03\x04wxyz", n), 0);
	for (uint8_t n = 0; n < 10; n++) {
		uint8_t code = (uint8_t)(200 + n); /* 209 is absent */

		ck_assert_int_eq(pxe_dhcp_get_u8(&m, code, &u8), n == 1);
		ck_assert_int_eq(pxe_dhcp_get_u16(&m, code, &u16), n == 2);
		ck_assert_int_eq(pxe_dhcp_get_u32(&m, code, &u32), n == 4);
		ck_assert_int_eq(pxe_dhcp_get_ip4(&m, code, &ip), n == 4);
		ck_assert_uint_eq(u8, n < 1 ? 7 : 0x01);
		ck_assert_uint_eq(u16, n < 2 ? 7 : 0x0102);
		ck_assert_uint_eq(u32, n < 4 ? 7 : 0x01020304);
		ck_assert_uint_eq(ip.v, n < 4 ? 7 : 0x01020304);
	}
}
END_TEST

START_TEST(type_names)
{
	ck_assert_str_eq(pxe_dhcp_type_name(0), "BOOTP");
	ck_assert_str_eq(pxe_dhcp_type_name(1), "DISCOVER");
	ck_assert_str_eq(pxe_dhcp_type_name(13), "LEASEACTIVE");
	ck_assert_ptr_null(pxe_dhcp_type_name(14));
	ck_assert_ptr_null(pxe_dhcp_type_name(200));
	ck_assert_ptr_null(pxe_dhcp_type_name(4000000000u));
}
END_TEST

static const struct {
	int asked; /* option 57, -1 for none */
	unsigned mtu;
	size_t want;
} sizes[] = {
    {-1, 1500, 548},
    {-1, 0, 548},
    {0, 1500, 548},
    {300, 1500, 548},
    {575, 1500, 548},
    {576, 1500, 548},
    {577, 1500, 549},
    {1260, 1500, 1232},
    {1500, 1500, 1472},
    {1501, 1500, 1472},
    {65535, 1500, 1472},
    {65535, 9000, 8972},
    {1500, 576, 548},
    {1500, 500, 548}, /* every host takes 576 (RFC 2131 2) */
    {1500, 0, 548},
};

START_TEST(max_len)
{
	pxe_dhcp_init(&m);
	if (sizes[_i].asked >= 0)
		ck_assert_int_eq(pxe_dhcp_set_u16(&m, 57, (uint16_t)sizes[_i].asked), 0);
	ck_assert_uint_eq(pxe_dhcp_max_len(&m, sizes[_i].mtu), sizes[_i].want);
}
END_TEST

/* ---- setting ---- */

START_TEST(set_replaces_and_unset_removes)
{
	static const uint8_t order[] = {53, 12, 51}, less[] = {12, 51};

	memset(&m, 0xa5, sizeof(m)); /* init owes nothing to what was there */
	pxe_dhcp_init(&m);
	ck_assert(m.has_cookie);
	ck_assert_int_eq(pxe_dhcp_set_u8(&m, 53, PXE_DHCP_OFFER), 0);
	ck_assert_int_eq(pxe_dhcp_set(&m, 12, "host", 4), 0);
	ck_assert_int_eq(pxe_dhcp_set_u32(&m, 51, 3600), 0);
	ck_assert_int_eq(pxe_dhcp_set(&m, 12, "longer.name", 11), 0);
	ck_assert_int_eq(pxe_dhcp_set_u8(&m, 53, PXE_DHCP_ACK), 0);
	ck_assert_uint_eq(m.nopt, 3);
	ck_assert_mem_eq(m.order, order, 3);
	ck_assert_uint_eq(m.type, PXE_DHCP_ACK);
	assert_opt(&m, 12, "longer.name", 11);
	assert_opt(&m, 51, "\x00\x00\x0e\x10", 4);
	ck_assert_int_eq(pxe_dhcp_set_ip4(&m, 51, (struct pxe_ip4){0x0a000001}), 0);
	assert_opt(&m, 51, "\x0a\x00\x00\x01", 4);
	pxe_dhcp_unset(&m, 53);
	pxe_dhcp_unset(&m, 53);
	pxe_dhcp_unset(&m, 99);
	ck_assert_uint_eq(m.type, 0);
	ck_assert_uint_eq(m.nopt, 2);
	ck_assert_mem_eq(m.order, less, 2);
	assert_opt(&m, 12, "longer.name", 11);
	ck_assert_uint_eq(m.used, 15);
}
END_TEST

START_TEST(set_says_no)
{
	static uint8_t big[PXE_DHCP_OPT_SPACE];

	pxe_dhcp_init(&m);
	ck_assert_int_eq(pxe_dhcp_set(&m, 0, "a", 1), PXE_E_RANGE);
	ck_assert_int_eq(pxe_dhcp_set(&m, 255, "a", 1), PXE_E_RANGE);
	ck_assert_int_eq(pxe_dhcp_set(&m, 53, "ab", 2), PXE_E_RANGE);
	ck_assert_int_eq(pxe_dhcp_set(&m, 82, "a", 1), PXE_E_RANGE);
	ck_assert_uint_eq(m.nopt, 0);
	ck_assert_int_eq(pxe_dhcp_set(&m, 43, big, sizeof(big) + 1), PXE_E_TOOBIG);
	ck_assert_int_eq(pxe_dhcp_set(&m, 43, big, sizeof(big)), 0);
	ck_assert_int_eq(pxe_dhcp_set(&m, 12, "a", 1), PXE_E_TOOBIG);
	ck_assert(!pxe_dhcp_has(&m, 12));
	/* Room comes back when an option shrinks, also the one that filled it. */
	ck_assert_int_eq(pxe_dhcp_set(&m, 43, big, sizeof(big) - 1), 0);
	ck_assert_int_eq(pxe_dhcp_set(&m, 12, "a", 1), 0);
	ck_assert_int_eq(pxe_dhcp_set(&m, 43, big, sizeof(big)), PXE_E_TOOBIG);
	assert_opt(&m, 12, "a", 1);
	ck_assert_uint_eq(pxe_dhcp_get(&m, 43).len, sizeof(big) - 1);
}
END_TEST

/* Thousands of edits against the simplest model there is: an array of strings. */
START_TEST(edits_agree_with_a_model)
{
	static uint8_t model[256][80];
	static int len[256];
	uint32_t seed = 20131;
	size_t total = 0;

	memset(len, 0xff, sizeof(len));
	pxe_dhcp_init(&m);
	for (unsigned turn = 0; turn < 20000; turn++) {
		uint8_t code = (uint8_t)(next_random(&seed) % 40 + 100);
		uint8_t value[80];
		size_t n = next_random(&seed) % sizeof(value);

		if (next_random(&seed) % 4 == 0) {
			pxe_dhcp_unset(&m, code);
			len[code] = -1;
			continue;
		}
		for (size_t i = 0; i < n; i++)
			value[i] = (uint8_t)next_random(&seed);
		MUST(pxe_dhcp_set(&m, code, value, n) == 0);
		memcpy(model[code], value, n);
		len[code] = (int)n;
		if (turn % 50 != 0)
			continue;
		total = 0;
		for (unsigned c = 100; c < 140; c++) {
			MUST(pxe_dhcp_has(&m, (uint8_t)c) == (len[c] >= 0));
			if (len[c] >= 0)
				assert_opt(&m, (uint8_t)c, model[c], (size_t)len[c]);
			total += len[c] > 0 ? (size_t)len[c] : 0;
		}
		MUST(m.used == total);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dhcp_msg");
	TCase *parse = tcase_create("parse"), *edit = tcase_create("edit");
	SRunner *runner = NULL;
	int failed = 0;

	tcase_add_test(parse, every_header_field);
	tcase_add_test(parse, text_without_nul_is_still_text);
	tcase_add_test(parse, hwaddr_has_type_and_length);
	tcase_add_test(parse, without_cookie_it_is_bootp);
	tcase_add_test(parse, too_short_and_too_long);
	tcase_add_test(parse, op_and_hlen);
	tcase_add_loop_test(
	    parse, options_that_steer_have_one_length, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(parse, two_message_types_are_none);
	tcase_add_test(parse, order_of_first_appearance);
	tcase_add_test(parse, empty_options_are_there);
	tcase_add_test(parse, pad_and_end_in_odd_places);
	tcase_add_test(parse, cut_at_every_byte);
	tcase_add_test(parse, long_options_join);
	tcase_add_test(parse, the_largest_packet_holds);
	tcase_add_loop_test(parse, overload_joins_options_file_sname, 0, 4);
	tcase_add_test(parse, overloaded_fields_end_where_they_end);
	tcase_add_test(parse, overload_and_agent_count_in_options_only);
	tcase_add_test(parse, overload_behind_padding_and_split);
	tcase_add_test(edit, typed_reads_want_the_exact_length);
	tcase_add_test(edit, type_names);
	tcase_add_loop_test(edit, max_len, 0, sizeof(sizes) / sizeof(sizes[0]));
	tcase_add_test(edit, set_replaces_and_unset_removes);
	tcase_add_test(edit, set_says_no);
	tcase_add_test(edit, edits_agree_with_a_model);
	suite_add_tcase(s, parse);
	suite_add_tcase(s, edit);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
