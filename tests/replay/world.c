/* SPDX-License-Identifier: BSD-2-Clause */
/* world.c -- a core with a clock, a lease file in memory and neighbours. */
#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONF_PATH "conf"

/* 2026-11-24 08:00:00 UTC */
static const int64_t START_S = 1795507200;

__attribute__((format(printf, 2, 3))) static void blame(struct world *w, const char *fmt, ...)
{
	va_list ap;

	if (w->why[0] != '\0')
		return;
	va_start(ap, fmt);
	(void)vsnprintf(w->why, sizeof(w->why), fmt, ap);
	va_end(ap);
}

/* ---- surroundings ---- */

static const struct core_iface *iface_of(void *arg, unsigned ifindex)
{
	struct world *w = arg;

	for (size_t i = 0; i < w->niface; i++)
		if (w->iface[i].core.index == ifindex)
			return &w->iface[i].core;
	return NULL;
}

static bool is_ours(void *arg, struct pxe_ip4 ip)
{
	struct world *w = arg;

	for (size_t i = 0; i < w->nours; i++)
		if (w->ours[i].v == ip.v)
			return true;
	for (size_t i = 0; i < w->niface; i++)
		for (size_t k = 0; k < w->iface[i].core.naddr; k++)
			if (w->iface[i].addr[k].v == ip.v)
				return true;
	return false;
}

static int read_conf(void *arg, const char *path, char **out_text, size_t *out_len)
{
	const struct world *w = arg;

	if (strcmp(path, CONF_PATH) != 0)
		return -2;
	*out_len = strlen(w->conf_text);
	*out_text = strdup(w->conf_text);
	return *out_text != NULL ? 0 : -12;
}

void world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->now = (struct pxe_now){START_S * PXE_US_PER_S, 1000 * PXE_US_PER_S};
}

void world_forget(struct world *w)
{
	for (size_t i = 0; i < w->nsent; i++)
		free(w->sent[i].bytes);
	for (size_t i = 0; i < w->nlog; i++)
		free(w->log[i]);
	for (size_t i = 0; i < w->nexec; i++)
		free(w->exec[i]);
	w->nsent = w->nevent = w->nlog = w->nexec = w->nprobe = 0;
}

void world_fini(struct world *w)
{
	world_forget(w);
	for (size_t i = 0; i < w->nheld; i++)
		free(w->held[i]);
	core_free(w->core);
	free(w->journal);
	free(w->conf_text);
}

bool world_journal_add(struct world *w, const char *text, size_t len)
{
	if (w->journal_len + len + 1 > w->journal_cap) {
		size_t cap = (w->journal_len + len + 1) * 2;
		char *p = realloc(w->journal, cap);

		if (p == NULL)
			return false;
		w->journal = p;
		w->journal_cap = cap;
	}
	memcpy(w->journal + w->journal_len, text, len);
	w->journal_len += len;
	w->journal[w->journal_len] = '\0';
	return true;
}

/* ---- the core ---- */

static bool parse(struct world *w, struct conf **out)
{
	struct conf_input in = {.family = 4, .path = CONF_PATH, .read = read_conf, .arg = w};
	struct pxe_diag diag;
	char line[512] = "no finding";
	int err = 0;

	pxe_diag_init(&diag);
	err = conf_parse(&in, &diag, out);
	for (size_t i = diag.n; i-- > 0;)
		if (diag.v[i].level == PXE_DIAG_ERROR)
			(void)pxe_diag_str(&diag.v[i], line, sizeof(line));
	pxe_diag_fini(&diag);
	if (err != 0)
		blame(w, "config: %s", line);
	return err == 0;
}

static bool load(struct world *w)
{
	struct lease_reader *r = malloc(sizeof(*r));
	struct lease_entry e;

	if (r == NULL)
		return false;
	lease_reader_init(r, w->journal != NULL ? w->journal : "", w->journal_len);
	for (lease_reader_next(r, &e); e.kind != LEASE_ENTRY_END; lease_reader_next(r, &e))
		if (e.kind == LEASE_ENTRY_LEASE)
			(void)core_load(w->core, &e.rec);
	free(r);
	return true;
}

