/* SPDX-License-Identifier: BSD-2-Clause */
/* server_test.c -- which server gets a request, and which of them live. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "make_packet.h"
#include "relayd/core/server.h"

#define S(n) ((int64_t)(n)*1000000)

static const struct pxe_hash_seed seed = {1, 2};
static struct servers ss;
static struct made m;
static struct packet pk;

static void setup_servers(enum servers_policy policy, uint8_t n)
{
	struct servers_conf conf = {.policy = policy, .dead_after_us = S(30), .retry_us = S(10)};

	servers_init(&ss, &conf, &seed);
	for (uint8_t i = 0; i < n; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "10.0.0.%u", i + 1);
		ck_assert_int_eq(servers_add(&ss, name, SERVER_DHCP), 0);
		ss.v[i].to.ip = pxe_ip_from4((struct pxe_ip4){0x0a000001 + i});
		ss.v[i].to.port = 67;
	}
}

static void discover(unsigned client, const char *vendor_class)
{
	make_begin(&m, 1, 0);
	put32(m.b + 4, client);
	put32(m.b + 30, client);
	make_type(&m, 1);
	if (vendor_class != NULL)
		make_opt(&m, 60, vendor_class, strlen(vendor_class));
	make_end(&m);
	ck_assert_int_eq(packet_open(&pk, m.b, m.len, sizeof(m.b)), 0);
}

static uint32_t picked(int64_t now_us)
{
	uint8_t out[SERVERS_MAX];
	size_t n = servers_pick(&ss, &pk, now_us, out);
	uint32_t set = 0;

	for (size_t i = 0; i < n; i++)
		set |= 1u << out[i];
	return set;
}

static void ask(int64_t now_us)
{
	uint32_t set = picked(now_us);

	for (unsigned i = 0; i < ss.n; i++) {
		if ((set >> i & 1) != 0)
			servers_sent(&ss, i, &pk, now_us, 0);
	}
}

static void answer(unsigned i, int64_t now_us)
{
	bool revived = false;

	ck_assert_int_eq(
	    servers_answered(&ss, (struct pxe_ip4){0x0a000001 + i}, &pk, now_us, &revived), (int)i);
}

START_TEST(all_get_everything)
{
	setup_servers(SERVERS_ALL, 3);
	discover(1, NULL);
	ck_assert_uint_eq(picked(S(1)), 7);
	ss.v[1].to.ip.family = 0; /* not resolved yet */
	ck_assert_uint_eq(picked(S(1)), 5);
	ss.v[0].health.is_dead = true;
	ck_assert_uint_eq(picked(S(1)), 5);
}
END_TEST

START_TEST(boot_group_gets_boot_clients_only)
{
	setup_servers(SERVERS_ALL, 1);
	ck_assert_int_eq(servers_add(&ss, "pxe", SERVER_PXE), 0);
	ss.v[1].to.ip = pxe_ip_from4((struct pxe_ip4){0x0a000009});
	discover(1, NULL);
	ck_assert_uint_eq(picked(0), 1);
	discover(1, "MSFT 5.0");
	ck_assert_uint_eq(picked(0), 1);
	discover(1, "PXEClient:Arch:00007:UNDI:003016");
	ck_assert_uint_eq(picked(0), 3);
	discover(1, "HTTPClient:Arch:00016:UNDI:003016");
	ck_assert_uint_eq(picked(0), 3);
}
END_TEST

START_TEST(hash_is_sticky_and_spreads)
{
	unsigned count[4] = {0};
	uint32_t before[400];

	setup_servers(SERVERS_HASH, 4);
	for (unsigned c = 0; c < 400; c++) {
		discover(c, NULL);
		before[c] = picked(0);
		ck_assert_uint_eq(picked(S(5)), before[c]);
		for (unsigned i = 0; i < 4; i++)
			count[i] += before[c] >> i & 1;
	}
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_gt(count[i], 60);
	ck_assert_uint_eq(count[0] + count[1] + count[2] + count[3], 400);
	/* one dies: its clients move, the others' do not */
	ss.v[2].health.is_dead = true;
	for (unsigned c = 0; c < 400; c++) {
		discover(c, NULL);
		if (before[c] != 4)
			ck_assert_uint_eq(picked(S(5)), before[c]);
		else
			ck_assert_uint_ne(picked(S(5)), before[c]);
	}
}
END_TEST

START_TEST(hash_goes_by_client_id_when_there_is_one)
{
	uint32_t set = 0;

	setup_servers(SERVERS_HASH, 8);
	for (unsigned nic = 1; nic <= 20; nic++) {
		make_begin(&m, 1, 0);
		put32(m.b + 30, nic);
		make_type(&m, 1);
		make_opt(&m, 61, "\0machine", 8);
		make_end(&m);
		ck_assert_int_eq(packet_open(&pk, m.b, m.len, sizeof(m.b)), 0);
		set |= picked(0);
	}
	ck_assert_uint_eq(set & (set - 1), 0);
}
END_TEST

