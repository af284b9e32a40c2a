/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_opt_value_test.c -- option values against their definitions, and as text.
 *
 * The texts marked ISC are what dhclient 4.4.3-P1 wrote into its lease file for those bytes.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/proto/dhcp_opt.h"

static struct pxe_arena *arena;
static struct pxe_opt_registry *reg;

static void define(const char *name, uint32_t code, enum pxe_opt_array array, const char *encap,
    const struct pxe_opt_field *field, uint8_t nfield)
{
	struct pxe_opt_def def = {.name = name,
	    .space = pxe_opt_space_dhcp(),
	    .code = code,
	    .array = array,
	    .nfield = nfield,
	    .field = field,
	    .encap = encap};
	const struct pxe_opt_def *out = NULL;

	ck_assert_int_eq(pxe_opt_define(reg, &def, &out), 0);
}

/* The definitions that the trial run with ISC's programs used, and some of types it lacks. */
static void setup(void)
{
	static const struct pxe_opt_word words[] = {{"red", 1}, {"blue", 700}, {NULL, 0}};
	static const struct pxe_opt_field s8 = {.type = PXE_OPT_S8}, s16 = {.type = PXE_OPT_S16},
					  u16 = {.type = PXE_OPT_U16}, u32 = {.type = PXE_OPT_U32},
					  dn = {.type = PXE_OPT_DOMAIN},
					  dl = {.type = PXE_OPT_DOMAINS},
					  zl = {.type = PXE_OPT_ZEROLEN},
					  ip6 = {.type = PXE_OPT_IP6},
					  en = {PXE_OPT_ENUM, false, 2, words},
					  en4 = {PXE_OPT_ENUM, false, 4, words},
					  encap = {.type = PXE_OPT_ENCAPSULATE};
	static const struct pxe_opt_field rec[] = {{.type = PXE_OPT_S8}, {.type = PXE_OPT_U16},
	    {.type = PXE_OPT_BOOL}, {.type = PXE_OPT_IP4}};
	static const struct pxe_opt_field arec[] = {{.type = PXE_OPT_IP4}, {.type = PXE_OPT_U8}};
	static const struct pxe_opt_field ndl[] = {
	    {.type = PXE_OPT_U8}, {.type = PXE_OPT_DOMAINS_COMPRESSED}};
	const struct pxe_opt_space *agent2 = NULL;

	arena = pxe_arena_new();
	reg = pxe_opt_registry_new(arena);
	ck_assert_int_eq(pxe_opt_space_add(reg, "agent2", 1, 1, &agent2), 0);
	define("rec", 203, PXE_OPT_ARRAY_LAST, NULL, rec, 4);
	define("arec", 204, PXE_OPT_ARRAY_RECORD, NULL, arec, 2);
	define("i8", 205, PXE_OPT_ARRAY_RECORD, NULL, &s8, 1);
	define("dn", 206, PXE_OPT_SINGLE, NULL, &dn, 1);
	define("dl", 207, PXE_OPT_SINGLE, NULL, &dl, 1);
	define("zl", 214, PXE_OPT_SINGLE, NULL, &zl, 1);
	define("sp", 216, PXE_OPT_SINGLE, "agent2", &encap, 1);
	define("late", 217, PXE_OPT_SINGLE, "declared-later", &encap, 1);
	define("i16", 220, PXE_OPT_SINGLE, NULL, &s16, 1);
	define("u16", 221, PXE_OPT_SINGLE, NULL, &u16, 1);
	define("u32", 222, PXE_OPT_SINGLE, NULL, &u32, 1);
	define("six", 223, PXE_OPT_ARRAY_RECORD, NULL, &ip6, 1);
	define("colour", 224, PXE_OPT_SINGLE, NULL, &en, 1);
	define("colours", 225, PXE_OPT_ARRAY_RECORD, NULL, &en4, 1);
	define("adn", 226, PXE_OPT_ARRAY_RECORD, NULL, &dn, 1);
	define("ndl", 227, PXE_OPT_SINGLE, NULL, ndl, 2);
}

static void teardown(void)
{
	pxe_arena_free(arena);
}

#define B(s) s, sizeof(s) - 1

