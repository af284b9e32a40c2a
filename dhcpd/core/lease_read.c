/* SPDX-License-Identifier: BSD-2-Clause */
/* lease_read.c -- ISC's text to leases: one row of a table for each statement. */
#include <string.h>

#include "dhcpd/core/lease_text.h"
#include "dhcpd/core/lease_value.h"
#include "libpxecommon/proto/dhcp_opt.h"

/* One statement being read: the scanner stands behind its keyword. */
struct stmt_in {
	struct lease_reader *r;
	struct scan *s;
	struct lease_rec *rec;
	struct pxe_text vars, tail;
	struct pxe_wr agent;
	const char *why;
};

/* ---- statements of a lease ---- */

static bool on_starts(struct stmt_in *in)
{
	return lease_value_time(in->s, &in->rec->starts);
}

static bool on_ends(struct stmt_in *in)
{
	return lease_value_time(in->s, &in->rec->ends);
}

static bool on_tstp(struct stmt_in *in)
{
	return lease_value_time(in->s, &in->rec->tstp);
}

static bool on_cltt(struct stmt_in *in)
{
	return lease_value_time(in->s, &in->rec->cltt);
}

/* What a failover peer promised means nothing without the peer. */
static bool on_peer_time(struct stmt_in *in)
{
	int64_t unused;

	return lease_value_time(in->s, &unused);
}

static bool state_word(struct stmt_in *in, const char *word, enum lease_state *out)
{
	struct scan_tok t = scan_next(in->s);

	if (strcmp(word, "binding") != 0 && scan_is(&t, "binding"))
		t = scan_next(in->s);
	return scan_is(&t, "state") && lease_value_state(in->s, out);
}

static bool on_binding(struct stmt_in *in)
{
	return state_word(in, "binding", &in->rec->state);
}

static bool on_next(struct stmt_in *in)
{
	return state_word(in, "next", &in->rec->next);
}

static bool on_rewind(struct stmt_in *in)
{
	return state_word(in, "rewind", &in->rec->rewind);
}

static bool on_reserved(struct stmt_in *in)
{
	in->rec->reserved = true;
	return true;
}

static bool on_bootp(struct stmt_in *in)
{
	in->rec->bootp = true;
	return true;
}

static bool on_abandoned(struct stmt_in *in) /* obsolete form, before binding states */
{
	in->rec->state = LEASE_ABANDONED;
	return true;
}

static bool on_hardware(struct stmt_in *in)
{
	static const struct {
		const char *name;
		uint8_t type;
	} types[] = {{"ethernet", 1}, {"token-ring", 6}, {"fddi", 8}, {"infiniband", 32}};
	struct scan_tok t = scan_next(in->s);
	int64_t num = 0;
	size_t len = 0;

	in->rec->hw.type = 0;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (scan_is(&t, types[i].name))
			in->rec->hw.type = types[i].type;
	if (in->rec->hw.type == 0) {
		const char *p = t.p + 8;

		if (t.kind != SCAN_WORD || t.len <= 8 || pxe_memicmp(t.p, "unknown-", 8) != 0 ||
		    !lease_value_num(&p, t.p + t.len, &num) || num < 0 || num > 255)
			return false;
		in->rec->hw.type = (uint8_t)num;
	}
	t = scan_peek(in->s);
	if (scan_is_punct(&t, ';')) { /* a type alone says nothing */
		in->rec->hw.type = 0;
		return true;
	}
	t = scan_next(in->s);
	if (t.kind != SCAN_WORD ||
	    !lease_value_hex(t.p, t.len, in->rec->hw.b, PXE_HWADDR_MAX, &len))
		return false;
	in->rec->hw.len = (uint8_t)len;
	return true;
}

static bool on_uid(struct stmt_in *in)
{
	return lease_value_bytes(in->s, in->r->uid, sizeof(in->r->uid), &in->rec->uid);
}

