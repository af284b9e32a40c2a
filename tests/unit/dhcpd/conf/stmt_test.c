/* SPDX-License-Identifier: BSD-2-Clause */
/* stmt_test.c -- what running statements leaves behind. */
#include "dhcpd/conf/stmt.h"

#include "tests/unit/dhcpd/conf/conf_test.h"

static struct settings s;

static const struct {
	const char *text, *option, *value;
} option_rows[] = {
    {"option domain-name \"a\";", "domain-name", "\"a\""},
    {"option domain-name\"a\";", "domain-name", "\"a\""},
    {"option domain-name example;", "domain-name", "\"example\""},
    {"option routers 10.0.0.1, 10.0.0.2;", "routers", "10.0.0.1,10.0.0.2"},
    {"option Routers 10.0.0.1;", "routers", "10.0.0.1"},
    {"option host-name \"a\"; option host-name \"b\";", "host-name", "\"b\""},
    {"option host-name \"a\"; default host-name \"b\";", "host-name", "\"a\""},
    {"default host-name \"b\";", "host-name", "\"b\""},
    {"option host-name \"a\"; append host-name \"b\"; prepend host-name \"c\";", "host-name",
	"\"cab\""},
    {"append host-name \"b\";", "host-name", "\"b\""},
    {"supersede host-name \"a\"; send host-name \"b\";", "host-name", "\"b\""},
    {"option host-name = concat(\"a\", \"b\");", "host-name", "\"ab\""},
    {"option host-name = option domain-name;", "host-name", "-"},
    /* What is computed is computed at the end, and null unsets. */
    {"option host-name \"a\"; option host-name = null;", "host-name", "-"},
    {"option host-name \"a\"; option host-name = null; default host-name \"d\";", "host-name", "-"},
    {"option host-name = foo; set foo = \"x\";", "host-name", "\"x\""},
    {"option host-name = config-option domain-name; option domain-name \"d\";", "host-name",
	"\"d\""},
    {"option host-name \"a\"; append host-name = foo; set foo = \"x\";", "host-name", "\"ax\""},
    {"option host-name \"a\"; prepend host-name = foo; append host-name \"z\"; set foo = \"x\";",
	"host-name", "\"xaz\""},
    {"option host-name \"a\"; append host-name = null;", "host-name", "-"},
    {"option host-name = null; option host-name \"b\";", "host-name", "\"b\""},
    {"option host-name = concat(config-option host-name, \"x\");", "host-name", "-"},
    {"option host-name = config-option server.filename; filename = foo; set foo = \"f\";",
	"host-name", "\"f\""},
    {"option domain-name = config-option host-name;", "domain-name", "-"},
    {"option host-name \"a\"; option domain-name = config-option host-name;", "domain-name",
	"\"a\""},
    {"option domain-search \"a.example\"; append domain-search \"b.a.example\";", "domain-search",
	"\"a.example.\", \"b.a.example.\""},
    {"option domain-search \"b.example\", \"c.b.example\"; prepend domain-search \"x.example\";",
	"domain-search", "\"x.example.\", \"b.example.\", \"c.b.example.\""},
    {"option domain-search \"b.example\", \"c.b.example\"; prepend domain-search = foo; set foo = "
     "1:78:0;",
	"domain-search", "\"x.\", \"b.example.\", \"c.b.example.\""},
    {"option interface-mtu 0100;", "interface-mtu", "64"},
    {"option interface-mtu 0x100;", "interface-mtu", "256"},
    {"option time-offset -18000;", "time-offset", "-18000"},
    {"option ip-forwarding on;", "ip-forwarding", "true"},
    {"option dhcp-parameter-request-list 1,3,6;", "dhcp-parameter-request-list", "1,3,6"},
    {"option policy-filter 1.2.3.4 5.6.7.8, 10.0.0.1 10.0.0.2;", "policy-filter",
	"1.2.3.4 5.6.7.8,10.0.0.1 10.0.0.2"},
    {"option slp-service-scope true;", "slp-service-scope", "true"},
    {"option slp-directory-agent true 1.2.3.4, 1.2.3.5;", "slp-directory-agent",
	"true 1.2.3.4,1.2.3.5"},
    {"option vendor-class-identifier 50:58;", "vendor-class-identifier", "\"PX\""},
    {"option vendor-encapsulated-options 01:04:ff;", "vendor-encapsulated-options", "1:4:ff"},
    {"option unknown-222 1:2;", "unknown-222", "1:2"},
    {"option routers nowhere.example;", "routers", "-"},
    {"option space PXE; option PXE.mtftp-ip code 1 = ip-address; option PXE.mtftp-ip 1.2.3.4;",
	"PXE.mtftp-ip", "1.2.3.4"},
    {"option arch code 93 = unsigned integer 16; option arch 7;", "pxe-system-type", "7"},
    {"option pair code 200 = { integer 8, array of ip-address }; option pair 5 1.2.3.4, 5.6.7.8;",
	"pair", "5 1.2.3.4,5.6.7.8"},
    {"option many code 200 = array of { integer 8, ip-address }; option many 1 1.2.3.4, 2 "
     "1.2.3.5;",
	"many", "1 1.2.3.4,2 1.2.3.5"},
    {"option flag code 200 = zerolen; option flag;", "flag", ""},
    {"option name code 200 = domain-name; option name a.example;", "name", "a.example."},
    {"server-identifier 10.0.0.1;", "dhcp-server-identifier", "10.0.0.1"},
    {"if 1 = 1 { option host-name \"t\"; } else { option host-name \"f\"; }", "host-name", "\"t\""},
    {"if 1 = 2 { } elsif 1 = 1 { option host-name \"e\"; } else { option host-name \"f\"; }",
	"host-name", "\"e\""},
    {"if 1 = 2 { } else if 1 = 3 { } else { option host-name \"f\"; }", "host-name", "\"f\""},
    {"if option domain-name ~= \"x\" { } else { option host-name \"n\"; }", "host-name", "\"n\""},
    {"set aaz = \"v\"; option host-name = aaz;", "host-name", "\"v\""},
    {"set aaz = \"v\"; unset aaz; option host-name = aaz;", "host-name", "-"},
    {"set aaz = \"v\"; if aaz = \"v\" { option host-name \"same\"; }", "host-name", "\"same\""},
    {"set yes = known; if yes { option host-name \"x\"; }", "host-name", "-"},
    {"set yes = exists domain-name; if not (yes) { }", NULL, NULL},
};

