/* SPDX-License-Identifier: BSD-2-Clause */
/* say.c -- an event as one line for people. */
#include "libpxecommon/tools/say.h"

#include <string.h>
#include <time.h>

#include "libpxecommon/base/clock.h"
#include "libpxecommon/tools/kind.h"

#define RESET  "\x1b[0m"
#define DIM    "\x1b[2m"
#define RED    "\x1b[31m"
#define GREEN  "\x1b[32m"
#define YELLOW "\x1b[33m"
#define CYAN   "\x1b[36m"

/* Length of the printable UTF-8 character at s, 0 when it is none. Control characters of both
 * ranges, overlong forms and surrogates are not. */
static size_t printable_len(const unsigned char *s)
{
	size_t n = s[0] < 0x80                   ? 1
		   : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
		   : (s[0] & 0xf0) == 0xe0       ? 3
						 : 0;

	if (n == 1)
		return s[0] >= 0x20 && s[0] != 0x7f ? 1 : 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	if (n == 2 && s[0] == 0xc2 && s[1] < 0xa0)
		return 0;
	if (n == 3 &&
	    ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) ||
		(s[0] == 0xe2 && s[1] == 0x80))) /* includes marks that turn text around */
		return 0;
	return n;
}

void say_escaped(struct pxe_text *t, const char *s)
{
	while (*s != '\0') {
		size_t n = printable_len((const unsigned char *)s);

		if (n > 0)
			pxe_text_addn(t, s, n);
		else
			pxe_text_addf(t, "\\x%02x", (unsigned char)*s);
		s += n > 0 ? n : 1;
	}
}

void say_bytes(struct pxe_text *t, uint64_t bytes)
{
	static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
	double v = (double)bytes / 1000;
	size_t i = 0;

	if (bytes < 1000) {
		pxe_text_addf(t, "%u B", (unsigned)bytes);
		return;
	}
	/* 999.95 would be shown as 1000.0 */
	for (; v >= 999.95 && i + 1 < sizeof(units) / sizeof(units[0]); i++)
		v /= 1000;
	pxe_text_addf(t, "%.1f %s", v, units[i]);
}

void say_clock(struct pxe_text *t, int64_t time_us)
{
	time_t s = (time_t)(time_us / PXE_US_PER_S);
	struct tm tm;

	(void)localtime_r(&s, &tm);
	pxe_text_addf(t, "%02d:%02d:%02d.%03d", tm.tm_hour, tm.tm_min, tm.tm_sec,
	    (int)(time_us % PXE_US_PER_S / 1000));
}

/* A column: at least width and at most max bytes. */
static void say_column(struct pxe_text *t, const char *s, int width, int max)
{
	char safe[256];
	struct pxe_text column = pxe_text_init(safe, sizeof(safe));

	say_escaped(&column, s);
	pxe_text_addf(t, "%-*.*s", width, max, safe);
}

static void say_if(struct pxe_text *t, const char *before, const char *s, const char *after)
{
	if (s == NULL)
		return;
	pxe_text_add(t, before);
	say_escaped(t, s);
	pxe_text_add(t, after);
}

/* A name that loaders try on the way to one that exists. */
static bool is_usual_miss(const struct record *r)
{
	return record_is(r, "expected-miss") ||
	       (record_is(r, "not-found") && r->file != NULL && kind_is_search(r->file));
}

static bool is_quiet(const struct record *r)
{
	return is_usual_miss(r) || record_is(r, "probe") || record_is(r, "not-modified") ||
	       record_is(r, "duplicate");
}

static void say_why(struct pxe_text *t, const struct record *r)
{
	say_if(t, ": ", r->text != NULL ? r->text : r->reason, "");
	say_if(t, " (", r->detail, ")");
	say_if(t, " [", r->where, "]");
}

static void say_dhcp(struct pxe_text *t, const struct record *r)
{
	char stage[32];
	struct pxe_text name = pxe_text_init(stage, sizeof(stage));

	/* As every log and every book writes them; relays say which message it was in detail. */
	for (const char *p = r->stage_name; *p != '\0'; p++)
		pxe_text_addc(&name, *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p);
	say_escaped(t, stage);
	say_if(t, " ", r->ip, "");
	if (r->file != NULL)
		say_if(t, " boot file ", r->file, "");
	say_if(t, " via ", r->giaddr != NULL ? r->giaddr : r->interface, "");
	if (r->stage == PXE_STAGE_DISCOVER || r->stage == PXE_STAGE_OFFER) {
		if (r->arch >= 0)
			pxe_text_addf(t, " arch %d", (int)r->arch);
		say_if(t, " (", r->vendor_class, ")");
	}
	if (record_is(r, "ok"))
		say_if(t, ", ", r->detail, "");
	else
		say_why(t, r);
}

static void say_transfer(struct pxe_text *t, const struct record *r)
{
	double s = (double)r->duration_us / (double)PXE_US_PER_S;

	if (r->stage == PXE_STAGE_HTTP)
		pxe_text_addf(t, "HTTP %d ", (int)r->status);
	else
		pxe_text_add(t, r->stage == PXE_STAGE_TFTP_READ ? "TFTP " : "TFTP upload ");
	say_escaped(t, r->file != NULL ? r->file : "-");
	if (r->bytes > 0) {
		pxe_text_add(t, ", ");
		say_bytes(t, r->bytes);
		if (r->size > r->bytes) {
			pxe_text_add(t, " of ");
			say_bytes(t, r->size);
		}
	}
	if (r->bytes > 0 && s > 0) {
		pxe_text_addf(t, " in %.3f s (", s);
		say_bytes(t, (uint64_t)((double)r->bytes / s));
		pxe_text_add(t, "/s)");
	}
	if (r->blksize > 0 && record_is(r, "ok") && r->blksize <= 512 && r->bytes > 1000000)
		pxe_text_add(t, ", slow: the client takes blocks of 512 bytes");
	if (r->retransmits > 0)
		pxe_text_addf(t, ", %d resent", (int)r->retransmits);
	if (is_usual_miss(r))
		pxe_text_add(t, ": not there, it tries on");
	else if (!record_is(r, "ok"))
		say_why(t, r);
}

static const char *colour_of(const struct record *r)
{
	if (is_quiet(r))
		return DIM;
	if (!record_is_fine(r))
		return record_is(r, "no-boot-file") ? YELLOW : RED;
	return r->stage == PXE_STAGE_SERVICE ? CYAN : record_is_transfer(r) ? GREEN : "";
}

void say_record(struct pxe_text *t, const struct record *r, bool colour)
{
	const char *client = r->mac != NULL ? r->mac : r->ip != NULL ? r->ip : "-";
	const char *paint = colour ? colour_of(r) : "";

	say_clock(t, r->time_us);
	pxe_text_add(t, "  ");
	say_column(t, r->daemon, 8, 16);
	pxe_text_addc(t, ' ');
	say_column(t, client, 17, 46);
	pxe_text_addf(t, "  %s", paint);
	if (r->stage == PXE_STAGE_SERVICE) {
		say_escaped(t, r->text != NULL ? r->text : r->reason);
		say_if(t, " (", r->detail, ")");
	} else if (record_is_transfer(r)) {
		say_transfer(t, r);
	} else {
		say_dhcp(t, r);
	}
	if (paint[0] != '\0')
		pxe_text_add(t, RESET);
}
