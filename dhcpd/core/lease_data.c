/* SPDX-License-Identifier: BSD-2-Clause */
/* lease_data.c -- the variable parts of a lease, and looking at them. */
#include "dhcpd/core/lease_data.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "dhcpd/core/lease.h"

size_t lease_data_len(const struct lease_data *d)
{
	return (size_t)d->hw_len + d->uid_len + d->hostname_len + d->agent_len + d->vars_len +
	       d->tail_len;
}

static size_t bounded(size_t len, size_t max)
{
	return len < max ? len : max;
}

struct lease_data *lease_data_new(const struct lease_rec *rec)
{
	struct lease_data head = {
	    .hw_type = rec->hw.type,
	    .hw_len = rec->hw.len,
	    .uid_len = (uint8_t)bounded(rec->uid.len, LEASE_UID_MAX),
	    .hostname_len = (uint8_t)bounded(rec->hostname.len, LEASE_HOSTNAME_MAX),
	    .agent_len = (uint8_t)bounded(rec->agent.len, LEASE_AGENT_MAX),
	    .vars_len = (uint16_t)bounded(rec->vars.len, LEASE_EXTRA_MAX),
	    .tail_len = (uint16_t)bounded(rec->tail.len, LEASE_EXTRA_MAX),
	};
	struct lease_data *d = malloc(sizeof(*d) + lease_data_len(&head));
	struct pxe_wr wr = {0};

	if (d == NULL)
		return NULL;
	memcpy(d, &head, sizeof(head));
	wr = pxe_wr_init(d->b, lease_data_len(&head));
	pxe_wr_bytes(&wr, rec->hw.b, head.hw_len);
	pxe_wr_bytes(&wr, rec->uid.p, head.uid_len);
	pxe_wr_bytes(&wr, rec->hostname.p, head.hostname_len);
	pxe_wr_bytes(&wr, rec->agent.p, head.agent_len);
	pxe_wr_bytes(&wr, rec->vars.p, head.vars_len);
	pxe_wr_bytes(&wr, rec->tail.p, head.tail_len);
	assert(wr.err == 0);
	return d;
}

static struct pxe_bytes slice(const struct lease_data *d, size_t off, size_t len)
{
	return (struct pxe_bytes){.p = d->b + off, .len = len};
}

struct pxe_hwaddr lease_hw(const struct lease *l)
{
	struct pxe_hwaddr hw = {0};

	if (l->data == NULL)
		return hw;
	hw.type = l->data->hw_type;
	hw.len = l->data->hw_len;
	memcpy(hw.b, l->data->b, hw.len);
	return hw;
}

struct pxe_bytes lease_uid(const struct lease *l)
{
	if (l->data == NULL || l->data->uid_len == 0)
		return (struct pxe_bytes){0};
	return slice(l->data, l->data->hw_len, l->data->uid_len);
}

struct pxe_bytes lease_hostname(const struct lease *l)
{
	if (l->data == NULL || l->data->hostname_len == 0)
		return (struct pxe_bytes){0};
	return slice(l->data, (size_t)l->data->hw_len + l->data->uid_len, l->data->hostname_len);
}

struct pxe_bytes lease_agent(const struct lease *l)
{
	if (l->data == NULL || l->data->agent_len == 0)
		return (struct pxe_bytes){0};
	return slice(l->data, (size_t)l->data->hw_len + l->data->uid_len + l->data->hostname_len,
	    l->data->agent_len);
}

struct pxe_bytes lease_vars(const struct lease *l)
{
	if (l->data == NULL || l->data->vars_len == 0)
		return (struct pxe_bytes){0};
	return slice(l->data, lease_data_len(l->data) - l->data->vars_len - l->data->tail_len,
	    l->data->vars_len);
}

struct pxe_bytes lease_tail(const struct lease *l)
{
	if (l->data == NULL || l->data->tail_len == 0)
		return (struct pxe_bytes){0};
	return slice(l->data, lease_data_len(l->data) - l->data->tail_len, l->data->tail_len);
}

void lease_view(const struct lease *l, struct lease_rec *out)
{
	bool comes_free = l->state != LEASE_FREE;

	*out = (struct lease_rec){
	    .ip = l->ip,
	    .state = (enum lease_state)l->state,
	    .next = comes_free ? LEASE_FREE : (enum lease_state)l->state,
	    .rewind = comes_free ? LEASE_FREE : (enum lease_state)l->state,
	    .reserved = l->reserved,
	    .bootp = l->bootp,
	    .starts = lease_time(l->starts),
	    .ends = lease_time(l->ends),
	    .tstp = lease_time(l->tstp),
	    .cltt = lease_time(l->cltt),
	    .hw = lease_hw(l),
	    .uid = lease_uid(l),
	    .hostname = lease_hostname(l),
	    .agent = lease_agent(l),
	    .vars = lease_vars(l),
	    .tail = lease_tail(l),
	};
}
