/* SPDX-License-Identifier: BSD-2-Clause */
/* relay_test.c -- every rule of the relay as rows of tables. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "make_packet.h"
#include "relayd/core/agent.h"
#include "relayd/core/relay.h"

/* c0 (index 1, 10.1.0.1) and c1 (2, 10.3.0.1) are of the clients, u0 (3, 10.2.0.1) of the servers,
 * both0 (4, 10.4.0.1) of both, bare0 (5) has no address, other0 (6, 10.6.0.1) is not served and t0
 * (7, 10.7.0.1) is trusted. The server is 10.2.0.9. */
enum { C0 = 1, C1, U0, BOTH0, BARE0, OTHER0, T0 };
#define IP_C0     0x0a010001u
#define IP_U0     0x0a020001u
#define IP_BOTH0  0x0a040001u
#define IP_OTHER0 0x0a060001u
#define IP_T0     0x0a070001u
#define IP_SERVER 0x0a020009u
#define IP_RELAY  0x0a090001u /* another relay's */

static struct relay r;
static struct relay_out out;
static struct made m;
static const struct pxe_now now = {.wall_us = 1000000, .mono_us = 1000000};

static void add_port(
    const struct agent_conf *agent, unsigned ifindex, const char *name, uint32_t ip, unsigned sides)
{
	struct port port = {.ifindex = ifindex,
	    .hw = {.type = 1, .len = 6},
	    .is_down = (sides & 1) != 0,
	    .is_up = (sides & 2) != 0,
	    .is_trusted = (sides & 4) != 0,
	    .can_link = true,
	    .ip = {ip}};
	struct pxe_ip4 addr = {ip};

	(void)snprintf(port.name, sizeof(port.name), "%s", name);
	ck_assert_int_eq(agent_fill(agent, &port), 0);
	ck_assert_int_eq(ports_add(&r.ports, &port, &addr, ip != 0 ? 1 : 0), 0);
}

static struct relay_conf plain_conf(void)
{
	return (struct relay_conf){
	    .server_port = 67, .client_port = 68, .hops_max = 10, .agent_max = 576};
}

static void begin(const struct relay_conf *conf, const struct agent_conf *agent)
{
	static const struct agent_conf names = {.circuit_id = "${ifname}", .hostname = "gw"};
	static const struct pxe_hash_seed seed = {3, 4};
	struct servers_conf servers = {.policy = SERVERS_ALL};

	relay_init(&r, conf, &servers, 0, &seed);
	agent = agent != NULL ? agent : &names;
	add_port(agent, C0, "c0", IP_C0, 1);
	add_port(agent, C1, "c1", 0x0a030001, 1);
	add_port(agent, U0, "u0", IP_U0, 2);
	add_port(agent, BOTH0, "both0", IP_BOTH0, 3);
	add_port(agent, BARE0, "bare0", 0, 3);
	add_port(agent, OTHER0, "other0", IP_OTHER0, 0);
	add_port(agent, T0, "t0", IP_T0, 1 | 4);
	ck_assert_int_eq(ports_seal(&r.ports), 0);
	ck_assert_int_eq(servers_add(&r.servers, "10.2.0.9", SERVER_DHCP), 0);
	r.servers.v[0].to.ip = pxe_ip_from4((struct pxe_ip4){IP_SERVER});
	r.servers.v[0].to.port = 67;
}

static void finish(void)
{
	relay_fini(&r);
}

static void feed(unsigned ifindex, uint32_t from, uint32_t to)
{
	struct relay_in in = {.pkt = m.b,
	    .len = m.len,
	    .cap = sizeof(m.b),
	    .from = {from},
	    .to = {to},
	    .ifindex = ifindex};

	relay_packet(&r, &in, &now, &out);
}

static uint32_t get32(size_t off)
{
	return (uint32_t)m.b[off] << 24 | (uint32_t)m.b[off + 1] << 16 |
	       (uint32_t)m.b[off + 2] << 8 | m.b[off + 3];
}

/* ---- requests: header rules ---- */

