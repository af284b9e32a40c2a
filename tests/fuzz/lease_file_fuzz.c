/* SPDX-License-Identifier: BSD-2-Clause */
/* lease_file_fuzz.c -- a lease file: reading never loses its way, and what was read survives being
 * written and read again. */
#include <stdlib.h>
#include <string.h>

#include "dhcpd/core/lease.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct lease_reader reader, again;
static char text[LEASE_TEXT_MAX];

static void must(bool ok)
{
	if (!ok)
		abort();
}

static bool same(struct pxe_bytes a, struct pxe_bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static void check_round_trip(const struct lease_rec *rec)
{
	static const struct lease_text_style style;
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	struct lease_entry e;

	lease_text_put(&t, rec, &style);
	if (t.truncated) /* the caller leaves such a record out */
		return;
	lease_reader_init(&again, text, t.len);
	lease_reader_next(&again, &e);
	must(e.kind == LEASE_ENTRY_LEASE);
	must(e.rec.ip.v == rec->ip.v && e.rec.state == rec->state && e.rec.ends == rec->ends);
	must(same(e.rec.uid, rec->uid) && pxe_hwaddr_eq(&e.rec.hw, &rec->hw));
	must(same(e.rec.agent, rec->agent));
	lease_reader_next(&again, &e);
	must(e.kind == LEASE_ENTRY_END);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct pxe_hash_seed seed = {1, 2};
	struct leases t;
	struct lease_entry e;
	size_t covered = 0;

	leases_init(&t, &seed);
	lease_reader_init(&reader, (const char *)data, size);
	for (lease_reader_next(&reader, &e); e.kind != LEASE_ENTRY_END;
	     lease_reader_next(&reader, &e)) {
		must(e.text.len > 0);
		covered += e.text.len;
		must(covered <= size);
		if (e.kind != LEASE_ENTRY_LEASE)
			continue;
		check_round_trip(&e.rec);
		must(lease_load(&t, &e.rec, LEASE_POOL_NONE, 0) == 0);
	}
	while (lease_due(&t, INT64_MAX) != NULL)
		lease_free(&t, lease_due(&t, INT64_MAX), 1);
	leases_fini(&t);
	return 0;
}
