/* SPDX-License-Identifier: BSD-2-Clause */
/* session.c -- one transfer of a worker. */
#include "tftpd/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "tftpd/group.h"
#include "tftpd/reply.h"
#include "tftpd/report.h"

enum {
	RETRY_US = 1000,
	WAIT_MAX_US = 30 * 1000 * 1000 /* for its turn; clients have given up by then */
};

/* What the three maps hash. Padding would make it random, so there is none. */
struct client_key {
	uint8_t ip[16];
	uint32_t family, port; /* port 0 in the map of clients */
	uint64_t tid;
};

static uint64_t hash_key(
    const struct worker *w, const struct tid *tid, const struct pxe_ip *ip, uint16_t port)
{
	struct client_key key = {.family = ip->family, .port = port};

	key.tid = (uint64_t)(uintptr_t)tid;
	if (ip->family == 4)
		memcpy(key.ip, &ip->v4.v, sizeof(ip->v4.v));
	else
		memcpy(key.ip, ip->v6.b, sizeof(key.ip));
	return pxe_siphash(&w->seed, &key, sizeof(key));
}

struct tid_key {
	const struct tid *tid;
	const struct pxe_endpoint *peer;
};

static bool same_tid(const struct pxe_hnode *node, const void *key)
{
	const struct session *s = PXE_CONTAINER(node, const struct session, by_tid);
	const struct tid_key *k = key;

	return s->tid == k->tid && pxe_endpoint_eq(&s->route.to, k->peer);
}

static bool same_peer(const struct pxe_hnode *node, const void *key)
{
	return pxe_endpoint_eq(&PXE_CONTAINER(node, const struct session, by_peer)->route.to, key);
}

/* How many transfers an address has. */
struct client {
	struct pxe_hnode node;
	struct pxe_ip ip;
	size_t n;
};

static bool same_client(const struct pxe_hnode *node, const void *key)
{
	return pxe_ip_eq(&PXE_CONTAINER(node, const struct client, node)->ip, key);
}

static struct client *find_client(const struct worker *w, const struct pxe_ip *ip)
{
	struct pxe_hnode *node =
	    pxe_hmap_find(&w->clients, hash_key(w, NULL, ip, 0), same_client, ip);

	return node != NULL ? PXE_CONTAINER(node, struct client, node) : NULL;
}

size_t session_count(const struct worker *w, const struct pxe_ip *ip)
{
	const struct client *c = find_client(w, ip);

	return c != NULL ? c->n : 0;
}

static struct client *join_client(struct worker *w, const struct pxe_ip *ip)
{
	struct client *c = find_client(w, ip);

	if (c == NULL) {
		c = calloc(1, sizeof(*c));
		if (c == NULL ||
		    pxe_hmap_insert(&w->clients, hash_key(w, NULL, ip, 0), &c->node) != 0) {
			free(c);
			return NULL;
		}
		c->ip = *ip;
	}
	c->n++;
	return c;
}

static void leave_client(struct worker *w, struct client *c)
{
	if (--c->n > 0)
		return;
	pxe_hmap_remove(&w->clients, &c->node);
	free(c);
}

struct session *session_find(const struct tid *tid, const struct pxe_endpoint *peer)
{
	const struct tid_key key = {.tid = tid, .peer = peer};
	const struct worker *w = tid->worker;
	struct pxe_hnode *node =
	    pxe_hmap_find(&w->by_tid, hash_key(w, tid, &peer->ip, peer->port), same_tid, &key);

	return node != NULL ? PXE_CONTAINER(node, struct session, by_tid) : NULL;
}

struct session *session_of_peer(
    const struct worker *w, const struct pxe_endpoint *peer, const struct session *after)
{
	struct pxe_hnode *node =
	    after == NULL ? pxe_hmap_find(&w->by_peer, hash_key(w, NULL, &peer->ip, peer->port),
				same_peer, peer)
			  : pxe_hmap_next(&after->by_peer, same_peer, peer);

	return node != NULL ? PXE_CONTAINER(node, struct session, by_peer) : NULL;
}

struct session *session_of_deadline(struct pxe_heap_node *node)
{
	return PXE_CONTAINER(node, struct session, deadline);
}

bool session_is_starting(const struct session *s)
{
	return !s->started || (!s->x.done && !s->x.is_answered);
}

