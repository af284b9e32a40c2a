/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_agent_test.c -- option 82 into packets and out of them again, byte by byte. */
#include "libpxecommon/proto/dhcp_agent.h"

#include <string.h>

#include "libpxecommon/proto/dhcp_msg.h"
#include "tests/unit/check_main.h"

enum { HEAD = PXE_DHCP_FIXED_LEN + 4 };

/* The options field of a packet as a literal with inner NULs. */
struct field {
	const char *p;
	size_t len;
};
#define F(text)                                                                                    \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}

/* Fixed part with a value in each byte, cookie, field; returns the length. */
static size_t make_packet(uint8_t *pkt, struct field field)
{
	for (size_t i = 0; i < PXE_DHCP_FIXED_LEN; i++)
		pkt[i] = (uint8_t)(i * 7 + 1);
	memcpy(pkt + PXE_DHCP_FIXED_LEN, "\x63\x82\x53\x63", 4);
	memcpy(pkt + HEAD, field.p, field.len);
	return HEAD + field.len;
}

static void expect_head(const uint8_t *pkt)
{
	uint8_t head[HEAD + 1];

	make_packet(head, (struct field){"", 0});
	ck_assert_mem_eq(pkt, head, HEAD);
}

/* ---- suboptions ---- */

static const struct {
	struct field body;
	int check;
	int sub1_len, sub5_len; /* of suboptions 1 and 5, -1 when absent */
} body[] = {
    {F("\1\4eth1"), 0, 4, -1},
    {F("\1\4eth1\5\4\x0a\0\0\0"), 0, 4, 4},
    {F("\5\4\x0a\0\0\0\1\4eth1"), 0, 4, 4},
    {F("\1\0"), 0, 0, -1},
    {F("\1\0\5\0"), 0, 0, 0},
    {F("\1\1a\1\2bc"), 0, 1, -1}, /* the first of two */
    {F("\0\1x\1\1y"), 0, 1, -1},  /* 0 and 255 are ordinary codes here */
    {F("\xff\1x\1\1y"), 0, 1, -1},
    {F("\x13\0"), 0, -1, -1},
    {F(""), PXE_E_SYNTAX, -1, -1},
    {F("\1"), PXE_E_SYNTAX, -1, -1},
    {F("\1\4eth"), PXE_E_SYNTAX, -1, -1},
    {F("\1\4eth1\5"), PXE_E_SYNTAX, 4, -1},
    {F("\1\4eth1\5\4\x0a\0\0"), PXE_E_SYNTAX, 4, -1},
    {F("\2\xff\1\1x"), PXE_E_SYNTAX, -1, -1}, /* absent: hidden in a body too long */
    {F("\1\4eth1\xff"), PXE_E_SYNTAX, 4, -1},
};

START_TEST(suboptions)
{
	for (size_t i = 0; i < ROWS(body); i++) {
		uint8_t *p = malloc(body[i].body.len > 0 ? body[i].body.len : 1);
		struct pxe_bytes b = {p, body[i].body.len};
		struct pxe_bytes one, five;

		memcpy(p, body[i].body.p, b.len);
		one = pxe_agent_get(b, PXE_AGENT_CIRCUIT_ID);
		five = pxe_agent_get(b, PXE_AGENT_LINK_SELECTION);
		ck_assert_msg(pxe_agent_check(b) == body[i].check, "%zu", i);
		ck_assert_msg((one.p != NULL ? (int)one.len : -1) == body[i].sub1_len, "%zu", i);
		ck_assert_msg((five.p != NULL ? (int)five.len : -1) == body[i].sub5_len, "%zu", i);
		free(p);
	}
	ck_assert_ptr_null(pxe_agent_get((struct pxe_bytes){0}, 1).p);
	ck_assert_int_eq(pxe_agent_check((struct pxe_bytes){0}), PXE_E_SYNTAX);
}
END_TEST

START_TEST(suboption_bytes)
{
	static const uint8_t b[] = "\1\4eth1\2\6remote";
	struct pxe_bytes whole = {b, sizeof(b) - 1};

	ck_assert_mem_eq(pxe_agent_get(whole, 1).p, "eth1", 4);
	ck_assert_mem_eq(pxe_agent_get(whole, 2).p, "remote", 6);
	ck_assert_uint_eq(pxe_agent_get(whole, 2).len, 6);
}
END_TEST

