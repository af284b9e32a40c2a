/* SPDX-License-Identifier: BSD-2-Clause */
/* parse_test.c -- what is accepted and refused, with which words, and what goes on after an error.
 *
 * tests/data/dhcpd.conf/good and bad were put to ISC dhcpd 4.4.3-P1 -t, which agreed on each.
 * Beside NAME.conf in bad stands NAME.want: line and beginning of the first message.
 */
#include <dirent.h>

#include "tests/unit/dhcpd/conf/conf_test.h"
#include "tests/unit/dhcpd/conf/file_reader.h"

static struct parsed parse_path(const char *path)
{
	struct parsed p = {0};
	struct conf_input in = {.family = 4, .path = path, .read = file_read};

	pxe_diag_init(&p.diag);
	p.err = conf_parse(&in, &p.diag, &p.conf);
	return p;
}

static void check_good(const char *path)
{
	struct parsed p = parse_path(path);

	MUST(p.err == 0 && p.conf != NULL, "%s: %s", path, finding(&p, PXE_DIAG_ERROR, 0));
	parsed_fini(&p);
}

static const struct pxe_diag_entry *first_error(const struct parsed *p)
{
	for (size_t i = 0; i < p->diag.n; i++) {
		if (p->diag.v[i].level == PXE_DIAG_ERROR)
			return &p->diag.v[i];
	}
	return NULL;
}

static void check_bad(const char *path)
{
	char want_path[512], want[512] = "", got[1024];
	struct parsed p = parse_path(path);
	const struct pxe_diag_entry *e = first_error(&p);
	FILE *f = NULL;

	(void)snprintf(want_path, sizeof(want_path), "%.*s.want", (int)strlen(path) - 5, path);
	f = fopen(want_path, "r");
	MUST(f != NULL && fgets(want, sizeof(want), f) != NULL, "%s", want_path);
	(void)fclose(f);
	want[strcspn(want, "\n")] = '\0';
	MUST(p.conf == NULL && p.err == PXE_E_CONFIG && e != NULL, "%s is accepted", path);
	(void)snprintf(got, sizeof(got), "%u: %s", e->line, e->text);
	MUST(strncmp(got, want, strlen(want)) == 0, "%s: \"%s\", not \"%s\"", path, got, want);
	parsed_fini(&p);
}

static size_t each_conf(const char *folder, void (*check)(const char *path))
{
	char path[512];
	DIR *d = opendir(folder);
	size_t n = 0;

	MUST(d != NULL, "%s", folder);
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		size_t len = strlen(e->d_name);

		if (len < 5 || strcmp(e->d_name + len - 5, ".conf") != 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		check(path);
		n++;
	}
	(void)closedir(d);
	return n;
}

START_TEST(accepts_good_files)
{
	ck_assert_uint_ge(each_conf(TEST_DATA_DIR "/dhcpd.conf/good", check_good), 12);
}
END_TEST

START_TEST(refuses_bad_files)
{
	ck_assert_uint_ge(each_conf(TEST_DATA_DIR "/dhcpd.conf/bad", check_bad), 90);
}
END_TEST

