/* SPDX-License-Identifier: BSD-2-Clause */
/* intake.c -- which DHCPv4 message is dealt with when, and which not at all. */
#include "dhcpd/intake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "dhcpd/core/backlog.h"
#include "dhcpd/core/limit.h"
#include "dhcpd/server.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"

enum { ROUND = 64 }; /* waiting messages dealt with between two looks at the sockets */

enum kind { CLIENT, CIRCUIT, RELAY, KINDS };

static const struct {
	const char *setting, *what;
} kinds[KINDS] = {
    [CLIENT] = {"client_rate", "client"},
    [CIRCUIT] = {"circuit_rate", "circuit"},
    [RELAY] = {"relay_rate", "relay"},
};

struct intake {
	struct server *s;
	struct pxe_hash_seed seed;
	struct backlog backlog;
	struct limit limit[KINDS];
	struct pxe_log_limit log;
	uv_check_t check; /* after the sockets were read */
	uv_idle_t idle;   /* running while messages wait: the loop does not sleep */
	unsigned open_handles;
};

/* ---- too fast ---- */

/* False: that kind of sender is not known. */
static bool id_of(const struct intake *k, enum kind kind, const struct core_in *in,
    const struct backlog_look *look, uint64_t *out)
{
	uint32_t link[2] = {look->giaddr != 0 ? 0 : in->ifindex, look->giaddr};
	uint64_t id = pxe_siphash(&k->seed, link, sizeof(link));

	switch (kind) {
	case CLIENT:
		*out = id ^ pxe_siphash(&k->seed, look->hw, look->hw_len);
		return look->hw_len > 0;
	case CIRCUIT:
		*out = id ^ pxe_siphash(&k->seed, look->circuit, look->circuit_len);
		return look->circuit != NULL;
	case RELAY:
	case KINDS:
		break;
	}
	*out = id;
	return look->giaddr != 0;
}

static enum pxe_stage stage_of(uint8_t type)
{
	static const enum pxe_stage stages[] = {
	    [PXE_DHCP_BOOTP] = PXE_STAGE_BOOTP,
	    [PXE_DHCP_DISCOVER] = PXE_STAGE_DISCOVER,
	    [PXE_DHCP_OFFER] = PXE_STAGE_PACKET,
	    [PXE_DHCP_REQUEST] = PXE_STAGE_REQUEST,
	    [PXE_DHCP_DECLINE] = PXE_STAGE_DECLINE,
	    [PXE_DHCP_ACK] = PXE_STAGE_PACKET,
	    [PXE_DHCP_NAK] = PXE_STAGE_PACKET,
	    [PXE_DHCP_RELEASE] = PXE_STAGE_RELEASE,
	    [PXE_DHCP_INFORM] = PXE_STAGE_INFORM,
	    [PXE_DHCP_FORCERENEW] = PXE_STAGE_PACKET,
	    [PXE_DHCP_LEASEQUERY] = PXE_STAGE_LEASEQUERY,
	};

	return type < sizeof(stages) / sizeof(stages[0]) ? stages[type] : PXE_STAGE_PACKET;
}

static struct pxe_event event_of(
    const struct core_in *in, const struct backlog_look *look, const struct pxe_now *now)
{
	struct pxe_event ev = {.time_us = now->wall_us,
	    .stage = stage_of(look->type),
	    .reason = PXE_REASON_OVERLOAD,
	    .ip = in->from.ip,
	    .port = in->from.port,
	    .xid = look->xid};

	ev.mac.type = in->data[1];
	ev.mac.len = look->hw_len;
	memcpy(ev.mac.b, look->hw, look->hw_len);
	if (look->giaddr != 0)
		ev.giaddr = pxe_ip_from4((struct pxe_ip4){.v = look->giaddr});
	return ev;
}

static void refuse(struct intake *k, enum kind kind, const struct core_in *in,
    const struct backlog_look *look, const struct pxe_now *now)
{
	struct pxe_event ev = event_of(in, look, now);
	char hw[PXE_HWADDR_STRLEN], from[PXE_IP_STRLEN];

	ev.detail = kinds[kind].setting;
	pxe_log_limited(&k->log, PXE_LOG_WARNING,
	    "%s from %s brings more than %u packets a second, some are dropped (%s)",
	    pxe_hwaddr_str(&ev.mac, hw), pxe_ip_str(&in->from.ip, from), k->limit[kind].rate,
	    kinds[kind].setting);
	server_emit(k->s, &ev);
}

