/* SPDX-License-Identifier: BSD-2-Clause */
/* listing.c -- see listing.h. */
#include "httpfsd/core/listing.h"

#include <stdlib.h>

#include "httpfsd/core/date.h"
#include "libpxecommon/base/json.h"

static const char page_top[] =
    "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Index of /";
static const char page_style[] =
    "</title>\n<style>body{font-family:sans-serif;margin:1em}"
    "table{border-collapse:collapse}td,th{padding:.2em .8em .2em 0;text-align:left}"
    "td:nth-child(n+2){white-space:nowrap;color:#555}td:last-child,th:last-child"
    "{text-align:right}td:first-child{word-break:break-word}tr:hover td{background:#f2f2f2}"
    "</style>\n</head><body>\n<h1>Index of /";
static const char page_end[] = "</table>\n</body></html>\n";
enum { PAGE_FIXED = 1536, ENTRY_FIXED = 192 };

const char *listing_type(enum listing_format format)
{
	return format == LISTING_JSON ? "application/json" : "text/html; charset=utf-8";
}

static void take_option(struct listing_how *how, struct slice opt)
{
	if (slice_is_word(opt, "format=json", 11))
		how->format = LISTING_JSON;
	else if (slice_is_word(opt, "c=m", 3))
		how->key = LISTING_TIME;
	else if (slice_is_word(opt, "c=s", 3))
		how->key = LISTING_SIZE;
	else if (slice_is_word(opt, "o=d", 3))
		how->descending = true;
}

struct listing_how listing_how_parse(struct slice query)
{
	struct listing_how how = {0};
	size_t at = 0;

	while (at < query.len) {
		size_t n = at;

		while (n < query.len && query.p[n] != '&' && query.p[n] != ';')
			n++;
		take_option(&how, (struct slice){query.p + at, n - at});
		at = n + 1;
	}
	return how;
}

static int compare(
    const struct listing_entry *a, const struct listing_entry *b, const struct listing_how *how)
{
	int order = 0;

	if (a->is_dir != b->is_dir)
		return a->is_dir ? -1 : 1;
	if (how->key == LISTING_TIME)
		order = (a->mtime_s > b->mtime_s) - (a->mtime_s < b->mtime_s);
	else if (how->key == LISTING_SIZE)
		order = (a->size > b->size) - (a->size < b->size);
	if (order == 0)
		order = strcmp(a->name, b->name);
	return how->descending ? -order : order;
}

static int compare_for_qsort(const void *a, const void *b, void *how)
{
	return compare(a, b, how);
}

void listing_sort(struct listing_entry *e, size_t n, const struct listing_how *how)
{
	struct listing_how copy = *how;

	if (n > 1)
		qsort_r(e, n, sizeof(*e), compare_for_qsort, &copy);
}

size_t listing_bound(const char *path, const struct listing_entry *e, size_t n)
{
	size_t total = PAGE_FIXED + 12 * strlen(path);

	/* A byte is at most 3 in the link and 6 as "&quot;" or \u00NN. */
	for (size_t i = 0; i < n; i++)
		total += ENTRY_FIXED + 9 * strlen(e[i].name);
	return total;
}

void listing_encode(struct pxe_text *t, const char *path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				    "-._~/+,=@";
	static const char hex[] = "0123456789ABCDEF";

	for (const char *p = path; *p != '\0'; p++) {
		if (strchr(plain, *p) != NULL) {
			pxe_text_addc(t, *p);
			continue;
		}
		pxe_text_addc(t, '%');
		pxe_text_addc(t, hex[(uint8_t)*p >> 4]);
		pxe_text_addc(t, hex[(uint8_t)*p & 15]);
	}
}

/* Length of the well-formed UTF-8 sequence at p (RFC 3629: no surrogates, no overlong forms), 0 if
 * there is none. */
