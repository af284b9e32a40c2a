/* SPDX-License-Identifier: BSD-2-Clause */
/* relay6_fuzz.c -- any bytes through the DHCPv6 relay, from below, from above and on a link of
 * both.
 *
 * First byte: bits 0-1 the interface (0: none of ours), 2 -I, 3 one link only, 4 another port, 5
 * with a link-layer address, 6 all identifiers, 7 one server by hash. What goes up must be a
 * message again, with the original inside.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "relayd/core/relay6.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct relay6_in *in, const struct relay6_out *out)
{
	static uint8_t sent[RELAY6_HEAD_MAX + 65536];
	struct pxe_dhcp6_msg m;
	struct pxe_bytes inner;

	assert((out->dir == RELAY6_DROP) == (out->reason != PXE_REASON_OK));
	if (out->dir == RELAY6_DROP)
		return;
	assert(out->lower != NULL && out->body.len > 0 && out->to_port != 0);
	assert(out->body.p >= in->pkt && out->body.p + out->body.len <= in->pkt + in->len);
	if (out->dir == RELAY6_DOWN) {
		assert(out->head_len == 0 && out->nup == 0 && out->upper != NULL &&
		       out->lower->ifindex != 0);
		return;
	}
	assert(out->nup > 0 && out->nup <= 2);
	memcpy(sent, out->head, out->head_len);
	memcpy(sent + out->head_len, out->body.p, out->body.len);
	assert(pxe_dhcp6_parse(sent, out->head_len + out->body.len, &m) == 0);
	assert(m.type == PXE_DHCP6_RELAY_FORW);
	inner = pxe_dhcp6_get(m.options, PXE_DHCP6_OPT_RELAY_MSG);
	assert(inner.len == in->len && memcmp(inner.p, in->pkt, in->len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct relay6_lower lower[2] = {
	    {.ifindex = 1, .link.b = {0x20, 1, [15] = 1}, .id = "l0", .id_len = 2},
	    {.ifindex = 3, .id = "b0", .id_len = 2}};
	struct relay6_upper upper[2] = {{.ifindex = 2}, {.ifindex = 3}};
	struct relay6 r = {.conf = {.server_port = 547, .client_port = 546, .hops_max = 8},
	    .lower = lower,
	    .nlower = 2,
	    .upper = upper,
	    .nupper = 2};
	static struct relay6_out out;
	struct relay6_in in = {.from.b = {0xfe, 0x80, [15] = 2}, .from_port = 547};
	uint8_t *pkt = NULL;

	if (size < 1 || size > 65536 || (pkt = malloc(size)) == NULL)
		return 0;
	/* Exactly its size, so that AddressSanitizer sees a read past it. */
	memcpy(pkt, data + 1, size - 1);
	in.pkt = pkt;
	in.len = size - 1;
	in.ifindex = data[0] & 3;
	r.conf.interface_id = (data[0] & 4) != 0;
	r.nlower = (data[0] & 8) != 0 ? 1 : 2;
	in.from_port = (data[0] & 16) != 0 ? 1547 : 547;
	if ((data[0] & 32) != 0)
		in.from_hw = (struct pxe_hwaddr){.type = 1, .len = 6};
	for (size_t i = 0; i < 2 && (data[0] & 64) != 0; i++)
		lower[i].id_len = lower[i].remote_id_len = lower[i].subscriber_id_len =
		    RELAY6_ID_MAX;
	if ((data[0] & 128) != 0)
		r.conf.servers.policy = SERVERS_HASH;
	assert(relay6_seal(&r) == 0);
	relay6_packet(&r, &in, &out);
	check(&in, &out);
	relay6_unseal(&r);
	free(pkt);
	return 0;
}
