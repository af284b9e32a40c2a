/* SPDX-License-Identifier: BSD-2-Clause */
/* resolve.c -- names of the configuration to addresses. */
#include "dhcpd/resolve.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/os/log.h"

struct query {
	uv_getaddrinfo_t req;
	struct resolver *r;
	struct conf_name *name; /* of the configuration of that generation */
	unsigned generation;
};

static void ask_more(struct resolver *r);

static void take(struct conf_name *name, const struct addrinfo *list)
{
	enum { MAX = sizeof(name->addr) / sizeof(name->addr[0]) };
	struct pxe_ip found[MAX];
	size_t n = 0;

	for (const struct addrinfo *ai = list; ai != NULL && n < MAX; ai = ai->ai_next) {
		struct sockaddr_in in;

		if (ai->ai_family != AF_INET)
			continue;
		memcpy(&in, ai->ai_addr, sizeof(in));
		found[n++] = pxe_ip_from4((struct pxe_ip4){.v = ntohl(in.sin_addr.s_addr)});
	}
	if (n == 0)
		return;
	memcpy(name->addr, found, n * sizeof(found[0]));
	name->naddr = n;
}

static void on_answer(uv_getaddrinfo_t *req, int status, struct addrinfo *list)
{
	struct query *q = req->data;
	struct resolver *r = q->r;
	char where[256];

	r->running--;
	if (q->generation == r->generation) {
		if (status == 0) {
			take(q->name, list);
		} else {
			r->failed = true;
			if (q->name->naddr == 0)
				pxe_log_warning("%s: %s: %s",
				    conf_where(r->conf, q->name->pos, where, sizeof(where)),
				    q->name->name, uv_strerror(status));
		}
	}
	uv_freeaddrinfo(list);
	free(q);
	ask_more(r);
}

static void ask(struct resolver *r, struct conf_name *name)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM};
	struct query *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return;
	q->r = r;
	q->name = name;
	q->generation = r->generation;
	q->req.data = q;
	if (uv_getaddrinfo(r->loop, &q->req, on_answer, name->name, NULL, &hints) != 0) {
		free(q);
		return;
	}
	r->running++;
}

static void on_timer(uv_timer_t *timer)
{
	struct resolver *r = timer->data;

	r->next = conf_names(r->conf);
	r->failed = false;
	ask_more(r);
}

static void ask_more(struct resolver *r)
{
	while (r->next != NULL && r->running < RESOLVE_AT_ONCE) {
		struct conf_name *name = r->next;

		r->next = name->next;
		if (!name->want6)
			ask(r, name);
	}
	if (r->next == NULL && r->running == 0 && r->conf != NULL && conf_names(r->conf) != NULL)
		uv_timer_start(
		    &r->timer, on_timer, (r->failed ? RESOLVE_RETRY_S : RESOLVE_EVERY_S) * 1000, 0);
}

void resolver_init(struct resolver *r, uv_loop_t *loop)
{
	memset(r, 0, sizeof(*r));
	r->loop = loop;
	(void)uv_timer_init(loop, &r->timer);
	r->timer.data = r;
}

void resolver_use(struct resolver *r, const struct conf *conf)
{
	r->generation++;
	r->conf = conf;
	r->next = conf_names(conf);
	r->failed = false;
	uv_timer_stop(&r->timer);
	ask_more(r);
}

void resolver_close(struct resolver *r)
{
	if (r->loop == NULL)
		return;
	r->generation++;
	r->conf = NULL;
	r->next = NULL;
	uv_close((uv_handle_t *)&r->timer, NULL);
}
