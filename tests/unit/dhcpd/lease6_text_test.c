/* SPDX-License-Identifier: BSD-2-Clause */
/* lease6_text_test.c -- identity associations of DHCPv6 in the lease file, both ways. */
#include <check.h>
#include <string.h>

#include "dhcpd/core/lease_text.h"

static const char file[] =
    "# This lease file was written by isc-dhcp-4.4.3-P1\n"
    "authoring-byte-order little-endian;\n"
    "server-duid \"\\000\\001\\000\\0012\\225kO\\016\\177Lz}\\271\";\n\n"
    "ia-na \"\\001\\000\\000\\000\\000\\003\\000\\001\\002\\000\\000\\000\\012\\001\" {\n"
    "  cltt 0 2026/11/22 08:58:57;\n"
    "  iaaddr 2001:db8:9::1843 {\n"
    "    binding state active;\n"
    "    preferred-life 300;\n"
    "    max-life 600;\n"
    "    ends 0 2026/11/22 09:08:57;\n"
    "    set a = \"b\";\n"
    "    on expiry {\n"
    "      log (info, \"x\");\n"
    "    }\n"
    "  }\n"
    "  iaaddr 2001:db8:9::1 {\n"
    "    binding state abandoned;\n"
    "    preferred-life 4294967295;\n"
    "    max-life 4294967295;\n"
    "    ends never;\n"
    "  }\n"
    "}\n\n"
    "ia-pd \"\\005\\000\\000\\000\\000\\003\\000\\001\\002\\000\\000\\000\\012\\001\" {\n"
    "  cltt 0 2026/11/22 08:58:59;\n"
    "  iaprefix 2001:db8:aff::/56 {\n"
    "    binding state released;\n"
    "    preferred-life 300;\n"
    "    max-life 600;\n"
    "    ends 0 2026/11/22 09:08:59;\n"
    "  }\n"
    "}\n\n";

static struct lease_reader reader;
static const struct lease_text_style plain;

static void next(struct lease_entry *e, enum lease_entry_kind kind)
{
	lease_reader_next(&reader, e);
	ck_assert_int_eq(e->kind, kind);
}

START_TEST(reads_what_isc_wrote)
{
	struct lease_entry e;
	char ip[PXE_IP_STRLEN];

	lease_reader_init(&reader, file, strlen(file));
	next(&e, LEASE_ENTRY_OTHER);
	next(&e, LEASE_ENTRY_OTHER);
	next(&e, LEASE_ENTRY_IA);
	ck_assert_int_eq(e.ia->kind, LEASE6_NA);
	ck_assert_uint_eq(e.ia->iaid, 1);
	ck_assert_uint_eq(e.ia->duid.len, 10);
	ck_assert_uint_eq(e.ia->n, 2);
	ck_assert_int_eq(e.ia->cltt, 1795337937);
	ck_assert_int_eq(e.ia->v[0].state, LEASE_ACTIVE);
	ck_assert_uint_eq(e.ia->v[0].preferred_s, 300);
	ck_assert_uint_eq(e.ia->v[0].valid_s, 600);
	ck_assert_str_eq(
	    pxe_ip_str(&(struct pxe_ip){.family = 6, .v6 = e.ia->v[0].ip}, ip), "2001:db8:9::1843");
	ck_assert_int_eq(e.ia->v[1].ends, LEASE_NEVER);
	next(&e, LEASE_ENTRY_IA);
	ck_assert_int_eq(e.ia->kind, LEASE6_PD);
	ck_assert_uint_eq(e.ia->v[0].len, 56);
	ck_assert_int_eq(e.ia->v[0].state, LEASE_RELEASED);
	next(&e, LEASE_ENTRY_END);
}
END_TEST

/* What was read is written as ISC wrote it, byte for byte, event programs included. */
START_TEST(writes_it_back)
{
	const char *want = strstr(file, "ia-na");
	struct lease_entry e;
	char buf[4096];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));

	lease_reader_init(&reader, file, strlen(file));
	for (lease_reader_next(&reader, &e); e.kind != LEASE_ENTRY_END;
	     lease_reader_next(&reader, &e))
		if (e.kind == LEASE_ENTRY_IA)
			lease6_text_put(&t, e.ia, &plain);
	ck_assert_str_eq(buf, want);
}
END_TEST

START_TEST(other_byte_order)
{
	static const char big[] = "authoring-byte-order big-endian;\n"
				  "ia-ta 00:00:00:07:00:03:00:01:02:00 {\n}\n";
	struct lease_entry e;

	lease_reader_init(&reader, big, strlen(big));
	next(&e, LEASE_ENTRY_OTHER);
	next(&e, LEASE_ENTRY_IA);
	ck_assert_int_eq(e.ia->kind, LEASE6_TA);
	ck_assert_uint_eq(e.ia->iaid, 7);
	ck_assert_uint_eq(e.ia->n, 0);
}
END_TEST

/* Damage costs the entry it is in and nothing else. */
START_TEST(damage)
{
	static const char *const bad[] = {
	    "ia-na \"abc\" {\n}\n",
	    "ia-na \"\\001\\000\\000\\000d\" {\n  iaaddr 10.0.0.1 {\n  }\n}\n",
	    "ia-na \"\\001\\000\\000\\000d\" {\n  iaaddr 2001:db8::1/64 {\n  }\n}\n",
	    "ia-na \"\\001\\000\\000\\000d\" {\n  iaprefix 2001:db8::/64 {\n  }\n}\n",
	    ("ia-na \"\\001\\000\\000\\000d\" {\n  iaaddr 2001:db8::1 {\n    binding state "
	     "active;\n  }\n}\n"),
	    "ia-na \"\\001\\000\\000\\000d\" {\n  iaaddr 2001:db8::1 {\n    binding sta",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[1024];
		struct pxe_text t = pxe_text_init(text, sizeof(text));
		struct lease_entry e;

		pxe_text_add(&t, bad[i]);
		pxe_text_add(&t, "\n");
		pxe_text_add(&t, strstr(file, "ia-pd"));
		lease_reader_init(&reader, text, t.len);
		lease_reader_next(&reader, &e);
		ck_assert_msg(e.kind == LEASE_ENTRY_DAMAGE, "%zu: %d", i, e.kind);
		ck_assert_ptr_nonnull(e.why);
		next(&e, LEASE_ENTRY_IA);
		ck_assert_uint_eq(e.ia->iaid, 5);
	}
}
END_TEST

START_TEST(server_duid)
{
	static const uint8_t duid[] = {0, 1, 0, 1, '2', 0x95, '"', '\\'};
	struct pxe_bytes b = {duid, sizeof(duid)};
	char buf[256];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));
	uint8_t back[64];
	size_t n = 0;

	lease6_text_put_server_duid(&t, b);
	ck_assert_str_eq(buf, "server-duid \"\\000\\001\\000\\0012\\225\\\"\\\\\";\n\n");
	ck_assert(lease6_text_server_duid(
	    (struct pxe_bytes){(const uint8_t *)buf, t.len}, back, sizeof(back), &n));
	ck_assert_uint_eq(n, sizeof(duid));
	ck_assert_mem_eq(back, duid, n);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("lease6_text");
	TCase *tc = tcase_create("all");
	SRunner *r = srunner_create(s);
	int failed = 0;

	tcase_add_test(tc, reads_what_isc_wrote);
	tcase_add_test(tc, writes_it_back);
	tcase_add_test(tc, other_byte_order);
	tcase_add_test(tc, damage);
	tcase_add_test(tc, server_duid);
	suite_add_tcase(s, tc);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
