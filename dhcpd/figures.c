/* SPDX-License-Identifier: BSD-2-Clause */
/* figures.c -- counters and gauges, as JSON, as OpenMetrics text and in the log. */
#include <inttypes.h>
#include <string.h>

#include "dhcpd/server.h"
#include "libpxecommon/base/counter.h"
#include "libpxecommon/os/log.h"

#define FIGURE_TABLE(X)                                                                            \
	X(LEASES, GAUGE, "dhcpd_leases", "Lease records in memory.")                               \
	X(OFFERS, GAUGE, "dhcpd_offers", "Addresses on offer.")                                    \
	X(PROBES, GAUGE, "dhcpd_probes", "Addresses being probed.")                                \
	X(WAITING, GAUGE, "dhcpd_waiting_replies", "Replies that wait for the lease file.")        \
	X(SENT, COUNTER, "dhcpd_replies_sent", "Replies handed to the kernel.")                    \
	X(SEND_FAILED, COUNTER, "dhcpd_replies_failed", "Replies the kernel refused.")             \
	X(OVERFLOWS, COUNTER, "dhcpd_receive_overflows",                                           \
	    "Datagrams lost because a receive buffer was full.")                                   \
	X(DROPPED, COUNTER, "dhcpd_dropped_busy",                                                  \
	    "Packets dropped because too many replies waited for the lease file.")                 \
	X(BACKLOG, GAUGE, "dhcpd_backlog", "DHCPDISCOVERs that wait for begun exchanges.")         \
	X(REPEATS, COUNTER, "dhcpd_backlog_repeats", "Repeats of a packet that waited already.")   \
	X(CROWDED, COUNTER, "dhcpd_backlog_crowded_out",                                           \
	    "Packets dropped because too many of their source waited.")                            \
	X(STALE, COUNTER, "dhcpd_backlog_stale",                                                   \
	    "Packets dropped because they waited so long that the client asked again.")            \
	X(TOO_FAST, COUNTER, "dhcpd_dropped_rate",                                                 \
	    "Packets dropped because a client, circuit or relay brought too many.")                \
	X(BATCHES, COUNTER, "dhcpd_store_batches", "Batches written to the lease file.")           \
	X(RECORDS, COUNTER, "dhcpd_store_records", "Lease records written.")                       \
	X(BYTES, COUNTER, "dhcpd_store_bytes", "Bytes appended to the lease file.")                \
	X(FAILURES, COUNTER, "dhcpd_store_failures", "Batches that could not be written.")         \
	X(REWRITES, COUNTER, "dhcpd_store_rewrites", "Times the lease file was rewritten.")        \
	X(SYNC_US, COUNTER, "dhcpd_store_sync_microseconds",                                       \
	    "Time spent in writing and syncing batches.")                                          \
	X(SYNC_MAX, GAUGE, "dhcpd_store_sync_microseconds_max", "Longest batch so far.")           \
	X(BATCH_MAX, GAUGE, "dhcpd_store_batch_max", "Most replies one batch released.")           \
	X(FILE, GAUGE, "dhcpd_store_file_bytes", "Size of the lease file.")                        \
	X(COMMANDS, COUNTER, "dhcpd_commands", "Commands run by execute.")                         \
	X(COMMANDS_FAILED, COUNTER, "dhcpd_commands_failed", "Commands that failed.")

enum figure {
#define X(id, type, name, help) FIGURE_##id,
	FIGURE_TABLE(X)
#undef X
	    FIGURE_COUNT
};

