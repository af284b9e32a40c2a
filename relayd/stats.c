/* SPDX-License-Identifier: BSD-2-Clause */
/* stats.c -- what relayd counts and how it shows it. */
#include "relayd/stats.h"

#include <string.h>

#include "libpxecommon/os/log.h"
#include "relayd/relayd.h"

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

static const char *state_name(const struct server *s)
{
	return s->to.ip.family == 0     ? "unresolved"
	       : s->is_dead             ? "silent"
	       : s->last_answer_us == 0 ? "untried"
					: "alive";
}

/* Members of an open object. */
static void server_json(struct pxe_json *j, const struct server *s, int64_t now_us)
{
	char buf[PXE_ENDPOINT_STRLEN];

	pxe_json_str(j, "name", s->name);
	pxe_json_str(j, "group", group_name(s));
	pxe_json_str(j, "state", state_name(s));
	if (s->to.ip.family != 0)
		pxe_json_str(j, "address", pxe_endpoint_str(&s->to, buf));
	pxe_json_u64(j, "sent", s->sent);
	pxe_json_u64(j, "failed", s->failed);
	pxe_json_u64(j, "answers", s->answers);
	if (s->last_answer_us != 0)
		pxe_json_us(j, "last_answer_age", now_us - s->last_answer_us);
	if (s->rtt_us != 0)
		pxe_json_us(j, "rtt", s->rtt_us);
}

static void port_json(struct pxe_json *j, const struct port *p)
{
	char buf[PXE_IP4_STRLEN];

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
}

static int run_servers(struct pxe_control_conn *conn, const char *args, void *arg)
{
	struct relayd *d = arg;
	int64_t now_us = (int64_t)(uv_hrtime() / 1000);

	(void)args;
	for (size_t i = 0; i < d->relay.servers.n; i++) {
		char buf[1024];
		struct pxe_text t = pxe_text_init(buf, sizeof(buf));
		struct pxe_json j = pxe_json_init(&t);

		pxe_json_open(&j, NULL, '{');
		server_json(&j, &d->relay.servers.v[i], now_us);
		pxe_json_close(&j, '}');
		if (!pxe_control_line(conn, &t))
			break;
	}
	return 0;
}

static int run_interfaces(struct pxe_control_conn *conn, const char *args, void *arg)
{
	struct relayd *d = arg;

	(void)args;
	relayd_refresh_ports(d);
	for (size_t i = 0; i < d->relay.ports.n; i++) {
		const struct port *p = &d->relay.ports.v[i];
		char buf[512];
		struct pxe_text t = pxe_text_init(buf, sizeof(buf));
		struct pxe_json j = pxe_json_init(&t);

		if (!p->is_up && !p->is_down)
			continue;
		pxe_json_open(&j, NULL, '{');
		port_json(&j, p);
		pxe_json_close(&j, '}');
		if (!pxe_control_line(conn, &t))
			break;
	}
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
    {"probe", "send a DISCOVER to every server: [INTERFACE]", probe_run_start},
    {"probed", "what came of the last probe", probe_run_show},
    {"resolve", "look the names of the servers up again now", run_resolve},
};
const size_t stats_ncommands = sizeof(stats_commands) / sizeof(stats_commands[0]);

void stats_json(struct pxe_json *j, void *arg)
{
	const struct relayd *d = arg;

	pxe_counters_json(j, "counters", rows, d->stats.v, STATS_COUNT);
	pxe_json_u64(j, "receive_overflows", shell_overflows(&d->sh));
}

