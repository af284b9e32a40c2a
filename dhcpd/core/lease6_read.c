/* SPDX-License-Identifier: BSD-2-Clause */
/* lease6_read.c -- ISC's text to identity associations. */
#include <string.h>

#include "dhcpd/core/lease6_text.h"
#include "dhcpd/core/lease_value.h"

enum { STATEMENTS_ALL = 0xf };

/* One address or prefix being read. */
struct lease6_in {
	struct scan *s;
	struct lease6_rec *rec;
	struct pxe_text *extra; /* of the whole entry */
	unsigned seen;          /* bits of statements[] */
	const char *why;
};

/* ---- statements of an address ---- */

static bool on_binding(struct lease6_in *in)
{
	struct scan_tok t = scan_next(in->s);
	enum lease_state state = LEASE_FREE;

	if (!scan_is(&t, "state") || !lease_value_state(in->s, &state))
		return false;
	in->rec->state = (uint8_t)state;
	return true;
}

static bool life(struct lease6_in *in, uint32_t *out)
{
	struct scan_tok t = scan_next(in->s);
	int64_t v = 0;

	if (!lease_value_tok_num(&t, &v) || v < 0 || v > UINT32_MAX)
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool on_preferred(struct lease6_in *in)
{
	return life(in, &in->rec->preferred_s);
}

static bool on_max(struct lease6_in *in)
{
	return life(in, &in->rec->valid_s);
}

static bool on_ends(struct lease6_in *in)
{
	return lease_value_time(in->s, &in->rec->ends);
}

static const struct {
	const char *word;
	bool (*read)(struct lease6_in *in);
} statements[] = {
    {"binding", on_binding},
    {"preferred-life", on_preferred},
    {"max-life", on_max},
    {"ends", on_ends},
};

static bool semicolon(struct scan *s)
{
	struct scan_tok t = scan_next(s);

	return scan_is_punct(&t, ';');
}

/* A whole statement from its first token on, as struct lease_rec has it: what follows its first
 * line loses the two blanks by which an address is deeper than a lease. */
static void copy_lines(struct pxe_text *to, const char *p, const char *end)
{
	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		const char *next = nl != NULL ? nl + 1 : end;

		pxe_text_addn(to, p, (size_t)(next - p));
		for (int i = 0; i < 2 && next < end && *next == ' '; i++)
			next++;
		p = next;
	}
}

static bool keep(struct lease6_in *in, const struct scan_tok *first, struct pxe_bytes *to)
{
	struct pxe_text *x = in->extra;
	size_t from = x->len;

	pxe_text_add(x, "  ");
	copy_lines(x, in->s->p + first->start, in->s->p + in->s->off);
	pxe_text_addc(x, '\n');
	if (x->truncated) {
		in->why = "more statements than an address can hold";
		return false;
	}
	/* the kept ones of an address stand in a row, variables first as they are written */
	if (to->len == 0)
		to->p = (const uint8_t *)x->p + from;
	to->len += x->len - from;
	return true;
}

static bool read_statement(struct lease6_in *in, const struct scan_tok *t)
{
	for (unsigned i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		if (!scan_is(t, statements[i].word))
			continue;
		in->seen |= 1u << i;
		return statements[i].read(in) && semicolon(in->s);
	}
	if (t->kind != SCAN_WORD || !scan_statement(in->s))
		return false;
	if (scan_is(t, "set") && in->rec->tail.len == 0)
		return keep(in, t, &in->rec->vars);
	return keep(in, t, &in->rec->tail);
}

/* "A {" of iaaddr, "A/L {" of iaprefix. */
static bool read_head(struct lease6_in *in, bool is_prefix)
{
	struct scan_tok t = scan_next(in->s);
	char word[PXE_PREFIX_STRLEN];
	struct pxe_prefix prefix;

	if (t.kind != SCAN_WORD || t.len >= sizeof(word))
		return false;
	memcpy(word, t.p, t.len);
	word[t.len] = '\0';
	if (pxe_prefix_parse(word, &prefix) != 0 || prefix.ip.family != 6 ||
	    (memchr(word, '/', t.len) != NULL) != is_prefix)
		return false;
	in->rec->ip = prefix.ip.v6;
	in->rec->len = is_prefix ? prefix.len : 128;
	t = scan_next(in->s);
	return scan_is_punct(&t, '{');
}

