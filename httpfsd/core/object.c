/* SPDX-License-Identifier: BSD-2-Clause */
/* object.c -- see object.h. */
#include "httpfsd/core/object.h"

#include "httpfsd/core/date.h"
#include "libpxecommon/base/str.h"

/* printf is what a cold request would otherwise spend its time in. */
static void add_hex(struct pxe_text *t, uint64_t v, int min_digits)
{
	char digits[16];
	int n = 16;

	do {
		digits[--n] = "0123456789abcdef"[v & 15];
		v >>= 4;
	} while (v > 0 || 16 - n < min_digits);
	pxe_text_addn(t, digits + n, (size_t)(16 - n));
}

static void make_etag(struct object *o, const struct object_facts *f)
{
	struct pxe_text t = pxe_text_init(o->etag, sizeof(o->etag));

	pxe_text_addc(&t, '"');
	add_hex(&t, f->id, 1);
	pxe_text_addc(&t, '-');
	if (f->sub_id != 0) {
		add_hex(&t, f->sub_id, 1);
		pxe_text_addc(&t, '-');
	}
	add_hex(&t, f->size, 1);
	pxe_text_addc(&t, '-');
	if (f->mtime_s != OBJECT_NO_DATE) {
		add_hex(&t, (uint64_t)f->mtime_s, 1);
		add_hex(&t, f->mtime_ns, 8);
	}
	if (f->coding != NULL) { /* a sibling may be a link to the file itself */
		pxe_text_addc(&t, '-');
		pxe_text_add(&t, f->coding);
	}
	pxe_text_addc(&t, '"');
	o->etag_len = (uint16_t)t.len;
}

static void add_line(struct pxe_text *t, const char *name, const char *value, size_t len)
{
	pxe_text_add(t, name);
	pxe_text_addn(t, value, len);
	pxe_text_addn(t, "\r\n", 2);
}

void object_init(struct object *out, const struct object_facts *f, int64_t now_s)
{
	struct pxe_text t = pxe_text_init(out->fields, sizeof(out->fields));
	char date[DATE_LEN + 1];

	out->base = f->base;
	out->size = f->size;
	out->mtime_s = f->mtime_s < now_s ? f->mtime_s : now_s;
	out->type = f->type;
	out->coding = f->coding;
	make_etag(out, f);
	/* Content-Length never stands first in a head (GRUB swallows the first line of some), and
	 * names and blanks are spelt exactly so: GRUB and old shims compare them as they are. */
	add_line(&t, "Content-Type: ", f->type, strlen(f->type));
	pxe_text_add(&t, "Content-Length: ");
	pxe_text_add_u64(&t, f->size);
	pxe_text_addn(&t, "\r\n", 2);
	if (f->coding != NULL)
		add_line(&t, "Content-Encoding: ", f->coding, strlen(f->coding));
	out->rest = (uint16_t)t.len;
	if (f->mtime_s != OBJECT_NO_DATE)
		add_line(&t, "Last-Modified: ", date_format(out->mtime_s, date), DATE_LEN);
	add_line(&t, "ETag: ", out->etag, out->etag_len);
	if (f->varies)
		add_line(&t, "Vary: ", "Accept-Encoding", 15);
	if (f->cache_control != NULL)
		add_line(&t, "Cache-Control: ", f->cache_control, strlen(f->cache_control));
	add_line(&t, "Accept-Ranges: ", "bytes", 5);
	out->fields_len = (uint16_t)t.len;
}
