/* SPDX-License-Identifier: BSD-2-Clause */
/* request.c -- see request.h. */
#include "httpfsd/core/request.h"

#include "libpxecommon/base/err.h"

enum { RULE_ONCE, RULE_LIST, RULE_FIRST };

static const struct {
	const char *name;
	uint8_t len;
	uint8_t rule;
} field_table[FIELD_COUNT] = {
#define X(id, text, rule) [FIELD_##id] = {text, sizeof(text) - 1, RULE_##rule},
    REQUEST_FIELD_TABLE(X)
#undef X
};

static const struct {
	const char *name;
	uint8_t len;
} method_table[] = {
#define X(name) {#name, sizeof(#name) - 1},
    REQUEST_METHOD_TABLE(X)
#undef X
};

/* Classes of bytes, RFC 9110 5.6.2 and RFC 3986 2. */
enum { C_TOKEN = 1, C_VALUE = 2, C_TARGET = 4, C_HOST = 8, C_DIGIT = 16, C_HEX = 32 };

#define RANGE_OF(first, last, bits) [first... last] = (bits)
static const uint8_t class_of[256] = {
    ['\t'] = C_VALUE,
    [' '] = C_VALUE,
    ['!'] = C_TOKEN | C_VALUE | C_TARGET | C_HOST,
    ['"'] = C_VALUE | C_TARGET,
    ['#'] = C_TOKEN | C_VALUE, /* a fragment is not sent; never part of a target */
    ['$'] = C_TOKEN | C_VALUE | C_TARGET | C_HOST,
    ['%'] = C_TOKEN | C_VALUE | C_TARGET | C_HOST,
    ['&'] = C_TOKEN | C_VALUE | C_TARGET | C_HOST,
    ['\''] = C_TOKEN | C_VALUE | C_TARGET | C_HOST,
    ['('] = C_VALUE | C_TARGET | C_HOST,
    [')'] = C_VALUE | C_TARGET | C_HOST,
    ['*'] = C_TOKEN | C_VALUE | C_TARGET | C_HOST,
    ['+'] = C_TOKEN | C_VALUE | C_TARGET | C_HOST,
    [','] = C_VALUE | C_TARGET | C_HOST,
    ['-'] = C_TOKEN | C_VALUE | C_TARGET | C_HOST,
    ['.'] = C_TOKEN | C_VALUE | C_TARGET | C_HOST,
    ['/'] = C_VALUE | C_TARGET,
    RANGE_OF('0', '9', C_TOKEN | C_VALUE | C_TARGET | C_HOST | C_DIGIT | C_HEX),
    [':'] = C_VALUE | C_TARGET,
    [';'] = C_VALUE | C_TARGET | C_HOST,
    ['<'] = C_VALUE | C_TARGET,
    ['='] = C_VALUE | C_TARGET | C_HOST,
    ['>'] = C_VALUE | C_TARGET,
    ['?'] = C_VALUE | C_TARGET,
    ['@'] = C_VALUE | C_TARGET,
    RANGE_OF('A', 'F', C_TOKEN | C_VALUE | C_TARGET | C_HOST | C_HEX),
    RANGE_OF('G', 'Z', C_TOKEN | C_VALUE | C_TARGET | C_HOST),
    ['['] = C_VALUE | C_TARGET,
    ['\\'] = C_VALUE | C_TARGET,
    [']'] = C_VALUE | C_TARGET,
    ['^'] = C_TOKEN | C_VALUE | C_TARGET,
    ['_'] = C_TOKEN | C_VALUE | C_TARGET | C_HOST,
    ['`'] = C_TOKEN | C_VALUE | C_TARGET,
    RANGE_OF('a', 'f', C_TOKEN | C_VALUE | C_TARGET | C_HOST | C_HEX),
    RANGE_OF('g', 'z', C_TOKEN | C_VALUE | C_TARGET | C_HOST),
    ['{'] = C_VALUE | C_TARGET,
    ['|'] = C_TOKEN | C_VALUE | C_TARGET,
    ['}'] = C_VALUE | C_TARGET,
    ['~'] = C_TOKEN | C_VALUE | C_TARGET | C_HOST,
    RANGE_OF(0x80, 0xff, C_VALUE | C_TARGET),
};

static bool is_class(char c, uint8_t bits)
{
	return (class_of[(uint8_t)c] & bits) != 0;
}