START_TEST(first_alive_fails_over_and_comes_back)
{
	struct server *silent = NULL;
	size_t cursor = 0;

	setup_servers(SERVERS_FIRST_ALIVE, 2);
	discover(1, NULL);
	ck_assert_uint_eq(picked(S(1)), 1);
	ask(S(1));
	ck_assert(servers_next_silent(&ss, S(30), &cursor) == NULL);
	cursor = 0;
	silent = servers_next_silent(&ss, S(31), &cursor);
	ck_assert(silent == &ss.v[0]);
	ck_assert(servers_next_silent(&ss, S(31), &cursor) == NULL);
	cursor = 0; /* said once */
	ck_assert(servers_next_silent(&ss, S(60), &cursor) == NULL);
	/* the second takes over; the first still gets one now and then */
	ask(S(32)); /* 31 s since the first try: both */
	ck_assert_uint_eq(picked(S(33)), 2);
	ck_assert_uint_eq(picked(S(42)), 3);
	answer(0, S(43));
	ck_assert_uint_eq(picked(S(43)), 1);
	ck_assert(!ss.v[0].health.is_dead);
}
END_TEST

START_TEST(answers_are_timed_and_keep_alive)
{
	size_t cursor = 0;
	bool revived = false;

	setup_servers(SERVERS_ALL, 2);
	discover(1, NULL);
	ask(S(1));
	answer(1, S(1) + 2500);
	ck_assert_int_eq(ss.v[1].health.rtt_us, 2500);
	ck_assert_uint_eq(ss.v[1].health.answers, 1);
	ck_assert(servers_next_silent(&ss, S(40), &cursor) == &ss.v[0]);
	ck_assert(servers_next_silent(&ss, S(40), &cursor) == NULL);
	ck_assert_int_eq(
	    servers_answered(&ss, (struct pxe_ip4){0x0a000001}, &pk, S(50), &revived), 0);
	ck_assert(revived);
	ck_assert_int_eq(servers_answered(&ss, (struct pxe_ip4){77}, &pk, S(50), &revived), -1);
	/* a REQUEST has the xid of its DISCOVER, and a round trip of its own */
	m.b[242] = 3;
	packet_rescan(&pk);
	pk.server_id = (struct pxe_bytes){m.b, 4};
	ask(S(50) + 1000);
	answer(1, S(50) + 4000);
	ck_assert_int_eq(ss.v[1].health.rtt_us, 3000);
	/* what nobody answers (RELEASE, a REQUEST that names a server) makes no server look dead */
	m.b[242] = 7;
	packet_rescan(&pk);
	ask(S(51));
	cursor = 0;
	ck_assert(servers_next_silent(&ss, S(500), &cursor) == NULL);
	make_begin(&m, 1, 0);
	make_type(&m, 3);
	make_opt(&m, 54, "\x0a\0\0\1", 4);
	make_end(&m);
	ck_assert_int_eq(packet_open(&pk, m.b, m.len, sizeof(m.b)), 0);
	ask(S(51));
	cursor = 0;
	ck_assert(servers_next_silent(&ss, S(500), &cursor) == NULL);
	/* one that names none is owed an answer (INIT-REBOOT, renewal) */
	make_begin(&m, 1, 0);
	make_type(&m, 3);
	make_end(&m);
	ck_assert_int_eq(packet_open(&pk, m.b, m.len, sizeof(m.b)), 0);
	ask(S(51));
	cursor = 0;
	ck_assert(servers_next_silent(&ss, S(500), &cursor) != NULL);
}
END_TEST

START_TEST(limits)
{
	char name[300];

	setup_servers(SERVERS_ALL, 0);
	memset(name, 'a', sizeof(name));
	name[299] = '\0';
	ck_assert_int_eq(servers_add(&ss, name, SERVER_DHCP), PXE_E_TOOBIG);
	for (unsigned i = 0; i < SERVERS_MAX; i++)
		ck_assert_int_eq(servers_add(&ss, "x", SERVER_DHCP), 0);
	ck_assert_int_eq(servers_add(&ss, "x", SERVER_DHCP), PXE_E_LIMIT);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("server");
	TCase *tc = tcase_create("server");
	SRunner *sr = NULL;
	int failed = 0;

	tcase_add_test(tc, all_get_everything);
	tcase_add_test(tc, boot_group_gets_boot_clients_only);
	tcase_add_test(tc, hash_is_sticky_and_spreads);
	tcase_add_test(tc, hash_goes_by_client_id_when_there_is_one);
	tcase_add_test(tc, first_alive_fails_over_and_comes_back);
	tcase_add_test(tc, answers_are_timed_and_keep_alive);
	tcase_add_test(tc, limits);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
