/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_dest_test.c -- RFC 2131 4.1 as a table. */
#include "libpxecommon/proto/dhcp_dest.h"

#include "libpxecommon/proto/dhcp_agent.h"
#include "tests/unit/check_main.h"

enum {
	GIADDR = 0x0a0100fe,
	CIADDR = 0x0a000032,
	YIADDR = 0x0a000033,
	FROM = 0x0a000044,
	LOOPBACK = 0x7f000001,
	BCAST = PXE_DHCP_FLAG_BROADCAST
};
#define ALL 0xffffffffu

#define RELAY     PXE_DHCP_VIA_RELAY
#define UNICAST   PXE_DHCP_VIA_UNICAST
#define LINK      PXE_DHCP_VIA_LINK
#define BROADCAST PXE_DHCP_VIA_BROADCAST
#define SENDER    PXE_DHCP_VIA_SENDER

/* How the row differs from the ordinary: reply to a request from port 68, on a link-layer capable
 * interface, hlen 6. */
enum {
	SERVER_ID = 1,
	NO_LINK = 2,
	ALWAYS = 4,
	NO_CHADDR = 8,
	REPLY_FLAG = 16,
	RELAY_PORT = 32,
	OTHER_AGENT = 64,
	BAD_AGENT = 128
};

static const struct {
	const char *what;
	unsigned request, reply; /* types */
	uint32_t giaddr, ciaddr, yiaddr, from;
	unsigned flags, odd;
	enum pxe_dhcp_via via;
	uint32_t ip;
	uint16_t port;
} rule[] = {
    /* through a relay, whatever else holds */
    {"relayed offer", 1, 2, GIADDR, 0, YIADDR, GIADDR, 0, 0, RELAY, GIADDR, 67},
    {"relayed, broadcast flag", 1, 2, GIADDR, 0, YIADDR, GIADDR, BCAST, 0, RELAY, GIADDR, 67},
    {"relayed ack with ciaddr", 3, 5, GIADDR, CIADDR, CIADDR, GIADDR, 0, 0, RELAY, GIADDR, 67},
    {"relayed nak", 3, 6, GIADDR, 0, 0, GIADDR, 0, 0, RELAY, GIADDR, 67},
    {"relayed inform", 8, 5, GIADDR, CIADDR, 0, GIADDR, 0, 0, RELAY, GIADDR, 67},
    {"relayed bootp", 0, 0, GIADDR, 0, YIADDR, GIADDR, 0, 0, RELAY, GIADDR, 67},
    {"always broadcast does not bypass a relay", 1, 2, GIADDR, 0, YIADDR, GIADDR, 0, ALWAYS, RELAY,
	GIADDR, 67},
    {"RFC 8357: relay port", 1, 2, GIADDR, 0, YIADDR, GIADDR, 0, RELAY_PORT, RELAY, GIADDR, 1234},
    {"option 82 without it", 1, 2, GIADDR, 0, YIADDR, GIADDR, 0, OTHER_AGENT, RELAY, GIADDR, 67},
    {"malformed option 82", 1, 2, GIADDR, 0, YIADDR, GIADDR, 0, BAD_AGENT, RELAY, GIADDR, 67},
    {"giaddr 127.0.0.1", 1, 2, LOOPBACK, 0, YIADDR, LOOPBACK, 0, 0, RELAY, LOOPBACK, 1234},
    {"option 82 without giaddr", 1, 2, 0, 0, YIADDR, 0, 0, RELAY_PORT, LINK, YIADDR, 68},
    /* NAK */
    {"nak", 3, 6, 0, 0, 0, 0, 0, 0, BROADCAST, ALL, 68},
    {"nak with ciaddr", 3, 6, 0, CIADDR, 0, CIADDR, 0, 0, BROADCAST, ALL, 68},
    {"nak with yiaddr", 3, 6, 0, 0, YIADDR, 0, 0, 0, BROADCAST, ALL, 68},
    /* the client has its address */
    {"renewing", 3, 5, 0, CIADDR, CIADDR, CIADDR, 0, 0, UNICAST, CIADDR, 68},
    {"rebinding, broadcast flag", 3, 5, 0, CIADDR, CIADDR, CIADDR, BCAST, 0, UNICAST, CIADDR, 68},
    {"renewing, always broadcast", 3, 5, 0, CIADDR, CIADDR, CIADDR, 0, ALWAYS, UNICAST, CIADDR, 68},
    {"inform", 8, 5, 0, CIADDR, 0, CIADDR, 0, 0, UNICAST, CIADDR, 68},
    {"inform with server id", 8, 5, 0, CIADDR, 0, CIADDR, 0, SERVER_ID, UNICAST, CIADDR, 68},
    {"bootp with ciaddr", 0, 0, 0, CIADDR, YIADDR, CIADDR, 0, 0, UNICAST, CIADDR, 68},
    /* it claims one while it has none */
    {"selecting with ciaddr", 3, 5, 0, CIADDR, YIADDR, 0, 0, SERVER_ID, LINK, YIADDR, 68},
    {"the same, broadcast flag", 3, 5, 0, CIADDR, YIADDR, 0, BCAST, SERVER_ID, BROADCAST, ALL, 68},
    {"discover with ciaddr", 1, 2, 0, CIADDR, YIADDR, 0, 0, 0, LINK, YIADDR, 68},
    {"the same, broadcast flag", 1, 2, 0, CIADDR, YIADDR, 0, BCAST, 0, BROADCAST, ALL, 68},
    /* inform without ciaddr */
    {"inform without ciaddr", 8, 5, 0, 0, 0, FROM, 0, 0, SENDER, FROM, 1234},
    {"the same from nowhere", 8, 5, 0, 0, 0, 0, 0, 0, BROADCAST, ALL, 68},
    {"request without ciaddr from an address", 3, 5, 0, 0, YIADDR, FROM, 0, 0, LINK, YIADDR, 68},
    /* it has none yet */
    {"offer", 1, 2, 0, 0, YIADDR, 0, 0, 0, LINK, YIADDR, 68},
    {"ack in selecting", 3, 5, 0, 0, YIADDR, 0, 0, SERVER_ID, LINK, YIADDR, 68},
    {"ack in init-reboot", 3, 5, 0, 0, YIADDR, 0, 0, 0, LINK, YIADDR, 68},
    {"bootp reply", 0, 0, 0, 0, YIADDR, 0, 0, 0, LINK, YIADDR, 68},
    {"broadcast flag", 1, 2, 0, 0, YIADDR, 0, BCAST, 0, BROADCAST, ALL, 68},
    {"broadcast flag in the reply only", 1, 2, 0, 0, YIADDR, 0, 0, REPLY_FLAG, BROADCAST, ALL, 68},
    {"another flag", 1, 2, 0, 0, YIADDR, 0, 0x7fff, 0, LINK, YIADDR, 68},
    {"always broadcast", 1, 2, 0, 0, YIADDR, 0, 0, ALWAYS, BROADCAST, ALL, 68},
    {"interface cannot", 1, 2, 0, 0, YIADDR, 0, 0, NO_LINK, BROADCAST, ALL, 68},
    {"InfiniBand has no chaddr", 1, 2, 0, 0, YIADDR, 0, 0, NO_CHADDR, BROADCAST, ALL, 68},
    {"no address in the offer", 1, 2, 0, 0, 0, 0, 0, 0, BROADCAST, ALL, 68},
};