/* All errors of a run, and no more than there are: lines only. */
START_TEST(goes_on_after_an_error)
{
	static const struct {
		const char *text, *lines;
	} rows[] = {
	    {"option domain-name \"a\"\noption routers 10.0.0.1;\noption no-such 1;\n", "2 3"},
	    {"option a 1;\noption b 2;\nsubnet 10.0.0.0 netmask 255.255.255.0 {\n  option c 3;\n"
	     "  range 10.0.0.1;\n  option d 4;\n}\noption e 5;\n",
		"1 2 4 6 8"},
	    {"if option no-such = \"x\" {\n  option nope 1;\n} else {\n  filename x.y;\n}\noption "
	     "end 1;\n",
		"1 2 4 6"},
	    {"host a {\n  hardware ethernet 1:2\n  fixed-address 10.0.0.1;\n  frob;\n}\nfrob "
	     "bar;\n",
		"3 6"},
	    {"subnet 10.0.0.5 netmask 255.255.255.0 {\n  option skipped 1;\n}\noption seen 1;\n",
		"1 4"},
	    {"class \"a\" {\n  match if ;\n  match if known;\n}\nsubclass \"b\" 1;\n", "2 3 5"},
	    {"on commit {\n  set = 1;\n  log(info \"x\");\n}\nkey k {\n  algorithm;\n}\nzone z { "
	     "}\n"
	     "option x 1;\n",
		"2 3 6 9"},
	    {"}\n}\noption x 1;\n", "1 2 3"},
	    {"failover peer \"x\" {\n  primary;\n  frob;\n}\noption x 1;\n", "3 5"},
	    {"option x code 200 = { integer 8, \n text, text };\noption y 1;\n", "2 3"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct parsed p = parse_text(rows[i].text);
		char lines[256] = "";
		struct pxe_text t = pxe_text_init(lines, sizeof(lines));

		for (size_t k = 0; k < p.diag.n; k++) {
			if (p.diag.v[k].level == PXE_DIAG_ERROR)
				pxe_text_addf(&t, t.len > 0 ? " %u" : "%u", p.diag.v[k].line);
		}
		MUST(strcmp(lines, rows[i].lines) == 0, "%s: %s, not %s", rows[i].text, lines,
		    rows[i].lines);
		parsed_fini(&p);
	}
}
END_TEST

START_TEST(reads_includes)
{
	static const struct fake_file files[] = {
	    {"t.conf", "include \"a\";\nsubnet 10.0.0.0 netmask 255.255.255.0 { include \"b\"; }\n"
		       "host h { include \"c\"; }\n"},
	    {"a", "option space S;\noption S.x code 1 = text;\ninclude \"a2\";\n"},
	    {"a2", "option S.x \"deep\";\n"},
	    {"b", "range 10.0.0.1 10.0.0.9;\n"},
	    {"c", "hardware ethernet 1:2:3:4:5:6;\n"},
	    {NULL, NULL},
	};
	struct parsed p = parse_files(4, files);
	static struct settings s;
	char buf[64];

	MUST(p.conf != NULL, "%s", finding(&p, PXE_DIAG_ERROR, 0));
	ck_assert_uint_eq(conf_networks(p.conf)->pool->nrange, 1);
	ck_assert_uint_eq(conf_host_by_name(p.conf, "h")->hw.len, 6);
	run_root(&p, &s);
	ck_assert_str_eq(option_text(&p, &s, "S.x", buf, sizeof(buf)), "\"deep\"");
	ck_assert_str_eq(conf_where(p.conf, s.opt[0].pos, buf, sizeof(buf)), "a2:1");
	parsed_fini(&p);
}
END_TEST

START_TEST(reports_errors_in_includes)
{
	static const struct fake_file bad[] = {
	    {"t.conf", "include \"a\";\ninclude \"none\";\ninclude x;\noption y 1;\n"},
	    {"a", "\noption x 1;\n"},
	    {NULL, NULL},
	};
	static const struct fake_file loop[] = {{"t.conf", "include \"t.conf\";\n"}, {NULL, NULL}};
	static const struct fake_file none[] = {{NULL, NULL}};
	struct parsed p = parse_files(4, bad);

	ck_assert_uint_eq(p.diag.errors, 5);
	ck_assert_str_eq(p.diag.v[0].file, "a");
	ck_assert_uint_eq(p.diag.v[0].line, 2);
	ck_assert_str_eq(p.diag.v[1].text, "a: bad parse.");
	ck_assert_str_eq(p.diag.v[1].file, "t.conf");
	ck_assert_str_eq(p.diag.v[2].text, "Can't open none: No such file or directory");
	ck_assert_uint_eq(p.diag.v[2].line, 2);
	parsed_fini(&p);

	p = parse_files(4, loop);
	ck_assert_str_eq(finding(&p, PXE_DIAG_ERROR, 0), "t.conf: includes nest too deep (32).");
	parsed_fini(&p);

	p = parse_files(4, none);
	ck_assert_int_eq(p.err, -ENOENT);
	ck_assert_ptr_null(p.conf);
	ck_assert_str_eq(
	    finding(&p, PXE_DIAG_ERROR, 0), "Can't open t.conf: No such file or directory");
	ck_assert_ptr_null(p.diag.v[0].file);
	parsed_fini(&p);
}
END_TEST

START_TEST(bounds_nesting_of_blocks)
{
	static char text[300000];
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	struct parsed p;

	for (int i = 0; i < 20000; i++)
		pxe_text_add(&t, "group { ");
	p = parse_text(text);
	ck_assert_str_eq(finding(&p, PXE_DIAG_ERROR, 0), "blocks nest too deep.");
	parsed_fini(&p);
	t = pxe_text_init(text, sizeof(text));
	for (int i = 0; i < 20000; i++)
		pxe_text_add(&t, "if known { ");
	p = parse_text(text);
	ck_assert_str_eq(finding(&p, PXE_DIAG_ERROR, 0), "blocks nest too deep.");
	parsed_fini(&p);
}
END_TEST

/* elsif in a row are no nesting. */
START_TEST(reads_long_chains_of_elsif)
{
	static char text[200000];
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	struct parsed p;

	pxe_text_add(&t, "if known { }");
	for (int i = 0; i < 2000; i++)
		pxe_text_addf(&t, " %s option host-name = \"h%d\" { filename \"f\"; }",
		    i % 2 ? "elsif" : "else if", i);
	p = parse_good(text);
	parsed_fini(&p);
}
END_TEST

START_TEST(prints_findings_as_isc_does)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
	    {"option no-such 1;\n", "t.conf line 1: unknown option dhcp.no-such (declare it first: "
				    "option no-such code N = TYPE;)\noption no-such 1;\n       ^"},
	    {"\n\t option\tno-such 1;\n",
		"t.conf line 2: unknown option dhcp.no-such (declare it first: option no-such code "
		"N = TYPE;)\n\t option\tno-such 1;\n"
		"                ^"},
	    {"option tftp-server 1;\n", "t.conf line 1: unknown option dhcp.tftp-server (did you "
					"mean \"tftp-server-name\"?)\n"
					"option tftp-server 1;\n       ^"},
	    {"host a { hardware ethernet 1-2; }\n",
		"t.conf line 1: expecting numeric value. (six hex bytes joined by colons)\n"
		"host a { hardware ethernet 1-2; }\n                           ^"},
	    {"if known filename \"a\";\n",
		"t.conf line 1: left brace expected. (the statements of an if stand in { })\n"
		"if known filename \"a\";\n         ^"},
	    {"\nfilename \"a;\n", "t.conf line 2: eof in string constant (the string opened on "
				  "line 2 is not closed)\n"
				  "filename \"a;\n         ^"},
	    {"option \x1b[31m 1;\n", "t.conf line 1: expecting identifier after option keyword. (a "
				     "character that begins "
				     "with byte 0x1b)\noption ?[31m 1;\n       ^"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct parsed p = parse_text(rows[i].text);
		char buf[CONF_DIAG_TEXT_MAX];

		(void)conf_diag_text(&p.diag.v[0], buf, sizeof(buf));
		MUST(strcmp(buf, rows[i].want) == 0, "got:\n%s\nwant:\n%s", buf, rows[i].want);
		parsed_fini(&p);
	}
}
END_TEST

