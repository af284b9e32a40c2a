/* SPDX-License-Identifier: BSD-2-Clause */
/* host6.c -- the host declaration of a DHCPv6 client. */
#include "dhcpd/core/v6/host6.h"

#include <string.h>

enum { DUID_UUID = 4, DUID_UUID_LEN = 18 };

static bool fixed_here(
    const struct conf *conf, const struct host *h, const struct network *net, struct pxe_ip6 *out)
{
	for (size_t i = 0; i < h->nfixed6; i++) {
		struct pxe_ip ip = {.family = 6, .v6 = h->fixed6[i]};
		const struct subnet *s = conf_subnet(conf, &ip);

		if (s != NULL && s->network == net) {
			*out = h->fixed6[i];
			return true;
		}
	}
	return false;
}

static bool consider(
    const struct conf *conf, const struct host *h, const struct network *net, struct host6_match *m)
{
	m->known = true;
	if (net != NULL && fixed_here(conf, h, net, &m->fixed)) {
		m->host = h;
		m->is_fixed = true;
		return true;
	}
	if (h->nfixed6 == 0 && m->host == NULL)
		m->host = h;
	return false;
}

static bool by_value(const struct conf *conf, const struct pxe_opt_def *def, int relay,
    struct pxe_bytes value, const struct network *net, struct host6_match *m)
{
	const struct host *h = NULL;

	while ((h = conf_host_by_ident(conf, def, relay, value, h)) != NULL)
		if (consider(conf, h, net, m))
			return true;
	return false;
}

/* The first three fields of a UUID the other way round: what is little-endian in SMBIOS. */
static bool swap_uuid(struct pxe_bytes duid, uint8_t out[DUID_UUID_LEN])
{
	static const uint8_t order[DUID_UUID_LEN] = {
	    0, 1, 5, 4, 3, 2, 7, 6, 9, 8, 10, 11, 12, 13, 14, 15, 16, 17};

	if (duid.len != DUID_UUID_LEN || duid.p[0] != 0 || duid.p[1] != DUID_UUID)
		return false;
	for (size_t i = 0; i < DUID_UUID_LEN; i++)
		out[i] = duid.p[order[i]];
	return true;
}

static bool is_client_id(const struct pxe_opt_def *def)
{
	return def->code == PXE_DHCP6_OPT_CLIENT_ID && strcmp(def->space->name, "dhcp6") == 0;
}

/* True when nothing better can come. */
static bool by_ident(const struct conf *conf, const struct packet6_view *view,
    const struct network *net, struct host6_match *m)
{
	const struct pxe_opt_def *def = NULL;
	uint8_t swapped[DUID_UUID_LEN];
	int relay = -1;

	for (size_t i = 0; conf_ident_kind(conf, i, &def, &relay); i++) {
		struct pxe_bytes value = relay < 0
					     ? packet6_option(view, def)
					     : packet6_relay_option(view, (unsigned)relay, def);

		if (value.p == NULL)
			continue;
		if (by_value(conf, def, relay, value, net, m))
			return true;
		if (is_client_id(def) && swap_uuid(value, swapped) &&
		    by_value(
			conf, def, relay, (struct pxe_bytes){swapped, sizeof(swapped)}, net, m))
			return true;
	}
	return m->known;
}

struct host6_match host6_find(const struct conf *conf, const struct pxe_hwaddr *hw,
    const struct packet6_view *view, const struct network *net)
{
	struct host6_match m = {0};
	const struct host *h = NULL;

	if (by_ident(conf, view, net, &m) || hw == NULL || hw->len == 0)
		return m;
	while ((h = conf_host_by_hw(conf, hw, h)) != NULL)
		if (consider(conf, h, net, &m))
			return m;
	return m;
}

bool host6_has(const struct host6_match *m, const struct pxe_ip6 *ip, uint8_t len)
{
	if (m->is_fixed && len == 128 && memcmp(m->fixed.b, ip->b, sizeof(ip->b)) == 0)
		return true;
	for (size_t i = 0; m->host != NULL && i < m->host->nfixed_prefix6; i++) {
		const struct pxe_prefix *p = &m->host->fixed_prefix6[i];

		if (p->len == len && memcmp(p->ip.v6.b, ip->b, sizeof(ip->b)) == 0)
			return true;
	}
	return false;
}
