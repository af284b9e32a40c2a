/* SPDX-License-Identifier: BSD-2-Clause */
/* conf_test.c -- every way a setting can be wrong, and the exact words it is answered with. */
#include "libpxecommon/os/conf.h"

#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"
#include "os_test.h"

struct peer {
	int64_t port;
	char *name;
};

struct limits {
	int64_t sessions, timeout_ms;
};

struct conf {
	struct pxe_conf_common common;
	char *root;
	struct pxe_conf_strs maps;
	struct limits limits;
	struct pxe_conf_list peers;
	struct pxe_endpoint listen;
	struct pxe_prefix from;
	bool secure;
	int64_t delta;
};

static const struct pxe_conf_row peer_rows[] = {
    {.name = "port",
	.type = PXE_CONF_INT,
	.offset = offsetof(struct peer, port),
	.min = 1,
	.max = 65535,
	.def = "69"},
    {.name = "name",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct peer, name),
	.required = true,
	.help = "how it is called"},
};
static const struct pxe_conf_schema peer_schema = PXE_CONF_SCHEMA(peer_rows, struct peer);

static const struct pxe_conf_row limit_rows[] = {
    {.name = "sessions",
	.type = PXE_CONF_INT,
	.offset = offsetof(struct limits, sessions),
	.min = 1,
	.max = 1000,
	.def = "100"},
    {.name = "timeout",
	.type = PXE_CONF_DURATION,
	.offset = offsetof(struct limits, timeout_ms),
	.min = 1,
	.max = 3600000,
	.def = "1s"},
};
static const struct pxe_conf_schema limit_schema = PXE_CONF_SCHEMA(limit_rows, struct limits);

static const struct pxe_conf_row rows[] = {
    PXE_CONF_COMMON_ROWS(struct conf, common, "/run/pxesuite/x/control", "daemon"),
    {.name = "root",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf, root),
	.def = "/srv/tftp"},
    {.name = "maps",
	.type = PXE_CONF_STRS,
	.offset = offsetof(struct conf, maps),
	.max = 4,
	.def = "none"},
    {.name = "limits",
	.type = PXE_CONF_GROUP,
	.offset = offsetof(struct conf, limits),
	.sub = &limit_schema},
    {.name = "peers",
	.type = PXE_CONF_LIST,
	.offset = offsetof(struct conf, peers),
	.sub = &peer_schema,
	.max = 3},
    {.name = "listen",
	.type = PXE_CONF_ENDPOINT,
	.offset = offsetof(struct conf, listen),
	.min = 69},
    {.name = "from", .type = PXE_CONF_PREFIX, .offset = offsetof(struct conf, from)},
    {.name = "secure",
	.type = PXE_CONF_BOOL,
	.offset = offsetof(struct conf, secure),
	.def = "yes"},
    {.name = "delta", .type = PXE_CONF_INT, .offset = offsetof(struct conf, delta)},
};
static const struct pxe_conf_schema schema = PXE_CONF_SCHEMA(rows, struct conf);

static struct pxe_arena *arena;
static struct pxe_diag diag;
static struct conf conf;

static void setup(void)
{
	arena = pxe_arena_new();
	pxe_diag_init(&diag);
	ck_assert_int_eq(pxe_conf_defaults(&schema, arena, &conf), 0);
}

static void teardown(void)
{
	pxe_diag_fini(&diag);
	pxe_arena_free(arena);
}

/* All findings, one a line. */
static const char *findings(void)
{
	static char all[8192];
	struct pxe_text t = pxe_text_init(all, sizeof(all));

	for (size_t i = 0; i < diag.n; i++) {
		char one[1024];

		pxe_text_addf(
		    &t, "%s%s", i > 0 ? "\n" : "", pxe_diag_str(&diag.v[i], one, sizeof(one)));
	}
	return all;
}

static int load(const char *text)
{
	return pxe_conf_load_string(&schema, "x.cfg", text, arena, &conf, &diag);
}

