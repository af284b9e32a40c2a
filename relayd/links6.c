/* SPDX-License-Identifier: BSD-2-Clause */
/* links6.c -- from the kernel's interfaces and the configuration to the links of core/relay6.h. */
#include "relayd/links6.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"
#include "relayd/core/agent.h"
#include "relayd/ifmap.h"
#include "relayd/relayd6.h"

/* ff02::1:2, All_DHCP_Relay_Agents_and_Servers, and ff05::1:3, All_DHCP_Servers (RFC 8415 7.1). */
static const struct pxe_ip agents_group = {.family = 6, .v6.b = {0xff, 0x02, [13] = 1, [15] = 2}};
static const struct pxe_ip6 servers_group = {.b = {0xff, 0x05, [13] = 1, [15] = 3}};

/* The address that tells the servers the link: the one that was asked for while the interface has
 * it, else its first that is not link-local. */
static struct pxe_ip6 choose_link(
    const struct pxe_iface *iface, const struct relayd_conf_link *want)
{
	for (size_t i = 0; i < iface->naddr; i++) {
		const struct pxe_ip *ip = &iface->addr[i].prefix.ip;

		if (ip->family != 6 || pxe_ip_is_link_local(ip))
			continue;
		if (!want->has_address || memcmp(&ip->v6, &want->address, sizeof(ip->v6)) == 0)
			return ip->v6;
	}
	return (struct pxe_ip6){{0}};
}

static uint16_t expand(
    const struct relayd6 *d, const char *template, const struct pxe_iface *iface, uint8_t *out)
{
	struct port port = {.ifindex = iface->index, .hw = iface->hw};
	int n = 0;

	(void)pxe_str_copy(port.name, sizeof(port.name), iface->name);
	if (template != NULL && strstr(template, "${vlan}") != NULL)
		port.vlan = ifmap_vlan(iface->name);
	if (template != NULL)
		n = agent_expand(template, &port, d->sh.hostname, out, RELAY6_ID_MAX);
	if (n < 0)
		pxe_log_warning("%s: an identifier longer than %d bytes is left out", iface->name,
		    RELAY6_ID_MAX);
	return (uint16_t)(n > 0 ? n : 0);
}

/* dhcrelay's interface-id is an int as it lies in memory; servers have it in their files. */
static void set_id(struct relayd6 *d, struct relay6_lower *lower,
    const struct relayd_conf_link *want, const struct pxe_iface *iface)
{
	uint32_t id = want->has_id ? want->id : iface->index;

	lower->id_len = 0;
	if (d->sh.conf.interface_id != NULL && !want->has_id)
		lower->id_len = expand(d, d->sh.conf.interface_id, iface, lower->id);
	if (lower->id_len == 0) {
		memcpy(lower->id, &id, sizeof(id));
		lower->id_len = sizeof(id);
	}
}

/* Interfaces by name, for a look at all links; v NULL: there was no memory for it. */
struct by_name {
	const struct pxe_iface **v;
	size_t n;
};

