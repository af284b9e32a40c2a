/* SPDX-License-Identifier: BSD-2-Clause */
/* relay_fuzz.c -- any bytes through the relay in both directions, under every option-82 policy.
 *
 * First byte: bits 0-2 policy (5..7: none), 3 -a, 4 -D, 5 RFC 5107, 6 interface, 7 to the boot
 * servers' port, and servers by hash. The rest is the datagram, in a buffer of just the size a
 * received one has, so that AddressSanitizer sees an append that goes past it.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "relayd/core/agent.h"
#include "relayd/core/relay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CAP = 1500 };

static void add_port(struct relay *r, unsigned ifindex, const char *name, uint32_t ip, bool down)
{
	struct agent_conf agent = {.circuit_id = "${ifname}",
	    .remote_id = "${mac}",
	    .hostname = "h",
	    .link_selection = true};
	struct port port = {.ifindex = ifindex,
	    .hw = {.type = 1, .len = 6},
	    .is_down = down,
	    .is_up = !down,
	    .can_link = true,
	    .ip = {ip}};
	struct pxe_ip4 addr = {ip};

	memcpy(port.name, name, 3);
	if (agent_fill(&agent, &port) != 0 || ports_add(&r->ports, &port, &addr, 1) != 0)
		abort();
}

static void check(const struct relay_in *in, const struct relay_out *out)
{
	assert((out->dir == RELAY_DROP) == (out->reason != PXE_REASON_OK));
	if (out->dir == RELAY_DROP)
		return;
	assert(out->pk.p == in->pkt && out->pk.len <= in->cap && out->pk.len >= 236);
	if (out->dir == RELAY_TO_SERVERS) {
		assert(out->pk.giaddr.v != 0 && out->pk.hops > 0 && out->nserver >= 1);
		assert(out->nserver <= 2 && (!out->on_boot_port || out->server[0] == 1));
		assert(in->pkt[0] == 1);
	} else {
		assert(out->out != NULL && out->out->is_down && in->pkt[0] == 2);
	}
}

static void one_way(struct relay *r, unsigned ifindex, bool boot, const uint8_t *data, size_t size)
{
	uint8_t *buf = malloc(CAP);
	struct relay_in in = {.pkt = buf,
	    .len = size,
	    .cap = CAP,
	    .from_port = 4011,
	    .on_boot_port = boot,
	    .ifindex = ifindex};
	struct pxe_now now = {.mono_us = 1000000};
	struct relay_out out;

	if (buf == NULL)
		return;
	in.from.v = 0x0a020009;
	memcpy(buf, data, size);
	relay_packet(r, &in, &now, &out);
	check(&in, &out);
	free(buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct pxe_hash_seed seed = {5, 6};
	struct servers_conf servers = {.policy = SERVERS_ALL};
	bool boot = size > 0 && (data[0] & 128) != 0;
	static struct relay r;
	struct relay_conf conf = {
	    .server_port = 67, .client_port = 68, .hops_max = 10, .agent_max = 576};

	if (size < 1 || size - 1 > CAP)
		return 0;
	conf.policy = (data[0] & 7) <= RELAY_POLICY_DISCARD ? (enum relay_policy)(data[0] & 7)
							    : RELAY_POLICY_STANDARD;
	conf.agent = (data[0] & 8) != 0;
	conf.drop_mismatch = (data[0] & 16) != 0;
	conf.server_id_override = (data[0] & 32) != 0;
	if (boot)
		servers.policy = SERVERS_HASH;
	relay_init(&r, &conf, &servers, 0, &seed);
	add_port(&r, 1, "c0", 0x0a010001, true);
	add_port(&r, 2, "u0", 0x0a020001, false);
	if (ports_seal(&r.ports) != 0 || servers_add(&r.servers, "s", SERVER_DHCP) != 0 ||
	    servers_add(&r.servers, "p", SERVER_PXE) != 0)
		abort();
	r.servers.v[0].to.ip = pxe_ip_from4((struct pxe_ip4){0x0a020009});
	r.servers.v[1].to.ip = pxe_ip_from4((struct pxe_ip4){0x0a02000a});
	one_way(&r, (data[0] & 64) != 0 ? 1 : 2, boot, data + 1, size - 1);
	/* and the same bytes as the other kind of message */
	if (size > 1) {
		uint8_t *turned = malloc(size - 1);

		if (turned != NULL) {
			memcpy(turned, data + 1, size - 1);
			turned[0] = (uint8_t)(3 - (turned[0] & 3));
			one_way(&r, (data[0] & 64) != 0 ? 2 : 1, boot, turned, size - 1);
			free(turned);
		}
	}
	relay_fini(&r);
	return 0;
}
