/* SPDX-License-Identifier: BSD-2-Clause */
/* table.c -- JSON objects as a table for people. */
#include "libpxecommon/tools/table.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libpxecommon/tools/say.h"

enum { COLUMNS_MAX = 40, CELL_MAX = 256, LINE_MAX_LEN = COLUMNS_MAX * (CELL_MAX + 2) };

struct table {
	json_t *rows;                    /* array of objects */
	const char *column[COLUMNS_MAX]; /* names, in order of first sight; the rows' strings */
	size_t ncolumn;
};

struct table *table_new(void)
{
	struct table *t = calloc(1, sizeof(*t));

	if (t == NULL || (t->rows = json_array()) == NULL) {
		free(t);
		return NULL;
	}
	return t;
}

void table_free(struct table *t)
{
	if (t == NULL)
		return;
	json_decref(t->rows);
	free(t);
}

static void learn_column(struct table *t, const char *name)
{
	for (size_t i = 0; i < t->ncolumn; i++) {
		if (strcmp(t->column[i], name) == 0)
			return;
	}
	if (t->ncolumn < COLUMNS_MAX)
		t->column[t->ncolumn++] = name;
}

int table_add_json(struct table *t, void *json)
{
	json_t *row = json, *value = NULL;
	const char *key = NULL;

	if (!json_is_object(row))
		return 0;
	if (json_array_append(t->rows, row) != 0)
		return -ENOMEM;
	json_object_foreach(row, key, value) learn_column(t, key);
	return 0;
}

int table_add(struct table *t, const char *line, size_t len)
{
	json_t *row = json_loadb(line, len, 0, NULL);
	int err = table_add_json(t, row);

	json_decref(row);
	return err;
}

size_t table_rows(const struct table *t)
{
	return json_array_size(t->rows);
}

void table_value(struct pxe_text *t, const void *json)
{
	const json_t *v = json;
	char *dump = NULL;

	switch (json_typeof(v)) {
	case JSON_STRING:
		say_escaped(t, json_string_value(v));
		break;
	case JSON_INTEGER:
		pxe_text_addf(t, "%lld", (long long)json_integer_value(v));
		break;
	case JSON_REAL:
		pxe_text_addf(t, "%.3f", json_real_value(v));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		pxe_text_add(t, json_is_true(v) ? "yes" : "no");
		break;
	case JSON_NULL:
		break;
	default:
		dump = json_dumps(v, JSON_COMPACT);
		if (dump != NULL)
			say_escaped(t, dump);
		free(dump);
		break;
	}
}

/* Cells are padded, so their width is what the terminal shows: bytes that start a character. */
static size_t width_of(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* Seconds since 1970 are for programs. */
static bool is_time(const char *column)
{
	static const char *const names[] = {"starts", "ends", "cltt", "tstp", "tsfp", "time"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(column, names[i]) == 0)
			return true;
	}
	return false;
}

static void put_time(struct pxe_text *t, const json_t *v)
{
	time_t s = (time_t)json_number_value(v);
	char text[32] = "";
	struct tm tm;

	if (localtime_r(&s, &tm) != NULL)
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	pxe_text_add(t, text);
}

static void cell(const struct table *t, size_t row, size_t column, char out[CELL_MAX])
{
	struct pxe_text text = pxe_text_init(out, CELL_MAX);
	const json_t *v = json_object_get(json_array_get(t->rows, row), t->column[column]);

	if (json_is_number(v) && is_time(t->column[column]))
		put_time(&text, v);
	else if (v != NULL)
		table_value(&text, v);
	if (text.len == 0)
		pxe_text_addc(&text, '-');
}

static void pad(struct pxe_text *t, const char *s, size_t width, bool is_last)
{
	pxe_text_add(t, s);
	for (size_t w = width_of(s); w < width + 2 && !is_last; w++)
		pxe_text_addc(t, ' ');
}

void table_show(const struct table *t, void (*put)(const char *line, void *arg), void *arg)
{
	size_t width[COLUMNS_MAX] = {0}, rows = table_rows(t);
	char text[CELL_MAX], line[LINE_MAX_LEN];
	struct pxe_text out = pxe_text_init(line, sizeof(line));

	for (size_t c = 0; c < t->ncolumn; c++) {
		width[c] = strlen(t->column[c]);
		for (size_t r = 0; r < rows; r++) {
			cell(t, r, c, text);
			width[c] = width_of(text) > width[c] ? width_of(text) : width[c];
		}
	}
	for (size_t c = 0; c < t->ncolumn; c++) {
		(void)pxe_str_copy(text, sizeof(text), t->column[c]);
		for (char *p = text; *p != '\0'; p++)
			*p = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
		pad(&out, text, width[c], c + 1 == t->ncolumn);
	}
	if (rows > 0)
		put(line, arg);
	for (size_t r = 0; r < rows; r++) {
		out = pxe_text_init(line, sizeof(line));
		for (size_t c = 0; c < t->ncolumn; c++) {
			cell(t, r, c, text);
			pad(&out, text, width[c], c + 1 == t->ncolumn);
		}
		put(line, arg);
	}
}