static size_t utf8_length(const unsigned char *p)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	if (n == 0 || p[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

static void put_html(struct pxe_text *t, const char *s)
{
	for (const unsigned char *p = (const unsigned char *)s; *p != '\0';) {
		size_t n = utf8_length(p);

		if (*p == '&')
			pxe_text_add(t, "&amp;");
		else if (*p == '<')
			pxe_text_add(t, "&lt;");
		else if (*p == '>')
			pxe_text_add(t, "&gt;");
		else if (*p == '"')
			pxe_text_add(t, "&quot;");
		else if (n == 0 || *p < 0x20 || *p == 0x7f)
			pxe_text_add(t, "\xef\xbf\xbd");
		else
			pxe_text_addn(t, (const char *)p, n);
		p += n > 0 ? n : 1;
	}
}

static void put_head_cell(struct pxe_text *t, const char *title, char letter, enum listing_key key,
    const struct listing_how *how)
{
	bool flip = how->key == key && !how->descending;

	pxe_text_addf(t, "<th><a href=\"?C=%c;O=%c\">%s</a></th>", letter, flip ? 'D' : 'A', title);
}

/* "532", "1.4K", "4.4G": what people read; the exact number is in the title. */
static void put_size(struct pxe_text *t, uint64_t size)
{
	static const char units[] = "KMGTPE";
	uint64_t tenths = size;
	size_t u = 0;

	if (size < 1024) {
		pxe_text_add_u64(t, size);
		return;
	}
	while (tenths >= UINT64_C(1024) * 1024) {
		tenths /= 1024;
		u++;
	}
	tenths = tenths * 10 / 1024;
	pxe_text_addf(t, "%llu.%llu%c", (unsigned long long)(tenths / 10),
	    (unsigned long long)(tenths % 10), units[u]);
}

static void put_row(struct pxe_text *t, const struct listing_entry *e)
{
	struct date_parts d = date_split(e->mtime_s);

	pxe_text_add(t, "<tr><td><a href=\"");
	listing_encode(t, e->name);
	pxe_text_add(t, e->is_dir ? "/\">" : "\">");
	put_html(t, e->name);
	pxe_text_addf(t, "%s</a></td><td>%04d-%02u-%02u %02u:%02u</td>", e->is_dir ? "/" : "",
	    (int)d.year, d.month, d.day, d.hour, d.minute);
	if (e->is_dir) {
		pxe_text_add(t, "<td>-</td></tr>\n");
		return;
	}
	pxe_text_addf(t, "<td title=\"%llu\">", (unsigned long long)e->size);
	put_size(t, e->size);
	pxe_text_add(t, "</td></tr>\n");
}

static void write_html(struct pxe_text *t, const char *path, const struct listing_entry *e,
    size_t n, const struct listing_how *how)
{
	pxe_text_add(t, page_top);
	put_html(t, path);
	pxe_text_add(t, page_style);
	put_html(t, path);
	pxe_text_add(t, "</h1>\n<table>\n<tr>");
	put_head_cell(t, "Name", 'N', LISTING_NAME, how);
	put_head_cell(t, "Modified (UTC)", 'M', LISTING_TIME, how);
	put_head_cell(t, "Size", 'S', LISTING_SIZE, how);
	pxe_text_add(t, "</tr>\n");
	if (path[0] != '\0')
		pxe_text_add(t, "<tr><td><a href=\"../\">../</a></td><td></td><td>-</td></tr>\n");
	for (size_t i = 0; i < n; i++)
		put_row(t, &e[i]);
	pxe_text_add(t, page_end);
}

/* The members nginx's autoindex_format json has, so that its readers work. */
static void write_json(struct pxe_text *t, const struct listing_entry *e, size_t n)
{
	struct pxe_json j = pxe_json_init(t);

	pxe_json_open(&j, NULL, '[');
	for (size_t i = 0; i < n; i++) {
		char date[DATE_LEN + 1];

		pxe_json_open(&j, NULL, '{');
		pxe_json_str(&j, "name", e[i].name);
		pxe_json_str(&j, "type", e[i].is_dir ? "directory" : "file");
		pxe_json_str(&j, "mtime", date_format(e[i].mtime_s, date));
		if (!e[i].is_dir)
			pxe_json_u64(&j, "size", e[i].size);
		pxe_json_close(&j, '}');
	}
	pxe_json_close(&j, ']');
	pxe_text_addc(t, '\n');
}

void listing_write(struct pxe_text *t, const char *path, const struct listing_entry *e, size_t n,
    const struct listing_how *how)
{
	if (how->format == LISTING_JSON)
		write_json(t, e, n);
	else
		write_html(t, path, e, n, how);
}
