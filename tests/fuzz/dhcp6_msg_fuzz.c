/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp6_msg_fuzz.c -- DHCPv6 messages through any number of relays, and what their options hold.
 *
 * A message that unwraps is answered through the same relays, and the answer must unwrap again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/proto/dhcp6_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pxe_dhcp6_chain chain, back;
static uint8_t out[1 << 18];
static volatile unsigned read_bytes; /* so that reading is not optimised away */

/* A broken promise of the library, not of the input. */
static void must(bool holds)
{
	if (!holds)
		abort();
}

/* Go through checked options, and into those that nest. Reads every byte that it is given. */
static unsigned visit(struct pxe_bytes options, unsigned depth)
{
	struct pxe_rd rd = pxe_rd_init(options.p, options.len);
	struct pxe_dhcp6_opt opt;
	unsigned sum = 0;

	while (pxe_dhcp6_next(&rd, &opt)) {
		struct pxe_dhcp6_ia ia;
		struct pxe_dhcp6_lease lease;
		struct pxe_hwaddr hw;
		struct pxe_rd items = pxe_rd_init(opt.value.p, opt.value.len);
		struct pxe_bytes item;

		must(opt.value.p >= options.p);
		must(opt.value.p + opt.value.len <= options.p + options.len);
		for (size_t i = 0; i < opt.value.len; i++)
			sum += opt.value.p[i];
		while (pxe_dhcp6_item_next(&items, &item))
			sum += (unsigned)item.len;
		if (depth < 4 && pxe_dhcp6_parse_ia(opt.code, opt.value, &ia) == 0)
			sum += visit(ia.options, depth + 1);
		if (depth < 4 && pxe_dhcp6_parse_lease(opt.code, opt.value, &lease) == 0) {
			must(lease.prefix_len <= 128 && lease.preferred_s <= lease.valid_s);
			sum += visit(lease.options, depth + 1);
		}
		if (pxe_dhcp6_duid_hwaddr(opt.value, &hw))
			must(hw.len > 0 && hw.len <= PXE_HWADDR_MAX);
	}
	must(rd.err == 0);
	return sum;
}

static void answer(void)
{
	uint8_t reply[4];
	struct pxe_wr wr = pxe_wr_init(reply, sizeof(reply));

	pxe_dhcp6_put_header(&wr, PXE_DHCP6_REPLY, chain.inner.xid);
	wr = pxe_wr_init(out, sizeof(out));
	pxe_dhcp6_wrap(&wr, &chain, (struct pxe_bytes){reply, sizeof(reply)});
	if (wr.err != 0)
		return; /* echoed options can make the answer too long for its lengths */
	must(pxe_dhcp6_unwrap(out, wr.len, &back) == 0);
	must(back.nrelay == chain.nrelay && back.inner.xid == chain.inner.xid);
	for (unsigned i = 0; i < back.nrelay; i++)
		must(back.relay[i].hops == chain.relay[i].hops);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned sum = 0;

	if (size > 65535 || pxe_dhcp6_unwrap(data, size, &chain) != 0)
		return 0;
	for (unsigned i = 0; i < chain.nrelay; i++)
		sum += visit(chain.relay[i].options, 0);
	sum += visit(chain.inner.options, 0);
	(void)pxe_dhcp6_is_requested(chain.inner.options, 59);
	read_bytes = sum;
	answer();
	return 0;
}
