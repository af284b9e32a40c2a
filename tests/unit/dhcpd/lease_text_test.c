/* SPDX-License-Identifier: BSD-2-Clause */
/* lease_text_test.c -- leases to ISC's text and back, whole and damaged. */
#include "dhcpd/core/lease_text.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "../check_main.h"

static struct lease_reader reader;

static struct pxe_bytes of(const char *s)
{
	return (struct pxe_bytes){.p = (const uint8_t *)s, .len = strlen(s)};
}

static struct lease_rec full(void)
{
	return (struct lease_rec){
	    .ip = {0x0a090064},
	    .state = LEASE_ACTIVE,
	    .next = LEASE_FREE,
	    .rewind = LEASE_FREE,
	    .reserved = true,
	    .bootp = true,
	    .starts = 1795507200,
	    .ends = LEASE_NEVER,
	    .tstp = 1795507201,
	    .cltt = 1795507202,
	    .hw = {.type = 1, .len = 6, .b = {2, 0, 0, 0, 0xcd, 1}},
	    .uid = {.p = (const uint8_t *)"\001\"\\\377a", .len = 5},
	    .hostname = of("bb1"),
	    .agent = {.p = (const uint8_t *)"\001\005port1\005\004\012\001\002\003\011\002\001\002",
		.len = 17},
	    .vars = of("  set Cnt = \"\\000\\001\";\n  set n = %5;\n"),
	    .tail = of("  billing class \"x\";\n  on expiry {\n    log (info, \"a } b\");\n  }\n"),
	};
}

static const char full_text[] = "lease 10.9.0.100 {\n"
				"  starts 2 2026/11/24 08:00:00;\n"
				"  ends never;\n"
				"  tstp 2 2026/11/24 08:00:01;\n"
				"  cltt 2 2026/11/24 08:00:02;\n"
				"  binding state active;\n"
				"  next binding state free;\n"
				"  rewind binding state free;\n"
				"  reserved;\n"
				"  dynamic-bootp;\n"
				"  hardware ethernet 02:00:00:00:cd:01;\n"
				"  uid \"\\001\\\"\\\\\\377a\";\n"
				"  set Cnt = \"\\000\\001\";\n"
				"  set n = %5;\n"
				"  option agent.circuit-id \"port1\";\n"
				"  option agent.link-selection 10.1.2.3;\n"
				"  option agent.unknown-9 1:2;\n"
				"  client-hostname \"bb1\";\n"
				"  billing class \"x\";\n"
				"  on expiry {\n"
				"    log (info, \"a } b\");\n"
				"  }\n"
				"}\n";

static const struct lease_text_style plain;

START_TEST(writes_as_isc_does)
{
	struct lease_rec rec = full();
	char out[4096];
	struct pxe_text t = pxe_text_init(out, sizeof(out));

	lease_text_put(&t, &rec, &plain);
	ck_assert_str_eq(out, full_text);
}
END_TEST

START_TEST(local_time_and_hex)
{
	struct lease_rec rec = {.ip = {0x0a000001},
	    .state = LEASE_FREE,
	    .next = LEASE_FREE,
	    .rewind = LEASE_FREE,
	    .ends = 1795336672,
	    .hw = {.type = 7, .len = 2, .b = {1, 2}},
	    .uid = of("ab"),
	    .hostname = of("a\"b")};
	struct lease_text_style style = {.hex_id = true, .local_time = true};
	char out[1024];
	struct pxe_text t = pxe_text_init(out, sizeof(out));

	lease_text_put(&t, &rec, &style);
	ck_assert_str_eq(out, "lease 10.0.0.1 {\n"
			      "  ends epoch 1795336672; # Sun Nov 22 08:37:52 2026\n"
			      "  binding state free;\n"
			      "  hardware unknown-7 01:02;\n"
			      "  uid 61:62;\n"
			      "}\n");
}
END_TEST

static void assert_bytes(struct pxe_bytes a, struct pxe_bytes b)
{
	ck_assert_uint_eq(a.len, b.len);
	if (a.len > 0)
		ck_assert_mem_eq(a.p, b.p, a.len);
}

