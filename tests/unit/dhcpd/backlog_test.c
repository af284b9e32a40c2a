/* SPDX-License-Identifier: BSD-2-Clause */
/* backlog_test.c -- messages that wait: order, shares, repeats, age; and senders that are too fast.
 */
#include "dhcpd/core/backlog.h"

#include <stdlib.h>
#include <string.h>

#include "../check_main.h"
#include "dhcpd/core/limit.h"

static const struct pxe_hash_seed seed = {1, 2};

/* A DHCPDISCOVER of client n through relay giaddr. */
static size_t discover(uint8_t *p, uint32_t n, uint32_t giaddr)
{
	struct pxe_wr wr = pxe_wr_init(p, 300);

	memset(p, 0, 300);
	pxe_wr_u32(&wr, 0x01010600);
	pxe_wr_u32(&wr, n);
	wr.len = 24;
	pxe_wr_u32(&wr, giaddr);
	pxe_wr_u32(&wr, n);
	wr.len = 236;
	pxe_wr_u32(&wr, PXE_DHCP_COOKIE);
	pxe_wr_bytes(&wr, "\x35\x01\x01\x52\x06\x02\x00\x01\x02p1\xff", 12);
	return 300;
}

static void add(struct backlog *b, uint32_t n, uint32_t giaddr, int64_t at_us)
{
	uint8_t p[300];
	struct core_in in = {.data = p, .len = discover(p, n, giaddr), .ifindex = 1};
	struct backlog_look look;

	ck_assert(backlog_look(in.data, in.len, &look));
	ck_assert(backlog_add(b, &in, &look, at_us));
}

/* xid of the next one, 0: none. */
static uint32_t take(struct backlog *b, int64_t at_us)
{
	struct backlog_item *it = backlog_take(b, at_us);
	struct pxe_rd rd;
	uint32_t xid = 0;

	if (it == NULL)
		return 0;
	rd = pxe_rd_init(it->in.data + 4, 4);
	xid = pxe_rd_u32(&rd);
	free(it);
	return xid;
}

START_TEST(looks)
{
	uint8_t p[300];
	size_t len = discover(p, 7, 9);
	struct backlog_look look;

	ck_assert(backlog_look(p, len, &look));
	ck_assert_uint_eq(look.type, 1);
	ck_assert_uint_eq(look.xid, 7);
	ck_assert_uint_eq(look.giaddr, 9);
	ck_assert_uint_eq(look.hw_len, 6);
	ck_assert_uint_eq(look.circuit_len, 2);
	ck_assert_mem_eq(look.circuit, "p1", 2);
	for (size_t cut = 0; cut < len; cut++) {
		uint8_t *copy = malloc(cut > 0 ? cut : 1);

		ck_assert_ptr_nonnull(copy);
		memcpy(copy, p, cut);
		(void)backlog_look(copy, cut, &look);
		free(copy);
	}
	p[2] = 17;
	ck_assert(!backlog_look(p, len, &look));
}
END_TEST

START_TEST(sources_take_turns)
{
	struct backlog b;

	backlog_init(&b, &seed, 0);
	for (uint32_t n = 1; n <= 4; n++)
		add(&b, n, 100, 0);
	add(&b, 50, 200, 0);
	ck_assert_uint_eq(take(&b, 0), 1);
	ck_assert_uint_eq(take(&b, 0), 50);
	ck_assert_uint_eq(take(&b, 0), 2);
	ck_assert_uint_eq(take(&b, 0), 3);
	add(&b, 60, 0, 0);
	ck_assert_uint_eq(take(&b, 0), 4);
	ck_assert_uint_eq(take(&b, 0), 60);
	ck_assert_uint_eq(take(&b, 0), 0);
	backlog_fini(&b);
}
END_TEST

