/* SPDX-License-Identifier: BSD-2-Clause */
/* scale_test.c -- large files parse, and everything in them is found. No clock is looked at. */
#include <stdarg.h>
#include <stdlib.h>

#include "tests/unit/dhcpd/conf/conf_test.h"

enum { HOSTS = 100000, SUBNETS = 10000, SUBCLASSES = 20000 };

struct text {
	char *p;
	size_t len, cap;
};

static void add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *fmt, ...)
{
	va_list ap;

	if (t->cap - t->len < 512) {
		t->cap = t->cap * 2 + 4096;
		t->p = realloc(t->p, t->cap);
	}
	va_start(ap, fmt);
	t->len += (size_t)vsnprintf(t->p + t->len, t->cap - t->len, fmt, ap);
	va_end(ap);
}

START_TEST(finds_each_of_many_hosts)
{
	struct text t = {0};
	struct parsed p;

	for (unsigned i = 0; i < HOSTS; i++)
		add(&t,
		    "host h%u { hardware ethernet 52:54:0:%x:%x:%x; fixed-address 10.%u.%u.%u; }\n",
		    i, i >> 16, i >> 8 & 255, i & 255, i >> 16, i >> 8 & 255, i & 255);
	p = parse_good(t.p);
	ck_assert_uint_eq(
	    p.diag.n, 21); /* no subnet for any of them: twenty are named, the rest counted */
	ck_assert_uint_eq(conf_nhost(p.conf), HOSTS);
	for (unsigned i = 0; i < HOSTS; i++) {
		const struct pxe_hwaddr hw = {.type = 1,
		    .len = 6,
		    .b = {0x52, 0x54, 0, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
		const struct host *h = conf_host_by_hw(p.conf, &hw, NULL);

		MUST(h != NULL && h->index == i, "host %u by address", i);
		MUST(conf_host_by_hw(p.conf, &hw, h) == NULL, "host %u twice", i);
		MUST(conf_host_by_fixed(p.conf, (struct pxe_ip4){0x0a000000 + i}, NULL) == h,
		    "host %u by fixed address", i);
		MUST(conf_host_by_name(p.conf, h->name) == h, "host %u by name", i);
	}
	parsed_fini(&p);
	free(t.p);
}
END_TEST

START_TEST(finds_each_of_many_subnets)
{
	struct text t = {0};
	struct parsed p;

	for (unsigned i = 0; i < SUBNETS; i++)
		add(&t,
		    "subnet 10.%u.%u.0 netmask 255.255.255.0 { range 10.%u.%u.10 10.%u.%u.200; }\n",
		    i >> 8, i & 255, i >> 8, i & 255, i >> 8, i & 255);
	p = parse_good(t.p);
	for (unsigned i = 0; i < SUBNETS; i++) {
		struct pxe_ip ip = pxe_ip_from4((struct pxe_ip4){0x0a000000 + (i << 8) + 77});
		const struct subnet *s = conf_subnet(p.conf, &ip);

		MUST(s != NULL && s->network->id == i, "subnet %u", i);
		MUST(conf_pool4(p.conf, ip.v4, NULL) == s->network->pool, "pool %u", i);
		ip.v4.v += 150;
		MUST(conf_pool4(p.conf, ip.v4, NULL) == NULL, "outside %u", i);
	}
	parsed_fini(&p);
	free(t.p);
}
END_TEST

START_TEST(finds_each_of_many_subclasses)
{
	struct text t = {0};
	struct parsed p;

	add(&t, "class \"c\" { match hardware; }\n");
	for (unsigned i = 0; i < SUBCLASSES; i++)
		add(&t, "subclass \"c\" 1:0:%x:%x;\n", i >> 8, i & 255);
	p = parse_good(t.p);
	for (unsigned i = 0; i < SUBCLASSES; i++) {
		const uint8_t key[] = {1, 0, (uint8_t)(i >> 8), (uint8_t)i};
		const struct subclass *s =
		    conf_subclass(p.conf, conf_class(p.conf, "c"), (struct pxe_bytes){key, 4});

		MUST(s != NULL && s->id == i + 1, "subclass %u", i);
	}
	parsed_fini(&p);
	free(t.p);
}
END_TEST

/* A pool is two numbers, however many addresses lie between them. */
START_TEST(keeps_large_pools_small)
{
	struct parsed p =
	    parse_good("subnet 10.0.0.0 netmask 255.0.0.0 { range 10.0.0.1 10.255.255.254; }");

	ck_assert_uint_eq(conf_networks(p.conf)->pool->nrange, 1);
	ck_assert_ptr_nonnull(conf_pool4(p.conf, ip4("10.128.0.1"), NULL));
	parsed_fini(&p);
}
END_TEST

CHECK_MAIN("dhcpd/conf/scale", finds_each_of_many_hosts, finds_each_of_many_subnets,
    finds_each_of_many_subclasses, keeps_large_pools_small)