static void tick(struct world *w);

static bool make(struct world *w, struct conf *conf)
{
	struct core_opts o = {
	    .seed = {1, 2},
	    .server_port = 67,
	    .client_port = 68,
	    .broadcast = {0xffffffff},
	    .hostname = "server",
	    .isc_foreign_request = w->foreign_request,
	    .isc_foreign_decline = w->foreign_decline,
	    .iface = iface_of,
	    .is_ours = is_ours,
	    .arg = w,
	};

	if (core_new(&o, &w->core) != 0)
		return false;
	if (core_configure(w->core, conf) != 0 || !load(w))
		return false;
	tick(w);
	return true;
}

bool world_configure(struct world *w, const char *conf_text)
{
	struct conf *conf = NULL;
	char *copy = strdup(conf_text);

	if (copy == NULL)
		return false;
	free(w->conf_text);
	w->conf_text = copy;
	if (!parse(w, &conf))
		return false;
	return w->core == NULL ? make(w, conf) : core_configure(w->core, conf) == 0;
}

/* ---- effects ---- */

/* one-lease-per-client takes a client's other leases away when it is given one. */
static void give_up_others(struct world *w, const struct pxe_hwaddr *hw)
{
	for (size_t i = 0; i < w->nack;) {
		const struct lease *l = lease_find(core_leases(w->core), w->ack[i].ip);

		if (pxe_hwaddr_eq(&w->ack[i].hw, hw) && l != NULL && l->state == LEASE_FREE)
			w->ack[i] = w->ack[--w->nack];
		else
			i++;
	}
}

static void note_ack(struct world *w, const struct pxe_dhcp_msg *m)
{
	struct pxe_hwaddr hw = pxe_dhcp_hwaddr(m);
	int64_t now_s = pxe_now_wall_s(&w->now);
	const struct lease *l = lease_find(core_leases(w->core), m->yiaddr);
	uint32_t lease_s = 0;
	char ip[PXE_IP4_STRLEN];

	if (m->type == PXE_DHCP_OFFER) {
		w->offered = m->yiaddr;
		(void)pxe_dhcp_get_ip4(m, 54, &w->offered_by);
	}
	if (m->type != PXE_DHCP_ACK || !pxe_dhcp_get_u32(m, 51, &lease_s))
		return;
	give_up_others(w, &hw);
	for (size_t i = 0; i < w->nack; i++) {
		struct world_ack *a = &w->ack[i];

		if (a->ip.v != m->yiaddr.v)
			continue;
		if (a->until_s > now_s && !pxe_hwaddr_eq(&a->hw, &hw))
			blame(w, "%s acknowledged to two clients", pxe_ip4_str(a->ip, ip));
		w->ack[i] = w->ack[--w->nack];
		break;
	}
	if (w->nack < WORLD_ACKS_MAX)
		w->ack[w->nack++] = (struct world_ack){.ip = m->yiaddr,
		    .hw = hw,
		    .until_s = lease_s == UINT32_MAX ? INT64_MAX : now_s + lease_s,
		    .is_static = l == NULL};
}

static void drop_ack(struct world *w, const struct pxe_ip *ip)
{
	for (size_t i = 0; i < w->nack; i++) {
		if (ip->family == 4 && w->ack[i].ip.v == ip->v4.v) {
			w->ack[i] = w->ack[--w->nack];
			return;
		}
	}
}

static void on_send(struct world *w, const struct fx_send *send)
{
	struct world_send *s = NULL;

	if (w->nsent == WORLD_SEEN_MAX)
		return;
	s = &w->sent[w->nsent];
	memset(s, 0, sizeof(*s));
	if (pxe_dhcp_parse(send->p, send->len, &s->msg) != 0) {
		blame(w, "an answer does not parse");
		return;
	}
	s->dest = send->dest;
	s->len = send->len;
	s->bytes = malloc(send->len);
	if (s->bytes == NULL)
		return;
	memcpy(s->bytes, send->p, send->len);
	w->nsent++;
	note_ack(w, &s->msg);
}

