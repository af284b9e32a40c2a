/* SPDX-License-Identifier: BSD-2-Clause */
/* decline.c -- Decline (RFC 8415 18.3.8): somebody else uses an address that we gave. */
#include "dhcpd/core/v6/exchange6.h"

static bool put_away(
    struct exchange6 *x, const struct ia6 *rec, const struct pxe_dhcp6_lease *asked)
{
	struct core6 *c = x->core;
	struct lease6 *l = lease6_find(&c->leases, &asked->ip, asked->prefix_len);
	char text[PXE_PREFIX_STRLEN];
	bool mine = l != NULL && rec != NULL && l->ia == rec && l->state == LEASE_ACTIVE;

	(void)lease6_text_of(&asked->ip, asked->prefix_len, text);
	if (mine)
		fx_log(x->fx, FX_LOG_ERROR,
		    "Client %s reports address %s is already in use by another host!", x->duid_text,
		    text);
	else
		fx_log(x->fx, FX_LOG_INFO,
		    "Client %s declines address %s, which is not offered to it.", x->duid_text,
		    text);
	if (!mine)
		return false;
	if (x->ip.family == 0)
		x->ip = (struct pxe_ip){.family = 6, .v6 = l->ip};
	lease6_abandon(&c->leases, l, x->now_s);
	return true;
}

/* A prefix cannot be in use by somebody on the link, so Decline does not speak of them. */
static void decline(
    struct exchange6 *x, enum lease6_kind kind, const struct pxe_dhcp6_ia *ia, void *arg)
{
	struct core6 *c = x->core;
	struct ia6 *rec = ia6_find(&c->leases, kind, ia->iaid, x->duid);
	struct pxe_rd rd = pxe_rd_init(ia->options.p, ia->options.len);
	struct pxe_dhcp6_lease asked;
	uint32_t version = rec != NULL ? rec->version : 0;
	unsigned named = 0, mine = 0;

	(void)arg;
	if (kind == LEASE6_PD)
		return;
	while (ia6_next_lease(&rd, kind, &asked))
		named++, mine += put_away(x, rec, &asked) ? 1 : 0;
	if (named > 0 && mine == 0) {
		x->outcome.reason = PXE_REASON_UNKNOWN_LEASE;
		ia6_put_status(x, kind, ia, STATUS6_NO_BINDING, "Decline for unknown address.");
	}
	if (rec != NULL && rec->version != version) {
		core6_commit(c, rec, x->fx);
		x->committed = true;
	}
}

void v6_decline(struct exchange6 *x)
{
	reply6_begin(x, PXE_DHCP6_REPLY);
	x->outcome.reason = PXE_REASON_IN_USE;
	(void)ia6_each(x, decline, NULL);
	x->net = NULL; /* ISC answers it by the root scope, wherever the client is */
	exchange6_choose(x, NULL, NULL, NULL, false);
	reply6_send(x, REPLY6_IAS_LAST, STATUS6_SUCCESS, "Decline received.");
}
