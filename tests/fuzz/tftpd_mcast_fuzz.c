/* SPDX-License-Identifier: BSD-2-Clause */
/* tftpd_mcast_fuzz.c -- a multicast group under any sequence of clients, ACKs and silences.
 *
 * Two bytes of parameters, then steps of two bytes: what happens, to which of eight clients. The
 * group must keep its promises: its count is that of its list, there is a master as long as there
 * is a member, a deadline as long as something is waited for, and no block beyond the file.
 */
#include <stdint.h>
#include <string.h>

#include "libpxecommon/base/buf.h"
#include "tftpd/core/mcast.h"

/* assert() of a build that may have it switched off. */
#define MUST(condition) ((condition) ? (void)0 : __builtin_trap())

enum { CLIENTS = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct mcast *m, const struct mcast_fx *fx, int64_t now)
{
	size_t n = 0;
	bool has_master = false;

	PXE_LIST_FOREACH (l, &m->members) {
		n++;
		has_master |= l == &m->master->link;
	}
	MUST(n == m->n && n <= m->p.members_max);
	MUST((m->master != NULL) == (n > 0) && (n == 0 || has_master));
	MUST(fx->data <= m->p.last);
	MUST(fx->data == 0 || m->master != NULL);
	MUST(fx->asked == NULL || fx->asked == m->master);
	MUST(fx->told == NULL || fx->told != m->master);
	MUST(fx->ended == NULL || pxe_list_is_empty(&fx->ended->link));
	MUST(!m->p.mtftp || (fx->asked == NULL && fx->told == NULL));
	if (fx->data != 0)
		mcast_sent(m, now);
	MUST((m->deadline_us == INT64_MAX) == (m->master == NULL));
	MUST(m->master == NULL || m->deadline_us > now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pxe_rd rd = pxe_rd_init(data, size);
	uint8_t flags = pxe_rd_u8(&rd);
	struct mcast_params p = {.mtftp = (flags & 1) != 0,
	    .last = (uint16_t)(1 + pxe_rd_u8(&rd)),
	    .tries = flags >> 4,
	    .timeout_us = 1000000,
	    .timeout_min_us = 200000,
	    .give_up_us = 63000000};
	struct mcast_member client[CLIENTS] = {0};
	struct mcast m;
	int64_t now = 1000000;

	p.members_max = p.mtftp ? 1 : 1 + (flags >> 1 & 7U);
	mcast_init(&m, &p);
	for (int i = 0; i < CLIENTS; i++)
		pxe_list_init(&client[i].link);
	while (pxe_rd_left(&rd) >= 2) {
		uint8_t step = pxe_rd_u8(&rd), arg = pxe_rd_u8(&rd);
		struct mcast_member *c = &client[arg % CLIENTS];
		bool is_in = !pxe_list_is_empty(&c->link);
		struct mcast_fx fx = {0};

		now += step;
		if (step % 5 == 0 && !is_in) {
			(void)mcast_join(&m, c, now, &fx);
		} else if (step % 5 == 1 && is_in) {
			mcast_again(&m, c, now, &fx);
		} else if (step % 5 == 2 && is_in) {
			mcast_ack(&m, c, (uint16_t)(arg / CLIENTS + (step / 5) * 7), now, &fx);
		} else if (step % 5 == 3) {
			mcast_leave(&m, c, now, &fx);
		} else if (step % 5 == 4 && m.deadline_us != INT64_MAX) {
			now = m.deadline_us;
			mcast_timeout(&m, now, &fx);
		}
		check(&m, &fx, now);
	}
	return 0;
}
