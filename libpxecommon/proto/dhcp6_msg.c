/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp6_msg.c -- DHCPv6 messages: reading headers, options, IAs and what relays carry. */
#include "libpxecommon/proto/dhcp6_msg.h"

#include <string.h>

enum { DUID_LLT = 1, DUID_LL = 3, ADDRESS_BITS = 128 };

const char *pxe_dhcp6_type_name(unsigned type)
{
	static const char *const names[] = {
#define X(name, num, text) [num] = (text),
	    PXE_DHCP6_TYPE_TABLE(X)
#undef X
	};

	return type < sizeof(names) / sizeof(names[0]) ? names[type] : NULL;
}

/* ---- options ---- */

bool pxe_dhcp6_next(struct pxe_rd *rd, struct pxe_dhcp6_opt *out)
{
	uint16_t code = 0, len = 0;
	const uint8_t *p = NULL;

	if (pxe_rd_left(rd) == 0)
		return false;
	code = pxe_rd_u16(rd);
	len = pxe_rd_u16(rd);
	p = pxe_rd_bytes(rd, len);
	if (p == NULL)
		return false;
	*out = (struct pxe_dhcp6_opt){code, {p, len}};
	return true;
}

struct pxe_bytes pxe_dhcp6_get(struct pxe_bytes options, uint16_t code)
{
	struct pxe_rd rd = pxe_rd_init(options.p, options.len);
	struct pxe_dhcp6_opt opt;

	while (pxe_dhcp6_next(&rd, &opt)) {
		if (opt.code == code)
			return opt.value;
	}
	return (struct pxe_bytes){NULL, 0};
}

unsigned pxe_dhcp6_count(struct pxe_bytes options, uint16_t code)
{
	struct pxe_rd rd = pxe_rd_init(options.p, options.len);
	struct pxe_dhcp6_opt opt;
	unsigned n = 0;

	while (pxe_dhcp6_next(&rd, &opt))
		n += opt.code == code;
	return n;
}

bool pxe_dhcp6_is_requested(struct pxe_bytes options, uint16_t code)
{
	struct pxe_bytes oro = pxe_dhcp6_get(options, PXE_DHCP6_OPT_ORO);
	struct pxe_rd rd = pxe_rd_init(oro.p, oro.len);

	while (pxe_rd_left(&rd) >= 2) {
		if (pxe_rd_u16(&rd) == code)
			return true;
	}
	return false;
}

bool pxe_dhcp6_item_next(struct pxe_rd *rd, struct pxe_bytes *out)
{
	uint16_t len = 0;
	const uint8_t *p = NULL;

	if (pxe_rd_left(rd) == 0)
		return false;
	len = pxe_rd_u16(rd);
	p = pxe_rd_bytes(rd, len);
	if (p == NULL)
		return false;
	*out = (struct pxe_bytes){p, len};
	return true;
}

/* The rest of rd as a sequence of options, once it is known to be a whole one. */
static int rest_as_options(struct pxe_rd *rd, struct pxe_bytes *out)
{
	size_t n = pxe_rd_left(rd);
	const uint8_t *p = pxe_rd_bytes(rd, n);
	struct pxe_rd inner = pxe_rd_init(p, n);
	struct pxe_dhcp6_opt opt;

	if (rd->err != 0)
		return rd->err;
	while (pxe_dhcp6_next(&inner, &opt))
		;
	if (inner.err != 0)
		return inner.err;
	*out = (struct pxe_bytes){p, n};
	return 0;
}

/* ---- messages ---- */

int pxe_dhcp6_parse(const uint8_t *p, size_t len, struct pxe_dhcp6_msg *out)
{
	struct pxe_rd rd = pxe_rd_init(p, len);
	struct pxe_dhcp6_msg m = {0};
	uint32_t first = 0;
	int err = 0;

	if (len < PXE_DHCP6_HEADER_LEN)
		return PXE_E_TRUNC;
	first = pxe_rd_u32(&rd);
	m.type = (uint8_t)(first >> 24);
	m.xid = first & 0xffffff;
	if (pxe_dhcp6_is_relay(&m)) {
		rd = pxe_rd_init(p, len);
		m.xid = 0;
		pxe_rd_skip(&rd, 1);
		m.hops = pxe_rd_u8(&rd);
		pxe_rd_copy(&rd, m.link.b, sizeof(m.link.b));
		pxe_rd_copy(&rd, m.peer.b, sizeof(m.peer.b));
	}
	err = rest_as_options(&rd, &m.options);
	if (err == 0)
		*out = m;
	return err;
}

