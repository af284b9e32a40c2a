/* SPDX-License-Identifier: BSD-2-Clause */
/* conf.c -- how relayd runs. */
#include "relayd/conf.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"
#include "relayd/resolver.h"

static const char *const policy_words[] = {
    "standard", "append", "replace", "forward", "discard", NULL};
static const char *const server_words[] = {"all", "hash", "first-alive", NULL};

#define AT(member) .offset = offsetof(struct relayd_conf, member)

/* Without help texts: no row is required, which is when they are shown, and a router's build would
 * carry them. */
static const struct pxe_conf_row rows[] = {
    PXE_CONF_COMMON_ROWS(struct relayd_conf, common, RELAYD_CONTROL, "daemon"),
    /* Servers that get every request: names or addresses, with :PORT if not 67. */
    {.name = "servers", .type = PXE_CONF_STRS, AT(servers), .max = SERVERS_MAX},
    /* Servers that get requests of PXE and HTTP boot clients only. */
    {.name = "pxe_servers", .type = PXE_CONF_STRS, AT(pxe_servers), .max = SERVERS_MAX},
    /* Interfaces of both sides; with none named at all, every one that can broadcast. */
    {.name = "interfaces", .type = PXE_CONF_STRS, AT(interfaces)},
    /* Interfaces replies are accepted from. */
    {.name = "upstream", .type = PXE_CONF_STRS, AT(upstream)},
    /* Interfaces requests are accepted from. */
    {.name = "downstream", .type = PXE_CONF_STRS, AT(downstream)},
    /* Interfaces whose requests may carry option 82 without giaddr. */
    {.name = "trusted", .type = PXE_CONF_STRS, AT(trusted)},
    /* INTERFACE=ADDRESS: which of its addresses servers are told. */
    {.name = "giaddr", .type = PXE_CONF_STRS, AT(giaddr)},
    /* Start even if a named interface does not exist yet. */
    {.name = "wait_interfaces", .type = PXE_CONF_BOOL, AT(wait_interfaces)},
    /* Port of relay and servers; clients are on the next one. */
    {.name = "port", .type = PXE_CONF_INT, AT(port), .min = 1, .max = 65534, .def = "67"},
    /* Other source port towards the servers (RFC 8357); 0: the same. */
    {.name = "relay_port",
	.type = PXE_CONF_INT,
	AT(relay_port),
	.min = 0,
	.max = 65535,
	.def = "0"},
    /* Port that boot clients ask the pxe_servers on, too; 0: none. */
    {.name = "pxe_port", .type = PXE_CONF_INT, AT(pxe_port), .min = 0, .max = 65535, .def = "4011"},
    /* VRF, or other device, that the sockets are bound to. */
    {.name = "vrf", .type = PXE_CONF_STR, AT(vrf)},
    /* The same for the clients' side only. */
    {.name = "downstream_vrf", .type = PXE_CONF_STR, AT(downstream_vrf)},
    /* The same for the servers' side only. */
    {.name = "upstream_vrf", .type = PXE_CONF_STR, AT(upstream_vrf)},
    /* Requests that passed this many relays are dropped. */
    {.name = "hops", .type = PXE_CONF_INT, AT(hops), .min = 0, .max = 255, .def = "10"},
    /* Add option 82 to requests and strip it from replies. */
    {.name = "agent", .type = PXE_CONF_BOOL, AT(agent)},
    /* Longest message that option 82 may make. */
    {.name = "agent_max",
	.type = PXE_CONF_INT,
	AT(agent_max),
	.min = 300,
	.max = 1500,
	.def = "576"},
    /* What to do with requests that carry option 82 already. */
    {.name = "agent_policy",
	.type = PXE_CONF_WORD,
	AT(agent_policy),
	.def = "standard",
	.words = policy_words},
    /* Drop replies whose option 82 is not ours. */
    {.name = "drop_mismatch", .type = PXE_CONF_BOOL, AT(drop_mismatch)},
    /* Template of suboption 1. */
    {.name = "circuit_id", .type = PXE_CONF_STR, AT(circuit_id), .def = "${ifname}"},
    /* Template of suboption 2. */
    {.name = "remote_id", .type = PXE_CONF_STR, AT(remote_id)},
    /* Template of suboption 6 (RFC 3993). */
    {.name = "subscriber_id", .type = PXE_CONF_STR, AT(subscriber_id)},
    /* Interface whose address is giaddr, with the client's link in suboption 5. */
    {.name = "link_selection", .type = PXE_CONF_STR, AT(link_selection)},
    /* Make clients renew through the relay (RFC 5107). */
    {.name = "server_id_override", .type = PXE_CONF_BOOL, AT(server_id_override)},
    /* Giaddr that clients are shown in replies. */
    {.name = "reply_giaddr", .type = PXE_CONF_STR, AT(reply_giaddr)},
    /* Which of the servers gets a request. */
    {.name = "server_policy",
	.type = PXE_CONF_WORD,
	AT(server_policy),
	.def = "all",
	.words = server_words},
    /* A server silent for so long is taken for dead; 0: never. */
    {.name = "dead_after",
	.type = PXE_CONF_DURATION,
	AT(dead_after_ms),
	.min = 0,
	.max = 86400000,
	.def = "30"},
    /* How often a dead server gets a copy of a request. */
    {.name = "retry",
	.type = PXE_CONF_DURATION,
	AT(retry_ms),
	.min = 100,
	.max = 86400000,
	.def = "10"},
    /* How often names of servers are looked up again. */
    {.name = "resolve",
	.type = PXE_CONF_DURATION,
	AT(resolve_ms),
	.min = 1000,
	.max = 86400000,
	.def = "300"},
    /* Window in which an identical request is dropped; 0: off. */
    {.name = "dedup", .type = PXE_CONF_DURATION, AT(dedup_ms), .min = 0, .max = 60000, .def = "0"},
    /* DHCPv6: clients' links as [ADDRESS%]INTERFACE[#ID]. */
    {.name = "lower", .type = PXE_CONF_STRS, AT(lower)},
    /* DHCPv6: servers as [ADDRESS%]INTERFACE; without address the servers' group. */
    {.name = "upper", .type = PXE_CONF_STRS, AT(upper), .max = RELAY6_UPPERS_MAX},
    /* DHCPv6: send interface-id even when there is one link only. */
    {.name = "always_interface_id", .type = PXE_CONF_BOOL, AT(always_interface_id)},
    /* DHCPv6: tell servers the client's link-layer address (RFC 6939). */
    {.name = "client_link_layer", .type = PXE_CONF_BOOL, AT(client_link_layer)},
    /* DHCPv6: template of interface-id; without, four bytes as dhcrelay's. */
    {.name = "interface_id", .type = PXE_CONF_STR, AT(interface_id)},
    /* DHCPv6: enterprise number of remote_id (RFC 4649). */
    {.name = "enterprise",
	.type = PXE_CONF_INT,
	AT(enterprise),
	.min = 0,
	.max = UINT32_MAX,
	.def = "0"},
};