static void send_control(struct session *s, const struct xfer_fx *fx)
{
	struct worker *w = s->worker;
	size_t cap = fx->send == XFER_SEND_OACK  ? s->oack_len
		     : fx->send == XFER_SEND_ACK ? PXE_TFTP_HEADER
						 : PXE_TFTP_HEADER + strlen(fx->text) + 1;
	uint8_t *buf = outbox_reserve(w, s->tid, cap);
	int n = (int)cap;

	if (fx->send == XFER_SEND_OACK)
		memcpy(buf, s->oack, cap);
	else if (fx->send == XFER_SEND_ACK)
		n = pxe_tftp_build_ack(buf, cap, fx->block);
	else
		n = pxe_tftp_build_error(buf, cap, fx->code, fx->text);
	if (n > 0)
		outbox_commit(w, &s->route, (size_t)n, s, 0);
	if (fx->send == XFER_SEND_ERROR)
		pxe_log_info("sending NAK (%u, %s) to %s", fx->code, fx->text,
		    pxe_ip_str(&s->route.to.ip, (char[PXE_IP_STRLEN]){0}));
}

static void apply(struct session *s, const struct xfer_fx *fx)
{
	int rc;

	if (fx->store.len > 0)
		upload_append(s->upload, fx->store);
	if (fx->send != XFER_SEND_NOTHING)
		send_control(s, fx);
	if (!fx->flush)
		return;
	rc = upload_flush(s->upload, fx->flush_last);
	if (rc != 0) {
		struct xfer_fx failed;

		xfer_flushed(&s->x, rc, s->worker->now_us, &failed);
		apply(s, &failed);
	}
}

static void leave_active(struct session *s)
{
	if (s->active)
		s->worker->active--;
	s->active = false;
}

static void destroy(struct session *s)
{
	struct worker *w = s->worker;
	struct tid *tid = s->tid;

	leave_active(s);
	if (s->group != NULL)
		group_leave(s);
	outbox_forget(w, s);
	session_stop_waiting(s);
	session_opened(s);
	pxe_list_remove(&s->data.link);
	pxe_heap_remove(&w->deadlines, &s->deadline);
	pxe_hmap_remove(&w->by_tid, &s->by_tid);
	pxe_hmap_remove(&w->by_peer, &s->by_peer);
	leave_client(w, s->client);
	stat_set(&w->stats, STAT_TRANSFERS, w->by_tid.count);
	cache_close(s->file);
	upload_close(s->upload);
	free(s->oack);
	free(s);
	tid_release(tid);
}

void session_send_oack(struct session *s, bool leads)
{
	const struct xfer_fx fx = {.send = XFER_SEND_OACK};

	s->oack[s->oack_mc] = leads ? '1' : '0';
	send_control(s, &fx);
}

void session_settle(struct session *s)
{
	int64_t at;
	int rc = s->params.write || !s->started ? 0 : session_pump(s);

	if (rc < 0) {
		const char *text = "File changed during the transfer";
		uint16_t code = PXE_TFTP_EUNDEF;
		struct xfer_fx fx;

		if (rc != PXE_E_TRUNC)
			code = xfer_error_of(rc, &text);
		xfer_abort(&s->x, xfer_reason_of(rc), code, text, &fx);
		apply(s, &fx);
	}
	if (s->x.done && !s->reported) {
		s->reported = true;
		leave_active(s);
		report_transfer(s);
	}
	/* Nobody waits for a client that has everything when the service is to stop. */
	if (s->started && (s->x.state == XFER_ENDED || (s->reported && s->worker->is_draining))) {
		destroy(s);
		return;
	}
	at = s->started ? s->x.deadline_us : s->start_us + WAIT_MAX_US;
	if (s->retry_us != 0 && s->retry_us < at)
		at = s->retry_us;
	/* Deadlines move on with each packet: one that is in the heap with an earlier time stays as
	 * it is, and is set right when it rings (session_deadline). */
	if (s->deadline.index != PXE_HEAP_OUT && s->deadline.key > s->worker->now_us &&
	    s->deadline.key <= at)
		return;
	if (at == INT64_MAX)
		pxe_heap_remove(&s->worker->deadlines, &s->deadline);
	else if (pxe_heap_set(&s->worker->deadlines, &s->deadline, at) != 0)
		session_abort(s, PXE_REASON_OVERLOAD, PXE_TFTP_EUNDEF, "Out of memory");
}

void session_begin(struct session *s)
{
	struct xfer_fx fx;

	s->started = true;
	s->active = true;
	s->worker->active++;
	session_open(s);
	xfer_start(&s->x, &s->params, s->worker->now_us, &fx);
	if (s->group != NULL) {
		group_join(s);
		return;
	}
	apply(s, &fx);
	session_settle(s);
}

static void data_ready(struct cache_waiter *waiter)
{
	session_settle(PXE_CONTAINER(waiter, struct session, data));
}