int pxe_dhcp6_unwrap(const uint8_t *p, size_t len, struct pxe_dhcp6_chain *out)
{
	struct pxe_bytes at = {p, len};

	out->nrelay = 0;
	for (;;) {
		struct pxe_dhcp6_msg m;
		int err = pxe_dhcp6_parse(at.p, at.len, &m);

		if (err != 0)
			return err;
		if (!pxe_dhcp6_is_relay(&m)) {
			out->inner = m;
			return 0;
		}
		if (out->nrelay == PXE_DHCP6_DEPTH_MAX)
			return PXE_E_LIMIT;
		if ((out->nrelay > 0 && m.type != out->relay[0].type) ||
		    pxe_dhcp6_count(m.options, PXE_DHCP6_OPT_RELAY_MSG) != 1)
			return PXE_E_SYNTAX;
		out->relay[out->nrelay++] = m;
		at = pxe_dhcp6_get(m.options, PXE_DHCP6_OPT_RELAY_MSG);
	}
}

/* ---- identity associations ---- */

int pxe_dhcp6_parse_ia(uint16_t code, struct pxe_bytes value, struct pxe_dhcp6_ia *out)
{
	struct pxe_rd rd = pxe_rd_init(value.p, value.len);
	struct pxe_dhcp6_ia ia = {0};
	int err = 0;

	if (code != PXE_DHCP6_OPT_IA_NA && code != PXE_DHCP6_OPT_IA_TA &&
	    code != PXE_DHCP6_OPT_IA_PD)
		return PXE_E_UNSUPPORTED;
	ia.iaid = pxe_rd_u32(&rd);
	if (code != PXE_DHCP6_OPT_IA_TA) {
		ia.t1_s = pxe_rd_u32(&rd);
		ia.t2_s = pxe_rd_u32(&rd);
	}
	err = rest_as_options(&rd, &ia.options);
	if (err == 0)
		*out = ia;
	return err;
}

int pxe_dhcp6_parse_lease(uint16_t code, struct pxe_bytes value, struct pxe_dhcp6_lease *out)
{
	struct pxe_rd rd = pxe_rd_init(value.p, value.len);
	struct pxe_dhcp6_lease lease = {.prefix_len = ADDRESS_BITS};
	int err = 0;

	if (code != PXE_DHCP6_OPT_IA_ADDR && code != PXE_DHCP6_OPT_IA_PREFIX)
		return PXE_E_UNSUPPORTED;
	if (code == PXE_DHCP6_OPT_IA_ADDR)
		pxe_rd_copy(&rd, lease.ip.b, sizeof(lease.ip.b));
	lease.preferred_s = pxe_rd_u32(&rd);
	lease.valid_s = pxe_rd_u32(&rd);
	if (code == PXE_DHCP6_OPT_IA_PREFIX) {
		lease.prefix_len = pxe_rd_u8(&rd);
		pxe_rd_copy(&rd, lease.ip.b, sizeof(lease.ip.b));
	}
	err = rest_as_options(&rd, &lease.options);
	if (err != 0)
		return err;
	if (lease.prefix_len > ADDRESS_BITS || lease.preferred_s > lease.valid_s)
		return PXE_E_RANGE;
	*out = lease;
	return 0;
}

bool pxe_dhcp6_duid_hwaddr(struct pxe_bytes duid, struct pxe_hwaddr *out)
{
	struct pxe_rd rd = pxe_rd_init(duid.p, duid.len);
	uint16_t type = pxe_rd_u16(&rd);
	uint16_t hardware = pxe_rd_u16(&rd);
	struct pxe_hwaddr a = {0};

	if (type == DUID_LLT)
		pxe_rd_skip(&rd, 4); /* the time */
	else if (type != DUID_LL)
		return false;
	if (hardware > UINT8_MAX || pxe_rd_left(&rd) == 0 || pxe_rd_left(&rd) > sizeof(a.b))
		return false;
	a.type = (uint8_t)hardware;
	a.len = (uint8_t)pxe_rd_left(&rd);
	pxe_rd_copy(&rd, a.b, a.len);
	*out = a;
	return true;
}
