/* SPDX-License-Identifier: BSD-2-Clause */
/* pool6_test.c -- which address or prefix is chosen. */
#include "dhcpd/core/v6/pool6.h"

#include <stdlib.h>
#include <string.h>

#include "../check_main.h"

static const char *conf_text;
static struct conf *conf;
static struct pools6 pools;
static struct leases6 leases;
static const struct pxe_hash_seed seed = {1, 2}, key = {3, 4};

static int read_conf(void *arg, const char *path, char **out_text, size_t *out_len)
{
	(void)arg, (void)path;
	*out_text = strdup(conf_text);
	*out_len = strlen(conf_text);
	return 0;
}

static void start(const char *text)
{
	struct conf_input in = {.family = 6, .path = "conf", .read = read_conf};
	struct pxe_diag diag;

	conf_text = text;
	pxe_diag_init(&diag);
	ck_assert_int_eq(conf_parse(&in, &diag, &conf), 0);
	pxe_diag_fini(&diag);
	ck_assert_int_eq(pools6_init(&pools, conf, &key), 0);
	leases6_init(&leases, &seed);
	ck_assert_int_eq(
	    leases6_shelve(&leases, pools.n, pools.length_seen, pools6_shelf, &pools), 0);
}

static void stop(void)
{
	leases6_fini(&leases);
	pools6_fini(&pools);
	conf_free(conf);
}

static struct pxe_ip6 ip6(const char *text)
{
	struct pxe_ip ip;

	ck_assert_int_eq(pxe_ip_parse(text, &ip), 0);
	return ip.v6;
}

static struct pool6_ask ask_for(enum lease6_kind kind, uint32_t n)
{
	static uint8_t duid[8];
	static const struct class_set none;

	memcpy(duid, "\0\3\0\1", 4);
	memcpy(duid + 4, &n, 4);
	return (struct pool6_ask){.pools = &pools,
	    .leases = &leases,
	    .net = conf_networks(conf),
	    .who = {.classes = &none, .now_s = 1000},
	    .kind = kind,
	    .iaid = 1,
	    .duid = {duid, sizeof(duid)}};
}

/* Choose, and bind what was chosen. */
static int take(struct pool6_ask *ask, struct pxe_ip6 *out_ip, uint8_t *out_len)
{
	struct lease6_give give = {.valid_s = 600};
	struct ia6 *ia = ia6_get(&leases, ask->kind, ask->iaid, ask->duid);
	int err = pool6_pick(ask, &give.ip, &give.len, &give.shelf);

	if (err != 0)
		return err;
	ck_assert_int_eq(lease6_bind(&leases, ia, &give, 1000), 0);
	*out_ip = give.ip;
	*out_len = give.len;
	return 0;
}

#define RANGE(text) "subnet6 2001:db8::/32 { " text " }\n"

START_TEST(test_same_client_same_address)
{
	struct pxe_ip6 a, b, c;
	struct pool6_ask ask;
	uint32_t shelf = 9;
	uint8_t len = 0;

	start(RANGE("range6 2001:db8::/64;"));
	ask = ask_for(LEASE6_NA, 1);
	ck_assert_int_eq(pool6_pick(&ask, &a, &len, &shelf), 0);
	ck_assert_uint_eq(shelf, 0);
	ck_assert_uint_eq(len, 128);
	ck_assert_int_eq(pool6_pick(&ask, &b, &len, &shelf), 0);
	ck_assert_mem_eq(&a, &b, sizeof(a));
	ask.iaid = 2;
	ck_assert_int_eq(pool6_pick(&ask, &b, &len, &shelf), 0);
	ck_assert_mem_ne(&a, &b, sizeof(a));
	ask = ask_for(LEASE6_NA, 2);
	ck_assert_int_eq(pool6_pick(&ask, &c, &len, &shelf), 0);
	ck_assert_mem_ne(&a, &c, sizeof(a));
	ck_assert_mem_ne(&b, &c, sizeof(a));
	/* it is taken by now: the client's second choice */
	ask = ask_for(LEASE6_NA, 2);
	ck_assert_int_eq(take(&ask, &b, &len), 0);
	ck_assert_mem_eq(&b, &c, sizeof(b));
	ck_assert_int_eq(pool6_pick(&ask, &b, &len, &shelf), 0);
	ck_assert_mem_ne(&b, &c, sizeof(b));
	stop();
}
END_TEST

