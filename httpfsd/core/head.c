/* SPDX-License-Identifier: BSD-2-Clause */
/* head.c -- see head.h. */
#include "httpfsd/core/head.h"

#include "httpfsd/core/date.h"

struct status_row {
	int status;
	const char *reason;
	const char *line;
	uint8_t line_len;
};

#define STATUS_LINE(num, text) "HTTP/1.1 " #num " " text "\r\nServer: httpfsd\r\nDate: "

static const struct status_row status_table[] = {
#define X(num, text) {num, text, STATUS_LINE(num, text), sizeof(STATUS_LINE(num, text)) - 1},
    HEAD_STATUS_TABLE(X)
#undef X
};

/* pxe_text_addn without the call, for what is written on every request. */
static inline void put(struct pxe_text *t, const char *p, size_t n)
{
	if (t->cap - t->len <= n) {
		pxe_text_addn(t, p, n);
		return;
	}
	memcpy(t->p + t->len, p, n);
	t->len += n;
	t->p[t->len] = '\0';
}

#define PUT(t, literal) put((t), (literal), sizeof(literal) - 1)

static void put_u64(struct pxe_text *t, uint64_t v)
{
	char digits[20];
	size_t n = sizeof(digits);

	do {
		digits[--n] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	put(t, digits + n, sizeof(digits) - n);
}

static const struct status_row *find_status(int status)
{
	for (size_t i = 0; i < sizeof(status_table) / sizeof(status_table[0]); i++) {
		if (status_table[i].status == status)
			return &status_table[i];
	}
	return NULL;
}

const char *head_reason(int status)
{
	const struct status_row *row = find_status(status);

	return row != NULL ? row->reason : "Unknown";
}

static void begin(struct pxe_text *t, const struct head *h, int status)
{
	const struct status_row *row = find_status(status);

	if (row == NULL)
		row = find_status(500);
	put(t, row->line, row->line_len);
	put(t, h->date, DATE_LEN);
	PUT(t, "\r\n");
}

static void end(struct pxe_text *t, const struct head *h)
{
	if (h->persist == HEAD_KEEP)
		PUT(t, "\r\n");
	else if (h->persist == HEAD_KEEP_ECHO)
		PUT(t, "Connection: keep-alive\r\n\r\n");
	else
		PUT(t, "Connection: close\r\n\r\n");
}

/* The object's lines that are no matter of how much of it is sent. */
static struct slice rest_of(const struct object *obj)
{
	return (struct slice){obj->fields + obj->rest, (size_t)obj->fields_len - obj->rest};
}

static void put_partial(struct pxe_text *t, const struct plan *p, const struct object *obj)
{
	struct slice rest = rest_of(obj);

	if (p->nrange > 1) {
		PUT(t, "Content-Type: multipart/byteranges; boundary=");
		put(t, p->boundary, PLAN_BOUNDARY_LEN);
	} else {
		PUT(t, "Content-Type: ");
		put(t, obj->type, strlen(obj->type));
		PUT(t, "\r\nContent-Range: bytes ");
		put_u64(t, p->range[0].off);
		PUT(t, "-");
		put_u64(t, p->range[0].off + p->range[0].len - 1);
		PUT(t, "/");
		put_u64(t, obj->size);
	}
	PUT(t, "\r\nContent-Length: ");
	put_u64(t, p->content_length);
	PUT(t, "\r\n");
	if (obj->coding != NULL) {
		PUT(t, "Content-Encoding: ");
		put(t, obj->coding, strlen(obj->coding));
		PUT(t, "\r\n");
	}
	put(t, rest.p, rest.len);
}

void head_object(
    struct pxe_text *t, const struct head *h, const struct plan *p, const struct object *obj)
{
	begin(t, h, p->status);
	if (p->status == 206) {
		put_partial(t, p, obj);
	} else if (p->status == 304) {
		/* RFC 9110 15.4.5: what a cache needs, and no length of a body that is not there.
		 */
		struct slice rest = rest_of(obj);

		put(t, rest.p, rest.len);
	} else {
		put(t, obj->fields, obj->fields_len);
	}
	end(t, h);
}

void head_body(struct pxe_text *t, const struct head *h, int status, const char *type, uint64_t len,
    const char *extra)
{
	begin(t, h, status);
	if (type != NULL) {
		PUT(t, "Content-Type: ");
		put(t, type, strlen(type));
		PUT(t, "\r\n");
	}
	PUT(t, "Content-Length: ");
	put_u64(t, len);
	PUT(t, "\r\n");
	if (extra != NULL)
		put(t, extra, strlen(extra));
	end(t, h);
}

size_t head_error(struct pxe_text *t, const struct head *h, int status, bool wants_html,
    bool is_head, const char *extra)
{
	char text[256];
	struct pxe_text body = pxe_text_init(text, sizeof(text));

	if (wants_html)
		pxe_text_addf(&body,
		    "<!DOCTYPE html>\n<html><head><title>%d %s</title></head>\n"
		    "<body><h1>%d %s</h1></body></html>\n",
		    status, head_reason(status), status, head_reason(status));
	head_body(t, h, status, wants_html ? "text/html; charset=utf-8" : NULL, body.len, extra);
	if (is_head)
		return 0;
	put(t, text, body.len);
	return body.len;
}

bool head_wants_html(const struct request *rq)
{
	return slice_is_set(rq->field[FIELD_ACCEPT]) &&
	       request_field_has(rq, FIELD_ACCEPT, "text/html");
}
