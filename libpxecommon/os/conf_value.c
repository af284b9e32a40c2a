/* SPDX-License-Identifier: BSD-2-Clause */
/* conf_value.c -- one scalar of a configuration, checked against its row and stored. */
#include "libpxecommon/os/conf_value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"

enum { COMPLAINT_MAX = 1024, NUMBER_MAX = 32, SHOWN_MAX = 200 };

static const char *const kind_names[] = {
    [PXE_CONF_KIND_BOOL] = "true or false",
    [PXE_CONF_KIND_INT] = "an integer",
    [PXE_CONF_KIND_FLOAT] = "a number with a fraction",
    [PXE_CONF_KIND_STR] = "a string",
    [PXE_CONF_KIND_TEXT] = "text",
};

int pxe_conf_complain(
    const struct pxe_conf_place *at, struct pxe_diag *diag, const char *code, const char *fmt, ...)
{
	char buf[COMPLAINT_MAX];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));
	va_list ap;

	va_start(ap, fmt);
	pxe_text_addv(&t, fmt, ap);
	va_end(ap);
	pxe_diag_add(
	    diag, PXE_DIAG_ERROR, at->file, at->line, 0, code, NULL, "%s %s", at->label, buf);
	return PXE_E_CONFIG;
}

static int wrong_type(const struct pxe_conf_place *at, struct pxe_diag *diag, const char *wants,
    const struct pxe_conf_value *value)
{
	return pxe_conf_complain(
	    at, diag, "wrong-type", "wants %s, not %s", wants, kind_names[value->kind]);
}

/* "is "x", ..." with the value quoted and made printable. */
static int bad_value(
    const struct pxe_conf_place *at, struct pxe_diag *diag, const char *s, const char *wants)
{
	char buf[SHOWN_MAX];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));

	pxe_text_add_escaped(&t, s, strlen(s));
	return pxe_conf_complain(at, diag, "bad-value", "is \"%s\", which is not %s", buf, wants);
}

/* Units from large to small; a number is shown in the largest one that divides it. */
struct unit {
	const char *name;
	int64_t factor;
};
static const struct unit no_units[] = {{"", 1}};
static const struct unit size_units[] = {{"G", 1 << 30}, {"M", 1 << 20}, {"k", 1 << 10}, {"", 1}};
static const struct unit duration_units[] = {
    {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

static const struct unit *units_of(enum pxe_conf_type type)
{
	return type == PXE_CONF_SIZE       ? size_units
	       : type == PXE_CONF_DURATION ? duration_units
					   : no_units;
}

static char *show(const struct unit *unit, int64_t v, char buf[NUMBER_MAX])
{
	while (unit->factor > 1 && (v == 0 || v % unit->factor != 0))
		unit++;
	(void)snprintf(buf, NUMBER_MAX, "%" PRId64 "%s", v / unit->factor, unit->name);
	return buf;
}

static int store_number(const struct pxe_conf_row *row, const struct pxe_conf_place *at, int64_t v,
    void *dst, struct pxe_diag *diag)
{
	bool bounded = row->min != 0 || row->max != 0;
	int64_t least = row->type == PXE_CONF_INT ? INT64_MIN : 0;
	int64_t min = bounded ? row->min : least;
	int64_t max = bounded ? row->max : INT64_MAX;
	const struct unit *units = units_of(row->type);
	char a[NUMBER_MAX], b[NUMBER_MAX], c[NUMBER_MAX];

	if (v < min || v > max) {
		if (max == INT64_MAX)
			return pxe_conf_complain(at, diag, "out-of-range",
			    "is %s, allowed is %s or more", show(units, v, a), show(units, min, b));
		return pxe_conf_complain(at, diag, "out-of-range", "is %s, allowed are %s to %s",
		    show(units, v, a), show(units, min, b), show(units, max, c));
	}
	memcpy(dst, &v, sizeof(v));
	return 0;
}

static int store_bool(const struct pxe_conf_row *row, const struct pxe_conf_value *value,
    const struct pxe_conf_place *at, struct pxe_arena *arena, void *dst, struct pxe_diag *diag)
{
	static const char *const yes[] = {"true", "yes", "on", "1"};
	static const char *const no[] = {"false", "no", "off", "0"};
	bool v = value->i != 0;
	bool known = value->kind == PXE_CONF_KIND_BOOL;

	(void)row;
	(void)arena;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]) && !known; i++) {
		if (value->kind != PXE_CONF_KIND_TEXT)
			return wrong_type(at, diag, "true or false", value);
		v = pxe_str_ieq(value->s, yes[i]);
		known = v || pxe_str_ieq(value->s, no[i]);
	}
	if (!known)
		return bad_value(at, diag, value->s, "true or false");
	memcpy(dst, &v, sizeof(v));
	return 0;
}

