/* SPDX-License-Identifier: BSD-2-Clause */
/* conf_net.c -- finding subnets by longest prefix and pools by address.
 *
 * Prefixes either nest or are apart, so the table is sorted by first address (wider ones first) and
 * each entry knows the next wider one around it: halving finds the last entry that begins at or
 * before an address, and climbing from there meets the most specific one that holds it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dhcpd/conf/conf_build.h"

static void key_of(const struct pxe_ip *ip, uint8_t key[16])
{
	memset(key, 0, 16);
	if (ip->family == 6) {
		memcpy(key, ip->v6.b, 16);
		return;
	}
	for (int i = 0; i < 4; i++)
		key[i] = (uint8_t)(ip->v4.v >> (24 - 8 * i));
}

static bool holds(const struct conf_net *n, const uint8_t key[16])
{
	unsigned whole = n->len / 8, rest = n->len % 8;

	if (memcmp(n->key, key, whole) != 0)
		return false;
	return rest == 0 || (n->key[whole] ^ key[whole]) >> (8 - rest) == 0;
}

static int compare_net(const void *a, const void *b)
{
	const struct conf_net *x = a, *y = b;
	int d = memcmp(x->key, y->key, 16);

	if (d != 0)
		return d;
	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	/* The one declared first comes last, where the search begins. */
	return x->parent > y->parent ? -1 : 1;
}

static void sort_nets(struct conf_nets *t)
{
	for (size_t i = 0; i < t->n; i++)
		t->v[i].parent = (uint32_t)i; /* order of declaration, for the moment */
	if (t->n > 1)
		qsort(t->v, t->n, sizeof(t->v[0]), compare_net);
	for (size_t i = 0; i < t->n; i++) {
		uint32_t up = (uint32_t)i; /* the entry before, and then what is around it */

		while (up > 0 &&
		       !(t->v[up - 1].len <= t->v[i].len && holds(&t->v[up - 1], t->v[i].key)))
			up = t->v[up - 1].parent;
		t->v[i].parent = up;
	}
}

static int fill_nets(struct conf *c)
{
	size_t n = c->subnet.n + 1;

	c->net4.v = calloc(n, sizeof(*c->net4.v));
	c->net6.v = calloc(n, sizeof(*c->net6.v));
	c->holed = calloc(n, sizeof(const struct subnet *));
	if (c->net4.v == NULL || c->net6.v == NULL || c->holed == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < c->subnet.n; i++) {
		const struct subnet *s = c->subnet.v[i];
		struct conf_nets *t = s->prefix.ip.family == 6 ? &c->net6 : &c->net4;
		struct conf_net *e = &t->v[t->n];

		if (s->prefix.ip.family == 4 && pxe_ip4_mask_len(s->mask) < 0) {
			c->holed[c->nholed++] = s;
			continue;
		}
		key_of(&s->prefix.ip, e->key);
		e->len = s->prefix.len;
		e->subnet = s;
		t->n++;
	}
	sort_nets(&c->net4);
	sort_nets(&c->net6);
	return 0;
}

static const struct subnet *find_net(const struct conf_nets *t, const uint8_t key[16])
{
	size_t lo = 0, hi = t->n;
	uint32_t at = 0;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (memcmp(t->v[mid].key, key, 16) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (at = (uint32_t)lo; at > 0; at = t->v[at - 1].parent) {
		if (holds(&t->v[at - 1], key))
			return t->v[at - 1].subnet;
	}
	return NULL;
}

const struct subnet *conf_subnet(const struct conf *c, const struct pxe_ip *ip)
{
	const struct subnet *found = NULL;
	uint8_t key[16];

	key_of(ip, key);
	if (ip->family == 6)
		return find_net(&c->net6, key);
	if (ip->family != 4)
		return NULL;
	found = find_net(&c->net4, key);
	for (size_t i = 0; i < c->nholed; i++) {
		const struct subnet *s = c->holed[i];

		if ((ip->v4.v & s->mask.v) == s->prefix.ip.v4.v &&
		    (found == NULL || s->prefix.len > found->prefix.len))
			found = s;
	}
	return found;
}

static int compare_range(const void *a, const void *b)
{
	const struct conf_range *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

static int fill_ranges(struct conf *c)
{
	size_t n = 0;

	for (const struct network *net = c->network; net != NULL; net = net->next) {
		for (const struct pool *p = net->pool; p != NULL; p = p->next)
			n += p->nrange;
	}
	c->range = calloc(n + 1, sizeof(*c->range));
	if (c->range == NULL)
		return -ENOMEM;
	for (const struct network *net = c->network; net != NULL; net = net->next) {
		for (const struct pool *p = net->pool; p != NULL; p = p->next) {
			for (size_t i = 0; i < p->nrange; i++) {
				const struct range4 *r = &p->range[i];

				c->range[c->nrange++] =
				    (struct conf_range){r->ip.lo.v, r->ip.hi.v, p, r};
			}
		}
	}
	if (c->nrange > 1)
		qsort(c->range, c->nrange, sizeof(*c->range), compare_range);
	return 0;
}

const struct pool *conf_pool4(
    const struct conf *c, struct pxe_ip4 ip, const struct range4 **out_range)
{
	size_t lo = 0, hi = c->nrange;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->range[mid].lo <= ip.v)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0 || c->range[lo - 1].hi < ip.v)
		return NULL;
	if (out_range != NULL)
		*out_range = c->range[lo - 1].range;
	return c->range[lo - 1].pool;
}

int conf_finish(struct conf *c)
{
	int err = fill_nets(c);

	return err != 0 ? err : fill_ranges(c);
}