void session_refused(struct session *s)
{
	if (s->reported) {
		destroy(s); /* it has everything and has gone, as it may */
		return;
	}
	s->port_closed = true;
	session_abort(s, PXE_REASON_CLIENT_ABORT, -1, NULL);
}

static int put_oack(struct session *s, const struct neg *neg)
{
	uint8_t buf[PXE_TFTP_OPTS_MAX * 64];
	int n = neg->nopt > 0 ? pxe_tftp_build_oack(buf, sizeof(buf), neg->opt, neg->nopt) : 0;

	if (n <= 0)
		return n;
	s->oack = malloc((size_t)n);
	if (s->oack == NULL)
		return -ENOMEM;
	memcpy(s->oack, buf, (size_t)n);
	s->oack_len = (size_t)n;
	/* "ADDR,PORT,0": the last byte of the option's value. */
	for (unsigned i = 0, at = 2; i < neg->nopt; i++) {
		at += (unsigned)(strlen(neg->opt[i].name) + 1 + strlen(neg->opt[i].value) + 1);
		if (neg->opt[i].value == neg->group)
			s->oack_mc = at - 2;
	}
	return 0;
}

enum {
	GIVE_UP_TIMES = 63,
	GIVE_UP_MAX_S = 600,
	PLAIN_FLOOR_US = 1000000,
	/* While nothing has come from the client: "timeout 255" in a forged request would keep a
	 * transfer for ten minutes. in.tftpd's own time-out is the most such a client gets. */
	OPENING_TIMEOUT_US = 5 * 1000 * 1000,
	OPENING_GIVE_UP_US = GIVE_UP_TIMES * 1000 * 1000
};

/* in.tftpd gives up when its doubled time-out reaches 63 times the first. A client that asked for
 * nothing at all is an old ROM: some of those hang on a repeat that was not needed, so the measured
 * time-out never goes below a second for them. */
static void set_params(struct session *s, const struct session_start *start)
{
	const struct tftpd_conf *conf = &s->worker->policy->conf;
	const struct neg *neg = start->neg;
	int64_t first = neg->timeout_us != 0 ? neg->timeout_us : conf->retransmit_ms * 1000;
	int64_t give_up = first * GIVE_UP_TIMES;
	int64_t most = GIVE_UP_MAX_S * INT64_C(1000000);
	/* Who receives gains nothing by asking early: the sender has a timer of its own. */
	bool patient = start->write || neg->nopt == 0;

	s->params = (struct xfer_params){
	    .write = start->write,
	    .has_oack = neg->nopt > 0,
	    .size_asked = neg->tsize_asked,
	    .blksize = neg->blksize,
	    .windowsize = neg->windowsize,
	    .rollover = neg->rollover,
	    .size_known = !start->write && !start->is_netascii,
	    .size = start->write ? neg->upload_size : start->size,
	    .size_max = (uint64_t)conf->max_upload,
	    .timeout_us = first,
	    .timeout_min_us = patient ? PLAIN_FLOOR_US : conf->retransmit_min_ms * 1000,
	    .timeout_fixed = neg->timeout_us != 0,
	    .give_up_us = give_up < most ? give_up : most,
	    .opening_timeout_us = OPENING_TIMEOUT_US,
	    .opening_give_up_us = OPENING_GIVE_UP_US,
	};
}

static int link_in(struct session *s)
{
	struct worker *w = s->worker;
	const struct pxe_endpoint *peer = &s->route.to;
	int rc = -ENOMEM;

	s->client = join_client(w, &peer->ip);
	if (s->client == NULL)
		return rc;
	rc = pxe_hmap_insert(&w->by_tid, hash_key(w, s->tid, &peer->ip, peer->port), &s->by_tid);
	if (rc != 0) {
		leave_client(w, s->client);
		return rc;
	}
	rc = pxe_hmap_insert(&w->by_peer, hash_key(w, NULL, &peer->ip, peer->port), &s->by_peer);
	if (rc != 0) {
		pxe_hmap_remove(&w->by_tid, &s->by_tid);
		leave_client(w, s->client);
	}
	return rc;
}