static void assert_same(const struct lease_rec *a, const struct lease_rec *b)
{
	ck_assert_uint_eq(a->ip.v, b->ip.v);
	ck_assert_int_eq(a->state, b->state);
	ck_assert_int_eq(a->next, b->next);
	ck_assert_int_eq(a->rewind, b->rewind);
	ck_assert_int_eq(a->reserved, b->reserved);
	ck_assert_int_eq(a->bootp, b->bootp);
	ck_assert_int_eq(a->starts, b->starts);
	ck_assert_int_eq(a->ends, b->ends);
	ck_assert_int_eq(a->tstp, b->tstp);
	ck_assert_int_eq(a->cltt, b->cltt);
	ck_assert(pxe_hwaddr_eq(&a->hw, &b->hw));
	assert_bytes(a->uid, b->uid);
	assert_bytes(a->hostname, b->hostname);
	assert_bytes(a->agent, b->agent);
	assert_bytes(a->vars, b->vars);
	assert_bytes(a->tail, b->tail);
}

START_TEST(reads_what_it_writes)
{
	struct lease_rec rec = full();
	struct lease_entry e;

	lease_reader_init(&reader, full_text, sizeof(full_text) - 1);
	lease_reader_next(&reader, &e);
	ck_assert_int_eq(e.kind, LEASE_ENTRY_LEASE);
	assert_same(&e.rec, &rec);
	lease_reader_next(&reader, &e);
	ck_assert_int_eq(e.kind, LEASE_ENTRY_END);
}
END_TEST

/* Cut anywhere, the record is dropped and nothing else is. */
START_TEST(torn_anywhere)
{
	static const char first[] = "lease 10.9.0.1 {\n  binding state free;\n}\n";
	char text[sizeof(first) + sizeof(full_text)];
	struct lease_entry e;

	for (size_t cut = 1; cut < sizeof(full_text) - 2; cut++) {
		size_t len = sizeof(first) - 1 + cut;

		memcpy(text, first, sizeof(first) - 1);
		memcpy(text + sizeof(first) - 1, full_text, cut);
		lease_reader_init(&reader, text, len);
		lease_reader_next(&reader, &e);
		MUST(e.kind == LEASE_ENTRY_LEASE, "first, cut at %zu", cut);
		lease_reader_next(&reader, &e);
		MUST(e.kind == LEASE_ENTRY_DAMAGE && e.torn && e.why != NULL, "cut at %zu", cut);
		lease_reader_next(&reader, &e);
		MUST(e.kind == LEASE_ENTRY_END, "end, cut at %zu", cut);
	}
}
END_TEST

/* The same with another record behind it, as after a crash of a server that went on appending. */
START_TEST(torn_in_the_middle)
{
	static const char last[] = "\nlease 10.9.0.1 {\n  binding state free;\n}\n";
	char text[sizeof(last) + sizeof(full_text)];
	struct lease_entry e;

	for (size_t cut = 1; cut < sizeof(full_text) - 2; cut++) {
		memcpy(text, full_text, cut);
		memcpy(text + cut, last, sizeof(last) - 1);
		lease_reader_init(&reader, text, cut + sizeof(last) - 1);
		lease_reader_next(&reader, &e);
		MUST(e.kind == LEASE_ENTRY_DAMAGE && !e.torn, "cut at %zu", cut);
		lease_reader_next(&reader, &e);
		MUST(e.kind == LEASE_ENTRY_LEASE && e.rec.ip.v == 0x0a090001, "cut at %zu", cut);
	}
}
END_TEST

