/* SPDX-License-Identifier: BSD-2-Clause */
/* stats6.c -- what the DHCPv6 relay counts and how it shows it. */
#include "relayd/stats6.h"

#include "libpxecommon/os/log.h"
#include "relayd/relayd6.h"
#include "relayd/stats_part.h"

#define MESSAGES "messages passed on"
#define DROPS    "packets not passed on"
#define TYPED(way, type)                                                                           \
	{                                                                                          \
		.name = "relayd6_messages", .labels = "direction=\"" way "\",type=\"" type "\"",   \
		.help = MESSAGES                                                                   \
	}

static const struct pxe_counter_row rows[STATS6_COUNT] = {
#define X(name, num, text) [STATS6_UP_##name] = TYPED("up", text),
    PXE_DHCP6_TYPE_TABLE(X)
#undef X
	[STATS6_UP_OTHER] = TYPED("up", "other"),
#define X(name, num, text) [STATS6_DOWN_##name] = TYPED("down", text),
    PXE_DHCP6_TYPE_TABLE(X)
#undef X
	[STATS6_DOWN_OTHER] = TYPED("down", "other"),
#define X(id, text)                                                                                \
	[STATS6_DROP_##id] = {                                                                     \
	    .name = "relayd6_drops", .labels = "reason=\"" text "\"", .help = DROPS},
    STATS6_DROP_TABLE(X)
#undef X
	[STATS6_SENDS_FAILED] = {.name = "relayd6_sends_failed",
	    .help = "datagrams the system refused to send"},
};

static enum stats6_id drop_id(enum pxe_reason reason)
{
	switch (reason) {
#define X(id, name)                                                                                \
	case PXE_REASON_##id:                                                                      \
		return STATS6_DROP_##id;
		STATS6_DROP_TABLE(X)
#undef X
	default:
		return STATS6_DROP_MALFORMED;
	}
}

/* Types are numbered from 1 without a gap. */
static enum stats6_id type_id(uint8_t type, enum stats6_id first, enum stats6_id other)
{
	unsigned id = (unsigned)first + type - 1u;

	return type != 0 && id < (unsigned)other ? (enum stats6_id)id : other;
}

void stats6_packet(struct stats6 *st, const struct relay6_out *out, enum pxe_reason reason)
{
	if (reason != PXE_REASON_OK)
		st->v[drop_id(reason)]++;
	else if (out->dir == RELAY6_UP)
		st->v[type_id(out->type, STATS6_UP_SOLICIT, STATS6_UP_OTHER)]++;
	else
		st->v[type_id(out->type, STATS6_DOWN_SOLICIT, STATS6_DOWN_OTHER)]++;
}

static void address_json(struct pxe_json *j, const char *key, const struct pxe_ip6 *ip6)
{
	struct pxe_ip ip = {.family = 6, .v6 = *ip6};
	char buf[PXE_IP_STRLEN];

	if (!pxe_ip_is_any(&ip))
		pxe_json_str(j, key, pxe_ip_str(&ip, buf));
}

static void lower_json(struct pxe_json *j, const struct relay6_lower *l)
{
	char hex[2 * RELAY6_ID_MAX + 1];
	struct pxe_text t = pxe_text_init(hex, sizeof(hex));

	pxe_text_add_hex(&t, l->id, l->id_len, 0);
	pxe_json_str(j, "name", l->name);
	pxe_json_str(j, "side", "lower");
	pxe_json_u64(j, "index", l->ifindex);
	address_json(j, "address", &l->link);
	pxe_json_str(j, "interface_id", hex);
	pxe_json_u64(j, "received", l->stats.received);
	pxe_json_u64(j, "relayed", l->stats.relayed);
	pxe_json_u64(j, "dropped", l->stats.dropped);
}

static void upper_json(struct pxe_json *j, const struct relay6_upper *u)
{
	pxe_json_str(j, "name", u->name);
	pxe_json_str(j, "side", "upper");
	pxe_json_u64(j, "index", u->ifindex);
	address_json(j, "to", &u->to);
	stats_health_json(j, &u->health, u->ifindex != 0, "absent");
}

static bool link_json(struct pxe_json *j, size_t i, void *arg)
{
	const struct relay6 *r = &((const struct relayd6 *)arg)->relay;

	if (i < r->nlower)
		lower_json(j, &r->lower[i]);
	else
		upper_json(j, &r->upper[i - r->nlower]);
	return true;
}

