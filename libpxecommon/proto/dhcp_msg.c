/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_msg.c -- a DHCPv4 / BOOTP message as a value: parsing, reading and setting options.
 *
 * data[] is always dense: the bytes of the options stand behind each other without holes, so
 * `used` is the sum of their lengths and a message never runs out of room by being edited.
 */
#include "libpxecommon/proto/dhcp_msg.h"

#include <assert.h>
#include <string.h>

enum {
	OPT_PAD = 0,
	OPT_OVERLOAD = 52,
	OPT_TYPE = 53,
	OPT_MAX_SIZE = 57,
	OPT_AGENT = 82,
	OPT_END = 255,
	SNAME_OFF = 44,
	SNAME_LEN = 64,
	FILE_OFF = 108,
	FILE_LEN = 128,
	IP_UDP_HEADERS = 28
};

static_assert(PXE_DHCP_MAX_LEN - PXE_DHCP_FIXED_LEN + SNAME_LEN + FILE_LEN <= PXE_DHCP_OPT_SPACE,
    "the options of any datagram fit in data[]");

const char *pxe_dhcp_type_name(unsigned type)
{
	static const char *const names[] = {
#define X(name, num) [num] = #name,
	    PXE_DHCP_TYPE_TABLE(X)
#undef X
	};

	return type < sizeof(names) / sizeof(names[0]) ? names[type] : NULL;
}

void pxe_dhcp_init(struct pxe_dhcp_msg *m)
{
	/* order, slot and data mean something only as far as nopt, present and used say. */
	memset(m, 0, offsetof(struct pxe_dhcp_msg, order));
	memset(m->present, 0, sizeof(m->present));
	m->used = 0;
	m->has_cookie = true;
}

/* ---- parse ---- */

/* What walk() does with each option it finds. */
enum pass { PASS_MEASURE, PASS_COPY };

/* The fields that carry options: the options field, and those it overloads, in the order in which
 * RFC 3396 5 joins them. */
struct fields {
	struct pxe_bytes v[3];
	unsigned n;
};

static void measure(struct pxe_dhcp_msg *m, uint8_t code, size_t len)
{
	uint64_t bit = (uint64_t)1 << (code & 63);
	struct pxe_dhcp_opt_slot *slot = &m->slot[code];

	if ((m->present[code >> 6] & bit) == 0) {
		m->present[code >> 6] |= bit;
		m->order[m->nopt++] = code;
		slot->len = 0;
	}
	slot->len = (uint16_t)(slot->len + len);
}

/* In the copying pass slot->off runs ahead as a cursor; settle() puts it back. */
static void copy(struct pxe_dhcp_msg *m, uint8_t code, const uint8_t *p, size_t len)
{
	struct pxe_dhcp_opt_slot *slot = &m->slot[code];

	memcpy(m->data + slot->off, p, len);
	slot->off = (uint16_t)(slot->off + len);
}

/* Go through one field. False when an option ran past its end. */
static bool walk(struct pxe_dhcp_msg *m, struct pxe_bytes field, bool overloaded, enum pass pass)
{
	struct pxe_rd rd = pxe_rd_init(field.p, field.len);

	while (pxe_rd_left(&rd) > 0) {
		uint8_t code = pxe_rd_u8(&rd);
		const uint8_t *body = NULL;
		size_t len = 0;

		if (code == OPT_PAD)
			continue;
		if (code == OPT_END)
			break;
		len = pxe_rd_u8(&rd);
		body = pxe_rd_bytes(&rd, len);
		if (body == NULL)
			return false;
		/* Neither may be overloaded (RFC 2132 9.3, RFC 3046 2.1): what a client puts there
		 * must not pass for the word of a relay. */
		if (overloaded && (code == OPT_OVERLOAD || code == OPT_AGENT))
			continue;
		if (pass == PASS_MEASURE)
			measure(m, code, len);
		else
			copy(m, code, body, len);
	}
	return true;
}

/* Give every option its place, in the order of first appearance. */
static void lay_out(struct pxe_dhcp_msg *m)
{
	for (unsigned i = 0; i < m->nopt; i++) {
		struct pxe_dhcp_opt_slot *slot = &m->slot[m->order[i]];

		slot->off = m->used;
		m->used = (uint16_t)(m->used + slot->len);
	}
}

