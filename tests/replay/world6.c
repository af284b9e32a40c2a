/* SPDX-License-Identifier: BSD-2-Clause */
/* world6.c -- a DHCPv6 core with a clock and a lease file in memory. */
#include "world6.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONF_PATH "conf"

/* 2026-11-24 08:00:00 UTC */
static const int64_t START_S = 1795507200;
static const uint8_t server_duid[] = {0, 3, 0, 1, 2, 0xff, 0, 0, 0, 1};

__attribute__((format(printf, 2, 3))) static void blame(struct world6 *w, const char *fmt, ...)
{
	va_list ap;

	if (w->why[0] != '\0')
		return;
	va_start(ap, fmt);
	(void)vsnprintf(w->why, sizeof(w->why), fmt, ap);
	va_end(ap);
}

static const char *text_of(const struct pxe_ip6 *ip, uint8_t len, char buf[PXE_PREFIX_STRLEN])
{
	struct pxe_prefix p = {.ip = {.family = 6, .v6 = *ip}, .len = len};

	return len == 128 ? pxe_ip_str(&p.ip, buf) : pxe_prefix_str(&p, buf);
}

/* ---- surroundings ---- */

static const struct core6_iface *iface_of(void *arg, unsigned ifindex)
{
	struct world6 *w = arg;

	for (size_t i = 0; i < w->niface; i++)
		if (w->iface[i].core.index == ifindex)
			return &w->iface[i].core;
	return NULL;
}

static int read_conf(void *arg, const char *path, char **out_text, size_t *out_len)
{
	const struct world6 *w = arg;

	if (strcmp(path, CONF_PATH) != 0)
		return -2;
	*out_len = strlen(w->conf_text);
	*out_text = strdup(w->conf_text);
	return *out_text != NULL ? 0 : -12;
}

void world6_init(struct world6 *w)
{
	memset(w, 0, sizeof(*w));
	w->now = (struct pxe_now){START_S * PXE_US_PER_S, 1000 * PXE_US_PER_S};
}

void world6_forget(struct world6 *w)
{
	for (size_t i = 0; i < w->nsent; i++)
		free(w->sent[i].bytes);
	for (size_t i = 0; i < w->nlog; i++)
		free(w->log[i]);
	w->nsent = w->nevent = w->nlog = 0;
}

void world6_fini(struct world6 *w)
{
	world6_forget(w);
	for (size_t i = 0; i < w->nwaiting; i++)
		free(w->waiting[i]);
	core6_free(w->core);
	free(w->journal);
	free(w->conf_text);
}

bool world6_journal_add(struct world6 *w, const char *text, size_t len)
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

const struct world6_client *world6_client(const struct world6 *w, const char *name)
{
	for (size_t i = 0; i < w->nclient; i++)
		if (strcmp(w->client[i].name, name) == 0)
			return &w->client[i];
	return NULL;
}

/* ---- the core ---- */

