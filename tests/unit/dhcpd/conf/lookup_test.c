/* SPDX-License-Identifier: BSD-2-Clause */
/* lookup_test.c -- the model of a configuration, and finding things in it. */
#include "dhcpd/conf/model.h"

#include "tests/unit/dhcpd/conf/conf_test.h"

static const char office[] =
    "option space PXE;\n"
    "class \"pxe\" { match if substring(option vendor-class-identifier, 0, 9) = \"PXEClient\"; }\n"
    "class \"kinds\" { match hardware; lease limit 4; }\n"
    "subclass \"kinds\" 1:52:54:00:00:00:01;\n"
    "subclass \"kinds\" \"text\" { lease limit 2; option host-name \"s\"; }\n"
    "shared-network office {\n"
    "  authoritative;\n"
    "  subnet 10.0.0.0 netmask 255.255.0.0 { option routers 10.0.0.1; }\n"
    "  subnet 10.1.0.0 netmask 255.255.255.0 { range 10.1.0.10 10.1.0.20; interface \"eth7\"; }\n"
    "  pool { range 10.0.1.20 10.0.1.10; range 10.0.2.1; allow members of \"pxe\";\n"
    "         deny unknown-clients; deny dynamic bootp clients; allow after 4 2021/01/02 "
    "03:04:05; }\n"
    "  group { subnet 10.2.0.0 netmask 255.255.255.0 { } }\n"
    "}\n"
    "subnet 10.0.7.0 netmask 255.255.255.0 { range dynamic-bootp 10.0.7.5 10.0.7.6;\n"
    "  range 10.0.7.8; pool { range 10.0.7.20; } not authoritative; }\n"
    "group \"g\" { option host-name \"from-group\";\n"
    "  host one { hardware ethernet 52:54:0:0:0:1; fixed-address 10.0.0.5, 10.0.7.50, "
    "10.0.0.5; }\n"
    "}\n"
    "host two { hardware ethernet 52:54:0:0:0:1; fixed-address nowhere.example, 10.0.0.6;\n"
    "  option dhcp-client-identifier \"id-two\"; }\n"
    "host three { uid 1:2:3; fixed-address 10.0.0.5; group g; }\n"
    "host four { host-identifier option agent.circuit-id \"port4\"; }\n"
    "host five { host-identifier option agent.circuit-id \"port5\"; }\n"
    "host six { dynamic; hardware token-ring 1:2; }\n"
    "key \"omapi\" { algorithm hmac-md5; secret \"cGFzcw==\"; };\n";

static struct parsed p;

static void setup(void)
{
	p = parse_good(office);
}

static struct pxe_ip any4(const char *text)
{
	return pxe_ip_from4(ip4(text));
}

START_TEST(builds_networks)
{
	const struct network *n = NULL;

	setup();
	ck_assert_uint_eq(conf_nnetwork(p.conf), 2);
	n = conf_networks(p.conf);
	ck_assert_str_eq(n->name, "office");
	ck_assert(!n->implicit);
	ck_assert_int_eq(n->scope->authoritative, 1);
	ck_assert_int_eq(n->scope->kind, SCOPE_SHARED_NETWORK);
	ck_assert_ptr_eq(n->scope->parent, conf_root(p.conf));
	ck_assert_ptr_eq(n->subnet->scope->parent, n->scope);
	ck_assert_int_eq(n->subnet->next->next->scope->parent->kind, SCOPE_GROUP);
	ck_assert_ptr_eq(n->subnet->next->next->network, n);
	n = n->next;
	ck_assert_str_eq(n->name, "10.0.7.0/24");
	ck_assert(n->implicit);
	ck_assert_ptr_eq(n->scope, n->subnet->scope);
	ck_assert_int_eq(n->scope->authoritative, 0);
	ck_assert_ptr_null(n->next);
	parsed_fini(&p);
}
END_TEST