START_TEST(test_a_range_is_used_up_whole)
{
	struct pxe_ip6 ip;
	uint8_t len = 0, seen[300] = {0};
	uint64_t total = 0, active = 0, abandoned = 0;
	struct pool6_ask ask;

	start(RANGE("range6 2001:db8::1000 2001:db8::112b;")); /* 300 */
	for (uint32_t n = 0; n < 300; n++) {
		unsigned at = 0;

		ask = ask_for(LEASE6_NA, n);
		ck_assert_int_eq(take(&ask, &ip, &len), 0);
		at = (unsigned)(ip.b[14] << 8 | ip.b[15]) - 0x1000;
		ck_assert_uint_lt(at, 300);
		ck_assert_uint_eq(seen[at]++, 0);
	}
	ask = ask_for(LEASE6_NA, 300);
	ck_assert_int_eq(take(&ask, &ip, &len), PXE_E_FULL);
	pool6_usage(&ask, &total, &active, &abandoned);
	ck_assert_uint_eq(total, 300);
	ck_assert_uint_eq(active, 300);
	ck_assert_uint_eq(abandoned, 0);
	/* one that was given back is found, wherever it is */
	ip = ip6("2001:db8::10ff");
	lease6_drop(&leases, lease6_find(&leases, &ip, 128));
	ck_assert_int_eq(take(&ask, &ip, &len), 0);
	ck_assert_uint_eq(ip.b[15], 0xff);
	stop();
}
END_TEST

START_TEST(test_reserved_identifiers)
{
	struct pxe_ip6 ip;
	uint8_t len = 0;
	struct pool6_ask ask;
	static const char *const held[] = {"2001:db8::", "2001:db8::200:5eff:fe00:5212",
	    "2001:db8::fdff:ffff:ffff:ff80", "2001:db8::fdff:ffff:ffff:ffff"};

	/* nothing but the subnet-router anycast address and one more */
	start(RANGE("range6 2001:db8:: 2001:db8::1;"));
	ask = ask_for(LEASE6_NA, 1);
	ck_assert_int_eq(take(&ask, &ip, &len), 0);
	ck_assert_uint_eq(ip.b[15], 1);
	ask = ask_for(LEASE6_NA, 2);
	ck_assert_int_eq(take(&ask, &ip, &len), PXE_E_FULL);
	stop();
	start(RANGE("range6 2001:db8::200:5eff:fe00:5212 2001:db8::200:5eff:fe00:5212;"
		    "range6 2001:db8::fdff:ffff:ffff:ff80 2001:db8::fdff:ffff:ffff:ffff;"));
	ask = ask_for(LEASE6_NA, 2);
	ck_assert_int_eq(take(&ask, &ip, &len), PXE_E_FULL);
	/* asked for by name it is given: somebody wants it so */
	for (size_t i = 1; i < sizeof(held) / sizeof(held[0]); i++) {
		uint32_t shelf = 0;

		ip = ip6(held[i]);
		ck_assert_int_eq(pool6_may_have(&ask, &ip, 128, &shelf), 0);
	}
	stop();
}
END_TEST

START_TEST(test_fixed_and_permitted)
{
	struct pxe_ip6 ip = {0};
	uint8_t len = 0;
	uint32_t shelf = 0;
	struct pool6_ask ask;

	start(RANGE("pool6 { allow known-clients; range6 2001:db8::a 2001:db8::a; }"
		    "pool6 { range6 2001:db8::c 2001:db8::d; }") "host h { fixed-address6 "
								 "2001:db8::d; }");
	ask = ask_for(LEASE6_NA, 1);
	ip = ip6("2001:db8::a");
	ck_assert_int_eq(pool6_may_have(&ask, &ip, 128, &shelf), PXE_E_DENIED);
	ip = ip6("2001:db8::d");
	ck_assert_int_eq(pool6_may_have(&ask, &ip, 128, &shelf), PXE_E_EXISTS);
	ck_assert(pool6_is_fixed(&pools, &ip));
	ip = ip6("2001:db8::e");
	ck_assert_int_eq(pool6_may_have(&ask, &ip, 128, &shelf), PXE_E_NOTFOUND);
	ck_assert_int_eq(take(&ask, &ip, &len), 0);
	ck_assert_uint_eq(ip.b[15], 0xc);
	ask = ask_for(LEASE6_NA, 2);
	ck_assert_int_eq(take(&ask, &ip, &len), PXE_E_FULL); /* of those it may use */
	ask.who.known = true;
	ck_assert_int_eq(take(&ask, &ip, &len), 0);
	ck_assert_uint_eq(ip.b[15], 0xa);
	ask = ask_for(LEASE6_PD, 2);
	ck_assert_int_eq(take(&ask, &ip, &len), PXE_E_NOTFOUND);
	stop();
}
END_TEST