static const struct value {
	const char *name;
	const char *bytes;
	size_t len;
	int err;
	const char *text;
} values[] = {
    {"subnet-mask", B("\xff\xff\xff\x00"), 0, "255.255.255.0"},
    {"subnet-mask", B("\xff\xff\xff"), PXE_E_SYNTAX, "ff:ff:ff"},
    {"subnet-mask", B("\xff\xff\xff\x00\x00"), PXE_E_SYNTAX, "ff:ff:ff:0:0"},
    {"subnet-mask", B(""), PXE_E_SYNTAX, "\"\""},
    {"routers", B("\x0a\x4d\x00\x01\x0a\x4d\x00\x02"), 0, "10.77.0.1,10.77.0.2"}, /* ISC */
    {"routers", B(""), PXE_E_SYNTAX, "\"\""},
    {"routers", B("\x0a\x4d\x00\x01\x0a"), PXE_E_SYNTAX, "a:4d:0:1:a"},
    {"time-offset", B("\xff\xff\xff\xff"), 0, "-1"},
    {"time-offset", B("\x80\x00\x00\x00"), 0, "-2147483648"},
    {"dhcp-lease-time", B("\x00\x00\x02\x58"), 0, "600"}, /* ISC */
    {"dhcp-lease-time", B("\xff\xff\xff\xff"), 0, "4294967295"},
    {"dhcp-message-type", B("\x05"), 0, "5"}, /* ISC */
    {"dhcp-message-type", B("\x05\x05"), PXE_E_SYNTAX, "5:5"},
    {"interface-mtu", B("\xff\xff"), 0, "65535"},
    {"i8", B("\x01\xff\x7f"), 0, "1,-1,127"}, /* ISC */
    {"i16", B("\x80\x00"), 0, "-32768"},
    {"u16", B("\x80"), PXE_E_SYNTAX, "80"},
    {"u32", B("\x00\x00\x01"), PXE_E_SYNTAX, "0:0:1"},
    {"dhcp-parameter-request-list", B("\x01\x03\xfc"), 0, "1,3,252"},
    {"pxe-system-type", B("\x00\x07\x00\x09"), 0, "7,9"},
    {"ip-forwarding", B("\x01"), 0, "true"},
    {"ip-forwarding", B("\x00"), 0, "false"},
    {"ip-forwarding", B("\x02"), PXE_E_RANGE, "2"},
    {"ip-forwarding", B(""), PXE_E_SYNTAX, "\"\""},
    {"policy-filter", B("\x0a\x00\x00\x00\xff\x00\x00\x00\x0b\x00\x00\x00\xff\x00\x00\x00"), 0,
	"10.0.0.0 255.0.0.0,11.0.0.0 255.0.0.0"},
    {"policy-filter", B("\x0a\x00\x00\x00\xff\x00\x00\x00\x0b\x00\x00\x00"), PXE_E_SYNTAX,
	"a:0:0:0:ff:0:0:0:b:0:0:0"},
    {"rec", B("\xfd\x02\x58\x01\x0a\x00\x00\x01\x0a\x00\x00\x02"), 0,
	"-3 600 true 10.0.0.1,10.0.0.2"}, /* ISC */
    {"rec", B("\xfd\x02\x58\x01"), PXE_E_SYNTAX, "fd:2:58:1"},
    {"rec", B("\xfd\x02\x58\x07\x0a\x00\x00\x01"), PXE_E_RANGE, "fd:2:58:7:a:0:0:1"},
    {"arec", B("\x0a\x00\x00\x01\x05\x0a\x00\x00\x02\x06"), 0, "10.0.0.1 5,10.0.0.2 6"}, /* ISC */
    {"slp-service-scope", B("\x01"), 0, "true"}, /* the text is optional */
    {"slp-service-scope",
	B("\x00"
	  "default"),
	0, "false \"default\""},
    {"slp-service-scope", B(""), PXE_E_SYNTAX, "\"\""},
    {"slp-directory-agent", B("\x01\x0a\x00\x00\x01"), 0, "true 10.0.0.1"},
    {"slp-directory-agent", B("\x01"), PXE_E_SYNTAX, "1"},
    {"pxe-interface-id", B("\x01\x03\x10"), 0, "1 3 16"},
    {"pxe-client-id", B("\x00\x01\x02"), 0, "0 1:2"},
    {"option-6rd", B("\x0e\x20\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\0\x0a\x00\x00\x01"), 0,
	"14 32 2001:db8:: 10.0.0.1"},
    {"six", B("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), 0,
	"2001:db8::1,::"},
    {"six", B("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0"), PXE_E_SYNTAX,
	"20:1:d:b8:0:0:0:0:0:0:0:0:0:0:0"},
    /* text and strings */
    {"host-name", B("box"), 0, "\"box\""},
    {"host-name", B(""), 0, "\"\""},
    {"host-name", B("nul\0"), 0, "\"nul\""}, /* ISC */
    {"host-name", B("n\0l\0\0"), 0, "\"n\\000l\\000\""},
    {"host-name", B("q\"uo'te$`\\x\x01\n end"), 0,
	"\"q\\\"uo\\'te\\$\\`\\\\x\\001\\012 end\""},                            /* ISC */
    {"vendor-class-identifier", B("plain $x 'y'"), 0, "\"plain \\$x \\'y\\'\""}, /* ISC */
    {"vendor-class-identifier", B("\x06\x00\x01\xff"), 0, "6:0:1:ff"},           /* ISC */
    {"vendor-class-identifier", B("ab\0"), 0, "61:62:0"}, /* ISC: "ab", which is not the same */
    {"vendor-class-identifier", B(""), 0, "\"\""},
    {"vendor-class-identifier", B("caf\xc3\xa9"), 0, "63:61:66:c3:a9"},
    {"unknown-250", B("\x01"), 0, "1"},
    /* encapsulated */
    {"vendor-encapsulated-options", B("\x01\x04\xaa\xbb\xcc\xdd"), 0, "1:4:aa:bb:cc:dd"}, /* ISC */
    {"vendor-encapsulated-options", B("\x01\x04\xaa"), 0, "1:4:aa"}, /* the space is not known */
    {"sp", B("\x01\x02hi"), 0, "1:2:68:69"},                         /* ISC */
    {"sp", B("\x00\x01\x02hi\xff\x01\x02h"), 0, "0:1:2:68:69:ff:1:2:68"}, /* behind END */
    {"sp", B("\x01\x03hi"), PXE_E_SYNTAX, "1:3:68:69"},
    {"sp", B(" !012345678901234567890123456789012"), 0, "\" !012345678901234567890123456789012\""},
    {"sp", B(" !01234567890123456789012345678901"), PXE_E_SYNTAX,
	"20:21:30:31:32:33:34:35:36:37:38:39:30:31:32:33:34:35:36:37:38:39:30:31:32:33:34:35:36:37:"
	"38:39:30:31"},
    {"late", B("\x01\x03hi"), 0, "1:3:68:69"},
    {"relay-agent-information", B("\x01\x02\x00\x04\x02\x00"), 0, "1:2:0:4:2:0"},
    {"relay-agent-information", B("\x00\x02\x00\x04"), 0, "0:2:0:4"}, /* no PAD in this space */
    {"relay-agent-information", B("\x01\x02\x00"), PXE_E_SYNTAX, "1:2:0"},
    {"vivco",
	B("\x00\x00\x09\xbf\x03"
	  "foo"),
	0, "0:0:9:bf:3:66:6f:6f"}, /* ISC */
    {"vivco",
	B("\x00\x00\x09\xbf\x04"
	  "foo"),
	PXE_E_SYNTAX, "0:0:9:bf:4:66:6f:6f"},
    {"fqdn",
	B("\x01\x00\x00"
	  "h"),
	0, "1:0:0:68"}, /* virtual */
    {"zl", B(""), 0, ""},
    {"zl", B("\x00"), PXE_E_SYNTAX, "0"},
    {"nwip.illegal-2", B(""), PXE_E_UNSUPPORTED, "\"\""},
    {"nwip.illegal-2", B("ab"), PXE_E_UNSUPPORTED, "61:62"},
    {"agent.relay-port", B(""), 0, ""},
    /* enums */
    {"colour", B("\x00\x01"), 0, "red"},
    {"colour", B("\x02\xbc"), 0, "blue"},
    {"colour", B("\x00\x02"), PXE_E_RANGE, "0:2"},
    {"colour", B("\x01"), PXE_E_SYNTAX, "1"},
    {"colours", B("\x00\x00\x00\x01\x00\x00\x02\xbc"), 0, "red,blue"},
    {"dhcp6.status-code",
	B("\x00\x02"
	  "full"),
	0, "NoAddrsAvail \"full\""},
    {"dhcp6.status-code", B("\x00\x00"), 0, "success"},
    {"dhcp6.status-code", B("\x00\x63"), PXE_E_RANGE, "0:63"},
    {"dhcp6.reconf-msg", B("\x05"), 0, "RENEW"},
    {"dhcp6.oro", B("\x00\x17\x00\x3b"), 0, "23,59"},
    {"dhcp6.vendor-opts", B("\x00\x00\x09\xbf\x00\x04zzzz"), 0, "0:0:9:bf:0:4:7a:7a:7a:7a"},
    {"dhcp6.vendor-opts", B("\x00\x00\x09\xbf\x00\x05zzzz"), PXE_E_SYNTAX,
	"0:0:9:bf:0:5:7a:7a:7a:7a"},
    /* domain names */
    {"dn",
	B("\x02"
	  "dn\x07"
	  "example\x00"),
	0, "dn.example."}, /* ISC */
    {"dn", B("\x00"), 0, "."},
    {"dn",
	B("\x02"
	  "dn\x00\x00"),
	PXE_E_SYNTAX, "2:64:6e:0:0"},
    {"dn",
	B("\x02"
	  "dn"),
	PXE_E_SYNTAX, "2:64:6e"},
    {"dn", B(""), PXE_E_SYNTAX, "\"\""},
    {"dl", B("\x01x\x00\x01y\x00"), 0, "\"x.\", \"y.\""}, /* ISC */
    {"dl", B("\x01x\x00\xc0\x00"), PXE_E_SYNTAX, "1:78:0:c0:0"},
    {"dl", B(""), PXE_E_SYNTAX, "\"\""},
    {"dl",
	B("\x03"
	  "a\"b\x03"
	  "c.d\x00"),
	0, "\"a\\\"b.c\\\\.d.\""},
    {"adn", B("\x01x\x00\x01y\x00"), 0, "x.,y."},
    {"adn", B("\x01x\xc0\x00"), PXE_E_SYNTAX, "1:78:c0:0"},
    {"domain-search",
	B("\x01"
	  "a\x07"
	  "example\x03org\x00\x01"
	  "b\xc0\x02"),
	0, "\"a.example.org.\", \"b.example.org.\""}, /* ISC */
    {"domain-search",
	B("\x01"
	  "a\xc0\x00"),
	PXE_E_SYNTAX, "1:61:c0:0"},
    {"domain-search",
	B("\x01"
	  "a\x00\xc0\x03"),
	PXE_E_SYNTAX, "1:61:0:c0:3"},
    {"rdnss-selection",
	B("\x01\x0a\x00\x00\x01\x0a\x00\x00\x02\x01q\x07"
	  "example\x00\x01r\x00"),
	0, "1 10.0.0.1 10.0.0.2 \"q.example.\", \"r.\""},
    {"ndl", B("\x07\x01q\x00\x01r\xc0\x01"), 0, "7 \"q.\", \"r.q.\""},
};

START_TEST(check_and_text)
{
	const struct value *v = &values[_i];
	const struct pxe_opt_def *def = NULL;
	const struct pxe_opt_space *s = NULL;
	uint8_t *exact = malloc(v->len > 0 ? v->len : 1); /* ASan sees a read past it */
	struct pxe_bytes value = {exact, v->len};
	char buf[512];
	struct pxe_text text = pxe_text_init(buf, sizeof(buf));

	ck_assert_int_eq(pxe_opt_lookup(reg, v->name, &def, &s), 0);
	memcpy(exact, v->bytes, v->len);
	ck_assert_msg(pxe_opt_check(reg, def, value) == v->err, "%s: %s, not %s", v->name,
	    pxe_strerror(pxe_opt_check(reg, def, value)), pxe_strerror(v->err));
	pxe_opt_text(reg, def, value, &text);
	ck_assert_msg(strcmp(buf, v->text) == 0, "%s: %s, not %s", v->name, buf, v->text);
	free(exact);
}
END_TEST

START_TEST(every_definition_takes_any_bytes)
{
	/* Cut and broken values of every built-in option: an error or a text, never a read astray.
	 */
	for (size_t i = 0; pxe_opt_space_at(reg, i) != NULL; i++) {
		const struct pxe_opt_space *s = pxe_opt_space_at(reg, i);
		const struct pxe_opt_def *def = NULL;

		for (size_t k = 0; (def = pxe_opt_at(reg, s, k)) != NULL; k++) {
			for (size_t len = 0; len < 40; len++) {
				uint8_t *exact = malloc(len > 0 ? len : 1);
				char buf[400] = "";
				struct pxe_text text = pxe_text_init(buf, sizeof(buf));

				for (size_t b = 0; b < len; b++)
					exact[b] = (uint8_t)(b * 37 + k + len);
				pxe_opt_text(reg, def, (struct pxe_bytes){exact, len}, &text);
				if (pxe_opt_check(reg, def, (struct pxe_bytes){exact, len}) != 0)
					ck_assert_uint_eq(
					    strspn(buf, "0123456789abcdef:\""), text.len);
				free(exact);
			}
		}
	}
}
END_TEST

START_TEST(without_definition)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *text;
	} cases[] = {{B("abc"), "\"abc\""}, {B("a\0"), "61:0"}, {B(""), "\"\""}};

	for (size_t i = 0; i < 3; i++) {
		char buf[64];
		struct pxe_text text = pxe_text_init(buf, sizeof(buf));

		pxe_opt_text(reg, NULL,
		    (struct pxe_bytes){(const uint8_t *)cases[i].bytes, cases[i].len}, &text);
		ck_assert_str_eq(buf, cases[i].text);
	}
}
END_TEST

