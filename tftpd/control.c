/* SPDX-License-Identifier: BSD-2-Clause */
/* control.c -- what tftpd answers on its control socket. */
#include "libpxecommon/os/control.h"

#include <string.h>
#include <unistd.h>

#include "tftpd/group.h"
#include "tftpd/server.h"

void control_sum(struct server *s, uint64_t out[STAT_COUNT])
{
	memset(out, 0, STAT_COUNT * sizeof(out[0]));
	for (size_t i = 0; i < server_workers(s); i++)
		for (int k = 0; k < STAT_COUNT; k++)
			out[k] += stat_get(&server_worker(s, i)->stats, (enum stat_id)k);
}

static void stats(struct pxe_json *j, void *arg)
{
	uint64_t v[STAT_COUNT];

	control_sum(arg, v);
	pxe_json_u64(j, "workers", server_workers(arg));
	pxe_counters_json(j, "counters", stat_rows, v, STAT_COUNT);
}

static void metrics(struct pxe_text *t, void *arg)
{
	uint64_t v[STAT_COUNT];

	control_sum(arg, v);
	pxe_counters_metrics(t, stat_rows, v, STAT_COUNT);
}

static const char *state_name(const struct session *s)
{
	static const char *const name[] = {[XFER_OACK_SENT] = "oack-sent",
	    [XFER_SENDING] = "sending",
	    [XFER_RECEIVING] = "receiving",
	    [XFER_FLUSHING] = "flushing",
	    [XFER_DALLYING] = "dallying",
	    [XFER_ENDED] = "ended"};

	if (s->started && s->group != NULL)
		return group_is_led_by(s) ? "leading" : "listening";
	return s->started ? name[s->x.state] : "waiting";
}

static bool put_transfer(
    struct pxe_control_conn *conn, const struct worker *w, const struct session *s)
{
	char buf[4096 + MAP_NAME_MAX * 6], ip[PXE_IP_STRLEN], group[PXE_ENDPOINT_STRLEN];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));
	struct pxe_json j = pxe_json_init(&t);
	bool write = s->params.write;

	pxe_json_open(&j, NULL, '{');
	pxe_json_str(&j, "direction", write ? "write" : "read");
	pxe_json_str(&j, "state", state_name(s));
	pxe_json_str(&j, "ip", pxe_ip_str(&s->route.to.ip, ip));
	pxe_json_u64(&j, "port", s->route.to.port);
	if (s->group != NULL)
		pxe_json_str(&j, "group", pxe_endpoint_str(group_to(s->group), group));
	if (s->ifname[0] != '\0')
		pxe_json_str(&j, "ifname", s->ifname);
	pxe_json_str(&j, "file", s->name);
	pxe_json_u64(&j, "bytes", s->x.bytes);
	pxe_json_u64(&j, "size", s->params.size);
	pxe_json_us(&j, "seconds", w->now_us - s->start_us);
	pxe_json_u64(&j, "blksize", s->params.blksize);
	pxe_json_u64(&j, "windowsize", s->params.windowsize);
	pxe_json_u64(&j, "retransmits", s->x.retransmits);
	pxe_json_us(&j, "rtt", s->x.rtt.srtt_us);
	pxe_json_us(&j, "rto", s->x.rtt.rto_us);
	pxe_json_u64(&j, "worker", w->index);
	pxe_json_close(&j, '}');
	return pxe_control_line(conn, &t);
}

static int transfers(struct pxe_control_conn *conn, const char *args, void *arg)
{
	(void)args;
	for (size_t i = 0; i < server_workers(arg); i++) {
		struct worker *w = server_worker(arg, i);
		struct pxe_hnode *node = NULL;
		size_t cursor = 0;
		bool more = true;

		uv_mutex_lock(&w->lock);
		while (more && (node = pxe_hmap_walk(&w->by_tid, node, &cursor)) != NULL)
			more = put_transfer(
			    conn, w, PXE_CONTAINER(node, const struct session, by_tid));
		uv_mutex_unlock(&w->lock);
	}
	return 0;
}

static int reload(void *arg, struct pxe_text *why)
{
	return server_reload(arg, why);
}

static const struct pxe_control_cmd commands[] = {
    {"transfers", "transfers now, one line each", transfers},
};

int control_open(struct server *s, uv_loop_t *loop, const struct tftpd_conf *conf,
    struct pxe_events *events, struct pxe_control **out)
{
	const struct pxe_control_opts opts = {
	    .daemon = "tftpd",
	    .path = conf->common.control,
	    .owner = conf->common.user != NULL ? conf->common.user
		     : geteuid() == 0          ? "nobody"
					       : NULL,
	    .group = conf->common.control_group,
	    .events = events,
	    .cmd = commands,
	    .ncmd = sizeof(commands) / sizeof(commands[0]),
	    .stats = stats,
	    .metrics = metrics,
	    .reload = reload,
	    .arg = s,
	};

	return pxe_control_new(loop, &opts, out);
}