START_TEST(test_prefixes)
{
	struct pxe_ip6 ip = {0}, inside = {0};
	uint8_t len = 0;
	struct pool6_ask ask;

	start(RANGE("prefix6 2001:db8:100:: 2001:db8:100:300:: /56;"
		    "prefix6 2001:db8:200:: 2001:db8:200:: /48;"));
	ck_assert_uint_eq(pools.n, 2);
	ck_assert_uint_eq(pools.v[0].total, 4);
	ask = ask_for(LEASE6_PD, 1);
	ask.wanted_len = 48;
	ask.mode = PREFIX_PREFER;
	ck_assert_int_eq(take(&ask, &ip, &len), 0);
	ck_assert_uint_eq(len, 48);
	ask = ask_for(LEASE6_PD, 2);
	ask.wanted_len = 48;
	ask.mode = PREFIX_EXACT;
	ck_assert_int_eq(take(&ask, &ip, &len), PXE_E_FULL);
	ask.mode = PREFIX_MINIMUM;
	ck_assert_int_eq(take(&ask, &ip, &len), 0);
	ck_assert_uint_eq(len, 56);
	/* who has an address of it? */
	inside = ip;
	inside.b[15] = 7;
	ck_assert_ptr_nonnull(pool6_holder(&pools, &leases, &inside));
	ck_assert_mem_eq(&pool6_holder(&pools, &leases, &inside)->ip, &ip, sizeof(ip));
	inside = ip6("2001:db8:100:400::1");
	ck_assert_ptr_null(pool6_holder(&pools, &leases, &inside));
	ck_assert(!space6_covers(&pools.v[0], &inside));
	inside = ip6("2001:db8:100:3ff:ffff::");
	ck_assert(space6_covers(&pools.v[0], &inside));
	stop();
}
END_TEST

/* Nothing in use may contain, or lie in, anything else in use. */
START_TEST(test_overlapping_prefixes)
{
	struct pxe_ip6 ip = {0}, at[64];
	uint8_t len = 0, lens[64];
	size_t n = 0;
	struct pool6_ask ask;

	start(RANGE("prefix6 2001:db8:100:: 2001:db8:100:f00:: /56;"
		    "prefix6 2001:db8:100:: 2001:db8:100:ff0:: /60;"));
	for (uint32_t i = 0; i < 64; i++) {
		ask = ask_for(LEASE6_PD, i);
		ask.wanted_len = i % 2 == 0 ? 56 : 60;
		ask.mode = PREFIX_EXACT;
		if (take(&ask, &ip, &len) == 0) {
			at[n] = ip;
			lens[n++] = len;
		}
	}
	ck_assert_uint_gt(n, 16);
	for (size_t a = 0; a < n; a++)
		for (size_t b = 0; b < n; b++)
			if (a != b && lens[a] <= lens[b])
				ck_assert(!pxe_prefix_has(
				    &(struct pxe_prefix){
					.ip = {.family = 6, .v6 = at[a]}, .len = lens[a]},
				    &(struct pxe_ip){.family = 6, .v6 = at[b]}));
	/* and all is free again once everything has ended */
	for (size_t i = 0; i < n; i++)
		lease6_drop(&leases, lease6_find(&leases, &at[i], lens[i]));
	ck_assert_uint_eq(leases.cover.count, 0);
	ip = ip6("2001:db8:100::");
	ck_assert(!lease6_overlaps(&leases, &ip, 56));
	stop();
}
END_TEST

CHECK_MAIN("dhcpd/pool6", test_same_client_same_address, test_a_range_is_used_up_whole,
    test_reserved_identifiers, test_fixed_and_permitted, test_prefixes, test_overlapping_prefixes)