START_TEST(builds_pools)
{
	const struct network *n = NULL;
	const struct pool *pool = NULL;

	setup();
	ck_assert_uint_eq(conf_npool(p.conf), 5);
	n = conf_networks(p.conf);
	pool = n->pool; /* of the plain range: not for BOOTP */
	ck_assert_ptr_null(pool->scope);
	ck_assert_uint_eq(pool->ndeny, 1);
	ck_assert_int_eq(pool->deny[0].kind, PERMIT_DYNAMIC_BOOTP);
	pool = pool->next;
	ck_assert_ptr_eq(pool->scope->parent, n->scope);
	ck_assert_uint_eq(pool->nrange, 2);
	ck_assert_uint_eq(pool->range[0].ip.lo.v, ip4("10.0.1.10").v); /* turned round */
	ck_assert_uint_eq(pool->range[0].ip.hi.v, ip4("10.0.1.20").v);
	ck_assert_uint_eq(pool->range[1].ip.lo.v, pool->range[1].ip.hi.v);
	ck_assert_uint_eq(pool->nallow, 2);
	ck_assert_ptr_eq(pool->allow[0].class, conf_class(p.conf, "pxe"));
	ck_assert_int_eq(pool->allow[1].after_s, 1609556645);
	ck_assert_uint_eq(pool->ndeny, 2);
	ck_assert_int_eq(pool->deny[0].kind, PERMIT_UNKNOWN);
	n = n->next;
	ck_assert_int_eq(n->pool->allow[0].kind, PERMIT_ALL); /* range dynamic-bootp */
	ck_assert(n->pool->range[0].dynamic_bootp);
	ck_assert_int_eq(n->pool->next->deny[0].kind, PERMIT_DYNAMIC_BOOTP);
	ck_assert_ptr_eq(n->pool->next->next->scope->parent, n->scope);
	parsed_fini(&p);
}
END_TEST

START_TEST(reads_dates)
{
	static const struct {
		const char *date;
		int64_t when_s;
	} rows[] = {{"4 1970/01/01 00:00:00", 0}, {"6 2000/02/29 12:00:01", 951825601},
	    {"6 2000/02/29 12:00:01 3600", 951829201}, {"0 2100/03/01 00:00:00", 4107542400},
	    {"5 1999/12/31 23:59:59", 946684799}, {"epoch 1234567890", 1234567890},
	    {"never", INT64_MAX}};

	for (size_t i = 0; i < ROWS(rows); i++) {
		char text[256];
		const struct pool *pool = NULL;

		(void)snprintf(text, sizeof(text),
		    "subnet 10.0.0.0 netmask 255.0.0.0 { pool { range 10.0.0.9; allow after %s; } "
		    "}",
		    rows[i].date);
		p = parse_good(text);
		pool = conf_networks(p.conf)->pool;
		MUST(pool->allow[0].after_s == rows[i].when_s, "%s: %lld", rows[i].date,
		    (long long)pool->allow[0].after_s);
		parsed_fini(&p);
	}
}
END_TEST

START_TEST(finds_subnets)
{
	static const struct {
		const char *ip, *subnet; /* NULL: none */
	} rows[] = {{"10.0.0.1", "10.0.0.0"}, {"10.0.7.1", "10.0.7.0"}, {"10.0.8.0", "10.0.0.0"},
	    {"10.0.255.255", "10.0.0.0"}, {"10.1.0.255", "10.1.0.0"}, {"10.1.1.0", NULL},
	    {"10.2.0.9", "10.2.0.0"}, {"9.255.255.255", NULL}, {"255.255.255.255", NULL},
	    {"0.0.0.0", NULL}};

	setup();
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pxe_ip ip = any4(rows[i].ip);
		const struct subnet *s = conf_subnet(p.conf, &ip);

		MUST((s == NULL) == (rows[i].subnet == NULL), "%s", rows[i].ip);
		MUST(s == NULL || s->prefix.ip.v4.v == ip4(rows[i].subnet).v, "%s", rows[i].ip);
	}
	ck_assert_ptr_eq(conf_network_by_interface(p.conf, "eth7"), conf_networks(p.conf));
	ck_assert_ptr_null(conf_network_by_interface(p.conf, "eth8"));
	parsed_fini(&p);
}
END_TEST