/* How many bytes from p belong to the class. */
static size_t span(const char *p, size_t len, uint8_t bits)
{
	size_t n = 0;

	while (n < len && is_class(p[n], bits))
		n++;
	return n;
}

/* The status for a head of which len bytes are there and none may end it any more; 0 when one may.
 */
static int too_long(const char *p, size_t len, size_t start)
{
	size_t left = len - start;
	size_t line = left < REQUEST_LINE_MAX + 2 ? left : REQUEST_LINE_MAX + 2;

	if (left > REQUEST_LINE_MAX && memchr(p + start, '\n', line) == NULL)
		return 414;
	return len >= REQUEST_HEAD_MAX ? 431 : 0;
}

int request_head_scan(const char *p, size_t len, size_t *scan, size_t *out_len)
{
	size_t start = 0, at = *scan;
	int status = 0;

	if (len >= 2 && p[0] == '\r' && p[1] == '\n')
		start = 2;
	else if (len == 1 && p[0] == '\r')
		return PXE_E_AGAIN;
	/* Say no at once to what cannot become a request, rather than after the head's timeout. */
	if (len > start && !is_class(p[start], C_TOKEN))
		return 400;
	if (at < start)
		at = start;
	while (at < len) {
		const char *lf = memchr(p + at, '\n', len - at);
		size_t i = 0;

		if (lf == NULL)
			break;
		i = (size_t)(lf - p);
		if (i == start || p[i - 1] != '\r')
			return 400; /* bare LF: RFC 9112 2.2 lets a server accept it; two readings
				     */
		at = i + 1;
		if (i >= start + 3 && p[i - 2] == '\n') {
			if (at > REQUEST_HEAD_MAX)
				return too_long(p, at, start);
			*out_len = at;
			return 0;
		}
	}
	*scan = len;
	status = too_long(p, len, start);
	return status != 0 ? status : PXE_E_AGAIN;
}

static enum request_method find_method(struct slice name)
{
	for (size_t i = 0; i < sizeof(method_table) / sizeof(method_table[0]); i++) {
		if (name.len == method_table[i].len &&
		    memcmp(name.p, method_table[i].name, name.len) == 0)
			return (enum request_method)i;
	}
	return METHOD_UNKNOWN;
}

/* HTTP-name "/" DIGIT "." DIGIT, RFC 9112 2.3. */
static int parse_version(struct slice v, uint8_t *out_minor)
{
	if (v.len != 8 || memcmp(v.p, "HTTP/", 5) != 0 || !is_class(v.p[5], C_DIGIT) ||
	    v.p[6] != '.' || !is_class(v.p[7], C_DIGIT))
		return 400;
	if (v.p[5] != '1')
		return 505;
	*out_minor = v.p[7] == '0' ? 0 : 1;
	return 0;
}

/* uri-host [ ":" port ] without userinfo, RFC 3986 3.2; empty is allowed (RFC 9112 3.2). */
static bool is_authority(struct slice a)
{
	size_t n = 0;

	if (a.len > 0 && a.p[0] == '[') {
		for (n = 1;
		     n < a.len && (is_class(a.p[n], C_HEX) || a.p[n] == ':' || a.p[n] == '.');)
			n++;
		if (n == 1 || n >= a.len || a.p[n] != ']')
			return false;
		n++;
	} else {
		n = span(a.p, a.len, C_HOST);
	}
	if (n == a.len)
		return true;
	if (a.p[n] != ':')
		return false;
	n++;
	return a.len - n <= 5 && span(a.p + n, a.len - n, C_DIGIT) == a.len - n;
}

/* The four forms of a request target, RFC 9112 3.2. */
static int parse_target(struct request *rq)
{
	struct slice t = rq->target;
	const char *mark = NULL;

	if (t.len == 1 && t.p[0] == '*') {
		rq->path = t;
		return rq->method == METHOD_OPTIONS ? 0 : 400;
	}
	if (rq->method == METHOD_CONNECT) {
		rq->authority = t;
		return is_authority(t) && t.len > 0 ? 0 : 400;
	}
	if (t.len >= 7 && slice_is_word((struct slice){t.p, 7}, "http://", 7)) {
		size_t n = 7;

		while (n < t.len && t.p[n] != '/' && t.p[n] != '?')
			n++;
		rq->authority = (struct slice){t.p + 7, n - 7};
		/* RFC 9110 4.2.1: an http URI with an empty host is invalid. */
		if (rq->authority.len == 0 || !is_authority(rq->authority))
			return 400;
		t = (struct slice){t.p + n, t.len - n};
		if (t.len == 0)
			t = slice_of("/");
	} else if (t.len == 0 || t.p[0] != '/') {
		return 400;
	}
	rq->path = t;
	mark = memchr(t.p, '?', t.len);
	if (mark != NULL) {
		rq->path.len = (size_t)(mark - t.p);
		rq->query = (struct slice){mark + 1, t.len - rq->path.len - 1};
	}
	if (rq->path.len == 0) /* http://host?query */
		rq->path = slice_of("/");
	return 0;
}

