/* SPDX-License-Identifier: BSD-2-Clause */
/* expr_func.c -- functions of expressions that yield data. */
#include <string.h>

#include "dhcpd/conf/expr_tree.h"

bool expr_copy(struct expr_ctx *c, struct pxe_bytes in, struct pxe_bytes *out, uint8_t **at)
{
	uint8_t *p = settings_alloc(c->settings, in.len + 1);

	if (p == NULL)
		return false;
	if (in.len > 0)
		memcpy(p, in.p, in.len);
	p[in.len] = 0;
	*at = p;
	*out = (struct pxe_bytes){p, in.len};
	return true;
}

static bool fold_case(const struct expr *e, struct expr_ctx *c, struct pxe_bytes *out)
{
	struct pxe_bytes in;
	uint8_t *p = NULL;

	if (!expr_data(e->arg[0], c, &in) || !expr_copy(c, in, out, &p))
		return false;
	for (size_t i = 0; i < in.len; i++) {
		if (e->op == OP_LCASE && p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (uint8_t)(p[i] + 'a' - 'A');
		else if (e->op == OP_UCASE && p[i] >= 'a' && p[i] <= 'z')
			p[i] = (uint8_t)(p[i] - ('a' - 'A'));
	}
	return true;
}

static bool substring(const struct expr *e, struct expr_ctx *c, struct pxe_bytes *out)
{
	struct pxe_bytes in;
	uint64_t off = 0, len = 0;

	if (!expr_data(e->arg[0], c, &in) || !expr_num(e->arg[1], c, &off) ||
	    !expr_num(e->arg[2], c, &len))
		return false;
	if (off >= in.len) { /* an empty value, not null */
		*out = (struct pxe_bytes){(const uint8_t *)"", 0};
		return true;
	}
	out->p = in.p + off;
	out->len = in.len - off < len ? (size_t)(in.len - off) : (size_t)len;
	return true;
}

static bool suffix(const struct expr *e, struct expr_ctx *c, struct pxe_bytes *out)
{
	struct pxe_bytes in;
	uint64_t len = 0;

	if (!expr_data(e->arg[0], c, &in) || !expr_num(e->arg[1], c, &len))
		return false;
	if (in.len > len) {
		in.p += in.len - len;
		in.len = (size_t)len;
	}
	*out = in;
	return true;
}

static bool packet(const struct expr *e, struct expr_ctx *c, struct pxe_bytes *out)
{
	uint64_t off = 0, len = 0;

	if (!expr_num(e->arg[0], c, &off) || !expr_num(e->arg[1], c, &len) || c->raw.p == NULL ||
	    off >= c->raw.len)
		return false;
	out->p = c->raw.p + off;
	out->len = c->raw.len - off < len ? (size_t)(c->raw.len - off) : (size_t)len;
	return true;
}

static bool concat(const struct expr *e, struct expr_ctx *c, struct pxe_bytes *out)
{
	struct pxe_bytes *part = settings_alloc(c->settings, (e->narg + 1) * sizeof(*part));
	size_t len = 0, at = 0;
	uint8_t *p = NULL;

	if (part == NULL)
		return false;
	for (unsigned i = 0; i < e->narg; i++) {
		if (!expr_data(e->arg[i], c, &part[i]))
			return false;
		len += part[i].len;
	}
	p = settings_alloc(c->settings, len + 1);
	if (p == NULL)
		return false;
	for (unsigned i = 0; i < e->narg; i++) {
		if (part[i].len > 0)
			memcpy(p + at, part[i].p, part[i].len);
		at += part[i].len;
	}
	*out = (struct pxe_bytes){p, len};
	return true;
}

static bool pick(const struct expr *e, struct expr_ctx *c, struct pxe_bytes *out)
{
	for (unsigned i = 0; i < e->narg; i++) {
		if (expr_data(e->arg[i], c, out))
			return true;
	}
	return false;
}

/* n-byte number at p, most significant byte first. */
uint64_t expr_number(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

static size_t put_digits(char *to, uint64_t v, unsigned base)
{
	char tmp[64];
	size_t n = 0;

	do {
		unsigned d = (unsigned)(v % base);

		tmp[n++] = (char)(d < 10 ? '0' + d : 'a' + d - 10);
		v /= base;
	} while (v > 0);
	for (size_t i = 0; i < n; i++)
		to[i] = tmp[n - 1 - i];
	return n;
}

/* Numbers of `width` bits, without leading zeros: the MAC 00:0c becomes "0:c". */
static bool binary_to_ascii(const struct expr *e, struct expr_ctx *c, struct pxe_bytes *out)
{
	uint64_t base = 0, width = 0;
	struct pxe_bytes sep, in;
	size_t step = 0, len = 0;
	char *p = NULL;

	if (!expr_num(e->arg[0], c, &base) || !expr_num(e->arg[1], c, &width) ||
	    !expr_data(e->arg[2], c, &sep) || !expr_data(e->arg[3], c, &in))
		return false;
	if (base < 2 || base > 36 || (width != 8 && width != 16 && width != 32))
		return false;
	step = (size_t)width / 8;
	if (in.len % step != 0)
		return false;
	p = settings_alloc(c->settings, in.len / step * (width + sep.len) + 1);
	if (p == NULL)
		return false;
	for (size_t i = 0; i < in.len; i += step) {
		if (i > 0 && sep.len > 0) {
			memcpy(p + len, sep.p, sep.len);
			len += sep.len;
		}
		len += put_digits(p + len, expr_number(in.p + i, step), (unsigned)base);
	}
	*out = (struct pxe_bytes){(const uint8_t *)p, len};
	return true;
}

static bool reverse(const struct expr *e, struct expr_ctx *c, struct pxe_bytes *out)
{
	uint64_t width = 0;
	struct pxe_bytes in;
	uint8_t *p = NULL;

	if (!expr_num(e->arg[0], c, &width) || !expr_data(e->arg[1], c, &in) || width == 0 ||
	    in.len % width != 0 || !expr_copy(c, in, out, &p))
		return false;
	for (size_t i = 0; i < in.len; i += width)
		memcpy(p + i, in.p + in.len - i - width, width);
	return true;
}

static bool encode_int(const struct expr *e, struct expr_ctx *c, struct pxe_bytes *out)
{
	size_t n = (size_t)e->num / 8;
	uint8_t *p = NULL;
	uint64_t v = 0;

	if (!expr_num(e->arg[0], c, &v) || (p = settings_alloc(c->settings, n)) == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
	*out = (struct pxe_bytes){p, n};
	return true;
}

static bool host(const struct expr *e, struct expr_ctx *c, struct pxe_bytes *out)
{
	const struct conf_name *name = e->host.name;
	size_t n = e->host.all ? name->naddr : name->naddr > 0;
	size_t each = name->want6 ? 16 : 4;
	struct pxe_wr wr;
	uint8_t *p = NULL;

	if (n == 0 || (p = settings_alloc(c->settings, n * each)) == NULL)
		return false;
	wr = pxe_wr_init(p, n * each);
	for (size_t i = 0; i < n; i++) {
		if (name->want6)
			pxe_wr_bytes(&wr, name->addr[i].v6.b, 16);
		else
			pxe_wr_u32(&wr, name->addr[i].v4.v);
	}
	*out = (struct pxe_bytes){p, wr.len};
	return true;
}

static bool v6relay(const struct expr *e, struct expr_ctx *c, struct pxe_bytes *out)
{
	unsigned outer = c->relay;
	uint64_t n = 0;
	bool ok = false;

	if (!expr_num(e->arg[0], c, &n))
		return false;
	c->relay = n > UINT16_MAX ? UINT16_MAX : (unsigned)n;
	ok = expr_data(e->arg[1], c, out);
	c->relay = outer;
	return ok;
}

/* The function of an operator; NULL: it is none of these. */
static bool (*const functions[OP_COUNT])(
    const struct expr *, struct expr_ctx *, struct pxe_bytes *) = {
    [OP_HOST] = host,
    [OP_PACKET] = packet,
    [OP_SUBSTRING] = substring,
    [OP_SUFFIX] = suffix,
    [OP_LCASE] = fold_case,
    [OP_UCASE] = fold_case,
    [OP_CONCAT] = concat,
    [OP_PICK] = pick,
    [OP_B2A] = binary_to_ascii,
    [OP_REVERSE] = reverse,
    [OP_ENCODE] = encode_int,
    [OP_V6RELAY] = v6relay,
};

bool expr_function(const struct expr *e, struct expr_ctx *c, struct pxe_bytes *out)
{
	return functions[e->op] != NULL && functions[e->op](e, c, out);
}
