/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_encode.c -- a DHCPv4 message into bytes: what goes where, and what does not fit.
 *
 * Three fields can carry options: the options field, and file and sname where the client allows it
 * and they are empty. The last two are used only when the first is too small. An option of up to
 * 255 bytes stays in one piece, because clients that know no RFC 3396 read it; a longer one is
 * split anyway and may be spread over the fields, in the order in which they are joined again.
 */
#include <string.h>

#include "libpxecommon/proto/dhcp_msg.h"

enum {
	OPT_OVERLOAD = 52,
	OPT_TYPE = 53,
	OPT_AGENT = 82,
	OPT_END = 255,
	OPT_HEADER = 2, /* code and length */
	PIECE_MAX = 255,
	OVERLOAD_LEN = 3, /* option 52 itself */
	SNAME_OFF = 44,
	SNAME_LEN = 64,
	FILE_OFF = 108,
	FILE_LEN = 128,
	OPTIONS_OFF = PXE_DHCP_FIXED_LEN + 4
};

/* The fields to fill. Room for each field's END is never part of a writer. */
enum { IN_OPTIONS, IN_FILE, IN_SNAME, NFIELD };

struct encoder {
	const struct pxe_dhcp_msg *m;
	struct pxe_wr field[NFIELD]; /* capacity 0 when the field may not be used */
};

/* Bytes an option of len takes up. */
static size_t wire_len(size_t len)
{
	size_t pieces = len > PIECE_MAX ? (len + PIECE_MAX - 1) / PIECE_MAX : 1;

	return len + pieces * OPT_HEADER;
}

/* Bytes of a long option that fit in room. */
static size_t data_room(size_t room)
{
	size_t whole = room / (PIECE_MAX + OPT_HEADER);
	size_t rest = room % (PIECE_MAX + OPT_HEADER);

	return whole * PIECE_MAX + (rest > OPT_HEADER ? rest - OPT_HEADER : 0);
}

/* Write len bytes of an option in pieces of at most 255. The caller made sure of the room. */
static void put(struct pxe_wr *wr, uint8_t code, const uint8_t *p, size_t len)
{
	do {
		size_t piece = len < PIECE_MAX ? len : PIECE_MAX;

		pxe_wr_u8(wr, code);
		pxe_wr_u8(wr, (uint8_t)piece);
		pxe_wr_bytes(wr, p, piece);
		p += piece;
		len -= piece;
	} while (len > 0);
}

static bool place_whole(struct encoder *e, uint8_t code, struct pxe_bytes value)
{
	for (unsigned i = 0; i < NFIELD; i++) {
		if (pxe_wr_room(&e->field[i]) >= wire_len(value.len)) {
			put(&e->field[i], code, value.p, value.len);
			return true;
		}
	}
	return false;
}

static bool place_spread(struct encoder *e, uint8_t code, struct pxe_bytes value)
{
	size_t room = 0;

	for (unsigned i = 0; i < NFIELD; i++)
		room += data_room(pxe_wr_room(&e->field[i]));
	if (room < value.len)
		return false;
	for (unsigned i = 0; i < NFIELD && value.len > 0; i++) {
		size_t n = data_room(pxe_wr_room(&e->field[i]));

		n = n < value.len ? n : value.len;
		if (n == 0)
			continue;
		put(&e->field[i], code, value.p, n);
		value.p += n;
		value.len -= n;
	}
	return true;
}

static void mark(uint64_t bits[4], uint8_t code)
{
	bits[code >> 6] |= (uint64_t)1 << (code & 63);
}

/* Everything but 53, 82 and what the encoder writes itself. */
static void place_all(struct encoder *e, uint64_t dropped[4])
{
	const struct pxe_dhcp_msg *m = e->m;

	for (unsigned i = 0; i < m->nopt; i++) {
		uint8_t code = m->order[i];
		struct pxe_bytes value = pxe_dhcp_get(m, code);

		if (code == OPT_TYPE || code == OPT_AGENT || code == OPT_OVERLOAD)
			continue;
		if (!place_whole(e, code, value) &&
		    (value.len <= PIECE_MAX || !place_spread(e, code, value)))
			mark(dropped, code);
	}
}

/* Bytes all options of place_all() would take in one field. */
static size_t wanted(const struct pxe_dhcp_msg *m)
{
	size_t n = 0;

	for (unsigned i = 0; i < m->nopt; i++) {
		uint8_t code = m->order[i];

		if (code != OPT_TYPE && code != OPT_AGENT && code != OPT_OVERLOAD)
			n += wire_len(m->slot[code].len);
	}
	return n;
}

/* Let file and sname take options, where they are empty, and keep room to say so. */
static void open_overload(struct encoder *e, uint8_t *out)
{
	bool file = e->m->file[0] == '\0';
	bool sname = e->m->sname[0] == '\0';

	if ((!file && !sname) || pxe_wr_room(&e->field[IN_OPTIONS]) < OVERLOAD_LEN)
		return;
	e->field[IN_OPTIONS].cap -= OVERLOAD_LEN;
	if (file)
		e->field[IN_FILE] = pxe_wr_init(out + FILE_OFF, FILE_LEN - 1);
	if (sname)
		e->field[IN_SNAME] = pxe_wr_init(out + SNAME_OFF, SNAME_LEN - 1);
}