static int store_int(const struct pxe_conf_row *row, const struct pxe_conf_value *value,
    const struct pxe_conf_place *at, struct pxe_arena *arena, void *dst, struct pxe_diag *diag)
{
	int64_t v = value->i;
	char *end = NULL;

	(void)arena;
	if (value->kind == PXE_CONF_KIND_TEXT) {
		errno = 0;
		v = strtoll(value->s, &end, 10);
		if (end == value->s || *end != '\0' || errno != 0 ||
		    strchr("-0123456789", value->s[0]) == NULL)
			return bad_value(at, diag, value->s, "an integer");
	} else if (value->kind != PXE_CONF_KIND_INT) {
		return wrong_type(at, diag, "an integer", value);
	}
	return store_number(row, at, v, dst, diag);
}

static int store_size(const struct pxe_conf_row *row, const struct pxe_conf_value *value,
    const struct pxe_conf_place *at, struct pxe_arena *arena, void *dst, struct pxe_diag *diag)
{
	static const char wants[] = "a size such as 4096, \"64k\" or \"1M\"";
	uint64_t v = 0;

	(void)arena;
	if (value->kind == PXE_CONF_KIND_INT)
		return store_number(row, at, value->i, dst, diag);
	if (value->kind < PXE_CONF_KIND_STR)
		return wrong_type(at, diag, wants, value);
	if (pxe_parse_size(value->s, 0, INT64_MAX, &v) != 0)
		return bad_value(at, diag, value->s, wants);
	return store_number(row, at, (int64_t)v, dst, diag);
}

/* Decimal with an optional fraction and unit; seconds without one. */
static int parse_duration(const char *s, int64_t *out_ms)
{
	int64_t whole = 0, fraction = 0, scale = 1, factor = 0;
	const char *p = s;

	for (; *p >= '0' && *p <= '9'; p++) {
		if (whole > INT64_MAX / 1000000)
			return PXE_E_RANGE;
		whole = 10 * whole + (*p - '0');
	}
	if (p == s)
		return PXE_E_SYNTAX;
	if (*p == '.' && p[1] >= '0' && p[1] <= '9') {
		for (p++; *p >= '0' && *p <= '9'; p++) {
			if (scale == 1000000)
				continue; /* finer than we can tell */
			scale *= 10;
			fraction = 10 * fraction + (*p - '0');
		}
	}
	for (size_t i = 0; i < sizeof(duration_units) / sizeof(duration_units[0]); i++) {
		if (strcmp(*p != '\0' ? p : "s", duration_units[i].name) == 0)
			factor = duration_units[i].factor;
	}
	if (factor == 0)
		return PXE_E_SYNTAX;
	if (whole > INT64_MAX / factor - 1)
		return PXE_E_RANGE;
	*out_ms = whole * factor + fraction * factor / scale;
	return 0;
}

static int store_duration(const struct pxe_conf_row *row, const struct pxe_conf_value *value,
    const struct pxe_conf_place *at, struct pxe_arena *arena, void *dst, struct pxe_diag *diag)
{
	static const char wants[] = "a duration such as 30, \"500ms\", \"10s\", \"5m\" or \"1h\"";
	int64_t ms = 0;

	(void)arena;
	switch (value->kind) {
	case PXE_CONF_KIND_INT:
		if (value->i > INT64_MAX / 1000 || value->i < INT64_MIN / 1000)
			return pxe_conf_complain(at, diag, "out-of-range", "is too long");
		ms = value->i * 1000;
		break;
	case PXE_CONF_KIND_FLOAT:
		/* NaN fails both comparisons. */
		if (!(value->f >= -1e12 && value->f <= 1e12))
			return pxe_conf_complain(at, diag, "out-of-range", "is too long");
		ms = (int64_t)(value->f * 1000.0);
		break;
	case PXE_CONF_KIND_STR:
	case PXE_CONF_KIND_TEXT:
		if (parse_duration(value->s, &ms) != 0)
			return bad_value(at, diag, value->s, wants);
		break;
	default:
		return wrong_type(at, diag, wants, value);
	}
	return store_number(row, at, ms, dst, diag);
}

static int bad_word(const struct pxe_conf_row *row, const char *word,
    const struct pxe_conf_place *at, struct pxe_diag *diag, size_t nwords)
{
	const char *near = pxe_nearest_word(word, row->words, nwords);
	char shown[SHOWN_MAX], list[COMPLAINT_MAX / 2];
	struct pxe_text s = pxe_text_init(shown, sizeof(shown));
	struct pxe_text t = pxe_text_init(list, sizeof(list));

	pxe_text_add_escaped(&s, word, strlen(word));
	for (size_t i = 0; i < nwords; i++)
		pxe_text_addf(&t, "%s%s", i > 0 ? ", " : "", row->words[i]);
	if (near != NULL)
		return pxe_conf_complain(at, diag, "bad-value",
		    "is \"%s\"; did you mean \"%s\"? Allowed are %s", shown, near, list);
	return pxe_conf_complain(at, diag, "bad-value", "is \"%s\", allowed are %s", shown, list);
}

