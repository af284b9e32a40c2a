/* SPDX-License-Identifier: BSD-2-Clause */
/* ports_test.c -- lookups in the set of interfaces. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "relayd/core/agent.h"
#include "relayd/core/ports.h"

static void add(struct ports *ps, unsigned ifindex, const char *circuit, uint32_t ip, bool down)
{
	struct agent_conf conf = {.circuit_id = circuit, .hostname = ""};
	struct port port = {.ifindex = ifindex, .is_down = down, .ip = {ip}};
	struct pxe_ip4 addr[2] = {{ip}, {ip + 0x100}};

	(void)snprintf(port.name, sizeof(port.name), "p%u", ifindex);
	ck_assert_int_eq(agent_fill(&conf, &port), 0);
	ck_assert_int_eq(ports_add(ps, &port, addr, ip != 0 ? 2 : 0), 0);
}

static struct pxe_bytes text(const char *s)
{
	return (struct pxe_bytes){.p = (const uint8_t *)s, .len = strlen(s)};
}

START_TEST(many_ports_in_any_order)
{
	struct ports ps;
	enum { N = 1000 };

	ports_init(&ps);
	for (unsigned i = 0; i < N; i++) {
		unsigned k = (i * 377u) % N + 1; /* 377 and 1000 have no common factor */

		add(&ps, k, "${ifname}", 0x0a000000 + k * 0x200, true);
	}
	ck_assert_int_eq(ports_seal(&ps), 0);
	for (unsigned k = 1; k <= N; k++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "p%u", k);
		ck_assert_str_eq(ports_by_index(&ps, k)->name, name);
		ck_assert_str_eq(
		    ports_by_addr(&ps, (struct pxe_ip4){0x0a000000 + k * 0x200})->name, name);
		ck_assert_str_eq(
		    ports_by_addr(&ps, (struct pxe_ip4){0x0a000100 + k * 0x200})->name, name);
		ck_assert_str_eq(
		    ports_by_circuit(&ps, text(name), (struct pxe_ip4){0})->name, name);
	}
	ck_assert(ports_by_index(&ps, 0) == NULL);
	ck_assert(ports_by_index(&ps, N + 1) == NULL);
	ck_assert(ports_by_addr(&ps, (struct pxe_ip4){1}) == NULL);
	ck_assert(ports_by_circuit(&ps, text("p"), (struct pxe_ip4){0}) == NULL);
	ports_fini(&ps);
}
END_TEST

START_TEST(empty_set_finds_nothing)
{
	struct ports ps;

	ports_init(&ps);
	ck_assert_int_eq(ports_seal(&ps), 0);
	ck_assert(ports_by_index(&ps, 1) == NULL);
	ck_assert(ports_by_addr(&ps, (struct pxe_ip4){1}) == NULL);
	ck_assert(ports_by_circuit(&ps, text("x"), (struct pxe_ip4){0}) == NULL);
	ports_fini(&ps);
}
END_TEST

START_TEST(shared_circuit_ids_are_told_apart_by_address)
{
	struct ports ps;

	ports_init(&ps);
	add(&ps, 1, "same", 0x0a000001, true);
	add(&ps, 2, "same", 0x0a010001, true);
	add(&ps, 3, "same", 0x0a020001, false); /* not a port clients are on */
	ck_assert_int_eq(ports_seal(&ps), 0);
	ck_assert_uint_eq(
	    ports_by_circuit(&ps, text("same"), (struct pxe_ip4){0x0a010001})->ifindex, 2);
	ck_assert_uint_eq(
	    ports_by_circuit(&ps, text("same"), (struct pxe_ip4){0x0a020001})->ifindex, 1);
	ports_fini(&ps);
}
END_TEST

START_TEST(anycast_address_means_the_clients_side)
{
	struct ports ps;

	ports_init(&ps);
	add(&ps, 1, "a", 0x0a000001, false);
	add(&ps, 2, "b", 0x0a000001, true);
	ck_assert_int_eq(ports_seal(&ps), 0);
	ck_assert_uint_eq(ports_by_addr(&ps, (struct pxe_ip4){0x0a000001})->ifindex, 2);
	ports_fini(&ps);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ports");
	TCase *tc = tcase_create("ports");
	SRunner *sr = NULL;
	int failed = 0;

	tcase_add_test(tc, many_ports_in_any_order);
	tcase_add_test(tc, empty_set_finds_nothing);
	tcase_add_test(tc, shared_circuit_ids_are_told_apart_by_address);
	tcase_add_test(tc, anycast_address_means_the_clients_side);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
