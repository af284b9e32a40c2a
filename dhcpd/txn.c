/* SPDX-License-Identifier: BSD-2-Clause */
/* txn.c -- effects that wait until their records are on disk. */
#include <stdlib.h>
#include <string.h>

#include "dhcpd/server.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"

/* What is kept of one effect: its fixed part, with what it points to copied behind all of them. */
struct kept {
	struct fx fx;
	const uint8_t *packed; /* FX_EVENT: its strings are in here */
	size_t packed_len;
};

struct txn {
	struct store_txn base;
	struct server *s;
	struct fx_commit *promise; /* without its text */
	struct kept *kept;
	size_t npromise, nkept;
	bool lost; /* a record could not be taken at all */
};

/* ---- sizes ---- */

static size_t argv_size(char *const *argv)
{
	size_t n = sizeof(*argv);

	for (; *argv != NULL; argv++)
		n += sizeof(*argv) + strlen(*argv) + 1;
	return n;
}

static size_t round_up(size_t n)
{
	return (n + 15) & ~(size_t)15;
}

static size_t body_size(const struct fx *e)
{
	static uint8_t scratch[PXE_EVENT_PACKED_MAX];
	int len = 0;

	switch (e->kind) {
	case FX_SEND:
		return round_up(e->send.len);
	case FX_SEND6:
		return round_up(e->send6.len);
	case FX_LOG:
		return round_up(strlen(e->log.text) + 1);
	case FX_EXEC:
		return round_up(argv_size(e->exec.argv));
	case FX_EVENT:
		len = pxe_event_pack(&e->event, scratch, sizeof(scratch));
		return len > 0 ? round_up((size_t)len) : 0;
	case FX_COMMIT:
	case FX_PROBE:
	case FX_REWRITE:
		break;
	}
	return 0;
}

/* ---- copies ---- */

static uint8_t *keep_argv(struct kept *k, char *const *argv, uint8_t *to)
{
	size_t n = 0;
	char **copy = (void *)to;

	while (argv[n] != NULL)
		n++;
	to += (n + 1) * sizeof(*copy);
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(argv[i]) + 1;

		memcpy(to, argv[i], len);
		copy[i] = (char *)to;
		to += len;
	}
	copy[n] = NULL;
	k->fx.exec.argv = copy;
	return to;
}

static void keep(struct kept *k, const struct fx *e, uint8_t *to, size_t cap)
{
	int len = 0;

	k->fx = *e;
	switch (e->kind) {
	case FX_SEND:
		memcpy(to, e->send.p, e->send.len);
		k->fx.send.p = to;
		break;
	case FX_SEND6:
		memcpy(to, e->send6.p, e->send6.len);
		k->fx.send6.p = to;
		break;
	case FX_LOG:
		memcpy(to, e->log.text, strlen(e->log.text) + 1);
		k->fx.log.text = (const char *)to;
		break;
	case FX_EXEC:
		(void)keep_argv(k, e->exec.argv, to);
		break;
	case FX_EVENT:
		len = pxe_event_pack(&e->event, to, cap);
		k->packed = to;
		k->packed_len = len > 0 ? (size_t)len : 0;
		break;
	case FX_COMMIT:
	case FX_PROBE:
	case FX_REWRITE:
		break;
	}
}

static void run(struct server *s, struct kept *k)
{
	if (k->fx.kind == FX_EVENT && pxe_event_unpack(k->packed, k->packed_len, &k->fx.event) != 0)
		return;
	server_effect(s, &k->fx);
}

static void on_done(struct store_txn *base, int err)
{
	struct txn *t = PXE_CONTAINER(base, struct txn, base);
	struct server *s = t->s;
	bool ok = err == 0 && !t->lost;

	for (size_t i = 0; i < t->npromise; i++)
		s->family->committed(s, &t->promise[i], ok);
	for (size_t i = 0; i < t->nkept; i++) {
		enum fx_when when = t->kept[i].fx.when;

		if (when == FX_ALWAYS || (when == FX_IF_DURABLE) == ok)
			run(s, &t->kept[i]);
	}
	s->ntxn--;
	free(t);
}

static struct txn *txn_new(const struct fx *v, size_t n)
{
	size_t npromise = 0, nkept = 0, body = 0, head = 0;
	struct txn *t = NULL;

	for (size_t i = 0; i < n; i++) {
		if (v[i].kind == FX_COMMIT)
			npromise++;
		else
			nkept++;
		body += body_size(&v[i]);
	}
	head = round_up(sizeof(*t)) + round_up(npromise * sizeof(*t->promise)) +
	       round_up(nkept * sizeof(*t->kept));
	t = malloc(head + body);
	if (t == NULL)
		return NULL;
	memset(t, 0, sizeof(*t));
	t->promise = (void *)((uint8_t *)t + round_up(sizeof(*t)));
	t->kept = (void *)((uint8_t *)t->promise + round_up(npromise * sizeof(*t->promise)));
	memset(t->kept, 0, nkept * sizeof(*t->kept));
	body = head;
	for (size_t i = 0; i < n; i++) {
		if (v[i].kind == FX_COMMIT) {
			t->promise[t->npromise] = v[i].commit;
			t->promise[t->npromise++].text = NULL;
			continue;
		}
		keep(&t->kept[t->nkept++], &v[i], (uint8_t *)t + body, body_size(&v[i]));
		body += body_size(&v[i]);
	}
	return t;
}

void txn_begin(struct server *s, size_t first)
{
	const struct fx *v = s->fx.v + first;
	size_t n = s->fx.n - first;
	struct txn *t = txn_new(v, n);

	if (t == NULL) {
		/* nothing was promised yet: the client asks again */
		pxe_log_error("out of memory: %zu replies are waiting for the lease file", s->ntxn);
		return;
	}
	t->s = s;
	t->lost = s->fx.overflow; /* there may be more to promise than records were made of */
	t->base.done = on_done;
	for (size_t i = 0; i < n; i++)
		if (v[i].kind == FX_COMMIT &&
		    store_append(s->store, v[i].commit.text, v[i].commit.len) != 0)
			t->lost = true;
	s->ntxn++;
	store_wait(s->store, &t->base);
}