START_TEST(no_bytes_may_be_a_null_pointer)
{
	char buf[64];
	struct pxe_text text = pxe_text_init(buf, sizeof(buf));
	const struct pxe_opt_def *def = NULL;
	const struct pxe_opt_space *s = pxe_opt_space_dhcp();

	for (size_t k = 0; (def = pxe_opt_at(reg, s, k)) != NULL; k++) {
		text = pxe_text_init(buf, sizeof(buf));
		(void)pxe_opt_check(reg, def, (struct pxe_bytes){NULL, 0});
		pxe_opt_text(reg, def, (struct pxe_bytes){NULL, 0}, &text);
		ck_assert_msg(strcmp(buf, "") == 0 || strcmp(buf, "\"\"") == 0, "%s", buf);
	}
}
END_TEST

START_TEST(text_is_cut_at_its_room)
{
	char buf[8];
	struct pxe_text text = pxe_text_init(buf, sizeof(buf));

	pxe_opt_text(reg, pxe_opt_by_code(reg, pxe_opt_space_dhcp(), 3),
	    (struct pxe_bytes){(const uint8_t *)"\x0a\x4d\x00\x01\x0a\x4d\x00\x02", 8}, &text);
	ck_assert(text.truncated);
	ck_assert_str_eq(buf, "10.77.0");
}
END_TEST

