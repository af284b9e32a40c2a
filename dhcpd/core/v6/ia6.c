/* SPDX-License-Identifier: BSD-2-Clause */
/* ia6.c -- identity associations: walk those of a message, and write one into an answer. */
#include "dhcpd/core/v6/exchange6.h"

uint16_t ia6_code(enum lease6_kind kind)
{
	static const uint16_t codes[LEASE6_KIND_COUNT] = {[LEASE6_NA] = PXE_DHCP6_OPT_IA_NA,
	    [LEASE6_TA] = PXE_DHCP6_OPT_IA_TA,
	    [LEASE6_PD] = PXE_DHCP6_OPT_IA_PD};

	return codes[kind];
}

uint16_t ia6_lease_code(enum lease6_kind kind)
{
	return kind == LEASE6_PD ? PXE_DHCP6_OPT_IA_PREFIX : PXE_DHCP6_OPT_IA_ADDR;
}

/* Addresses first, then temporary ones, then prefixes, as ISC answers them. */
unsigned ia6_each(struct exchange6 *x, ia6_fn f, void *arg)
{
	unsigned n = 0;

	for (unsigned k = 0; k < LEASE6_KIND_COUNT; k++) {
		enum lease6_kind kind = (enum lease6_kind)k;
		struct pxe_rd rd = pxe_rd_init(x->req->options.p, x->req->options.len);
		struct pxe_dhcp6_opt o;
		struct pxe_dhcp6_ia ia;

		while (pxe_dhcp6_next(&rd, &o)) {
			if (o.code != ia6_code(kind) ||
			    pxe_dhcp6_parse_ia(o.code, o.value, &ia) != 0)
				continue;
			if (n == EXCHANGE6_IA_MAX) {
				x->detail = "more identity associations than are looked at";
				return n;
			}
			n++;
			f(x, kind, &ia, arg);
		}
	}
	return n;
}

bool ia6_next_lease(struct pxe_rd *rd, enum lease6_kind kind, struct pxe_dhcp6_lease *out)
{
	struct pxe_dhcp6_opt o;

	while (pxe_dhcp6_next(rd, &o))
		if (o.code == ia6_lease_code(kind) &&
		    pxe_dhcp6_parse_lease(o.code, o.value, out) == 0)
			return true;
	return false;
}

void ia6_put_status(struct exchange6 *x, enum lease6_kind kind, const struct pxe_dhcp6_ia *ia,
    uint16_t status, const char *text)
{
	struct pxe_dhcp6_ia head = {.iaid = ia->iaid};
	struct pxe_dhcp6_open open = pxe_dhcp6_open_ia(&x->ias, ia6_code(kind), &head);

	pxe_dhcp6_put_status(&x->ias, status, text);
	pxe_dhcp6_close(&x->ias, open);
}