static const struct {
	const char *what;
	unsigned port;
	uint32_t giaddr;
	uint8_t hops, type;
	enum relay_dir dir;
	enum pxe_reason reason;
	uint32_t giaddr_after;
} requests[] = {
    {"first relay", C0, 0, 0, 1, RELAY_TO_SERVERS, PXE_REASON_OK, IP_C0},
    {"port of both sides", BOTH0, 0, 0, 1, RELAY_TO_SERVERS, PXE_REASON_OK, IP_BOTH0},
    {"plain BOOTP", C0, 0, 0, 0, RELAY_TO_SERVERS, PXE_REASON_OK, IP_C0},
    {"behind another relay", C0, IP_RELAY, 1, 1, RELAY_TO_SERVERS, PXE_REASON_OK, IP_RELAY},
    {"last hop allowed", C0, IP_RELAY, 9, 1, RELAY_TO_SERVERS, PXE_REASON_OK, IP_RELAY},
    {"hop limit", C0, IP_RELAY, 10, 1, RELAY_DROP, PXE_REASON_HOP_LIMIT, 0},
    {"far over the hop limit", C0, IP_RELAY, 255, 1, RELAY_DROP, PXE_REASON_HOP_LIMIT, 0},
    {"giaddr is ours", C0, IP_C0, 1, 1, RELAY_DROP, PXE_REASON_BAD_GIADDR, 0},
    {"giaddr is ours elsewhere", C0, IP_U0, 1, 1, RELAY_DROP, PXE_REASON_BAD_GIADDR, 0},
    {"giaddr of a port not served", C0, IP_OTHER0, 1, 1, RELAY_DROP, PXE_REASON_BAD_GIADDR, 0},
    {"giaddr loopback", C0, 0x7f000001, 1, 1, RELAY_DROP, PXE_REASON_BAD_GIADDR, 0},
    {"giaddr multicast", C0, 0xe0000001, 1, 1, RELAY_DROP, PXE_REASON_BAD_GIADDR, 0},
    {"giaddr broadcast", C0, 0xffffffff, 1, 1, RELAY_DROP, PXE_REASON_BAD_GIADDR, 0},
    {"giaddr 0.0.0.1", C0, 1, 1, 1, RELAY_DROP, PXE_REASON_BAD_GIADDR, 0},
    {"from the servers' side", U0, 0, 0, 1, RELAY_DROP, PXE_REASON_WRONG_INTERFACE, 0},
    {"port without address", BARE0, 0, 0, 1, RELAY_DROP, PXE_REASON_BAD_GIADDR, 0},
    {"port not served", OTHER0, 0, 0, 1, RELAY_DROP, PXE_REASON_WRONG_INTERFACE, 0},
    {"port that is gone", 99, 0, 0, 1, RELAY_DROP, PXE_REASON_WRONG_INTERFACE, 0},
    {"a request that is an OFFER", C0, 0, 0, 2, RELAY_DROP, PXE_REASON_WRONG_TYPE, 0},
    {"a request that is an ACK", C0, 0, 0, 5, RELAY_DROP, PXE_REASON_WRONG_TYPE, 0},
    {"a type of the future", C0, 0, 0, 77, RELAY_TO_SERVERS, PXE_REASON_OK, IP_C0},
    {"RELEASE", C0, 0, 0, 7, RELAY_TO_SERVERS, PXE_REASON_OK, IP_C0},
    {"LEASEQUERY", C0, IP_RELAY, 0, 10, RELAY_TO_SERVERS, PXE_REASON_OK, IP_RELAY},
};

START_TEST(request_rules)
{
	struct relay_conf conf = plain_conf();
	struct made before;

	begin(&conf, NULL);
	make_begin(&m, 1, requests[_i].giaddr);
	m.b[3] = requests[_i].hops;
	if (requests[_i].type != 0)
		make_type(&m, requests[_i].type);
	make_end(&m);
	before = m;
	feed(requests[_i].port, 0, 0xffffffff);
	ck_assert_msg(out.dir == requests[_i].dir && out.reason == requests[_i].reason,
	    "%s: direction %d, reason %s (%s)", requests[_i].what, out.dir,
	    pxe_reason_name(out.reason), out.detail != NULL ? out.detail : "");
	if (out.dir == RELAY_TO_SERVERS) {
		ck_assert_uint_eq(out.nserver, 1);
		/* giaddr and hops are all that changes, to the byte */
		put32(before.b + 24, requests[_i].giaddr_after);
		before.b[3] = (uint8_t)(requests[_i].hops + 1);
		ck_assert_uint_eq(out.pk.len, before.len);
		ck_assert_mem_eq(m.b, before.b, before.len);
	}
	finish();
}
END_TEST

/* ---- requests: option 82 ---- */

#define THEIRS  "\1\3sw7"
#define T_HEX   "82=0103737737"
#define OURS_C0 "82=01026330"
#define OURS_T0 "82=01027430"

