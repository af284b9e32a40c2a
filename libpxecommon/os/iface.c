/* SPDX-License-Identifier: BSD-2-Clause */
/* iface.c -- the machine's interfaces, kept current by netlink. */
#include "libpxecommon/os/iface.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libpxecommon/base/str.h"
#include "libpxecommon/os/rtnl.h"

enum {
	DUMPS_MAX = 8,      /* times a dump is begun again because things changed under it */
	READS_PER_WAKE = 64 /* then others have their turn */
};

/* In index order; addresses owned. */
struct table {
	struct pxe_iface *v;
	size_t n, cap;
	bool is_short; /* of memory: incomplete, must be read again */
};

struct pxe_ifaces {
	uv_poll_t poll;
	int fd;
	struct table table;
	pxe_iface_fn on_change;
	void *arg;
	bool is_following;
};

static size_t lower_bound(const struct table *t, unsigned index)
{
	size_t lo = 0, hi = t->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->v[mid].index < index)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct pxe_iface *find(const struct table *t, unsigned index)
{
	size_t i = lower_bound(t, index);

	return i < t->n && t->v[i].index == index ? &t->v[i] : NULL;
}

static struct pxe_iface *insert(struct table *t, unsigned index)
{
	size_t i = lower_bound(t, index);

	if (t->n == t->cap) {
		size_t cap = t->cap > 0 ? 2 * t->cap : 8;
		struct pxe_iface *v = realloc(t->v, cap * sizeof(*v));

		if (v == NULL) {
			t->is_short = true;
			return NULL;
		}
		t->v = v;
		t->cap = cap;
	}
	memmove(&t->v[i + 1], &t->v[i], (t->n - i) * sizeof(t->v[0]));
	t->v[i] = (struct pxe_iface){.index = index};
	t->n++;
	return &t->v[i];
}

/* Out of the table; the caller has its addresses. */
static struct pxe_iface take_out(struct table *t, struct pxe_iface *ifc)
{
	struct pxe_iface gone = *ifc;
	size_t i = (size_t)(ifc - t->v);

	t->n--;
	memmove(&t->v[i], &t->v[i + 1], (t->n - i) * sizeof(t->v[0]));
	return gone;
}

static void table_fini(struct table *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->v[i].addr);
	free(t->v);
	*t = (struct table){0};
}

/* True when something that we show changed. */
static bool update_link(struct pxe_iface *ifc, const struct pxe_rtnl_link *link)
{
	bool changed = ifc->flags != link->flags;

	ifc->flags = link->flags;
	if (link->has_name && strcmp(ifc->name, link->name) != 0) {
		(void)pxe_str_copy(ifc->name, sizeof(ifc->name), link->name);
		changed = true;
	}
	if (link->has_hw && !pxe_hwaddr_eq(&ifc->hw, &link->hw)) {
		ifc->hw = link->hw;
		changed = true;
	}
	if (link->has_mtu && ifc->mtu != link->mtu) {
		ifc->mtu = link->mtu;
		changed = true;
	}
	return changed;
}

static bool same_prefix(const struct pxe_prefix *a, const struct pxe_prefix *b)
{
	return a->len == b->len && pxe_ip_eq(&a->ip, &b->ip);
}

static bool add_addr(struct table *t, struct pxe_iface *ifc, const struct pxe_iface_addr *addr)
{
	struct pxe_iface_addr *v = NULL;

	for (size_t i = 0; i < ifc->naddr; i++) {
		struct pxe_iface_addr *have = &ifc->addr[i];
		bool changed =
		    have->secondary != addr->secondary || have->tentative != addr->tentative;

		if (same_prefix(&have->prefix, &addr->prefix)) {
			*have = *addr;
			return changed;
		}
	}
	v = realloc(ifc->addr, (ifc->naddr + 1) * sizeof(*v));
	if (v == NULL) {
		t->is_short = true;
		return false;
	}
	v[ifc->naddr++] = *addr;
	ifc->addr = v;
	return true;
}

static bool remove_addr(struct pxe_iface *ifc, const struct pxe_iface_addr *addr)
{
	for (size_t i = 0; i < ifc->naddr; i++) {
		if (!same_prefix(&ifc->addr[i].prefix, &addr->prefix))
			continue;
		ifc->naddr--;
		memmove(&ifc->addr[i], &ifc->addr[i + 1], (ifc->naddr - i) * sizeof(ifc->addr[0]));
		return true;
	}
	return false;
}

/* ---- dumps ---- */