static void settle(struct pxe_dhcp_msg *m)
{
	for (unsigned i = 0; i < m->nopt; i++) {
		struct pxe_dhcp_opt_slot *slot = &m->slot[m->order[i]];

		slot->off = (uint16_t)(slot->off - slot->len);
	}
}

/* May the option have this length? Only those that steer the message itself are looked at. */
static bool length_is_right(uint8_t code, size_t len)
{
	switch (code) {
	case OPT_OVERLOAD:
	case OPT_TYPE:
		return len == 1;
	case OPT_AGENT:
		return len >= 2; /* at least one suboption (RFC 3046 2.0) */
	default:
		return true;
	}
}

/* Value of option overload, 0 without. Called between the passes over the options field, when only
 * lengths are known, so it looks for the byte itself. */
static int overload_of(const struct pxe_dhcp_msg *m, struct pxe_bytes options)
{
	struct pxe_rd rd = pxe_rd_init(options.p, options.len);

	if (!pxe_dhcp_has(m, OPT_OVERLOAD))
		return 0;
	while (pxe_rd_left(&rd) > 0) {
		uint8_t code = pxe_rd_u8(&rd);
		uint8_t len = code != OPT_PAD ? pxe_rd_u8(&rd) : 0;

		/* An empty instance of a split option is legal; go on to the one with the byte. */
		if (code == OPT_OVERLOAD && len > 0) {
			uint8_t v = pxe_rd_u8(&rd);

			return v >= 1 && v <= 3 ? v : PXE_E_SYNTAX;
		}
		pxe_rd_skip(&rd, len);
	}
	return PXE_E_SYNTAX;
}

static int parse_options(
    struct pxe_dhcp_msg *m, const uint8_t *p, struct pxe_bytes options, int *out_overload)
{
	struct fields f = {.v = {options}, .n = 1};
	int overload = 0;

	m->truncated_opt = !walk(m, options, false, PASS_MEASURE);
	if (pxe_dhcp_has(m, OPT_OVERLOAD) && m->slot[OPT_OVERLOAD].len != 1)
		return PXE_E_SYNTAX;
	overload = overload_of(m, options);
	if (overload < 0)
		return overload;
	if ((overload & 1) != 0)
		f.v[f.n++] = (struct pxe_bytes){p + FILE_OFF, FILE_LEN};
	if ((overload & 2) != 0)
		f.v[f.n++] = (struct pxe_bytes){p + SNAME_OFF, SNAME_LEN};
	for (unsigned i = 1; i < f.n; i++)
		m->truncated_opt |= !walk(m, f.v[i], true, PASS_MEASURE);
	lay_out(m);
	for (unsigned i = 0; i < f.n; i++)
		(void)walk(m, f.v[i], i > 0, PASS_COPY);
	settle(m);
	*out_overload = overload;
	return 0;
}

/* The fixed part (RFC 2131 2) up to chaddr. */
static int parse_header(struct pxe_rd *rd, struct pxe_dhcp_msg *m)
{
	m->op = pxe_rd_u8(rd);
	m->htype = pxe_rd_u8(rd);
	m->hlen = pxe_rd_u8(rd);
	m->hops = pxe_rd_u8(rd);
	m->xid = pxe_rd_u32(rd);
	m->secs = pxe_rd_u16(rd);
	m->flags = pxe_rd_u16(rd);
	m->ciaddr.v = pxe_rd_u32(rd);
	m->yiaddr.v = pxe_rd_u32(rd);
	m->siaddr.v = pxe_rd_u32(rd);
	m->giaddr.v = pxe_rd_u32(rd);
	pxe_rd_copy(rd, m->chaddr, sizeof(m->chaddr));
	if (rd->err != 0)
		return rd->err;
	if (m->op != PXE_BOOTREQUEST && m->op != PXE_BOOTREPLY)
		return PXE_E_RANGE;
	return m->hlen > sizeof(m->chaddr) ? PXE_E_SYNTAX : 0;
}