static const struct {
	const char *what;
	bool agent;
	enum relay_policy policy;
	unsigned port;
	bool relayed; /* giaddr of another relay */
	bool has82;
	enum relay_agent did;
	const char *options; /* NULL: dropped */
} agents[] = {
    /* without -a it passes as it is, whatever the policy */
    {"no -a", false, RELAY_POLICY_REPLACE, C0, false, false, RELAY_AGENT_NONE, "53=01"},
    {"no -a, has", false, RELAY_POLICY_REPLACE, C0, false, true, RELAY_AGENT_NONE, "53=01 " T_HEX},
    {"no -a, relayed, has", false, RELAY_POLICY_DISCARD, C0, true, true, RELAY_AGENT_NONE,
	"53=01 " T_HEX},
    /* RFC 3046 2.1.1 */
    {"standard", true, RELAY_POLICY_STANDARD, C0, false, false, RELAY_AGENT_ADDED,
	"53=01 " OURS_C0},
    {"standard, untrusted", true, RELAY_POLICY_STANDARD, C0, false, true, RELAY_AGENT_NONE, NULL},
    {"standard, trusted", true, RELAY_POLICY_STANDARD, T0, false, true, RELAY_AGENT_NONE,
	"53=01 " T_HEX},
    {"standard, trusted, without", true, RELAY_POLICY_STANDARD, T0, false, false, RELAY_AGENT_ADDED,
	"53=01 " OURS_T0},
    {"standard, relayed", true, RELAY_POLICY_STANDARD, C0, true, false, RELAY_AGENT_NONE, "53=01"},
    {"standard, relayed, has", true, RELAY_POLICY_STANDARD, C0, true, true, RELAY_AGENT_NONE,
	"53=01 " T_HEX},
    /* -m: as dhcrelay, with and without giaddr */
    {"append", true, RELAY_POLICY_APPEND, C0, false, false, RELAY_AGENT_ADDED, "53=01 " OURS_C0},
    {"append, has", true, RELAY_POLICY_APPEND, C0, false, true, RELAY_AGENT_ADDED,
	"53=01 " T_HEX " " OURS_C0},
    {"append, relayed", true, RELAY_POLICY_APPEND, C0, true, false, RELAY_AGENT_ADDED,
	"53=01 " OURS_C0},
    {"append, relayed, has", true, RELAY_POLICY_APPEND, C0, true, true, RELAY_AGENT_ADDED,
	"53=01 " T_HEX " " OURS_C0},
    {"replace", true, RELAY_POLICY_REPLACE, C0, false, false, RELAY_AGENT_ADDED, "53=01 " OURS_C0},
    {"replace, has", true, RELAY_POLICY_REPLACE, C0, false, true, RELAY_AGENT_REPLACED,
	"53=01 " OURS_C0},
    {"replace, relayed", true, RELAY_POLICY_REPLACE, C0, true, false, RELAY_AGENT_ADDED,
	"53=01 " OURS_C0},
    {"replace, relayed, has", true, RELAY_POLICY_REPLACE, C0, true, true, RELAY_AGENT_REPLACED,
	"53=01 " OURS_C0},
    {"forward", true, RELAY_POLICY_FORWARD, C0, false, false, RELAY_AGENT_ADDED, "53=01 " OURS_C0},
    {"forward, has", true, RELAY_POLICY_FORWARD, C0, false, true, RELAY_AGENT_NONE, "53=01 " T_HEX},
    {"forward, relayed, has", true, RELAY_POLICY_FORWARD, C0, true, true, RELAY_AGENT_NONE,
	"53=01 " T_HEX},
    {"discard", true, RELAY_POLICY_DISCARD, C0, false, false, RELAY_AGENT_ADDED, "53=01 " OURS_C0},
    {"discard, has", true, RELAY_POLICY_DISCARD, C0, false, true, RELAY_AGENT_NONE, NULL},
    {"discard, relayed, has", true, RELAY_POLICY_DISCARD, C0, true, true, RELAY_AGENT_NONE, NULL},
};

START_TEST(agent_rules)
{
	struct relay_conf conf = plain_conf();

	conf.agent = agents[_i].agent;
	conf.policy = agents[_i].policy;
	begin(&conf, NULL);
	make_begin(&m, 1, agents[_i].relayed ? IP_RELAY : 0);
	make_type(&m, 1);
	if (agents[_i].has82)
		make_opt(&m, 82, THEIRS, 5);
	make_end(&m);
	feed(agents[_i].port, 0, 0xffffffff);
	if (agents[_i].options == NULL) {
		ck_assert_msg(out.dir == RELAY_DROP && out.reason == PXE_REASON_BAD_AGENT_OPTION,
		    "%s", agents[_i].what);
	} else {
		ck_assert_msg(out.dir == RELAY_TO_SERVERS, "%s: %s", agents[_i].what,
		    pxe_reason_name(out.reason));
		ck_assert_msg(strcmp(options_text(m.b, out.pk.len), agents[_i].options) == 0,
		    "%s: %s", agents[_i].what, options_text(m.b, out.pk.len));
		ck_assert_msg(
		    out.agent == agents[_i].did, "%s: did %d", agents[_i].what, out.agent);
		ck_assert_uint_ge(out.pk.len, 300);
	}
	finish();
}
END_TEST

