/* SPDX-License-Identifier: BSD-2-Clause */
/* request.h -- bytes of a connection to one HTTP/1.x request, or to the status that refuses it.
 *
 * Strict on purpose (RFC 9112): whatever two parsers could read in two ways -- a bare CR or LF, a
 * folded line, a blank before the colon, a second Host or Content-Length, Content-Length beside
 * Transfer-Encoding -- is refused, never repaired. The one leniency is a request target with bytes
 * past 0x7f, because GRUB and busybox wget do not percent-encode names.
 *
 * Nothing is copied: a request points into the caller's buffer. Pure, no allocation.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "httpfsd/core/slice.h"

enum {
	REQUEST_LINE_MAX = 8192,  /* longer: 414 */
	REQUEST_HEAD_MAX = 16384, /* longer: 431; 255 zchunk ranges need about 6 KiB */
	REQUEST_FIELDS_MAX = 100, /* more: 431 */
	REQUEST_BODY_MAX = 65536, /* longer: 413; a body is read only to be thrown away */
	REQUEST_CHUNK_LINE_MAX = 256
};

/* Served methods first; the others are known, so that they get 405 and not 501. */
#define REQUEST_METHOD_TABLE(X)                                                                    \
	X(GET)                                                                                     \
	X(HEAD)                                                                                    \
	X(OPTIONS)                                                                                 \
	X(POST)                                                                                    \
	X(PUT)                                                                                     \
	X(DELETE)                                                                                  \
	X(PATCH)                                                                                   \
	X(TRACE)                                                                                   \
	X(CONNECT)                                                                                 \
	X(PROPFIND)                                                                                \
	X(PROPPATCH)                                                                               \
	X(MKCOL)                                                                                   \
	X(COPY)                                                                                    \
	X(MOVE)                                                                                    \
	X(LOCK)                                                                                    \
	X(UNLOCK)

enum request_method {
#define X(name) METHOD_##name,
	REQUEST_METHOD_TABLE(X)
#undef X
	    METHOD_UNKNOWN
};

/* Header fields that matter here. ONCE: a second line is refused with 400, because choosing one of
 * two would be a guess; LIST: lines add up (request_field_next); FIRST: for logs only. */
#define REQUEST_FIELD_TABLE(X)                                                                     \
	X(HOST, "host", ONCE)                                                                      \
	X(CONTENT_LENGTH, "content-length", ONCE)                                                  \
	X(TRANSFER_ENCODING, "transfer-encoding", LIST)                                            \
	X(CONNECTION, "connection", LIST)                                                          \
	X(EXPECT, "expect", LIST)                                                                  \
	X(RANGE, "range", ONCE)                                                                    \
	X(IF_RANGE, "if-range", ONCE)                                                              \
	X(IF_MATCH, "if-match", LIST)                                                              \
	X(IF_NONE_MATCH, "if-none-match", LIST)                                                    \
	X(IF_MODIFIED_SINCE, "if-modified-since", ONCE)                                            \
	X(IF_UNMODIFIED_SINCE, "if-unmodified-since", ONCE)                                        \
	X(ACCEPT, "accept", LIST)                                                                  \
	X(ACCEPT_ENCODING, "accept-encoding", LIST)                                                \
	X(AUTHORIZATION, "authorization", ONCE)                                                    \
	X(USER_AGENT, "user-agent", FIRST)                                                         \
	X(REFERER, "referer", FIRST)                                                               \
	X(PROVISIONING_MAC, "x-rhn-provisioning-mac-0", FIRST)                                     \
	X(SYSTEM_SERIAL, "x-system-serial-number", FIRST)

enum request_field {
#define X(id, name, rule) FIELD_##id,
	REQUEST_FIELD_TABLE(X)
#undef X
	    FIELD_COUNT
};

enum request_body { BODY_NONE, BODY_LENGTH, BODY_CHUNKED };

struct request {
	struct slice head; /* request line and fields with the final empty line */
	struct slice line; /* request line without its CRLF, as received */
	struct slice target;
	struct slice path;  /* of the target, still percent-encoded; begins with '/', or is "*" */
	struct slice query; /* without '?'; absent when there was none */
	struct slice authority;          /* host[:port] of the target, else of Host; may be empty */
	struct slice field[FIELD_COUNT]; /* value of the first line of its name, trimmed */
	uint32_t repeated;               /* bit by enum request_field: more lines follow */
	enum request_method method;
	uint8_t minor;        /* HTTP/1.minor, 1 for anything above */
	bool keep_alive;      /* the client's wish, by version and Connection */
	bool asks_keep_alive; /* "keep-alive" was written out: echo it (iPXE before 2014) */
	bool expect_continue; /* Expect: 100-continue and a body to come */
	enum request_body body;
	uint64_t body_len; /* for BODY_LENGTH, 1..REQUEST_BODY_MAX */
};

/* Look for the end of a request head in p[0..len), which begins where a request may begin.
 *
 * scan     in and out: how far earlier calls have looked; 0 at first.
 * out_len  written on success: length of the head. At most one empty line before the request
 *          line is part of it (RFC 9112 2.2).
 * Returns 0, PXE_E_AGAIN when more bytes are needed, or a status to refuse with: 400 (bare LF, or
 * no start of any method: TLS for instance), 414, 431. */
int request_head_scan(const char *p, size_t len, size_t *scan, size_t *out_len);

/* Parse the head that request_head_scan found.
 *
 * out is filled as far as parsing went even on failure, so that the log can show the line; what
 * was not reached is zero.
 * Returns 0 or a status to refuse with, after which the connection's framing is lost and it must be
 * closed: 400, 413, 417, 431, 501, 505. 405 is left to the caller, which knows what it serves.
 * RFC 9112 2 to 7, RFC 9110 5 and 10.1.1. */
int request_parse(const char *p, size_t len, struct request *out);

/* Walk the values of all lines named f: *at NULL at first. False at the end. */
bool request_field_next(
    const struct request *rq, enum request_field f, const char **at, struct slice *out);

/* True when a comma-separated element of any line named f is word (lower case), parameters after
 * ';' left aside. */
bool request_field_has(const struct request *rq, enum request_field f, const char *word);

/* Throwing away a request body, over as many calls as its bytes take. */
struct request_skip {
	enum request_body body;
	uint64_t left;  /* of the body or of this chunk */
	uint64_t total; /* so far, of a chunked body */
	uint32_t line;  /* bytes of the chunk line or trailer section so far */
	uint8_t state;
};

/* Begin with the body that rq announced. */
struct request_skip request_skip_init(const struct request *rq);
/* Consume body bytes from p[0..len); *out_used is always written. Returns 0 when the body has
 * ended, PXE_E_AGAIN, or 400 / 413 (framing lost: close). RFC 9112 7.1. */
int request_skip(struct request_skip *sk, const char *p, size_t len, size_t *out_used);
