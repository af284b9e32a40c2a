/* SPDX-License-Identifier: BSD-2-Clause */
/* group.c -- multicast transfers: the sessions of clients that read one file together. */
#include "tftpd/group.h"

#include <stdlib.h>

#include "libpxecommon/base/err.h"
#include "tftpd/reply.h"

enum {
	MASTER_TRIES = 3, /* with the first time-out of a second: 15 s until another leads */
	GIVE_UP_TIMES = 63
};

struct group {
	struct pxe_link link; /* worker.groups */
	struct worker *worker;
	struct mcast core;
	unsigned refs; /* sessions, and whoever makes one */
	struct tid *tid;
	struct pxe_dgram_out route;     /* to the group */
	const struct cached_file *file; /* told apart by; the sessions hold it */
	uint64_t size;
	uint32_t blksize;
	uint16_t wanted; /* block that is to be sent; 0: none */
	bool alone_too;
	bool is_mtftp;
};

static struct session *session_of(struct mcast_member *member)
{
	return PXE_CONTAINER(member, struct session, member);
}

static struct group *make(struct worker *w, struct tid *tid, const struct pxe_dgram_out *route,
    const struct mcast_params *more)
{
	const struct tftpd_conf *conf = &w->policy->conf;
	struct group *g = calloc(1, sizeof(*g));
	struct mcast_params p = *more;

	if (g == NULL) {
		tid_release(tid);
		return NULL;
	}
	p.tries = MASTER_TRIES;
	p.timeout_us = conf->retransmit_ms * 1000;
	p.timeout_min_us = conf->retransmit_min_ms * 1000;
	p.give_up_us = p.timeout_us * GIVE_UP_TIMES;
	mcast_init(&g->core, &p);
	g->worker = w;
	g->tid = tid;
	g->route = *route;
	g->is_mtftp = p.mtftp;
	g->refs = 1;
	pxe_list_init(&g->link);
	pxe_list_append(&w->groups, &g->link);
	stat_set(&w->stats, STAT_GROUPS, ++w->ngroups);
	return g;
}

void group_put(struct group *g)
{
	if (g == NULL || --g->refs > 0)
		return;
	pxe_list_remove(&g->link);
	stat_set(&g->worker->stats, STAT_GROUPS, --g->worker->ngroups);
	tid_release(g->tid);
	free(g);
}

/* The way from us to the group: the client's own, unless the administrator says another. */
static struct pxe_dgram_out route_to(
    struct worker *w, const struct pxe_dgram *dg, const struct pxe_endpoint *to, const char *ifname)
{
	struct pxe_dgram_out route = reply_route(w, dg);
	const struct pxe_iface *iface =
	    ifname != NULL ? pxe_iface_by_name(w->ifaces, ifname) : NULL;

	if (ifname != NULL && iface == NULL)
		pxe_log_limited(&w->log_stray, PXE_LOG_WARNING,
		    "no interface %s for multicast: it goes where the request came from", ifname);
	route.to = *to;
	route.ifindex = iface != NULL ? iface->index : dg->ifindex;
	return route;
}

static bool is_same_way(const struct group *g, const struct pxe_dgram_out *route)
{
	return pxe_ip_eq(&g->route.from, &route->from) && g->route.ifindex == route->ifindex;
}

static bool is_taken(const struct worker *w, const struct pxe_ip *address)
{
	PXE_LIST_FOREACH (l, &w->groups) {
		const struct group *g = PXE_CONTAINER(l, struct group, link);

		if (!g->is_mtftp && pxe_ip_eq(&g->route.to.ip, address))
			return true;
	}
	return false;
}

static bool free_address(const struct worker *w, struct pxe_endpoint *out)
{
	const struct conf_multicast *conf = &w->policy->conf.multicast;
	struct pxe_endpoint at = {.ip.family = 4, .port = (uint16_t)conf->port};

	for (uint32_t i = 0; i < conf->count; i++) {
		at.ip.v4.v = conf->first.v + i;
		if (is_taken(w, &at.ip))
			continue;
		*out = at;
		return true;
	}
	return false;
}

/* A group is known by its port of ours too: clients take DATA from where their OACK came from. */
static struct tid *open_socket(struct worker *w, int64_t ttl)
{
	int err = 0;
	struct tid *tid = tid_acquire_own(w, 4, &err);