START_TEST(plain_bootp_gets_no_agent_option)
{
	struct relay_conf conf = plain_conf();
	struct made before;

	conf.agent = true;
	begin(&conf, NULL);
	make_begin(&m, 1, 0);
	memset(m.b + 236, 0, 64); /* no cookie */
	m.len = 300;
	before = m;
	feed(C0, 0, 0xffffffff);
	ck_assert_int_eq(out.dir, RELAY_TO_SERVERS);
	ck_assert_mem_eq(m.b + 28, before.b + 28, 300 - 28);
	/* a cookie but no option 53 is BOOTP with vendor information (RFC 1497) */
	make_begin(&m, 1, 0);
	make_opt(&m, 12, "old", 3);
	make_end(&m);
	feed(C0, 0, 0xffffffff);
	ck_assert_int_eq(out.dir, RELAY_TO_SERVERS);
	ck_assert_str_eq(options_text(m.b, out.pk.len), "12=6f6c64");
	finish();
}
END_TEST

/* What is long: -A, option 57, and that the message is sent without 82 rather than not at all. */
static const struct {
	size_t len, agent_max;
	uint16_t opt57;
	bool added;
} rooms[] = {
    {300, 576, 0, true},
    {570, 576, 0, true}, /* 570 + 6 */
    {571, 576, 0, false},
    {800, 576, 0, false},
    {800, 1400, 0, true},
    {800, 1400, 1472, true},
    {800, 1400, 802, false},
    {800, 1400, 100, true}, /* below what RFC 2132 9.10 allows: not believed */
    {1400, 1400, 0, false},
    {571, 1400, 576, false},
    {571, 1400, 575, true},
};

START_TEST(room_for_the_agent_option)
{
	static const uint8_t filler[255];
	struct relay_conf conf = plain_conf();
	size_t want = rooms[_i].len;

	conf.agent = true;
	conf.agent_max = rooms[_i].agent_max;
	begin(&conf, NULL);
	make_begin(&m, 1, 0);
	make_type(&m, 1);
	make_opt(&m, 57, (uint8_t[]){(uint8_t)(rooms[_i].opt57 >> 8), (uint8_t)rooms[_i].opt57}, 2);
	while (want - m.len > 260)
		make_opt(&m, 43, filler, 200);
	make_opt(&m, 43, filler, want - m.len - 3);
	m.b[m.len++] = 255;
	ck_assert_uint_eq(m.len, want);
	feed(C0, 0, 0xffffffff);
	ck_assert_int_eq(out.dir, RELAY_TO_SERVERS);
	ck_assert_uint_eq(out.pk.len, rooms[_i].added ? want + 6 : want);
	ck_assert_int_eq(out.agent, rooms[_i].added ? RELAY_AGENT_ADDED : RELAY_AGENT_OMITTED);
	ck_assert_uint_eq(out.pk.p[out.pk.len - 1], 255);
	finish();
}
END_TEST

START_TEST(broken_options_do_not_get_past_option_82)
{
	struct relay_conf conf = plain_conf();

	conf.agent = true;
	begin(&conf, NULL);
	make_begin(&m, 1, 0);
	make_type(&m, 1);
	m.b[m.len++] = 12;
	m.b[m.len++] = 200;
	feed(C0, 0, 0xffffffff);
	ck_assert_int_eq(out.dir, RELAY_DROP);
	ck_assert_int_eq(out.reason, PXE_REASON_MALFORMED);
	finish();
}
END_TEST