static bool is_of_packet(enum pxe_stage stage)
{
	return stage != PXE_STAGE_LEASE && stage != PXE_STAGE_SERVICE;
}

static void on_event(struct world *w, const struct pxe_event *ev)
{
	if (is_of_packet(ev->stage))
		w->packet_events++;
	if (ev->stage == PXE_STAGE_RELEASE || ev->stage == PXE_STAGE_DECLINE ||
	    ev->stage == PXE_STAGE_LEASE)
		if (ev->stage == PXE_STAGE_LEASE || ev->reason == PXE_REASON_OK ||
		    ev->reason == PXE_REASON_IN_USE)
			drop_ack(w, &ev->ip);
	if (w->nevent == WORLD_SEEN_MAX)
		return;
	w->event[w->nevent].stage = ev->stage;
	w->event[w->nevent].reason = ev->reason;
	(void)snprintf(w->event[w->nevent].where, sizeof(w->event[0].where), "%s",
	    ev->where != NULL ? ev->where : "");
	w->nevent++;
}

static void on_exec(struct world *w, char *const *argv)
{
	char text[1024];
	struct pxe_text t = pxe_text_init(text, sizeof(text));

	for (size_t i = 0; argv[i] != NULL; i++)
		pxe_text_addf(&t, "%s%s", i > 0 ? " " : "", argv[i]);
	if (w->nexec < WORLD_SEEN_MAX)
		w->exec[w->nexec++] = strdup(text);
}

static void on_probe(struct world *w, struct pxe_ip4 ip)
{
	if (w->nprobe < WORLD_SEEN_MAX)
		w->probe[w->nprobe++] = ip;
	if (!w->hold_probes)
		world_probed(w, ip, false);
}

/* The lease file written anew from what the core holds. */
static void rewrite(struct world *w)
{
	const struct lease *l = NULL;
	size_t cursor = 0;
	static char text[LEASE_TEXT_MAX];

	w->journal_len = 0;
	while ((l = lease_walk(core_leases(w->core), &cursor)) != NULL) {
		struct pxe_text t = pxe_text_init(text, sizeof(text));

		core_lease_text(w->core, l, &t);
		if (!lease_is_blank(l) && !world_journal_add(w, text, t.len))
			blame(w, "out of memory");
	}
}

static void effect(struct world *w, const struct fx *e)
{
	switch (e->kind) {
	case FX_SEND:
		on_send(w, &e->send);
		break;
	case FX_EVENT:
		on_event(w, &e->event);
		break;
	case FX_LOG:
		if (w->nlog < WORLD_SEEN_MAX)
			w->log[w->nlog++] = strdup(e->log.text);
		break;
	case FX_EXEC:
		on_exec(w, e->exec.argv);
		break;
	case FX_PROBE:
		on_probe(w, e->probe.ip);
		break;
	case FX_REWRITE:
		rewrite(w);
		break;
	case FX_SEND6:
	case FX_COMMIT:
		break;
	}
}

/* From the barrier on, with the outcome known. */
static void after(struct world *w, struct fx_list *fx, size_t from, bool ok)
{
	for (size_t i = from; i < fx->n; i++) {
		const struct fx *e = &fx->v[i];

		if (e->kind != FX_COMMIT)
			continue;
		if (ok && !world_journal_add(w, e->commit.text, e->commit.len))
			blame(w, "out of memory");
		core_committed(w->core, e->commit.ip, e->commit.version, ok);
	}
	for (size_t i = from; i < fx->n; i++)
		if (fx->v[i].when == FX_ALWAYS || (fx->v[i].when == FX_IF_DURABLE) == ok)
			effect(w, &fx->v[i]);
}