/* One that waited is left out. */
static void on_lost(void *arg, const struct core_in *in, enum pxe_reason reason)
{
	struct intake *k = arg;
	struct backlog_look look;
	struct pxe_now now = server_now();
	struct pxe_event ev;

	if (!backlog_look(in->data, in->len, &look))
		return;
	ev = event_of(in, &look, &now);
	ev.reason = reason;
	ev.detail = "waited for begun exchanges";
	server_emit(k->s, &ev);
}

static bool is_too_fast(struct intake *k, const struct core_in *in, const struct backlog_look *look,
    const struct pxe_now *now)
{
	for (unsigned i = 0; i < KINDS; i++) {
		uint64_t id = 0;

		if (k->limit[i].rate == 0 || !id_of(k, (enum kind)i, in, look, &id) ||
		    limit_allows(&k->limit[i], id, now->mono_us))
			continue;
		refuse(k, (enum kind)i, in, look, now);
		return true;
	}
	return false;
}

/* ---- now or later ---- */

void intake_take(struct intake *k, const struct core_in *in, const struct pxe_now *now)
{
	struct backlog_look look;

	if (!backlog_look(in->data, in->len, &look)) {
		server4_packet(k->s, in, now);
		return;
	}
	k->s->received[look.type < 15 ? look.type : 15]++;
	if (is_too_fast(k, in, &look, now))
		return;
	if (look.type != PXE_DHCP_DISCOVER && look.type != PXE_DHCP_BOOTP) {
		server4_packet(k->s, in, now);
		return;
	}
	if (!backlog_add(&k->backlog, in, &look, now->mono_us))
		server4_packet(k->s, in, now);
}

static void on_idle(uv_idle_t *idle)
{
	(void)idle; /* that it is there keeps the loop awake */
}

static void on_check(uv_check_t *check)
{
	struct intake *k = check->data;
	struct pxe_now now;
	struct backlog_item *it = NULL;
	unsigned n = 0;

	if (k->backlog.count == 0)
		return;
	now = server_now();
	while (n++ < ROUND && (it = backlog_take(&k->backlog, now.mono_us)) != NULL) {
		if (!server_is_busy(k->s))
			server4_packet(k->s, &it->in, &now);
		free(it);
	}
	if (k->backlog.count > 0)
		(void)uv_idle_start(&k->idle, on_idle);
	else
		(void)uv_idle_stop(&k->idle);
	server_settle(k->s);
}

void intake_figures(const struct intake *k, struct intake_figures *out)
{
	*out = (struct intake_figures){.waiting = k->backlog.count,
	    .repeats = k->backlog.repeats,
	    .crowded = k->backlog.crowded,
	    .stale = k->backlog.stale};
	for (unsigned i = 0; i < KINDS; i++)
		out->too_fast += k->limit[i].refused;
}

/* ---- open and close ---- */

static void on_closed(uv_handle_t *handle)
{
	struct intake *k = handle->data;

	if (--k->open_handles == 0)
		free(k);
}

void intake_close(struct intake *k)
{
	if (k == NULL)
		return;
	backlog_fini(&k->backlog);
	for (unsigned i = 0; i < KINDS; i++)
		limit_fini(&k->limit[i]);
	uv_close((uv_handle_t *)&k->check, on_closed);
	uv_close((uv_handle_t *)&k->idle, on_closed);
}

int intake_open(struct server *s, struct intake **out)
{
	struct intake *k = calloc(1, sizeof(*k));
	const int64_t rate[KINDS] = {[CLIENT] = s->options->s.client_rate,
	    [CIRCUIT] = s->options->s.circuit_rate,
	    [RELAY] = s->options->s.relay_rate};
	int err = 0;

	if (k == NULL) {
		pxe_log_error("intake: %s", pxe_strerror(-ENOMEM));
		return -ENOMEM;
	}
	k->s = s;
	k->log = (struct pxe_log_limit)PXE_LOG_LIMIT(1, 3);
	if (getrandom(&k->seed, sizeof(k->seed), 0) != (ssize_t)sizeof(k->seed))
		k->seed = (struct pxe_hash_seed){uv_hrtime(), 1};
	backlog_init(&k->backlog, &k->seed, 0);
	k->backlog.lost = on_lost;
	k->backlog.arg = k;
	(void)uv_check_init(s->loop, &k->check);
	(void)uv_idle_init(s->loop, &k->idle);
	k->open_handles = 2;
	k->check.data = k->idle.data = k;
	(void)uv_check_start(&k->check, on_check);
	for (unsigned i = 0; err == 0 && i < KINDS; i++)
		err = limit_init(&k->limit[i], (uint32_t)rate[i]);
	if (err != 0) {
		pxe_log_error("intake: %s", pxe_strerror(err));
		intake_close(k);
		return err;
	}
	*out = k;
	return 0;
}