START_TEST(link_selection_and_server_id_override)
{
	struct agent_conf agent = {.circuit_id = "${ifname}",
	    .hostname = "",
	    .link_selection = true,
	    .server_id_override = true};
	struct relay_conf conf = plain_conf();

	conf.agent = true;
	conf.server_id_override = true;
	begin(&conf, &agent);
	r.ports.link_giaddr = (struct pxe_ip4){IP_U0};
	make_begin(&m, 1, 0);
	make_type(&m, 1);
	make_end(&m);
	feed(C0, 0, 0xffffffff);
	ck_assert_int_eq(out.dir, RELAY_TO_SERVERS);
	ck_assert_uint_eq(get32(24), IP_U0);
	ck_assert_str_eq(
	    options_text(m.b, out.pk.len), "53=01 82=0102633005040a0100010b040a0100010a0100");
	/* what gets no option 82 (BOOTP, no room) has to say its link by giaddr */
	make_begin(&m, 1, 0);
	make_end(&m);
	feed(C0, 0, 0xffffffff);
	ck_assert_uint_eq(get32(24), IP_C0);
	/* only who and where for a packet of another relay, when -m says to add at all */
	r.conf.policy = RELAY_POLICY_APPEND;
	make_begin(&m, 1, IP_RELAY);
	make_type(&m, 1);
	make_end(&m);
	feed(C0, 0, 0xffffffff);
	ck_assert_str_eq(options_text(m.b, out.pk.len), "53=01 82=01026330");
	r.conf.policy = RELAY_POLICY_STANDARD;
	/* a renewal sent to our address: the flags say unicast (RFC 5010) */
	make_begin(&m, 1, 0);
	make_type(&m, 3);
	put32(m.b + 12, 0x0a010063);
	make_end(&m);
	feed(C0, 0x0a010063, IP_C0);
	ck_assert_str_eq(
	    options_text(m.b, out.pk.len), "53=03 82=0102633005040a0100010b040a0100010a0180");
	/* its answer goes to the client on the port that circuit-id and link selection name */
	make_begin(&m, 2, IP_U0);
	make_type(&m, 5);
	put32(m.b + 12, 0x0a010063);
	put32(m.b + 16, 0x0a010063);
	make_opt(&m, 82, "\1\2c0\5\4\x0a\1\0\1\x0b\4\x0a\1\0\1\x0a\1\x80", 19);
	make_end(&m);
	feed(U0, IP_SERVER, IP_U0);
	ck_assert_int_eq(out.dir, RELAY_TO_CLIENT);
	ck_assert_str_eq(out.out->name, "c0");
	ck_assert_int_eq(out.dest.via, PXE_DHCP_VIA_LINK);
	ck_assert_uint_eq(out.dest.ip.v, 0x0a010063);
	ck_assert_str_eq(options_text(m.b, out.pk.len), "53=05");
	/* without option 82 there is no telling whose it is */
	make_begin(&m, 2, IP_U0);
	make_type(&m, 5);
	make_end(&m);
	feed(U0, IP_SERVER, IP_U0);
	ck_assert_int_eq(out.reason, PXE_REASON_BAD_GIADDR);
	finish();
}
END_TEST

/* ---- replies ---- */

static const struct {
	const char *what;
	unsigned port;
	uint32_t from, giaddr;
	uint8_t type;
	enum pxe_reason reason;
	const char *out;
} replies[] = {
    {"OFFER", U0, IP_SERVER, IP_C0, 2, PXE_REASON_OK, "c0"},
    {"from the server's other address", U0, 0x0a020077, IP_C0, 5, PXE_REASON_OK, "c0"},
    {"BOOTP", U0, IP_SERVER, IP_C0, 0, PXE_REASON_OK, "c0"},
    {"a type of the future", U0, IP_SERVER, IP_C0, 99, PXE_REASON_OK, "c0"},
    {"spoofed on the clients' side", C0, IP_SERVER, IP_C0, 5, PXE_REASON_WRONG_INTERFACE, NULL},
    {"spoofed on another link", C1, IP_SERVER, IP_C0, 5, PXE_REASON_WRONG_INTERFACE, NULL},
    {"one link, the server", BOTH0, IP_SERVER, IP_BOTH0, 5, PXE_REASON_OK, "both0"},
    {"one link, a stranger", BOTH0, 0x0a040066, IP_BOTH0, 5, PXE_REASON_WRONG_INTERFACE, NULL},
    {"giaddr 0", U0, IP_SERVER, 0, 5, PXE_REASON_BAD_GIADDR, NULL},
    {"giaddr of another relay", U0, IP_SERVER, IP_RELAY, 5, PXE_REASON_BAD_GIADDR, NULL},
    {"giaddr on the servers' side", U0, IP_SERVER, IP_U0, 5, PXE_REASON_BAD_GIADDR, NULL},
    {"giaddr of a port not served", U0, IP_SERVER, IP_OTHER0, 5, PXE_REASON_BAD_GIADDR, NULL},
    {"a reply that is a DISCOVER", U0, IP_SERVER, IP_C0, 1, PXE_REASON_WRONG_TYPE, NULL},
    {"a reply that is a RELEASE", U0, IP_SERVER, IP_C0, 7, PXE_REASON_WRONG_TYPE, NULL},
};

START_TEST(reply_rules)
{
	struct relay_conf conf = plain_conf();
	struct made before;

	begin(&conf, NULL);
	make_begin(&m, 2, replies[_i].giaddr);
	put32(m.b + 16, 0x0a010063);
	if (replies[_i].type != 0)
		make_type(&m, replies[_i].type);
	make_opt(&m, 82, THEIRS, 5);
	make_end(&m);
	before = m;
	feed(replies[_i].port, replies[_i].from, replies[_i].giaddr);
	ck_assert_msg(out.reason == replies[_i].reason, "%s: %s (%s)", replies[_i].what,
	    pxe_reason_name(out.reason), out.detail != NULL ? out.detail : "");
	if (replies[_i].out != NULL) {
		ck_assert_int_eq(out.dir, RELAY_TO_CLIENT);
		ck_assert_str_eq(out.out->name, replies[_i].out);
		ck_assert_uint_eq(out.from.v, out.out->ip.v);
		/* nothing is changed without -a */
		ck_assert_uint_eq(out.pk.len, before.len);
		ck_assert_mem_eq(m.b, before.b, before.len);
		ck_assert_int_eq(out.answered_by, replies[_i].from == IP_SERVER ? 0 : -1);
	} else {
		ck_assert_int_eq(out.dir, RELAY_DROP);
	}
	finish();
}
END_TEST