/* ---- find ---- */

static const struct {
	struct field field;
	const char *found; /* NULL: none */
} find[] = {
    {F("\x35\1\1\x52\6\1\4eth1\xff"), "\1\4eth1"},
    {F("\x52\6\1\4eth1\xff"), "\1\4eth1"},
    {F("\0\0\x52\6\1\4eth1\xff"), "\1\4eth1"},
    {F("\x52\3\1\1a\x52\3\1\1b\xff"), "\1\1a"},
    {F("\x52\3\1\1a"), "\1\1a"},       /* no END */
    {F("\x52\3\1\1a\x35\7"), "\1\1a"}, /* malformed only behind it */
    {F("\x52\0\xff"), ""},
    {F("\x35\1\1\xff"), NULL},
    {F("\x35\1\1\xff\x52\3\1\1a"), NULL}, /* behind END */
    {F("\x3c\6\x52\4\1\2ab\xff"), NULL},  /* inside another option */
    {F("\x35\7\x52\3\1\1a"), NULL},       /* behind one that runs past the end */
    {F("\x52\4\1\1a"), NULL},             /* itself too long */
    {F("\x52"), NULL},
    {F(""), NULL},
    {F("\xff"), NULL},
};

START_TEST(find_in_packets)
{
	for (size_t i = 0; i < ROWS(find); i++) {
		uint8_t *pkt = malloc(HEAD + find[i].field.len);
		size_t len = make_packet(pkt, find[i].field);
		struct pxe_bytes got = {0};
		bool found = pxe_agent_find(pkt, len, &got);

		ck_assert_msg(found == (find[i].found != NULL), "%zu", i);
		if (found) {
			ck_assert_uint_eq(got.len, strlen(find[i].found));
			ck_assert_mem_eq(got.p, find[i].found, got.len);
		}
		free(pkt);
	}
}
END_TEST

/* Option overload puts options into file and sname; an 82 there is none (RFC 3046 2.1). */
START_TEST(overloaded_option_is_not_found)
{
	uint8_t pkt[400];
	size_t len = make_packet(pkt, (struct field)F("\x35\1\1\x34\1\3\xff"));
	struct pxe_bytes got;

	memcpy(pkt + 108, "\x52\3\1\1a\xff", 6);
	memcpy(pkt + 44, "\x52\3\1\1b\xff", 6);
	ck_assert(!pxe_agent_find(pkt, len, &got));
	ck_assert_int_eq(pxe_agent_strip(pkt, len), (int)len);
	ck_assert_mem_eq(pkt + 108, "\x52\3\1\1a\xff", 6);
}
END_TEST

START_TEST(no_cookie)
{
	static const uint8_t eth1[] = "\1\4eth1";
	struct pxe_bytes add = {eth1, 6}, got;
	uint8_t pkt[600], before[600];
	size_t len = make_packet(pkt, (struct field)F("\x52\3\1\1a\xff"));

	memset(pkt + len, 0, sizeof(pkt) - len);
	pkt[PXE_DHCP_FIXED_LEN] = 0x64;
	memcpy(before, pkt, sizeof(pkt));
	ck_assert(!pxe_agent_find(pkt, 300, &got));
	ck_assert_int_eq(pxe_agent_append(pkt, 300, sizeof(pkt), 576, add), PXE_E_NOCOOKIE);
	ck_assert_int_eq(pxe_agent_strip(pkt, 300), 300);
	/* too short for one */
	pkt[PXE_DHCP_FIXED_LEN] = 0x63;
	before[PXE_DHCP_FIXED_LEN] = 0x63;
	for (size_t n = 0; n < HEAD; n++) {
		uint8_t *cut = malloc(n > 0 ? n : 1);

		memcpy(cut, pkt, n);
		ck_assert(!pxe_agent_find(cut, n, &got));
		ck_assert_int_eq(pxe_agent_append(cut, n, n, 576, add), PXE_E_NOCOOKIE);
		ck_assert_int_eq(pxe_agent_strip(cut, n), (int)n);
		free(cut);
	}
	ck_assert_mem_eq(pkt, before, sizeof(pkt));
}
END_TEST

/* ---- append and strip ---- */

