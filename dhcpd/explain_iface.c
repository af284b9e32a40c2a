/* SPDX-License-Identifier: BSD-2-Clause */
/* explain_iface.c -- the interface that a client to be explained asks on. */
#include <string.h>

#include "dhcpd/explain.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/os/iface.h"

enum { ETHERNET_MTU = 1500 };

static void use(struct explain_iface *out, const char *name, const struct pxe_ip *ip)
{
	*out = (struct explain_iface){.mtu = ETHERNET_MTU, .hw = {.type = 1, .len = 6}};
	(void)pxe_str_copy(out->name, sizeof(out->name), name);
	if (ip != NULL)
		out->addr[out->naddr++] = *ip;
}

/* The address that IPv4 answers come from is first. */
static void use_real(struct explain_iface *out, const struct pxe_iface *i, uint8_t family)
{
	struct pxe_ip first = pxe_iface_ip4(i);

	use(out, i->name, NULL);
	if (family == 4 && first.family == 4)
		out->addr[out->naddr++] = first;
	for (size_t k = 0; k < i->naddr && out->naddr < EXPLAIN_ADDRESSES_MAX; k++) {
		const struct pxe_ip *ip = &i->addr[k].prefix.ip;

		if (ip->family == family && (out->naddr == 0 || !pxe_ip_eq(ip, &out->addr[0])))
			out->addr[out->naddr++] = *ip;
	}
	out->mtu = i->mtu;
	out->hw = i->hw;
}

static bool serves(const struct conf *conf, const struct pxe_iface *i, uint8_t family)
{
	if (conf_network_by_interface(conf, i->name) != NULL)
		return true;
	for (size_t k = 0; k < i->naddr; k++)
		if (i->addr[k].prefix.ip.family == family &&
		    conf_subnet(conf, &i->addr[k].prefix.ip) != NULL)
			return true;
	return false;
}

static int named(struct explain_iface *out, uint8_t family, const struct conf *conf,
    const struct pxe_ifaces *all, const char *name, struct pxe_text *why)
{
	const struct pxe_iface *i = all != NULL ? pxe_iface_by_name(all, name) : NULL;
	struct pxe_ip ip;
	char names[512];

	if (pxe_ip_parse(name, &ip) == 0 && ip.family == family) {
		use(out, "eth", &ip);
		return 0;
	}
	if (i != NULL) {
		use_real(out, i, family);
		return 0;
	}
	if (conf_network_by_interface(conf, name) != NULL) {
		use(out, name, NULL);
		return 0;
	}
	pxe_text_addf(why, "iface=%s: no such interface here; say an address, or one of: %s", name,
	    all != NULL ? pxe_ifaces_names(all, names, sizeof(names)) : "");
	return PXE_E_NOTFOUND;
}

/* The only interface here that a subnet is declared for; NULL when there is none or several. */
static const struct pxe_iface *only(const struct conf *conf, const struct pxe_ifaces *all,
    uint8_t family, bool any, bool *out_several)
{
	const struct pxe_iface *found = NULL, *i = NULL;

	*out_several = false;
	for (size_t k = 0; all != NULL && (i = pxe_iface_at(all, k)) != NULL; k++) {
		if ((i->flags & IFF_LOOPBACK) != 0 || !serves(conf, i, family))
			continue;
		if (found != NULL && !any)
			*out_several = true;
		if (found == NULL)
			found = i;
	}
	return *out_several ? NULL : found;
}

static const struct subnet *first_subnet(const struct conf *conf, uint8_t family, bool *out_several)
{
	const struct subnet *found = NULL;
	size_t n = 0;

	for (const struct network *net = conf_networks(conf); net != NULL; net = net->next) {
		if (net->subnet == NULL || net->subnet->prefix.ip.family != family)
			continue;
		if (n++ == 0)
			found = net->subnet;
	}
	*out_several = n > 1;
	return found;
}

/* The first address of the first subnet stands in for ours. */
static int assume(struct explain_iface *out, uint8_t family, const struct conf *conf, bool relayed,
    bool several, struct pxe_text *why)
{
	bool many = false;
	const struct subnet *s = first_subnet(conf, family, &many);
	struct pxe_ip ip;

	if (s == NULL) {
		pxe_text_add(why, "the configuration has no subnet");
		return PXE_E_NOTFOUND;
	}
	if (several || (many && !relayed)) {
		pxe_text_addf(why, "which network does the client ask on? say %s= or iface=",
		    family == 6 ? "link-address" : "giaddr");
		return PXE_E_NOTFOUND;
	}
	ip = s->prefix.ip;
	if (family == 6)
		ip.v6.b[sizeof(ip.v6.b) - 1] |= 1;
	else
		ip.v4.v++;
	use(out, "eth", &ip);
	out->assumed = true;
	return 0;
}

int explain_iface_choose(uint8_t family, const struct conf *conf, const char *wanted, bool relayed,
    struct explain_iface *out, struct pxe_text *why)
{
	struct pxe_ifaces *all = NULL;
	const struct pxe_iface *i = NULL;
	bool several = false;
	int err = 0;

	(void)pxe_ifaces_open(NULL, NULL, NULL, &all);
	if (wanted != NULL) {
		err = named(out, family, conf, all, wanted, why);
	} else {
		i = only(conf, all, family, relayed, &several);
		if (i != NULL)
			use_real(out, i, family);
		else
			err = assume(out, family, conf, relayed, several, why);
	}
	pxe_ifaces_close(all);
	return err;
}