#define OURS_BODY "\1\2c0"
#define C1_BODY   "\1\2c1"

static const struct {
	const char *what;
	bool drop_mismatch;
	enum relay_policy policy;
	const char *body; /* of option 82, NULL: none */
	const char *port; /* NULL: dropped */
	const char *options;
} strips[] = {
    {"ours", false, RELAY_POLICY_STANDARD, OURS_BODY, "c0", "53=02"},
    {"ours, -D", true, RELAY_POLICY_STANDARD, OURS_BODY, "c0", "53=02"},
    {"circuit-id wins over giaddr", false, RELAY_POLICY_STANDARD, C1_BODY, "c1", "53=02"},
    {"foreign", false, RELAY_POLICY_STANDARD, THEIRS, "c0", "53=02"},
    {"foreign, -D", true, RELAY_POLICY_STANDARD, THEIRS, NULL, NULL},
    {"foreign, -m forward", false, RELAY_POLICY_FORWARD, THEIRS, "c0", "53=02 " T_HEX},
    {"ours, -m forward", false, RELAY_POLICY_FORWARD, OURS_BODY, "c0", "53=02"},
    {"theirs and ours, -m append", false, RELAY_POLICY_APPEND, THEIRS C1_BODY, "c1", "53=02"},
    {"theirs and ours, -D", true, RELAY_POLICY_APPEND, THEIRS C1_BODY, "c1", "53=02"},
    {"absent", false, RELAY_POLICY_STANDARD, NULL, "c0", "53=02"},
    {"absent, -D", true, RELAY_POLICY_STANDARD, NULL, NULL, NULL},
    {"broken", false, RELAY_POLICY_STANDARD, "\1\11c0", "c0", "53=02"},
    {"broken, -D", true, RELAY_POLICY_STANDARD, "\1\11c0", NULL, NULL},
    {"no circuit-id, -D", true, RELAY_POLICY_STANDARD, "\2\2c0", NULL, NULL},
    {"a port of the servers, -D", true, RELAY_POLICY_STANDARD, "\1\2u0", NULL, NULL},
};

START_TEST(strip_rules)
{
	struct relay_conf conf = plain_conf();

	conf.agent = true;
	conf.policy = strips[_i].policy;
	conf.drop_mismatch = strips[_i].drop_mismatch;
	begin(&conf, NULL);
	make_begin(&m, 2, IP_C0);
	put32(m.b + 16, 0x0a010063);
	make_type(&m, 2);
	if (strips[_i].body != NULL)
		make_opt(&m, 82, strips[_i].body, strlen(strips[_i].body));
	make_end(&m);
	feed(U0, IP_SERVER, IP_C0);
	if (strips[_i].port == NULL) {
		ck_assert_msg(out.dir == RELAY_DROP && out.reason == PXE_REASON_BAD_AGENT_OPTION,
		    "%s: %s", strips[_i].what, pxe_reason_name(out.reason));
	} else {
		ck_assert_msg(out.dir == RELAY_TO_CLIENT, "%s: %s", strips[_i].what,
		    pxe_reason_name(out.reason));
		ck_assert_msg(strcmp(out.out->name, strips[_i].port) == 0, "%s: %s",
		    strips[_i].what, out.out->name);
		ck_assert_msg(strcmp(options_text(m.b, out.pk.len), strips[_i].options) == 0,
		    "%s: %s", strips[_i].what, options_text(m.b, out.pk.len));
		ck_assert_uint_ge(out.pk.len, 300);
	}
	finish();
}
END_TEST

START_TEST(remote_id_must_agree)
{
	struct agent_conf agent = {.circuit_id = "${ifname}", .remote_id = "gw-a", .hostname = ""};
	struct relay_conf conf = plain_conf();

	conf.agent = conf.drop_mismatch = true;
	begin(&conf, &agent);
	for (int i = 0; i < 2; i++) {
		make_begin(&m, 2, IP_C0);
		make_type(&m, 2);
		make_opt(&m, 82, i == 0 ? "\1\2c0\2\4gw-a" : "\1\2c0\2\4gw-b", 10);
		make_end(&m);
		feed(U0, IP_SERVER, IP_C0);
		ck_assert_int_eq(out.reason, i == 0 ? PXE_REASON_OK : PXE_REASON_BAD_AGENT_OPTION);
	}
	finish();
}
END_TEST

