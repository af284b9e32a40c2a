/* SPDX-License-Identifier: BSD-2-Clause */
/* stats.c -- what relayd counts and how it shows it. */
#include "relayd/stats.h"

#include <string.h>

#include "libpxecommon/os/log.h"
#include "relayd/relayd.h"
#include "relayd/stats_part.h"

#define MESSAGES "messages passed on"
#define DROPS    "packets not passed on"
#define UP(t)                                                                                      \
	.name = "relayd_messages", .labels = "direction=\"up\",type=\"" t "\"", .help = MESSAGES
#define DOWN(t)                                                                                    \
	.name = "relayd_messages", .labels = "direction=\"down\",type=\"" t "\"", .help = MESSAGES

static const struct pxe_counter_row rows[STATS_COUNT] = {
#define X(type, num) [STATS_UP_##type] = {UP(#type)},
    PXE_DHCP_TYPE_TABLE(X)
#undef X
	[STATS_UP_OTHER] = {UP("other")},
#define X(type, num) [STATS_DOWN_##type] = {DOWN(#type)},
    PXE_DHCP_TYPE_TABLE(X)
#undef X
	[STATS_DOWN_OTHER] = {DOWN("other")},
#define X(id, text)                                                                                \
	[STATS_DROP_##id] = {                                                                      \
	    .name = "relayd_drops", .labels = "reason=\"" text "\"", .help = DROPS},
    STATS_DROP_TABLE(X)
#undef X
	[STATS_AGENT_ADDED] = {.name = "relayd_agent_added",
	    .help = "requests that got our option 82"},
    [STATS_AGENT_OMITTED] = {.name = "relayd_agent_omitted",
	.help = "requests passed on without option 82 for want of room"},
    [STATS_AGENT_STRIPPED] = {.name = "relayd_agent_stripped",
	.help = "replies that option 82 was taken off"},
    [STATS_SENDS_FAILED] = {.name = "relayd_sends_failed",
	.help = "datagrams the system refused to send"},
    [STATS_UNKNOWN_SERVER] = {.name = "relayd_unknown_server",
	.help = "replies passed on from an address that is not a server's"},
};

static enum stats_id type_id(uint8_t type, enum stats_id first, enum stats_id other)
{
	unsigned id = (unsigned)first + type;

	return id < (unsigned)other ? (enum stats_id)id : other;
}

static enum stats_id drop_id(enum pxe_reason reason)
{
	switch (reason) {
#define X(id, name)                                                                                \
	case PXE_REASON_##id:                                                                      \
		return STATS_DROP_##id;
		STATS_DROP_TABLE(X)
#undef X
	default:
		return STATS_DROP_MALFORMED;
	}
}

void stats_packet(struct stats *st, const struct relay_out *out, enum pxe_reason reason)
{
	if (reason != PXE_REASON_OK) {
		st->v[drop_id(reason)]++;
		return;
	}
	if (out->dir == RELAY_TO_SERVERS)
		st->v[type_id(out->pk.type, STATS_UP_BOOTP, STATS_UP_OTHER)]++;
	else
		st->v[type_id(out->pk.type, STATS_DOWN_BOOTP, STATS_DOWN_OTHER)]++;
	st->v[STATS_AGENT_ADDED] +=
	    out->agent == RELAY_AGENT_ADDED || out->agent == RELAY_AGENT_REPLACED;
	st->v[STATS_AGENT_OMITTED] += out->agent == RELAY_AGENT_OMITTED;
	st->v[STATS_AGENT_STRIPPED] += out->agent == RELAY_AGENT_STRIPPED;
	st->v[STATS_UNKNOWN_SERVER] += out->dir == RELAY_TO_CLIENT && out->answered_by < 0;
}

static const char *group_name(const struct server *s)
{
	return s->group == SERVER_PXE ? "pxe" : "dhcp";
}

static bool is_resolved(const struct server *s)
{
	return s->to.ip.family != 0;
}

static bool server_json(struct pxe_json *j, size_t i, void *arg)
{
	const struct relayd *d = arg;
	const struct server *s = &d->relay.servers.v[i];
	char buf[PXE_ENDPOINT_STRLEN];

	pxe_json_str(j, "name", s->name);
	pxe_json_str(j, "group", group_name(s));
	if (is_resolved(s))
		pxe_json_str(j, "address", pxe_endpoint_str(&s->to, buf));
	stats_health_json(j, &s->health, is_resolved(s), "unresolved");
	return true;
}

static bool port_json(struct pxe_json *j, size_t i, void *arg)
{
	const struct relayd *d = arg;
	const struct port *p = &d->relay.ports.v[i];
	char buf[PXE_IP4_STRLEN];

	if (!p->is_up && !p->is_down)
		return false;
	pxe_json_str(j, "name", p->name);
	pxe_json_u64(j, "index", p->ifindex);
	pxe_json_str(j, "sides", p->is_up && p->is_down ? "both" : p->is_up ? "up" : "down");
	if (p->ip.v != 0)
		pxe_json_str(j, "address", pxe_ip4_str(p->ip, buf));
	if (p->is_trusted)
		pxe_json_bool(j, "trusted", true);
	pxe_json_u64(j, "received", p->stats.received);
	pxe_json_u64(j, "relayed", p->stats.relayed);
	pxe_json_u64(j, "dropped", p->stats.dropped);
	return true;
}