/* method SP request-target SP HTTP-version, single blanks (RFC 9112 3). */
static int parse_line(struct request *rq)
{
	struct slice l = rq->line;
	size_t n = span(l.p, l.len, C_TOKEN), m = 0;
	int status = 0;

	if (n == 0 || n >= l.len || l.p[n] != ' ')
		return 400;
	rq->method = find_method((struct slice){l.p, n});
	n++;
	m = span(l.p + n, l.len - n, C_TARGET);
	if (m == 0 || n + m >= l.len || l.p[n + m] != ' ')
		return 400;
	rq->target = (struct slice){l.p + n, m};
	n += m + 1;
	status = parse_version((struct slice){l.p + n, l.len - n}, &rq->minor);
	if (status != 0)
		return status;
	if (rq->method == METHOD_UNKNOWN)
		return 501;
	return parse_target(rq);
}

static int find_field(const char *name, size_t len)
{
	for (int i = 0; i < FIELD_COUNT; i++) {
		if (field_table[i].len == len && slice_lower(name[0]) == field_table[i].name[0] &&
		    slice_is_word((struct slice){name, len}, field_table[i].name, len))
			return i;
	}
	return -1;
}

/* field-name ":" OWS field-value OWS (RFC 9112 5); no blank before the colon, no folding. */
static int parse_field(struct request *rq, const char *p, size_t len)
{
	size_t n = span(p, len, C_TOKEN);
	int f = 0;

	if (n == 0 || n >= len || p[n] != ':')
		return 400;
	if (span(p + n + 1, len - n - 1, C_VALUE) != len - n - 1)
		return 400; /* CR, NUL and the other controls */
	f = find_field(p, n);
	if (f < 0)
		return 0;
	if (slice_is_set(rq->field[f])) {
		rq->repeated |= UINT32_C(1) << f;
		return field_table[f].rule == RULE_ONCE ? 400 : 0;
	}
	rq->field[f] = slice_trim((struct slice){p + n + 1, len - n - 1});
	return 0;
}

/* Lines from *at on; the line's text without CRLF to *out. False at the empty line. Every LF has a
 * CR before it: request_head_scan made sure. */
static bool next_line(const struct request *rq, const char **at, struct slice *out)
{
	size_t left = (size_t)(rq->head.p + rq->head.len - *at);
	const char *lf = memchr(*at, '\n', left);

	if (lf == NULL || lf - *at < 2)
		return false;
	*out = (struct slice){*at, (size_t)(lf - *at) - 1};
	*at = lf + 1;
	return true;
}

static int parse_fields(struct request *rq, const char *at)
{
	struct slice line = {0};
	unsigned count = 0;

	while (next_line(rq, &at, &line)) {
		int status = 0;

		if (++count > REQUEST_FIELDS_MAX)
			return 431;
		status = parse_field(rq, line.p, line.len);
		if (status != 0)
			return status;
	}
	return 0;
}

/* Exactly one Host in HTTP/1.1, and a valid one; the target's authority wins (RFC 9112 3.2). */
static int check_host(struct request *rq)
{
	struct slice host = rq->field[FIELD_HOST];

	if (!slice_is_set(host))
		return rq->minor >= 1 ? 400 : 0;
	if (!is_authority(host))
		return 400;
	if (!slice_is_set(rq->authority))
		rq->authority = host;
	return 0;
}

/* RFC 9112 6.3, points 3 and 4. */
static int check_transfer_encoding(struct request *rq)
{
	const char *at = NULL;
	struct slice value = {0}, coding = {0};
	unsigned codings = 0;

	if (rq->minor == 0 || slice_is_set(rq->field[FIELD_CONTENT_LENGTH]))
		return 400; /* both at once is how requests are smuggled */
	while (request_field_next(rq, FIELD_TRANSFER_ENCODING, &at, &value)) {
		while (slice_next_element(&value, &coding))
			codings++;
	}
	if (codings == 0 || !slice_is_word(coding, "chunked", 7))
		return 400;
	rq->body = BODY_CHUNKED;
	return codings == 1 ? 0 : 501;
}

