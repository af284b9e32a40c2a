/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_opt_value.c -- the bytes of an option against its definition: check, and as text.
 *
 * Both are the same walk over fields and bytes; text comes out only when somewhere to put it is
 * given. So what passes the check prints, and nothing else does. The text is what ISC dhcpd 4.4
 * and dhclient write into lease files, and reads back to the same bytes.
 */
#include <string.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/proto/dhcp_opt.h"
#include "libpxecommon/proto/dhcp_opt_table.h"

struct walk {
	const struct pxe_opt_registry *reg;
	const struct pxe_opt_def *def;
	struct pxe_rd rd;     /* over the value */
	struct pxe_text *out; /* NULL: check only */
};

/* ---- text of bytes ---- */

static bool is_printable(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] < ' ' || p[i] > '~')
			return false;
	}
	return true;
}

/* A string constant as the configuration's lexer reads it, with ISC's choice of what to escape. */
static void quoted_text(struct pxe_text *out, const void *p, size_t n)
{
	const uint8_t *c = p;

	pxe_text_addc(out, '"');
	for (size_t i = 0; i < n; i++) {
		if (c[i] < ' ' || c[i] > '~') {
			pxe_text_addf(out, "\\%03o", c[i]);
			continue;
		}
		if (strchr("\"'$`\\", c[i]) != NULL)
			pxe_text_addc(out, '\\');
		pxe_text_addc(out, (char)c[i]);
	}
	pxe_text_addc(out, '"');
}

/* 6:0:1, without leading zeros as ISC has it; nothing at all would not read back. */
static void hex_text(struct pxe_text *out, const uint8_t *p, size_t n)
{
	if (n == 0)
		pxe_text_add(out, "\"\"");
	for (size_t i = 0; i < n; i++)
		pxe_text_addf(out, i > 0 ? ":%x" : "%x", p[i]);
}

static void string_text(struct pxe_text *out, const uint8_t *p, size_t n)
{
	if (is_printable(p, n))
		quoted_text(out, p, n);
	else
		hex_text(out, p, n);
}

/* ---- one field ---- */

static int end_of_read(const struct walk *w)
{
	return w->rd.err != 0 ? PXE_E_SYNTAX : 0;
}

static int visit_address(struct walk *w, enum pxe_opt_type type)
{
	struct pxe_ip ip = {.family = type == PXE_OPT_IP4 ? 4 : 6};
	char buf[PXE_IP_STRLEN];

	if (type == PXE_OPT_IP4)
		ip.v4.v = pxe_rd_u32(&w->rd);
	else
		pxe_rd_copy(&w->rd, ip.v6.b, sizeof(ip.v6.b));
	if (w->rd.err == 0 && w->out != NULL)
		pxe_text_add(w->out, pxe_ip_str(&ip, buf));
	return end_of_read(w);
}

static uint32_t read_number(struct pxe_rd *rd, unsigned width)
{
	return width == 1 ? pxe_rd_u8(rd) : width == 2 ? pxe_rd_u16(rd) : pxe_rd_u32(rd);
}

static int visit_number(struct walk *w, enum pxe_opt_type type)
{
	uint32_t v = read_number(&w->rd, pxe_opt_type_size(type));
	int64_t n = v;

	if (type == PXE_OPT_S8)
		n = (int8_t)v;
	else if (type == PXE_OPT_S16)
		n = (int16_t)v;
	else if (type == PXE_OPT_S32)
		n = (int32_t)v;
	if (w->rd.err == 0 && w->out != NULL)
		pxe_text_addf(w->out, "%lld", (long long)n);
	return end_of_read(w);
}

static int visit_bool(struct walk *w)
{
	uint8_t v = pxe_rd_u8(&w->rd);

	if (v > 1)
		return PXE_E_RANGE;
	if (w->rd.err == 0 && w->out != NULL)
		pxe_text_add(w->out, v != 0 ? "true" : "false");
	return end_of_read(w);
}

static int visit_enum(struct walk *w, const struct pxe_opt_field *field)
{
	uint32_t v = read_number(&w->rd, field->width);

	for (const struct pxe_opt_word *word = field->word; w->rd.err == 0 && word->name != NULL;
	     word++) {
		if (word->value != v)
			continue;
		if (w->out != NULL)
			pxe_text_add(w->out, word->name);
		return 0;
	}
	return w->rd.err != 0 ? PXE_E_SYNTAX : PXE_E_RANGE;
}

/* Text ends with the value, or with one NUL that some clients and servers add to it. */
static int visit_text(struct walk *w)
{
	size_t n = pxe_rd_left(&w->rd);
	const uint8_t *p = pxe_rd_bytes(&w->rd, n);

	if (n > 0 && p[n - 1] == '\0')
		n--;
	if (w->out != NULL)
		quoted_text(w->out, p, n);
	return 0;
}

