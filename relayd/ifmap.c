/* SPDX-License-Identifier: BSD-2-Clause */
/* ifmap.c -- from the kernel's interfaces and the configuration to the ports of the core. */
#include "relayd/ifmap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"

enum { HW_ETHERNET = 1 };

/* Without any interface named, every one that can broadcast is of both sides, as dhcrelay does. */
static bool names_none(const struct relayd_conf *conf)
{
	return conf->interfaces.n + conf->upstream.n + conf->downstream.n == 0;
}

static void set_sides(
    const struct relayd_conf *conf, const struct pxe_iface *iface, struct port *port)
{
	bool both = relayd_conf_lists(&conf->interfaces, iface->name);

	if (names_none(conf))
		both = (iface->flags & IFF_BROADCAST) != 0 && (iface->flags & IFF_LOOPBACK) == 0;
	port->is_up = both || relayd_conf_lists(&conf->upstream, iface->name);
	port->is_down = both || relayd_conf_lists(&conf->downstream, iface->name);
	port->is_trusted = relayd_conf_lists(&conf->trusted, iface->name);
	/* Replies to its address, which is giaddr of all requests, come in on it. */
	if (conf->link_selection != NULL && strcmp(conf->link_selection, iface->name) == 0)
		port->is_up = true;
}

/* The kernel tells it nowhere else without a socket. */
uint16_t ifmap_vlan(const char *ifname)
{
	char path[64], line[256];
	unsigned id = 0;
	FILE *f = NULL;

	(void)snprintf(path, sizeof(path), "/proc/net/vlan/%.15s", ifname);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	while (id == 0 && fgets(line, sizeof(line), f) != NULL) {
		const char *vid = strstr(line, "VID:");

		if (vid != NULL)
			id = (unsigned)strtoul(vid + 4, NULL, 10) & 0xfff;
	}
	(void)fclose(f);
	return (uint16_t)id;
}

static bool uses_vlan(const struct relayd_conf *conf)
{
	const char *templates[] = {conf->circuit_id, conf->remote_id, conf->subscriber_id};

	for (size_t i = 0; i < 3; i++) {
		if (templates[i] != NULL && strstr(templates[i], "${vlan}") != NULL)
			return true;
	}
	return false;
}

static bool has_ip(const struct pxe_iface *iface, struct pxe_ip4 ip)
{
	for (size_t i = 0; i < iface->naddr; i++) {
		const struct pxe_ip *have = &iface->addr[i].prefix.ip;

		if (have->family == 4 && pxe_ip4_eq(have->v4, ip))
			return true;
	}
	return false;
}

static struct pxe_ip4 choose_ip(const struct relayd_conf *conf, const struct pxe_iface *iface,
    void (*warn)(const char *ifname, const char *what))
{
	struct pxe_ip4 wanted;

	if (relayd_conf_giaddr(conf, iface->name, &wanted)) {
		if (has_ip(iface, wanted))
			return wanted;
		if (warn != NULL)
			warn(iface->name, "does not have the address chosen for it by giaddr");
	}
	for (size_t i = 0; i < iface->naddr; i++) {
		const struct pxe_ip *have = &iface->addr[i].prefix.ip;

		/* 127.0.0.1 comes first on lo, where a router has its own address too. */
		if (have->family == 4 && have->v4.v >> 24 != 127 && !iface->addr[i].secondary)
			return have->v4;
	}
	return (struct pxe_ip4){0};
}

static int add_port(const struct relayd_conf *conf, const struct agent_conf *agent,
    const struct pxe_iface *iface, const struct ports *old,
    void (*warn)(const char *ifname, const char *what), struct ports *out)
{
	struct port port = {.ifindex = iface->index, .hw = iface->hw};
	const struct port *was = old != NULL ? ports_by_index(old, iface->index) : NULL;
	struct pxe_ip4 *addr = calloc(iface->naddr + 1, sizeof(*addr));
	size_t naddr = 0;
	int err = 0;

	if (addr == NULL)
		return -ENOMEM;
	(void)pxe_str_copy(port.name, sizeof(port.name), iface->name);
	set_sides(conf, iface, &port);
	port.can_link = iface->hw.type == HW_ETHERNET && iface->hw.len == 6 &&
			(iface->flags & (IFF_LOOPBACK | IFF_NOARP)) == 0;
	port.ip = choose_ip(conf, iface, port.is_up || port.is_down ? warn : NULL);
	if (port.is_down && uses_vlan(conf))
		port.vlan = ifmap_vlan(iface->name);
	if (port.is_down && agent_fill(agent, &port) != 0 && warn != NULL)
		warn(iface->name, "has no room for every suboption of option 82");
	if (was != NULL && strcmp(was->name, port.name) == 0)
		port.stats = was->stats;
	for (size_t i = 0; i < iface->naddr; i++) {
		if (iface->addr[i].prefix.ip.family == 4)
			addr[naddr++] = iface->addr[i].prefix.ip.v4;
	}
	err = ports_add(out, &port, addr, naddr);
	free(addr);
	return err;
}

int ifmap_build(const struct relayd_conf *conf, const char *hostname, const struct pxe_ifaces *ifs,
    const struct ports *old, void (*warn)(const char *ifname, const char *what), struct ports *out)
{
	struct agent_conf agent = relayd_conf_agent(conf, hostname);
	const struct pxe_iface *iface = NULL;
	int err = 0;

	ports_init(out);
	for (size_t i = 0; err == 0 && (iface = pxe_iface_at(ifs, i)) != NULL; i++) {
		err = add_port(conf, &agent, iface, old, warn, out);
		if (err == 0 && conf->link_selection != NULL &&
		    strcmp(conf->link_selection, iface->name) == 0)
			out->link_giaddr = out->v[out->n - 1].ip;
	}
	if (err == 0)
		err = ports_seal(out);
	if (err != 0)
		ports_fini(out);
	return err;
}

const char *ifmap_next_missing(
    const struct relayd_conf *conf, const struct pxe_ifaces *ifs, size_t *cursor)
{
	const struct pxe_conf_strs *lists[] = {
	    &conf->interfaces, &conf->upstream, &conf->downstream};
	size_t skip = *cursor;

	for (size_t l = 0; l < sizeof(lists) / sizeof(lists[0]); l++) {
		for (size_t i = 0; i < lists[l]->n; i++) {
			if (skip > 0) {
				skip--;
				continue;
			}
			++*cursor;
			if (pxe_iface_by_name(ifs, lists[l]->v[i]) == NULL)
				return lists[l]->v[i];
		}
	}
	if (skip == 0 && conf->link_selection != NULL) {
		++*cursor;
		if (pxe_iface_by_name(ifs, conf->link_selection) == NULL)
			return conf->link_selection;
	}
	return NULL;
}

void ifmap_sides(
    const struct relayd_conf *conf, const struct pxe_iface *iface, bool *out_up, bool *out_down)
{
	struct port port = {0};

	set_sides(conf, iface, &port);
	*out_up = port.is_up;
	*out_down = port.is_down;
}

bool ifmap_is_served(const struct relayd_conf *conf, const struct pxe_iface *iface)
{
	bool up = false, down = false;

	ifmap_sides(conf, iface, &up, &down);
	return up || down;
}
