/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_encode_test.c -- DHCPv4 messages into bytes: layout, overload, what is left out. */
#include "dhcp_packet.h"

static struct pxe_dhcp_msg m, back;
static uint8_t out[PXE_DHCP_MAX_LEN];
static uint64_t dropped[4];

static void message(void)
{
	pxe_dhcp_init(&m);
	m.op = 2;
	m.htype = 1;
	m.hlen = 6;
	memset(dropped, 0xff, sizeof(dropped));
	memset(out, 0xa5, sizeof(out));
}

/* Set an option of n bytes that count up from its code. */
static void fill(uint8_t code, size_t n)
{
	static uint8_t v[PXE_DHCP_OPT_SPACE];

	for (size_t i = 0; i < n; i++)
		v[i] = (uint8_t)(code + i);
	MUST(pxe_dhcp_set(&m, code, v, n) == 0);
}

static int encode(size_t max_len, bool overload)
{
	struct pxe_dhcp_encode_how how = {max_len, PXE_DHCP_MIN_LEN, overload};
	int len = pxe_dhcp_encode(&m, &how, out, sizeof(out), dropped);

	if (len >= 0)
		MUST(pxe_dhcp_parse(out, (size_t)len, &back) == 0);
	return len;
}

static bool is_dropped(uint8_t code)
{
	return (dropped[code >> 6] >> (code & 63) & 1) != 0;
}

static bool none_dropped(void)
{
	return (dropped[0] | dropped[1] | dropped[2] | dropped[3]) == 0;
}

/* Option codes of a field in the order in which they stand; the offset of END, or size. */
static size_t scan(size_t off, size_t size, uint8_t *codes, size_t *out_n)
{
	size_t i = off;

	*out_n = 0;
	while (i < off + size && out[i] != 255) {
		if (out[i] == 0) {
			i++;
			continue;
		}
		codes[(*out_n)++] = out[i];
		i += 2u + out[i + 1];
	}
	MUST(i <= off + size);
	return i;
}

START_TEST(every_header_field_and_padding)
{
	static struct packet p;
	int len = 0;

	packet_init(&p);
	packet_byte(&p, 255);
	while (p.len < 300)
		packet_byte(&p, 0);
	ck_assert_int_eq(packet_parse(&p, &m), 0);
	len = encode(548, false);
	ck_assert_int_eq(len, 300);
	ck_assert_mem_eq(out, p.b, 300);
	ck_assert(none_dropped());
}
END_TEST

START_TEST(texts_fill_their_fields)
{
	message();
	memset(m.sname, 's', 64);
	memset(m.file, 'f', 128);
	m.sname[64] = m.file[128] = '\0';
	ck_assert_int_eq(encode(548, true), 300);
	ck_assert_uint_eq(out[44], 's');
	ck_assert_uint_eq(out[107], 's');
	ck_assert_uint_eq(out[108], 'f');
	ck_assert_uint_eq(out[235], 'f');
	ck_assert_uint_eq(out[236], 0x63);
	/* What is behind the NUL in the message stays at home. */
	m.sname[3] = m.file[3] = '\0';
	ck_assert_int_eq(encode(548, true), 300);
	for (size_t i = 47; i < 108; i++)
		ck_assert_uint_eq(out[i], 0);
	for (size_t i = 111; i < 236; i++)
		ck_assert_uint_eq(out[i], 0);
}
END_TEST

START_TEST(type_first_agent_last)
{
	static const uint8_t want[] = {
	    53, 2, 0, 51, 4, 51, 52, 53, 54, 1, 4, 1, 2, 3, 4, 82, 3, 82, 83, 84, 255};
	uint8_t *options = out + 240;

	message();
	fill(51, 4);
	fill(82, 3);
	fill(1, 4);
	ck_assert_int_eq(pxe_dhcp_set_u8(&m, 53, 2), 0);
	ck_assert_int_eq(encode(548, true), 300);
	ck_assert_uint_eq(options[0], 53);
	ck_assert_uint_eq(options[1], 1);
	ck_assert_uint_eq(options[2], 2);
	ck_assert_mem_eq(options + 3, want + 3, sizeof(want) - 3);
	for (size_t i = 240 + sizeof(want); i < 300; i++)
		ck_assert_uint_eq(out[i], 0);
}
END_TEST