static int visit_string(struct walk *w)
{
	size_t n = pxe_rd_left(&w->rd);
	const uint8_t *p = pxe_rd_bytes(&w->rd, n);

	if (w->out != NULL)
		string_text(w->out, p, n);
	return 0;
}

/* Options of another space: a whole sequence of them, when we know how they are laid out. */
static int visit_encapsulated(struct walk *w)
{
	const struct pxe_opt_space *space =
	    w->def->encap != NULL ? pxe_opt_space_find(w->reg, w->def->encap) : NULL;
	struct pxe_rd inner = w->rd;
	struct pxe_opt_tlv tlv;

	if (space != NULL && !space->is_virtual) {
		while (pxe_opt_tlv_next(&inner, space, &tlv))
			;
		if (inner.err != 0)
			return PXE_E_SYNTAX;
	}
	return visit_string(w);
}

/* Does the name at off of the value end without a compression pointer? */
static bool is_plain_name(const struct pxe_rd *value, size_t off)
{
	struct pxe_rd rd = *value;
	uint8_t n = 0;

	rd.off = off;
	while ((n = pxe_rd_u8(&rd)) != 0) {
		if (n > PXE_DNS_LABEL_MAX)
			return false;
		pxe_rd_skip(&rd, n);
	}
	return rd.err == 0;
}

/* One name. In a list it is quoted, alone it is not; the dot at its end says that it is whole. */
static int visit_name(struct walk *w, enum pxe_opt_type type)
{
	char buf[PXE_DNS_TEXT_MAX + 2];
	struct pxe_text name = pxe_text_init(buf, sizeof(buf));
	size_t start = w->rd.off;
	int end = pxe_dns_get((struct pxe_bytes){w->rd.p, w->rd.len}, start, &name);

	if (end < 0)
		return PXE_E_SYNTAX;
	if (type != PXE_OPT_DOMAINS_COMPRESSED && !is_plain_name(&w->rd, start))
		return PXE_E_SYNTAX;
	w->rd.off = (size_t)end;
	if (w->out == NULL)
		return 0;
	if (strcmp(buf, ".") != 0)
		pxe_text_addc(&name, '.');
	if (type == PXE_OPT_DOMAIN)
		pxe_text_add(w->out, buf);
	else
		quoted_text(w->out, buf, name.len);
	return 0;
}

static int visit_names(struct walk *w, enum pxe_opt_type type)
{
	int err = visit_name(w, type);

	while (err == 0 && pxe_rd_left(&w->rd) > 0) {
		if (w->out != NULL)
			pxe_text_add(w->out, ", ");
		err = visit_name(w, type);
	}
	return err;
}

static int visit_field(struct walk *w, const struct pxe_opt_field *field)
{
	switch (field->type) {
	case PXE_OPT_IP4:
	case PXE_OPT_IP6:
		return visit_address(w, field->type);
	case PXE_OPT_TEXT:
		return visit_text(w);
	case PXE_OPT_STRING:
		return visit_string(w);
	case PXE_OPT_U8:
	case PXE_OPT_U16:
	case PXE_OPT_U32:
	case PXE_OPT_S8:
	case PXE_OPT_S16:
	case PXE_OPT_S32:
		return visit_number(w, field->type);
	case PXE_OPT_BOOL:
		return visit_bool(w);
	case PXE_OPT_DOMAIN:
		return visit_name(w, field->type);
	case PXE_OPT_DOMAINS:
	case PXE_OPT_DOMAINS_COMPRESSED:
		return visit_names(w, field->type);
	case PXE_OPT_ZEROLEN:
		return 0;
	case PXE_OPT_ENUM:
		return visit_enum(w, field);
	case PXE_OPT_ENCAPSULATE:
		return visit_encapsulated(w);
	}
	return PXE_E_UNSUPPORTED;
}

/* ---- a value ---- */

/* Fields from the first to the last, less those that may be missing and are. */
static int visit_record(struct walk *w)
{
	for (unsigned i = 0; i < w->def->nfield; i++) {
		const struct pxe_opt_field *field = &w->def->field[i];
		int err = 0;

		if (field->optional && pxe_rd_left(&w->rd) == 0)
			return 0;
		if (i > 0 && w->out != NULL)
			pxe_text_addc(w->out, ' ');
		err = visit_field(w, field);
		if (err != 0)
			return err;
	}
	return 0;
}

/* One more turn of whatever repeats. */
static int visit_repeated(struct walk *w)
{
	if (w->def->array == PXE_OPT_ARRAY_LAST)
		return visit_field(w, &w->def->field[w->def->nfield - 1]);
	return visit_record(w);
}

static int visit_value(struct walk *w)
{
	int err = 0;

	if (w->def->nfield == 0)
		return PXE_E_UNSUPPORTED;
	err = visit_record(w);
	while (err == 0 && w->def->array != PXE_OPT_SINGLE && pxe_rd_left(&w->rd) > 0) {
		if (w->out != NULL)
			pxe_text_addc(w->out, ',');
		err = visit_repeated(w);
	}
	if (err == 0 && pxe_rd_left(&w->rd) > 0)
		err = PXE_E_SYNTAX;
	return err;
}