static bool read_lease(struct lease6_in *in, bool is_prefix)
{
	memset(in->rec, 0, sizeof(*in->rec));
	if (!read_head(in, is_prefix)) {
		in->why = is_prefix ? "a prefix and \"{\" must follow \"iaprefix\""
				    : "an address and \"{\" must follow \"iaaddr\"";
		return false;
	}
	for (;;) {
		struct scan_tok t = scan_next(in->s);

		if (scan_is_punct(&t, '}'))
			break;
		if ((t.line_start && scan_is_entry(&t)) || !read_statement(in, &t)) {
			if (in->why == NULL)
				in->why = "malformed statement in an address";
			return false;
		}
	}
	if (in->seen != STATEMENTS_ALL) {
		in->why = "an address without its state, lifetimes or end";
		return false;
	}
	return true;
}

/* ---- the entry ---- */

static uint32_t swap32(uint32_t v)
{
	return v << 24 | (v & 0xff00) << 8 | (v >> 8 & 0xff00) | v >> 24;
}

static bool read_key(struct ia6_reader *r, struct scan *s, bool swapped)
{
	struct pxe_bytes key;
	struct scan_tok t = {0};

	if (!lease_value_bytes(s, r->key, sizeof(r->key), &key) || key.len <= sizeof(r->rec.iaid))
		return false;
	memcpy(&r->rec.iaid, key.p, sizeof(r->rec.iaid));
	if (swapped)
		r->rec.iaid = swap32(r->rec.iaid);
	r->rec.duid = (struct pxe_bytes){
	    .p = key.p + sizeof(r->rec.iaid), .len = key.len - sizeof(r->rec.iaid)};
	t = scan_next(s);
	return scan_is_punct(&t, '{');
}

bool lease6_read(
    struct ia6_reader *r, struct scan *s, enum lease6_kind kind, bool swapped, const char **out_why)
{
	struct pxe_text extra = pxe_text_init(r->extra, sizeof(r->extra));
	const char *word = kind == LEASE6_PD ? "iaprefix" : "iaaddr";

	memset(&r->rec, 0, offsetof(struct ia6_rec, v));
	r->rec.kind = kind;
	*out_why = "an IAID with a DUID and \"{\" must follow the keyword";
	if (!read_key(r, s, swapped))
		return false;
	for (;;) {
		struct scan_tok t = scan_next(s);
		struct lease6_in in = {.s = s, .extra = &extra};

		if (scan_is_punct(&t, '}'))
			return true;
		*out_why = "malformed statement in an identity association";
		if (t.line_start && scan_is_entry(&t))
			return false;
		if (scan_is(&t, "cltt")) {
			if (!lease_value_time(s, &r->rec.cltt) || !semicolon(s))
				return false;
		} else if (scan_is(&t, word)) {
			if (r->rec.n == LEASE6_PER_IA_MAX) {
				*out_why = "more addresses than an identity association can hold";
				return false;
			}
			in.rec = &r->rec.v[r->rec.n++];
			if (!read_lease(&in, kind == LEASE6_PD)) {
				*out_why = in.why;
				return false;
			}
		} else if (t.kind != SCAN_WORD || scan_is(&t, "iaaddr") ||
			   scan_is(&t, "iaprefix") || !scan_statement(s)) {
			return false; /* also the one kind inside the other */
		}
	}
}

bool lease6_text_server_duid(struct pxe_bytes entry, uint8_t *buf, size_t cap, size_t *out_len)
{
	struct scan s = scan_init((const char *)entry.p, entry.len);
	struct scan_tok t = scan_next(&s);
	struct pxe_bytes duid;

	if (!scan_is(&t, "server-duid") || !lease_value_bytes(&s, buf, cap, &duid))
		return false;
	*out_len = duid.len;
	return true;
}