static const struct pxe_counter_row rows[FIGURE_COUNT] = {
#define X(id, counter_type, counter_name, counter_help)                                            \
	{.name = counter_name, .help = counter_help, .type = PXE_##counter_type},
    FIGURE_TABLE(X)
#undef X
};

static void collect(struct server *s, uint64_t v[FIGURE_COUNT])
{
	struct store_figures st;
	struct net_figures net;
	struct intake_figures in = {0};

	store_figures(s->store, &st);
	s->family->net_figures(s, &net);
	if (s->intake != NULL)
		intake_figures(s->intake, &in);
	if (s->intake6 != NULL)
		in.too_fast = intake6_too_fast(s->intake6);
	v[FIGURE_BACKLOG] = in.waiting;
	v[FIGURE_REPEATS] = in.repeats;
	v[FIGURE_CROWDED] = in.crowded;
	v[FIGURE_STALE] = in.stale;
	v[FIGURE_TOO_FAST] = in.too_fast;
	v[FIGURE_LEASES] = s->family->leases(s);
	v[FIGURE_OFFERS] = s->family->offers(s);
	v[FIGURE_PROBES] = s->prober != NULL ? probe_count(s->prober) : 0;
	v[FIGURE_WAITING] = s->ntxn;
	v[FIGURE_SENT] = net.sent;
	v[FIGURE_SEND_FAILED] = net.failed;
	v[FIGURE_OVERFLOWS] = net.overflows;
	v[FIGURE_DROPPED] = s->dropped_busy;
	v[FIGURE_BATCHES] = st.batches;
	v[FIGURE_RECORDS] = st.records;
	v[FIGURE_BYTES] = st.bytes;
	v[FIGURE_FAILURES] = st.failures;
	v[FIGURE_REWRITES] = st.rewrites;
	v[FIGURE_SYNC_US] = st.sync_us;
	v[FIGURE_SYNC_MAX] = st.sync_us_max;
	v[FIGURE_BATCH_MAX] = st.batch_max;
	v[FIGURE_FILE] = st.file_bytes;
	v[FIGURE_COMMANDS] = s->exec.started;
	v[FIGURE_COMMANDS_FAILED] = s->exec.failed;
}

static void exchanges_json(const struct server *s, struct pxe_json *j)
{
	pxe_json_open(j, "exchanges", '{');
	for (unsigned st = 0; st < PXE_STAGE_COUNT; st++) {
		for (unsigned r = 0; r < PXE_REASON_COUNT; r++) {
			char key[128];
			struct pxe_text t = pxe_text_init(key, sizeof(key));

			if (s->count[st][r] == 0)
				continue;
			pxe_text_addf(&t, "%s/%s", pxe_stage_name((enum pxe_stage)st),
			    pxe_reason_name((enum pxe_reason)r));
			pxe_json_u64(j, key, s->count[st][r]);
		}
	}
	pxe_json_close(j, '}');
}

static void times_json(const struct server *s, struct pxe_json *j)
{
	struct store_figures st;

	store_figures(s->store, &st);
	pxe_json_open(j, "times", '{');
	histogram_json(j, &s->reply, &histogram_us, "reply_us");
	histogram_json(j, &s->dora, &histogram_us, "dora_us");
	histogram_json(j, &st.sync, &histogram_us, "sync_us");
	histogram_json(j, &st.batch, &histogram_size, "batch");
	pxe_json_close(j, '}');
}

static void pools_json(const struct server *s, struct pxe_json *j)
{
	struct server_pool p;

	pxe_json_open(j, "pools", '[');
	for (size_t i = 0; s->family->pool(s, i, &p); i++) {
		if (p.total == 0)
			continue;
		pxe_json_open(j, NULL, '{');
		pxe_json_str(j, "network", p.network);
		pxe_json_str(j, "range", p.range);
		pxe_json_u64(j, "total", p.total);
		pxe_json_u64(j, "active", p.active);
		pxe_json_u64(j, "abandoned", p.abandoned);
		pxe_json_u64(j, "offered", p.offered);
		pxe_json_close(j, '}');
	}
	pxe_json_close(j, ']');
}

void figures_stats(struct pxe_json *j, void *arg)
{
	struct server *s = arg;
	uint64_t v[FIGURE_COUNT];

	collect(s, v);
	pxe_json_u64(j, "interfaces", s->family->interfaces(s));
	pxe_counters_json(j, "counters", rows, v, FIGURE_COUNT);
	exchanges_json(s, j);
	times_json(s, j);
	pools_json(s, j);
}

static void exchanges_metrics(const struct server *s, struct pxe_text *t)
{
	pxe_text_add(t, "# TYPE dhcpd_exchanges counter\n"
			"# HELP dhcpd_exchanges Packets by how they ended.\n");
	for (unsigned st = 0; st < PXE_STAGE_COUNT; st++)
		for (unsigned r = 0; r < PXE_REASON_COUNT; r++)
			if (s->count[st][r] > 0)
				pxe_text_addf(t,
				    "dhcpd_exchanges_total{stage=\"%s\",reason=\"%s\"} %" PRIu64
				    "\n",
				    pxe_stage_name((enum pxe_stage)st),
				    pxe_reason_name((enum pxe_reason)r), s->count[st][r]);
}

static void received_metrics(const struct server *s, struct pxe_text *t)
{
	pxe_text_add(t, "# TYPE dhcpd_received counter\n"
			"# HELP dhcpd_received Packets that came in, by DHCPv4 message type.\n");
	for (unsigned i = 0; i < sizeof(s->received) / sizeof(s->received[0]); i++) {
		const char *name = pxe_dhcp_type_name(i);

		if (s->received[i] > 0)
			pxe_text_addf(t, "dhcpd_received_total{type=\"%s\"} %" PRIu64 "\n",
			    name != NULL ? name : "OTHER", s->received[i]);
	}
}

static void times_metrics(const struct server *s, struct pxe_text *t)
{
	struct store_figures st;

	store_figures(s->store, &st);
	histogram_metrics(
	    t, &s->reply, &histogram_us, "dhcpd_reply_seconds", "From a packet to its reply.");
	histogram_metrics(t, &s->dora, &histogram_us, "dhcpd_dora_seconds",
	    "From a DHCPDISCOVER to its DHCPACK, the client's part included.");
	histogram_metrics(t, &st.sync, &histogram_us, "dhcpd_store_sync_seconds",
	    "Writing and syncing one batch of the lease file.");
	histogram_metrics(t, &st.batch, &histogram_size, "dhcpd_store_batch_replies",
	    "Replies that one batch released.");
}

static void pools_metrics(const struct server *s, struct pxe_text *t)
{
	static const char *const states[] = {"total", "active", "abandoned", "offered"};
	struct server_pool p;

	pxe_text_add(t, "# TYPE dhcpd_pool_addresses gauge\n"
			"# HELP dhcpd_pool_addresses Addresses of a pool by state.\n");
	for (size_t i = 0; s->family->pool(s, i, &p); i++) {
		const uint64_t v[] = {p.total, p.active, p.abandoned, p.offered};

		for (size_t k = 0; p.total > 0 && k < 4; k++)
			pxe_text_addf(t,
			    "dhcpd_pool_addresses{pool=\"%s\",state=\"%s\"} %" PRIu64 "\n", p.range,
			    states[k], v[k]);
	}
}

void figures_metrics(struct pxe_text *t, void *arg)
{
	struct server *s = arg;
	uint64_t v[FIGURE_COUNT];

	collect(s, v);
	pxe_counters_metrics(t, rows, v, FIGURE_COUNT);
	exchanges_metrics(s, t);
	received_metrics(s, t);
	times_metrics(s, t);
	pools_metrics(s, t);
}

void figures_log(struct server *s)
{
	uint64_t v[FIGURE_COUNT];
	struct server_pool p;

	collect(s, v);
	for (size_t i = 0; i < FIGURE_COUNT; i++)
		pxe_log_notice("%s %" PRIu64, rows[i].name, v[i]);
	for (size_t i = 0; s->family->pool(s, i, &p); i++)
		if (p.total > 0)
			pxe_log_notice("pool %s: %" PRIu64 " of %" PRIu64 " bound, %" PRIu64
				       " abandoned, %" PRIu64 " on offer",
			    p.range, p.active, p.total, p.abandoned, p.offered);
}