static const struct {
	const char *text;
	enum lease_entry_kind kind;
	const char *key; /* OTHER */
} entries[] = {
    {"host a { dynamic; deleted; }", LEASE_ENTRY_OTHER, "host a"},
    {"group { dynamic; }", LEASE_ENTRY_OTHER, "group"},
    {"group \"g\" { dynamic; }", LEASE_ENTRY_OTHER, "group \"g\""},
    {"subclass \"c\" \"v\" { }", LEASE_ENTRY_OTHER, "subclass \"c\" \"v\""},
    {"failover peer \"x\" state { my state normal at 0 2026/11/22 08:37:02; }", LEASE_ENTRY_OTHER,
	"failover peer \"x\""},
    {"server-duid \"\\000;}\";", LEASE_ENTRY_OTHER, "server-duid"},
    {"authoring-byte-order little-endian;", LEASE_ENTRY_OTHER, "authoring-byte-order"},
    {"garbage here;", LEASE_ENTRY_DAMAGE, NULL},
    {"lease 10.0.0.300 { }", LEASE_ENTRY_DAMAGE, NULL},
    {"lease 10.0.0.3 ;", LEASE_ENTRY_DAMAGE, NULL},
    {"lease 10.0.0.3 { starts 2 2026/13/24 08:00:00; }", LEASE_ENTRY_DAMAGE, NULL},
    {"lease 10.0.0.3 { binding state happy; }", LEASE_ENTRY_DAMAGE, NULL},
    {"lease 10.0.0.3 { uid zz; }", LEASE_ENTRY_DAMAGE, NULL},
    {"lease 10.0.0.3 { uid ; }", LEASE_ENTRY_DAMAGE, NULL},
    {"lease 10.0.0.3 { hardware carrier-pigeon 01:02; }", LEASE_ENTRY_DAMAGE, NULL},
    {"lease 10.0.0.3 { }", LEASE_ENTRY_LEASE, NULL},
    {"LEASE 10.0.0.3 { ENDS NEVER; }", LEASE_ENTRY_LEASE, NULL},
    {"lease 10.0.0.3 { tsfp 2 2026/11/24 08:00:00 3600; atsfp never; }", LEASE_ENTRY_LEASE, NULL},
    {"lease 10.0.0.3 { ends epoch 5; } # x", LEASE_ENTRY_LEASE, NULL},
    {"lease 10.0.0.3 { next state free; binding state backup; }", LEASE_ENTRY_LEASE, NULL},
};

START_TEST(entries_by_kind)
{
	for (size_t i = 0; i < ROWS(entries); i++) {
		struct lease_entry e;

		lease_reader_init(&reader, entries[i].text, strlen(entries[i].text));
		lease_reader_next(&reader, &e);
		ck_assert_msg(e.kind == entries[i].kind, "%s: %d", entries[i].text, e.kind);
		if (entries[i].key != NULL)
			assert_bytes(e.key, of(entries[i].key));
		if (e.kind == LEASE_ENTRY_DAMAGE)
			ck_assert_ptr_nonnull(e.why);
	}
}
END_TEST

START_TEST(old_and_odd_forms)
{
	static const char text[] =
	    "lease 10.9.0.102 { starts 0 2026/11/22 08:31:28; abandoned; }\n"
	    "lease 10.9.0.103 { hardware ethernet 2:0:0:0:1:6; client-hostname foo;\n"
	    "uid 1:2:3; frobnicate 12; }\n";
	struct lease_entry e;

	lease_reader_init(&reader, text, sizeof(text) - 1);
	lease_reader_next(&reader, &e);
	ck_assert_int_eq(e.rec.state, LEASE_ABANDONED);
	lease_reader_next(&reader, &e);
	ck_assert_int_eq(e.rec.state, LEASE_ACTIVE); /* before there were states */
	ck_assert_int_eq(e.rec.hw.len, 6);
	ck_assert_int_eq(e.rec.hw.b[4], 1);
	assert_bytes(e.rec.hostname, of("foo"));
	assert_bytes(e.rec.uid, of("\001\002\003"));
	assert_bytes(e.rec.tail, of("  frobnicate 12;\n"));
}
END_TEST