/* RFC 1542 4.1.2, RFC 2131 4.1 */
static const struct {
	const char *what;
	uint32_t yiaddr, ciaddr;
	uint16_t flags;
	uint8_t type, hlen;
	enum pxe_dhcp_via via;
	uint32_t ip;
} dests[] = {
    {"unicast to chaddr", 0x0a010063, 0, 0, 2, 6, PXE_DHCP_VIA_LINK, 0x0a010063},
    {"broadcast flag", 0x0a010063, 0, 0x8000, 2, 6, PXE_DHCP_VIA_BROADCAST, 0xffffffff},
    {"renewal", 0x0a010063, 0x0a010063, 0, 5, 6, PXE_DHCP_VIA_LINK, 0x0a010063},
    {"rebinding with the flag", 0x0a010063, 0x0a010063, 0x8000, 5, 6, PXE_DHCP_VIA_BROADCAST,
	0xffffffff},
    {"answer to INFORM", 0, 0x0a010063, 0, 5, 6, PXE_DHCP_VIA_UNICAST, 0x0a010063},
    {"NAK", 0, 0, 0x8000, 6, 6, PXE_DHCP_VIA_BROADCAST, 0xffffffff},
    {"NAK of a careless server", 0, 0, 0, 6, 6, PXE_DHCP_VIA_BROADCAST, 0xffffffff},
    {"no hardware address", 0x0a010063, 0, 0, 2, 0, PXE_DHCP_VIA_BROADCAST, 0xffffffff},
    {"hardware of another kind", 0x0a010063, 0, 0, 2, 8, PXE_DHCP_VIA_BROADCAST, 0xffffffff},
    {"no yiaddr", 0, 0, 0, 2, 6, PXE_DHCP_VIA_BROADCAST, 0xffffffff},
};

START_TEST(destination_rules)
{
	struct relay_conf conf = plain_conf();

	begin(&conf, NULL);
	make_begin(&m, 2, IP_C0);
	m.b[2] = dests[_i].hlen;
	m.b[10] = (uint8_t)(dests[_i].flags >> 8);
	put32(m.b + 12, dests[_i].ciaddr);
	put32(m.b + 16, dests[_i].yiaddr);
	make_type(&m, dests[_i].type);
	make_end(&m);
	feed(U0, IP_SERVER, IP_C0);
	ck_assert_int_eq(out.dir, RELAY_TO_CLIENT);
	ck_assert_msg(out.dest.via == dests[_i].via, "%s: via %d", dests[_i].what, out.dest.via);
	ck_assert_uint_eq(out.dest.ip.v, dests[_i].ip);
	ck_assert_uint_eq(out.dest.port, 68);
	finish();
}
END_TEST

START_TEST(reply_giaddr_is_rewritten_on_demand)
{
	struct relay_conf conf = plain_conf();

	conf.reply_giaddr.v = 0x0a0100fe;
	begin(&conf, NULL);
	make_begin(&m, 2, IP_C0);
	make_type(&m, 2);
	make_end(&m);
	feed(U0, IP_SERVER, IP_C0);
	ck_assert_int_eq(out.dir, RELAY_TO_CLIENT);
	ck_assert_uint_eq(get32(24), 0x0a0100fe);
	finish();
}
END_TEST

START_TEST(not_messages_at_all)
{
	struct relay_conf conf = plain_conf();

	begin(&conf, NULL);
	make_begin(&m, 1, 0);
	for (size_t len = 0; len < 236; len++) {
		m.len = len;
		feed(C0, 0, 0xffffffff);
		ck_assert_int_eq(out.reason, PXE_REASON_MALFORMED);
	}
	make_begin(&m, 3, 0);
	make_end(&m);
	feed(C0, 0, 0xffffffff);
	ck_assert_int_eq(out.reason, PXE_REASON_MALFORMED);
	make_begin(&m, 1, 0);
	m.b[2] = 17;
	make_end(&m);
	feed(C0, 0, 0xffffffff);
	ck_assert_int_eq(out.reason, PXE_REASON_MALFORMED);
	finish();
}
END_TEST

START_TEST(repeats_are_sent_once)
{
	struct relay_conf conf = plain_conf();
	struct pxe_now later = now;
	struct relay_in in = {.pkt = m.b, .cap = sizeof(m.b), .ifindex = C0};

	begin(&conf, NULL);
	r.dedup.window_us = 1000000;
	for (int i = 0; i < 5; i++) {
		make_begin(&m, 1, i == 3 ? IP_RELAY : 0);
		m.b[3] = (uint8_t)i; /* through other relays */
		make_type(&m, 1);
		make_end(&m);
		in.len = m.len;
		later.mono_us = i == 4 ? now.mono_us + 1000001 : now.mono_us + i;
		relay_packet(&r, &in, &later, &out);
		ck_assert_int_eq(
		    out.reason, i == 1 || i == 2 ? PXE_REASON_DUPLICATE : PXE_REASON_OK);
	}
	finish();
}
END_TEST

