/* SPDX-License-Identifier: BSD-2-Clause */
/* packet6.c -- what expressions see of a DHCPv6 message. */
#include "dhcpd/core/v6/packet6.h"

#include <string.h>

enum { OPT_VENDOR_OPTS = 17, HWTYPE_LEN = 2 };

static const struct pxe_opt_space *main_space(const struct packet6_view *v)
{
	return pxe_opt_space_find(v->reg, "dhcp6");
}

/* Options of one enterprise: the value of vendor options (17) behind the number, RFC 8415 21.17. */
static struct pxe_bytes of_enterprise(struct pxe_bytes options, uint32_t enterprise)
{
	struct pxe_rd rd = pxe_rd_init(options.p, options.len);
	struct pxe_dhcp6_opt o;

	while (pxe_dhcp6_next(&rd, &o)) {
		struct pxe_rd body = pxe_rd_init(o.value.p, o.value.len);

		if (o.code == OPT_VENDOR_OPTS && pxe_rd_u32(&body) == enterprise && body.err == 0)
			return (struct pxe_bytes){o.value.p + 4, o.value.len - 4};
	}
	return (struct pxe_bytes){0};
}

/* A space that an option of dhcp6, or an enterprise of vsio, is defined to hold. */
static struct pxe_bytes in_space(
    const struct packet6_view *v, struct pxe_bytes options, const struct pxe_opt_def *def)
{
	static const char *const outer[] = {"vsio", "dhcp6"};

	for (size_t k = 0; k < sizeof(outer) / sizeof(outer[0]); k++) {
		const struct pxe_opt_space *space = pxe_opt_space_find(v->reg, outer[k]);
		const struct pxe_opt_def *o = NULL;

		for (size_t i = 0; (o = pxe_opt_at(v->reg, space, i)) != NULL; i++) {
			struct pxe_bytes body = {0};

			if (o->encap == NULL || strcmp(o->encap, def->space->name) != 0)
				continue;
			body = k == 0 ? of_enterprise(options, o->code)
				      : pxe_dhcp6_get(options, (uint16_t)o->code);
			if (body.p != NULL)
				return pxe_opt_tlv_find(body, def->space, def->code);
		}
	}
	return (struct pxe_bytes){0};
}

static struct pxe_bytes find(
    const struct packet6_view *v, struct pxe_bytes options, const struct pxe_opt_def *def)
{
	if (def->space == main_space(v))
		return def->code <= UINT16_MAX ? pxe_dhcp6_get(options, (uint16_t)def->code)
					       : (struct pxe_bytes){0};
	if (strcmp(def->space->name, "vsio") == 0)
		return of_enterprise(options, def->code);
	if (def->space->is_virtual || def->space == pxe_opt_space_dhcp())
		return (struct pxe_bytes){0};
	return in_space(v, options, def);
}

struct pxe_bytes packet6_option(const void *view, const struct pxe_opt_def *def)
{
	const struct packet6_view *v = view;

	if (v->chain == NULL)
		return (struct pxe_bytes){0};
	return find(v, v->chain->inner.options, def);
}

struct pxe_bytes packet6_relay_option(const void *view, unsigned n, const struct pxe_opt_def *def)
{
	const struct packet6_view *v = view;

	if (n == 0)
		return packet6_option(view, def);
	if (v->chain == NULL || v->chain->nrelay == 0)
		return (struct pxe_bytes){0};
	if (n > v->chain->nrelay)
		n = v->chain->nrelay;
	return find(v, v->chain->relay[v->chain->nrelay - n].options, def);
}

bool packet6_hwaddr(const struct pxe_dhcp6_chain *chain, struct pxe_hwaddr *out)
{
	for (unsigned i = chain->nrelay; i-- > 0;) {
		struct pxe_bytes b =
		    pxe_dhcp6_get(chain->relay[i].options, PXE_DHCP6_OPT_CLIENT_LINKLAYER_ADDR);

		if (b.len <= HWTYPE_LEN || b.len - HWTYPE_LEN > PXE_HWADDR_MAX)
			continue;
		out->type = b.p[1];
		out->len = (uint8_t)(b.len - HWTYPE_LEN);
		memcpy(out->b, b.p + HWTYPE_LEN, out->len);
		return true;
	}
	return pxe_dhcp6_duid_hwaddr(
	    pxe_dhcp6_get(chain->inner.options, PXE_DHCP6_OPT_CLIENT_ID), out);
}
