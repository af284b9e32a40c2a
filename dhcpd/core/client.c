/* SPDX-License-Identifier: BSD-2-Clause */
/* client.c -- who is asking. */
#include "dhcpd/core/client.h"

#include <string.h>

enum { OPT_CLIENT_ID = 61 };

struct client_key client_key_of(const struct pxe_dhcp_msg *m, bool ignore_uid)
{
	struct client_key key = {.hw = pxe_dhcp_hwaddr(m)};

	if (!ignore_uid)
		key.uid = pxe_dhcp_get(m, OPT_CLIENT_ID);
	if (key.uid.len > LEASE_UID_MAX)
		key.uid.len = LEASE_UID_MAX;
	return key;
}

static bool same_uid(struct pxe_bytes a, struct pxe_bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool client_key_eq(const struct client_key *a, const struct client_key *b)
{
	if (a->uid.len > 0 || b->uid.len > 0)
		return same_uid(a->uid, b->uid);
	return pxe_hwaddr_eq(&a->hw, &b->hw);
}

uint64_t client_key_hash(const struct client_key *key, const struct pxe_hash_seed *seed)
{
	if (key->uid.len > 0)
		return pxe_siphash(seed, key->uid.p, key->uid.len);
	return pxe_siphash(seed, key->hw.b, key->hw.len) ^ 0x8000000000000000u ^ key->hw.type;
}

bool client_owns(const struct client_key *key, const struct lease *l)
{
	struct pxe_bytes uid = lease_uid(l);
	struct pxe_hwaddr hw = lease_hw(l);

	if (uid.len > 0 && key->uid.len > 0)
		return same_uid(uid, key->uid);
	if (uid.len > 0)
		return false;
	return hw.len > 0 && pxe_hwaddr_eq(&hw, &key->hw);
}

bool client_was_here(const struct client_key *key, const struct lease *l)
{
	struct pxe_hwaddr hw = lease_hw(l);

	return client_owns(key, l) ||
	       (l->state == LEASE_FREE && hw.len > 0 && pxe_hwaddr_eq(&hw, &key->hw));
}
