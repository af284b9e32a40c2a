/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp6_encode.c -- DHCPv6 messages: writing headers, options inside options, and relay replies. */
#include <string.h>

#include "libpxecommon/proto/dhcp6_msg.h"

static void fail(struct pxe_wr *wr)
{
	wr->err = wr->err != 0 ? wr->err : PXE_E_TOOBIG;
}

void pxe_dhcp6_put_header(struct pxe_wr *wr, uint8_t type, uint32_t xid)
{
	pxe_wr_u32(wr, (uint32_t)type << 24 | (xid & 0xffffff));
}

void pxe_dhcp6_put_relay_header(struct pxe_wr *wr, uint8_t type, uint8_t hops,
    const struct pxe_ip6 *link, const struct pxe_ip6 *peer)
{
	pxe_wr_u8(wr, type);
	pxe_wr_u8(wr, hops);
	pxe_wr_bytes(wr, link->b, sizeof(link->b));
	pxe_wr_bytes(wr, peer->b, sizeof(peer->b));
}

void pxe_dhcp6_put(struct pxe_wr *wr, uint16_t code, const void *p, size_t len)
{
	if (len > UINT16_MAX || pxe_wr_room(wr) < len + 4) {
		fail(wr);
		return;
	}
	pxe_wr_u16(wr, code);
	pxe_wr_u16(wr, (uint16_t)len);
	pxe_wr_bytes(wr, p, len);
}

void pxe_dhcp6_put_u8(struct pxe_wr *wr, uint16_t code, uint8_t v)
{
	pxe_dhcp6_put(wr, code, &v, 1);
}

void pxe_dhcp6_put_u16(struct pxe_wr *wr, uint16_t code, uint16_t v)
{
	uint8_t b[2];
	struct pxe_wr value = pxe_wr_init(b, sizeof(b));

	pxe_wr_u16(&value, v);
	pxe_dhcp6_put(wr, code, b, sizeof(b));
}

void pxe_dhcp6_put_u32(struct pxe_wr *wr, uint16_t code, uint32_t v)
{
	uint8_t b[4];
	struct pxe_wr value = pxe_wr_init(b, sizeof(b));

	pxe_wr_u32(&value, v);
	pxe_dhcp6_put(wr, code, b, sizeof(b));
}

void pxe_dhcp6_put_status(struct pxe_wr *wr, uint16_t status, const char *text)
{
	struct pxe_dhcp6_open open = pxe_dhcp6_open(wr, PXE_DHCP6_OPT_STATUS_CODE);

	pxe_wr_u16(wr, status);
	if (text != NULL)
		pxe_wr_bytes(wr, text, strlen(text));
	pxe_dhcp6_close(wr, open);
}

/* ---- options that hold options ---- */

struct pxe_dhcp6_open pxe_dhcp6_open(struct pxe_wr *wr, uint16_t code)
{
	struct pxe_dhcp6_open open = {0};

	pxe_wr_u16(wr, code);
	open.len_at = pxe_wr_reserve(wr, 2);
	open.start = wr->len;
	return open;
}

void pxe_dhcp6_close(struct pxe_wr *wr, struct pxe_dhcp6_open open)
{
	size_t len = wr->len - open.start;

	if (open.len_at == NULL || len > UINT16_MAX) {
		fail(wr);
		return;
	}
	open.len_at[0] = (uint8_t)(len >> 8);
	open.len_at[1] = (uint8_t)len;
}

struct pxe_dhcp6_open pxe_dhcp6_open_ia(
    struct pxe_wr *wr, uint16_t code, const struct pxe_dhcp6_ia *ia)
{
	struct pxe_dhcp6_open open = pxe_dhcp6_open(wr, code);

	pxe_wr_u32(wr, ia->iaid);
	if (code != PXE_DHCP6_OPT_IA_TA) {
		pxe_wr_u32(wr, ia->t1_s);
		pxe_wr_u32(wr, ia->t2_s);
	}
	return open;
}

struct pxe_dhcp6_open pxe_dhcp6_open_lease(
    struct pxe_wr *wr, uint16_t code, const struct pxe_dhcp6_lease *lease)
{
	struct pxe_dhcp6_open open = pxe_dhcp6_open(wr, code);

	if (code == PXE_DHCP6_OPT_IA_ADDR)
		pxe_wr_bytes(wr, lease->ip.b, sizeof(lease->ip.b));
	pxe_wr_u32(wr, lease->preferred_s);
	pxe_wr_u32(wr, lease->valid_s);
	if (code == PXE_DHCP6_OPT_IA_PREFIX) {
		pxe_wr_u8(wr, lease->prefix_len);
		pxe_wr_bytes(wr, lease->ip.b, sizeof(lease->ip.b));
	}
	return open;
}

/* ---- relays ---- */

static void echo(struct pxe_wr *wr, const struct pxe_dhcp6_msg *relay, uint16_t code)
{
	struct pxe_bytes value = pxe_dhcp6_get(relay->options, code);

	if (value.p != NULL)
		pxe_dhcp6_put(wr, code, value.p, value.len);
}

/* Was code among the first n that the option asks for? */
static bool was_asked(struct pxe_bytes ero, unsigned n, uint16_t code)
{
	struct pxe_rd rd = pxe_rd_init(ero.p, ero.len);

	for (unsigned i = 0; i < n; i++) {
		if (pxe_rd_u16(&rd) == code)
			return true;
	}
	return false;
}

/* What the relay wants to see again (RFC 4994 3), each once. */
static void echo_requested(struct pxe_wr *wr, const struct pxe_dhcp6_msg *relay)
{
	struct pxe_bytes ero = pxe_dhcp6_get(relay->options, PXE_DHCP6_OPT_ERO);
	struct pxe_rd rd = pxe_rd_init(ero.p, ero.len);

	for (unsigned i = 0; i < PXE_DHCP6_ERO_MAX && pxe_rd_left(&rd) >= 2; i++) {
		uint16_t code = pxe_rd_u16(&rd);

		if (code != PXE_DHCP6_OPT_RELAY_MSG && code != PXE_DHCP6_OPT_INTERFACE_ID &&
		    code != PXE_DHCP6_OPT_RELAY_SOURCE_PORT && !was_asked(ero, i, code))
			echo(wr, relay, code);
	}
}

void pxe_dhcp6_wrap(struct pxe_wr *wr, const struct pxe_dhcp6_chain *chain, struct pxe_bytes reply)
{
	struct pxe_dhcp6_open open[PXE_DHCP6_DEPTH_MAX];

	for (unsigned i = 0; i < chain->nrelay; i++) {
		const struct pxe_dhcp6_msg *relay = &chain->relay[i];

		pxe_dhcp6_put_relay_header(
		    wr, PXE_DHCP6_RELAY_REPL, relay->hops, &relay->link, &relay->peer);
		echo(wr, relay, PXE_DHCP6_OPT_INTERFACE_ID);
		echo(wr, relay, PXE_DHCP6_OPT_RELAY_SOURCE_PORT);
		echo_requested(wr, relay);
		open[i] = pxe_dhcp6_open(wr, PXE_DHCP6_OPT_RELAY_MSG);
	}
	pxe_wr_bytes(wr, reply.p, reply.len);
	for (unsigned i = chain->nrelay; i > 0; i--)
		pxe_dhcp6_close(wr, open[i - 1]);
}
