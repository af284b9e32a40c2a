/* SPDX-License-Identifier: BSD-2-Clause */
/* lease6_text.c -- identity associations to ISC's text. Reading is in lease6_read.c. */
#include "dhcpd/core/lease6_text.h"

#include <string.h>

#include "dhcpd/core/lease_text.h"

static const char *const kind_names[LEASE6_KIND_COUNT] = {
    [LEASE6_NA] = "ia-na", [LEASE6_TA] = "ia-ta", [LEASE6_PD] = "ia-pd"};

const char *lease6_kind_name(enum lease6_kind kind)
{
	return kind_names[kind];
}

bool lease6_kind_of(const struct scan_tok *t, enum lease6_kind *out)
{
	for (unsigned i = 0; i < LEASE6_KIND_COUNT; i++) {
		if (scan_is(t, kind_names[i])) {
			*out = (enum lease6_kind)i;
			return true;
		}
	}
	return false;
}

static void put_key(
    struct pxe_text *t, const struct ia6_rec *rec, const struct lease_text_style *style)
{
	uint8_t key[sizeof(rec->iaid) + LEASE6_DUID_MAX];
	size_t duid_len = rec->duid.len < LEASE6_DUID_MAX ? rec->duid.len : LEASE6_DUID_MAX;
	struct pxe_bytes b = {.p = key, .len = sizeof(rec->iaid) + duid_len};

	memcpy(key, &rec->iaid, sizeof(rec->iaid)); /* host order: dhcpd.leases(5) */
	if (duid_len > 0)
		memcpy(key + sizeof(rec->iaid), rec->duid.p, duid_len);
	if (style->hex_id)
		pxe_text_add_hex(t, b.p, b.len, ':');
	else
		lease_text_put_string(t, b);
}

/* Statements that were kept are indented as in a lease; here they stand one level deeper. */
static void put_deeper(struct pxe_text *t, struct pxe_bytes text)
{
	const char *p = text.len > 0 ? (const char *)text.p : "", *end = p + text.len;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = nl != NULL ? (size_t)(nl - p) + 1 : (size_t)(end - p);

		pxe_text_add(t, "  ");
		pxe_text_addn(t, p, n);
		p += n;
	}
}

static void put_num(struct pxe_text *t, const char *word, uint32_t v)
{
	pxe_text_add(t, word);
	pxe_text_add_u64(t, v);
	pxe_text_add(t, ";\n");
}

static void put_lease(struct pxe_text *t, const struct lease6_rec *l, bool is_prefix,
    const struct lease_text_style *style)
{
	char text[PXE_PREFIX_STRLEN];
	struct pxe_prefix p = {.ip = {.family = 6, .v6 = l->ip}, .len = l->len};

	pxe_text_add(t, is_prefix ? "  iaprefix " : "  iaaddr ");
	pxe_text_add(t, is_prefix ? pxe_prefix_str(&p, text) : pxe_ip_str(&p.ip, text));
	pxe_text_add(t, " {\n    binding state ");
	pxe_text_add(t, lease_state_name((enum lease_state)l->state));
	pxe_text_add(t, ";\n");
	put_num(t, "    preferred-life ", l->preferred_s);
	put_num(t, "    max-life ", l->valid_s);
	pxe_text_add(t, "    ends ");
	lease_text_put_time(t, l->ends, style);
	pxe_text_addc(t, '\n');
	put_deeper(t, l->vars);
	put_deeper(t, l->tail);
	pxe_text_add(t, "  }\n");
}

void lease6_text_put(
    struct pxe_text *t, const struct ia6_rec *rec, const struct lease_text_style *style)
{
	pxe_text_add(t, kind_names[rec->kind]);
	pxe_text_addc(t, ' ');
	put_key(t, rec, style);
	pxe_text_add(t, " {\n");
	if (rec->cltt != 0) {
		pxe_text_add(t, "  cltt ");
		lease_text_put_time(t, rec->cltt, style);
		pxe_text_addc(t, '\n');
	}
	for (size_t i = 0; i < rec->n; i++)
		put_lease(t, &rec->v[i], rec->kind == LEASE6_PD, style);
	pxe_text_add(t, "}\n\n");
}

void lease6_text_put_server_duid(struct pxe_text *t, struct pxe_bytes duid)
{
	pxe_text_add(t, "server-duid ");
	lease_text_put_string(t, duid);
	pxe_text_add(t, ";\n\n");
}