	if (tid == NULL) {
		pxe_log_limited(&w->log_stray, PXE_LOG_WARNING, "no socket for multicast: %s",
		    pxe_strerror(err));
		return NULL;
	}
	err = pxe_udp_multicast_hops(tid->udp, (int)ttl);
	if (err == 0)
		return tid;
	pxe_log_limited(&w->log_stray, PXE_LOG_WARNING,
	    "cannot set the time to live of multicast: %s", pxe_strerror(err));
	tid_release(tid);
	return NULL;
}

struct group *group_get(struct worker *w, const struct pxe_dgram *dg,
    const struct cached_file *file, uint64_t n, uint32_t blksize)
{
	const struct conf_multicast *conf = &w->policy->conf.multicast;
	const struct mcast_params p = {
	    .last = (uint16_t)(n / blksize + 1), .members_max = (size_t)conf->members};
	struct pxe_endpoint to = {0};
	struct pxe_dgram_out route = route_to(w, dg, &to, conf->interface);
	struct group *g;
	struct tid *tid;

	PXE_LIST_FOREACH (l, &w->groups) {
		g = PXE_CONTAINER(l, struct group, link);
		if (g->is_mtftp || g->file != file || g->blksize != blksize ||
		    !is_same_way(g, &route))
			continue;
		if (g->core.n >= g->core.p.members_max)
			return NULL;
		g->refs++;
		return g;
	}
	if (!free_address(w, &route.to))
		return NULL;
	tid = open_socket(w, conf->ttl);
	g = tid != NULL ? make(w, tid, &route, &p) : NULL;
	if (g == NULL)
		return NULL;
	g->file = file;
	g->size = n;
	g->blksize = blksize;
	return g;
}

struct group *group_get_mtftp(struct tid *tid, const struct pxe_dgram *dg,
    const struct conf_mtftp *which, const struct cached_file *file, uint64_t n)
{
	const struct mcast_params p = {
	    .mtftp = true, .last = (uint16_t)(n / NEG_BLKSIZE_DEFAULT + 1), .members_max = 1};
	struct worker *w = tid->worker;
	struct pxe_dgram_out route =
	    route_to(w, dg, &which->to, w->policy->conf.multicast.interface);
	struct group *g;

	PXE_LIST_FOREACH (l, &w->groups) {
		g = PXE_CONTAINER(l, struct group, link);
		if (!g->is_mtftp || !pxe_endpoint_eq(&g->route.to, &route.to))
			continue;
		/* While its client is there others listen; when it is silent they may lead. The
		 * file may have changed since. */
		if (g->core.silences == 0 || g->file != file || g->size != n)
			return NULL;
		g->refs++;
		return g;
	}
	tid->users++;
	g = make(w, tid, &route, &p);
	if (g == NULL)
		return NULL;
	g->file = file;
	g->size = n;
	g->blksize = NEG_BLKSIZE_DEFAULT;
	return g;
}

struct tid *group_tid(struct group *g)
{
	g->tid->users++;
	return g->tid;
}

const struct pxe_endpoint *group_to(const struct group *g)
{
	return &g->route.to;
}

void group_value(const struct group *g, char out[NEG_MULTICAST_STRLEN])
{
	char ip[PXE_IP_STRLEN];
	struct pxe_text t = pxe_text_init(out, NEG_MULTICAST_STRLEN);

	pxe_text_addf(&t, "%s,%u,0", pxe_ip_str(&g->route.to.ip, ip), g->route.to.port);
}

bool group_is_led_by(const struct session *s)
{
	return s->group != NULL && s->group->core.master == &s->member;
}

static void apply(struct group *g, const struct mcast_fx *fx)
{
	g->refs++; /* the last member may go on the way */
	if (fx->told != NULL) {
		session_of(fx->told)->x.deadline_us = INT64_MAX;
		session_send_oack(session_of(fx->told), false);
	}
	if (fx->asked != NULL)
		session_send_oack(session_of(fx->asked), true);
	if (fx->data != 0) {
		g->wanted = fx->data;
		g->alone_too = fx->alone_too;
	} else if (fx->asked != NULL || g->core.master == NULL) {
		g->wanted = 0;
	}
	if (g->core.master != NULL) {
		struct session *s = session_of(g->core.master);

		s->x.deadline_us = g->core.deadline_us;
		session_settle(s);
	}
	if (fx->ended != NULL) {
		struct session *s = session_of(fx->ended);

		if (fx->reason == PXE_REASON_OK)
			s->x.bytes = g->size;
		session_abort(s, fx->reason, -1, NULL);
	}
	group_put(g);
}