static bool on_hostname(struct stmt_in *in)
{
	struct scan_tok t = scan_next(in->s);
	size_t n = 0;

	if (t.kind == SCAN_STRING) {
		n = scan_unescape(t.p, t.len, in->r->hostname, sizeof(in->r->hostname));
	} else if (t.kind == SCAN_WORD && t.len <= sizeof(in->r->hostname)) {
		memcpy(in->r->hostname, t.p, t.len);
		n = t.len;
	} else {
		return false;
	}
	in->rec->hostname = (struct pxe_bytes){.p = in->r->hostname, .len = n};
	return true;
}

/* An IPv4 address, a number of the definition's size, or hex bytes. */
static bool agent_word(const struct scan_tok *t, const struct pxe_opt_def *def, uint8_t *buf,
    size_t cap, size_t *out_len)
{
	char word[64];
	struct pxe_ip4 ip;
	struct pxe_wr wr = pxe_wr_init(buf, cap);
	unsigned size = def != NULL && def->nfield > 0 ? pxe_opt_type_size(def->field[0].type) : 0;
	int64_t num = 0;

	if (t->len >= sizeof(word))
		return lease_value_hex(t->p, t->len, buf, cap, out_len);
	memcpy(word, t->p, t->len);
	word[t->len] = '\0';
	if (pxe_ip4_parse(word, &ip) == 0) {
		pxe_wr_u32(&wr, ip.v);
	} else if (size > 0 && lease_value_tok_num(t, &num)) {
		for (unsigned i = size; i-- > 0;)
			pxe_wr_u8(&wr, (uint8_t)((uint64_t)num >> (8 * i)));
	} else {
		return lease_value_hex(t->p, t->len, buf, cap, out_len);
	}
	*out_len = wr.len;
	return wr.err == 0;
}

static bool on_agent(struct stmt_in *in, const struct scan_tok *name)
{
	const struct pxe_opt_space *space = pxe_opt_space_find(NULL, "agent");
	const struct pxe_opt_def *def = NULL;
	struct scan_tok t = {0};
	uint8_t buf[LEASE_AGENT_MAX];
	char word[64];
	uint32_t code = 0;
	size_t n = 0;

	if (name->len - 6 >= sizeof(word))
		return false;
	memcpy(word, name->p + 6, name->len - 6);
	word[name->len - 6] = '\0';
	def = pxe_opt_by_name(NULL, space, word);
	if (def != NULL)
		code = def->code;
	else if (!pxe_opt_unknown_code(space, word, &code))
		return false;
	t = scan_next(in->s);
	if (t.kind == SCAN_STRING)
		n = scan_unescape(t.p, t.len, buf, sizeof(buf));
	else if (t.kind != SCAN_WORD && !scan_is_punct(&t, ';'))
		return false;
	else if (t.kind == SCAN_WORD && !agent_word(&t, def, buf, sizeof(buf), &n))
		return false;
	pxe_opt_tlv_put(&in->agent, space, code, buf, n);
	if (scan_is_punct(&t, ';')) /* no value: the caller wants its ';' again */
		in->s->off = t.start;
	return in->agent.err == 0;
}

/* Keep a whole statement as text: its lines as they are, indented like our own. */
static bool keep(struct stmt_in *in, struct pxe_text *to, size_t from, size_t end)
{
	size_t before = to->len;

	pxe_text_add(to, "  ");
	pxe_text_addn(to, in->s->p + from, end - from);
	pxe_text_addc(to, '\n');
	if (to->truncated) {
		to->len = before;
		to->p[before] = '\0';
		to->truncated = false;
		in->why = "more statements than a lease can hold";
		return false;
	}
	return true;
}

static const struct {
	const char *word;
	bool (*read)(struct stmt_in *in);
} statements[] = {
    {"starts", on_starts},
    {"ends", on_ends},
    {"tstp", on_tstp},
    {"tsfp", on_peer_time},
    {"atsfp", on_peer_time},
    {"cltt", on_cltt},
    {"binding", on_binding},
    {"next", on_next},
    {"rewind", on_rewind},
    {"reserved", on_reserved},
    {"dynamic-bootp", on_bootp},
    {"abandoned", on_abandoned},
    {"hardware", on_hardware},
    {"uid", on_uid},
    {"client-hostname", on_hostname},
};