START_TEST(defaults_come_from_the_table)
{
	setup();
	ck_assert_str_eq(conf.root, "/srv/tftp");
	ck_assert_uint_eq(conf.maps.n, 1);
	ck_assert_str_eq(conf.maps.v[0], "none");
	ck_assert_int_eq(conf.limits.sessions, 100);
	ck_assert_int_eq(conf.limits.timeout_ms, 1000);
	ck_assert_uint_eq(conf.peers.n, 0);
	ck_assert_uint_eq(conf.listen.port, 0);
	ck_assert(conf.secure);
	ck_assert_ptr_null(conf.common.user);
	ck_assert_str_eq(conf.common.control, "/run/pxesuite/x/control");
	ck_assert_str_eq(conf.common.log_facility, "daemon");
	ck_assert_str_eq(pxe_conf_log_levels[conf.common.log_level], "info");
	ck_assert_str_eq(pxe_conf_log_targets[conf.common.log_target], "auto");
	ck_assert_int_eq(conf.common.events, 256 * 1024);
	teardown();
}
END_TEST

START_TEST(every_type_is_read)
{
	setup();
	ck_assert_int_eq(load("# a comment with \" and /*\n"
			      "root = \"/srv/99999999999\"; // another\n"
			      "maps = [ \"a\", \"b\" ];\n"
			      "limits: { sessions = 7; timeout = 2.5 };\n"
			      "peers = ( { name = \"one\" },\n"
			      "          { name = \"two\"; port = 1069 } );\n"
			      "listen = \"[2001:db8::1]\";\n"
			      "from = \"192.0.2.0/24\"; /* over\n two lines */\n"
			      "secure = false; delta = -5000000000;\n"
			      "log_level = \"Debug\"; events = \"1M\"; control = \"\";\n"),
	    0);
	ck_assert_uint_eq(diag.n, 0);
	ck_assert_str_eq(conf.root, "/srv/99999999999");
	ck_assert_uint_eq(conf.maps.n, 2);
	ck_assert_str_eq(conf.maps.v[1], "b");
	ck_assert_int_eq(conf.limits.sessions, 7);
	ck_assert_int_eq(conf.limits.timeout_ms, 2500);
	ck_assert_uint_eq(conf.peers.n, 2);
	ck_assert_int_eq(((struct peer *)conf.peers.v)[0].port, 69);
	ck_assert_str_eq(((struct peer *)conf.peers.v)[1].name, "two");
	ck_assert_int_eq(((struct peer *)conf.peers.v)[1].port, 1069);
	ck_assert_uint_eq(conf.peers.line[1], 6);
	ck_assert_uint_eq(conf.listen.port, 69);
	ck_assert_uint_eq(conf.listen.ip.family, 6);
	ck_assert_uint_eq(conf.from.len, 24);
	ck_assert(!conf.secure);
	ck_assert_int_eq(conf.delta, -5000000000);
	ck_assert_int_eq(conf.common.log_level, 4);
	ck_assert_int_eq(conf.common.events, 1 << 20);
	ck_assert_str_eq(conf.common.control, "");
	teardown();
}
END_TEST