static int store_word(const struct pxe_conf_row *row, const struct pxe_conf_value *value,
    const struct pxe_conf_place *at, struct pxe_arena *arena, void *dst, struct pxe_diag *diag)
{
	size_t n = 0;
	int found = -1;

	(void)arena;
	if (value->kind < PXE_CONF_KIND_STR)
		return wrong_type(at, diag, "a string", value);
	for (; row->words[n] != NULL; n++) {
		if (pxe_str_ieq(value->s, row->words[n]))
			found = (int)n;
	}
	if (found < 0)
		return bad_word(row, value->s, at, diag, n);
	memcpy(dst, &found, sizeof(found));
	return 0;
}

static int store_str(const struct pxe_conf_row *row, const struct pxe_conf_value *value,
    const struct pxe_conf_place *at, struct pxe_arena *arena, void *dst, struct pxe_diag *diag)
{
	char *copy = NULL;

	(void)row;
	if (value->kind < PXE_CONF_KIND_STR)
		return wrong_type(at, diag, "a string", value);
	copy = pxe_arena_strdup(arena, value->s);
	if (copy == NULL)
		return -ENOMEM;
	memcpy(dst, &copy, sizeof(char *));
	return 0;
}

static int store_endpoint(const struct pxe_conf_row *row, const struct pxe_conf_value *value,
    const struct pxe_conf_place *at, struct pxe_arena *arena, void *dst, struct pxe_diag *diag)
{
	struct pxe_endpoint ep = {0};

	(void)arena;
	if (value->kind < PXE_CONF_KIND_STR)
		return wrong_type(at, diag, "an address in a string", value);
	if (pxe_endpoint_parse(value->s, (uint16_t)row->min, &ep) != 0)
		return bad_value(at, diag, value->s,
		    "an address such as 192.0.2.1, 192.0.2.1:69, :69 or [2001:db8::1]:69");
	memcpy(dst, &ep, sizeof(ep));
	return 0;
}

static int store_prefix(const struct pxe_conf_row *row, const struct pxe_conf_value *value,
    const struct pxe_conf_place *at, struct pxe_arena *arena, void *dst, struct pxe_diag *diag)
{
	struct pxe_prefix prefix = {0};

	(void)row;
	(void)arena;
	if (value->kind < PXE_CONF_KIND_STR)
		return wrong_type(at, diag, "a prefix in a string", value);
	if (pxe_prefix_parse(value->s, &prefix) != 0)
		return bad_value(
		    at, diag, value->s, "a prefix such as 192.0.2.0/24 or 2001:db8::/32");
	memcpy(dst, &prefix, sizeof(prefix));
	return 0;
}

/* Append one; the arena keeps the outgrown arrays, which are few. */
static int store_strs(const struct pxe_conf_row *row, const struct pxe_conf_value *value,
    const struct pxe_conf_place *at, struct pxe_arena *arena, void *dst, struct pxe_diag *diag)
{
	struct pxe_conf_strs strs;
	char **v = NULL;

	if (value->kind < PXE_CONF_KIND_STR)
		return wrong_type(at, diag, "strings", value);
	memcpy(&strs, dst, sizeof(strs));
	if (row->max > 0 && strs.n >= (size_t)row->max)
		return pxe_conf_complain(
		    at, diag, "out-of-range", "has more than %" PRId64 " entries", row->max);
	/* Grow when n is a power of two or nothing, to twice its size. */
	if ((strs.n & (strs.n - 1)) == 0) {
		v = pxe_arena_alloc(arena, (strs.n > 0 ? 2 * strs.n : 1) * sizeof(*v));
		if (v == NULL)
			return -ENOMEM;
		if (strs.n > 0)
			memcpy(v, strs.v, strs.n * sizeof(*v));
		strs.v = v;
	}
	strs.v[strs.n] = pxe_arena_strdup(arena, value->s);
	if (strs.v[strs.n] == NULL)
		return -ENOMEM;
	strs.n++;
	memcpy(dst, &strs, sizeof(strs));
	return 0;
}

typedef int (*store_fn)(const struct pxe_conf_row *row, const struct pxe_conf_value *value,
    const struct pxe_conf_place *at, struct pxe_arena *arena, void *dst, struct pxe_diag *diag);

static const store_fn stores[] = {
    [PXE_CONF_BOOL] = store_bool,
    [PXE_CONF_INT] = store_int,
    [PXE_CONF_SIZE] = store_size,
    [PXE_CONF_DURATION] = store_duration,
    [PXE_CONF_WORD] = store_word,
    [PXE_CONF_STR] = store_str,
    [PXE_CONF_ENDPOINT] = store_endpoint,
    [PXE_CONF_PREFIX] = store_prefix,
    [PXE_CONF_STRS] = store_strs,
};

int pxe_conf_value_store(const struct pxe_conf_row *row, const struct pxe_conf_value *value,
    const struct pxe_conf_place *at, struct pxe_arena *arena, void *dst, struct pxe_diag *diag)
{
	if (row->type >= PXE_CONF_GROUP)
		return pxe_conf_complain(at, diag, "wrong-type", "cannot be set as a whole");
	return stores[row->type](row, value, at, arena, dst, diag);
}