/* One statement; t is its first token, already taken. */
static bool read_statement(struct stmt_in *in, const struct scan_tok *t)
{
	struct scan_tok next = {0};

	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		if (!scan_is(t, statements[i].word))
			continue;
		if (!statements[i].read(in))
			return false;
		next = scan_next(in->s);
		return scan_is_punct(&next, ';');
	}
	next = scan_peek(in->s);
	if (scan_is(t, "option") && next.kind == SCAN_WORD && next.len > 6 &&
	    pxe_memicmp(next.p, "agent.", 6) == 0) {
		(void)scan_next(in->s);
		if (!on_agent(in, &next))
			return false;
		next = scan_next(in->s);
		return scan_is_punct(&next, ';');
	}
	if (t->kind != SCAN_WORD || !scan_statement(in->s))
		return false;
	return keep(in, scan_is(t, "set") ? &in->vars : &in->tail, t->start, in->s->off);
}

static bool read_body(struct stmt_in *in)
{
	for (;;) {
		struct scan before = *in->s;
		struct scan_tok t = scan_next(in->s);

		if (scan_is_punct(&t, '}'))
			return true;
		if (t.line_start && scan_is_entry(&t)) {
			*in->s = before;
			in->why = "the lease ends without \"}\"";
			return false;
		}
		if (!read_statement(in, &t)) {
			if (in->why == NULL)
				in->why = "malformed statement in a lease";
			return false;
		}
	}
}

static void defaults(struct lease_rec *rec)
{
	enum { UNSAID = LEASE_STATE_COUNT };

	memset(rec, 0, sizeof(*rec));
	rec->state = rec->next = rec->rewind = (enum lease_state)UNSAID;
}

/* A lease without `binding state` is from before there were states: active until it ends. */
static void settle(struct lease_rec *rec)
{
	if (rec->state >= LEASE_STATE_COUNT)
		rec->state = rec->hw.len > 0 || rec->uid.len > 0 ? LEASE_ACTIVE : LEASE_FREE;
	if (rec->next >= LEASE_STATE_COUNT)
		rec->next = rec->state;
	if (rec->rewind >= LEASE_STATE_COUNT)
		rec->rewind = rec->state;
}

static bool read_lease(struct lease_reader *r, struct lease_entry *out)
{
	struct stmt_in in = {
	    .r = r,
	    .s = &r->scan,
	    .rec = &out->rec,
	    .vars = pxe_text_init(r->vars, sizeof(r->vars)),
	    .tail = pxe_text_init(r->tail, sizeof(r->tail)),
	    .agent = pxe_wr_init(r->agent, sizeof(r->agent)),
	};
	struct scan_tok t = scan_next(&r->scan);
	char word[PXE_IP4_STRLEN];

	defaults(&out->rec);
	out->why = "an address and \"{\" must follow \"lease\"";
	if (t.kind != SCAN_WORD || t.len >= sizeof(word))
		return false;
	memcpy(word, t.p, t.len);
	word[t.len] = '\0';
	if (pxe_ip4_parse(word, &out->rec.ip) != 0)
		return false;
	t = scan_next(&r->scan);
	if (!scan_is_punct(&t, '{'))
		return false;
	if (!read_body(&in)) {
		out->why = in.why;
		return false;
	}
	settle(&out->rec);
	out->rec.agent = (struct pxe_bytes){.p = r->agent, .len = in.agent.len};
	out->rec.vars = (struct pxe_bytes){.p = (uint8_t *)r->vars, .len = in.vars.len};
	out->rec.tail = (struct pxe_bytes){.p = (uint8_t *)r->tail, .len = in.tail.len};
	out->why = NULL;
	return true;
}

/* ---- entries ---- */

void lease_reader_init(struct lease_reader *r, const char *text, size_t len)
{
	r->scan = scan_init(text, len);
	r->swapped = false;
}

