/* SPDX-License-Identifier: BSD-2-Clause */
/* event_test.c -- every field there and back, damaged input, and the JSON of README.md. */
#include "libpxecommon/base/event.h"

#include <string.h>

#include "libpxecommon/base/err.h"
#include "tests/unit/check_main.h"

static const uint8_t client_id[] = {0xff, 0, 1, 2, 0};

static const struct pxe_event full = {
    .time_us = INT64_C(1732406400000125),
    .duration_us = 1500000,
    .bytes = UINT64_C(0x123456789abc),
    .size = UINT64_MAX,
    .stage = PXE_STAGE_TFTP_READ,
    .reason = PXE_REASON_TIMEOUT,
    .mac = {1, 6, {0x52, 0x54, 0, 0x12, 0x34, 0x56}},
    .ip = {.family = 4, .v4 = {0x0a000032}},
    .server = {.family = 6, .v6 = {{0xfe, 0x80, [15] = 1}}},
    .giaddr = {.family = 4, .v4 = {0x0a0100fe}},
    .xid = 0x3903f326,
    .status = 2,
    .port = 49152,
    .blksize = 1468,
    .windowsize = 4,
    .retransmits = 70000,
    .uuid = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    .has_uuid = true,
    .has_arch = true,
    .arch = 0,
    .client_id = client_id,
    .client_id_len = sizeof(client_id),
    .ifname = "eth1",
    .hostname = "node1",
    .vendor_class = "PXEClient:Arch:00007:UNDI:003016",
    .file = "pxelinux.0",
    .where = "dhcpd.conf:12",
    .detail = "pool 10.0.0.50-60: 11 of 11 in use",
};

static void expect_same_str(const char *a, const char *b)
{
	ck_assert_int_eq(a == NULL, b == NULL);
	if (a != NULL)
		ck_assert_str_eq(a, b);
}

static void expect_same(const struct pxe_event *a, const struct pxe_event *b)
{
	ck_assert_int_eq(a->time_us, b->time_us);
	ck_assert_int_eq(a->duration_us, b->duration_us);
	ck_assert_uint_eq(a->bytes, b->bytes);
	ck_assert_uint_eq(a->size, b->size);
	ck_assert_int_eq(a->stage, b->stage);
	ck_assert_int_eq(a->reason, b->reason);
	ck_assert(pxe_hwaddr_eq(&a->mac, &b->mac));
	ck_assert(pxe_ip_eq(&a->ip, &b->ip));
	ck_assert(pxe_ip_eq(&a->server, &b->server));
	ck_assert(pxe_ip_eq(&a->giaddr, &b->giaddr));
	ck_assert_uint_eq(a->xid, b->xid);
	ck_assert_uint_eq(a->status, b->status);
	ck_assert_uint_eq(a->port, b->port);
	ck_assert_uint_eq(a->blksize, b->blksize);
	ck_assert_uint_eq(a->windowsize, b->windowsize);
	ck_assert_uint_eq(a->retransmits, b->retransmits);
	ck_assert_int_eq(a->has_uuid, b->has_uuid);
	ck_assert_mem_eq(a->uuid, b->uuid, 16);
	ck_assert_int_eq(a->has_arch, b->has_arch);
	ck_assert_uint_eq(a->arch, b->arch);
	ck_assert_uint_eq(a->client_id_len, b->client_id_len);
	if (a->client_id_len > 0)
		ck_assert_mem_eq(a->client_id, b->client_id, a->client_id_len);
	expect_same_str(a->ifname, b->ifname);
	expect_same_str(a->hostname, b->hostname);
	expect_same_str(a->vendor_class, b->vendor_class);
	expect_same_str(a->file, b->file);
	expect_same_str(a->where, b->where);
	expect_same_str(a->detail, b->detail);
}

static void expect_round_trip(const struct pxe_event *ev)
{
	uint8_t packed[PXE_EVENT_PACKED_MAX];
	int n = pxe_event_pack(ev, packed, sizeof(packed));
	uint8_t *exact = NULL;
	struct pxe_event back;

	ck_assert_int_gt(n, 0);
	exact = malloc((size_t)n);
	memcpy(exact, packed, (size_t)n);
	memset(&back, 0x5a, sizeof(back));
	ck_assert_int_eq(pxe_event_unpack(exact, (size_t)n, &back), 0);
	expect_same(ev, &back);
	free(exact);
}

