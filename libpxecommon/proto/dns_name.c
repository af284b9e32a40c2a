/* SPDX-License-Identifier: BSD-2-Clause */
/* dns_name.c -- domain names between text and wire form (RFC 1035 3.1, 4.1.4, 5.1). */
#include <string.h>

#include "libpxecommon/proto/dhcp_opt.h"

enum {
	POINTER = 0xc0, /* top bits of a byte that starts a compression pointer */
	POINTER_MAX = 0x3fff
};

/* One character of a label in text: itself, or after a backslash. Steps *s behind it. False at a
 * backslash that nothing sensible follows. */
static bool next_char(const char **s, uint8_t *out)
{
	const char *p = *s;

	if (*p == '\\') {
		p++;
		if (p[0] >= '0' && p[0] <= '9') {
			unsigned v = 0;

			for (unsigned i = 0; i < 3; i++) {
				if (p[i] < '0' || p[i] > '9')
					return false;
				v = v * 10 + (unsigned)(p[i] - '0');
			}
			if (v > 255)
				return false;
			*out = (uint8_t)v;
			*s = p + 3;
			return true;
		}
		if (*p == '\0')
			return false;
	}
	*out = (uint8_t)*p;
	*s = p + 1;
	return true;
}

/* One label of text into wr, its length byte first. Steps *s to the dot or the end. */
static int put_label(struct pxe_wr *wr, const char **s)
{
	uint8_t *len = pxe_wr_reserve(wr, 1);
	size_t n = 0;

	while (**s != '\0' && **s != '.') {
		uint8_t c = 0;

		if (!next_char(s, &c) || ++n > PXE_DNS_LABEL_MAX)
			return PXE_E_SYNTAX;
		pxe_wr_u8(wr, c);
	}
	if (n == 0 || wr->err != 0)
		return PXE_E_SYNTAX;
	*len = (uint8_t)n;
	return 0;
}

/* The whole name in wire form. Returns its length or PXE_E_SYNTAX. */
static int to_wire(const char *text, uint8_t wire[PXE_DNS_NAME_MAX])
{
	struct pxe_wr wr = pxe_wr_init(wire, PXE_DNS_NAME_MAX);

	if (strcmp(text, ".") != 0) {
		do {
			int err = put_label(&wr, &text);

			if (err != 0)
				return err;
			if (*text == '.')
				text++;
		} while (*text != '\0');
	}
	pxe_wr_u8(&wr, 0);
	return wr.err != 0 ? PXE_E_SYNTAX : (int)wr.len;
}

/* Does the name that starts at off of list equal name, which is in wire form without pointers? */
static bool name_is_at(struct pxe_bytes list, size_t off, struct pxe_bytes name)
{
	struct pxe_rd have = pxe_rd_init(list.p, list.len);
	struct pxe_rd want = pxe_rd_init(name.p, name.len);
	size_t limit = off;

	have.off = off;
	for (;;) {
		uint8_t n = pxe_rd_u8(&have);
		const uint8_t *a = NULL, *b = NULL;

		if (n >= POINTER) {
			size_t to = (size_t)(n & ~POINTER) << 8 | pxe_rd_u8(&have);

			if (have.err != 0 || to >= limit)
				return false;
			have.off = limit = to;
			continue;
		}
		if (n != pxe_rd_u8(&want) || have.err != 0)
			return false;
		if (n == 0)
			return true;
		a = pxe_rd_bytes(&have, n);
		b = pxe_rd_bytes(&want, n);
		if (a == NULL || b == NULL || memcmp(a, b, n) != 0)
			return false;
	}
}

/* Offset in list where name stands already, -1 when nowhere a pointer can reach. Every offset is
 * tried: what reads as the name is the name, wherever labels begin. */
static int find_name(struct pxe_bytes list, struct pxe_bytes name)
{
	for (size_t off = 0; off < list.len && off <= POINTER_MAX; off++) {
		if (name_is_at(list, off, name))
			return (int)off;
	}
	return -1;
}

/* Append a name, its tail as a pointer where list has it. */
static void put_compressed(struct pxe_wr *wr, struct pxe_bytes name, struct pxe_bytes list)
{
	struct pxe_rd rd = pxe_rd_init(name.p, name.len);

	while (pxe_rd_left(&rd) > 1) {
		struct pxe_bytes tail = {name.p + rd.off, name.len - rd.off};
		int at = find_name(list, tail);
		uint8_t n = 0;

		if (at >= 0) {
			pxe_wr_u16(wr, (uint16_t)(POINTER << 8 | at));
			return;
		}
		n = pxe_rd_u8(&rd);
		pxe_wr_u8(wr, n);
		pxe_wr_bytes(wr, pxe_rd_bytes(&rd, n), n);
	}
	pxe_wr_u8(wr, 0);
}

int pxe_dns_put(struct pxe_wr *wr, const char *text, bool compress, size_t base)
{
	uint8_t wire[PXE_DNS_NAME_MAX];
	int len = to_wire(text, wire);

	if (len < 0)
		return len;
	if (compress && wr->err == 0 && base < wr->len)
		put_compressed(wr, (struct pxe_bytes){wire, (size_t)len},
		    (struct pxe_bytes){wr->p + base, wr->len - base});
	else
		pxe_wr_bytes(wr, wire, (size_t)len);
	return 0;
}

static void label_text(struct pxe_text *out, const uint8_t *label, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t c = label[i];

		if (c == '.' || c == '\\') {
			pxe_text_addc(out, '\\');
			pxe_text_addc(out, (char)c);
		} else if (c > ' ' && c < 0x7f) {
			pxe_text_addc(out, (char)c);
		} else {
			pxe_text_addf(out, "\\%03u", c);
		}
	}
}

/* The labels of a name, pointers followed. Returns the offset behind it or PXE_E_SYNTAX. */
static int get_labels(struct pxe_bytes value, size_t off, struct pxe_text *out)
{
	struct pxe_rd rd = pxe_rd_init(value.p, value.len);
	size_t limit = off, end = 0, wire_len = 0;

	rd.off = off;
	for (;;) {
		uint8_t n = pxe_rd_u8(&rd);
		const uint8_t *label = NULL;

		if (n >= POINTER) {
			size_t to = (size_t)(n & ~POINTER) << 8 | pxe_rd_u8(&rd);

			/* Each jump lands before the last one: no loops (RFC 1035 4.1.4: "prior").
			 */
			if (rd.err != 0 || to >= limit)
				return PXE_E_SYNTAX;
			end = end != 0 ? end : rd.off;
			rd.off = limit = to;
			continue;
		}
		label = pxe_rd_bytes(&rd, n);
		if (label == NULL || n > PXE_DNS_LABEL_MAX || wire_len + n + 1 > PXE_DNS_NAME_MAX)
			return PXE_E_SYNTAX;
		if (n == 0)
			break;
		if (wire_len > 0)
			pxe_text_addc(out, '.');
		label_text(out, label, n);
		wire_len += (size_t)n + 1;
	}
	if (wire_len == 0)
		pxe_text_addc(out, '.');
	return (int)(end != 0 ? end : rd.off);
}

int pxe_dns_get(struct pxe_bytes value, size_t off, struct pxe_text *out)
{
	struct pxe_text before = *out;
	int end = off < value.len ? get_labels(value, off, out) : PXE_E_SYNTAX;

	if (end < 0) {
		*out = before;
		if (out->cap > 0)
			out->p[out->len] = '\0';
	}
	return end;
}