static int run_interfaces(struct pxe_control_conn *conn, const char *args, void *arg)
{
	struct relayd6 *d = arg;

	(void)args;
	stats_lines(conn, d->relay.nlower + d->relay.nupper, link_json, d);
	return 0;
}

static int run_probe(struct pxe_control_conn *conn, const char *args, void *arg)
{
	char buf[256];
	struct pxe_text why = pxe_text_init(buf, sizeof(buf));
	int err = probe6_start(arg, args, &why);

	return probe_started(conn, err, &why);
}

static int run_probed(struct pxe_control_conn *conn, const char *args, void *arg)
{
	(void)args;
	probe_show(conn, &((const struct relayd6 *)arg)->probe);
	return 0;
}

const struct pxe_control_cmd stats6_commands[] = {
    {"interfaces", "lower and upper links: addresses, packets", run_interfaces},
    {"probe", "send a Solicit up every upper link: [INTERFACE]", run_probe},
    {"probed", "what came of the last probe", run_probed},
};
const size_t stats6_ncommands = sizeof(stats6_commands) / sizeof(stats6_commands[0]);

void stats6_json(struct pxe_json *j, void *arg)
{
	const struct relayd6 *d = arg;

	pxe_counters_json(j, "counters", rows, d->stats.v, STATS6_COUNT);
	pxe_json_u64(j, "receive_overflows", shell_overflows(&d->sh));
}

static const struct stats_family up_family = {"up", "gauge", "1 unless silent or absent", 0};

static const struct stats_family lower_families[] = {
    {"received", "counter", "packets received on a lower link",
	offsetof(struct relay6_stats, received)},
    {"relayed", "counter", "of those, passed on", offsetof(struct relay6_stats, relayed)},
    {"dropped", "counter", "of those, not passed on", offsetof(struct relay6_stats, dropped)},
};

static void lower_family(struct pxe_text *t, const struct relay6 *r, const struct stats_family *f)
{
	stats_head(t, "relayd6_lower", f);
	for (size_t i = 0; i < r->nlower; i++) {
		char labels[RELAY6_NAME_MAX + 16];
		struct pxe_text l = pxe_text_init(labels, sizeof(labels));

		pxe_text_addf(&l, "interface=\"%s\"", r->lower[i].name);
		stats_sample(t, "relayd6_lower", f, labels, &r->lower[i].stats);
	}
}

/* Several servers may be behind one link: a sample has to have labels of its own. */
static void upper_family(struct pxe_text *t, const struct relay6 *r, const struct stats_family *f)
{
	stats_head(t, "relayd6_upper", f);
	for (size_t i = 0; i < r->nupper; i++) {
		const struct relay6_upper *u = &r->upper[i];
		struct pxe_ip ip = {.family = 6, .v6 = u->to};
		uint64_t is_up = u->ifindex != 0 && !u->health.is_dead;
		char labels[RELAY6_LABEL_MAX + 32], buf[PXE_IP_STRLEN];
		struct pxe_text l = pxe_text_init(labels, sizeof(labels));

		pxe_text_addf(&l, "interface=\"%s\",to=\"%s\"", u->name, pxe_ip_str(&ip, buf));
		stats_sample(t, "relayd6_upper", f, labels,
		    f == &up_family ? (const void *)&is_up : &u->health);
	}
}

void stats6_metrics(struct pxe_text *t, void *arg)
{
	const struct relayd6 *d = arg;

	pxe_counters_metrics(t, rows, d->stats.v, STATS6_COUNT);
	for (size_t f = 0; f < sizeof(lower_families) / sizeof(lower_families[0]); f++)
		lower_family(t, &d->relay, &lower_families[f]);
	for (size_t f = 0; f < STATS_HEALTH_FAMILIES; f++)
		upper_family(t, &d->relay, &stats_health_families[f]);
	upper_family(t, &d->relay, &up_family);
}

void stats6_log(const struct relayd6 *d)
{
	stats_log_counters(rows, d->stats.v, STATS6_COUNT);
	for (size_t i = 0; i < d->relay.nupper; i++) {
		const struct relay6_upper *u = &d->relay.upper[i];

		pxe_log_notice("%s: %s, %llu sent, %llu failed, %llu answers", u->label,
		    stats_state(&u->health, u->ifindex != 0, "absent"),
		    (unsigned long long)u->health.sent, (unsigned long long)u->health.failed,
		    (unsigned long long)u->health.answers);
	}
}