/* End the overloaded fields (RFC 2131 4.1: END, then PAD) and return the value of option 52. */
static uint8_t close_overload(struct encoder *e)
{
	static const uint8_t value[NFIELD] = {[IN_FILE] = 1, [IN_SNAME] = 2};
	uint8_t overload = 0;

	for (unsigned i = IN_FILE; i < NFIELD; i++) {
		struct pxe_wr *wr = &e->field[i];

		if (wr->len == 0)
			continue;
		overload |= value[i];
		wr->cap++;
		pxe_wr_u8(wr, OPT_END);
	}
	return overload;
}

/* Fill the options field, and the others through e. end is where the message may reach to. Returns
 * the length of the message, or PXE_E_TOOBIG. */
static int encode_options(struct encoder *e, const struct pxe_dhcp_encode_how *how, uint8_t *out,
    size_t end, uint64_t dropped[4])
{
	struct pxe_wr *wr = &e->field[IN_OPTIONS];
	struct pxe_bytes type = pxe_dhcp_get(e->m, OPT_TYPE);
	struct pxe_bytes agent = pxe_dhcp_get(e->m, OPT_AGENT);
	size_t reserved = agent.p != NULL ? wire_len(agent.len) : 0;
	uint8_t overload = 0;

	if (end < OPTIONS_OFF + 1)
		return PXE_E_TOOBIG;
	*wr = pxe_wr_init(out + OPTIONS_OFF, end - OPTIONS_OFF - 1);
	if (type.p != NULL)
		put(wr, OPT_TYPE, type.p, type.len);
	if (wr->err != 0)
		return PXE_E_TOOBIG;
	if (reserved > pxe_wr_room(wr)) {
		mark(dropped, OPT_AGENT);
		reserved = 0;
	}
	wr->cap -= reserved;
	if (how->overload && wanted(e->m) > pxe_wr_room(wr))
		open_overload(e, out);
	place_all(e, dropped);
	overload = close_overload(e);
	wr->cap = end - OPTIONS_OFF;
	if (overload != 0)
		put(wr, OPT_OVERLOAD, &overload, 1);
	if (reserved > 0)
		put(wr, OPT_AGENT, agent.p, agent.len);
	pxe_wr_u8(wr, OPT_END);
	return (int)(OPTIONS_OFF + wr->len);
}

/* n bytes of text, zeros behind it; no NUL when it fills the field (RFC 2131 2). */
static void put_text(struct pxe_wr *wr, const char *text, size_t n)
{
	size_t len = strnlen(text, n);

	pxe_wr_bytes(wr, text, len);
	pxe_wr_fill(wr, 0, n - len);
}

static void encode_fixed(const struct pxe_dhcp_msg *m, struct pxe_wr *wr)
{
	pxe_wr_u8(wr, m->op);
	pxe_wr_u8(wr, m->htype);
	pxe_wr_u8(wr, m->hlen);
	pxe_wr_u8(wr, m->hops);
	pxe_wr_u32(wr, m->xid);
	pxe_wr_u16(wr, m->secs);
	pxe_wr_u16(wr, m->flags);
	pxe_wr_u32(wr, m->ciaddr.v);
	pxe_wr_u32(wr, m->yiaddr.v);
	pxe_wr_u32(wr, m->siaddr.v);
	pxe_wr_u32(wr, m->giaddr.v);
	pxe_wr_bytes(wr, m->chaddr, sizeof(m->chaddr));
	put_text(wr, m->sname, SNAME_LEN);
	put_text(wr, m->file, FILE_LEN);
	if (m->has_cookie)
		pxe_wr_u32(wr, PXE_DHCP_COOKIE);
}

int pxe_dhcp_encode(const struct pxe_dhcp_msg *m, const struct pxe_dhcp_encode_how *how,
    uint8_t *out, size_t cap, uint64_t dropped[4])
{
	struct encoder e = {.m = m};
	uint64_t unwanted[4];
	size_t end = how->max_len > PXE_DHCP_MIN_LEN ? how->max_len : PXE_DHCP_MIN_LEN;
	struct pxe_wr wr = {0};
	int len = PXE_DHCP_FIXED_LEN;

	if (dropped == NULL)
		dropped = unwanted;
	memset(dropped, 0, sizeof(unwanted));
	end = end < cap ? end : cap;
	wr = pxe_wr_init(out, end);
	encode_fixed(m, &wr);
	if (wr.err != 0)
		return PXE_E_TOOBIG;
	if (m->has_cookie)
		len = encode_options(&e, how, out, end, dropped);
	else
		memcpy(dropped, m->present, sizeof(m->present));
	if (len < 0)
		return len;
	wr.len = (size_t)len;
	if (wr.len < how->min_len)
		pxe_wr_fill(&wr, 0, (how->min_len < end ? how->min_len : end) - wr.len);
	return (int)wr.len;
}