static int check_content_length(struct request *rq)
{
	struct slice v = rq->field[FIELD_CONTENT_LENGTH];
	uint64_t n = 0;

	if (v.len == 0 || span(v.p, v.len, C_DIGIT) != v.len)
		return 400;
	for (size_t i = 0; i < v.len && n <= REQUEST_BODY_MAX; i++)
		n = n * 10 + (uint64_t)(v.p[i] - '0');
	if (n > REQUEST_BODY_MAX)
		return 413;
	rq->body = n > 0 ? BODY_LENGTH : BODY_NONE;
	rq->body_len = n;
	return 0;
}

static int check_body(struct request *rq)
{
	int status = 0;

	if (slice_is_set(rq->field[FIELD_TRANSFER_ENCODING]))
		status = check_transfer_encoding(rq);
	else if (slice_is_set(rq->field[FIELD_CONTENT_LENGTH]))
		status = check_content_length(rq);
	if (status != 0)
		return status;
	if (slice_is_set(rq->field[FIELD_EXPECT]) && rq->minor >= 1) {
		if (!slice_is_word(rq->field[FIELD_EXPECT], "100-continue", 12) ||
		    (rq->repeated & (UINT32_C(1) << FIELD_EXPECT)) != 0)
			return 417;
		rq->expect_continue = rq->body != BODY_NONE;
	}
	return 0;
}

/* RFC 9112 9.3. */
static void decide_persistence(struct request *rq)
{
	bool close = false;

	if (slice_is_set(rq->field[FIELD_CONNECTION])) {
		close = request_field_has(rq, FIELD_CONNECTION, "close");
		rq->asks_keep_alive =
		    !close && request_field_has(rq, FIELD_CONNECTION, "keep-alive");
	}
	rq->keep_alive = !close && (rq->minor >= 1 || rq->asks_keep_alive);
}

int request_parse(const char *p, size_t len, struct request *out)
{
	const char *at = p;
	int status = 0;

	memset(out, 0, sizeof(*out));
	out->method = METHOD_UNKNOWN;
	if (len >= 2 && p[0] == '\r')
		at += 2;
	out->head = (struct slice){at, (size_t)(p + len - at)};
	if (!next_line(out, &at, &out->line))
		return 400;
	if (out->line.len > REQUEST_LINE_MAX)
		return 414;
	status = parse_line(out);
	if (status == 0 || status == 501 || status == 505) {
		int fields = parse_fields(out, at);

		status = fields != 0 ? fields : status;
	}
	if (status == 0)
		status = check_host(out);
	if (status == 0)
		status = check_body(out);
	if (status == 0)
		decide_persistence(out);
	return status;
}

bool request_field_next(
    const struct request *rq, enum request_field f, const char **at, struct slice *out)
{
	struct slice line = {0};
	size_t len = field_table[f].len;

	if (*at == NULL) {
		if (!slice_is_set(rq->field[f]))
			return false;
		*out = rq->field[f];
		*at = out->p + out->len;
		return true;
	}
	if ((rq->repeated & (UINT32_C(1) << f)) == 0)
		return false;
	/* Behind the previous value: at most OWS and CRLF before the next line. */
	*at = memchr(*at, '\n', (size_t)(rq->head.p + rq->head.len - *at));
	if (*at == NULL)
		return false;
	(*at)++;
	while (next_line(rq, at, &line)) {
		if (line.len <= len || line.p[len] != ':' ||
		    !slice_is_word((struct slice){line.p, len}, field_table[f].name, len))
			continue;
		*out = slice_trim((struct slice){line.p + len + 1, line.len - len - 1});
		*at = out->p + out->len;
		return true;
	}
	return false;
}

bool request_field_has(const struct request *rq, enum request_field f, const char *word)
{
	const char *at = NULL;
	struct slice value = {0}, element = {0};
	size_t len = strlen(word);

	while (request_field_next(rq, f, &at, &value)) {
		while (slice_next_element(&value, &element)) {
			const char *semi = memchr(element.p, ';', element.len);

			if (semi != NULL)
				element.len = (size_t)(semi - element.p);
			if (slice_is_word(slice_trim(element), word, len))
				return true;
		}
	}
	return false;
}
