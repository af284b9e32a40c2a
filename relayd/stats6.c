/* SPDX-License-Identifier: BSD-2-Clause */
/* stats6.c -- what the DHCPv6 relay counts and how it shows it. */
#include "relayd/stats6.h"

#include "libpxecommon/os/log.h"
#include "relayd/relayd6.h"

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
	pxe_json_u64(j, "sent", u->sent);
	pxe_json_u64(j, "failed", u->failed);
	pxe_json_u64(j, "answers", u->answers);
}

static int run_interfaces(struct pxe_control_conn *conn, const char *args, void *arg)
{
	struct relayd6 *d = arg;

	(void)args;
	for (size_t i = 0; i < d->relay.nlower + d->relay.nupper; i++) {
		char buf[1024];
		struct pxe_text t = pxe_text_init(buf, sizeof(buf));
		struct pxe_json j = pxe_json_init(&t);

		pxe_json_open(&j, NULL, '{');
		if (i < d->relay.nlower)
			lower_json(&j, &d->relay.lower[i]);
		else
			upper_json(&j, &d->relay.upper[i - d->relay.nlower]);
		pxe_json_close(&j, '}');
		if (!pxe_control_line(conn, &t))
			break;
	}
	return 0;
}

const struct pxe_control_cmd stats6_commands[] = {
    {"interfaces", "lower and upper links: addresses, packets", run_interfaces},
};
const size_t stats6_ncommands = sizeof(stats6_commands) / sizeof(stats6_commands[0]);

void stats6_json(struct pxe_json *j, void *arg)
{
	const struct relayd6 *d = arg;

	pxe_counters_json(j, "counters", rows, d->stats.v, STATS6_COUNT);
	pxe_json_u64(j, "receive_overflows", shell_overflows(&d->sh));
}

static const struct {
	const char *name, *help;
	size_t offset;
} lower_families[] = {
    {"relayd6_lower_received", "packets received on a lower link",
	offsetof(struct relay6_stats, received)},
    {"relayd6_lower_relayed", "of those, passed on", offsetof(struct relay6_stats, relayed)},
    {"relayd6_lower_dropped", "of those, not passed on", offsetof(struct relay6_stats, dropped)},
};

static const struct {
	const char *name, *help;
	size_t offset;
} upper_families[] = {
    {"relayd6_upper_sent", "messages sent up a link", offsetof(struct relay6_upper, sent)},
    {"relayd6_upper_failed", "messages that could not be sent",
	offsetof(struct relay6_upper, failed)},
    {"relayd6_upper_answers", "messages passed on from a link",
	offsetof(struct relay6_upper, answers)},
};

static void add_sample(
    struct pxe_text *t, const char *family, const char *ifname, const void *base, size_t offset)
{
	pxe_text_addf(t, "%s_total{interface=\"%s\"} ", family, ifname);
	pxe_text_add_u64(t, *(const uint64_t *)(const void *)((const char *)base + offset));
	pxe_text_addc(t, '\n');
}

static void add_head(struct pxe_text *t, const char *family, const char *help)
{
	pxe_text_addf(t, "# TYPE %s counter\n# HELP %s %s\n", family, family, help);
}

/* Several servers may be behind one link: a sample has to have labels of its own. */
static void add_uppers(struct pxe_text *t, const struct relay6 *r, size_t f)
{
	add_head(t, upper_families[f].name, upper_families[f].help);
	for (size_t i = 0; i < r->nupper; i++) {
		struct pxe_ip ip = {.family = 6, .v6 = r->upper[i].to};
		char label[RELAY6_NAME_MAX + PXE_IP_STRLEN + 16], buf[PXE_IP_STRLEN];
		struct pxe_text l = pxe_text_init(label, sizeof(label));

		pxe_text_addf(&l, "%s\",to=\"%s", r->upper[i].name, pxe_ip_str(&ip, buf));
		add_sample(
		    t, upper_families[f].name, label, &r->upper[i], upper_families[f].offset);
	}
}

void stats6_metrics(struct pxe_text *t, void *arg)
{
	const struct relayd6 *d = arg;
	const struct relay6 *r = &d->relay;

	pxe_counters_metrics(t, rows, d->stats.v, STATS6_COUNT);
	for (size_t f = 0; f < sizeof(lower_families) / sizeof(lower_families[0]); f++) {
		add_head(t, lower_families[f].name, lower_families[f].help);
		for (size_t i = 0; i < r->nlower; i++)
			add_sample(t, lower_families[f].name, r->lower[i].name, &r->lower[i].stats,
			    lower_families[f].offset);
	}
	for (size_t f = 0; f < sizeof(upper_families) / sizeof(upper_families[0]); f++)
		add_uppers(t, r, f);
}

void stats6_log(const struct relayd6 *d)
{
	for (size_t i = 0; i < STATS6_COUNT; i++) {
		if (d->stats.v[i] != 0)
			pxe_log_notice("%s{%s} %llu", rows[i].name,
			    rows[i].labels != NULL ? rows[i].labels : "",
			    (unsigned long long)d->stats.v[i]);
	}
}
