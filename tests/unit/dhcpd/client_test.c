/* SPDX-License-Identifier: BSD-2-Clause */
/* client_test.c -- who is who (RFC 2131 4.2, and ISC's rules for leases with and without
 * identifier).
 */
#include "dhcpd/core/client.h"

#include <string.h>

#include "../check_main.h"

static const struct pxe_hwaddr mac1 = {.type = 1, .len = 6, .b = {2, 0, 0, 0, 0, 1}};
static const struct pxe_hwaddr mac2 = {.type = 1, .len = 6, .b = {2, 0, 0, 0, 0, 2}};

static struct client_key key(const struct pxe_hwaddr *hw, const char *uid)
{
	return (struct client_key){
	    .hw = *hw, .uid = {.p = (const uint8_t *)uid, .len = strlen(uid)}};
}

/* Does the client on the left own a lease held by the one on the right? */
static const struct {
	const struct pxe_hwaddr *hw;
	const char *uid;
	const struct pxe_hwaddr *lease_hw;
	const char *lease_uid;
	bool owns, was_here; /* bound; free again */
} rows[] = {
    {&mac1, "", &mac1, "", true, true},
    {&mac1, "a", &mac1, "a", true, true},
    {&mac1, "a", &mac1, "b", false, true}, /* one MAC, two identifiers: two clients */
    {&mac2, "a", &mac1, "a", true, true},  /* the identifier wins over the MAC */
    {&mac1, "a", &mac1, "", true, true},   /* held before it sent an identifier */
    {&mac1, "", &mac1, "a", false, true},  /* an identifier's lease is the identifier's */
    {&mac2, "", &mac1, "", false, false},
    {&mac2, "a", &mac1, "", false, false},
};

START_TEST(ownership)
{
	static const struct pxe_hash_seed seed = {1, 2};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct leases t;
		struct lease *l = NULL;
		struct client_key k = key(rows[i].hw, rows[i].uid);
		struct client_key holder = key(rows[i].lease_hw, rows[i].lease_uid);
		struct lease_rec rec = {.hw = holder.hw, .uid = holder.uid, .ends = 100};

		leases_init(&t, &seed);
		l = lease_new(&t, (struct pxe_ip4){1}, LEASE_POOL_NONE);
		ck_assert_int_eq(lease_bind(&t, l, &rec, 0), 0);
		ck_assert_msg(client_owns(&k, l) == rows[i].owns, "row %zu", i);
		lease_free(&t, l, 50);
		ck_assert_msg(client_was_here(&k, l) == rows[i].was_here, "row %zu, free", i);
		leases_fini(&t);
	}
}
END_TEST

START_TEST(keys)
{
	static const struct pxe_hash_seed seed = {1, 2};
	static struct pxe_dhcp_msg m;
	struct client_key a = key(&mac1, ""), b = key(&mac2, "x"), c = key(&mac1, "x");
	uint8_t uid[300] = {1};

	ck_assert(!client_key_eq(&a, &b));
	ck_assert(client_key_eq(&b, &c));
	ck_assert_uint_eq(client_key_hash(&b, &seed), client_key_hash(&c, &seed));
	pxe_dhcp_init(&m);
	m.htype = 1;
	m.hlen = 6;
	memcpy(m.chaddr, mac1.b, 6);
	ck_assert_int_eq(pxe_dhcp_set(&m, 61, uid, 300), 0);
	ck_assert_uint_eq(client_key_of(&m, false).uid.len, LEASE_UID_MAX);
	ck_assert_uint_eq(client_key_of(&m, true).uid.len, 0);
	a = client_key_of(&m, true);
	ck_assert(pxe_hwaddr_eq(&a.hw, &mac1));
}
END_TEST

CHECK_MAIN("dhcpd/client", ownership, keys)