START_TEST(sets_options)
{
	for (size_t i = 0; i < ROWS(option_rows); i++) {
		char buf[256];
		struct parsed p;
		const char *got = NULL;

		if (option_rows[i].option == NULL)
			continue;
		p = parse_good(option_rows[i].text);
		run_root(&p, &s);
		got = option_text(&p, &s, option_rows[i].option, buf, sizeof(buf));
		MUST(strcmp(got, option_rows[i].value) == 0, "%s: %s, not %s", option_rows[i].text,
		    got, option_rows[i].value);
		parsed_fini(&p);
	}
}
END_TEST

START_TEST(sets_parameters)
{
	struct parsed p = parse_good(
	    "default-lease-time 600; max-lease-time infinite; min-lease-time 0x10;\n"
	    "filename \"boot\"; next-server 10.0.0.5; server-name srv;\n"
	    "use-host-decl-names on; allow bootp; deny unknown-clients; ignore booting;\n"
	    "log-facility local7; min-secs 3; vendor-option-space PXE;\n"
	    "default server.max-lease-time 1;\n");
	struct pxe_ip4 ip;
	struct pxe_bytes b;

	run_root(&p, &s);
	ck_assert_uint_eq(settings_num(&s, PARAM_DEFAULT_LEASE_TIME), 600);
	ck_assert_uint_eq(settings_num(&s, PARAM_MAX_LEASE_TIME), UINT32_MAX);
	ck_assert_uint_eq(settings_num(&s, PARAM_MIN_LEASE_TIME), 16);
	ck_assert(settings_ip4(&s, PARAM_NEXT_SERVER, &ip));
	ck_assert_uint_eq(ip.v, 0x0a000005);
	b = settings_data(&s, PARAM_FILENAME);
	ck_assert_uint_eq(b.len, 4);
	ck_assert_int_eq(memcmp(b.p, "boot", 4), 0);
	ck_assert_uint_eq(settings_data(&s, PARAM_SERVER_NAME).len, 3);
	ck_assert(settings_flag(&s, PARAM_USE_HOST_DECL_NAMES));
	ck_assert(settings_flag(&s, PARAM_ALLOW_BOOTP));
	ck_assert_uint_eq(settings_num(&s, PARAM_BOOT_UNKNOWN_CLIENTS), PARAM_FALSE);
	ck_assert_uint_eq(settings_num(&s, PARAM_ALLOW_BOOTING), PARAM_IGNORE);
	ck_assert_str_eq(
	    param_row(PARAM_LOG_FACILITY)->word[settings_num(&s, PARAM_LOG_FACILITY)], "local7");
	ck_assert_uint_eq(settings_num(&s, PARAM_MIN_SECS), 3);
	ck_assert_uint_eq(settings_data(&s, PARAM_VENDOR_OPTION_SPACE).len, 3);
	/* What was not said has its default. */
	ck_assert(!settings_is_set(&s, PARAM_DHCP_CACHE_THRESHOLD));
	ck_assert_uint_eq(settings_num(&s, PARAM_DHCP_CACHE_THRESHOLD), 25);
	ck_assert(!settings_ip4(&s, PARAM_LOCAL_ADDRESS, &ip));
	parsed_fini(&p);
}
END_TEST