static void dump_link(const struct nlmsghdr *nh, void *arg)
{
	struct table *t = arg;
	struct pxe_rtnl_link link;
	struct pxe_iface *ifc = NULL;

	if (!pxe_rtnl_parse_link(nh, &link) || link.is_gone)
		return;
	ifc = find(t, link.index);
	if (ifc == NULL)
		ifc = insert(t, link.index);
	if (ifc != NULL)
		(void)update_link(ifc, &link);
}

static void dump_addr(const struct nlmsghdr *nh, void *arg)
{
	struct table *t = arg;
	struct pxe_rtnl_addr addr;
	struct pxe_iface *ifc = NULL;

	if (!pxe_rtnl_parse_addr(nh, &addr) || addr.is_gone)
		return;
	ifc = find(t, addr.index);
	if (ifc != NULL)
		(void)add_addr(t, ifc, &addr.addr);
}

static int read_table(struct table *out)
{
	int err = -EINTR;

	for (int i = 0; i < DUMPS_MAX && err == -EINTR; i++) {
		struct table t = {0};

		err = pxe_rtnl_dump(RTM_GETLINK, dump_link, &t);
		if (err == 0)
			err = pxe_rtnl_dump(RTM_GETADDR, dump_addr, &t);
		if (err == 0 && t.is_short)
			err = -ENOMEM;
		if (err == 0)
			*out = t;
		else
			table_fini(&t);
	}
	return err;
}

/* ---- following ---- */

static void tell(struct pxe_ifaces *ifs, enum pxe_iface_change change, const struct pxe_iface *ifc)
{
	if (ifs->on_change != NULL)
		ifs->on_change(change, ifc, ifs->arg);
}

static bool same_iface(const struct pxe_iface *a, const struct pxe_iface *b)
{
	if (strcmp(a->name, b->name) != 0 || !pxe_hwaddr_eq(&a->hw, &b->hw) || a->mtu != b->mtu ||
	    a->flags != b->flags || a->naddr != b->naddr)
		return false;
	for (size_t i = 0; i < a->naddr; i++) {
		if (!same_prefix(&a->addr[i].prefix, &b->addr[i].prefix) ||
		    a->addr[i].secondary != b->addr[i].secondary ||
		    a->addr[i].tentative != b->addr[i].tentative)
			return false;
	}
	return true;
}

/* Messages were lost: read everything again and tell what became different. */
static void resync(struct pxe_ifaces *ifs)
{
	struct table old = ifs->table, now = {0};

	if (read_table(&now) != 0) {
		ifs->table.is_short = true; /* the next message tries again */
		return;
	}
	ifs->table = now;
	for (size_t i = 0; i < old.n; i++) {
		if (find(&now, old.v[i].index) == NULL)
			tell(ifs, PXE_IFACE_GONE, &old.v[i]);
	}
	for (size_t i = 0; i < now.n; i++) {
		const struct pxe_iface *before = find(&old, now.v[i].index);

		if (before == NULL)
			tell(ifs, PXE_IFACE_NEW, &now.v[i]);
		else if (!same_iface(before, &now.v[i]))
			tell(ifs, PXE_IFACE_CHANGED, &now.v[i]);
	}
	table_fini(&old);
}

static void follow_link(struct pxe_ifaces *ifs, const struct pxe_rtnl_link *link)
{
	struct pxe_iface *ifc = find(&ifs->table, link->index);
	struct pxe_iface gone;

	if (link->is_gone) {
		if (ifc == NULL)
			return;
		gone = take_out(&ifs->table, ifc);
		tell(ifs, PXE_IFACE_GONE, &gone);
		free(gone.addr);
		return;
	}
	if (ifc != NULL) {
		if (update_link(ifc, link))
			tell(ifs, PXE_IFACE_CHANGED, ifc);
		return;
	}
	ifc = insert(&ifs->table, link->index);
	if (ifc == NULL)
		return;
	(void)update_link(ifc, link);
	tell(ifs, PXE_IFACE_NEW, ifc);
}

static void follow(const struct nlmsghdr *nh, void *arg)
{
	struct pxe_ifaces *ifs = arg;
	struct pxe_rtnl_link link;
	struct pxe_rtnl_addr addr;
	struct pxe_iface *ifc = NULL;

	if (pxe_rtnl_parse_link(nh, &link)) {
		follow_link(ifs, &link);
	} else if (pxe_rtnl_parse_addr(nh, &addr)) {
		ifc = find(&ifs->table, addr.index);
		if (ifc != NULL && (addr.is_gone ? remove_addr(ifc, &addr.addr)
						 : add_addr(&ifs->table, ifc, &addr.addr)))
			tell(ifs, PXE_IFACE_CHANGED, ifc);
	}
}

static void ignore(const struct nlmsghdr *nh, void *arg)
{
	(void)nh;
	(void)arg;
}