START_TEST(variables)
{
	struct pxe_bytes vars = of("  set a = \"x;y\";\n  set bb = %5;\n"), v;

	ck_assert(lease_vars_find(vars, "bb", &v));
	assert_bytes(v, of("%5"));
	ck_assert(lease_vars_find(vars, "a", &v));
	assert_bytes(v, of("\"x;y\""));
	ck_assert(!lease_vars_find(vars, "b", &v));
	ck_assert(!lease_vars_find(of(""), "b", &v));
}
END_TEST

struct tally {
	size_t leases, others, damaged;
	bool torn;
};

static char file_text[1 << 20];

/* Read a file, write every lease again, and read that: nothing may change on the way. */
static struct tally through(const char *path)
{
	struct tally n = {0};
	struct lease_entry e, again;
	static struct lease_reader second;
	static char out[LEASE_TEXT_MAX];
	FILE *f = fopen(path, "rb");
	size_t len = 0;

	ck_assert_ptr_nonnull(f);
	len = fread(file_text, 1, sizeof(file_text), f);
	(void)fclose(f);
	lease_reader_init(&reader, file_text, len);
	for (lease_reader_next(&reader, &e); e.kind != LEASE_ENTRY_END;
	     lease_reader_next(&reader, &e)) {
		struct pxe_text t = pxe_text_init(out, sizeof(out));

		n.others += e.kind == LEASE_ENTRY_OTHER;
		n.damaged += e.kind == LEASE_ENTRY_DAMAGE;
		n.torn |= e.torn;
		if (e.kind != LEASE_ENTRY_LEASE)
			continue;
		n.leases++;
		lease_text_put(&t, &e.rec, &plain);
		ck_assert(!t.truncated);
		lease_reader_init(&second, out, t.len);
		lease_reader_next(&second, &again);
		ck_assert_int_eq(again.kind, LEASE_ENTRY_LEASE);
		/* a name with a quote in it is left out on purpose */
		if (e.rec.hostname.len > 0 && again.rec.hostname.len == 0)
			again.rec.hostname = e.rec.hostname;
		assert_same(&e.rec, &again.rec);
	}
	return n;
}

static const struct {
	const char *file;
	struct tally want;
} files[] = {
    {"active.leases", {3, 2, 0, false}},
    {"history.leases", {4, 1, 0, false}},
    {"torn.leases", {1, 0, 1, true}},
    {"damaged.leases", {3, 1, 2, false}},
    {"failover.leases", {2, 3, 0, false}},
};

START_TEST(own_files)
{
	for (size_t i = 0; i < ROWS(files); i++) {
		char path[512];
		struct tally n;

		(void)snprintf(path, sizeof(path), TEST_DATA_DIR "/leases/%s", files[i].file);
		n = through(path);
		ck_assert_msg(
		    n.leases == files[i].want.leases && n.others == files[i].want.others &&
			n.damaged == files[i].want.damaged && n.torn == files[i].want.torn,
		    "%s: %zu leases, %zu others, %zu damaged, torn %d", files[i].file, n.leases,
		    n.others, n.damaged, n.torn);
	}
}
END_TEST

/* Files that ISC's dhcpd wrote, where they are at hand. */
START_TEST(files_of_isc)
{
	static const char dir[] = PROJECT_DIR "/../shared/corpus/leases";
	DIR *d = opendir(dir);
	size_t n = 0;

	if (d == NULL) {
		(void)fprintf(stderr, "skipped: there is no ../shared/corpus/leases\n");
		return;
	}
	for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
		char path[1024];
		struct tally t;

		if (strncmp(e->d_name, "v4-", 3) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		t = through(path);
		ck_assert_msg(t.leases > 0 && t.damaged == 0, "%s: %zu leases, %zu damaged",
		    e->d_name, t.leases, t.damaged);
		n++;
	}
	(void)closedir(d);
	ck_assert_uint_gt(n, 0);
}
END_TEST

CHECK_MAIN("dhcpd/lease_text", writes_as_isc_does, local_time_and_hex, reads_what_it_writes,
    torn_anywhere, torn_in_the_middle, entries_by_kind, old_and_odd_forms, variables, own_files,
    files_of_isc)
