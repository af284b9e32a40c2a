/* SPDX-License-Identifier: BSD-2-Clause */
/* events_test.c -- the ring keeps the newest, in order, whoever writes it. */
#include "libpxecommon/os/events.h"

#include <pthread.h>

#include "os_test.h"

static char json[1 << 17];

static bool next(struct pxe_events *evs, uint64_t *seq)
{
	struct pxe_text t = pxe_text_init(json, sizeof(json));

	return pxe_events_next(evs, seq, &t) && !t.truncated;
}

static struct pxe_event offer(const char *file)
{
	return (struct pxe_event){
	    .stage = PXE_STAGE_OFFER, .reason = PXE_REASON_OK, .time_us = 1000000, .file = file};
}

START_TEST(events_come_out_as_they_went_in)
{
	struct pxe_events *evs = NULL;
	struct pxe_event ev = offer("pxelinux.0");
	uint64_t seq = 0;

	ck_assert_int_eq(pxe_events_new(NULL, "dhcpd", 4096, NULL, NULL, &evs), 0);
	ck_assert(!next(evs, &seq));
	ck_assert_uint_eq(pxe_events_head(evs), 1);
	pxe_events_emit(evs, &ev);
	ck_assert_uint_eq(pxe_events_head(evs), 2);
	seq = 0;
	ck_assert(next(evs, &seq));
	ck_assert_uint_eq(seq, 2);
	ck_assert_ptr_nonnull(strstr(json, "\"daemon\":\"dhcpd\""));
	ck_assert_ptr_nonnull(strstr(json, "\"seq\":1"));
	ck_assert_ptr_nonnull(strstr(json, "\"stage\":\"offer\""));
	ck_assert_ptr_nonnull(strstr(json, "\"file\":\"pxelinux.0\""));
	ck_assert(!next(evs, &seq));
	ck_assert_uint_eq(seq, 2);
	pxe_events_free(evs);
}
END_TEST

START_TEST(time_is_filled_in)
{
	struct pxe_events *evs = NULL;
	struct pxe_event ev = {.stage = PXE_STAGE_HTTP};
	uint64_t seq = 0;

	ck_assert_int_eq(pxe_events_new(NULL, "httpfsd", 4096, NULL, NULL, &evs), 0);
	pxe_events_emit(evs, &ev);
	ck_assert_int_eq(ev.time_us, 0); /* the caller's stays as it was */
	ck_assert(next(evs, &seq));
	ck_assert_ptr_nonnull(strstr(json, "\"time\":1"));
	pxe_events_free(evs);
}
END_TEST

START_TEST(oldest_make_room)
{
	static char name[PXE_EVENT_TEXT_MAX + 100];
	struct pxe_events *evs = NULL;
	uint64_t seq = 0, first = 0;
	unsigned count = 0;

	ck_assert_int_eq(pxe_events_new(NULL, "tftpd", 20000, NULL, NULL, &evs), 0);
	for (unsigned i = 0; i < 5000; i++) {
		size_t len = (i * 37) % (sizeof(name) - 16);
		struct pxe_event ev;

		memset(name, 'a', len);
		(void)snprintf(name + len, 12, "-%u", i);
		name[sizeof(name) - 1] = '\0';
		ev = offer(name);
		ev.xid = i + 1;
		pxe_events_emit(evs, &ev);
		/* At every fill level the newest is there and intact. */
		seq = i + 1;
		MUST(next(evs, &seq), "event %u is missing", i);
	}
	seq = 0;
	while (next(evs, &seq)) {
		char want[32];

		if (first == 0)
			first = seq - 1;
		(void)snprintf(want, sizeof(want), "\"xid\":\"%08x\"", (unsigned)(seq - 1));
		MUST(strstr(json, want) != NULL, "%s not in %s", want, json);
		count++;
	}
	ck_assert_uint_eq(first + count, 5001);
	ck_assert_uint_gt(count, 10);
	ck_assert_uint_lt(count, 200);
	/* A reader that fell behind goes on with the oldest there is. */
	seq = 5;
	ck_assert(next(evs, &seq));
	ck_assert_uint_eq(seq, first + 1);
	pxe_events_free(evs);
}
END_TEST