/* Every parameter that has not its effect says so, when it is asked for, once, and what to use. */
START_TEST(accepts_no_parameter_silently)
{
	unsigned n = 0;

	for (size_t i = 0; i < PARAM_COUNT; i++) {
		const struct param_row *row = param_row((enum param_id)i);
		static const char *const values[] = {[PARAM_KIND_TIME] = "77",
		    [PARAM_KIND_UINT] = "77",
		    [PARAM_KIND_TEXT] = "\"x\"",
		    [PARAM_KIND_IP4] = "10.0.0.1",
		    [PARAM_KIND_IP6] = "2001:db8::1",
		    [PARAM_KIND_WORD] = "interim",
		    [PARAM_KIND_SPACE] = "k"};
		bool flag = row->kind == PARAM_KIND_FLAG;
		char text[512];
		struct parsed p;
		unsigned said = 0;

		if (row->support == PARAM_FULL || (flag && row->def == PARAM_TRUE))
			continue;
		(void)snprintf(text, sizeof(text),
		    "key k { algorithm hmac-md5; secret \"AAAA\"; }\n%s%s %s;\ngroup { %s %s; }\n",
		    row->support == PARAM_DDNS ? "ddns-update-style interim;\n" : "", row->keyword,
		    flag ? "on" : values[row->kind], row->keyword, flag ? "on" : values[row->kind]);
		p = parse_text(text);
		for (size_t k = 0; k < p.diag.n; k++)
			said += p.diag.v[k].code != NULL &&
				strcmp(p.diag.v[k].code, "not-done") == 0 &&
				strncmp(p.diag.v[k].text, row->keyword, strlen(row->keyword)) == 0;
		MUST(p.conf != NULL && said == 1, "%s: %u times in\n%s", row->keyword, said, text);
		parsed_fini(&p);
		n++;
	}
	ck_assert_uint_gt(n, 12);
}
END_TEST