START_TEST(round_trips)
{
	struct pxe_event none = {0};
	struct pxe_event ev = {.time_us = INT64_MIN, .duration_us = -1};

	expect_round_trip(&full);
	expect_round_trip(&none);
	expect_round_trip(&ev);
	ev = (struct pxe_event){.has_arch = true, .arch = UINT16_MAX};
	expect_round_trip(&ev);
	ev = (struct pxe_event){.has_uuid = true};
	expect_round_trip(&ev);
	ev = (struct pxe_event){.file = "", .hostname = "\xff\x01\n"};
	expect_round_trip(&ev);
	ev = (struct pxe_event){.mac = {.type = 32, .len = PXE_HWADDR_MAX}};
	memset(ev.mac.b, 0xee, PXE_HWADDR_MAX);
	expect_round_trip(&ev);
	ev = (struct pxe_event){.ip = {.family = 4}}; /* 0.0.0.0 is an address */
	expect_round_trip(&ev);
	ev = (struct pxe_event){.stage = PXE_STAGE_COUNT - 1, .reason = PXE_REASON_COUNT - 1};
	expect_round_trip(&ev);
}
END_TEST

/* One field at a time, so that no field stands in for another. */
START_TEST(each_field_alone)
{
#define ALONE(member)                                                                              \
	do {                                                                                       \
		struct pxe_event one = {0};                                                        \
                                                                                                   \
		one.member = full.member;                                                          \
		expect_round_trip(&one);                                                           \
	} while (0)
	ALONE(time_us);
	ALONE(duration_us);
	ALONE(bytes);
	ALONE(size);
	ALONE(stage);
	ALONE(reason);
	ALONE(mac);
	ALONE(ip);
	ALONE(server);
	ALONE(giaddr);
	ALONE(xid);
	ALONE(status);
	ALONE(port);
	ALONE(blksize);
	ALONE(windowsize);
	ALONE(retransmits);
	ALONE(ifname);
	ALONE(hostname);
	ALONE(vendor_class);
	ALONE(file);
	ALONE(where);
	ALONE(detail);
#undef ALONE
}
END_TEST

START_TEST(packing_needs_room)
{
	uint8_t packed[PXE_EVENT_PACKED_MAX];
	int n = pxe_event_pack(&full, packed, sizeof(packed));

	ck_assert_int_gt(n, 0);
	for (size_t cap = 0; cap < (size_t)n; cap++) {
		uint8_t *small = malloc(cap > 0 ? cap : 1);

		ck_assert_int_eq(pxe_event_pack(&full, small, cap), PXE_E_TOOBIG);
		free(small);
	}
	ck_assert_int_eq(pxe_event_pack(&full, packed, (size_t)n), n);
}
END_TEST

/* Cut anywhere: either an event with fewer fields (the cut was between two) or CORRUPT, with *out
 * untouched. */
START_TEST(truncated_input)
{
	uint8_t packed[PXE_EVENT_PACKED_MAX];
	int n = pxe_event_pack(&full, packed, sizeof(packed));
	unsigned corrupt = 0;

	for (size_t len = 0; len < (size_t)n; len++) {
		uint8_t *cut = malloc(len > 0 ? len : 1);
		struct pxe_event back;

		memcpy(cut, packed, len);
		memset(&back, 0x5a, sizeof(back));
		if (pxe_event_unpack(cut, len, &back) != 0) {
			corrupt++;
			for (size_t i = 0; i < sizeof(back); i++)
				MUST(((const uint8_t *)&back)[i] == 0x5a, "touched");
		} else {
			ck_assert_int_eq(back.stage, full.stage);
		}
		free(cut);
	}
	/* 23 fields can be dropped whole, all other places are inside one */
	ck_assert_uint_eq(corrupt, (unsigned)n - 23);
}
END_TEST

START_TEST(damaged_input)
{
	uint8_t packed[PXE_EVENT_PACKED_MAX];
	int n = pxe_event_pack(&full, packed, sizeof(packed));
	uint64_t state = 1;

	/* Any single byte wrong, and many at once: no crash, and strings stay inside. */
	for (unsigned round = 0; round < 100000; round++) {
		uint8_t *bad = malloc((size_t)n);
		struct pxe_event back;

		memcpy(bad, packed, (size_t)n);
		for (uint64_t edits = test_random(&state) % 3 + 1; edits > 0; edits--)
			bad[test_random(&state) % (unsigned)n] = (uint8_t)test_random(&state);
		if (pxe_event_unpack(bad, (size_t)n, &back) == 0) {
			const char *s[] = {back.ifname, back.hostname, back.vendor_class, back.file,
			    back.where, back.detail};

			for (size_t i = 0; i < ROWS(s); i++)
				MUST(s[i] == NULL || strlen(s[i]) < (size_t)n, "runs away");
		}
		free(bad);
	}
}
END_TEST