/* Read until the socket is empty or others should have their turn. True when messages were lost:
 * then everything queued is thrown away first, because the kernel drops without another word until
 * it has seen the queue empty. */
static bool read_messages(struct pxe_ifaces *ifs)
{
	bool lost = ifs->table.is_short;
	int n = 0;

	for (int i = 0; (lost || i < READS_PER_WAKE) && ifs->is_following; i++) {
		n = pxe_rtnl_read(ifs->fd, lost ? ignore : follow, ifs);
		if (n < 0 && n != -ENOBUFS)
			break;
		lost |= n < 0;
	}
	return lost || (n < 0 && n != -EAGAIN);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct pxe_ifaces *ifs = poll->data;

	(void)events;
	if (read_messages(ifs) && ifs->is_following)
		resync(ifs);
	/* An overrun is reported as an error, for which libuv stops the handle. */
	if (status < 0 && ifs->is_following)
		(void)uv_poll_start(&ifs->poll, UV_READABLE, on_readable);
}

static void on_closed(uv_handle_t *handle)
{
	struct pxe_ifaces *ifs = handle->data;

	table_fini(&ifs->table);
	free(ifs);
}

int pxe_ifaces_open(uv_loop_t *loop, pxe_iface_fn on_change, void *arg, struct pxe_ifaces **out)
{
	struct pxe_ifaces *ifs = calloc(1, sizeof(*ifs));
	int err = 0;

	if (ifs == NULL)
		return -ENOMEM;
	ifs->on_change = on_change;
	ifs->arg = arg;
	ifs->fd = -1;
	/* Subscribed before the dump: what changes in between is told twice and never lost. */
	if (loop != NULL)
		ifs->fd = pxe_rtnl_open(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);
	if (loop != NULL && ifs->fd < 0)
		err = ifs->fd;
	if (err == 0)
		err = read_table(&ifs->table);
	if (err == 0 && loop != NULL)
		err = uv_poll_init(loop, &ifs->poll, ifs->fd);
	if (err != 0) {
		if (ifs->fd >= 0)
			(void)close(ifs->fd);
		table_fini(&ifs->table);
		free(ifs);
		return err;
	}
	ifs->is_following = loop != NULL;
	ifs->poll.data = ifs;
	if (ifs->is_following)
		(void)uv_poll_start(&ifs->poll, UV_READABLE, on_readable);
	*out = ifs;
	return 0;
}

void pxe_ifaces_close(struct pxe_ifaces *ifs)
{
	if (ifs == NULL)
		return;
	if (!ifs->is_following) {
		table_fini(&ifs->table);
		free(ifs);
		return;
	}
	ifs->is_following = false;
	ifs->on_change = NULL;
	uv_close((uv_handle_t *)&ifs->poll, on_closed);
	(void)close(ifs->fd);
	ifs->fd = -1;
}

/* ---- asking ---- */

const struct pxe_iface *pxe_iface_by_name(const struct pxe_ifaces *ifs, const char *name)
{
	for (size_t i = 0; i < ifs->table.n; i++) {
		if (strcmp(ifs->table.v[i].name, name) == 0)
			return &ifs->table.v[i];
	}
	return NULL;
}

const struct pxe_iface *pxe_iface_by_index(const struct pxe_ifaces *ifs, unsigned index)
{
	return find(&ifs->table, index);
}

const struct pxe_iface *pxe_iface_at(const struct pxe_ifaces *ifs, size_t i)
{
	return i < ifs->table.n ? &ifs->table.v[i] : NULL;
}

struct pxe_ip pxe_iface_ip4(const struct pxe_iface *iface)
{
	for (size_t i = 0; i < iface->naddr; i++) {
		if (iface->addr[i].prefix.ip.family == 4 && !iface->addr[i].secondary)
			return iface->addr[i].prefix.ip;
	}
	return (struct pxe_ip){0};
}

bool pxe_ifaces_have_ip(const struct pxe_ifaces *ifs, const struct pxe_ip *ip)
{
	for (size_t i = 0; i < ifs->table.n; i++) {
		const struct pxe_iface *ifc = &ifs->table.v[i];

		for (size_t k = 0; k < ifc->naddr; k++) {
			if (pxe_ip_eq(&ifc->addr[k].prefix.ip, ip))
				return true;
		}
	}
	return false;
}

char *pxe_ifaces_names(const struct pxe_ifaces *ifs, char *buf, size_t cap)
{
	struct pxe_text t = pxe_text_init(buf, cap);

	for (size_t i = 0; i < ifs->table.n; i++)
		pxe_text_addf(&t, "%s%s", i > 0 ? " " : "", ifs->table.v[i].name);
	return buf;
}