/* The most specific one wins, the first of equal ones, and masks with holes count too. */
START_TEST(finds_the_most_specific_subnet)
{
	struct pxe_ip ip = any4("10.9.0.77"), odd = any4("10.8.5.1");
	const struct subnet *s = NULL;

	p = parse_good("subnet 0.0.0.0 netmask 0.0.0.0 { }"
		       "subnet 10.9.0.64 netmask 255.255.255.192 { }"
		       "subnet 10.9.0.0 netmask 255.255.255.0 { }"
		       "subnet 10.9.0.64 netmask 255.255.255.192 { }"
		       "subnet 10.9.0.76 netmask 255.255.255.252 { }"
		       "subnet 10.0.5.0 netmask 255.0.255.0 { }");
	s = conf_subnet(p.conf, &ip);
	ck_assert_uint_eq(s->prefix.len, 30);
	ip.v4.v -= 1; /* .76 is in it, .75 is not */
	ck_assert_uint_eq(conf_subnet(p.conf, &ip)->prefix.len, 30);
	ip.v4.v -= 1;
	s = conf_subnet(p.conf, &ip);
	ck_assert_uint_eq(s->prefix.len, 26);
	ck_assert_uint_eq(s->network->id, 1);
	ip = any4("10.9.0.1");
	ck_assert_uint_eq(conf_subnet(p.conf, &ip)->prefix.len, 24);
	ip = any4("192.0.2.1");
	ck_assert_uint_eq(conf_subnet(p.conf, &ip)->prefix.len, 0);
	ck_assert_uint_eq(conf_subnet(p.conf, &odd)->mask.v, 0xff00ff00);
	ck_assert(has_code(&p, "subnet-overlap"));
	parsed_fini(&p);
}
END_TEST

START_TEST(finds_pools)
{
	static const struct {
		const char *ip;
		int pool; /* -1: none */
	} rows[] = {{"10.1.0.10", 0}, {"10.1.0.20", 0}, {"10.1.0.9", -1}, {"10.1.0.21", -1},
	    {"10.0.1.10", 1}, {"10.0.1.15", 1}, {"10.0.2.1", 1}, {"10.0.2.2", -1}, {"10.0.7.6", 2},
	    {"10.0.7.7", -1}, {"10.0.7.8", 3}, {"10.0.7.20", 4}, {"0.0.0.0", -1},
	    {"255.255.255.255", -1}};

	setup();
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct range4 *r = NULL;
		const struct pool *pool = conf_pool4(p.conf, ip4(rows[i].ip), &r);

		MUST(pool != NULL ? (int)pool->id == rows[i].pool : rows[i].pool < 0, "%s",
		    rows[i].ip);
		MUST(pool == NULL || pxe_ip4_range_has(&r->ip, ip4(rows[i].ip)), "%s", rows[i].ip);
	}
	parsed_fini(&p);
}
END_TEST

START_TEST(finds_hosts)
{
	struct pxe_hwaddr hw = {.type = 1, .len = 6, .b = {0x52, 0x54, 0, 0, 0, 1}};
	const struct host *h = NULL;
	const struct pxe_bytes id = {(const uint8_t *)"id-two", 6};
	static const uint8_t uid[] = {1, 2, 3};

	setup();
	ck_assert_uint_eq(conf_nhost(p.conf), 6);
	h = conf_host_by_hw(p.conf, &hw, NULL);
	ck_assert_str_eq(h->name, "one");
	h = conf_host_by_hw(p.conf, &hw, h);
	ck_assert_str_eq(h->name, "two");
	ck_assert_ptr_null(conf_host_by_hw(p.conf, &hw, h));
	hw.type = 6;
	ck_assert_ptr_null(conf_host_by_hw(p.conf, &hw, NULL));

	h = conf_host_by_client_id(p.conf, id, NULL);
	ck_assert_str_eq(h->name, "two");
	ck_assert_ptr_null(conf_host_by_client_id(p.conf, id, h));
	h = conf_host_by_client_id(p.conf, (struct pxe_bytes){uid, 3}, NULL);
	ck_assert_str_eq(h->name, "three");
	ck_assert_ptr_eq(h->scope->parent, h->group_scope);

	h = conf_host_by_fixed(p.conf, ip4("10.0.0.5"), NULL);
	ck_assert_str_eq(h->name, "one");
	h = conf_host_by_fixed(p.conf, ip4("10.0.0.5"), h);
	ck_assert_str_eq(h->name, "three");
	ck_assert_ptr_null(conf_host_by_fixed(p.conf, ip4("10.0.0.5"), h));
	ck_assert_str_eq(conf_host_by_fixed(p.conf, ip4("10.0.7.50"), NULL)->name, "one");

	ck_assert_str_eq(conf_host_by_name(p.conf, "six")->name, "six");
	ck_assert(conf_host_by_name(p.conf, "six")->dynamic);
	ck_assert_ptr_null(conf_host_by_name(p.conf, "SIX"));
	h = conf_host_by_name(p.conf, "two");
	ck_assert_uint_eq(h->nfixed, 1);
	ck_assert_uint_eq(h->nfixed_name, 1);
	ck_assert_str_eq(h->fixed_name[0]->name, "nowhere.example");
	ck_assert_ptr_eq(conf_names(p.conf), h->fixed_name[0]);
	parsed_fini(&p);
}
END_TEST

