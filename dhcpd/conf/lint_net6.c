/* SPDX-License-Identifier: BSD-2-Clause */
/* lint_net6.c -- ranges, prefixes, hosts and URLs of DHCPv6 that cannot work as written. */
#include <stdlib.h>
#include <string.h>

#include "dhcpd/conf/parse.h"

enum { OPT_BOOT_URL = 59 };

/* A range6 or prefix6 statement as the addresses it covers. */
struct span {
	struct pxe_ip6 lo, hi;
	struct conf_pos pos;
	const char *what;
};

static int cmp(const struct pxe_ip6 *a, const struct pxe_ip6 *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

static int by_lo(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	int d = cmp(&x->lo, &y->lo);

	if (d != 0)
		return d;
	if (x->pos.file != y->pos.file)
		return x->pos.file < y->pos.file ? -1 : 1;
	return x->pos.line < y->pos.line ? -1 : x->pos.line > y->pos.line;
}

static struct pxe_ip6 last_of(struct pxe_ip6 ip, unsigned len)
{
	for (unsigned i = len; i < 128; i++)
		ip.b[i / 8] |= (uint8_t)(0x80u >> (i % 8));
	return ip;
}

static size_t count(const struct conf *c)
{
	size_t n = 0;

	for (const struct network *net = c->network; net != NULL; net = net->next)
		for (const struct pool *pool = net->pool; pool != NULL; pool = pool->next)
			n += pool->nrange6 + pool->nprefix6;
	return n;
}

static size_t list(const struct conf *c, struct span *v)
{
	size_t n = 0;

	for (const struct network *net = c->network; net != NULL; net = net->next) {
		for (const struct pool *pool = net->pool; pool != NULL; pool = pool->next) {
			for (size_t i = 0; i < pool->nrange6; i++)
				v[n++] = (struct span){pool->range6[i].lo, pool->range6[i].hi,
				    pool->range6[i].pos, "range6"};
			for (size_t i = 0; i < pool->nprefix6; i++)
				v[n++] = (struct span){pool->prefix6[i].lo,
				    last_of(pool->prefix6[i].hi, pool->prefix6[i].len),
				    pool->prefix6[i].pos, "prefix6"};
		}
	}
	return n;
}

static const char *text6(const struct pxe_ip6 *ip, char buf[PXE_IP_STRLEN])
{
	return pxe_ip_str(&(struct pxe_ip){.family = 6, .v6 = *ip}, buf);
}

/* Sorted by first address; what begins before the end of those before it overlaps. */
static void lint_overlaps(struct parser *p, const struct span *v, size_t n)
{
	const struct span *widest = v;
	char ip[PXE_IP_STRLEN];

	for (size_t i = 1; i < n; i++) {
		if (cmp(&v[i].lo, &widest->hi) <= 0)
			parse_warn(p, v[i].pos, "range6-overlap",
			    "%s is in the %s at %s:%u too; two clients may be given the same",
			    text6(&v[i].lo, ip), widest->what, parse_file_of(p, widest->pos),
			    (unsigned)widest->pos.line);
		if (cmp(&v[i].hi, &widest->hi) > 0)
			widest = &v[i];
	}
}

/* ---- hosts ---- */

static int span_of(const void *key, const void *elem)
{
	const struct pxe_ip6 *ip = key;
	const struct span *s = elem;

	return cmp(ip, &s->lo) < 0 ? -1 : cmp(ip, &s->hi) > 0;
}

static void lint_host(struct parser *p, const struct host *h, const struct span *v, size_t n)
{
	char ip[PXE_IP_STRLEN];

	for (size_t i = 0; i < h->nfixed6; i++) {
		struct pxe_ip any = {.family = 6, .v6 = h->fixed6[i]};

		(void)text6(&h->fixed6[i], ip);
		if (conf_subnet(p->conf, &any) == NULL)
			parse_warn(p, h->pos, "host-no-subnet",
			    "the address %s of host %s is in no subnet6, and so nobody gets it", ip,
			    h->name);
		else if (n > 0 && bsearch(&h->fixed6[i], v, n, sizeof(*v), span_of) != NULL)
			parse_warn(p, h->pos, "host-in-range",
			    "the address %s of host %s lies in a range6", ip, h->name);
	}
	for (size_t i = 0; i < h->nfixed_prefix6; i++)
		if (n > 0 && bsearch(&h->fixed_prefix6[i].ip.v6, v, n, sizeof(*v), span_of) != NULL)
			parse_warn(p, h->pos, "host-in-range",
			    "the prefix %s of host %s lies in a prefix6",
			    text6(&h->fixed_prefix6[i].ip.v6, ip), h->name);
}

/* ---- boot files ---- */

/* RFC 5970 3.1: a URL, and an address in it stands in brackets. */
static void lint_url(struct parser *p, const struct stmt *s, void *arg)
{
	struct pxe_bytes v;
	const char *at = NULL;

	(void)arg;
	if (s->op != STMT_OPTION || s->option.def->code != OPT_BOOT_URL ||
	    strcmp(s->option.def->space->name, "dhcp6") != 0 || s->option.value == NULL ||
	    !expr_is_const(s->option.value, &v) || v.len == 0)
		return;
	at = strstr((const char *)v.p, "://");
	if (at == NULL)
		parse_warn(p, s->pos, "bad-url",
		    "bootfile-url is a URL, as in \"tftp://[2001:db8::1]/file\"");
	else if (at[3] != '[' && memchr(at + 3, ':', strcspn(at + 3, "/")) !=
				     memrchr(at + 3, ':', strcspn(at + 3, "/")))
		parse_warn(p, s->pos, "bad-url",
		    "an IPv6 address in a URL stands in brackets: \"tftp://[2001:db8::1]/file\"");
}

void lint_networks6(struct parser *p)
{
	size_t n = count(p->conf);
	struct span *v = NULL;

	if (p->conf->family != 6)
		return;
	lint_walk_all(p, lint_url, NULL);
	v = reallocarray(NULL, n > 0 ? n : 1, sizeof(*v));
	if (v == NULL)
		return; /* findings are missed, nothing else */
	n = list(p->conf, v);
	qsort(v, n, sizeof(*v), by_lo);
	if (n > 0)
		lint_overlaps(p, v, n);
	for (size_t i = 0; i < p->conf->host.n; i++)
		lint_host(p, p->conf->host.v[i], v, n);
	free(v);
}
