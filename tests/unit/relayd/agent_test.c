/* SPDX-License-Identifier: BSD-2-Clause */
/* agent_test.c -- templates and the body of option 82. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "relayd/core/agent.h"

static const struct port eth1 = {
    .ifindex = 7,
    .name = "eth1.30",
    .vlan = 30,
    .hw = {.type = 1, .len = 6, .b = {2, 0xab, 0, 0, 0, 1}},
    .ip = {0x0a030001},
};

static const struct {
	const char *template;
	int len; /* or error */
	const char *out;
} expansions[] = {
    {"${ifname}", 7, "eth1.30"},
    {"${ifindex}/${vlan}", 4, "7/30"},
    {"${hostname}:${ifname}", 11, "gw1:eth1.30"},
    {"${mac}", 17, "02:ab:00:00:00:01"},
    {"a$$b", 3, "a$b"},
    {"0x0004001e", 4, "\x00\x04\x00\x1e"},
    {"", 0, ""},
    {"${nonsense}", PXE_E_SYNTAX, NULL},
    {"${ifname", PXE_E_SYNTAX, NULL},
    {"$ifname", PXE_E_SYNTAX, NULL},
    {"cost 5$", PXE_E_SYNTAX, NULL},
    {"0x0g", PXE_E_SYNTAX, NULL},
};

START_TEST(expands)
{
	uint8_t out[PORT_AGENT_MAX];
	int n = agent_expand(expansions[_i].template, &eth1, "gw1", out, sizeof(out));

	ck_assert_int_eq(n, expansions[_i].len);
	if (n > 0)
		ck_assert_mem_eq(out, expansions[_i].out, (size_t)n);
}
END_TEST

START_TEST(too_long_is_said)
{
	char long_text[400];
	uint8_t out[PORT_AGENT_MAX];
	char why[128];
	struct pxe_text t = pxe_text_init(why, sizeof(why));

	memset(long_text, 'x', sizeof(long_text));
	long_text[399] = '\0';
	ck_assert_int_eq(agent_expand(long_text, &eth1, "", out, sizeof(out)), PXE_E_TOOBIG);
	ck_assert_int_eq(agent_template_check(long_text, &t), PXE_E_TOOBIG);
	ck_assert_int_eq(agent_template_check("${what}", &t), PXE_E_SYNTAX);
	ck_assert(strstr(why, "${ifname}") != NULL);
	ck_assert_int_eq(agent_template_check("${ifname}", &t), 0);
}
END_TEST

static const struct {
	struct agent_conf conf;
	const char *body;
	size_t len;
} bodies[] = {
    {{.circuit_id = "${ifname}"}, "\1\7eth1.30", 9},
    {{.circuit_id = "${ifname}", .remote_id = "r", .subscriber_id = "s"}, "\1\7eth1.30\2\1r\6\1s",
	15},
    {{.circuit_id = "c", .link_selection = true}, "\1\1c\5\4\x0a\3\0\1", 9},
    {{.circuit_id = "c", .link_selection = true, .server_id_override = true, .relay_port = true},
	"\1\1c\5\4\x0a\3\0\1\x0b\4\x0a\3\0\1\x13\0", 17},
    {{.circuit_id = "", .remote_id = "r"}, "\2\1r", 3},
    {{.relay_port = true}, "\x13\0", 2},
};

START_TEST(fills_body)
{
	struct agent_conf conf = bodies[_i].conf;
	struct port port = eth1;

	conf.hostname = "gw1";
	ck_assert_int_eq(agent_fill(&conf, &port), 0);
	ck_assert_uint_eq(port.agent_len, bodies[_i].len);
	ck_assert_mem_eq(port.agent, bodies[_i].body, bodies[_i].len);
}
END_TEST

START_TEST(addresses_have_precedence_over_long_texts)
{
	char text[232];
	struct agent_conf conf = {.circuit_id = text,
	    .remote_id = "remote",
	    .hostname = "",
	    .link_selection = true,
	    .server_id_override = true,
	    .relay_port = true};
	struct port port = eth1;

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(agent_fill(&conf, &port), PXE_E_TOOBIG);
	/* circuit-id 233, no remote-id, 14 for the rest */
	ck_assert_uint_eq(port.agent_len, 233 + 14);
	ck_assert_mem_eq(port.agent + 233, "\5\4\x0a\3\0\1\x0b\4\x0a\3\0\1\x13\0", 14);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("agent");
	TCase *tc = tcase_create("agent");
	SRunner *sr = NULL;
	int failed = 0;

	tcase_add_loop_test(tc, expands, 0, sizeof(expansions) / sizeof(expansions[0]));
	tcase_add_test(tc, too_long_is_said);
	tcase_add_loop_test(tc, fills_body, 0, sizeof(bodies) / sizeof(bodies[0]));
	tcase_add_test(tc, addresses_have_precedence_over_long_texts);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