/* No bytes may be a NULL pointer; the walk wants one that it can add 0 to. */
static struct walk begin(const struct pxe_opt_registry *reg, const struct pxe_opt_def *def,
    struct pxe_bytes value, struct pxe_text *out)
{
	struct pxe_rd rd = value.len > 0 ? pxe_rd_init(value.p, value.len) : pxe_rd_init("", 0);

	return (struct walk){.reg = reg, .def = def, .rd = rd, .out = out};
}

int pxe_opt_check(
    const struct pxe_opt_registry *reg, const struct pxe_opt_def *def, struct pxe_bytes value)
{
	struct walk w = begin(reg, def, value, NULL);

	return visit_value(&w);
}

void pxe_opt_text(const struct pxe_opt_registry *reg, const struct pxe_opt_def *def,
    struct pxe_bytes value, struct pxe_text *out)
{
	struct walk w = begin(reg, def, value, out);

	if (def == NULL)
		string_text(out, value.p, value.len);
	else if (pxe_opt_check(reg, def, value) != 0)
		hex_text(out, value.p, value.len);
	else
		(void)visit_value(&w);
}

/* ---- types ---- */

static const struct type_row {
	enum pxe_opt_type type;
	const char *word; /* in configurations */
	unsigned size;    /* bytes, where they are always the same number */
} type_rows[] = {
    {PXE_OPT_IP4, "ip-address", 4},
    {PXE_OPT_IP6, "ip6-address", 16},
    {PXE_OPT_TEXT, "text", 0},
    {PXE_OPT_STRING, "string", 0},
    {PXE_OPT_U8, "unsigned integer 8", 1},
    {PXE_OPT_U16, "unsigned integer 16", 2},
    {PXE_OPT_U32, "unsigned integer 32", 4},
    {PXE_OPT_S8, "signed integer 8", 1},
    {PXE_OPT_S16, "signed integer 16", 2},
    {PXE_OPT_S32, "signed integer 32", 4},
    {PXE_OPT_BOOL, "boolean", 1},
    {PXE_OPT_DOMAIN, "domain-name", 0},
    {PXE_OPT_DOMAINS, "domain-list", 0},
    {PXE_OPT_DOMAINS_COMPRESSED, "domain-list compressed", 0},
    {PXE_OPT_ZEROLEN, "zerolen", 0},
    {PXE_OPT_ENUM, "enum", 0},
    {PXE_OPT_ENCAPSULATE, "encapsulate", 0},
};

static const struct type_row *type_row(enum pxe_opt_type type)
{
	for (size_t i = 0; i < sizeof(type_rows) / sizeof(type_rows[0]); i++) {
		if (type_rows[i].type == type)
			return &type_rows[i];
	}
	return NULL;
}

unsigned pxe_opt_type_size(enum pxe_opt_type type)
{
	const struct type_row *row = type_row(type);

	return row != NULL ? row->size : 0;
}

/* Built-in enums have names; configurations cannot define any. */
static const char *enum_name(const struct pxe_opt_word *word)
{
	for (size_t i = 0; i < pxe_opt_table.nenum; i++) {
		if (pxe_opt_table.enums[i].word == word)
			return pxe_opt_table.enums[i].name;
	}
	return NULL;
}

static void field_type_text(
    const struct pxe_opt_def *def, const struct pxe_opt_field *field, struct pxe_text *out)
{
	const struct type_row *row = type_row(field->type);
	const char *more = NULL;

	if (field->optional)
		pxe_text_add(out, "optional ");
	pxe_text_add(out, row != NULL ? row->word : "unknown");
	if (field->type == PXE_OPT_ENCAPSULATE)
		more = def->encap;
	else if (field->type == PXE_OPT_ENUM)
		more = enum_name(field->word);
	if (more != NULL) {
		pxe_text_addc(out, ' ');
		pxe_text_add(out, more);
	}
}

void pxe_opt_type_text(const struct pxe_opt_def *def, struct pxe_text *out)
{
	if (def->nfield == 0)
		pxe_text_add(out, "none");
	if (def->array == PXE_OPT_ARRAY_RECORD)
		pxe_text_add(out, "array of ");
	if (def->nfield > 1)
		pxe_text_add(out, "{ ");
	for (unsigned i = 0; i < def->nfield; i++) {
		if (i > 0)
			pxe_text_add(out, ", ");
		if (def->array == PXE_OPT_ARRAY_LAST && i == def->nfield - 1U)
			pxe_text_add(out, "array of ");
		field_type_text(def, &def->field[i], out);
	}
	if (def->nfield > 1)
		pxe_text_add(out, " }");
}
