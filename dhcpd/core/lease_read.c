/* SPDX-License-Identifier: BSD-2-Clause */
/* lease_read.c -- ISC's text to leases: one row of a table for each statement. */
#include <string.h>

#include "dhcpd/core/lease_text.h"
#include "dhcpd/core/lease_time.h"
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

/* ---- values ---- */

static bool read_num(const char **p, const char *end, int64_t *out)
{
	int64_t v = 0;
	const char *at = *p;
	bool minus = at < end && *at == '-';

	if (minus)
		at++;
	if (at == end || *at < '0' || *at > '9')
		return false;
	for (; at < end && *at >= '0' && *at <= '9'; at++) {
		if (v > INT64_C(100000000000))
			return false;
		v = v * 10 + (*at - '0');
	}
	*p = at;
	*out = minus ? -v : v;
	return true;
}

static bool tok_num(const struct scan_tok *t, int64_t *out)
{
	const char *p = t->p;

	return t->kind == SCAN_WORD && read_num(&p, t->p + t->len, out) && p == t->p + t->len;
}

/* n numbers joined by sep: a date or a time of day. */
static bool tok_parts(const struct scan_tok *t, char sep, int64_t v[3])
{
	const char *p = t->p, *end = t->p + t->len;

	if (t->kind != SCAN_WORD)
		return false;
	for (int i = 0; i < 3; i++) {
		if (!read_num(&p, end, &v[i]))
			return false;
		if (i < 2 && (p == end || *p++ != sep))
			return false;
	}
	return p == end;
}

static bool in_range(int64_t v, int64_t lo, int64_t hi)
{
	return v >= lo && v <= hi;
}

/* "W YYYY/MM/DD HH:MM:SS [offset]", "epoch N" or "never"; the ';' is left. */
static bool read_time(struct scan *s, int64_t *out)
{
	struct scan_tok t = scan_next(s), next = {0};
	int64_t d[3], c[3], offset = 0;

	if (scan_is(&t, "never")) {
		*out = LEASE_NEVER;
		return true;
	}
	if (scan_is(&t, "epoch")) {
		t = scan_next(s);
		return tok_num(&t, out);
	}
	t = scan_next(s); /* the day of the week is not looked at */
	if (!tok_parts(&t, '/', d))
		return false;
	t = scan_next(s);
	if (!tok_parts(&t, ':', c) || !in_range(d[0], 1970, 9999) || !in_range(d[1], 1, 12) ||
	    !in_range(d[2], 1, 31) || !in_range(c[0], 0, 23) || !in_range(c[1], 0, 59) ||
	    !in_range(c[2], 0, 60))
		return false;
	next = scan_peek(s);
	if (tok_num(&next, &offset))
		(void)scan_next(s);
	*out = lease_date_seconds(&(struct lease_date){.year = d[0],
		   .month = (int)d[1],
		   .day = (int)d[2],
		   .hour = (int)c[0],
		   .min = (int)c[1],
		   .sec = (int)c[2]}) +
	       offset;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Hex bytes of one or two digits joined by ':'. */
static bool read_hex(const char *p, size_t len, uint8_t *out, size_t cap, size_t *out_len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; n++) {
		int hi = hex_digit(p[i++]);
		int lo = i < len ? hex_digit(p[i]) : -1;

		if (hi < 0 || n == cap)
			return false;
		if (lo >= 0)
			i++;
		out[n] = (uint8_t)(lo >= 0 ? hi * 16 + lo : hi);
		if (i < len && (p[i++] != ':' || i == len))
			return false;
	}
	*out_len = n;
	return n > 0;
}

/* A string or hex bytes. */
static bool read_bytes(struct scan *s, uint8_t *buf, size_t cap, struct pxe_bytes *out)
{
	struct scan_tok t = scan_next(s);
	size_t n = 0;

	if (t.kind == SCAN_STRING)
		n = scan_unescape(t.p, t.len, buf, cap);
	else if (t.kind != SCAN_WORD || !read_hex(t.p, t.len, buf, cap, &n))
		return false;
	*out = (struct pxe_bytes){.p = buf, .len = n};
	return true;
}

static bool read_state(struct scan *s, enum lease_state *out)
{
	struct scan_tok t = scan_next(s);

	for (unsigned i = 0; i < LEASE_STATE_COUNT; i++) {
		if (scan_is(&t, lease_state_name((enum lease_state)i))) {
			*out = (enum lease_state)i;
			return true;
		}
	}
	return false;
}

/* ---- statements of a lease ---- */

static bool on_starts(struct stmt_in *in)
{
	return read_time(in->s, &in->rec->starts);
}

static bool on_ends(struct stmt_in *in)
{
	return read_time(in->s, &in->rec->ends);
}

static bool on_tstp(struct stmt_in *in)
{
	return read_time(in->s, &in->rec->tstp);
}

static bool on_cltt(struct stmt_in *in)
{
	return read_time(in->s, &in->rec->cltt);
}

/* What a failover peer promised means nothing without the peer. */
static bool on_peer_time(struct stmt_in *in)
{
	int64_t unused;

	return read_time(in->s, &unused);
}

static bool state_word(struct stmt_in *in, const char *word, enum lease_state *out)
{
	struct scan_tok t = scan_next(in->s);

	if (strcmp(word, "binding") != 0 && scan_is(&t, "binding"))
		t = scan_next(in->s);
	return scan_is(&t, "state") && read_state(in->s, out);
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
		    !read_num(&p, t.p + t.len, &num) || num < 0 || num > 255)
			return false;
		in->rec->hw.type = (uint8_t)num;
	}
	t = scan_peek(in->s);
	if (scan_is_punct(&t, ';')) { /* a type alone says nothing */
		in->rec->hw.type = 0;
		return true;
	}
	t = scan_next(in->s);
	if (t.kind != SCAN_WORD || !read_hex(t.p, t.len, in->rec->hw.b, PXE_HWADDR_MAX, &len))
		return false;
	in->rec->hw.len = (uint8_t)len;
	return true;
}

static bool on_uid(struct stmt_in *in)
{
	return read_bytes(in->s, in->r->uid, sizeof(in->r->uid), &in->rec->uid);
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
		return read_hex(t->p, t->len, buf, cap, out_len);
	memcpy(word, t->p, t->len);
	word[t->len] = '\0';
	if (pxe_ip4_parse(word, &ip) == 0) {
		pxe_wr_u32(&wr, ip.v);
	} else if (size > 0 && tok_num(t, &num)) {
		for (unsigned i = size; i-- > 0;)
			pxe_wr_u8(&wr, (uint8_t)((uint64_t)num >> (8 * i)));
	} else {
		return read_hex(t->p, t->len, buf, cap, out_len);
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
	bool good = false;

	memset(out, 0, sizeof(*out));
	out->line = t.line;
	if (t.kind == SCAN_END)
		return;
	if (scan_is(&t, "lease")) {
		out->kind = LEASE_ENTRY_LEASE;
		good = read_lease(r, out);
	} else if (scan_is_entry(&t)) {
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