START_TEST(finds_hosts_by_option)
{
	const struct pxe_opt_def *def = NULL;
	int relay = 0;

	setup();
	ck_assert(conf_ident_kind(p.conf, 0, &def, &relay));
	ck_assert_str_eq(def->name, "circuit-id");
	ck_assert_int_eq(relay, -1);
	ck_assert(!conf_ident_kind(p.conf, 1, &def, &relay)); /* two hosts, one kind */
	ck_assert_str_eq(conf_host_by_ident(p.conf, def, relay,
			     (struct pxe_bytes){(const uint8_t *)"port5", 5}, NULL)
			     ->name,
	    "five");
	ck_assert_ptr_null(conf_host_by_ident(
	    p.conf, def, relay, (struct pxe_bytes){(const uint8_t *)"port6", 5}, NULL));
	parsed_fini(&p);
}
END_TEST

START_TEST(finds_classes)
{
	static const uint8_t hw[] = {1, 0x52, 0x54, 0, 0, 0, 1};
	const struct class *kinds = NULL;
	const struct subclass *sub = NULL;

	setup();
	ck_assert_uint_eq(conf_nclass(p.conf), 2);
	ck_assert_uint_eq(conf_nbilling(p.conf), 4);
	ck_assert_str_eq(conf_class_at(p.conf, 0)->name, "pxe");
	ck_assert_ptr_null(conf_class_at(p.conf, 2));
	kinds = conf_class(p.conf, "kinds");
	ck_assert_int_eq(kinds->lease_limit, 4);
	ck_assert(!kinds->is_spawning);
	sub = conf_subclass(p.conf, kinds, (struct pxe_bytes){hw, sizeof(hw)});
	ck_assert_ptr_nonnull(sub);
	ck_assert_ptr_null(sub->scope);
	ck_assert_int_eq(sub->lease_limit, -1);
	sub = conf_subclass(p.conf, kinds, (struct pxe_bytes){(const uint8_t *)"text", 4});
	ck_assert_int_eq(sub->lease_limit, 2);
	ck_assert_ptr_eq(sub->scope->parent, kinds->scope);
	ck_assert_ptr_null(conf_subclass(p.conf, conf_class(p.conf, "pxe"), sub->value));
	parsed_fini(&p);
}
END_TEST

START_TEST(extends_classes)
{
	const struct class *c = NULL;

	p = parse_good("class \"a\" { match if known; option host-name \"1\"; }"
		       "class \"b\" { }"
		       "class \"a\" { filename \"f\"; lease limit 1; }"
		       "subclass \"b\" 1; subclass \"b\" 1 { filename \"g\"; }");
	c = conf_class(p.conf, "a");
	ck_assert_uint_eq(conf_nclass(p.conf), 2);
	ck_assert_ptr_nonnull(c->match_if);
	ck_assert_int_eq(c->lease_limit, 1);
	ck_assert_uint_eq(stmt_pos(c->scope->first).line, 1);
	ck_assert_uint_eq(conf_nbilling(p.conf), 3);
	parsed_fini(&p);
}
END_TEST

START_TEST(keeps_keys)
{
	const struct conf_key *k = NULL;

	setup();
	k = conf_key(p.conf, "omapi");
	ck_assert_str_eq(k->algorithm, "hmac-md5");
	ck_assert_uint_eq(k->secret.len, 4);
	ck_assert_int_eq(memcmp(k->secret.p, "pass", 4), 0);
	ck_assert_ptr_null(conf_key(p.conf, "other"));
	parsed_fini(&p);
}
END_TEST

START_TEST(numbers_scopes_densely)
{
	setup();
	/* root, 2 classes, 1 subclass, network, 3 subnets, group, pool; subnet, pool; group, 6
	 * hosts */
	ck_assert_uint_eq(conf_nscope(p.conf), 19);
	ck_assert_uint_eq(conf_root(p.conf)->id, 0);
	ck_assert_uint_eq(conf_host_by_name(p.conf, "six")->scope->id, 18);
	parsed_fini(&p);
}
END_TEST

