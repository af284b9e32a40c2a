/* SPDX-License-Identifier: BSD-2-Clause */
/* mcast.c -- one file for many clients at once. */
#include "tftpd/core/mcast.h"

#include "libpxecommon/base/err.h"

void mcast_init(struct mcast *m, const struct mcast_params *p)
{
	*m = (struct mcast){.p = *p, .deadline_us = INT64_MAX};
	pxe_list_init(&m->members);
}

static void want(struct mcast *m, uint16_t block, struct mcast_fx *out)
{
	m->block = block;
	m->deadline_us = INT64_MAX; /* mcast_sent() starts it again */
	out->data = block;
	out->alone_too = m->p.mtftp && block == 1;
}

/* A new master may be anywhere in its network, so nothing measured of the last one counts. */
static void begin_turn(
    struct mcast *m, struct mcast_member *member, int64_t now_us, struct mcast_fx *out)
{
	m->master = member;
	member->has_acked = false;
	m->silences = 0;
	m->is_clean = true;
	m->heard_us = now_us;
	rtt_init(&m->rtt, m->p.timeout_us, m->p.timeout_min_us, false);
	if (m->p.mtftp) {
		want(m, 1, out);
		return;
	}
	m->is_asked = true;
	m->block = 0;
	m->sent_us = now_us;
	m->deadline_us = now_us + m->rtt.rto_us;
	out->asked = member;
}

static void take_out(
    struct mcast *m, struct mcast_member *member, int64_t now_us, struct mcast_fx *out)
{
	bool was_master = m->master == member;

	pxe_list_remove(&member->link);
	m->n--;
	if (!was_master)
		return;
	m->master = NULL;
	m->is_asked = false;
	m->block = 0;
	m->deadline_us = INT64_MAX;
	if (!pxe_list_is_empty(&m->members))
		begin_turn(
		    m, PXE_CONTAINER(m->members.next, struct mcast_member, link), now_us, out);
}

static void end(struct mcast *m, struct mcast_member *member, enum pxe_reason reason,
    int64_t now_us, struct mcast_fx *out)
{
	out->ended = member;
	out->reason = reason;
	take_out(m, member, now_us, out);
}

int mcast_join(struct mcast *m, struct mcast_member *member, int64_t now_us, struct mcast_fx *out)
{
	*out = (struct mcast_fx){0};
	if (m->p.mtftp && m->master != NULL) {
		if (m->silences == 0)
			return PXE_E_EXISTS;
		end(m, m->master, PXE_REASON_TIMEOUT, now_us, out);
	}
	if (m->n >= m->p.members_max)
		return PXE_E_FULL;
	pxe_list_append(&m->members, &member->link);
	m->n++;
	if (m->master == NULL)
		begin_turn(m, member, now_us, out);
	else
		out->told = member;
	return 0;
}

void mcast_again(struct mcast *m, struct mcast_member *member, int64_t now_us, struct mcast_fx *out)
{
	struct mcast_member *silent = m->master;

	*out = (struct mcast_fx){0};
	if (member == m->master)
		return; /* the timer repeats what it waits for */
	if (m->silences == 0) {
		out->told = member;
		return;
	}
	/* Behind all others, not out: it may be that only its ACKs were lost. */
	pxe_list_remove(&silent->link);
	pxe_list_append(&m->members, &silent->link);
	begin_turn(m, member, now_us, out);
	out->told = silent;
}

void mcast_ack(struct mcast *m, struct mcast_member *member, uint16_t block, int64_t now_us,
    struct mcast_fx *out)
{
	*out = (struct mcast_fx){0};
	if (block == m->p.last) {
		end(m, member, PXE_REASON_OK, now_us, out);
		return;
	}
	/* Repeated ACKs never cause a DATA (RFC 1123 4.2.3.1); nor do those of who only listens. */
	if (member != m->master || block > m->p.last ||
	    (member->has_acked && block <= member->acked) || (m->p.mtftp && block == 0))
		return;
	if (m->is_clean)
		rtt_sample(&m->rtt, now_us - m->sent_us);
	member->has_acked = true;
	member->acked = block;
	m->is_asked = false;
	m->is_clean = true;
	m->silences = 0;
	m->heard_us = now_us;
	want(m, (uint16_t)(block + 1), out);
}

void mcast_leave(struct mcast *m, struct mcast_member *member, int64_t now_us, struct mcast_fx *out)
{
	*out = (struct mcast_fx){0};
	if (!pxe_list_is_empty(&member->link))
		take_out(m, member, now_us, out);
}

void mcast_sent(struct mcast *m, int64_t now_us)
{
	m->sent++;
	m->repeated += m->silences > 0;
	m->sent_us = now_us;
	if (m->master != NULL)
		m->deadline_us = now_us + m->rtt.rto_us;
}

void mcast_timeout(struct mcast *m, int64_t now_us, struct mcast_fx *out)
{
	*out = (struct mcast_fx){0};
	if (m->master == NULL || now_us < m->deadline_us)
		return;
	m->silences++;
	if ((m->n > 1 && m->silences > m->p.tries) || now_us - m->heard_us >= m->p.give_up_us) {
		end(m, m->master, PXE_REASON_TIMEOUT, now_us, out);
		return;
	}
	rtt_back_off(&m->rtt);
	m->is_clean = false;
	if (m->block != 0) {
		want(m, m->block, out);
		return;
	}
	out->asked = m->master;
	m->deadline_us = now_us + m->rtt.rto_us;
}