static const struct {
	const char *what;
	struct field before;
	int err;
	struct field after; /* up to END, with the agent option; then zeros up to 300 */
} append[] = {
    {"plain", F("\x35\1\1\xff"), 0, F("\x35\1\1\x52\6\1\4eth1\xff")},
    {"padding behind END goes", F("\x35\1\1\xff\0\0\0\0\0\0\0\0\0\0"), 0,
	F("\x35\1\1\x52\6\1\4eth1\xff")},
    {"padding in front of END makes room", F("\x35\1\1\0\0\0\0\0\0\0\0\0\0\0\0\xff"), 0,
	F("\x35\1\1\x52\6\1\4eth1\xff")},
    {"padding between options stays", F("\x35\1\1\0\0\x3c\1x\xff"), 0,
	F("\x35\1\1\0\0\x3c\1x\x52\6\1\4eth1\xff")},
    {"no END", F("\x35\1\1"), 0, F("\x35\1\1\x52\6\1\4eth1\xff")},
    {"no END, padding", F("\x35\1\1\0\0\0"), 0, F("\x35\1\1\x52\6\1\4eth1\xff")},
    {"no options", F(""), 0, F("\x52\6\1\4eth1\xff")},
    {"END alone", F("\xff"), 0, F("\x52\6\1\4eth1\xff")},
    {"rubbish behind END", F("\x35\1\1\xffrubbish"), 0, F("\x35\1\1\x52\6\1\4eth1\xff")},
    {"a second one", F("\x52\3\1\1a\x35\1\1\xff"), 0, F("\x52\3\1\1a\x35\1\1\x52\6\1\4eth1\xff")},
    {"overloaded", F("\x34\1\3\x35\1\1\xff"), 0, F("\x34\1\3\x35\1\1\x52\6\1\4eth1\xff")},
    {"END as a value is no END", F("\x3c\1\xff\x35\1\1\xff"), 0,
	F("\x3c\1\xff\x35\1\1\x52\6\1\4eth1\xff")},
    {"option of length 0", F("\x50\0\xff"), 0, F("\x50\0\x52\6\1\4eth1\xff")},
    {"option past the end", F("\x35\1\1\x3c\7x"), PXE_E_SYNTAX, F("")},
    {"option without length", F("\x35\1\1\x3c"), PXE_E_SYNTAX, F("")},
    {"option of length 255 past the end", F("\x3c\xff\xff\xff"), PXE_E_SYNTAX, F("")},
};

static const uint8_t eth1[] = "\1\4eth1";
static const struct pxe_bytes eth1_body = {eth1, 6};

START_TEST(append_vectors)
{
	for (size_t i = 0; i < ROWS(append); i++) {
		uint8_t pkt[600], before[600];
		size_t len = make_packet(pkt, append[i].before);
		int n = 0;

		memset(pkt + len, 0x5a, sizeof(pkt) - len);
		memcpy(before, pkt, sizeof(pkt));
		n = pxe_agent_append(pkt, len, sizeof(pkt), 576, eth1_body);
		if (append[i].err != 0) {
			ck_assert_msg(n == append[i].err, "%s: %d", append[i].what, n);
			ck_assert_mem_eq(pkt, before, sizeof(pkt));
			continue;
		}
		ck_assert_msg(n == 300, "%s: %d", append[i].what, n);
		expect_head(pkt);
		ck_assert_msg(memcmp(pkt + HEAD, append[i].after.p, append[i].after.len) == 0, "%s",
		    append[i].what);
		for (size_t k = HEAD + append[i].after.len; k < 300; k++)
			MUST(pkt[k] == 0, "%s: byte %zu", append[i].what, k);
		for (size_t k = 300; k < sizeof(pkt); k++)
			MUST(pkt[k] == 0x5a, "%s: byte %zu written", append[i].what, k);
	}
}
END_TEST

/* A packet whose last option ends at `end`, END behind it. */
static size_t make_long(uint8_t *pkt, size_t end)
{
	size_t len = make_packet(pkt, (struct field){"", 0});

	while (len + 2 <= end) {
		size_t n = end - len - 2;

		n = n > 255 ? 200 : n;
		pkt[len] = 43;
		pkt[len + 1] = (uint8_t)n;
		memset(pkt + len + 2, 'v', n);
		len += 2 + n;
	}
	ck_assert_uint_eq(len, end);
	pkt[len++] = 255;
	return len;
}