START_TEST(known_damage)
{
	static const struct {
		const char *what;
		uint8_t b[24];
		size_t len;
	} bad[] = {
	    {"nothing", {0}, 0},
	    {"stage only", {0}, 1},
	    {"stage too large", {PXE_STAGE_COUNT, 0}, 2},
	    {"reason too large", {0, PXE_REASON_COUNT}, 2},
	    {"unknown field", {0, 0, 200, 0, 0, 0, 0, 0, 0, 0, 1}, 11},
	    {"mac of length 0", {0, 0, 1, 1, 0}, 5},
	    {"mac of length 21", {0, 0, 1, 1, 21}, 24},
	    {"address of family 5", {0, 0, 4, 5, 1, 1, 1, 1}, 8},
	    {"address of family 0", {0, 0, 4, 0}, 4},
	    {"port above 65535", {0, 0, 5, 0, 0, 0, 0, 0, 1, 0, 0}, 11},
	    {"xid above 32 bits", {0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 0}, 11},
	    {"string without NUL", {0, 0, 8, 0, 2, 'a', 'b'}, 7},
	    {"string of no length", {0, 0, 8, 0, 0}, 5},
	    {"NUL inside a string", {0, 0, 8, 0, 3, 'a', 0, 0}, 8},
	    {"the same field twice", {0, 0, 8, 0, 1, 0, 8, 0, 1, 0}, 10},
	    {"fields out of order", {0, 0, 11, 0, 1, 0, 8, 0, 1, 0}, 10},
	};
	static const uint8_t good[] = {0, 0, 8, 0, 2, 'a', 0, 11, 0, 1, 0};
	struct pxe_event back;

	for (size_t i = 0; i < ROWS(bad); i++)
		ck_assert_msg(pxe_event_unpack(bad[i].b, bad[i].len, &back) == PXE_E_CORRUPT, "%s",
		    bad[i].what);
	ck_assert_int_eq(pxe_event_unpack(good, sizeof(good), &back), 0);
	ck_assert_str_eq(back.ifname, "a");
	ck_assert_str_eq(back.hostname, "");
}
END_TEST

/* The largest event there can be fits; strings are cut, and not inside a character. */
START_TEST(long_strings_are_cut)
{
	char *text = malloc(5000);
	struct pxe_event ev = full, back;
	uint8_t packed[PXE_EVENT_PACKED_MAX], id[2000];
	int n = 0;

	memset(text, 'x', 4999);
	text[4999] = '\0';
	memset(id, 7, sizeof(id));
	ev.ifname = ev.hostname = ev.vendor_class = ev.file = ev.where = ev.detail = text;
	ev.client_id = id;
	ev.client_id_len = sizeof(id);
	ev.mac.len = PXE_HWADDR_MAX;
	ev.ip = ev.giaddr = ev.server;
	n = pxe_event_pack(&ev, packed, sizeof(packed));
	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(pxe_event_unpack(packed, (size_t)n, &back), 0);
	ck_assert_uint_eq(strlen(back.detail), PXE_EVENT_TEXT_MAX);
	ck_assert_uint_eq(back.client_id_len, PXE_EVENT_TEXT_MAX);

	for (size_t at = PXE_EVENT_TEXT_MAX - 5; at < PXE_EVENT_TEXT_MAX + 2; at++) {
		memset(text, 'x', 4999);
		memcpy(text + at, "\xf0\x9f\x92\xbe", 4);
		ev = (struct pxe_event){.file = text};
		n = pxe_event_pack(&ev, packed, sizeof(packed));
		ck_assert_int_eq(pxe_event_unpack(packed, (size_t)n, &back), 0);
		ck_assert_uint_eq(strlen(back.file),
		    at + 4 <= PXE_EVENT_TEXT_MAX || at >= PXE_EVENT_TEXT_MAX ? PXE_EVENT_TEXT_MAX
									     : at);
	}
	/* continuation bytes only: no character to spare, cut at the limit */
	memset(text, 0x80, 4999);
	ev.file = text;
	n = pxe_event_pack(&ev, packed, sizeof(packed));
	ck_assert_int_eq(pxe_event_unpack(packed, (size_t)n, &back), 0);
	ck_assert_uint_eq(strlen(back.file), PXE_EVENT_TEXT_MAX);
	free(text);
}
END_TEST

static const char *json_of(const struct pxe_event *ev)
{
	static char buf[65536];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));

	pxe_event_json(ev, "tftpd", 7, &t);
	ck_assert(!t.truncated);
	return buf;
}