static const struct {
	const char *text, *finding;
} wrong[] = {
    {"rot = \"/x\";", "x.cfg:1: error: \"rot\" is not a setting; did you mean \"root\"?"},
    {"\n\nfrobnicate = 1;",
	"x.cfg:3: error: \"frobnicate\" is not a setting; there are: user, group, log_level, "
	"log_target, log_facility, control, control_group, pid_file, sandbox, events, root, maps, "
	"limits, peers, listen, from, secure, delta"},
    {"limits: { sesions = 5 };",
	"x.cfg:1: error: \"limits.sesions\" is not a setting; did you mean \"sessions\"?"},
    {"root = 5;", "x.cfg:1: error: \"root\" wants a string, not an integer"},
    {"root = { a = 1 };", "x.cfg:1: error: \"root\" wants a single value, not a group { ... }"},
    {"secure = 1;", "x.cfg:1: error: \"secure\" wants true or false, not an integer"},
    {"secure = \"yes\";", "x.cfg:1: error: \"secure\" wants true or false, not a string"},
    {"delta = 1.5;", "x.cfg:1: error: \"delta\" wants an integer, not a number with a fraction"},
    {"delta = \"5\";", "x.cfg:1: error: \"delta\" wants an integer, not a string"},
    {"limits: { sessions = 0 };",
	"x.cfg:1: error: \"limits.sessions\" is 0, allowed are 1 to 1000"},
    /* What libconfig 1.5 by itself reads as 1. */
    {"limits: { sessions = 4294967297 };",
	"x.cfg:1: error: \"limits.sessions\" is 4294967297, allowed are 1 to 1000"},
    {"limits: { sessions = 0x100000001 };",
	"x.cfg:1: error: \"limits.sessions\" is 4294967297, allowed are 1 to 1000"},
    {"\ndelta = 99999999999999999999;", "x.cfg:2: error: number: larger than 9223372036854775807"},
    {"limits: { timeout = \"2h\" };",
	"x.cfg:1: error: \"limits.timeout\" is 2h, allowed are 1ms to 1h"},
    {"limits: { timeout = \"5 minutes\" };",
	"x.cfg:1: error: \"limits.timeout\" is \"5 minutes\", which is not a duration such as 30, "
	"\"500ms\", \"10s\", \"5m\" or \"1h\""},
    {"limits: { timeout = -1 };",
	"x.cfg:1: error: \"limits.timeout\" is -1s, allowed are 1ms to 1h"},
    {"limits: { timeout = true };", "x.cfg:1: error: \"limits.timeout\" wants a duration such as "
				    "30, \"500ms\", \"10s\", \"5m\" "
				    "or \"1h\", not true or false"},
    {"limits = ( 1 );", "x.cfg:1: error: \"limits\" wants a group { ... }, not a list ( ... )"},
    {"events = 12;", "x.cfg:1: error: \"events\" is 12, allowed are 4k to 1G"},
    {"events = \"12q\";",
	"x.cfg:1: error: \"events\" is \"12q\", which is not a size such as 4096, \"64k\" or "
	"\"1M\""},
    {"log_level = \"inf\";",
	"x.cfg:1: error: \"log_level\" is \"inf\"; did you mean \"info\"? Allowed are error, "
	"warning, notice, info, debug"},
    {"log_target = \"\\x1bnowhere\";",
	"x.cfg:1: error: \"log_target\" is \"\\x1bnowhere\", allowed are auto, stderr, syslog, "
	"both"},
    {"listen = 69;", "x.cfg:1: error: \"listen\" wants an address in a string, not an integer"},
    {"listen = \"192.0.2.1:99999\";",
	"x.cfg:1: error: \"listen\" is \"192.0.2.1:99999\", which is not an address such as "
	"192.0.2.1, 192.0.2.1:69, :69 or [2001:db8::1]:69"},
    {"from = \"192.0.2.0/33\";",
	"x.cfg:1: error: \"from\" is \"192.0.2.0/33\", which is not a prefix such as 192.0.2.0/24 "
	"or 2001:db8::/32"},
    {"maps = ( \"a\",\n 3 );", "x.cfg:2: error: \"maps\" wants strings, not an integer"},
    {"maps = [ \"1\", \"2\", \"3\", \"4\", \"5\" ];",
	"x.cfg:1: error: \"maps\" has more than 4 entries"},
    {"peers = { name = \"a\" };",
	"x.cfg:1: error: \"peers\" wants a list of groups ( { ... }, { ... } ), not a group { ... "
	"}"},
    {"peers = ( 1 );",
	"x.cfg:1: error: \"peers[0]\" wants groups { ... }, but entry 1 is a single value"},
    {"peers = ( { name = \"a\" },\n { port = 5 } );",
	"x.cfg:2: error: \"peers[1].name\" is missing: how it is called"},
    {"peers = ( { name = \"a\"; port = 0 } );",
	"x.cfg:1: error: \"peers[0].port\" is 0, allowed are 1 to 65535"},
    {"peers = ( {name=\"a\"}, {name=\"a\"}, {name=\"a\"}, {name=\"a\"} );",
	"x.cfg:1: error: \"peers\" has 4 entries, allowed are 3"},
    {"root = \"/x\"\nroot = \"/y\"", "x.cfg:2: error: duplicate setting name"},
    {"root = ;", "x.cfg:1: error: syntax error"},
    {"maps = [ 1, \"a\" ];", "x.cfg:1: error: mismatched element type in array"},
    {"root = \"/x\"; /* not closed\nsecure = false;",
	"x.cfg:1: error: comment: opened here and never closed"},
    {"\nroot = \"/x;\nsecure = false;", "x.cfg:2: error: string: opened here and never closed"},
    {"@include \"y.cfg\"", "x.cfg:1: error: @include: only a file can include another"},
    /* All findings, in the order of the file. */
    {"root = 1;\nsecure = 2;\nlisten = 3;",
	"x.cfg:1: error: \"root\" wants a string, not an integer\n"
	"x.cfg:2: error: \"secure\" wants true or false, not an integer\n"
	"x.cfg:3: error: \"listen\" wants an address in a string, not an integer"},
};