int session_new(struct tid *tid, const struct session_start *start)
{
	struct worker *w = tid->worker;
	struct session *s = calloc(1, sizeof(*s) + strlen(start->name) + 1);
	int rc = -ENOMEM;

	if (s == NULL)
		goto fail;
	memcpy(s->name, start->name, strlen(start->name));
	s->worker = w;
	s->tid = tid;
	s->route = reply_route(w, start->dg);
	s->request = start->request;
	s->is_netascii = start->is_netascii;
	s->start_us = s->asked_us = w->now_us;
	s->place_block = s->mark_block = 1;
	s->data.ready = data_ready;
	if (start->ifname != NULL)
		(void)pxe_str_copy(s->ifname, sizeof(s->ifname), start->ifname);
	pxe_list_init(&s->waiting);
	pxe_list_init(&s->opening);
	pxe_list_init(&s->data.link);
	pxe_list_init(&s->member.link);
	pxe_heap_node_init(&s->deadline);
	set_params(s, start);
	rc = put_oack(s, start->neg);
	if (rc == 0)
		rc = link_in(s);
	if (rc != 0)
		goto fail;
	s->file = start->file;
	s->upload = start->upload;
	s->group = start->group;
	if (s->upload != NULL)
		upload_attach(s->upload, s);
	stat_set(&w->stats, STAT_TRANSFERS, w->by_tid.count);
	if (w->active < w->share_active && pxe_list_is_empty(&w->waiting)) {
		session_begin(s);
		return 0;
	}
	session_wait(s);
	session_settle(s);
	return 0;
fail:
	cache_close(start->file);
	upload_close(start->upload);
	group_put(start->group);
	tid_release(tid);
	if (s != NULL)
		free(s->oack);
	free(s);
	return rc;
}

void session_input(struct session *s, const uint8_t *pkt, size_t len)
{
	struct xfer_fx fx;

	if (!s->started) {
		if (pxe_tftp_opcode(pkt, len) == PXE_TFTP_ERROR)
			session_abort(s, PXE_REASON_CLIENT_ABORT, -1, NULL);
		return;
	}
	if (s->group != NULL) {
		group_input(s, pkt, len);
		return;
	}
	xfer_input(&s->x, pkt, len, s->worker->now_us, &fx);
	if (s->x.is_answered)
		session_opened(s);
	apply(s, &fx);
	session_settle(s);
}

void session_deadline(struct session *s)
{
	struct xfer_fx fx;

	if (!s->started) {
		session_abort(s, PXE_REASON_OVERLOAD, -1, NULL);
		return;
	}
	if (s->group != NULL) {
		group_deadline(s);
		return;
	}
	if (s->retry_us != 0 && s->retry_us <= s->worker->now_us)
		s->retry_us = 0;
	xfer_timeout(&s->x, s->worker->now_us, &fx);
	apply(s, &fx);
	session_settle(s);
}

void session_unsent(struct session *s, uint64_t first, int err)
{
	if (first == 0 || s->x.state != XFER_SENDING)
		return; /* the deadline repeats it */
	if (err == -EAGAIN) {
		s->retry_us = s->worker->now_us + RETRY_US;
	} else if ((err == -EINVAL || err == -EMSGSIZE || err == -EIO) && !s->no_segments) {
		/* The blocks do not fit the route's MTU whole, or the card cannot cut: from now on
		 * one datagram a block, in fragments if need be. */
		s->no_segments = true;
		s->retry_us = s->worker->now_us + 1;
	} else {
		return;
	}
	xfer_unsent(&s->x, first);
	if (pxe_heap_set(&s->worker->deadlines, &s->deadline, s->retry_us) != 0)
		s->retry_us = 0; /* no memory: its deadline is gone, the next packet moves it on */
}

void session_flushed(struct session *s, int err)
{
	struct xfer_fx fx;

	xfer_flushed(&s->x, err, s->worker->now_us, &fx);
	apply(s, &fx);
	session_settle(s);
}

void session_abort(struct session *s, enum pxe_reason reason, int code, const char *text)
{
	struct xfer_fx fx;

	if (!s->started) {
		/* The state machine has never run: give it the numbers that the report wants. */
		xfer_start(&s->x, &s->params, s->start_us, &fx);
		s->started = true;
	}
	xfer_abort(&s->x, reason, code, text, &fx);
	apply(s, &fx);
	session_settle(s);
}

void session_end_done(struct worker *w)
{
	struct pxe_hnode *node = NULL;
	size_t cursor = 0;

	while ((node = pxe_hmap_walk(&w->by_tid, node, &cursor)) != NULL) {
		struct session *s = PXE_CONTAINER(node, struct session, by_tid);

		if (!s->reported)
			continue;
		destroy(s);
		node = NULL;
		cursor = 0;
	}
}

void session_end_all(struct worker *w)
{
	struct pxe_hnode *node;
	size_t cursor = 0;

	while ((node = pxe_hmap_walk(&w->by_tid, NULL, &cursor)) != NULL) {
		session_abort(PXE_CONTAINER(node, struct session, by_tid), PXE_REASON_STOPPED,
		    PXE_TFTP_EUNDEF, "Server is stopping");
		cursor = 0;
	}
}