/* A request to the boot servers' port, of a client of this class, from this port. */
static void feed_boot(const char *vendor_class, uint8_t xid, uint16_t from_port)
{
	struct relay_in in = {.pkt = m.b,
	    .cap = sizeof(m.b),
	    .from = {IP_C0 + 8},
	    .to = {IP_C0},
	    .from_port = from_port,
	    .on_boot_port = true,
	    .ifindex = C0};

	make_begin(&m, 1, 0);
	m.b[7] = xid;
	make_type(&m, 3);
	make_opt(&m, 60, vendor_class, strlen(vendor_class));
	make_end(&m);
	in.len = m.len;
	relay_packet(&r, &in, &now, &out);
}

/* The server's answer to the request with that xid, after so long; the port the client gets it on.
 */
static uint16_t boot_answer(uint8_t xid, int64_t after_us)
{
	struct relay_in in = {.pkt = m.b, .cap = sizeof(m.b), .from = {IP_SERVER}, .ifindex = U0};
	struct pxe_now later = {.mono_us = now.mono_us + after_us};

	make_begin(&m, 2, IP_C0);
	m.b[7] = xid;
	put32(m.b + 16, IP_C0 + 8);
	make_type(&m, 5);
	make_end(&m);
	in.len = m.len;
	relay_packet(&r, &in, &later, &out);
	ck_assert_int_eq(out.dir, RELAY_TO_CLIENT);
	ck_assert(out.on_boot_port == (out.dest.port != 68));
	return out.dest.port;
}

/* PXE 2.1: boot servers are asked on a port of their own; only their group is, and the answer goes
 * where the client asked from (UEFI 4011, iPXE 68). */
START_TEST(boot_servers_have_a_port_of_their_own)
{
	struct relay_conf conf = plain_conf();

	begin(&conf, NULL);
	feed_boot("PXEClient", 1, 4011);
	ck_assert_int_eq(out.reason, PXE_REASON_SEND_FAILED); /* no such server */
	ck_assert_int_eq(servers_add(&r.servers, "pxe", SERVER_PXE), 0);
	r.servers.v[1].to = r.servers.v[0].to;
	feed_boot("MSFT 5.0", 1, 4011);
	ck_assert_int_eq(out.reason, PXE_REASON_WRONG_TYPE);
	feed_boot("PXEClient", 1, 4011);
	ck_assert_int_eq(out.dir, RELAY_TO_SERVERS);
	ck_assert(out.on_boot_port && out.nserver == 1 && out.server[0] == 1);
	ck_assert_uint_eq(get32(24), IP_C0);
	ck_assert_uint_eq(boot_answer(1, 5), 4011);
	ck_assert_uint_eq(boot_answer(2, 5), 68);
	ck_assert_uint_eq(boot_answer(1, 60000000), 68);
	feed_boot("HTTPClient", 3, 2001);
	ck_assert_uint_eq(boot_answer(3, 5), 2001);
	finish();
}
END_TEST

/* A boot server need not listen there, so its silence there says nothing. */
START_TEST(silence_on_the_boot_port_is_no_death)
{
	struct relay_conf conf = plain_conf();
	size_t cursor = 0;

	begin(&conf, NULL);
	ck_assert_int_eq(servers_add(&r.servers, "pxe", SERVER_PXE), 0);
	r.servers.conf.dead_after_us = 1000000;
	feed_boot("PXEClient", 1, 4011);
	servers_sent(&r.servers, 1, NULL, now.mono_us, 0);
	ck_assert(servers_next_silent(&r.servers, now.mono_us + 99000000, &cursor) == NULL);
	ck_assert_uint_eq(r.servers.v[1].health.sent, 1);
	finish();
}
END_TEST

#define TABLE(test, rows) tcase_add_loop_test(tc, test, 0, sizeof(rows) / sizeof((rows)[0]))

int main(void)
{
	Suite *s = suite_create("relay");
	TCase *tc = tcase_create("relay");
	SRunner *sr = NULL;
	int failed = 0;

	TABLE(request_rules, requests);
	TABLE(agent_rules, agents);
	TABLE(room_for_the_agent_option, rooms);
	TABLE(reply_rules, replies);
	TABLE(strip_rules, strips);
	TABLE(destination_rules, dests);
	tcase_add_test(tc, plain_bootp_gets_no_agent_option);
	tcase_add_test(tc, broken_options_do_not_get_past_option_82);
	tcase_add_test(tc, link_selection_and_server_id_override);
	tcase_add_test(tc, remote_id_must_agree);
	tcase_add_test(tc, reply_giaddr_is_rewritten_on_demand);
	tcase_add_test(tc, not_messages_at_all);
	tcase_add_test(tc, repeats_are_sent_once);
	tcase_add_test(tc, boot_servers_have_a_port_of_their_own);
	tcase_add_test(tc, silence_on_the_boot_port_is_no_death);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
