/* SPDX-License-Identifier: BSD-2-Clause */
/* files_test.c -- the descriptor cache is bounded and never stale; clients are counted. */
#include "httpfsd/files.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "httpfsd/clients.h"

enum { NOW = 2000000000 };

static char dir[] = "/tmp/httpfsd-files-XXXXXX";
static struct source source;
static struct mount mount_of;
static struct types types;
static struct files fs;
static const struct pxe_hash_seed seed = {1, 2};

static void set_up(void)
{
	ck_assert_int_eq(pxe_root_open(&source.root, dir), 0);
	source.symlinks = PXE_SYMLINKS_BENEATH;
	mount_of = (struct mount){.prefix = "", .source = &source};
	files_init(&fs, &seed, 4);
}

static void tear_down(void)
{
	files_fini(&fs);
	pxe_root_close(&source.root);
}

static void put(const char *name, const char *text)
{
	char full[256];
	FILE *f = NULL;

	(void)snprintf(full, sizeof(full), "%s/%s", dir, name);
	f = fopen(full, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void take_away(const char *name)
{
	char full[256];

	(void)snprintf(full, sizeof(full), "%s/%s", dir, name);
	ck_assert_int_eq(unlink(full), 0);
}

static struct file *get(const char *name)
{
	struct file *f = NULL;
	int sub = -1;

	ck_assert_int_eq(files_open(&fs, &mount_of, &types, name, NOW, &f, &sub), 0);
	return f;
}

START_TEST(a_second_request_finds_it_open)
{
	struct file *a = NULL, *b = NULL;

	put("a.txt", "x");
	a = get("a.txt");
	b = get("a.txt");
	ck_assert_ptr_eq(a, b);
	ck_assert_uint_eq(fs.hits, 1);
	ck_assert_str_eq(a->obj.type, "text/plain");
	files_release(&fs, a);
	files_release(&fs, b);
}
END_TEST

START_TEST(a_change_is_seen_in_the_next_turn)
{
	struct file *a = NULL, *b = NULL;
	char byte = 0;

	put("a", "old");
	a = get("a");
	take_away("a");
	put("a", "new!");
	files_turn(&fs);
	b = get("a");
	ck_assert_ptr_ne(a, b);
	ck_assert_uint_eq(b->obj.size, 4);
	/* The old one is still readable by who has it. */
	ck_assert_int_eq(pread(a->fd, &byte, 1, 0), 1);
	ck_assert_int_eq(byte, 'o');
	files_release(&fs, a);
	files_release(&fs, b);
}
END_TEST

START_TEST(a_vanished_file_is_not_found)
{
	struct file *f = NULL;
	int sub = -1;

	put("a", "x");
	files_release(&fs, get("a"));
	take_away("a");
	files_turn(&fs);
	ck_assert_int_eq(files_open(&fs, &mount_of, &types, "a", NOW, &f, &sub), -ENOENT);
	ck_assert_uint_eq(fs.map.count, 0);
}
END_TEST

START_TEST(a_file_in_pieces_is_found_in_its_image)
{
	struct pxe_iso_extent pieces[] = {{2048, 100}, {8192, 50}, {4096, 7}};
	struct file f = {.nextent = 3, .extent = pieces}, whole = {.obj.base = 6144};
	uint64_t at = 0;

	ck_assert_uint_eq(file_place(&f, 0, 157, &at), 100);
	ck_assert_uint_eq(at, 2048);
	ck_assert_uint_eq(file_place(&f, 99, 10, &at), 1);
	ck_assert_uint_eq(at, 2147);
	ck_assert_uint_eq(file_place(&f, 100, 20, &at), 20);
	ck_assert_uint_eq(at, 8192);
	ck_assert_uint_eq(file_place(&f, 149, 8, &at), 1);
	ck_assert_uint_eq(at, 8241);
	ck_assert_uint_eq(file_place(&f, 156, 1, &at), 1);
	ck_assert_uint_eq(at, 4102);
	ck_assert_uint_eq(file_place(&whole, 10, 5, &at), 5);
	ck_assert_uint_eq(at, 6154);
}
END_TEST

START_TEST(directories_are_not_kept)
{
	struct file *f = NULL;
	int sub = -1;

	ck_assert_int_eq(files_open(&fs, &mount_of, &types, ".", NOW, &f, &sub), FILES_IS_DIR);
	ck_assert_int_ge(sub, 0);
	ck_assert_int_eq(close(sub), 0);
	ck_assert_uint_eq(fs.map.count, 0);
}
END_TEST

START_TEST(the_least_recently_used_go_first)
{
	char name[8];

	for (int i = 0; i < 4; i++) {
		(void)snprintf(name, sizeof(name), "f%d", i);
		put(name, name);
		files_release(&fs, get(name));
	}
	files_release(&fs, get("f0"));
	put("f4", "x");
	files_release(&fs, get("f4"));
	ck_assert_uint_le(fs.map.count, 4);
	fs.hits = 0;
	files_release(&fs, get("f0"));
	files_release(&fs, get("f4"));
	ck_assert_uint_eq(fs.hits, 2);
	files_release(&fs, get("f1"));
	ck_assert_uint_eq(fs.hits, 2);
}
END_TEST

START_TEST(files_in_use_are_not_given_up)
{
	struct file *held[4];
	struct file *more = NULL;
	char name[8];

	for (int i = 0; i < 4; i++) {
		(void)snprintf(name, sizeof(name), "h%d", i);
		put(name, name);
		held[i] = get(name);
	}
	put("more", "x");
	more = get("more"); /* served, but not kept */
	ck_assert(!more->is_cached);
	files_release(&fs, more);
	files_clear(&fs);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_ge(fcntl(held[i]->fd, F_GETFD), 0);
		files_release(&fs, held[i]);
	}
}
END_TEST

START_TEST(mapped_addresses_are_ipv4)
{
	struct clients *cs = clients_new(&(struct clients_limits){.connections = 1}, &seed);
	struct pxe_ip a, mapped, other;

	ck_assert_int_eq(pxe_ip_parse("192.0.2.1", &a), 0);
	ck_assert_int_eq(pxe_ip_parse("::ffff:192.0.2.1", &mapped), 0);
	ck_assert_int_eq(pxe_ip_parse("::ffff:192.0.2.2", &other), 0);
	ck_assert(clients_enter(cs, &mapped, 0));
	ck_assert(!clients_enter(cs, &a, 0));
	ck_assert(clients_enter(cs, &other, 0));
	clients_free(cs);
}
END_TEST

START_TEST(a_client_is_remembered_for_its_rate)
{
	const struct clients_limits limits = {.rates = {.client = 1000000}};
	struct clients *cs = clients_new(&limits, &seed);
	struct pxe_ip a;
	int64_t now = 5000000;

	ck_assert_int_eq(pxe_ip_parse("192.0.2.1", &a), 0);
	ck_assert(clients_enter(cs, &a, now));
	ck_assert_uint_eq(clients_allow(cs, &a, now), 100001);
	clients_charge(cs, &a, 100001);
	clients_leave(cs, &a, now);
	/* Back at once: what it was sent still counts. */
	ck_assert(clients_enter(cs, &a, now));
	ck_assert_uint_eq(clients_allow(cs, &a, now), 0);
	clients_leave(cs, &a, now);
	/* Back after a while: begins anew. */
	ck_assert(clients_enter(cs, &a, now + 2000000));
	ck_assert_uint_eq(clients_allow(cs, &a, now + 2000000), 100001);
	clients_leave(cs, &a, now + 2000000);
	clients_free(cs);
}
END_TEST

START_TEST(clients_are_counted_by_address)
{
	struct clients *cs = clients_new(&(struct clients_limits){.connections = 2}, &seed);
	struct pxe_ip a, b, six, same64, none = {0};

	ck_assert_int_eq(pxe_ip_parse("10.0.0.1", &a), 0);
	ck_assert_int_eq(pxe_ip_parse("10.0.0.2", &b), 0);
	ck_assert_int_eq(pxe_ip_parse("2001:db8::1", &six), 0);
	ck_assert_int_eq(pxe_ip_parse("2001:db8::ffff:2", &same64), 0);
	ck_assert(clients_enter(cs, &a, 0) && clients_enter(cs, &a, 0));
	ck_assert(!clients_enter(cs, &a, 0));
	ck_assert(clients_enter(cs, &b, 0));
	clients_leave(cs, &a, 0);
	ck_assert(clients_enter(cs, &a, 0));
	ck_assert(clients_enter(cs, &six, 0) && clients_enter(cs, &same64, 0));
	ck_assert(!clients_enter(cs, &six, 0)); /* a machine owns its /64 */
	for (int i = 0; i < 10; i++)
		ck_assert(clients_enter(cs, &none, 0));
	clients_set_limits(cs, &(struct clients_limits){.connections = 3});
	ck_assert(clients_enter(cs, &six, 0));
	clients_free(cs);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("httpfsd/files");
	TCase *tc = tcase_create("shell");
	SRunner *sr = srunner_create(s);
	char command[64];
	int failed = 0;

	if (mkdtemp(dir) == NULL)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_second_request_finds_it_open);
	tcase_add_test(tc, a_change_is_seen_in_the_next_turn);
	tcase_add_test(tc, a_vanished_file_is_not_found);
	tcase_add_test(tc, a_file_in_pieces_is_found_in_its_image);
	tcase_add_test(tc, directories_are_not_kept);
	tcase_add_test(tc, the_least_recently_used_go_first);
	tcase_add_test(tc, files_in_use_are_not_given_up);
	tcase_add_test(tc, mapped_addresses_are_ipv4);
	tcase_add_test(tc, a_client_is_remembered_for_its_rate);
	tcase_add_test(tc, clients_are_counted_by_address);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	if (system(command) != 0)
		failed++;
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