static int compare_ifaces(const void *a, const void *b)
{
	const struct pxe_iface *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static void sort_ifaces(const struct pxe_ifaces *ifs, struct by_name *out)
{
	size_t n = 0;

	while (pxe_iface_at(ifs, n) != NULL)
		n++;
	out->v = calloc(n + 1, sizeof(const struct pxe_iface *));
	if (out->v == NULL)
		return;
	for (; out->n < n; out->n++)
		out->v[out->n] = pxe_iface_at(ifs, out->n);
	qsort(out->v, n, sizeof(*out->v), compare_ifaces);
}

static const struct pxe_iface *find_iface(
    const struct relayd6 *d, const struct by_name *ifaces, const char *name)
{
	struct pxe_iface key = {0};
	const struct pxe_iface *want = &key, **found = NULL;

	if (ifaces->v == NULL)
		return pxe_iface_by_name(d->sh.ifaces, name);
	(void)pxe_str_copy(key.name, sizeof(key.name), name);
	found = bsearch(&want, ifaces->v, ifaces->n, sizeof(*ifaces->v), compare_ifaces);
	return found != NULL ? *found : NULL;
}

static void join(struct relayd6 *d, size_t i, const struct pxe_iface *iface)
{
	int err = 0;

	if (d->links.joined[i] == iface->index)
		return;
	err = pxe_members_join(&d->links.members, &agents_group, iface->index);
	if (err != 0)
		pxe_log_error("%s: joining ff02::1:2: %s", iface->name, pxe_strerror(err));
	d->links.joined[i] = err == 0 ? iface->index : 0;
}

static void refresh_lower(struct relayd6 *d, const struct by_name *ifaces, size_t i)
{
	struct relay6_lower *lower = &d->relay.lower[i];
	const struct pxe_iface *iface = find_iface(d, ifaces, lower->name);
	struct relayd_conf_link want;

	(void)relayd_conf_link(d->sh.conf.lower.v[i], true, &want);
	lower->ifindex = iface != NULL ? iface->index : 0;
	if (iface == NULL)
		return;
	lower->link = choose_link(iface, &want);
	set_id(d, lower, &want, iface);
	lower->remote_id_len = expand(d, d->sh.conf.remote_id, iface, lower->remote_id);
	lower->subscriber_id_len = expand(d, d->sh.conf.subscriber_id, iface, lower->subscriber_id);
	join(d, i, iface);
}

void links6_refresh(struct relayd6 *d)
{
	struct by_name ifaces = {0};

	sort_ifaces(d->sh.ifaces, &ifaces);
	for (size_t i = 0; i < d->relay.nlower; i++)
		refresh_lower(d, &ifaces, i);
	for (size_t i = 0; i < d->relay.nupper; i++) {
		const struct pxe_iface *iface = find_iface(d, &ifaces, d->relay.upper[i].name);

		d->relay.upper[i].ifindex = iface != NULL ? iface->index : 0;
	}
	free(ifaces.v);
	if (relay6_seal(&d->relay) != 0)
		pxe_log_error("interfaces have changed, but: %s", pxe_strerror(-ENOMEM));
}

static void set_upper(struct relay6_upper *upper, const struct relayd_conf_link *link)
{
	struct pxe_ip ip = {.family = 6, .v6 = link->has_address ? link->address : servers_group};
	struct pxe_text label = pxe_text_init(upper->label, sizeof(upper->label));
	char buf[PXE_IP_STRLEN];

	memcpy(upper->name, link->name, sizeof(upper->name));
	upper->to = ip.v6;
	pxe_text_addf(&label, "%s%%%s", pxe_ip_str(&ip, buf), upper->name);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_served(const struct relay6 *r, struct links6 *links)
{
	links->nserved = 0;
	for (size_t i = 0; i < r->nlower; i++)
		links->served[links->nserved++] = r->lower[i].name;
	for (size_t i = 0; i < r->nupper; i++)
		links->served[links->nserved++] = r->upper[i].name;
	qsort(links->served, links->nserved, sizeof(*links->served), compare_names);
}

bool links6_serves(const struct relayd6 *d, const char *name)
{
	return bsearch(&name, d->links.served, d->links.nserved, sizeof(*d->links.served),
		   compare_names) != NULL;
}

static void free_arrays(struct relay6 *r, struct links6 *links)
{
	relay6_unseal(r);
	free(r->lower);
	free(r->upper);
	free(links->joined);
	free(links->served);
}

int links6_set_up(struct relayd6 *d, const struct relayd_conf *conf)
{
	/* A port changes with the next start only. */
	int64_t port = d->sh.conf.port, relay_port = d->sh.conf.relay_port;
	struct relay6 fresh = {.nlower = conf->lower.n, .nupper = conf->upper.n};
	struct links6 links = {.members = d->links.members};
	struct relayd_conf_link link;
	int err = 0;

	fresh.conf = (struct relay6_conf){
	    .server_port = (uint16_t)port,
	    /* dhcrelay -p moves the clients to the next port, also here. */
	    .client_port = (uint16_t)(port == RELAYD6_PORT ? RELAYD6_PORT - 1 : port + 1),
	    .hops_max = (unsigned)conf->hops,
	    .interface_id = conf->always_interface_id,
	    .enterprise = (uint32_t)conf->enterprise,
	    .relay_port = relay_port != 0,
	    .servers = relayd_conf_servers(conf),
	};
	err = uv_random(NULL, NULL, &fresh.seed, sizeof(fresh.seed), 0, NULL);
	if (err != 0) {
		pxe_log_error("random numbers: %s", uv_strerror(err));
		return err;
	}
	fresh.lower = calloc(fresh.nlower, sizeof(*fresh.lower));
	fresh.upper = calloc(fresh.nupper, sizeof(*fresh.upper));
	links.joined = calloc(fresh.nlower, sizeof(*links.joined));
	links.served = calloc(fresh.nlower + fresh.nupper, sizeof(const char *));
	if (fresh.lower == NULL || fresh.upper == NULL || links.joined == NULL ||
	    links.served == NULL || relay6_seal(&fresh) != 0) {
		free_arrays(&fresh, &links);
		pxe_log_error("out of memory");
		return -ENOMEM;
	}
	for (size_t i = 0; i < fresh.nlower; i++) {
		(void)relayd_conf_link(conf->lower.v[i], true, &link);
		memcpy(fresh.lower[i].name, link.name, sizeof(link.name));
	}
	for (size_t i = 0; i < fresh.nupper; i++) {
		(void)relayd_conf_link(conf->upper.v[i], false, &link);
		set_upper(&fresh.upper[i], &link);
	}
	sort_served(&fresh, &links);
	free_arrays(&d->relay, &d->links);
	d->relay = fresh;
	d->links = links;
	return 0;
}

void links6_fini(struct relayd6 *d)
{
	free_arrays(&d->relay, &d->links);
	pxe_members_close(&d->links.members);
}

static int check_name(
    const struct relayd6 *d, const struct relayd_conf *conf, const char *text, bool is_lower)
{
	struct relayd_conf_link link;

	(void)relayd_conf_link(text, is_lower, &link);
	return shell_check_iface(&d->sh, conf, link.name);
}

int links6_check(const struct relayd6 *d, const struct relayd_conf *conf)
{
	int err = 0;

	for (size_t i = 0; i < conf->lower.n && err == 0; i++)
		err = check_name(d, conf, conf->lower.v[i], true);
	for (size_t i = 0; i < conf->upper.n && err == 0; i++)
		err = check_name(d, conf, conf->upper.v[i], false);
	return err;
}

void links6_log(const struct relayd6 *d)
{
	char buf[PXE_IP_STRLEN];

	for (size_t i = 0; i < d->relay.nlower; i++) {
		const struct relay6_lower *l = &d->relay.lower[i];
		struct pxe_ip ip = {.family = 6, .v6 = l->link};

		if (l->ifindex == 0)
			continue;
		pxe_log_info("Listening on UDP/%s", l->name);
		if (pxe_ip_is_any(&ip))
			pxe_log_notice("%s does not have a global IPv6 address: requests name it "
				       "by interface-id alone",
			    l->name);
	}
	for (size_t i = 0; i < d->relay.nupper; i++) {
		struct pxe_ip ip = {.family = 6, .v6 = d->relay.upper[i].to};

		pxe_log_info(
		    "Sending on   UDP/%s to %s", d->relay.upper[i].name, pxe_ip_str(&ip, buf));
	}
	pxe_log_info("Bound to *:%d", (int)d->sh.conf.port);
}