static struct pxe_dhcp_msg request, reply;

static void fill(size_t i)
{
	static const uint8_t relay_port[] = {1, 1, 'x', PXE_AGENT_RELAY_PORT, 0};
	static const uint8_t bad[] = {1, 9, 'x', PXE_AGENT_RELAY_PORT, 0};

	pxe_dhcp_init(&request);
	pxe_dhcp_init(&reply);
	request.type = (uint8_t)rule[i].request;
	reply.type = (uint8_t)rule[i].reply;
	request.giaddr.v = reply.giaddr.v = rule[i].giaddr;
	request.ciaddr.v = rule[i].ciaddr;
	reply.yiaddr.v = rule[i].yiaddr;
	request.flags = reply.flags = (uint16_t)rule[i].flags;
	request.htype = 1;
	request.hlen = (rule[i].odd & NO_CHADDR) != 0 ? 0 : 6;
	if ((rule[i].odd & REPLY_FLAG) != 0)
		reply.flags = BCAST;
	if ((rule[i].odd & SERVER_ID) != 0)
		ck_assert_int_eq(pxe_dhcp_set_u32(&request, 54, 0x0a000001), 0);
	if ((rule[i].odd & RELAY_PORT) != 0)
		ck_assert_int_eq(pxe_dhcp_set(&request, 82, relay_port, sizeof(relay_port)), 0);
	if ((rule[i].odd & OTHER_AGENT) != 0)
		ck_assert_int_eq(pxe_dhcp_set(&request, 82, relay_port, 3), 0);
	if ((rule[i].odd & BAD_AGENT) != 0)
		ck_assert_int_eq(pxe_dhcp_set(&request, 82, bad, sizeof(bad)), 0);
}