START_TEST(a_repeat_takes_the_place)
{
	struct backlog b;

	backlog_init(&b, &seed, 0);
	add(&b, 1, 100, 0);
	add(&b, 2, 100, 0);
	add(&b, 1, 100, 0);
	ck_assert_uint_eq(b.count, 2);
	ck_assert_uint_eq(b.repeats, 1);
	ck_assert_uint_eq(take(&b, 0), 2);
	ck_assert_uint_eq(take(&b, 0), 1);
	/* another relay's client of the same address is somebody else */
	add(&b, 1, 100, 0);
	add(&b, 1, 200, 0);
	ck_assert_uint_eq(b.count, 2);
	backlog_fini(&b);
}
END_TEST

static void count_lost(void *arg, const struct core_in *in, enum pxe_reason reason)
{
	unsigned *n = arg;

	ck_assert_uint_eq(in->len, 300);
	ck_assert_int_eq(reason, PXE_REASON_OVERLOAD);
	(*n)++;
}

START_TEST(the_flood_loses)
{
	struct backlog b;
	unsigned lost = 0;
	unsigned others = 0;
	uint32_t xid = 0;

	backlog_init(&b, &seed, 64);
	b.lost = count_lost;
	b.arg = &lost;
	for (uint32_t n = 1; n <= 10; n++)
		add(&b, 1000 + n, 200, 0);
	for (uint32_t n = 1; n <= 500; n++)
		add(&b, n, 100, 0);
	for (uint32_t n = 1; n <= 10; n++)
		add(&b, 2000 + n, 300 + n, 0);
	ck_assert_uint_eq(b.count, 64);
	ck_assert_uint_eq(b.crowded, 520 - 64);
	ck_assert_uint_eq(lost, 520 - 64);
	while ((xid = take(&b, 0)) != 0)
		others += xid > 1000;
	ck_assert_uint_eq(others, 20);
	backlog_fini(&b);
}
END_TEST

START_TEST(stale_ones_are_left_out)
{
	struct backlog b;

	backlog_init(&b, &seed, 0);
	add(&b, 1, 100, 0);
	add(&b, 2, 100, BACKLOG_STALE_S * PXE_US_PER_S);
	ck_assert_uint_eq(take(&b, BACKLOG_STALE_S * PXE_US_PER_S + 1), 2);
	ck_assert_uint_eq(b.stale, 1);
	backlog_fini(&b);
}
END_TEST

START_TEST(rates)
{
	struct limit l;
	unsigned n = 0;

	ck_assert_int_eq(limit_init(&l, 10), 0);
	while (limit_allows(&l, 7, 1000000))
		n++;
	ck_assert_uint_eq(n, 20); /* two seconds' worth at once */
	ck_assert_uint_eq(l.refused, 1);
	ck_assert(limit_allows(&l, 8 + (UINT64_C(1) << 40), 1000000)); /* somebody else */
	for (n = 0; limit_allows(&l, 7, 2000000); n++)
		;
	ck_assert_uint_eq(n, 10);
	/* at its rate it is never refused, however finely it is spread */
	for (int64_t t = 10000000; t < 30000000; t += 100000)
		ck_assert(limit_allows(&l, 7, t));
	limit_fini(&l);
	ck_assert_int_eq(limit_init(&l, 0), 0);
	for (n = 0; n < 1000; n++)
		ck_assert(limit_allows(&l, 7, 0));
	limit_fini(&l);
}
END_TEST

START_TEST(a_sender_below_its_rate_is_never_refused)
{
	struct limit l;

	/* 501 a second, where 510 are allowed: what is left of a millisecond counts, too */
	ck_assert_int_eq(limit_init(&l, 510), 0);
	for (int64_t t = 1000000; t < 61000000; t += 1996)
		ck_assert(limit_allows(&l, 7, t));
	limit_fini(&l);
}
END_TEST

CHECK_MAIN("backlog", looks, sources_take_turns, a_repeat_takes_the_place, the_flood_loses,
    stale_ones_are_left_out, rates, a_sender_below_its_rate_is_never_refused)