START_TEST(computes_parameters)
{
	struct parsed p = parse_good("default-lease-time = encode-int(300, 32);"
				     "filename = concat(\"a\", \"b\"); next-server = 01:02:03:04;"
				     "max-lease-time = option domain-name;"
				     "supersede server.min-secs 7;"
				     "log(info, binary-to-ascii(10, 8, \".\","
				     " config-option server.default-lease-time));");
	struct pxe_ip4 ip;

	run_root(&p, &s);
	ck_assert_uint_eq(settings_num(&s, PARAM_DEFAULT_LEASE_TIME), 300);
	ck_assert(settings_ip4(&s, PARAM_NEXT_SERVER, &ip));
	ck_assert_uint_eq(ip.v, 0x01020304);
	ck_assert_uint_eq(settings_data(&s, PARAM_FILENAME).len, 2);
	ck_assert(!settings_is_set(&s, PARAM_MAX_LEASE_TIME));
	ck_assert_uint_eq(settings_num(&s, PARAM_MIN_SECS), 7);
	ck_assert_uint_eq(s.log[0].text.len, strlen("0.0.1.44"));
	parsed_fini(&p);
}
END_TEST

START_TEST(switches)
{
	static const struct {
		const char *value, *logged;
	} rows[] = {{"\"a\"", "A"}, {"\"b\"", "BC"}, {"\"c\"", "C"}, {"\"z\"", "D"},
	    {"option domain-name", "D"}};

	for (size_t i = 0; i < ROWS(rows); i++) {
		char text[512], got[64] = "";
		struct parsed p;

		(void)snprintf(text, sizeof(text),
		    "switch (%s) { case \"a\": log(info, \"A\"); break; case \"b\": log(info, "
		    "\"B\"); "
		    "case \"c\": log(info, \"C\"); break; default: log(info, \"D\"); }",
		    rows[i].value);
		p = parse_good(text);
		run_root(&p, &s);
		for (size_t k = 0; k < s.nlog; k++)
			strncat(got, (const char *)s.log[k].text.p, s.log[k].text.len);
		ck_assert_str_eq(got, rows[i].logged);
		parsed_fini(&p);
	}
}
END_TEST

START_TEST(switches_on_numbers)
{
	struct parsed p =
	    parse_good("switch (extract-int(0a, 8)) { case 9: log(info, \"9\"); break;"
		       " case 10: log(info, \"10\"); break; }");

	run_root(&p, &s);
	ck_assert_uint_eq(s.nlog, 1);
	ck_assert_uint_eq(s.log[0].text.len, 2);
	parsed_fini(&p);
}
END_TEST

START_TEST(collects_effects)
{
	struct parsed p =
	    parse_good("class \"c\" { }\n"
		       "log(error, \"x\"); log(\"d\"); log(info, option domain-name);\n"
		       "execute(\"/bin/echo\", \"a\", option domain-name, 41:42);\n"
		       "add \"c\";\n"
		       "on commit { set yy = \"1\"; }\n"
		       "on expiry or release { set yy = \"2\"; }\n");

	run_root(&p, &s);
	ck_assert_uint_eq(s.nlog, 2);
	ck_assert_int_eq(s.log[0].level, SETTING_LOG_ERROR);
	ck_assert_int_eq(s.log[1].level, SETTING_LOG_DEBUG);
	ck_assert_uint_eq(s.nexec, 1);
	ck_assert_uint_eq(s.exec[0].argc, 4);
	ck_assert_str_eq(s.exec[0].argv[0], "/bin/echo");
	ck_assert_str_eq(s.exec[0].argv[1], "a");
	ck_assert_str_eq(s.exec[0].argv[2], "");
	ck_assert_str_eq(s.exec[0].argv[3], "AB");
	ck_assert_ptr_null(s.exec[0].argv[4]);
	ck_assert_uint_eq(s.nadd, 1);
	ck_assert_str_eq(s.add_class[0], "c");
	ck_assert_uint_eq(s.nevent, 2);
	ck_assert_uint_eq(s.event[0].on, ON_COMMIT);
	ck_assert_uint_eq(s.event[1].on, ON_EXPIRY | ON_RELEASE);
	ck_assert_uint_eq(s.nvar, 0); /* programs of events run later */
	parsed_fini(&p);
}
END_TEST

