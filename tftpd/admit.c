/* SPDX-License-Identifier: BSD-2-Clause */
/* admit.c -- whose turn it is, and who gives way when there are too many. */
#include "tftpd/session.h"

enum {
	/* A client that is there answers within a round trip, and firmware that lost the answer
	 * asks again after one to four seconds. Who is silent longer than this loses its turn when
	 * others wait for one, the sooner the more they are, */
	TURN_US = 2 * 1000 * 1000,
	/* and its place when there is none left for a new request. Not at once: then a storm of
	 * real clients would push itself out. */
	PLACE_US = 250 * 1000,
	/* A client that still wants its waiting transfer has repeated its request by now. */
	WANTED_US = 8 * 1000 * 1000,
	LOOK_AT = 16 /* waiting ones, when a place is needed */
};

void session_wait(struct session *s)
{
	struct worker *w = s->worker;

	pxe_list_append(&w->waiting, &s->waiting);
	stat_set(&w->stats, STAT_QUEUED, ++w->nwaiting);
}

void session_stop_waiting(struct session *s)
{
	struct worker *w = s->worker;

	if (pxe_list_is_empty(&s->waiting))
		return;
	pxe_list_remove(&s->waiting);
	stat_set(&w->stats, STAT_QUEUED, --w->nwaiting);
}

void session_open(struct session *s)
{
	pxe_list_append(&s->worker->opening, &s->opening);
}

void session_opened(struct session *s)
{
	pxe_list_remove(&s->opening);
}

static void give_way(struct session *s)
{
	s->gave_way = true;
	stat_add(&s->worker->stats, STAT_GAVE_WAY, 1);
	/* Without a word: it would go to whoever really has that address. */
	session_abort(s, PXE_REASON_OVERLOAD, -1, NULL);
}

/* The longest open one, if it has been silent for so long. */
static bool end_silent(struct worker *w, int64_t silence_us)
{
	struct session *s;

	if (pxe_list_is_empty(&w->opening))
		return false;
	s = PXE_CONTAINER(w->opening.next, struct session, opening);
	if (w->now_us - s->x.progress_us < silence_us)
		return false;
	give_way(s);
	return true;
}

static bool end_unwanted(struct worker *w)
{
	int n = LOOK_AT;

	PXE_LIST_FOREACH_SAFE (l, &w->waiting) {
		struct session *s = PXE_CONTAINER(l, struct session, waiting);

		if (n-- == 0)
			return false;
		if (w->now_us - s->asked_us < WANTED_US)
			continue;
		give_way(s);
		return true;
	}
	return false;
}

static int64_t turn_us(const struct worker *w)
{
	int64_t us = TURN_US * (int64_t)w->share_active / (int64_t)(w->nwaiting + 1);

	return us < PLACE_US ? PLACE_US : us > TURN_US ? TURN_US : us;
}

int64_t session_next_turn(const struct worker *w)
{
	const struct session *s;

	if (pxe_list_is_empty(&w->waiting) || pxe_list_is_empty(&w->opening))
		return INT64_MAX;
	s = PXE_CONTAINER(w->opening.next, const struct session, opening);
	return s->x.progress_us + turn_us(w);
}

bool session_make_room(struct worker *w)
{
	return end_silent(w, PLACE_US) || end_unwanted(w);
}

void session_admit(struct worker *w)
{
	while (!pxe_list_is_empty(&w->waiting)) {
		struct session *s = PXE_CONTAINER(w->waiting.next, struct session, waiting);

		if (w->active >= w->share_active && !end_silent(w, turn_us(w)))
			return;
		session_stop_waiting(s);
		session_begin(s);
	}
}
