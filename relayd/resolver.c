/* SPDX-License-Identifier: BSD-2-Clause */
/* resolver.c -- find the addresses of the servers, without waiting, again and again. */
#include "relayd/resolver.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"
#include "libpxecommon/os/sockaddr.h"

enum { RETRY_MS = 5000, FIRST_RETRY_MS = 1000 };

struct target {
	char host[SERVER_NAME_MAX]; /* empty: a literal address */
	uint16_t port;
	bool is_busy, has_failed;
};

struct resolver {
	uv_timer_t timer;
	struct servers *servers;
	struct target target[SERVERS_MAX];
	int64_t again_ms;
	resolver_fn on_change;
	void *arg;
	bool is_closing, is_closed; /* asked to go; timer closed */
	unsigned busy;
};

struct lookup {
	uv_getaddrinfo_t req;
	struct resolver *rs;
	size_t index;
};

static void free_when_done(struct resolver *rs)
{
	if (rs->is_closed && rs->busy == 0)
		free(rs);
}

/* The address to use: the one in use if the name still has it, for name servers like to turn the
 * list round, else the first of IPv4; family 0 when there is none. */
static struct pxe_ip choose_ip(const struct addrinfo *ai, const struct pxe_ip *now)
{
	struct pxe_ip first = {0};

	for (; ai != NULL; ai = ai->ai_next) {
		struct sockaddr_storage ss = {0};
		struct pxe_ip ip;

		if (ai->ai_family != AF_INET || ai->ai_addrlen > sizeof(ss))
			continue;
		memcpy(&ss, ai->ai_addr, ai->ai_addrlen);
		ip = pxe_sockaddr_get(&ss).ip;
		if (pxe_ip_eq(&ip, now))
			return ip;
		if (first.family == 0)
			first = ip;
	}
	return first;
}

static void take_answer(struct resolver *rs, size_t index, struct pxe_ip ip, int err)
{
	struct server *server = &rs->servers->v[index];
	struct target *t = &rs->target[index];
	bool had_failed = t->has_failed;

	t->has_failed = err != 0;
	if (err != 0) {
		if (!had_failed)
			rs->on_change(server, err, rs->arg);
	} else if (!pxe_ip_eq(&server->to.ip, &ip)) {
		server->to = (struct pxe_endpoint){.ip = ip, .port = t->port};
		server->health.is_dead = false;
		server->health.waiting_us = 0;
		rs->on_change(server, 0, rs->arg);
	}
}

static void arm(struct resolver *rs);

static void on_answer(uv_getaddrinfo_t *req, int status, struct addrinfo *res)
{
	struct lookup *lookup = req->data;
	struct resolver *rs = lookup->rs;
	struct pxe_ip ip = {0};

	rs->busy--;
	if (!rs->is_closing) {
		ip = choose_ip(res, &rs->servers->v[lookup->index].to.ip);
		rs->target[lookup->index].is_busy = false;
		if (status == 0 && ip.family == 0)
			status = UV_EAI_ADDRFAMILY;
		take_answer(rs, lookup->index, ip, status);
		if (rs->busy == 0)
			arm(rs);
	}
	uv_freeaddrinfo(res);
	free(lookup);
	free_when_done(rs);
}

static int look_up(struct resolver *rs, size_t index)
{
	const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM};
	struct lookup *lookup = calloc(1, sizeof(*lookup));
	int err = 0;

	if (lookup == NULL)
		return -ENOMEM;
	lookup->rs = rs;
	lookup->index = index;
	lookup->req.data = lookup;
	err = uv_getaddrinfo(
	    rs->timer.loop, &lookup->req, on_answer, rs->target[index].host, NULL, &hints);
	if (err != 0) {
		free(lookup);
		return err;
	}
	rs->target[index].is_busy = true;
	rs->busy++;
	return 0;
}

void resolver_kick(struct resolver *rs)
{
	for (size_t i = 0; i < rs->servers->n; i++) {
		if (rs->target[i].host[0] == '\0' || rs->target[i].is_busy)
			continue;
		int err = look_up(rs, i);

		if (err != 0)
			take_answer(rs, i, (struct pxe_ip){0}, err);
	}
	if (rs->busy == 0)
		arm(rs);
}

static void on_timer(uv_timer_t *timer)
{
	resolver_kick(timer->data);
}

/* Soon again when a name is missing, else after the usual time; never without names. */
static void arm(struct resolver *rs)
{
	int64_t in_ms = 0;

	for (size_t i = 0; i < rs->servers->n; i++) {
		if (rs->target[i].host[0] == '\0')
			continue;
		if (in_ms == 0)
			in_ms = rs->again_ms;
		if (rs->target[i].has_failed && in_ms > RETRY_MS)
			in_ms = rs->servers->v[i].to.ip.family == 0 ? FIRST_RETRY_MS : RETRY_MS;
	}
	if (in_ms != 0)
		(void)uv_timer_start(&rs->timer, on_timer, (uint64_t)in_ms, 0);
}

/* NAME, NAME:PORT, or an address in the forms of pxe_endpoint_parse. */
static int parse_target(
    const char *name, uint16_t def_port, struct pxe_endpoint *out_to, struct target *t)
{
	struct pxe_endpoint ep;
	const char *colon = strrchr(name, ':');
	uint64_t port = def_port;
	size_t len = strlen(name);

	if (pxe_endpoint_parse(name, def_port, &ep) == 0) {
		if (ep.ip.family != 4 || ep.port == 0)
			return PXE_E_SYNTAX;
		*out_to = ep;
		return 0;
	}
	if (colon != NULL) {
		if (pxe_parse_u64(colon + 1, 1, 65535, &port) != 0)
			return PXE_E_SYNTAX;
		len = (size_t)(colon - name);
	}
	if (len == 0 || len >= sizeof(t->host) ||
	    strspn(name, "0123456789.") == len) /* 10.0.0.300 is not a name */
		return PXE_E_SYNTAX;
	memcpy(t->host, name, len);
	t->port = (uint16_t)port;
	return 0;
}

bool resolver_is_name(const char *name)
{
	struct pxe_endpoint to;
	struct target t = {0};

	return parse_target(name, 1, &to, &t) == 0;
}

static void on_closed(uv_handle_t *handle)
{
	struct resolver *rs = handle->data;

	rs->is_closed = true;
	free_when_done(rs);
}

int resolver_new(uv_loop_t *loop, struct servers *ss, uint16_t def_port, int64_t again_ms,
    resolver_fn on_change, void *arg, struct resolver **out)
{
	struct resolver *rs = calloc(1, sizeof(*rs));
	int err = 0;

	if (rs == NULL)
		return -ENOMEM;
	rs->servers = ss;
	rs->again_ms = again_ms;
	rs->on_change = on_change;
	rs->arg = arg;
	for (size_t i = 0; i < ss->n && err == 0; i++)
		err = parse_target(ss->v[i].name, def_port, &ss->v[i].to, &rs->target[i]);
	if (err == 0)
		err = uv_timer_init(loop, &rs->timer);
	if (err != 0) {
		free(rs);
		return err;
	}
	rs->timer.data = rs;
	*out = rs;
	return 0;
}

void resolver_free(struct resolver *rs)
{
	if (rs == NULL)
		return;
	rs->is_closing = true;
	uv_close((uv_handle_t *)&rs->timer, on_closed);
}