void group_join(struct session *s)
{
	struct mcast_fx fx;
	int rc = mcast_join(&s->group->core, &s->member, s->worker->now_us, &fx);

	s->x.deadline_us = INT64_MAX;
	if (rc != 0)
		session_abort(s, PXE_REASON_OVERLOAD, -1, NULL);
	else
		apply(s->group, &fx);
}

static void on_ack(struct session *s, uint16_t block)
{
	struct group *g = s->group;
	struct mcast_fx fx;

	s->x.is_answered = true;
	session_opened(s);
	if (group_is_led_by(s))
		s->x.state = XFER_SENDING;
	if (group_is_led_by(s) && block > s->x.acked && block < g->core.p.last) {
		s->x.acked = block;
		s->x.bytes = (uint64_t)block * g->blksize;
	}
	mcast_ack(&g->core, &s->member, block, s->worker->now_us, &fx);
	apply(g, &fx);
}

void group_input(struct session *s, const uint8_t *pkt, size_t len)
{
	struct xfer_fx fx;
	uint16_t block = 0;

	if (pxe_tftp_opcode(pkt, len) == PXE_TFTP_ACK) {
		if (pxe_tftp_parse_ack(pkt, len, &block) == 0)
			on_ack(s, block);
		return;
	}
	/* An ERROR, or something that no TFTP client sends. */
	xfer_input(&s->x, pkt, len, s->worker->now_us, &fx);
	session_settle(s);
}

void group_again(struct session *s)
{
	struct mcast_fx fx;

	mcast_again(&s->group->core, &s->member, s->worker->now_us, &fx);
	apply(s->group, &fx);
}

void group_deadline(struct session *s)
{
	struct group *g = s->group;
	struct mcast_fx fx;

	if (!group_is_led_by(s)) {
		session_settle(s);
		return;
	}
	mcast_timeout(&g->core, s->worker->now_us, &fx);
	apply(g, &fx);
}

static int put_block(struct session *s, const struct pxe_dgram_out *route)
{
	const struct group *g = s->group;
	uint64_t offset = (uint64_t)(g->wanted - 1) * g->blksize;
	uint64_t left = g->size - offset;
	size_t len = left < g->blksize ? (size_t)left : g->blksize;
	uint8_t *buf = outbox_reserve(s->worker, g->tid, PXE_TFTP_HEADER + len);
	int rc = 0;

	(void)pxe_tftp_build_data_header(buf, PXE_TFTP_HEADER, g->wanted);
	if (len > 0)
		rc = cache_read(
		    s->file, offset, buf + PXE_TFTP_HEADER, len, s->worker->now_us, &s->data);
	if (rc == 0)
		outbox_commit(s->worker, route, PXE_TFTP_HEADER + len, NULL, 0);
	return rc;
}

int group_pump(struct session *s)
{
	struct group *g = s->group;
	int rc = 0;

	if (!group_is_led_by(s) || g->wanted == 0 || !pxe_list_is_empty(&s->data.link))
		return 0;
	/* Alone first: a client that hears the group before takes it for somebody else's transfer.
	 */
	if (g->alone_too)
		rc = put_block(s, &s->route);
	if (rc == 0)
		rc = put_block(s, &g->route);
	if (rc != 0)
		return rc == PXE_E_AGAIN ? 0 : rc;
	g->wanted = 0;
	s->x.retransmits += g->core.silences > 0;
	mcast_sent(&g->core, s->worker->now_us);
	s->x.deadline_us = g->core.deadline_us;
	return 0;
}

void group_leave(struct session *s)
{
	struct group *g = s->group;
	struct mcast_fx fx;

	if (!pxe_list_is_empty(&s->member.link)) {
		mcast_leave(&g->core, &s->member, s->worker->now_us, &fx);
		apply(g, &fx);
	}
	group_put(g);
}