/* Takes fx over. */
static void take(struct world *w, struct fx_list *fx)
{
	size_t i = 0;

	if (fx->overflow)
		blame(w, "the list of effects overflowed");
	for (; i < fx->n && fx->v[i].kind != FX_COMMIT; i++)
		effect(w, &fx->v[i]);
	if (i == fx->n) {
		free(fx);
		return;
	}
	if (w->commit == COMMIT_HOLD) {
		if (w->nheld == WORLD_SEEN_MAX) {
			blame(w, "too much waits for the disk");
			free(fx);
			return;
		}
		w->held[w->nheld] = fx;
		w->held_at[w->nheld++] = i;
		return;
	}
	after(w, fx, i, w->commit == COMMIT_OK);
	free(fx);
}

static struct fx_list *fx_new(void)
{
	struct fx_list *fx = malloc(sizeof(*fx));

	if (fx == NULL)
		abort();
	fx_reset(fx);
	return fx;
}

/* ---- what happens ---- */

void world_packet(struct world *w, const struct core_in *in)
{
	struct fx_list *fx = fx_new();

	w->packets++;
	core_packet(w->core, in, &w->now, fx);
	take(w, fx);
	if (w->nheld == 0 && !w->hold_probes && w->packet_events != w->packets)
		blame(w, "a packet ended in %ld events",
		    (long)w->packet_events - (long)w->packets + 1);
}

void world_probed(struct world *w, struct pxe_ip4 ip, bool answered)
{
	struct fx_list *fx = fx_new();

	core_probed(w->core, ip, answered, &w->now, fx);
	take(w, fx);
}

void world_settle(struct world *w, bool ok)
{
	for (size_t i = 0; i < w->nheld; i++) {
		after(w, w->held[i], w->held_at[i], ok);
		free(w->held[i]);
	}
	w->nheld = 0;
}

static void tick(struct world *w)
{
	struct fx_list *fx = fx_new();

	core_tick(w->core, &w->now, fx);
	take(w, fx);
}

void world_advance(struct world *w, int64_t seconds)
{
	int64_t end_us = w->now.mono_us + seconds * PXE_US_PER_S;

	for (;;) {
		int64_t due = core_deadline_us(w->core, &w->now);
		int64_t step = 0;

		if (due > end_us)
			break;
		step = due > w->now.mono_us ? due - w->now.mono_us : 0;
		w->now.mono_us += step;
		w->now.wall_us += step;
		tick(w);
	}
	w->now.wall_us += end_us - w->now.mono_us;
	w->now.mono_us = end_us;
}

void world_step(struct world *w, int64_t seconds)
{
	w->now.wall_us += seconds * PXE_US_PER_S;
	for (size_t i = 0; i < w->nack; i++)
		if (w->ack[i].until_s != INT64_MAX)
			w->ack[i].until_s += seconds;
}

/* Every lease that somebody was told of must still be there. */
static void check_acks(struct world *w)
{
	char ip[PXE_IP4_STRLEN];

	for (size_t i = 0; i < w->nack; i++) {
		const struct world_ack *a = &w->ack[i];
		const struct lease *l = lease_find(core_leases(w->core), a->ip);
		struct pxe_hwaddr hw = {0};

		if (a->is_static || a->until_s <= pxe_now_wall_s(&w->now))
			continue;
		if (l != NULL)
			hw = lease_hw(l);
		if (l == NULL || l->state != LEASE_ACTIVE || !pxe_hwaddr_eq(&hw, &a->hw) ||
		    lease_time(l->ends) < a->until_s)
			blame(w, "%s was acknowledged and is lost after a crash",
			    pxe_ip4_str(a->ip, ip));
	}
}

bool world_crash(struct world *w)
{
	struct conf *conf = NULL;

	for (size_t i = 0; i < w->nheld; i++)
		free(w->held[i]);
	w->nheld = 0;
	w->packet_events = w->packets;
	core_free(w->core);
	w->core = NULL;
	if (!parse(w, &conf) || !make(w, conf))
		return false;
	check_acks(w);
	return true;
}