START_TEST(long_options_are_split)
{
	message();
	fill(43, 255 + 255 + 10);
	ck_assert_int_eq(encode(1472, false), 240 + 520 + 6 + 1);
	ck_assert_uint_eq(out[240], 43);
	ck_assert_uint_eq(out[241], 255);
	ck_assert_uint_eq(out[240 + 257], 43);
	ck_assert_uint_eq(out[241 + 257], 255);
	ck_assert_uint_eq(out[240 + 514], 43);
	ck_assert_uint_eq(out[241 + 514], 10);
	ck_assert_uint_eq(pxe_dhcp_get(&back, 43).len, 520);
	ck_assert_mem_eq(pxe_dhcp_get(&back, 43).p, pxe_dhcp_get(&m, 43).p, 520);

	message(); /* exactly one piece, an empty one, and a relay's own that is long */
	fill(43, 255);
	fill(80, 0);
	fill(82, 300);
	ck_assert_int_eq(encode(1472, false), 240 + 257 + 2 + 304 + 1);
	ck_assert_uint_eq(out[241], 255);
	ck_assert_uint_eq(out[240 + 257], 80);
	ck_assert_uint_eq(out[241 + 257], 0);
	ck_assert_uint_eq(pxe_dhcp_get(&back, 82).len, 300);
}
END_TEST

START_TEST(full_to_the_last_byte)
{
	/* 53 takes 3, END 1; the rest of 300 - 240 is one option. */
	for (size_t n = 50; n < 60; n++) {
		message();
		ck_assert_int_eq(pxe_dhcp_set_u8(&m, 53, 5), 0);
		fill(12, n);
		ck_assert_int_eq(encode(300, false), 300);
		ck_assert_int_eq(is_dropped(12), 3 + 2 + n + 1 > 60);
		ck_assert_int_eq(pxe_dhcp_has(&back, 12), !is_dropped(12));
	}
	/* Less than 300 is taken for 300, the buffer is the last word. */
	message();
	fill(12, 57);
	ck_assert_int_eq(encode(0, false), 300);
	ck_assert(none_dropped());
}
END_TEST

START_TEST(overload_only_when_needed)
{
	uint8_t codes[128];
	size_t n = 0;

	message();
	fill(12, 57);
	ck_assert_int_eq(encode(300, true), 300);
	ck_assert(!pxe_dhcp_has(&back, 52));

	fill(15, 20); /* no longer fits: goes to file, and 52 says so */
	ck_assert_int_eq(encode(300, true), 300);
	ck_assert(none_dropped());
	assert_opt(&back, 52, "\x01", 1);
	(void)scan(108, 128, codes, &n);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(codes[0], 12); /* it gave way to 52 itself */
	ck_assert_uint_eq(out[108 + 59], 255);
	for (size_t i = 108 + 60; i < 236; i++)
		ck_assert_uint_eq(out[i], 0);
	(void)scan(240, 60, codes, &n);
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(codes[0], 15);
	ck_assert_uint_eq(codes[1], 52);
	for (size_t i = 44; i < 108; i++)
		ck_assert_uint_eq(out[i], 0);
}
END_TEST

START_TEST(file_then_sname_where_they_are_empty)
{
	bool file = (_i & 1) != 0, sname = (_i & 2) != 0; /* taken by text */
	uint8_t room = (uint8_t)((file ? 0 : 1) | (sname ? 0 : 2));

	message();
	ck_assert_int_eq(pxe_dhcp_set_u8(&m, 53, 5), 0);
	if (file)
		memcpy(m.file, "boot", 5);
	if (sname)
		memcpy(m.sname, "host", 5);
	fill(82, 40);
	fill(67, 110); /* only file has room for it */
	fill(66, 55);  /* and only sname for this one then */
	fill(3, 4);
	ck_assert_int_eq(encode(300, true), 300);
	ck_assert_int_eq(is_dropped(67), file);
	ck_assert_int_eq(is_dropped(66), sname); /* 67 took file, if it was to be had */
	ck_assert(!is_dropped(3));
	assert_opt(&back, 82, pxe_dhcp_get(&m, 82).p, 40);
	if (room == 0)
		ck_assert(!pxe_dhcp_has(&back, 52));
	else
		assert_opt(&back, 52, &room, 1);
	ck_assert_str_eq(back.file, file ? "boot" : "");
	ck_assert_str_eq(back.sname, sname ? "host" : "");
}
END_TEST

