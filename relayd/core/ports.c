/* SPDX-License-Identifier: BSD-2-Clause */
/* ports.c -- the interfaces of this machine as the relay sees them. */
#include "relayd/core/ports.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/proto/dhcp_agent.h"

void ports_init(struct ports *ps)
{
	*ps = (struct ports){0};
}

void ports_fini(struct ports *ps)
{
	if (ps == NULL)
		return;
	free(ps->v);
	free(ps->addr);
	free(ps->by_circuit);
	ports_init(ps);
}

/* Make room for `more` further elements of size. 0 or -ENOMEM. */
static int make_room(void **v, size_t *cap, size_t used, size_t more, size_t size)
{
	size_t want = *cap != 0 ? *cap : 4;
	void *bigger = NULL;

	while (want < used + more)
		want *= 2;
	if (want == *cap)
		return 0;
	bigger = realloc(*v, want * size);
	if (bigger == NULL)
		return -ENOMEM;
	*v = bigger;
	*cap = want;
	return 0;
}

int ports_add(struct ports *ps, const struct port *port, const struct pxe_ip4 *addr, size_t naddr)
{
	void *v = ps->v, *av = ps->addr;
	int err = make_room(&v, &ps->cap, ps->n, 1, sizeof(*ps->v));

	ps->v = v;
	if (err == 0)
		err = make_room(&av, &ps->addr_cap, ps->naddr, naddr, sizeof(*ps->addr));
	ps->addr = av;
	if (err != 0)
		return err;
	for (size_t i = 0; i < naddr; i++)
		ps->addr[ps->naddr++] = (struct port_addr){.ip = addr[i], .port = ps->n};
	ps->v[ps->n++] = *port;
	return 0;
}

struct pxe_bytes port_circuit(const struct port *port)
{
	return pxe_agent_get(
	    (struct pxe_bytes){.p = port->agent, .len = port->agent_len}, PXE_AGENT_CIRCUIT_ID);
}

static int compare_bytes(struct pxe_bytes a, struct pxe_bytes b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_addr(const void *a, const void *b)
{
	const struct port_addr *x = a, *y = b;

	if (x->ip.v != y->ip.v)
		return x->ip.v < y->ip.v ? -1 : 1;
	return (x->port > y->port) - (x->port < y->port);
}

static int compare_circuit(const void *a, const void *b, void *arg)
{
	const struct ports *ps = arg;
	size_t i = *(const size_t *)a, j = *(const size_t *)b;
	int order = compare_bytes(port_circuit(&ps->v[i]), port_circuit(&ps->v[j]));

	return order != 0 ? order : (i > j) - (i < j);
}

static int compare_index(const void *a, const void *b, void *arg)
{
	const struct ports *ps = arg;
	size_t i = *(const size_t *)a, j = *(const size_t *)b;

	return (ps->v[i].ifindex > ps->v[j].ifindex) - (ps->v[i].ifindex < ps->v[j].ifindex);
}

/* Bring v into the order of ifindex and let the addresses point at the new places. `order` has 2n
 * elements. */
static int sort_ports(struct ports *ps, size_t *order)
{
	struct port *sorted = calloc(ps->n, sizeof(*sorted));
	size_t *place = order + ps->n;

	if (sorted == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < ps->n; i++)
		order[i] = i;
	qsort_r(order, ps->n, sizeof(*order), compare_index, ps);
	for (size_t i = 0; i < ps->n; i++) {
		sorted[i] = ps->v[order[i]];
		place[order[i]] = i;
	}
	for (size_t i = 0; i < ps->naddr; i++)
		ps->addr[i].port = place[ps->addr[i].port];
	free(ps->v);
	ps->v = sorted;
	ps->cap = ps->n;
	return 0;
}

int ports_seal(struct ports *ps)
{
	size_t *order = NULL;
	int err = 0;

	if (ps->n == 0)
		return 0;
	order = calloc(2 * ps->n, sizeof(*order));
	if (order == NULL)
		return -ENOMEM;
	err = sort_ports(ps, order);
	if (err != 0) {
		free(order);
		return err;
	}
	if (ps->naddr > 0)
		qsort(ps->addr, ps->naddr, sizeof(*ps->addr), compare_addr);
	ps->ncircuit = 0;
	for (size_t i = 0; i < ps->n; i++) {
		if (ps->v[i].is_down && port_circuit(&ps->v[i]).p != NULL)
			order[ps->ncircuit++] = i;
	}
	qsort_r(order, ps->ncircuit, sizeof(*order), compare_circuit, ps);
	free(ps->by_circuit);
	ps->by_circuit = order;
	return 0;
}

struct port *ports_by_index(const struct ports *ps, unsigned ifindex)
{
	size_t lo = 0, hi = ps->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (ps->v[mid].ifindex < ifindex)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < ps->n && ps->v[lo].ifindex == ifindex ? &ps->v[lo] : NULL;
}

struct port *ports_by_addr(const struct ports *ps, struct pxe_ip4 ip)
{
	struct port *found = NULL;
	size_t lo = 0, hi = ps->naddr;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (ps->addr[mid].ip.v < ip.v)
			lo = mid + 1;
		else
			hi = mid;
	}
	/* An anycast gateway stands on several interfaces; one that clients are on is meant. */
	for (; lo < ps->naddr && ps->addr[lo].ip.v == ip.v; lo++) {
		struct port *port = &ps->v[ps->addr[lo].port];

		if (found == NULL || (port->is_down && !found->is_down))
			found = port;
	}
	return found;
}

struct port *ports_by_circuit(const struct ports *ps, struct pxe_bytes circuit, struct pxe_ip4 hint)
{
	struct port *first = NULL;
	size_t lo = 0, hi = ps->ncircuit;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare_bytes(port_circuit(&ps->v[ps->by_circuit[mid]]), circuit) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < ps->ncircuit; lo++) {
		struct port *port = &ps->v[ps->by_circuit[lo]];

		if (compare_bytes(port_circuit(port), circuit) != 0)
			break;
		if (pxe_ip4_eq(port->ip, hint))
			return port;
		if (first == NULL)
			first = port;
	}
	return first;
}