/* Around 300 and around the limit: 2 + 6 + 1 bytes are needed behind the last option. */
START_TEST(append_borders)
{
	for (size_t end = 285; end <= 300; end++) {
		uint8_t pkt[600];
		size_t len = make_long(pkt, end);
		int n = pxe_agent_append(pkt, len, sizeof(pkt), 576, eth1_body);

		ck_assert_int_eq(n, end + 9 < 300 ? 300 : (int)end + 9);
		ck_assert_uint_eq(pkt[end], 82);
		ck_assert_uint_eq(pkt[end + 8], 255);
	}
	for (size_t end = 560; end <= 575; end++) {
		uint8_t pkt[600], before[600];
		size_t len = make_long(pkt, end);
		int n = 0;

		memcpy(before, pkt, sizeof(pkt));
		n = pxe_agent_append(pkt, len, sizeof(pkt), 576, eth1_body);
		ck_assert_int_eq(n, end + 9 > 576 ? PXE_E_TOOBIG : (int)end + 9);
		if (n < 0)
			ck_assert_mem_eq(pkt, before, len);
	}
}
END_TEST

/* cap counts as well as max_len, and memory of exactly cap bytes is enough. */
START_TEST(append_within_capacity)
{
	for (size_t cap = 300; cap < 320; cap++) {
		uint8_t *pkt = malloc(cap);
		size_t len = make_long(pkt, 298);
		int n = pxe_agent_append(pkt, len, cap, 576, eth1_body);

		ck_assert_int_eq(n, cap < 307 ? PXE_E_TOOBIG : 307);
		free(pkt);
	}
	for (size_t cap = 260; cap < 305; cap++) {
		uint8_t *pkt = malloc(cap);
		size_t len = make_long(pkt, 250);
		int n = pxe_agent_append(pkt, len, cap, 576, eth1_body);

		ck_assert_int_eq(n, cap < 300 ? PXE_E_TOOBIG : 300);
		free(pkt);
	}
}
END_TEST

START_TEST(append_bodies)
{
	uint8_t pkt[1000], big[300];
	size_t len = 0;

	memset(big, 0, sizeof(big));
	for (size_t n = 0; n <= 257; n++) {
		int want = n < 2 ? PXE_E_SYNTAX : n > 255 ? PXE_E_TOOBIG : 0;
		int got = 0;

		len = make_packet(pkt, (struct field)F("\x35\1\1\xff"));
		got = pxe_agent_append(pkt, len, sizeof(pkt), 576, (struct pxe_bytes){big, n});
		if (want == 0)
			want = HEAD + 3 + 2 + (int)n + 1 < 300 ? 300 : HEAD + 3 + 2 + (int)n + 1;
		ck_assert_int_eq(got, want);
	}
	ck_assert_int_eq(
	    pxe_agent_append(pkt, len, sizeof(pkt), 576, (struct pxe_bytes){0}), PXE_E_SYNTAX);
}
END_TEST

static const struct {
	const char *what;
	struct field before;
	int err;
	struct field after;
} strip[] = {
    {"last", F("\x35\1\1\x52\6\1\4eth1\xff"), 0, F("\x35\1\1\xff")},
    {"first", F("\x52\6\1\4eth1\x35\1\1\xff"), 0, F("\x35\1\1\xff")},
    {"alone", F("\x52\6\1\4eth1\xff"), 0, F("\xff")},
    {"several", F("\x52\3\1\1a\x35\1\1\x52\3\1\1b\x3c\1x\x52\3\1\1c\xff"), 0,
	F("\x35\1\1\x3c\1x\xff")},
    {"one after another", F("\x52\3\1\1a\x52\3\1\1b\xff"), 0, F("\xff")},
    {"none", F("\x35\1\1\xff"), 0, F("\x35\1\1\xff")},
    {"none, no END", F("\x35\1\1"), 0, F("\x35\1\1")},
    {"no END", F("\x35\1\1\x52\3\1\1a"), 0, F("\x35\1\1")},
    {"no END, first", F("\x52\3\1\1a\x35\1\1"), 0, F("\x35\1\1")},
    {"padding stays", F("\0\x52\3\1\1a\0\x35\1\1\0\xff\0\0"), 0, F("\0\0\x35\1\1\0\xff\0\0")},
    {"what stands behind END stays", F("\x52\3\1\1a\xff\x52\3\1\1b"), 0, F("\xff\x52\3\1\1b")},
    {"empty", F("\x52\0\xff"), 0, F("\xff")},
    {"a malformed body goes all the same", F("\x52\3\1\7a\xff"), 0, F("\xff")},
    {"inside another option", F("\x3c\5\x52\3\1\1a\xff"), 0, F("\x3c\5\x52\3\1\1a\xff")},
    {"no options", F(""), 0, F("")},
    {"itself past the end", F("\x35\1\1\x52\7\1\1a"), PXE_E_SYNTAX, F("")},
    {"option past the end behind it", F("\x52\3\1\1a\x3c\7x"), PXE_E_SYNTAX, F("")},
    {"cut behind its code", F("\x52\3\1\1a\x52"), PXE_E_SYNTAX, F("")},
};