static bool parse(struct world6 *w, struct conf **out)
{
	struct conf_input in = {.family = 6, .path = CONF_PATH, .read = read_conf, .arg = w};
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

static bool load(struct world6 *w)
{
	struct lease_reader *r = malloc(sizeof(*r));
	struct lease_entry e;

	if (r == NULL)
		return false;
	lease_reader_init(r, w->journal != NULL ? w->journal : "", w->journal_len);
	for (lease_reader_next(r, &e); e.kind != LEASE_ENTRY_END; lease_reader_next(r, &e))
		if (e.kind == LEASE_ENTRY_IA)
			(void)core6_load(w->core, e.ia, pxe_now_wall_s(&w->now));
	free(r);
	return true;
}

static void tick(struct world6 *w);

static bool make(struct world6 *w, struct conf *conf)
{
	struct core6_opts o = {
	    .seed = {1, 2},
	    .server_port = 547,
	    .client_port = 546,
	    .hostname = "server",
	    .iface = iface_of,
	    .arg = w,
	};

	if (core6_new(&o, &w->core) != 0 || core6_configure(w->core, conf) != 0)
		return false;
	core6_set_duid(w->core, (struct pxe_bytes){server_duid, sizeof(server_duid)});
	if (!load(w))
		return false;
	tick(w);
	return true;
}

bool world6_configure(struct world6 *w, const char *conf_text)
{
	struct conf *conf = NULL;
	char *copy = strdup(conf_text);

	if (copy == NULL)
		return false;
	free(w->conf_text);
	w->conf_text = copy;
	if (!parse(w, &conf))
		return false;
	return w->core == NULL ? make(w, conf) : core6_configure(w->core, conf) == 0;
}

/* ---- what clients were told ---- */

static const struct world6_client *by_duid(const struct world6 *w, struct pxe_bytes duid)
{
	for (size_t i = 0; i < w->nclient; i++)
		if (w->client[i].duid_len == duid.len &&
		    memcmp(w->client[i].duid, duid.p, duid.len) == 0)
			return &w->client[i];
	return NULL;
}

static bool is_of(const struct world6_held *h, const struct world6_client *c, enum lease6_kind kind,
    uint32_t iaid)
{
	return h->client == c && h->kind == kind && h->iaid == iaid;
}

const struct world6_held *world6_held(
    const struct world6 *w, const struct world6_client *c, enum lease6_kind kind, uint32_t iaid)
{
	for (size_t i = w->nheld; i-- > 0;)
		if (is_of(&w->held[i], c, kind, iaid))
			return &w->held[i];
	return NULL;
}

static void drop(struct world6 *w, size_t i)
{
	memmove(&w->held[i], &w->held[i + 1], (w->nheld - i - 1) * sizeof(w->held[0]));
	w->nheld--;
}

static bool overlap(const struct world6_held *a, const struct world6_held *b)
{
	unsigned len = a->len < b->len ? a->len : b->len;
	size_t whole = len / 8;
	unsigned rest = len % 8;

	if (memcmp(a->ip.b, b->ip.b, whole) != 0)
		return false;
	return rest == 0 || (a->ip.b[whole] ^ b->ip.b[whole]) >> (8 - rest) == 0;
}

static void note(struct world6 *w, const struct world6_held *h)
{
	int64_t now_s = pxe_now_wall_s(&w->now);
	char text[PXE_PREFIX_STRLEN];

	for (size_t i = 0; i < w->nheld;) {
		const struct world6_held *o = &w->held[i];
		bool own = is_of(o, h->client, h->kind, h->iaid);

		if (!own && h->bound && o->bound && o->until_s > now_s && overlap(h, o))
			blame(w, "%s is given out twice", text_of(&h->ip, h->len, text));
		if (own && o->len == h->len && memcmp(&o->ip, &h->ip, sizeof(h->ip)) == 0)
			drop(w, i); /* and comes again at the end */
		else
			i++;
	}
	if (w->nheld < WORLD6_HELD_MAX)
		w->held[w->nheld++] = *h;
}

static void note_ia(
    struct world6 *w, const struct pxe_dhcp6_msg *m, uint16_t code, struct pxe_bytes value)
{
	static const uint16_t codes[] = {
	    PXE_DHCP6_OPT_IA_NA, PXE_DHCP6_OPT_IA_TA, PXE_DHCP6_OPT_IA_PD};
	struct pxe_dhcp6_ia ia;
	struct pxe_rd rd;
	struct pxe_dhcp6_opt o;
	struct pxe_dhcp6_lease l;

	if (pxe_dhcp6_parse_ia(code, value, &ia) != 0) {
		blame(w, "an IA of an answer does not parse");
		return;
	}
	rd = pxe_rd_init(ia.options.p, ia.options.len);
	while (pxe_dhcp6_next(&rd, &o)) {
		struct world6_held h = {.client = by_duid(w, pxe_dhcp6_get(m->options, 1)),
		    .iaid = ia.iaid,
		    .bound = m->type == PXE_DHCP6_REPLY};

		if (o.code == PXE_DHCP6_OPT_STATUS_CODE)
			continue;
		if (pxe_dhcp6_parse_lease(o.code, o.value, &l) != 0)
			blame(w, "a lease of an answer does not parse");
		for (unsigned k = 0; k < 3; k++)
			h.kind = codes[k] == code ? (enum lease6_kind)k : h.kind;
		h.ip = l.ip;
		h.len = l.prefix_len;
		h.until_s =
		    l.valid_s == UINT32_MAX ? INT64_MAX : pxe_now_wall_s(&w->now) + l.valid_s;
		h.is_static = lease6_find(core6_leases(w->core), &l.ip, l.prefix_len) == NULL;
		if (l.valid_s > 0)
			note(w, &h);
	}
}

static void on_send(struct world6 *w, const struct fx_send6 *send)
{
	struct world6_send *s = &w->sent[w->nsent];
	struct pxe_rd rd;
	struct pxe_dhcp6_opt o;

	if (w->nsent == WORLD6_SEEN_MAX)
		return;
	memset(s, 0, sizeof(*s));
	s->bytes = malloc(send->len);
	if (s->bytes == NULL)
		return;
	memcpy(s->bytes, send->p, send->len);
	s->to = send->to;
	w->nsent++;
	if (pxe_dhcp6_unwrap(s->bytes, send->len, &s->chain) != 0) {
		blame(w, "an answer does not parse");
		return;
	}
	rd = pxe_rd_init(s->chain.inner.options.p, s->chain.inner.options.len);
	while (pxe_dhcp6_next(&rd, &o))
		if (o.code == PXE_DHCP6_OPT_IA_NA || o.code == PXE_DHCP6_OPT_IA_TA ||
		    o.code == PXE_DHCP6_OPT_IA_PD)
			note_ia(w, &s->chain.inner, o.code, o.value);
}

/* What was released, declined or ran out is nobody's any more. */
static void on_event(struct world6 *w, const struct pxe_event *ev)
{
	if (ev->stage != PXE_STAGE_LEASE && ev->stage != PXE_STAGE_SERVICE)
		w->packet_events++;
	for (size_t i = 0; i < w->nheld;) {
		const struct lease6 *l =
		    lease6_find(core6_leases(w->core), &w->held[i].ip, w->held[i].len);

		if (w->held[i].bound && !w->held[i].is_static && ev->stage != PXE_STAGE_REPLY &&
		    (ev->stage == PXE_STAGE_RELEASE || ev->stage == PXE_STAGE_DECLINE) &&
		    (l == NULL || l->state != LEASE_ACTIVE))
			drop(w, i);
		else
			i++;
	}
	if (w->nevent == WORLD6_SEEN_MAX)
		return;
	w->event[w->nevent].stage = ev->stage;
	w->event[w->nevent].reason = ev->reason;
	(void)snprintf(w->event[w->nevent].where, sizeof(w->event[0].where), "%s",
	    ev->where != NULL ? ev->where : "");
	w->nevent++;
}

/* The lease file written anew from what the core holds. */
static void rewrite(struct world6 *w)
{
	static char text[LEASE6_TEXT_MAX];
	const struct ia6 *ia = NULL;
	size_t cursor = 0;

	w->journal_len = 0;
	while ((ia = ia6_walk(core6_leases(w->core), &cursor)) != NULL) {
		struct pxe_text t = pxe_text_init(text, sizeof(text));

		core6_lease_text(w->core, ia, &t);
		if (ia6_is_written(ia) && !world6_journal_add(w, text, t.len))
			blame(w, "out of memory");
	}
}

static void effect(struct world6 *w, const struct fx *e)
{
	switch (e->kind) {
	case FX_SEND6:
		on_send(w, &e->send6);
		break;
	case FX_EVENT:
		on_event(w, &e->event);
		break;
	case FX_LOG:
		if (w->nlog < WORLD6_SEEN_MAX)
			w->log[w->nlog++] = strdup(e->log.text);
		break;
	case FX_REWRITE:
		rewrite(w);
		break;
	default:
		break;
	}
}

/* From the barrier on, with the outcome known. */
static void after(struct world6 *w, struct fx_list *fx, size_t from, bool ok)
{
	for (size_t i = from; i < fx->n; i++) {
		const struct fx *e = &fx->v[i];

		if (e->kind != FX_COMMIT)
			continue;
		if (ok && !world6_journal_add(w, e->commit.text, e->commit.len))
			blame(w, "out of memory");
		core6_committed(w->core, e->commit.ia, e->commit.version, ok);
	}
	for (size_t i = from; i < fx->n; i++)
		if (fx->v[i].when == FX_ALWAYS || (fx->v[i].when == FX_IF_DURABLE) == ok)
			effect(w, &fx->v[i]);
}

/* Takes fx over. */
static void take(struct world6 *w, struct fx_list *fx)
{
	size_t i = 0;

	if (fx->overflow)
		blame(w, "the list of effects overflowed");
	for (; i < fx->n && fx->v[i].kind != FX_COMMIT; i++)
		effect(w, &fx->v[i]);
	if (i < fx->n && w->commit == COMMIT6_HOLD && w->nwaiting < WORLD6_SEEN_MAX) {
		w->waiting[w->nwaiting] = fx;
		w->waiting_at[w->nwaiting++] = i;
		return;
	}
	if (i < fx->n)
		after(w, fx, i, w->commit == COMMIT6_OK);
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

void world6_packet(struct world6 *w, const struct core6_in *in)
{
	struct fx_list *fx = fx_new();

	w->packets++;
	core6_packet(w->core, in, &w->now, fx);
	take(w, fx);
	if (w->nwaiting == 0 && w->packet_events != w->packets)
		blame(w, "a packet ended in %ld events",
		    (long)w->packet_events - (long)w->packets + 1);
}

void world6_settle(struct world6 *w, bool ok)
{
	for (size_t i = 0; i < w->nwaiting; i++) {
		after(w, w->waiting[i], w->waiting_at[i], ok);
		free(w->waiting[i]);
	}
	w->nwaiting = 0;
}

static void tick(struct world6 *w)
{
	struct fx_list *fx = fx_new();

	core6_tick(w->core, &w->now, fx);
	take(w, fx);
}

void world6_advance(struct world6 *w, int64_t seconds)
{
	int64_t end_us = w->now.mono_us + seconds * PXE_US_PER_S;

	for (;;) {
		int64_t due = core6_deadline_us(w->core, &w->now);
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

void world6_step(struct world6 *w, int64_t seconds)
{
	w->now.wall_us += seconds * PXE_US_PER_S;
	for (size_t i = 0; i < w->nheld; i++)
		if (w->held[i].until_s != INT64_MAX)
			w->held[i].until_s += seconds;
}

/* Every lease that somebody was told of must still be there. */
static void check_held(struct world6 *w)
{
	char text[PXE_PREFIX_STRLEN];

	for (size_t i = 0; i < w->nheld; i++) {
		const struct world6_held *h = &w->held[i];
		const struct lease6 *l = lease6_find(core6_leases(w->core), &h->ip, h->len);

		if (!h->bound || h->is_static || h->until_s <= pxe_now_wall_s(&w->now))
			continue;
		if (l == NULL || l->state != LEASE_ACTIVE || l->ia->iaid != h->iaid ||
		    (l->ends != UINT32_MAX && (int64_t)l->ends < h->until_s))
			blame(w, "%s was given out and is lost after a crash",
			    text_of(&h->ip, h->len, text));
	}
}

bool world6_crash(struct world6 *w, bool lose_file)
{
	struct conf *conf = NULL;

	for (size_t i = 0; i < w->nwaiting; i++)
		free(w->waiting[i]);
	w->nwaiting = 0;
	w->packet_events = w->packets;
	core6_free(w->core);
	w->core = NULL;
	if (lose_file)
		w->journal_len = 0;
	if (!parse(w, &conf) || !make(w, conf))
		return false;
	if (!lose_file)
		check_held(w);
	else
		w->nheld = 0;
	return true;
}