START_TEST(wrong_input_is_explained)
{
	for (size_t i = 0; i < ROWS(wrong); i++) {
		setup();
		ck_assert_int_eq(load(wrong[i].text), PXE_E_CONFIG);
		ck_assert_str_eq(findings(), wrong[i].finding);
		ck_assert_uint_gt(diag.errors, 0);
		teardown();
	}
}
END_TEST

START_TEST(files_include_files)
{
	char text[512];

	setup();
	ck_assert_int_eq(mkdir(os_test_path("d"), 0755), 0);
	os_test_write(os_test_path("d/in.cfg"), "maps = \"inner\";\n@include \"deep.cfg\"\n");
	os_test_write(os_test_path("d/deep.cfg"), "secure = 3;\n");
	os_test_write(os_test_path("abs.cfg"), "delta = 42;");
	/* The inner one is relative to the file that includes it; lines are counted in each. */
	(void)snprintf(text, sizeof(text),
	    "\xef\xbb\xbfroot = \"/x\";\n  @include \"d/in.cfg\" # here\n@include \"%s\"\n"
	    "/*\n@include \"nothing\"\n*/\nlisten = 1;\n",
	    os_test_path("abs.cfg"));
	os_test_write(os_test_path("main.cfg"), text);
	ck_assert_int_eq(
	    pxe_conf_load(&schema, os_test_path("main.cfg"), arena, &conf, &diag), PXE_E_CONFIG);
	ck_assert_uint_eq(diag.n, 2);
	ck_assert_str_eq(diag.v[0].file, os_test_path("d/deep.cfg"));
	ck_assert_uint_eq(diag.v[0].line, 1);
	ck_assert_str_eq(diag.v[1].file, os_test_path("main.cfg"));
	ck_assert_uint_eq(diag.v[1].line, 7);
	ck_assert_str_eq(conf.maps.v[0], "inner");
	ck_assert_int_eq(conf.delta, 42);
	os_test_remove_dir();
	teardown();
}
END_TEST

/* The text of the only finding, without its place, for a file made of this text. */
static const char *one_finding(const char *name, const char *text, int expect)
{
	const char *path = os_test_path(name);

	if (text != NULL)
		os_test_write(path, text);
	ck_assert_int_eq(pxe_conf_load(&schema, path, arena, &conf, &diag), expect);
	ck_assert_uint_eq(diag.n, 1);
	return diag.v[0].text;
}

START_TEST(unreadable_files_are_named)
{
	setup();
	ck_assert_str_eq(
	    one_finding("none.cfg", NULL, -ENOENT), "cannot read it: No such file or directory");
	teardown();
	setup();
	ck_assert_str_eq(one_finding(".", NULL, -EISDIR), "cannot read it: Is a directory");
	teardown();
	setup();
	/* libconfig's own scanner ends the process here. */
	ck_assert_str_eq(
	    one_finding("a.cfg", "@include \"/\"\n", PXE_E_CONFIG), "/: Is a directory");
	ck_assert_uint_eq(diag.v[0].line, 1);
	teardown();
	setup();
	ck_assert_ptr_nonnull(strstr(one_finding("b.cfg", "\n@include \"b.cfg\"\n", PXE_E_CONFIG),
	    "included too deeply, perhaps by each other"));
	ck_assert_uint_eq(diag.v[0].line, 2);
	os_test_remove_dir();
	teardown();
}
END_TEST

static int set(const char *name, const char *value)
{
	return pxe_conf_set(&schema, name, value, "--flag", arena, &conf, &diag);
}

