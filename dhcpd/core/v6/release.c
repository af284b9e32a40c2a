/* SPDX-License-Identifier: BSD-2-Clause */
/* release.c -- Release (RFC 8415 18.3.7). */
#include "dhcpd/core/v6/exchange6.h"

/* Run what `on release` says for the lease. */
static void run_event(struct exchange6 *x, struct lease6 *l)
{
	exchange6_choose(x, &l->ip, core6_space_of(x->core, l), l, false);
	exchange6_evaluate(x);
	exchange6_run_events(x, ON_RELEASE);
}

static bool give_back(struct exchange6 *x, enum lease6_kind kind, const struct ia6 *rec,
    const struct pxe_dhcp6_lease *asked)
{
	struct core6 *c = x->core;
	struct lease6 *l = lease6_find(&c->leases, &asked->ip, asked->prefix_len);
	const char *what = kind == LEASE6_PD ? "prefix" : "address";
	char text[PXE_PREFIX_STRLEN];
	bool fixed = host6_has(&x->host, &asked->ip, asked->prefix_len);
	bool held =
	    l != NULL && l->ia == rec && l->state != LEASE_FREE && l->state != LEASE_ABANDONED;

	fx_log(x->fx, FX_LOG_INFO, "Client %s releases %s %s%s", x->duid_text, what,
	    lease6_text_of(&asked->ip, asked->prefix_len, text),
	    held || fixed ? "" : ", which is not leased to it.");
	if (!held)
		return fixed; /* there is nothing to free */
	if (x->ip.family == 0)
		x->ip = (struct pxe_ip){.family = 6, .v6 = l->ip};
	if (l->state == LEASE_ACTIVE) {
		run_event(x, l);
		lease6_end(&c->leases, l, LEASE_RELEASED, x->now_s);
	}
	return true;
}

static void release(
    struct exchange6 *x, enum lease6_kind kind, const struct pxe_dhcp6_ia *ia, void *arg)
{
	struct core6 *c = x->core;
	struct ia6 *rec = ia6_find(&c->leases, kind, ia->iaid, x->duid);
	struct pxe_rd rd = pxe_rd_init(ia->options.p, ia->options.len);
	struct pxe_dhcp6_lease asked;
	uint32_t version = rec != NULL ? rec->version : 0;
	unsigned named = 0, mine = 0;

	(void)arg;
	while (ia6_next_lease(&rd, kind, &asked))
		named++, mine += give_back(x, kind, rec, &asked) ? 1 : 0;
	if (named > 0 && mine == 0) {
		x->outcome.reason = PXE_REASON_UNKNOWN_LEASE;
		ia6_put_status(x, kind, ia, STATUS6_NO_BINDING,
		    kind == LEASE6_PD ? "Release for non-leased prefix."
				      : "Release for non-leased address.");
	}
	if (rec != NULL && rec->version != version) {
		core6_commit(c, rec, x->fx);
		x->committed = true;
	}
}

void v6_release(struct exchange6 *x)
{
	reply6_begin(x, PXE_DHCP6_REPLY);
	(void)ia6_each(x, release, NULL);
	x->net = NULL; /* ISC answers it by the root scope, wherever the client is */
	exchange6_choose(x, NULL, NULL, NULL, false);
	reply6_send(x, REPLY6_IAS_LAST, STATUS6_SUCCESS, "Release received.");
}
