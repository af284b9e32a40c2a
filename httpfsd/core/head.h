/* SPDX-License-Identifier: BSD-2-Clause */
/* head.h -- response heads in the order and spelling that boot loaders can read. Pure.
 *
 * Every head is: status line with HTTP/1.1 (GRUB takes nothing else, and RFC 9112 2.3 allows it
 * towards 1.0), Server, Date, then the rest. Content-Length never comes first, names are in Title
 * Case with one blank after the colon, no value is empty: GRUB, shim and old EDK2 each trip over
 * one of these.
 */
#pragma once

#include "httpfsd/core/plan.h"

/* Statuses that are sent: number and reason phrase. */
#define HEAD_STATUS_TABLE(X)                                                                       \
	X(200, "OK")                                                                               \
	X(206, "Partial Content")                                                                  \
	X(301, "Moved Permanently")                                                                \
	X(304, "Not Modified")                                                                     \
	X(400, "Bad Request")                                                                      \
	X(401, "Unauthorized")                                                                     \
	X(403, "Forbidden")                                                                        \
	X(404, "Not Found")                                                                        \
	X(405, "Method Not Allowed")                                                               \
	X(408, "Request Timeout")                                                                  \
	X(412, "Precondition Failed")                                                              \
	X(413, "Content Too Large")                                                                \
	X(414, "URI Too Long")                                                                     \
	X(416, "Range Not Satisfiable")                                                            \
	X(417, "Expectation Failed")                                                               \
	X(431, "Request Header Fields Too Large")                                                  \
	X(500, "Internal Server Error")                                                            \
	X(501, "Not Implemented")                                                                  \
	X(503, "Service Unavailable")                                                              \
	X(505, "HTTP Version Not Supported")

enum head_persist {
	HEAD_KEEP,      /* HTTP/1.1's default: nothing is said */
	HEAD_KEEP_ECHO, /* the client wrote keep-alive: say so too */
	HEAD_CLOSE
};

/* What every head needs. */
struct head {
	const char *date; /* DATE_LEN characters for now */
	enum head_persist persist;
};

/* Reason phrase; "Unknown" for a status not in the table. */
const char *head_reason(int status);

/* A head for plan p of obj: 200, 206 or 304. */
void head_object(
    struct pxe_text *t, const struct head *h, const struct plan *p, const struct object *obj);

/* A head for a body made on the spot, such as a listing. type as in Content-Type, extra: further
 * whole lines with CRLF, or NULL. */
void head_body(struct pxe_text *t, const struct head *h, int status, const char *type, uint64_t len,
    const char *extra);

/* A whole answer of any other status. The body is a short page when wants_html (somebody reads it)
 * and empty otherwise: GRUB executes the body of a 404 as its configuration. is_head leaves a body
 * out but not its length. extra: further whole lines with CRLF, or NULL.
 * Returns the number of body bytes in t. */
size_t head_error(struct pxe_text *t, const struct head *h, int status, bool wants_html,
    bool is_head, const char *extra);

/* True when the Accept lines of rq name text/html. */
bool head_wants_html(const struct request *rq);