START_TEST(long_options_spread_over_fields)
{
	/* 320 - 240 - END - 52 leaves 76: 74 bytes, then 125 in file and 61 in sname. */
	for (size_t n = 256; n < 265; n++) {
		message();
		fill(43, n);
		ck_assert_int_eq(encode(320, true), n <= 260 ? 320 : 300);
		ck_assert_int_eq(is_dropped(43), n > 260);
		if (!is_dropped(43))
			assert_opt(&back, 43, pxe_dhcp_get(&m, 43).p, n);
		else
			ck_assert_uint_eq(back.nopt, 0); /* all or nothing, and then no 52 either */
	}
	/* Short ones stay whole for clients that do not join. */
	message();
	fill(43, 200);
	ck_assert_int_eq(encode(320, true), 300);
	ck_assert(is_dropped(43));
}
END_TEST

START_TEST(agent_room_is_reserved)
{
	message();
	ck_assert_int_eq(pxe_dhcp_set_u8(&m, 53, 2), 0);
	fill(12, 100);
	fill(82, 54); /* 53, 82 and END fill the field: nothing else fits */
	fill(51, 4);
	ck_assert_int_eq(encode(300, false), 300);
	ck_assert(is_dropped(12));
	ck_assert(is_dropped(51));
	ck_assert(!is_dropped(82));
	assert_opt(&back, 82, pxe_dhcp_get(&m, 82).p, 54);
	ck_assert_uint_eq(back.nopt, 2);
	ck_assert_uint_eq(out[299], 255);
	/* Not even room for 52: the other fields stay closed. */
	ck_assert_int_eq(encode(300, true), 300);
	ck_assert(is_dropped(51));

	fill(82, 55); /* one more and it is 82 that does not fit */
	ck_assert_int_eq(encode(300, false), 300);
	ck_assert(is_dropped(82));
	ck_assert(!is_dropped(51));
	ck_assert(is_dropped(12));
}
END_TEST

START_TEST(overload_set_by_the_caller_is_not_sent)
{
	message();
	ck_assert_int_eq(pxe_dhcp_set_u8(&m, 52, 3), 0);
	fill(12, 4);
	ck_assert_int_eq(encode(300, true), 300);
	ck_assert(!pxe_dhcp_has(&back, 52));
	ck_assert(none_dropped());
}
END_TEST

START_TEST(bootp_without_cookie_has_no_options)
{
	message();
	m.has_cookie = false;
	fill(12, 4);
	ck_assert_int_eq(encode(548, true), 300);
	ck_assert(is_dropped(12));
	ck_assert(!back.has_cookie);
	for (size_t i = 236; i < 300; i++)
		ck_assert_uint_eq(out[i], 0);
}
END_TEST

START_TEST(the_buffer_is_the_last_word)
{
	struct pxe_dhcp_encode_how how = {1472, 300, true};

	message();
	ck_assert_int_eq(pxe_dhcp_set_u8(&m, 53, 2), 0);
	fill(12, 10);
	for (size_t cap = 0; cap < 320; cap++) {
		uint8_t *tight = malloc(cap > 0 ? cap : 1);
		int len = pxe_dhcp_encode(&m, &how, tight, cap, dropped);

		/* The fixed part, the cookie, 53 and END are the least. */
		ck_assert_int_eq(len, cap < 244 ? PXE_E_TOOBIG : cap < 300 ? (int)cap : 300);
		if (len >= 0)
			ck_assert_int_eq(is_dropped(12), cap < 256 && cap < 244 + 3);
		free(tight);
	}
	ck_assert_int_eq(pxe_dhcp_encode(&m, &how, out, sizeof(out), NULL), 300);
	how.min_len = 0;
	ck_assert_int_eq(pxe_dhcp_encode(&m, &how, out, sizeof(out), NULL), 256);
}
END_TEST

/* ---- generated messages ---- */

static uint32_t seed;