/* The text of sname and file, as far as they are not taken for options. */
static void copy_text(struct pxe_dhcp_msg *m, const uint8_t *p, int overload)
{
	if ((overload & 2) == 0) {
		memcpy(m->sname, p + SNAME_OFF, SNAME_LEN);
		m->sname[SNAME_LEN] = '\0';
	}
	if ((overload & 1) == 0) {
		memcpy(m->file, p + FILE_OFF, FILE_LEN);
		m->file[FILE_LEN] = '\0';
	}
}

int pxe_dhcp_parse(const uint8_t *p, size_t len, struct pxe_dhcp_msg *m)
{
	static const uint8_t steering[] = {OPT_TYPE, OPT_AGENT};
	struct pxe_rd rd = pxe_rd_init(p, len);
	int overload = 0;
	int err = 0;

	if (len < PXE_DHCP_FIXED_LEN)
		return PXE_E_TRUNC;
	if (len > PXE_DHCP_MAX_LEN)
		return PXE_E_TOOBIG;
	pxe_dhcp_init(m);
	err = parse_header(&rd, m);
	if (err != 0)
		return err;
	pxe_rd_skip(&rd, SNAME_LEN + FILE_LEN);
	m->has_cookie = pxe_rd_left(&rd) >= 4 && pxe_rd_u32(&rd) == PXE_DHCP_COOKIE;
	if (m->has_cookie) {
		struct pxe_bytes options = {p + rd.off, len - rd.off};

		err = parse_options(m, p, options, &overload);
		if (err != 0)
			return err;
	}
	for (size_t i = 0; i < sizeof(steering); i++) {
		uint8_t code = steering[i];

		if (pxe_dhcp_has(m, code) && !length_is_right(code, m->slot[code].len))
			return PXE_E_SYNTAX;
	}
	(void)pxe_dhcp_get_u8(m, OPT_TYPE, &m->type);
	copy_text(m, p, overload);
	return 0;
}

/* ---- accessors ---- */

struct pxe_bytes pxe_dhcp_get(const struct pxe_dhcp_msg *m, uint8_t code)
{
	const struct pxe_dhcp_opt_slot *slot = &m->slot[code];

	if (!pxe_dhcp_has(m, code))
		return (struct pxe_bytes){NULL, 0};
	return (struct pxe_bytes){m->data + slot->off, slot->len};
}

/* A reader over an option of exactly len bytes; empty, with a sticky error, otherwise. */
static struct pxe_rd exactly(const struct pxe_dhcp_msg *m, uint8_t code, size_t len)
{
	struct pxe_bytes value = pxe_dhcp_get(m, code);
	struct pxe_rd rd = pxe_rd_init(value.p, value.len);

	if (value.len != len)
		pxe_rd_fail(&rd, PXE_E_TRUNC);
	return rd;
}

bool pxe_dhcp_get_u8(const struct pxe_dhcp_msg *m, uint8_t code, uint8_t *out)
{
	struct pxe_rd rd = exactly(m, code, 1);

	if (rd.err == 0)
		*out = pxe_rd_u8(&rd);
	return rd.err == 0;
}

bool pxe_dhcp_get_u16(const struct pxe_dhcp_msg *m, uint8_t code, uint16_t *out)
{
	struct pxe_rd rd = exactly(m, code, 2);

	if (rd.err == 0)
		*out = pxe_rd_u16(&rd);
	return rd.err == 0;
}

bool pxe_dhcp_get_u32(const struct pxe_dhcp_msg *m, uint8_t code, uint32_t *out)
{
	struct pxe_rd rd = exactly(m, code, 4);

	if (rd.err == 0)
		*out = pxe_rd_u32(&rd);
	return rd.err == 0;
}

bool pxe_dhcp_get_ip4(const struct pxe_dhcp_msg *m, uint8_t code, struct pxe_ip4 *out)
{
	return pxe_dhcp_get_u32(m, code, &out->v);
}