START_TEST(flags_win_over_the_file)
{
	setup();
	ck_assert_int_eq(load("root = \"/file\"; maps = [ \"a\" ]; secure = true;"), 0);
	ck_assert_int_eq(set("root", "/flag"), 0);
	ck_assert_int_eq(set("maps", "b"), 0);
	ck_assert_int_eq(set("maps", "c"), 0);
	ck_assert_int_eq(set("secure", "off"), 0);
	ck_assert_int_eq(set("limits.sessions", "12"), 0);
	ck_assert_int_eq(set("limits.timeout", "250ms"), 0);
	ck_assert_int_eq(set("events", "64k"), 0);
	ck_assert_int_eq(set("listen", ":1069"), 0);
	ck_assert_int_eq(set("delta", "-7"), 0);
	ck_assert_str_eq(conf.root, "/flag");
	ck_assert_uint_eq(conf.maps.n, 3);
	ck_assert_str_eq(conf.maps.v[0], "a");
	ck_assert_str_eq(conf.maps.v[2], "c");
	ck_assert(!conf.secure);
	ck_assert_int_eq(conf.limits.sessions, 12);
	ck_assert_int_eq(conf.limits.timeout_ms, 250);
	ck_assert_int_eq(conf.common.events, 65536);
	ck_assert_uint_eq(conf.listen.port, 1069);
	ck_assert_uint_eq(conf.listen.ip.family, 0);
	ck_assert_int_eq(conf.delta, -7);
	teardown();
}
END_TEST

static const struct {
	const char *name, *value, *finding;
} wrong_flag[] = {
    {"limits.sessions", "0", "error: --flag is 0, allowed are 1 to 1000"},
    {"limits.sessions", "12x", "error: --flag is \"12x\", which is not an integer"},
    {"limits.sessions", " 12", "error: --flag is \" 12\", which is not an integer"},
    {"limits.sessions", "", "error: --flag is \"\", which is not an integer"},
    {"delta", "99999999999999999999",
	"error: --flag is \"99999999999999999999\", which is not an integer"},
    {"secure", "maybe", "error: --flag is \"maybe\", which is not true or false"},
    {"log_level", "loud",
	"error: --flag is \"loud\", allowed are error, warning, notice, info, debug"},
    {"listen", "eth0",
	"error: --flag is \"eth0\", which is not an address such as 192.0.2.1, 192.0.2.1:69, :69 "
	"or [2001:db8::1]:69"},
    {"limits", "1", "error: --flag cannot be set as a whole"},
    {"lisen", "1", "error: --flag is not a setting; did you mean \"listen\"?"},
    {"maps.x", "1", "error: --flag is not a setting; did you mean \"maps\"?"},
};

START_TEST(wrong_flag_is_explained)
{
	for (size_t i = 0; i < ROWS(wrong_flag); i++) {
		setup();
		ck_assert_int_eq(set(wrong_flag[i].name, wrong_flag[i].value), PXE_E_CONFIG);
		ck_assert_str_eq(findings(), wrong_flag[i].finding);
		teardown();
	}
}
END_TEST

static const struct {
	const char *text;
	int64_t ms; /* -1: refused */
} durations[] = {
    {"30", 30000},
    {"0.25", 250},
    {"1.5s", 1500},
    {"500ms", 500},
    {"1.9ms", 1},
    {"2m", 120000},
    {"1h", 3600000},
    {"0.5h", 1800000},
    {"1d", -1}, /* beyond this row's bounds */
    {"0", -1},
    {"", -1},
    {"s", -1},
    {"1.", -1},
    {".5", -1},
    {"1 s", -1},
    {"1S", -1},
    {"99999999999999999999", -1},
    {"9223372036854775807d", -1},
};

START_TEST(durations_have_units)
{
	setup();
	for (size_t i = 0; i < ROWS(durations); i++) {
		int err = set("limits.timeout", durations[i].text);

		MUST(err == (durations[i].ms < 0 ? PXE_E_CONFIG : 0), "%s: %d", durations[i].text,
		    err);
		MUST(
		    err != 0 || conf.limits.timeout_ms == durations[i].ms, "%s", durations[i].text);
	}
	teardown();
}
END_TEST

CHECK_MAIN("os/conf", defaults_come_from_the_table, every_type_is_read, wrong_input_is_explained,
    files_include_files, unreadable_files_are_named, flags_win_over_the_file,
    wrong_flag_is_explained, durations_have_units)
