/* SPDX-License-Identifier: BSD-2-Clause */
/* events.c -- the bounded ring of past events, and those who watch it. */
#include "libpxecommon/os/events.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libpxecommon/base/clock.h"

enum {
	/* Any event fits, and the one before it as well. */
	BYTES_MIN = 2 * PXE_EVENT_PACKED_MAX,
	/* Events are seldom smaller packed; the index is sized for this and bounds their number. */
	BYTES_PER_EVENT = 64
};

/* Offsets only grow; a byte is at its offset modulo size. An event ends where the next begins. */
struct pxe_events {
	pthread_mutex_t lock; /* guards from here ... */
	uint8_t *ring;
	size_t size;
	uint64_t tail, head;
	uint64_t *start; /* of event seq at seq % nstart */
	size_t nstart;
	uint64_t first_seq, next_seq; /* ... to here */
	const char *daemon;
	_Atomic bool is_watched;
	uv_async_t async;
	void (*on_new)(void *arg);
	void *arg;
};

static void on_async(uv_async_t *async)
{
	struct pxe_events *evs = async->data;

	if (atomic_load(&evs->is_watched))
		evs->on_new(evs->arg);
}

static void destroy(struct pxe_events *evs)
{
	(void)pthread_mutex_destroy(&evs->lock);
	free(evs->ring);
	free(evs->start);
	free(evs);
}

static void on_closed(uv_handle_t *handle)
{
	destroy(handle->data);
}

int pxe_events_new(uv_loop_t *loop, const char *daemon, size_t bytes, void (*on_new)(void *arg),
    void *arg, struct pxe_events **out)
{
	struct pxe_events *evs = calloc(1, sizeof(*evs));
	int err = 0;

	if (evs == NULL)
		return -ENOMEM;
	(void)pthread_mutex_init(&evs->lock, NULL);
	evs->daemon = daemon;
	evs->on_new = on_new;
	evs->arg = arg;
	evs->next_seq = evs->first_seq = 1;
	evs->size = bytes > BYTES_MIN ? bytes : BYTES_MIN;
	evs->nstart = evs->size / BYTES_PER_EVENT;
	evs->ring = malloc(evs->size);
	evs->start = calloc(evs->nstart, sizeof(*evs->start));
	if (evs->ring == NULL || evs->start == NULL)
		err = -ENOMEM;
	if (err == 0 && on_new != NULL)
		err = uv_async_init(loop, &evs->async, on_async);
	if (err != 0) {
		destroy(evs);
		return err;
	}
	if (on_new != NULL) {
		evs->async.data = evs;
		uv_unref((uv_handle_t *)&evs->async); /* watching is no reason to live on */
	}
	*out = evs;
	return 0;
}

void pxe_events_free(struct pxe_events *evs)
{
	if (evs == NULL)
		return;
	if (evs->on_new != NULL)
		uv_close((uv_handle_t *)&evs->async, on_closed);
	else
		destroy(evs);
}

static void drop_oldest(struct pxe_events *evs)
{
	evs->first_seq++;
	evs->tail =
	    evs->first_seq == evs->next_seq ? evs->head : evs->start[evs->first_seq % evs->nstart];
}

static void append(struct pxe_events *evs, const uint8_t *p, size_t len)
{
	size_t at = 0, part = 0;

	while (evs->next_seq - evs->first_seq == evs->nstart ||
	       evs->head - evs->tail + len > evs->size)
		drop_oldest(evs);
	at = evs->head % evs->size;
	part = len < evs->size - at ? len : evs->size - at;
	memcpy(evs->ring + at, p, part);
	memcpy(evs->ring, p + part, len - part);
	evs->start[evs->next_seq % evs->nstart] = evs->head;
	evs->head += len;
	evs->next_seq++;
}

void pxe_events_emit(struct pxe_events *evs, const struct pxe_event *ev)
{
	uint8_t packed[PXE_EVENT_PACKED_MAX];
	struct pxe_event stamped = *ev;
	struct timespec ts;
	int len = 0;

	if (stamped.time_us == 0) {
		(void)clock_gettime(CLOCK_REALTIME, &ts);
		stamped.time_us = ts.tv_sec * PXE_US_PER_S + ts.tv_nsec / 1000;
	}
	len = pxe_event_pack(&stamped, packed, sizeof(packed));
	assert(len > 0); /* PXE_EVENT_PACKED_MAX is always enough */
	if (len <= 0)
		return;
	(void)pthread_mutex_lock(&evs->lock);
	append(evs, packed, (size_t)len);
	(void)pthread_mutex_unlock(&evs->lock);
	if (evs->on_new != NULL && atomic_load(&evs->is_watched))
		(void)uv_async_send(&evs->async);
}

void pxe_events_watch(struct pxe_events *evs, bool on)
{
	atomic_store(&evs->is_watched, on);
}

/* Copy the packed event seq, or the oldest after it, out of the ring; 0 when there is none. */
static size_t copy_out(struct pxe_events *evs, uint64_t *seq, uint8_t out[PXE_EVENT_PACKED_MAX])
{
	uint64_t start = 0, end = 0;
	size_t at = 0, len = 0, part = 0;

	(void)pthread_mutex_lock(&evs->lock);
	if (*seq < evs->first_seq)
		*seq = evs->first_seq;
	if (*seq < evs->next_seq) {
		start = evs->start[*seq % evs->nstart];
		end = *seq + 1 == evs->next_seq ? evs->head : evs->start[(*seq + 1) % evs->nstart];
		len = (size_t)(end - start);
		at = start % evs->size;
		part = len < evs->size - at ? len : evs->size - at;
		memcpy(out, evs->ring + at, part);
		memcpy(out + part, evs->ring, len - part);
	}
	(void)pthread_mutex_unlock(&evs->lock);
	return len;
}

bool pxe_events_next(struct pxe_events *evs, uint64_t *seq, struct pxe_text *t)
{
	uint8_t packed[PXE_EVENT_PACKED_MAX];
	struct pxe_event ev;
	size_t len = copy_out(evs, seq, packed);
	int err = 0;

	if (len == 0)
		return false;
	err = pxe_event_unpack(packed, len, &ev);
	assert(err == 0); /* the ring holds what pack made */
	if (err != 0)
		return false;
	pxe_event_json(&ev, evs->daemon, *seq, t);
	(*seq)++;
	return true;
}

uint64_t pxe_events_head(struct pxe_events *evs)
{
	uint64_t seq = 0;

	(void)pthread_mutex_lock(&evs->lock);
	seq = evs->next_seq;
	(void)pthread_mutex_unlock(&evs->lock);
	return seq;
}
