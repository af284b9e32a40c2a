/* SPDX-License-Identifier: BSD-2-Clause */
/* outbox.c -- datagrams collected while a batch is worked on, and sent with one system call. */
#include <errno.h>

#include "tftpd/session.h"
#include "tftpd/worker.h"

uint8_t *outbox_reserve(struct worker *w, struct tid *tid, size_t len)
{
	struct outbox *o = w->outbox;

	if (o->n > 0 &&
	    (o->udp != tid->udp || o->n == OUTBOX_DGRAMS || o->used + len > OUTBOX_BYTES))
		outbox_flush(w);
	o->udp = tid->udp;
	return o->buf + o->used;
}

void outbox_commit(struct worker *w, const struct pxe_dgram_out *dg, size_t len,
    struct session *owner, uint64_t first)
{
	struct outbox *o = w->outbox;

	o->dg[o->n] = *dg;
	o->dg[o->n].part[0] = (struct iovec){.iov_base = o->buf + o->used, .iov_len = len};
	o->dg[o->n].nparts = 1;
	o->owner[o->n] = owner;
	o->first[o->n] = first;
	o->used += len;
	o->n++;
}

void outbox_flush(struct worker *w)
{
	struct outbox *o = w->outbox;
	int err[OUTBOX_DGRAMS] = {0};
	unsigned n = o->n, sent;

	if (n == 0)
		return;
	sent = pxe_udp_send(o->udp, o->dg, n, err);
	stat_add(&w->stats, STAT_PACKETS_OUT, sent);
	/* What the owners do now must not be mixed up with what is being sent. */
	o->n = 0;
	o->used = 0;
	o->udp = NULL;
	for (unsigned i = 0; i < n; i++)
		if (o->owner[i] != NULL && (i >= sent || err[i] != 0))
			session_unsent(o->owner[i], o->first[i], i >= sent ? -EAGAIN : err[i]);
}

void outbox_forget(struct worker *w, const struct session *owner)
{
	for (unsigned i = 0; i < w->outbox->n; i++)
		if (w->outbox->owner[i] == owner)
			w->outbox->owner[i] = NULL;
}