/* What the numbers in keys of identity associations are to be read by. */
static void take_byte_order(struct lease_reader *r)
{
	const uint16_t one = 1;
	bool is_little = *(const uint8_t *)&one == 1;
	struct scan_tok t = scan_peek(&r->scan);

	if (scan_is(&t, "little-endian") || scan_is(&t, "big-endian"))
		r->swapped = scan_is(&t, "little-endian") != is_little;
}

static bool read_ia(struct lease_reader *r, const struct scan_tok *first, enum lease6_kind kind,
    struct lease_entry *out)
{
	struct scan_tok name = scan_peek(&r->scan);

	out->key = (struct pxe_bytes){
	    .p = (const uint8_t *)r->scan.p + first->start, .len = name.end - first->start};
	out->ia = &r->ia.rec;
	if (!lease6_read(&r->ia, &r->scan, kind, r->swapped, &out->why))
		return false;
	out->why = NULL;
	return true;
}

/* Keyword and name, up to '{' or ';': what a later entry is compared by. */
static bool read_other(
    struct lease_reader *r, const struct scan_tok *first, struct lease_entry *out)
{
	struct scan_tok t = scan_peek(&r->scan);
	size_t end = t.kind == SCAN_WORD || t.kind == SCAN_STRING ? t.end : first->end;

	/* subclass "class" "value" and failover peer "name" need two */
	if (scan_is(first, "subclass") || scan_is(first, "failover")) {
		struct scan ahead = r->scan;

		(void)scan_next(&ahead);
		t = scan_peek(&ahead);
		if (t.kind == SCAN_WORD || t.kind == SCAN_STRING)
			end = t.end;
	}
	if (scan_is(first, "server-duid") || scan_is(first, "authoring-byte-order"))
		end = first->end; /* its word is the value */
	out->why = "the entry ends without \";\" or \"}\"";
	if (!scan_statement(&r->scan))
		return false;
	out->key = (struct pxe_bytes){
	    .p = (const uint8_t *)r->scan.p + first->start, .len = end - first->start};
	out->why = NULL;
	return true;
}

void lease_reader_next(struct lease_reader *r, struct lease_entry *out)
{
	struct scan_tok t = scan_next(&r->scan);
	size_t start = t.start;
	enum lease6_kind kind = LEASE6_NA;
	bool good = false;

	memset(out, 0, sizeof(*out));
	out->line = t.line;
	if (t.kind == SCAN_END)
		return;
	if (scan_is(&t, "lease")) {
		out->kind = LEASE_ENTRY_LEASE;
		good = read_lease(r, out);
	} else if (lease6_kind_of(&t, &kind)) {
		out->kind = LEASE_ENTRY_IA;
		good = read_ia(r, &t, kind, out);
	} else if (scan_is_entry(&t)) {
		if (scan_is(&t, "authoring-byte-order"))
			take_byte_order(r);
		out->kind = LEASE_ENTRY_OTHER;
		good = read_other(r, &t, out);
	} else {
		out->why = "not an entry of a lease file";
	}
	if (!good) {
		/* from its first word on: what was read of it may have been the next one's */
		out->kind = LEASE_ENTRY_DAMAGE;
		r->scan.off = t.end;
		r->scan.line = t.line;
		scan_resync(&r->scan);
		out->torn = r->scan.off == r->scan.len;
	}
	out->text =
	    (struct pxe_bytes){.p = (const uint8_t *)r->scan.p + start, .len = r->scan.off - start};
}

bool lease_vars_find(struct pxe_bytes vars, const char *name, struct pxe_bytes *out_text)
{
	struct scan s = scan_init((const char *)vars.p, vars.len);

	for (;;) {
		struct scan_tok t = scan_next(&s), id = {0};
		size_t from = 0;

		if (t.kind == SCAN_END)
			return false;
		id = scan_next(&s);
		t = scan_next(&s); /* '=' */
		from = scan_peek(&s).start;
		if (!scan_statement(&s))
			return false;
		if (scan_is(&id, name) && scan_is_punct(&t, '=')) {
			*out_text = (struct pxe_bytes){.p = vars.p + from, .len = s.off - 1 - from};
			return true;
		}
	}
}