const struct pxe_conf_schema relayd_schema = PXE_CONF_SCHEMA(rows, struct relayd_conf);

static void complain(
    struct pxe_diag *diag, const char *setting, const char *value, const char *what)
{
	pxe_diag_add(
	    diag, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL, "%s \"%s\": %s", setting, value, what);
}

static void check_template(struct pxe_diag *diag, const char *setting, const char *template)
{
	char buf[256];
	struct pxe_text why = pxe_text_init(buf, sizeof(buf));

	if (template != NULL && agent_template_check(template, &why) != 0)
		complain(diag, setting, template, buf);
}

static void check_names(struct pxe_diag *diag, const char *setting, const struct pxe_conf_strs *v)
{
	for (size_t i = 0; i < v->n; i++) {
		if (v->v[i][0] == '\0' || strlen(v->v[i]) >= IF_NAMESIZE)
			complain(diag, setting, v->v[i], "not the name of an interface");
	}
}

static void check_servers(struct pxe_diag *diag, const struct pxe_conf_strs *v)
{
	for (size_t i = 0; i < v->n; i++) {
		if (!resolver_is_name(v->v[i]))
			complain(diag, "server", v->v[i],
			    "neither an IPv4 address nor a name, with :PORT or without");
	}
}

/* "eth1=10.0.0.1": where the address begins, or NULL. */
static const char *split_giaddr(const char *entry, struct pxe_ip4 *out_ip)
{
	const char *eq = strchr(entry, '=');

	return eq != NULL && eq != entry && pxe_ip4_parse(eq + 1, out_ip) == 0 ? eq : NULL;
}

