/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_agent.c -- relay agent information in an encoded message. */
#include "libpxecommon/proto/dhcp_agent.h"

#include <limits.h>

#include "libpxecommon/proto/dhcp_msg.h"

enum { OPT_PAD = 0, OPT_AGENT = 82, OPT_END = 255, OPTIONS_AT = PXE_DHCP_FIXED_LEN + 4 };

struct pxe_bytes pxe_agent_get(struct pxe_bytes body, uint8_t sub)
{
	struct pxe_rd rd = pxe_rd_init(body.p, body.len);

	while (pxe_rd_left(&rd) > 0) {
		uint8_t code = pxe_rd_u8(&rd), len = pxe_rd_u8(&rd);
		const uint8_t *p = pxe_rd_bytes(&rd, len);

		if (p != NULL && code == sub)
			return (struct pxe_bytes){p, len};
	}
	return (struct pxe_bytes){0};
}

int pxe_agent_check(struct pxe_bytes body)
{
	struct pxe_rd rd = pxe_rd_init(body.p, body.len);

	/* At least one suboption has to be there (RFC 3046 2.0). */
	do {
		pxe_rd_skip(&rd, 1);
		pxe_rd_skip(&rd, pxe_rd_u8(&rd));
	} while (pxe_rd_left(&rd) > 0);
	return rd.err != 0 ? PXE_E_SYNTAX : 0;
}

/* A reader at the first option; the error is sticky when there is no options field. */
static struct pxe_rd options_of(const uint8_t *pkt, size_t len)
{
	struct pxe_rd rd = pxe_rd_init(pkt, len);

	pxe_rd_skip(&rd, PXE_DHCP_FIXED_LEN);
	if (pxe_rd_u32(&rd) != PXE_DHCP_COOKIE || rd.err != 0)
		rd.err = PXE_E_NOCOOKIE;
	return rd;
}

struct option {
	uint8_t code;
	size_t at;  /* of its code */
	size_t len; /* whole, code and length included */
	struct pxe_bytes body;
};

/* The next option; PAD and END are options of one byte. False at the end of the field or when the
 * option runs past it, which the reader then remembers. */
static bool next_option(struct pxe_rd *rd, struct option *out)
{
	struct option o = {.at = rd->off};

	if (pxe_rd_left(rd) == 0)
		return false;
	o.code = pxe_rd_u8(rd);
	if (o.code != OPT_PAD && o.code != OPT_END) {
		o.body.len = pxe_rd_u8(rd);
		o.body.p = pxe_rd_bytes(rd, o.body.len);
	}
	o.len = rd->off - o.at;
	if (rd->err == 0)
		*out = o;
	return rd->err == 0;
}

bool pxe_agent_find(const uint8_t *pkt, size_t len, struct pxe_bytes *out)
{
	struct pxe_rd rd = options_of(pkt, len);
	struct option o;

	while (next_option(&rd, &o) && o.code != OPT_END) {
		if (o.code != OPT_AGENT)
			continue;
		*out = o.body;
		return true;
	}
	return false;
}

/* Where the last real option ends: before END, and before padding that stands in front of END or
 * that fills the packet when there is none. 0, PXE_E_NOCOOKIE or PXE_E_SYNTAX. */
static int find_last(const uint8_t *pkt, size_t len, size_t *out_end)
{
	struct pxe_rd rd = options_of(pkt, len);
	size_t end = OPTIONS_AT;
	struct option o;

	while (next_option(&rd, &o) && o.code != OPT_END) {
		if (o.code != OPT_PAD)
			end = o.at + o.len;
	}
	if (rd.err != 0)
		return rd.err == PXE_E_NOCOOKIE ? rd.err : PXE_E_SYNTAX;
	*out_end = end;
	return 0;
}

int pxe_agent_append(uint8_t *pkt, size_t len, size_t cap, size_t max_len, struct pxe_bytes body)
{
	size_t end = 0, need = 0, limit = cap < max_len ? cap : max_len;
	int err = find_last(pkt, len, &end);
	struct pxe_wr wr;

	if (err != 0)
		return err;
	if (body.len < 2)
		return PXE_E_SYNTAX;
	need = end + 2 + body.len + 1;
	if (need < PXE_DHCP_MIN_LEN)
		need = PXE_DHCP_MIN_LEN;
	if (body.len > UINT8_MAX || need > limit || need > INT_MAX)
		return PXE_E_TOOBIG;
	wr = pxe_wr_init(pkt, need);
	(void)pxe_wr_reserve(&wr, end);
	pxe_wr_u8(&wr, OPT_AGENT);
	pxe_wr_u8(&wr, (uint8_t)body.len);
	pxe_wr_bytes(&wr, body.p, body.len);
	pxe_wr_u8(&wr, OPT_END);
	pxe_wr_fill(&wr, OPT_PAD, pxe_wr_room(&wr));
	return (int)wr.len;
}

/* Close the gap that an option leaves; the packet gets shorter. */
static size_t cut(uint8_t *pkt, size_t len, const struct option *o)
{
	memmove(pkt + o->at, pkt + o->at + o->len, len - o->at - o->len);
	return len - o->len;
}

int pxe_agent_strip(uint8_t *pkt, size_t len)
{
	struct pxe_rd rd = options_of(pkt, len);
	size_t now = len, end = 0;
	int err = len > INT_MAX ? PXE_E_SYNTAX : find_last(pkt, len, &end);
	struct option o;

	/* Plain BOOTP has nothing to strip. */
	if (err != 0)
		return err == PXE_E_NOCOOKIE ? (int)len : err;
	while (next_option(&rd, &o) && o.code != OPT_END) {
		if (o.code != OPT_AGENT)
			continue;
		now = cut(pkt, now, &o);
		rd.off = o.at;
		rd.len = now;
	}
	if (len >= PXE_DHCP_MIN_LEN && now < PXE_DHCP_MIN_LEN) {
		memset(pkt + now, OPT_PAD, PXE_DHCP_MIN_LEN - now);
		now = PXE_DHCP_MIN_LEN;
	}
	return (int)now;
}