START_TEST(type_sizes)
{
	ck_assert_uint_eq(pxe_opt_type_size(PXE_OPT_U8), 1);
	ck_assert_uint_eq(pxe_opt_type_size(PXE_OPT_S8), 1);
	ck_assert_uint_eq(pxe_opt_type_size(PXE_OPT_BOOL), 1);
	ck_assert_uint_eq(pxe_opt_type_size(PXE_OPT_U16), 2);
	ck_assert_uint_eq(pxe_opt_type_size(PXE_OPT_S16), 2);
	ck_assert_uint_eq(pxe_opt_type_size(PXE_OPT_U32), 4);
	ck_assert_uint_eq(pxe_opt_type_size(PXE_OPT_S32), 4);
	ck_assert_uint_eq(pxe_opt_type_size(PXE_OPT_IP4), 4);
	ck_assert_uint_eq(pxe_opt_type_size(PXE_OPT_IP6), 16);
	ck_assert_uint_eq(pxe_opt_type_size(PXE_OPT_TEXT), 0);
	ck_assert_uint_eq(pxe_opt_type_size(PXE_OPT_ZEROLEN), 0);
	ck_assert_uint_eq(pxe_opt_type_size(PXE_OPT_ENUM), 0);
	ck_assert_uint_eq(pxe_opt_type_size((enum pxe_opt_type)'?'), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dhcp_opt_value");
	TCase *tc = tcase_create("values");
	SRunner *runner = NULL;
	int failed = 0;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, check_and_text, 0, sizeof(values) / sizeof(values[0]));
	tcase_add_test(tc, every_definition_takes_any_bytes);
	tcase_add_test(tc, without_definition);
	tcase_add_test(tc, no_bytes_may_be_a_null_pointer);
	tcase_add_test(tc, text_is_cut_at_its_room);
	tcase_add_test(tc, type_sizes);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
