/* SPDX-License-Identifier: BSD-2-Clause */
/* packet.c -- a DHCPv4 or BOOTP message seen in place. */
#include "relayd/core/packet.h"

#include <string.h>

#include "libpxecommon/proto/dhcp_msg.h"

enum {
	OFF_HOPS = 3,
	OFF_SIADDR = 20,
	OFF_GIADDR = 24,
	OFF_FILE = 108,
	FILE_LEN = 128,
	OFF_OPTIONS = PXE_DHCP_FIXED_LEN + 4
};
enum { OPT_PAD = 0, OPT_END = 255 };

/* Step to the next option; false at END, at the end of the bytes, or (rd->err set) when one runs
 * past it. */
static bool next_option(struct pxe_rd *rd, uint8_t *code, struct pxe_bytes *value)
{
	uint8_t c = OPT_PAD;

	while (pxe_rd_left(rd) > 0 && c == OPT_PAD)
		c = pxe_rd_u8(rd);
	if (c == OPT_PAD || c == OPT_END)
		return false;
	value->len = pxe_rd_u8(rd);
	value->p = pxe_rd_bytes(rd, value->len);
	*code = c;
	return rd->err == 0;
}

static void keep_first(struct pxe_bytes *slot, struct pxe_bytes value)
{
	if (slot->p == NULL)
		*slot = value;
}

static void note_option(struct packet *pk, uint8_t code, struct pxe_bytes value)
{
	struct pxe_rd rd = pxe_rd_init(value.p, value.len);

	switch (code) {
	case PACKET_OPT_TYPE:
		if (value.len == 1)
			pk->type = pxe_rd_u8(&rd);
		break;
	case PACKET_OPT_MAX_SIZE:
		if (value.len == 2)
			pk->max_size = pxe_rd_u16(&rd);
		break;
	case PACKET_OPT_AGENT:
		pk->has_agent = true;
		break;
	case PACKET_OPT_HOSTNAME:
		keep_first(&pk->hostname, value);
		break;
	case PACKET_OPT_SERVER_ID:
		keep_first(&pk->server_id, value);
		break;
	case PACKET_OPT_VENDOR_CLASS:
		keep_first(&pk->vendor_class, value);
		break;
	case PACKET_OPT_CLIENT_ID:
		keep_first(&pk->client_id, value);
		break;
	case PACKET_OPT_ARCH:
		keep_first(&pk->arch, value);
		break;
	case PACKET_OPT_UUID:
		keep_first(&pk->uuid, value);
		break;
	default:
		break;
	}
}

/* The bytes behind the cookie; empty for plain BOOTP. */
static struct pxe_rd options_of(const struct packet *pk)
{
	struct pxe_rd rd = pxe_rd_init(pk->p, pk->len);

	pxe_rd_skip(&rd, OFF_OPTIONS);
	return rd;
}

void packet_rescan(struct packet *pk)
{
	struct pxe_rd rd = options_of(pk);
	struct pxe_bytes value = {0};
	uint8_t code = 0;

	pk->is_cut = pk->has_agent = false;
	pk->type = 0;
	pk->max_size = 0;
	pk->hostname = pk->server_id = pk->vendor_class = (struct pxe_bytes){0};
	pk->client_id = pk->arch = pk->uuid = (struct pxe_bytes){0};
	if (!pk->has_cookie)
		return;
	while (next_option(&rd, &code, &value))
		note_option(pk, code, value);
	pk->is_cut = rd.err != 0;
}

int packet_open(struct packet *out_pk, uint8_t *p, size_t len, size_t cap)
{
	struct pxe_rd rd = pxe_rd_init(p, len);
	struct packet pk = {.p = p, .len = len, .cap = cap};
	const uint8_t *chaddr = NULL;

	pk.op = pxe_rd_u8(&rd);
	pk.htype = pxe_rd_u8(&rd);
	pk.hlen = pxe_rd_u8(&rd);
	pk.hops = pxe_rd_u8(&rd);
	pk.xid = pxe_rd_u32(&rd);
	pk.secs = pxe_rd_u16(&rd);
	pk.flags = pxe_rd_u16(&rd);
	pk.ciaddr.v = pxe_rd_u32(&rd);
	pk.yiaddr.v = pxe_rd_u32(&rd);
	pxe_rd_skip(&rd, 4); /* siaddr */
	pk.giaddr.v = pxe_rd_u32(&rd);
	chaddr = pxe_rd_bytes(&rd, 16);
	pxe_rd_skip(&rd, PXE_DHCP_FIXED_LEN - rd.off);
	if (rd.err != 0)
		return PXE_E_TRUNC;
	if (pk.hlen <= 16) {
		pk.hw.type = pk.htype;
		pk.hw.len = pk.hlen;
		memcpy(pk.hw.b, chaddr, pk.hlen);
	}
	pk.has_cookie = pxe_rd_left(&rd) >= 4 && pxe_rd_u32(&rd) == PXE_DHCP_COOKIE;
	packet_rescan(&pk);
	*out_pk = pk;
	return pk.hlen <= 16 ? 0 : PXE_E_SYNTAX;
}

void packet_set_hops(struct packet *pk, uint8_t hops)
{
	struct pxe_wr wr = pxe_wr_init(pk->p, pk->len);

	(void)pxe_wr_reserve(&wr, OFF_HOPS);
	pxe_wr_u8(&wr, hops);
	pk->hops = hops;
}

void packet_set_giaddr(struct packet *pk, struct pxe_ip4 giaddr)
{
	struct pxe_wr wr = pxe_wr_init(pk->p, pk->len);

	(void)pxe_wr_reserve(&wr, OFF_GIADDR);
	pxe_wr_u32(&wr, giaddr.v);
	pk->giaddr = giaddr;
}

struct pxe_ip4 packet_next_server(const struct packet *pk)
{
	struct pxe_rd rd = pxe_rd_init(pk->p, pk->len);

	pxe_rd_skip(&rd, OFF_SIADDR);
	return (struct pxe_ip4){pxe_rd_u32(&rd)};
}

struct pxe_bytes packet_file(const struct packet *pk)
{
	struct pxe_rd rd = pxe_rd_init(pk->p, pk->len);
	struct pxe_bytes file = {.len = FILE_LEN};
	const uint8_t *nul = NULL;

	pxe_rd_skip(&rd, OFF_FILE);
	file.p = pxe_rd_bytes(&rd, file.len);
	if (file.p == NULL)
		return (struct pxe_bytes){0};
	nul = memchr(file.p, 0, file.len);
	if (nul != NULL)
		file.len = (size_t)(nul - file.p);
	return file;
}

struct pxe_bytes packet_get(const struct packet *pk, uint8_t code)
{
	struct pxe_rd rd = options_of(pk);
	struct pxe_bytes value = {0};
	uint8_t c = 0;

	while (pk->has_cookie && next_option(&rd, &c, &value)) {
		if (c == code)
			return value;
	}
	return (struct pxe_bytes){0};
}

bool packet_next_agent(const struct packet *pk, size_t *cursor, struct pxe_bytes *out_body)
{
	struct pxe_rd rd = options_of(pk);
	struct pxe_bytes value = {0};
	uint8_t code = 0;

	if (!pk->has_agent)
		return false;
	pxe_rd_skip(&rd, *cursor);
	while (next_option(&rd, &code, &value)) {
		if (code == PACKET_OPT_AGENT) {
			*cursor = rd.off - OFF_OPTIONS;
			*out_body = value;
			return true;
		}
	}
	return false;
}
