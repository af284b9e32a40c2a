/* SPDX-License-Identifier: BSD-2-Clause */
/* object.c -- see object.h. */
#include "httpfsd/core/object.h"

#include "httpfsd/core/date.h"
#include "libpxecommon/base/str.h"

static void make_etag(struct object *o, const struct object_facts *f)
{
	struct pxe_text t = pxe_text_init(o->etag, sizeof(o->etag));

	pxe_text_addf(&t, "\"%llx-", (unsigned long long)f->id);
	if (f->sub_id != 0)
		pxe_text_addf(&t, "%llx-", (unsigned long long)f->sub_id);
	pxe_text_addf(&t, "%llx-%llx%08x\"", (unsigned long long)f->size,
	    (unsigned long long)f->mtime_s, f->mtime_ns);
	o->etag_len = (uint16_t)t.len;
}

void object_init(struct object *out, const struct object_facts *f, int64_t now_s)
{
	struct pxe_text t = pxe_text_init(out->fields, sizeof(out->fields));
	char date[DATE_LEN + 1];

	out->base = f->base;
	out->size = f->size;
	out->mtime_s = f->mtime_s < now_s ? f->mtime_s : now_s;
	out->type = f->type;
	make_etag(out, f);
	/* Content-Length never stands first in a head (GRUB swallows the first line of some), and
	 * names and blanks are spelt exactly so: GRUB and old shims compare them as they are. */
	pxe_text_addf(&t, "Content-Type: %s\r\nContent-Length: %llu\r\n", f->type,
	    (unsigned long long)f->size);
	pxe_text_addf(
	    &t, "Last-Modified: %s\r\nETag: %s\r\n", date_format(out->mtime_s, date), out->etag);
	if (f->cache_control != NULL)
		pxe_text_addf(&t, "Cache-Control: %s\r\n", f->cache_control);
	pxe_text_add(&t, "Accept-Ranges: bytes\r\n");
	out->fields_len = (uint16_t)t.len;
}