static void random_message(void)
{
	unsigned n = next_random(&seed) % 30;

	message();
	m.xid = next_random(&seed);
	m.secs = (uint16_t)next_random(&seed);
	m.flags = (uint16_t)next_random(&seed);
	m.giaddr.v = next_random(&seed);
	if (next_random(&seed) % 2 == 0)
		memcpy(m.file, "grubx64.efi", 12);
	if (next_random(&seed) % 3 == 0)
		memcpy(m.sname, "tftp.example", 13);
	if (next_random(&seed) % 8 != 0)
		MUST(pxe_dhcp_set_u8(&m, 53, (uint8_t)(next_random(&seed) % 9)) == 0);
	if (next_random(&seed) % 2 == 0)
		fill(82, next_random(&seed) % 60 + 2);
	while (n-- > 0) {
		uint8_t code = (uint8_t)(next_random(&seed) % 254 + 1);
		size_t len = next_random(&seed) % (next_random(&seed) % 10 == 0 ? 700 : 40);

		if (code != 52 && code != 53 && code != 82)
			fill(code, len);
	}
}

static size_t wire_len(void)
{
	size_t n = 241;

	for (unsigned i = 0; i < m.nopt; i++) {
		size_t len = m.slot[m.order[i]].len;

		n += len + 2 * (len > 255 ? (len + 254) / 255 : 1);
	}
	return n;
}

static void assert_same_but_dropped(void)
{
	for (unsigned code = 1; code < 255; code++) {
		bool had = pxe_dhcp_has(&m, (uint8_t)code);

		if (code == 52)
			continue;
		MUST(pxe_dhcp_has(&back, (uint8_t)code) == (had && !is_dropped((uint8_t)code)));
		MUST(had || !is_dropped((uint8_t)code));
		if (pxe_dhcp_has(&back, (uint8_t)code))
			assert_opt(&back, (uint8_t)code, pxe_dhcp_get(&m, (uint8_t)code).p,
			    pxe_dhcp_get(&m, (uint8_t)code).len);
	}
	MUST(back.xid == m.xid);
	MUST(back.secs == m.secs);
	MUST(back.flags == m.flags);
	MUST(back.giaddr.v == m.giaddr.v);
	MUST(back.type == m.type);
	MUST(strcmp(back.file, m.file) == 0);
	MUST(strcmp(back.sname, m.sname) == 0);
	MUST(!back.truncated_opt);
}

/* The rules of place: 53 first, 82 last, in the options field both. */
static void assert_places(int len)
{
	uint8_t codes[4096];
	size_t n = 0;

	(void)scan(240, (size_t)len - 240, codes, &n);
	if (pxe_dhcp_has(&m, 53))
		MUST(codes[0] == 53);
	if (pxe_dhcp_has(&back, 82))
		MUST(codes[n - 1] == 82);
}

START_TEST(generated_messages_come_back)
{
	static const size_t sizes[] = {300, 301, 400, 548, 576, 1024, 1472};
	size_t max_len = sizes[_i / 2];
	bool overload = _i % 2 != 0;

	seed = 4242u + (uint32_t)_i;
	for (unsigned turn = 0; turn < 1500; turn++) {
		int len = 0;

		random_message();
		len = encode(max_len, overload);
		MUST(len >= 300);
		MUST((size_t)len <= max_len);
		for (size_t i = (size_t)len; i < sizeof(out); i += 97)
			MUST(out[i] == 0xa5);
		assert_same_but_dropped();
		assert_places(len);
		if (wire_len() <= max_len) {
			MUST(none_dropped());
			MUST(!pxe_dhcp_has(&back, 52));
		}
		if (!overload)
			MUST(!pxe_dhcp_has(&back, 52));
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dhcp_encode");
	TCase *layout = tcase_create("layout"), *generated = tcase_create("generated");
	SRunner *runner = NULL;
	int failed = 0;

	tcase_add_test(layout, every_header_field_and_padding);
	tcase_add_test(layout, texts_fill_their_fields);
	tcase_add_test(layout, type_first_agent_last);
	tcase_add_test(layout, long_options_are_split);
	tcase_add_test(layout, full_to_the_last_byte);
	tcase_add_test(layout, overload_only_when_needed);
	tcase_add_loop_test(layout, file_then_sname_where_they_are_empty, 0, 4);
	tcase_add_test(layout, long_options_spread_over_fields);
	tcase_add_test(layout, agent_room_is_reserved);
	tcase_add_test(layout, overload_set_by_the_caller_is_not_sent);
	tcase_add_test(layout, bootp_without_cookie_has_no_options);
	tcase_add_test(layout, the_buffer_is_the_last_word);
	tcase_set_timeout(generated, 60);
	tcase_add_loop_test(generated, generated_messages_come_back, 0, 14);
	suite_add_tcase(s, layout);
	suite_add_tcase(s, generated);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