/* One family with a line per server; get returns the value. */
static void server_family(struct pxe_text *t, const struct servers *ss, const char *name,
    const char *type, const char *help, uint64_t (*get)(const struct server *s))
{
	const char *suffix = strcmp(type, "counter") == 0 ? "_total" : "";

	pxe_text_addf(t, "# TYPE %s %s\n# HELP %s %s\n", name, type, name, help);
	for (size_t i = 0; i < ss->n; i++) {
		pxe_text_addf(t, "%s%s{server=\"", name, suffix);
		/* A name is what uv_getaddrinfo takes, but the file may say anything. */
		pxe_text_add_escaped(t, ss->v[i].name, strcspn(ss->v[i].name, "\"\\\n"));
		pxe_text_addf(t, "\",group=\"%s\"} ", group_name(&ss->v[i]));
		pxe_text_add_u64(t, get(&ss->v[i]));
		pxe_text_addc(t, '\n');
	}
}

static uint64_t server_sent(const struct server *s)
{
	return s->sent;
}

static uint64_t server_failed(const struct server *s)
{
	return s->failed;
}

static uint64_t server_answers(const struct server *s)
{
	return s->answers;
}

static uint64_t server_up(const struct server *s)
{
	return s->to.ip.family != 0 && !s->is_dead;
}

static uint64_t server_rtt(const struct server *s)
{
	return (uint64_t)s->rtt_us;
}

static const struct {
	const char *name, *help;
	size_t offset;
} port_families[] = {
    {"relayd_interface_received", "packets received on an interface",
	offsetof(struct port_stats, received)},
    {"relayd_interface_relayed", "of those, passed on", offsetof(struct port_stats, relayed)},
    {"relayd_interface_dropped", "of those, not passed on", offsetof(struct port_stats, dropped)},
};

static void port_metrics(struct pxe_text *t, const struct ports *ps)
{
	for (size_t f = 0; f < sizeof(port_families) / sizeof(port_families[0]); f++) {
		const char *name = port_families[f].name;

		pxe_text_addf(
		    t, "# TYPE %s counter\n# HELP %s %s\n", name, name, port_families[f].help);
		for (size_t i = 0; i < ps->n; i++) {
			const struct port *p = &ps->v[i];
			const char *at = (const char *)&p->stats + port_families[f].offset;

			if (!p->is_up && !p->is_down)
				continue;
			pxe_text_addf(t, "%s_total{interface=\"%s\"} ", name, p->name);
			pxe_text_add_u64(t, *(const uint64_t *)(const void *)at);
			pxe_text_addc(t, '\n');
		}
	}
}

void stats_metrics(struct pxe_text *t, void *arg)
{
	const struct relayd *d = arg;
	const struct servers *ss = &d->relay.servers;

	pxe_counters_metrics(t, rows, d->stats.v, STATS_COUNT);
	server_family(t, ss, "relayd_server_sent", "counter", "requests sent", server_sent);
	server_family(t, ss, "relayd_server_failed", "counter", "requests that could not be sent",
	    server_failed);
	server_family(t, ss, "relayd_server_answers", "counter", "replies", server_answers);
	server_family(
	    t, ss, "relayd_server_up", "gauge", "1 unless silent or unresolved", server_up);
	server_family(t, ss, "relayd_server_rtt_microseconds", "gauge",
	    "round trip of the last answer", server_rtt);
	port_metrics(t, &d->relay.ports);
}

void stats_log(const struct relayd *d)
{
	for (size_t i = 0; i < STATS_COUNT; i++) {
		if (d->stats.v[i] != 0)
			pxe_log_notice("%s%s%s%s %llu", rows[i].name,
			    rows[i].labels != NULL ? "{" : "",
			    rows[i].labels != NULL ? rows[i].labels : "",
			    rows[i].labels != NULL ? "}" : "", (unsigned long long)d->stats.v[i]);
	}
	for (size_t i = 0; i < d->relay.servers.n; i++) {
		const struct server *s = &d->relay.servers.v[i];

		pxe_log_notice("%s: %s, %llu sent, %llu failed, %llu answers", s->name,
		    state_name(s), (unsigned long long)s->sent, (unsigned long long)s->failed,
		    (unsigned long long)s->answers);
	}
}