START_TEST(json_of_everything)
{
	ck_assert_str_eq(json_of(&full),
	    "{\"daemon\":\"tftpd\",\"seq\":7,\"stage\":\"tftp-read\",\"reason\":\"timeout\","
	    "\"text\":\"the client stopped answering\",\"time\":1732406400.000125,"
	    "\"mac\":\"52:54:00:12:34:56\",\"client_id\":\"ff:00:01:02:00\","
	    "\"uuid\":\"00010203-0405-0607-0809-0a0b0c0d0e0f\",\"ip\":\"10.0.0.50\","
	    "\"port\":49152,\"server\":\"fe80::1\",\"giaddr\":\"10.1.0.254\","
	    "\"interface\":\"eth1\",\"xid\":\"3903f326\",\"arch\":0,\"hostname\":\"node1\","
	    "\"vendor_class\":\"PXEClient:Arch:00007:UNDI:003016\",\"file\":\"pxelinux.0\","
	    "\"tftp_error\":1,\"bytes\":20015998343868,\"size\":18446744073709551615,"
	    "\"duration\":1.500000,\"blksize\":1468,\"windowsize\":4,\"retransmits\":70000,"
	    "\"where\":\"dhcpd.conf:12\",\"detail\":\"pool 10.0.0.50-60: 11 of 11 in use\"}");
}
END_TEST

START_TEST(json_of_little)
{
	struct pxe_event ev = {.stage = PXE_STAGE_HTTP, .status = 200};

	ck_assert_str_eq(json_of(&ev),
	    "{\"daemon\":\"tftpd\",\"seq\":7,\"stage\":\"http\",\"reason\":\"ok\",\"status\":200}");
	ev = (struct pxe_event){.stage = PXE_STAGE_TFTP_WRITE, .status = 1};
	ck_assert_str_eq(json_of(&ev),
	    "{\"daemon\":\"tftpd\",\"seq\":7,\"stage\":\"tftp-write\",\"reason\":\"ok\","
	    "\"tftp_error\":0}");
	ev = (struct pxe_event){.mac = {.type = 32, .len = 2, .b = {1, 2}}, .xid = 5};
	ck_assert_str_eq(json_of(&ev),
	    "{\"daemon\":\"tftpd\",\"seq\":7,\"stage\":\"service\",\"reason\":\"ok\","
	    "\"mac\":\"01:02\",\"htype\":32,\"xid\":\"00000005\"}");
	ev = (struct pxe_event){.file = "\"},{\"x\":\"\n\xff", .client_id = client_id};
	ck_assert_str_eq(json_of(&ev),
	    "{\"daemon\":\"tftpd\",\"seq\":7,\"stage\":\"service\",\"reason\":\"ok\","
	    "\"file\":\"\\\"},{\\\"x\\\":\\\"\\u000a\\u00ff\"}");
}
END_TEST

START_TEST(names)
{
	static const char *const stage[] = {
#define X(id, name) name,
	    PXE_STAGE_TABLE(X)
#undef X
	};
	static const char *const reason[][2] = {
#define X(id, name, text) {name, text},
	    PXE_REASON_TABLE(X)
#undef X
	};

	for (unsigned i = 0; i < PXE_STAGE_COUNT; i++) {
		ck_assert_str_eq(pxe_stage_name((enum pxe_stage)i), stage[i]);
		for (unsigned k = 0; k < i; k++)
			MUST(strcmp(stage[i], stage[k]) != 0, "%s twice", stage[i]);
	}
	for (unsigned i = 0; i < PXE_REASON_COUNT; i++) {
		ck_assert_str_eq(pxe_reason_name((enum pxe_reason)i), reason[i][0]);
		ck_assert_str_eq(pxe_reason_text((enum pxe_reason)i), reason[i][1]);
		for (unsigned k = 0; k < i; k++)
			MUST(strcmp(reason[i][0], reason[k][0]) != 0, "%s twice", reason[i][0]);
	}
	ck_assert_str_eq(pxe_stage_name((enum pxe_stage)PXE_STAGE_COUNT), "unknown");
	ck_assert_str_eq(pxe_reason_name((enum pxe_reason)PXE_REASON_COUNT), "unknown");
	ck_assert_str_eq(pxe_reason_text((enum pxe_reason)9999), "unknown reason");
}
END_TEST

CHECK_MAIN("base/event", round_trips, each_field_alone, packing_needs_room, truncated_input,
    damaged_input, known_damage, long_strings_are_cut, json_of_everything, json_of_little, names)