static struct pxe_dhcp_dest ask(size_t i, uint16_t from_port)
{
	struct pxe_dhcp_dest_how how = {
	    .server_port = 67,
	    .client_port = 68,
	    .always_broadcast = (rule[i].odd & ALWAYS) != 0,
	    .can_link = (rule[i].odd & NO_LINK) == 0,
	    .from = {rule[i].from},
	    .from_port = from_port,
	};

	fill(i);
	return pxe_dhcp_dest(&request, &reply, &how);
}

START_TEST(rules)
{
	for (size_t i = 0; i < ROWS(rule); i++) {
		struct pxe_dhcp_dest to = ask(i, 1234);

		ck_assert_msg(
		    to.via == rule[i].via && to.ip.v == rule[i].ip && to.port == rule[i].port,
		    "%s: via %d to %08x port %u", rule[i].what, to.via, to.ip.v, to.port);
	}
}
END_TEST

/* A source port that nobody told us is no destination. */
START_TEST(unknown_source_port)
{
	for (size_t i = 0; i < ROWS(rule); i++)
		ck_assert_int_ne(ask(i, 0).port, 0);
}
END_TEST

START_TEST(moved_ports)
{
	struct pxe_dhcp_dest_how how = {.server_port = 6767, .client_port = 6768, .can_link = true};

	fill(0);
	ck_assert_uint_eq(pxe_dhcp_dest(&request, &reply, &how).port, 6767);
	request.giaddr.v = 0;
	ck_assert_uint_eq(pxe_dhcp_dest(&request, &reply, &how).port, 6768);
	reply.type = PXE_DHCP_NAK;
	ck_assert_uint_eq(pxe_dhcp_dest(&request, &reply, &how).port, 6768);
}
END_TEST

/* A relay asks with the reply alone, giaddr cleared; a server's reply has a server id and often
 * ciaddr. */
START_TEST(as_a_relay_asks)
{
	static const struct {
		unsigned type;
		uint32_t ciaddr, yiaddr;
		unsigned flags;
		enum pxe_dhcp_via via;
		uint32_t ip;
	} fact[] = {
	    {2, 0, YIADDR, 0, LINK, YIADDR},
	    {5, CIADDR, CIADDR, 0, LINK, CIADDR},
	    {5, CIADDR, 0, 0, UNICAST, CIADDR}, /* answer to an INFORM */
	    {2, 0, YIADDR, BCAST, BROADCAST, ALL},
	    {6, 0, 0, BCAST, BROADCAST, ALL},
	    {6, 0, 0, 0, BROADCAST, ALL},
	    {0, 0, YIADDR, 0, LINK, YIADDR},
	};
	struct pxe_dhcp_dest_how how = {.server_port = 67, .client_port = 68, .can_link = true};

	for (size_t i = 0; i < ROWS(fact); i++) {
		struct pxe_dhcp_dest to;

		pxe_dhcp_init(&reply);
		reply.type = (uint8_t)fact[i].type;
		reply.hlen = 6;
		reply.ciaddr.v = fact[i].ciaddr;
		reply.yiaddr.v = fact[i].yiaddr;
		reply.flags = (uint16_t)fact[i].flags;
		if (fact[i].type != 0)
			ck_assert_int_eq(pxe_dhcp_set_u32(&reply, 54, 0x0a000001), 0);
		to = pxe_dhcp_dest(&reply, &reply, &how);
		ck_assert_msg(
		    to.via == fact[i].via && to.ip.v == fact[i].ip, "%zu: via %d", i, to.via);
	}
}
END_TEST

CHECK_MAIN("proto/dhcp_dest", rules, unknown_source_port, moved_ports, as_a_relay_asks)