static int run_servers(struct pxe_control_conn *conn, const char *args, void *arg)
{
	struct relayd *d = arg;

	(void)args;
	stats_lines(conn, d->relay.servers.n, server_json, d);
	return 0;
}

static int run_interfaces(struct pxe_control_conn *conn, const char *args, void *arg)
{
	struct relayd *d = arg;

	(void)args;
	relayd_refresh_ports(d);
	stats_lines(conn, d->relay.ports.n, port_json, d);
	return 0;
}

static int run_probe(struct pxe_control_conn *conn, const char *args, void *arg)
{
	char buf[256];
	struct pxe_text why = pxe_text_init(buf, sizeof(buf));
	int err = probe4_start(arg, args, &why);

	return probe_started(conn, err, &why);
}

static int run_probed(struct pxe_control_conn *conn, const char *args, void *arg)
{
	(void)args;
	probe_show(conn, &((const struct relayd *)arg)->probe);
	return 0;
}

static int run_resolve(struct pxe_control_conn *conn, const char *args, void *arg)
{
	struct relayd *d = arg;

	(void)conn;
	(void)args;
	resolver_kick(d->resolver);
	return 0;
}

const struct pxe_control_cmd stats_commands[] = {
    {"servers", "the servers: address, state, requests, answers, round trip", run_servers},
    {"interfaces", "the interfaces served: sides, address, packets", run_interfaces},
    {"probe", "send a DISCOVER to every server: [INTERFACE]", run_probe},
    {"probed", "what came of the last probe", run_probed},
    {"resolve", "look the names of the servers up again now", run_resolve},
};
const size_t stats_ncommands = sizeof(stats_commands) / sizeof(stats_commands[0]);

void stats_json(struct pxe_json *j, void *arg)
{
	const struct relayd *d = arg;

	pxe_counters_json(j, "counters", rows, d->stats.v, STATS_COUNT);
	pxe_json_u64(j, "receive_overflows", shell_overflows(&d->sh));
}

static const struct stats_family up_family = {"up", "gauge", "1 unless silent or unresolved", 0};

static const struct stats_family port_families[] = {
    {"received", "counter", "packets received on an interface",
	offsetof(struct port_stats, received)},
    {"relayed", "counter", "of those, passed on", offsetof(struct port_stats, relayed)},
    {"dropped", "counter", "of those, not passed on", offsetof(struct port_stats, dropped)},
};

static void server_family(
    struct pxe_text *t, const struct servers *ss, const struct stats_family *f)
{
	stats_head(t, "relayd_server", f);
	for (size_t i = 0; i < ss->n; i++) {
		const struct server *s = &ss->v[i];
		uint64_t is_up = is_resolved(s) && !s->health.is_dead;
		char labels[2 * SERVER_NAME_MAX];
		struct pxe_text l = pxe_text_init(labels, sizeof(labels));

		/* A name is what uv_getaddrinfo takes, but the file may say anything. */
		pxe_text_add(&l, "server=\"");
		pxe_text_add_escaped(&l, s->name, strcspn(s->name, "\"\\\n"));
		pxe_text_addf(&l, "\",group=\"%s\"", group_name(s));
		stats_sample(t, "relayd_server", f, labels,
		    f == &up_family ? (const void *)&is_up : &s->health);
	}
}

static void port_metrics(struct pxe_text *t, const struct ports *ps)
{
	for (size_t f = 0; f < sizeof(port_families) / sizeof(port_families[0]); f++) {
		stats_head(t, "relayd_interface", &port_families[f]);
		for (size_t i = 0; i < ps->n; i++) {
			const struct port *p = &ps->v[i];
			char labels[PORT_NAME_MAX + 16];
			struct pxe_text l = pxe_text_init(labels, sizeof(labels));

			if (!p->is_up && !p->is_down)
				continue;
			pxe_text_addf(&l, "interface=\"%s\"", p->name);
			stats_sample(t, "relayd_interface", &port_families[f], labels, &p->stats);
		}
	}
}

void stats_metrics(struct pxe_text *t, void *arg)
{
	const struct relayd *d = arg;

	pxe_counters_metrics(t, rows, d->stats.v, STATS_COUNT);
	for (size_t f = 0; f < STATS_HEALTH_FAMILIES; f++)
		server_family(t, &d->relay.servers, &stats_health_families[f]);
	server_family(t, &d->relay.servers, &up_family);
	port_metrics(t, &d->relay.ports);
}

void stats_log(const struct relayd *d)
{
	stats_log_counters(rows, d->stats.v, STATS_COUNT);
	for (size_t i = 0; i < d->relay.servers.n; i++) {
		const struct server *s = &d->relay.servers.v[i];

		pxe_log_notice("%s: %s, %llu sent, %llu failed, %llu answers", s->name,
		    stats_state(&s->health, is_resolved(s), "unresolved"),
		    (unsigned long long)s->health.sent, (unsigned long long)s->health.failed,
		    (unsigned long long)s->health.answers);
	}
}