START_TEST(strip_vectors)
{
	for (size_t i = 0; i < ROWS(strip); i++) {
		uint8_t *pkt = malloc(HEAD + strip[i].before.len);
		size_t len = make_packet(pkt, strip[i].before);
		int n = pxe_agent_strip(pkt, len);

		expect_head(pkt);
		if (strip[i].err != 0) {
			ck_assert_msg(n == strip[i].err, "%s: %d", strip[i].what, n);
			ck_assert_mem_eq(pkt + HEAD, strip[i].before.p, strip[i].before.len);
		} else {
			ck_assert_msg(
			    n == (int)(HEAD + strip[i].after.len), "%s: %d", strip[i].what, n);
			ck_assert_msg(memcmp(pkt + HEAD, strip[i].after.p, strip[i].after.len) == 0,
			    "%s", strip[i].what);
		}
		free(pkt);
	}
}
END_TEST

/* Shorter than 300 only when it came so; what is padded is zero. */
START_TEST(strip_keeps_the_minimum)
{
	for (size_t len = 290; len < 320; len++) {
		uint8_t pkt[400];
		size_t used = make_packet(pkt, (struct field)F("\x35\1\1\x52\6\1\4eth1\xff"));
		int n = 0;

		memset(pkt + used, 0x5a, len - used); /* not zero, to tell it from padding */
		n = pxe_agent_strip(pkt, len);
		ck_assert_int_eq(n, (int)(len >= 300 && len - 8 < 300 ? 300 : len - 8));
		ck_assert_mem_eq(pkt + HEAD, "\x35\1\1\xff", 4);
		for (size_t k = len - 8; k < (size_t)n; k++)
			ck_assert_uint_eq(pkt[k], 0);
	}
}
END_TEST

/* Append and strip give the options back, up to padding. */
START_TEST(strip_undoes_append)
{
	for (size_t i = 0; i < ROWS(append); i++) {
		uint8_t pkt[600];
		size_t len = make_packet(pkt, append[i].before), kept = 0;
		struct pxe_bytes first;
		int n = 0;

		if (append[i].err != 0 || pxe_agent_find(pkt, len, &first))
			continue;
		n = pxe_agent_append(pkt, len, sizeof(pkt), 576, eth1_body);
		ck_assert(pxe_agent_find(pkt, (size_t)n, &first));
		ck_assert_mem_eq(first.p, eth1, 6);
		n = pxe_agent_strip(pkt, (size_t)n);
		ck_assert_int_eq(n, 300);
		ck_assert(!pxe_agent_find(pkt, (size_t)n, &first));
		expect_head(pkt);
		/* what `after` holds without the nine bytes of option and END */
		kept = append[i].after.len - 9;
		ck_assert_mem_eq(pkt + HEAD, append[i].after.p, kept);
		ck_assert_uint_eq(pkt[HEAD + kept], 255);
		for (size_t k = HEAD + kept + 1; k < 300; k++)
			MUST(pkt[k] == 0, "%s: byte %zu", append[i].what, k);
	}
}
END_TEST

CHECK_MAIN("proto/dhcp_agent", suboptions, suboption_bytes, find_in_packets,
    overloaded_option_is_not_found, no_cookie, append_vectors, append_borders,
    append_within_capacity, append_bodies, strip_vectors, strip_keeps_the_minimum,
    strip_undoes_append)