/* Close the gap of len bytes at off. */
static void close_gap(struct pxe_dhcp_msg *m, size_t off, size_t len)
{
	memmove(m->data + off, m->data + off + len, m->used - off - len);
	m->used = (uint16_t)(m->used - len);
	for (unsigned i = 0; i < m->nopt; i++) {
		struct pxe_dhcp_opt_slot *slot = &m->slot[m->order[i]];

		if (slot->off > off)
			slot->off = (uint16_t)(slot->off - len);
	}
}

int pxe_dhcp_set(struct pxe_dhcp_msg *m, uint8_t code, const void *p, size_t len)
{
	struct pxe_dhcp_opt_slot *slot = &m->slot[code];
	bool is_there = pxe_dhcp_has(m, code);
	size_t old = is_there ? slot->len : 0;

	if (code == OPT_PAD || code == OPT_END || !length_is_right(code, len))
		return PXE_E_RANGE;
	if (len > sizeof(m->data) - (m->used - old))
		return PXE_E_TOOBIG;
	if (!is_there) {
		m->order[m->nopt++] = code;
		m->present[code >> 6] |= (uint64_t)1 << (code & 63);
	}
	if (!is_there || old != len) {
		/* An option of another length moves to the end of data; its place in order stays.
		 */
		if (is_there)
			close_gap(m, slot->off, old);
		*slot = (struct pxe_dhcp_opt_slot){m->used, (uint16_t)len};
		m->used = (uint16_t)(m->used + len);
	}
	if (len > 0)
		memcpy(m->data + slot->off, p, len);
	if (code == OPT_TYPE)
		m->type = m->data[slot->off];
	return 0;
}

int pxe_dhcp_set_u8(struct pxe_dhcp_msg *m, uint8_t code, uint8_t v)
{
	return pxe_dhcp_set(m, code, &v, 1);
}

int pxe_dhcp_set_u16(struct pxe_dhcp_msg *m, uint8_t code, uint16_t v)
{
	uint8_t b[2];
	struct pxe_wr wr = pxe_wr_init(b, sizeof(b));

	pxe_wr_u16(&wr, v);
	return pxe_dhcp_set(m, code, b, sizeof(b));
}

int pxe_dhcp_set_u32(struct pxe_dhcp_msg *m, uint8_t code, uint32_t v)
{
	uint8_t b[4];
	struct pxe_wr wr = pxe_wr_init(b, sizeof(b));

	pxe_wr_u32(&wr, v);
	return pxe_dhcp_set(m, code, b, sizeof(b));
}

int pxe_dhcp_set_ip4(struct pxe_dhcp_msg *m, uint8_t code, struct pxe_ip4 v)
{
	return pxe_dhcp_set_u32(m, code, v.v);
}

void pxe_dhcp_unset(struct pxe_dhcp_msg *m, uint8_t code)
{
	unsigned i = 0;

	if (!pxe_dhcp_has(m, code))
		return;
	close_gap(m, m->slot[code].off, m->slot[code].len);
	m->present[code >> 6] &= ~((uint64_t)1 << (code & 63));
	while (m->order[i] != code)
		i++;
	m->nopt--;
	memmove(m->order + i, m->order + i + 1, m->nopt - i);
	if (code == OPT_TYPE)
		m->type = PXE_DHCP_BOOTP;
}

struct pxe_hwaddr pxe_dhcp_hwaddr(const struct pxe_dhcp_msg *m)
{
	struct pxe_hwaddr a = {.type = m->htype, .len = m->hlen};

	static_assert(sizeof(m->chaddr) <= sizeof(a.b), "chaddr fits");
	memcpy(a.b, m->chaddr, sizeof(m->chaddr));
	return a;
}

size_t pxe_dhcp_max_len(const struct pxe_dhcp_msg *request, unsigned mtu)
{
	enum { LEAST = 576 - IP_UDP_HEADERS };
	size_t most = mtu > LEAST + IP_UDP_HEADERS ? mtu - IP_UDP_HEADERS : LEAST;
	uint16_t asked = 0;

	if (!pxe_dhcp_get_u16(request, OPT_MAX_SIZE, &asked) || asked < LEAST + IP_UDP_HEADERS)
		return LEAST;
	return (size_t)asked - IP_UDP_HEADERS < most ? (size_t)asked - IP_UDP_HEADERS : most;
}