START_TEST(largest_event_fits_the_smallest_ring)
{
	static char big[3 * PXE_EVENT_TEXT_MAX];
	struct pxe_events *evs = NULL;
	struct pxe_event ev = {.stage = PXE_STAGE_TFTP_READ};
	uint64_t seq = 0;

	memset(big, '\xff', sizeof(big) - 1);
	ev.ifname = ev.hostname = ev.vendor_class = ev.file = ev.where = ev.detail = big;
	ev.client_id = (uint8_t *)big;
	ev.client_id_len = sizeof(big) - 1;
	ck_assert_int_eq(pxe_events_new(NULL, "tftpd", 1, NULL, NULL, &evs), 0);
	for (int i = 0; i < 10; i++)
		pxe_events_emit(evs, &ev);
	seq = 10;
	ck_assert(next(evs, &seq));
	pxe_events_free(evs);
}
END_TEST

enum { THREADS = 4, EACH = 5000 };

static struct pxe_events *shared;

static void *emit_many(void *arg)
{
	unsigned id = *(unsigned *)arg;

	for (unsigned i = 0; i < EACH; i++) {
		struct pxe_event ev = offer("x");

		ev.xid = i + 1;
		ev.port = (uint16_t)(id + 1);
		pxe_events_emit(shared, &ev);
	}
	return NULL;
}

struct follower {
	uint64_t seq, seen, wakes;
	unsigned last[THREADS];
};

static void on_new(void *arg)
{
	struct follower *f = arg;
	uint64_t before = f->seq;

	f->wakes++;
	while (next(shared, &f->seq)) {
		unsigned xid = 0, port = 0;

		MUST(f->seq == before + 1, "gap after %ju", (uintmax_t)before);
		before = f->seq;
		MUST(sscanf(strstr(json, "\"port\":"), "\"port\":%u", &port) == 1, "%s", json);
		MUST(sscanf(strstr(json, "\"xid\":"), "\"xid\":\"%x\"", &xid) == 1, "%s", json);
		MUST(xid == f->last[port - 1] + 1, "thread %u out of order", port);
		f->last[port - 1] = xid;
		f->seen++;
	}
}

static bool all_seen(void *arg)
{
	return ((struct follower *)arg)->seen == THREADS * EACH;
}

/* Also run under ThreadSanitizer. */
START_TEST(threads_emit_one_loop_watches)
{
	struct follower f = {.seq = 1};
	pthread_t thread[THREADS];
	unsigned id[THREADS];
	uv_loop_t loop;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(pxe_events_new(&loop, "dhcpd", 8 << 20, on_new, &f, &shared), 0);
	pxe_events_watch(shared, true);
	for (unsigned i = 0; i < THREADS; i++) {
		id[i] = i;
		ck_assert_int_eq(pthread_create(&thread[i], NULL, emit_many, &id[i]), 0);
	}
	ck_assert(os_test_run(&loop, all_seen, &f, 20000));
	for (unsigned i = 0; i < THREADS; i++)
		(void)pthread_join(thread[i], NULL);
	ck_assert_uint_ge(f.wakes, 1);
	pxe_events_free(shared);
	os_test_close_loop(&loop);
}
END_TEST

static bool never(void *arg)
{
	(void)arg;
	return false;
}

START_TEST(nobody_is_woken_who_does_not_watch)
{
	struct follower f = {.seq = 1};
	struct pxe_event ev = offer("x");
	uv_loop_t loop;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(pxe_events_new(&loop, "dhcpd", 4096, on_new, &f, &shared), 0);
	pxe_events_emit(shared, &ev);
	ck_assert(!os_test_run(&loop, never, NULL, 50));
	ck_assert_uint_eq(f.wakes, 0);
	/* And the ring alone keeps no loop alive. */
	ck_assert_int_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
	pxe_events_free(shared);
	os_test_close_loop(&loop);
}
END_TEST

CHECK_MAIN("os/events", events_come_out_as_they_went_in, time_is_filled_in, oldest_make_room,
    largest_event_fits_the_smallest_ring, threads_emit_one_loop_watches,
    nobody_is_woken_who_does_not_watch)
