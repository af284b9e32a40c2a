/* SPDX-License-Identifier: BSD-2-Clause */
/* reply.c -- errors to those who have no transfer. */
#include "tftpd/reply.h"

#include <string.h>

#include "libpxecommon/proto/tftp.h"

enum { STRAYS_PER_S = 100, HINTS_PER_S = 20 };

static bool is_subnet_broadcast(const struct worker *w, struct pxe_ip4 ip, unsigned ifindex)
{
	const struct pxe_iface *iface = pxe_iface_by_index(w->ifaces, ifindex);

	for (size_t i = 0; iface != NULL && i < iface->naddr; i++) {
		const struct pxe_prefix *p = &iface->addr[i].prefix;

		if (p->ip.family == 4 && p->len < 31 &&
		    ip.v == (p->ip.v4.v | ~pxe_ip4_mask(p->len).v))
			return true;
	}
	return false;
}

bool reply_was_broadcast(const struct worker *w, const struct pxe_dgram *dg)
{
	if (pxe_ip_is_multicast(&dg->to))
		return true;
	return dg->to.family == 4 &&
	       (dg->to.v4.v == UINT32_MAX || is_subnet_broadcast(w, dg->to.v4, dg->ifindex));
}

struct pxe_dgram_out reply_route(const struct worker *w, const struct pxe_dgram *dg)
{
	struct pxe_dgram_out out = {.to = dg->from};

	if (reply_was_broadcast(w, dg))
		out.ifindex = dg->ifindex;
	else
		out.from = dg->to;
	if (pxe_ip_is_link_local(&dg->from.ip))
		out.ifindex = dg->ifindex;
	return out;
}

bool reply_allowed(struct worker *w)
{
	/* One second at a time is exact enough for a budget. */
	int64_t second = w->now_us / 1000000;

	if (second != w->stray_second) {
		w->stray_second = second;
		w->strays = 0;
	}
	return w->strays++ < STRAYS_PER_S;
}

void reply_error(struct tid *tid, const struct pxe_dgram *dg, uint16_t code, const char *text)
{
	struct worker *w = tid->worker;
	size_t cap = PXE_TFTP_HEADER + strlen(text) + 1;
	const struct pxe_dgram_out out = reply_route(w, dg);
	uint8_t *buf = outbox_reserve(w, tid, cap);
	int n = pxe_tftp_build_error(buf, cap, code, text);

	if (n > 0)
		outbox_commit(w, &out, (size_t)n, NULL, 0);
}

bool reply_hint_allowed(struct worker *w)
{
	int64_t second = w->now_us / 1000000;

	if (second != w->hint_second) {
		w->hint_second = second;
		w->hints = 0;
	}
	return w->hints++ < HINTS_PER_S;
}