static void check_addresses(const struct relayd_conf *conf, struct pxe_diag *diag)
{
	struct pxe_ip4 ip;

	for (size_t i = 0; i < conf->giaddr.n; i++) {
		if (split_giaddr(conf->giaddr.v[i], &ip) == NULL)
			complain(diag, "giaddr", conf->giaddr.v[i],
			    "expected INTERFACE=ADDRESS, as in eth1=10.0.0.1");
	}
	if (conf->reply_giaddr != NULL && pxe_ip4_parse(conf->reply_giaddr, &ip) != 0)
		complain(diag, "reply_giaddr", conf->reply_giaddr, "not an IPv4 address");
}

/* Settings that only one of the families has; all others are for both. */
static const char *const only4[] = {"servers", "pxe_servers", "pxe_port", "interfaces", "upstream",
    "downstream", "trusted", "giaddr", "agent", "agent_max", "agent_policy", "drop_mismatch",
    "circuit_id", "link_selection", "server_id_override", "reply_giaddr", "resolve", "dedup", NULL};
static const char *const only6[] = {"lower", "upper", "always_interface_id", "client_link_layer",
    "interface_id", "enterprise", NULL};

static bool is_in(const char *name, const char *const *names)
{
	while (*names != NULL && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

/* Is a setting other than its default? */
static bool is_set(
    const struct pxe_conf_row *row, const struct relayd_conf *conf, const struct relayd_conf *def)
{
	const void *a = (const char *)conf + row->offset, *b = (const char *)def + row->offset;
	const char *s = NULL, *t = NULL;

	switch (row->type) {
	case PXE_CONF_STRS:
		return ((const struct pxe_conf_strs *)a)->n > 0;
	case PXE_CONF_STR:
		s = *(char *const *)a;
		t = *(char *const *)b;
		return s != t && (s == NULL || t == NULL || strcmp(s, t) != 0);
	case PXE_CONF_BOOL:
		return memcmp(a, b, sizeof(bool)) != 0;
	case PXE_CONF_WORD:
		return memcmp(a, b, sizeof(int)) != 0;
	default:
		return memcmp(a, b, sizeof(int64_t)) != 0;
	}
}

/* What the other family has would be without effect here, which nobody wants to find out later. */
static void check_family(const struct relayd_conf *conf, const char *const *others,
    const char *family, struct pxe_diag *diag)
{
	struct pxe_arena *arena = pxe_arena_new();
	struct relayd_conf def;

	if (arena != NULL && pxe_conf_defaults(&relayd_schema, arena, &def) == 0) {
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			if (is_in(rows[i].name, others) && is_set(&rows[i], conf, &def))
				pxe_diag_add(diag, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL,
				    "%s is a setting of the %s relay", rows[i].name, family);
		}
	}
	pxe_arena_free(arena);
}

int relayd_conf_defaults(struct relayd_conf *conf, bool six, struct pxe_arena *arena)
{
	int err = pxe_conf_defaults(&relayd_schema, arena, conf);

	conf->common.events = RELAYD_EVENTS;
	if (err != 0 || !six)
		return err;
	conf->port = RELAYD6_PORT;
	conf->common.control = pxe_arena_strdup(arena, RELAYD6_CONTROL);
	return conf->common.control != NULL ? 0 : -ENOMEM;
}

int relayd_conf_link(const char *text, bool is_lower, struct relayd_conf_link *out)
{
	const char *percent = strchr(text, '%'), *name = percent != NULL ? percent + 1 : text;
	const char *hash = is_lower ? strchr(name, '#') : NULL;
	size_t len = hash != NULL ? (size_t)(hash - name) : strlen(name);
	struct relayd_conf_link link = {.has_address = percent != NULL, .has_id = hash != NULL};
	char address[PXE_IP_STRLEN];
	struct pxe_ip ip;
	uint64_t id = 0;

	if (len == 0 || len >= sizeof(link.name))
		return PXE_E_SYNTAX;
	memcpy(link.name, name, len);
	if (hash != NULL && pxe_parse_u64(hash + 1, 0, UINT32_MAX, &id) != 0)
		return PXE_E_SYNTAX;
	link.id = (uint32_t)id;
	if (percent != NULL) {
		if ((size_t)(percent - text) >= sizeof(address))
			return PXE_E_SYNTAX;
		memcpy(address, text, (size_t)(percent - text));
		address[percent - text] = '\0';
		if (pxe_ip_parse(address, &ip) != 0 || ip.family != 6)
			return PXE_E_SYNTAX;
		link.address = ip.v6;
	}
	*out = link;
	return 0;
}

struct declared {
	char name[RELAY6_NAME_MAX];
	size_t at; /* in the list */
};

static int compare_declared(const void *a, const void *b)
{
	const struct declared *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

/* A lower link has one place in replies. Sorts names. */
static void check_twice(
    struct pxe_diag *diag, const struct pxe_conf_strs *v, struct declared *names, size_t n)
{
	qsort(names, n, sizeof(*names), compare_declared);
	for (size_t i = 1; i < n; i++) {
		if (strcmp(names[i].name, names[i - 1].name) == 0)
			complain(diag, "lower", v->v[names[i].at], "declared twice");
	}
}

static void check_links(struct pxe_diag *diag, const struct pxe_conf_strs *v, bool is_lower)
{
	struct declared *names = calloc(v->n + 1, sizeof(*names));
	struct relayd_conf_link link;
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++) {
		if (relayd_conf_link(v->v[i], is_lower, &link) != 0) {
			complain(diag, is_lower ? "lower" : "upper", v->v[i],
			    is_lower ? "expected [ADDRESS%]INTERFACE[#ID]"
				     : "expected [ADDRESS%]INTERFACE");
		} else if (names != NULL) {
			names[n].at = i;
			memcpy(names[n++].name, link.name, sizeof(link.name));
		}
	}
	if (names == NULL)
		complain(diag, "lower", "", "out of memory");
	else if (is_lower && n > 0)
		check_twice(diag, v, names, n);
	free(names);
}

/* An empty name says none where `vrf` says one for both. */
static void check_vrfs(const struct relayd_conf *conf, struct pxe_diag *diag)
{
	const char *name[] = {conf->vrf, conf->downstream_vrf, conf->upstream_vrf};
	static const char *const setting[] = {"vrf", "downstream_vrf", "upstream_vrf"};

	for (size_t i = 0; i < 3; i++) {
		if (name[i] != NULL && strlen(name[i]) >= IF_NAMESIZE)
			complain(diag, setting[i], name[i], "not the name of an interface");
	}
}

const char *relayd_conf_vrf(const struct relayd_conf *conf, bool is_up)
{
	const char *own = is_up ? conf->upstream_vrf : conf->downstream_vrf;
	const char *name = own != NULL ? own : conf->vrf;

	return name != NULL && name[0] != '\0' ? name : NULL;
}

int relayd_conf_check6(const struct relayd_conf *conf, struct pxe_diag *diag)
{
	check_family(conf, only4, "DHCPv4", diag);
	check_template(diag, "interface_id", conf->interface_id);
	check_template(diag, "remote_id", conf->remote_id);
	check_template(diag, "subscriber_id", conf->subscriber_id);
	check_links(diag, &conf->lower, true);
	check_links(diag, &conf->upper, false);
	check_vrfs(conf, diag);
	if (conf->relay_port != 0 && conf->relay_port == conf->port)
		pxe_diag_add(diag, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL,
		    "relay_port must differ from port %d", (int)conf->port);
	if (conf->lower.n == 0 || conf->upper.n == 0)
		pxe_diag_add(diag, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL,
		    "Must specify at least one lower and one upper interface.");
	return diag->errors > 0 ? PXE_E_CONFIG : 0;
}

int relayd_conf_check(const struct relayd_conf *conf, struct pxe_diag *diag)
{
	check_family(conf, only6, "DHCPv6", diag);
	check_template(diag, "circuit_id", conf->circuit_id);
	check_template(diag, "remote_id", conf->remote_id);
	check_template(diag, "subscriber_id", conf->subscriber_id);
	check_names(diag, "interfaces", &conf->interfaces);
	check_names(diag, "upstream", &conf->upstream);
	check_names(diag, "downstream", &conf->downstream);
	check_names(diag, "trusted", &conf->trusted);
	check_addresses(conf, diag);
	check_servers(diag, &conf->servers);
	check_servers(diag, &conf->pxe_servers);
	check_vrfs(conf, diag);
	if (conf->servers.n + conf->pxe_servers.n > SERVERS_MAX)
		pxe_diag_add(diag, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL,
		    "%zu servers: more than %d", conf->servers.n + conf->pxe_servers.n,
		    SERVERS_MAX);
	if (conf->relay_port != 0 && conf->relay_port == conf->port)
		pxe_diag_add(diag, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL,
		    "relay_port must differ from port %d", (int)conf->port);
	if (conf->pxe_port != 0 && conf->pxe_servers.n > 0 &&
	    (conf->pxe_port == conf->port || conf->pxe_port == conf->port + 1 ||
		conf->pxe_port == conf->relay_port))
		pxe_diag_add(diag, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL,
		    "pxe_port must differ from relay_port, port %d and the clients' %d",
		    (int)conf->port, (int)conf->port + 1);
	if (conf->servers.n + conf->pxe_servers.n == 0)
		pxe_diag_add(diag, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL, "No servers specified.");
	return diag->errors > 0 ? PXE_E_CONFIG : 0;
}

/* Suboptions are of use only inside option 82, so asking for one asks for that. */
static bool wants_agent(const struct relayd_conf *conf)
{
	return conf->agent || conf->link_selection != NULL || conf->server_id_override ||
	       conf->relay_port != 0;
}

struct relay_conf relayd_conf_relay(const struct relayd_conf *conf)
{
	struct relay_conf rc = {
	    .server_port = (uint16_t)conf->port,
	    .client_port = (uint16_t)(conf->port + 1),
	    .hops_max = (unsigned)conf->hops,
	    .agent = wants_agent(conf),
	    .drop_mismatch = conf->drop_mismatch,
	    .policy = (enum relay_policy)conf->agent_policy,
	    .agent_max = (size_t)conf->agent_max,
	    .server_id_override = conf->server_id_override,
	};

	if (conf->reply_giaddr != NULL)
		(void)pxe_ip4_parse(conf->reply_giaddr, &rc.reply_giaddr);
	return rc;
}

struct servers_conf relayd_conf_servers(const struct relayd_conf *conf)
{
	return (struct servers_conf){
	    .policy = (enum servers_policy)conf->server_policy,
	    .dead_after_us = conf->dead_after_ms * 1000,
	    .retry_us = conf->retry_ms * 1000,
	};
}

struct agent_conf relayd_conf_agent(const struct relayd_conf *conf, const char *hostname)
{
	return (struct agent_conf){
	    .circuit_id = conf->circuit_id,
	    .remote_id = conf->remote_id,
	    .subscriber_id = conf->subscriber_id,
	    .hostname = hostname,
	    .link_selection = conf->link_selection != NULL,
	    .server_id_override = conf->server_id_override,
	    .relay_port = conf->relay_port != 0,
	};
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void relayd_conf_sort(struct relayd_conf *conf)
{
	struct pxe_conf_strs *lists[] = {
	    &conf->interfaces, &conf->upstream, &conf->downstream, &conf->trusted};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (lists[i]->n > 0)
			qsort(lists[i]->v, lists[i]->n, sizeof(*lists[i]->v), compare_names);
	}
}

bool relayd_conf_lists(const struct pxe_conf_strs *names, const char *name)
{
	return names->n > 0 &&
	       bsearch(&name, names->v, names->n, sizeof(*names->v), compare_names) != NULL;
}

bool relayd_conf_giaddr(const struct relayd_conf *conf, const char *ifname, struct pxe_ip4 *out_ip)
{
	for (size_t i = 0; i < conf->giaddr.n; i++) {
		const char *entry = conf->giaddr.v[i];
		const char *eq = split_giaddr(entry, out_ip);

		if (eq != NULL && (size_t)(eq - entry) == strlen(ifname) &&
		    memcmp(entry, ifname, strlen(ifname)) == 0)
			return true;
	}
	return false;
}