START_TEST(says_what_is_not_done)
{
	static const struct {
		const char *text, *code; /* NULL: no finding at all */
	} rows[] = {
	    {"ddns-update-style interim;", "not-done"},
	    {"ddns-update-style none;", NULL},
	    {"omapi-port 7911;", "not-done"},
	    /* what only DNS updates need is no matter without them */
	    {"ddns-domainname \"example.org\"; ddns-updates on; update-static-leases on;", NULL},
	    {"ddns-update-style none; ddns-rev-domainname \"in-addr.arpa\"; ddns-ttl 60;", NULL},
	    {"ignore client-updates;", NULL},
	    {"allow dynamic-bootp;", "not-done"},
	    {"deny dynamic-bootp;", NULL},
	    {"delayed-ack 28;", "not-done"},
	    {"max-ack-delay 1000;", "not-done"},
	    {"server-id-check on;", "not-done"},
	    {"server-id-check off;", NULL},
	    {"check-secs-byte-order on;", "not-done"},
	    {"site-option-space \"x\";", "not-done"},
	    {"infinite-is-reserved on;", NULL},
	    {"allow leasequery;", NULL},
	    {"deny leasequery;", NULL},
	    {"get-lease-hostnames on;", NULL},
	    {"get-lease-hostnames off;", NULL},
	    {"zone example.org { primary 127.0.0.1; }", "not-done"},
	    {"group { log-facility local1; }", "misplaced-parameter"},
	    {"log-facility local1;", NULL},
	    {"on transmission { }", "not-done"},
	    {"on commit { }", NULL},
	    {"foobar;", "no-effect"},
	    {"set a = \"x\";", "hex-name"},
	    {"option domain-search \"a.example b.example\";", "domain-blank"},
	    {"option x code 300 = text;", "option-code"},
	    {"option time-offset 99999999999;", "number"},
	    {"option space agent;", "space-exists"},
	    {"key k { algorithm rot13; secret \"AAAA\"; }", "key-algorithm"},
	    {"subnet 10.0.0.0 netmask 255.0.0.0 { } subnet 10.1.0.0 netmask 255.255.0.0 { }",
		"subnet-overlap"},
	    {"subnet 10.0.0.0 netmask 255.0.0.0 { host a { } }", "global-host"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct parsed p = parse_good(rows[i].text);

		MUST(rows[i].code != NULL ? has_code(&p, rows[i].code) : p.diag.n == 0, "%s: %s",
		    rows[i].text, finding(&p, PXE_DIAG_WARNING, 0));
		parsed_fini(&p);
	}
}
END_TEST

#define NET     "subnet 10.0.0.0 netmask 255.255.255.0 "
#define FILE21  "123456789012345678901"
#define FILE63  FILE21 FILE21 FILE21
#define FILE127 FILE63 FILE63 "1"

/* What is legal and surely wrong; a row without a code is the right way to write it. */
START_TEST(warns_of_what_is_surely_wrong)
{
	static const struct {
		const char *text, *code;
	} rows[] = {
	    {NET "{ option routers 10.0.1.1; }", "router-off-link"},
	    {NET "{ option routers 10.0.0.1; }", NULL},
	    {NET "{ option broadcast-address 10.0.1.255; }", "subnet-option"},
	    {NET "{ option subnet-mask 255.255.0.0; }", "subnet-option"},
	    {NET "{ option broadcast-address 10.0.0.255; option subnet-mask 255.255.255.0; }",
		NULL},
	    {"option routers 10.0.1.1; " NET "{ }", NULL},
	    {NET "{ range 10.0.0.1 10.0.0.9; option routers 10.0.0.1; }", "router-in-range"},
	    {NET "{ range 10.0.0.0 10.0.0.9; }", "range-edge"},
	    {NET "{ range 10.0.0.9 10.0.0.255; }", "range-edge"},
	    {NET "{ range 10.0.0.1 10.0.0.254; }", NULL},
	    {"subnet 10.0.0.0 netmask 255.255.255.254 { range 10.0.0.0 10.0.0.1; }", NULL},
	    {NET "{ range 10.0.0.5; } host a { hardware ethernet 2:0:0:0:0:1; fixed-address "
		 "10.0.0.5; }",
		"host-in-range"},
	    {NET "{ } host a { hardware ethernet 2:0:0:0:0:1; fixed-address 10.0.0.5; }", NULL},
	    {"host a { hardware ethernet 2:0:0:0:0:1; fixed-address 10.0.0.5; }", "host-no-subnet"},
	    {"host a { hardware ethernet 2:0:0:0:0:1; } host b { hardware ethernet 2:0:0:0:0:1; }",
		"host-twice"},
	    {NET "{ } host a { hardware ethernet 2:0:0:0:0:1; fixed-address 10.0.0.1; } "
		 "host b { hardware ethernet 2:0:0:0:0:1; fixed-address 10.0.0.2; }",
		"host-twice"},
	    {NET "{ } subnet 10.0.1.0 netmask 255.255.255.0 { } "
		 "host a { hardware ethernet 2:0:0:0:0:1; fixed-address 10.0.0.1; } "
		 "host b { hardware ethernet 2:0:0:0:0:1; fixed-address 10.0.1.1; }",
		NULL},
	    {"host a { hardware ethernet 2:0:0:0:0:1; } host b { hardware ethernet 2:0:0:0:0:2; }",
		NULL},
	    {NET "{ } host a { hardware ethernet 2:0:0:0:0:1; fixed-address 10.0.0.1; } "
		 "host b { hardware ethernet 2:0:0:0:0:2; fixed-address 10.0.0.1; }",
		"address-twice"},
	    {"option host-name \"a\"; option host-name \"b\";", "said-twice"},
	    {"max-lease-time 900; max-lease-time 600;", "said-twice"},
	    {"option arch code 93 = unsigned integer 16; option arch 7; option pxe-system-type 9;",
		"said-twice"},
	    {"option host-name \"a\"; append host-name \"b\"; group { option host-name \"c\"; }",
		NULL},
	    {"option host-name \"a\"; if known { option host-name \"b\"; }", NULL},
	    {"next-server 10.0.0.1; filename \"" FILE127 "x\";", "long-name"},
	    {"next-server 10.0.0.1; filename \"" FILE127 "\";", NULL},
	    {"server-name \"" FILE63 "x\";", "long-name"},
	    {"server-name \"" FILE63 "\";", NULL},
	    {NET "{ range 10.0.0.5; filename \"http://192.0.2.1/x\"; }", "url-needs-router"},
	    {NET "{ range 10.0.0.5; filename \"http://10.0.0.1/x\"; }", NULL},
	    {NET "{ range 10.0.0.5; filename \"http://192.0.2.1/x\"; option routers 10.0.0.1; }",
		NULL},
	    {"option routers 10.0.0.1; " NET
	     "{ pool { range 10.0.0.5; filename \"http://192.0.2.1/x\"; } }",
		NULL},
	    {"class \"a\" { match hardware; filename \"http://192.0.2.1/x\"; } " NET
	     "{ range 10.0.0.5; }",
		"url-needs-router"},
	    {NET "{ range 10.0.0.5; option domain-name-servers 10.0.0.1; } "
		 "subnet 10.0.1.0 netmask 255.255.255.0 "
		 "{ range 10.0.1.5; option bootfile-name \"https://boot.example/x\"; }",
		"url-needs-dns"},
	    {"host a { hardware ethernet 2:0:0:0:0:1; fixed-address a.example; }", NULL},
	    {"host a { hardware ethernet 1:2:3:4:5; }", "hardware-length"},
	    {"host a { filename \"http://192.0.2.1/x\"; }", "host-no-key"},
	    {NET "{ } " NET "{ }", "subnet-shadowed"},
	    {"class \"a\" { match if known; }", "class-too-early"},
	    {"class \"a\" { match if leased-address = 01:02:03:04; }", "class-too-early"},
	    {"class \"a\" { if known { } match hardware; }", NULL},
	    {"class \"a\" { }", "class-never"},
	    {"class \"a\" { } add \"a\";", NULL},
	    {"class \"a\" { } class \"a\" { match hardware; }", NULL},
	    {"if substring(option vendor-class-identifier, 0, 9) = \"PXEClient:\" { }",
		"never-equal"},
	    {"if substring(option vendor-class-identifier, 0, 9) = \"PXEClient\" { }", NULL},
	    {"if suffix(option host-name, 1) = \"ab\" { }", "never-equal"},
	    {"option arch code 93 = unsigned integer 16; if option arch = 7 { }", "never-equal"},
	    {"option arch code 93 = unsigned integer 16; if option arch = 00:07 { }", NULL},
	    {"if encode-int(7, 16) = 07 { }", "never-equal"},
	    {"if hardware = 52:54:00:12:34:56 { }", "hardware-type"},
	    {"if substring(hardware, 0, 3) = 52:54:00 { }", "hardware-type"},
	    {"if substring(hardware, 1, 3) = 52:54:00 { }", NULL},
	    {"if hardware = 1:52:54:00:12:34:56 { }", NULL},
	    {"if option pxe-system-type = 00:09 { }", "arch-7"},
	    {"if option pxe-system-type = 00:09 or option pxe-system-type = 00:07 { }", NULL},
	    {"if extract-int(option pxe-system-type, 16) = 9 { }", "arch-7"},
	    {"filename \"pxelinux.0\";", "no-next-server"},
	    {"filename \"pxelinux.0\"; next-server 10.0.0.1;", NULL},
	    {"option bootfile-name \"x\"; option tftp-server-name \"y\";", NULL},
	    {"filename \"http://10.0.0.1/x\";", NULL},
	    {"filename \"http://boot.example/x\";", "url-needs-dns"},
	    {"filename \"http://boot.example/x\"; option domain-name-servers 10.0.0.1;", NULL},
	    {"vendor-option-space PXE;", "unknown-space"},
	    {"option space PXE; vendor-option-space PXE;", NULL},
	    {"default-lease-time 600; max-lease-time 300;", "lease-times"},
	    {"min-lease-time 600; max-lease-time 300;", "lease-times"},
	    {"default-lease-time 600; max-lease-time infinite;", NULL},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct parsed p = parse_good(rows[i].text);

		MUST(rows[i].code != NULL ? has_code(&p, rows[i].code) : p.diag.n == 0, "%s: %s",
		    rows[i].text, finding(&p, PXE_DIAG_WARNING, 0));
		MUST(p.diag.n == 0 || p.diag.v[0].line == 1, "%s: no place", rows[i].text);
		parsed_fini(&p);
	}
}
END_TEST

#define NET6 "subnet6 2001:db8::/32 "

START_TEST(warns_of_what_is_wrong_with_ipv6)
{
	static const struct {
		const char *text, *code;
	} rows[] = {
	    {NET6 "{ range6 2001:db8::10 2001:db8::20; range6 2001:db8::20 2001:db8::30; }",
		"range6-overlap"},
	    {NET6 "{ range6 2001:db8::10 2001:db8::20; range6 2001:db8::21 2001:db8::30; }", NULL},
	    {NET6 "{ range6 2001:db8::/64; prefix6 2001:db8:: 2001:db8:0:f00:: /56; }",
		"range6-overlap"},
	    {NET6 "{ prefix6 2001:db8:0:100:: 2001:db8:0:f00:: /56; "
		  "prefix6 2001:db8:1:: 2001:db8:1:f00:: /56; }",
		NULL},
	    {NET6 "{ range6 2001:db8::10 2001:db8::20; } "
		  "host a { hardware ethernet 2:0:0:0:0:1; fixed-address6 2001:db8::11; }",
		"host-in-range"},
	    {NET6 "{ range6 2001:db8::10 2001:db8::20; } "
		  "host a { hardware ethernet 2:0:0:0:0:1; fixed-address6 2001:db8::21; }",
		NULL},
	    {NET6 "{ prefix6 2001:db8:0:100:: 2001:db8:0:f00:: /56; } "
		  "host a { hardware ethernet 2:0:0:0:0:1; fixed-prefix6 2001:db8:0:200::/56; }",
		"host-in-range"},
	    {NET6 "{ } host a { hardware ethernet 2:0:0:0:0:1; fixed-address6 2001:db9::1; }",
		"host-no-subnet"},
	    {"option dhcp6.bootfile-url \"grub.efi\";", "bad-url"},
	    {"option dhcp6.bootfile-url \"tftp://2001:db8::1/grub.efi\";", "bad-url"},
	    {"option dhcp6.bootfile-url \"tftp://[2001:db8::1]/grub.efi\";", NULL},
	    {"option dhcp6.bootfile-url \"http://[2001:db8::1]:8080/grub.efi\";", NULL},
	    {"option dhcp6.bootfile-url \"http://boot.example:8080/grub.efi\";", NULL},
	    {NET6 "{ range6 2001:db8::/64; option dhcp6.bootfile-url \"http://boot.example/x\"; }",
		"url-needs-dns"},
	    {NET6 "{ range6 2001:db8::/64; option dhcp6.bootfile-url \"http://boot.example/x\"; "
		  "option dhcp6.name-servers 2001:db8::53; }",
		NULL},
	    {"if option dhcp6.client-arch-type = 00:09 { }", "arch-7"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct fake_file files[] = {{"t.conf", rows[i].text}, {NULL, NULL}};
		struct parsed p = parse_files(6, files);

		MUST(p.conf != NULL, "%s: %s", rows[i].text, finding(&p, PXE_DIAG_ERROR, 0));
		MUST(rows[i].code != NULL ? has_code(&p, rows[i].code) : p.diag.n == 0, "%s: %s",
		    rows[i].text, finding(&p, PXE_DIAG_WARNING, 0));
		parsed_fini(&p);
	}
}
END_TEST

/* A class is for every network: one finding, not one a network, nor one more for all of them. */
START_TEST(says_once_what_is_wrong_everywhere)
{
	static const char *const host[] = {"192.0.2.1", "boot.example.org"};

	for (size_t i = 0; i < ROWS(host); i++) {
		char text[512];
		struct parsed p;

		(void)snprintf(text, sizeof(text),
		    "class \"a\" { match hardware; filename \"http://%s/x\"; } " NET
		    "{ range 10.0.0.5; } "
		    "subnet 10.0.1.0 netmask 255.255.255.0 { range 10.0.1.5; }",
		    host[i]);
		p = parse_good(text);
		MUST(p.diag.n == 1, "%s: %zu findings", text, p.diag.n);
		parsed_fini(&p);
	}
}
END_TEST

/* The slips of those who copy a recipe, and the habits of other languages: where, what instead. */
START_TEST(hints_at_what_was_meant)
{
	static const struct {
		const char *text, *hint;
	} rows[] = {
	    {"option domain-anem-servers172.16.0.1;", "did you mean \"domain-name-servers\"?"},
	    {"option domain-name-server 1.2.3.4;", "did you mean \"domain-name-servers\"?"},
	    {"option route 17216.100.6;", "did you mean \"routers\"?"},
	    {"option routers 17216.100.6;", "is a dot missing in an address?"},
	    {"filename pxelinux.0;", "a text with dots or slashes is quoted"},
	    {"option domain-name \"a\"\noption routers 1.2.3.4;", "that ends on line 1 has none"},
	    {NET "{\n range 10.0.0.1;\n", "the block that begins on line 1 is not closed"},
	    {"option domain-name \xe2\x80\x9cx\xe2\x80\x9d;", "a typographic quote (U+201C)"},
	    {"option domain-name \"x\"\xef\xbc\x9b", "(U+FF1B)"},
	    {"\xef\xbb\xbfoption domain-name \"x\";", "a byte order mark (U+FEFF)"},
	    {"option\xc2\xa0"
	     "domain-name \"x\";",
		"a non-breaking space (U+00A0)"},
	    {"if known { } elif known { }", "did you mean \"elsif\"?"},
	    {"if option user-class == \"x\" { }", "one = compares"},
	    {"if option user-class = \"x\" && known { }", "the word and joins conditions"},
	    {"if option user-class = \"x\" || known { }", "the word or joins conditions"},
	    {NET "{ range 10.0.0.1,10.0.0.9; }", "two addresses with a blank between them"},
	    {NET "{ range 10.0.0.1-10.0.0.9; }", "two addresses with a blank between them"},
	    {NET "{ range 10.0.0.1 - 10.0.0.9; }", "two addresses with a blank between them"},
	    {"subnet 10.0.0.0/24 { }", "write: subnet 10.0.0.0 netmask 255.255.255.0"},
	    {"class \"a\" { } " NET "{ pool { range 10.0.0.1; allow members \"a\"; } }",
		"write: members of \"class\""},
	    {"class \"a\" { } " NET "{ pool { range 10.0.0.1; allow members of a; } }",
		"stands in quotes"},
	    {NET "{ allow members of \"a\"; }", "stand in a pool"},
	    {"option domain-name-servers 1.2.3.4, ;", "a comma stands between two values only"},
	    {"option domain-name-servers 1.2.3.4 5.6.7.8;", "several values are joined by commas"},
	    {"next-server \"1.2.3.4\";", "written without quotes"},
	    {"default-lease-time 1h;", "a number of seconds, or infinite"},
	    {"// x\n", "comments begin with '#'"},
	    {NET "{ };", "one too many"},
	    {NET "{ range 10.0.0.1 10.0.0.9;\nrange 10.0.0.5; }", "the other range is at t.conf:1"},
	    {"subnet 10.0.0.0 netmask 255.0.0.0 { }\nsubnet 10.1.0.0 netmask 255.255.0.0 { }",
		"(at t.conf:1)"},
	    {NET "{ }\n" NET "{ }", "the first counts, at t.conf:1)"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct parsed p = parse_text(rows[i].text);

		MUST(p.diag.n > 0 && p.diag.v[0].code != NULL &&
			 strstr(p.diag.v[0].text, rows[i].hint) != NULL,
		    "%s: %s", rows[i].text, p.diag.n > 0 ? p.diag.v[0].text : "nothing said");
		parsed_fini(&p);
	}
}
END_TEST

/* Where we are more lenient than ISC dhcpd 4.4.3-P1 on purpose. */
START_TEST(accepts_what_isc_stumbles_over)
{
	static const char *const rows[] = {
	    /* its parser takes the semicolon that its manual asks for as a statement */
	    "subnet 10.0.0.0 netmask 255.0.0.0 { pool { no failover peer; range 10.0.0.1; } }",
	    /* an included file does not know what block it is in */
	    "subnet 10.0.0.0 netmask 255.0.0.0 { include \"r\"; }",
	    /* its lexer has no minus */
	    "log(info, encode-int(7 - 2, 8));",
	};
	const struct fake_file files[] = {{"t.conf", NULL}, {"r", "range 10.0.0.1;"}, {NULL, NULL}};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct fake_file with[3];
		struct parsed p;

		memcpy(with, files, sizeof(with));
		with[0].text = rows[i];
		p = parse_files(4, with);
		MUST(p.conf != NULL, "%s: %s", rows[i], finding(&p, PXE_DIAG_ERROR, 0));
		parsed_fini(&p);
	}
}
END_TEST

CHECK_MAIN("dhcpd/conf/parse", accepts_good_files, refuses_bad_files, goes_on_after_an_error,
    reads_includes, reports_errors_in_includes, bounds_nesting_of_blocks,
    reads_long_chains_of_elsif, prints_findings_as_isc_does, says_what_is_not_done,
    accepts_no_parameter_silently, warns_of_what_is_surely_wrong, warns_of_what_is_wrong_with_ipv6,
    says_once_what_is_wrong_everywhere, hints_at_what_was_meant, accepts_what_isc_stumbles_over)