START_TEST(replaces_event_programs)
{
	struct parsed p = parse_good("on expiry or release { set yy = \"1\"; }"
				     "on expiry { set yy = \"2\"; } on release;");

	run_root(&p, &s);
	ck_assert_uint_eq(s.nevent, 2);
	ck_assert_uint_eq(s.event[0].on, 0);
	ck_assert_uint_eq(s.event[1].on, ON_EXPIRY);
	parsed_fini(&p);
}
END_TEST

START_TEST(keeps_types_of_variables)
{
	struct parsed p = parse_good("set tt = \"text\"; set nn = extract-int(05, 8);"
				     "set bb = exists domain-name; set ee = \"\"; set uu = null;");
	const struct setting_var *v = NULL;

	run_root(&p, &s);
	v = settings_var(&s, "TT");
	ck_assert_uint_eq(v->value.len, 4);
	v = settings_var(&s, "nn");
	ck_assert(v->is_num);
	ck_assert_uint_eq(v->num, 5);
	v = settings_var(&s, "bb");
	ck_assert(v->is_bool && v->num == 0);
	v = settings_var(&s, "ee");
	ck_assert(v->value.p != NULL && v->value.len == 0);
	v = settings_var(&s, "uu");
	ck_assert(v->value.p == NULL && !v->is_num && !v->is_bool);
	ck_assert_ptr_null(settings_var(&s, "none"));
	parsed_fini(&p);
}
END_TEST

/* A later name of the same code takes the place of the earlier one's value. */
START_TEST(knows_options_by_code)
{
	struct parsed p = parse_good("option arch code 93 = unsigned integer 16;"
				     "option pxe-system-type 6; option arch 7;");

	run_root(&p, &s);
	ck_assert_uint_eq(s.nopt, 1);
	ck_assert_ptr_nonnull(settings_dhcp_option(&s, 93));
	ck_assert_ptr_null(settings_dhcp_option(&s, 94));
	parsed_fini(&p);
}
END_TEST

START_TEST(tells_who_decided)
{
	struct parsed p = parse_good("option host-name \"a\";\n\noption host-name \"b\";\n"
				     "filename \"x\";\n");
	char buf[64];

	run_root(&p, &s);
	ck_assert_str_eq(conf_where(p.conf, s.opt[0].pos, buf, sizeof(buf)), "t.conf:3");
	ck_assert_str_eq(
	    conf_where(p.conf, s.param[PARAM_FILENAME].pos, buf, sizeof(buf)), "t.conf:4");
	ck_assert_str_eq(conf_where(p.conf, (struct conf_pos){0}, buf, sizeof(buf)), "");
	parsed_fini(&p);
}
END_TEST

START_TEST(leaves_out_what_does_not_fit)
{
	static char text[64 * 1024];
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	struct parsed p;

	for (int i = 0; i < SETTINGS_LIST_MAX + 1; i++)
		pxe_text_addf(&t, "log(info, \"%d\");", i);
	p = parse_good(text);
	run_root(&p, &s);
	ck_assert_uint_eq(s.nlog, SETTINGS_LIST_MAX);
	ck_assert(s.overflow);
	parsed_fini(&p);

	t = pxe_text_init(text, sizeof(text)); /* each doubles the value */
	pxe_text_add(&t, "set zz = \"0123456789abcdef\";");
	for (int i = 0; i < 20; i++)
		pxe_text_add(&t, "set zz = concat(zz, zz);");
	pxe_text_add(&t, "option host-name = zz;");
	p = parse_good(text);
	run_root(&p, &s);
	ck_assert(s.overflow);
	ck_assert_uint_le(s.used, SETTINGS_SCRATCH);
	settings_reset(&s);
	ck_assert(!s.overflow && s.nvar == 0 && s.nopt == 0);
	parsed_fini(&p);
}
END_TEST

CHECK_MAIN("dhcpd/conf/stmt", sets_options, sets_parameters, computes_parameters, switches,
    switches_on_numbers, collects_effects, replaces_event_programs, keeps_types_of_variables,
    knows_options_by_code, tells_who_decided, leaves_out_what_does_not_fit)
