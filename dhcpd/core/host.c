/* SPDX-License-Identifier: BSD-2-Clause */
/* host.c -- the host declaration of a client. */
#include "dhcpd/core/host.h"

static bool on_network(const struct conf *conf, struct pxe_ip4 ip, const struct network *net)
{
	struct pxe_ip any = pxe_ip_from4(ip);
	const struct subnet *s = conf_subnet(conf, &any);

	return s != NULL && s->network == net;
}

static bool fixed_here(
    const struct conf *conf, const struct host *h, const struct network *net, struct pxe_ip4 *out)
{
	for (size_t i = 0; i < h->nfixed; i++) {
		if (on_network(conf, h->fixed[i], net)) {
			*out = h->fixed[i];
			return true;
		}
	}
	for (size_t i = 0; i < h->nfixed_name; i++) {
		for (size_t k = 0; k < h->fixed_name[i]->naddr; k++) {
			const struct pxe_ip *a = &h->fixed_name[i]->addr[k];

			if (a->family == 4 && on_network(conf, a->v4, net)) {
				*out = a->v4;
				return true;
			}
		}
	}
	return false;
}

/* Weigh one more declaration; true when nothing better can come. */
static bool consider(
    const struct conf *conf, const struct host *h, const struct network *net, struct host_match *m)
{
	m->known = true;
	if (net != NULL && fixed_here(conf, h, net, &m->fixed)) {
		m->host = h;
		m->is_fixed = true;
		return true;
	}
	if (h->nfixed == 0 && h->nfixed_name == 0 && m->host == NULL)
		m->host = h;
	return false;
}

static void by_ident(const struct conf *conf, const struct packet_view *view,
    const struct network *net, struct host_match *m)
{
	const struct pxe_opt_def *def = NULL;
	int relay = -1;

	for (size_t i = 0; conf_ident_kind(conf, i, &def, &relay); i++) {
		struct pxe_bytes value = packet_option(view, def);
		const struct host *h = NULL;

		if (value.p == NULL)
			continue;
		while ((h = conf_host_by_ident(conf, def, relay, value, h)) != NULL)
			if (consider(conf, h, net, m))
				return;
	}
}

struct host_match host_find(const struct conf *conf, const struct client_key *key,
    const struct packet_view *view, const struct network *net)
{
	struct host_match m = {0};
	const struct host *h = NULL;

	while (key->uid.len > 0 && (h = conf_host_by_client_id(conf, key->uid, h)) != NULL)
		if (consider(conf, h, net, &m))
			return m;
	if (m.host != NULL)
		return m;
	while (key->hw.len > 0 && (h = conf_host_by_hw(conf, &key->hw, h)) != NULL)
		if (consider(conf, h, net, &m))
			return m;
	if (m.host == NULL)
		by_ident(conf, view, net, &m);
	return m;
}

bool host_reserves(const struct conf *conf, struct pxe_ip4 ip)
{
	return conf_host_by_fixed(conf, ip, NULL) != NULL;
}
