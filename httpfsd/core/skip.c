/* SPDX-License-Identifier: BSD-2-Clause */
/* skip.c -- throw a request body away without losing the framing; see request.h. */
#include "httpfsd/core/request.h"

#include "libpxecommon/base/err.h"

/* Where in a chunked body we are (RFC 9112 7.1). */
enum {
	SKIP_SIZE,      /* first digit of a chunk size */
	SKIP_SIZE_MORE, /* further digits, or what ends them */
	SKIP_EXTENSION, /* after the size up to CR */
	SKIP_SIZE_LF,
	SKIP_DATA,
	SKIP_DATA_CR,
	SKIP_DATA_LF,
	SKIP_TRAILER,      /* at the start of a trailer line */
	SKIP_TRAILER_LINE, /* inside one */
	SKIP_TRAILER_LF,
	SKIP_END_LF
};

enum { BODY_ENDED = 1 }; /* from take(): neither an error code nor a status */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = slice_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct request_skip request_skip_init(const struct request *rq)
{
	return (struct request_skip){
	    .body = rq->body, .left = rq->body == BODY_LENGTH ? rq->body_len : 0};
}

static int size_digit(struct request_skip *sk, char c)
{
	int v = hex_value(c);

	if (v < 0)
		return 400;
	sk->left = sk->left * 16 + (uint64_t)v;
	sk->state = SKIP_SIZE_MORE;
	return sk->total + sk->left > REQUEST_BODY_MAX ? 413 : 0;
}

/* What may follow the digits: more of them, an extension, or the line's end. */
static int size_more(struct request_skip *sk, char c)
{
	if (hex_value(c) >= 0)
		return size_digit(sk, c);
	if (c == '\r')
		sk->state = SKIP_SIZE_LF;
	else if (c == ';' || c == ' ' || c == '\t')
		sk->state = SKIP_EXTENSION;
	else
		return 400;
	return 0;
}

static int expect(struct request_skip *sk, char c, char wanted, uint8_t next)
{
	sk->state = next;
	return c == wanted ? 0 : 400;
}

/* Inside an extension or a trailer line: anything printable until CR. */
static int until_cr(struct request_skip *sk, char c, uint8_t next)
{
	if (c == '\r')
		sk->state = next;
	else if (((uint8_t)c < 0x20 && c != '\t') || c == 0x7f)
		return 400;
	return 0;
}

/* One byte outside chunk data. 0 to go on, BODY_ENDED, or a status to refuse with. */
static int take(struct request_skip *sk, char c)
{
	if (++sk->line > REQUEST_CHUNK_LINE_MAX)
		return 413;
	switch (sk->state) {
	case SKIP_SIZE:
		return size_digit(sk, c);
	case SKIP_SIZE_MORE:
		return size_more(sk, c);
	case SKIP_EXTENSION:
		return until_cr(sk, c, SKIP_SIZE_LF);
	case SKIP_SIZE_LF:
		sk->total += sk->left;
		sk->line = 0;
		return expect(sk, c, '\n', sk->left > 0 ? SKIP_DATA : SKIP_TRAILER);
	case SKIP_DATA_CR:
		return expect(sk, c, '\r', SKIP_DATA_LF);
	case SKIP_DATA_LF:
		sk->line = 0;
		return expect(sk, c, '\n', SKIP_SIZE);
	case SKIP_TRAILER:
		sk->state = c == '\r' ? SKIP_END_LF : SKIP_TRAILER_LINE;
		return c == '\r' ? 0 : until_cr(sk, c, SKIP_TRAILER_LF);
	case SKIP_TRAILER_LINE:
		return until_cr(sk, c, SKIP_TRAILER_LF);
	case SKIP_TRAILER_LF:
		return expect(sk, c, '\n', SKIP_TRAILER);
	default: /* SKIP_END_LF */
		return c == '\n' ? BODY_ENDED : 400;
	}
}

static size_t take_data(struct request_skip *sk, size_t len)
{
	size_t n = sk->left < len ? (size_t)sk->left : len;

	sk->left -= n;
	return n;
}

int request_skip(struct request_skip *sk, const char *p, size_t len, size_t *out_used)
{
	size_t at = 0;
	int rc = 0;

	if (sk->body != BODY_CHUNKED) {
		*out_used = take_data(sk, len);
		return sk->left > 0 ? PXE_E_AGAIN : 0;
	}
	while (at < len && rc == 0) {
		if (sk->state == SKIP_DATA) {
			at += take_data(sk, len - at);
			if (sk->left == 0)
				sk->state = SKIP_DATA_CR;
		} else {
			rc = take(sk, p[at++]);
		}
	}
	*out_used = at;
	if (rc == BODY_ENDED)
		return 0;
	return rc != 0 ? rc : PXE_E_AGAIN;
}
