/* SPDX-License-Identifier: BSD-2-Clause */
/* mail.c -- requests handed from one worker to another. */
#include <stdlib.h>
#include <string.h>

#include "tftpd/worker.h"

struct mail {
	struct pxe_dgram dg; /* data points into bytes */
	uint8_t bytes[MAIL_BYTES];
};

/* The listening socket it would have come in at here: all workers have the same ones, but for those
 * that were handed over, which are dealt out. */
static struct tid *door(struct worker *w, const struct pxe_dgram *dg)
{
	for (size_t i = 0; i < w->nlistener; i++) {
		struct tid *tid = w->listener[i];

		if (!tid->is_mtftp && tid->family == dg->from.ip.family)
			return tid;
	}
	return w->nlistener > 0 ? w->listener[0] : NULL;
}

static void on_mail(uv_async_t *wake)
{
	struct worker *w = wake->data;
	struct mail letter;
	bool more = true;

	while (more) {
		uv_mutex_lock(&w->mail.lock);
		more = w->mail.n > 0;
		if (more) {
			letter = w->mail.letter[w->mail.first];
			w->mail.first = (w->mail.first + 1) % MAIL_MAX;
			w->mail.n--;
		}
		uv_mutex_unlock(&w->mail.lock);
		if (!more)
			return;
		letter.dg.data = letter.bytes;
		worker_enter(w);
		if (door(w, &letter.dg) != NULL)
			request_handle(door(w, &letter.dg), &letter.dg);
		worker_leave(w);
	}
}

int mail_init(struct worker *w)
{
	int rc = uv_mutex_init(&w->mail.lock);

	if (rc != 0)
		return rc;
	w->mail.letter = calloc(MAIL_MAX, sizeof(*w->mail.letter));
	if (w->mail.letter == NULL)
		return UV_ENOMEM;
	rc = uv_async_init(w->loop, &w->mail.wake, on_mail);
	w->mail.wake.data = w;
	return rc;
}

void mail_close(struct worker *w)
{
	uv_close((uv_handle_t *)&w->mail.wake, NULL);
}

void mail_fini(struct worker *w)
{
	uv_mutex_destroy(&w->mail.lock);
	free(w->mail.letter);
}

bool mail_post(struct worker *to, const struct pxe_dgram *dg)
{
	struct mailbox *box = &to->mail;
	bool fits = dg->len <= MAIL_BYTES;

	uv_mutex_lock(&box->lock);
	if (box->n == MAIL_MAX)
		fits = false;
	if (fits) {
		struct mail *letter = &box->letter[(box->first + box->n++) % MAIL_MAX];

		letter->dg = *dg;
		memcpy(letter->bytes, dg->data, dg->len);
	}
	uv_mutex_unlock(&box->lock);
	if (fits)
		(void)uv_async_send(&box->wake);
	return fits;
}