START_TEST(reads_version_six)
{
	const struct fake_file files[] = {
	    {"t.conf", "subnet6 2001:db8:1::/64 { range6 2001:db8:1::10 "
		       "2001:db8:1::20; range6 2001:db8:1::100/120;\n"
		       " range6 2001:db8:1:: temporary; prefix6 "
		       "2001:db8:8:: 2001:db8:8:ff00:: /56; }\n"
		       "subnet6 2001:db8:2::/48 { pool6 { range6 "
		       "2001:db8:2::1 2001:db8:2::9; } }\n"
		       "host h { fixed-address6 2001:db8:1::5; fixed-prefix6 "
		       "2001:db8:9::/64; fixed-prefix6 2001:db8:a::/64; }\n"},
	    {NULL, NULL}};
	struct pxe_ip ip = {0};
	const struct pool *pool = NULL;
	const struct host *h = NULL;

	p = parse_files(6, files);
	MUST(p.conf != NULL, "%s", finding(&p, PXE_DIAG_ERROR, 0));
	ck_assert_int_eq(pxe_ip_parse("2001:db8:2:0:ffff::1", &ip), 0);
	ck_assert_uint_eq(conf_subnet(p.conf, &ip)->prefix.len, 48);
	ck_assert_int_eq(pxe_ip_parse("2001:db8:3::1", &ip), 0);
	ck_assert_ptr_null(conf_subnet(p.conf, &ip));
	pool = conf_networks(p.conf)->pool;
	ck_assert_uint_eq(pool->nrange6, 3);
	ck_assert(pool->range6[2].temporary);
	ck_assert_uint_eq(pool->range6[1].hi.b[15], 0xff);
	ck_assert_uint_eq(pool->nprefix6, 1);
	ck_assert_uint_eq(pool->prefix6[0].len, 56);
	ck_assert_ptr_nonnull(conf_networks(p.conf)->next->pool->scope);
	h = conf_host_by_name(p.conf, "h");
	ck_assert_uint_eq(h->nfixed6, 1);
	ck_assert_uint_eq(h->nfixed_prefix6, 2);
	parsed_fini(&p);
}
END_TEST

/* What needs DNS is asked for once, and every place sees the answer. */
START_TEST(shares_names)
{
	static struct settings s;
	struct conf_name *n = NULL;
	char buf[64];

	p = parse_good("option routers a.example, 10.0.0.1, b.example; next-server a.example;\n"
		       "option domain-name-servers a.example;\n"
		       "option policy-filter a.example 10.0.0.2;\n"
		       "host h { fixed-address a.example; }\n");
	n = conf_names(p.conf);
	ck_assert_str_eq(n->name, "a.example");
	ck_assert_str_eq(n->next->name, "b.example");
	ck_assert_ptr_null(n->next->next);
	ck_assert_ptr_eq(conf_host_at(p.conf, 0)->fixed_name[0], n);
	run_root(&p, &s);
	ck_assert_str_eq(option_text(&p, &s, "routers", buf, sizeof(buf)), "-");
	n->naddr = 2; /* the answer comes in */
	n->addr[0] = any4("192.0.2.1");
	n->addr[1] = any4("192.0.2.2");
	n->next->naddr = 1;
	n->next->addr[0] = any4("192.0.2.9");
	run_root(&p, &s);
	ck_assert_str_eq(option_text(&p, &s, "routers", buf, sizeof(buf)),
	    "192.0.2.1,192.0.2.2,10.0.0.1,192.0.2.9");
	/* One address where there is room for one. */
	ck_assert_str_eq(
	    option_text(&p, &s, "policy-filter", buf, sizeof(buf)), "192.0.2.1 10.0.0.2");
	ck_assert_uint_eq(settings_data(&s, PARAM_NEXT_SERVER).len, 4);
	parsed_fini(&p);
}
END_TEST

CHECK_MAIN("dhcpd/conf/lookup", shares_names, reads_dates, builds_networks, builds_pools,
    finds_subnets, finds_the_most_specific_subnet, finds_pools, finds_hosts, finds_hosts_by_option,
    finds_classes, extends_classes, keeps_keys, numbers_scopes_densely, reads_version_six)
