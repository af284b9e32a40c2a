/* SPDX-License-Identifier: BSD-2-Clause */
/* coding.c -- see coding.h. */
#include "httpfsd/core/coding.h"

const struct coding coding_table[CODING_COUNT] = {{"br", ".br"}, {"zstd", ".zst"}, {"gzip", ".gz"}};

enum { WEIGHT_MAX = 1000, UNSAID = -1 };

/* "0.25" in thousandths; UNSAID when it is no weight (RFC 9110 12.4.2). */
static int parse_weight(struct slice s)
{
	int weight = 0, unit = 100;

	if (s.len == 0 || s.len > 5 || (s.p[0] != '0' && s.p[0] != '1') ||
	    (s.len > 1 && s.p[1] != '.'))
		return UNSAID;
	weight = (s.p[0] - '0') * WEIGHT_MAX;
	for (size_t i = 2; i < s.len; i++, unit /= 10) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return UNSAID;
		weight += (s.p[i] - '0') * unit;
	}
	return weight <= WEIGHT_MAX ? weight : UNSAID;
}

/* Split "gzip;q=0.5": the coding into *name, its weight returned. */
static int split(struct slice element, struct slice *name)
{
	const char *semi = memchr(element.p, ';', element.len);
	struct slice rest = {0};

	*name = element;
	if (semi == NULL)
		return WEIGHT_MAX;
	name->len = (size_t)(semi - element.p);
	*name = slice_trim(*name);
	rest = slice_trim((struct slice){semi + 1, (size_t)(element.p + element.len - semi - 1)});
	if (rest.len < 2 || slice_lower(rest.p[0]) != 'q' || rest.p[1] != '=')
		return UNSAID;
	return parse_weight((struct slice){rest.p + 2, rest.len - 2});
}

static bool is_name(struct slice s, const char *name)
{
	return slice_is_word(s, name, strlen(name));
}

/* Weights as the client gave them, UNSAID for what it did not name. */
struct weights {
	int of[CODING_COUNT], identity, others;
};

static void note(struct weights *w, struct slice name, int weight)
{
	if (is_name(name, "identity"))
		w->identity = weight;
	else if (is_name(name, "*"))
		w->others = weight;
	for (size_t i = 0; i < CODING_COUNT; i++) {
		/* x-gzip is gzip's old name (RFC 9110 8.4.1.3). */
		if (is_name(name, coding_table[i].name) ||
		    (strcmp(coding_table[i].name, "gzip") == 0 && is_name(name, "x-gzip")))
			w->of[i] = weight;
	}
}

static void read_weights(const struct request *rq, struct weights *w)
{
	const char *at = NULL;
	struct slice value = {0}, element = {0}, name = {0};

	*w = (struct weights){.identity = UNSAID, .others = UNSAID};
	for (size_t i = 0; i < CODING_COUNT; i++)
		w->of[i] = UNSAID;
	while (request_field_next(rq, FIELD_ACCEPT_ENCODING, &at, &value)) {
		while (slice_next_element(&value, &element)) {
			int weight = split(element, &name);

			if (weight != UNSAID)
				note(w, name, weight);
		}
	}
}

size_t coding_accepted(const struct request *rq, unsigned char out[CODING_COUNT])
{
	struct weights w;
	size_t n = 0;

	if (!slice_is_set(rq->field[FIELD_ACCEPT_ENCODING]))
		return 0;
	read_weights(rq, &w);
	for (size_t i = 0; i < CODING_COUNT; i++) {
		size_t at = n;

		if (w.of[i] == UNSAID)
			w.of[i] = w.others;
		if (w.of[i] <= 0 || w.of[i] < w.identity)
			continue;
		for (; at > 0 && w.of[out[at - 1]] < w.of[i]; at--)
			out[at] = out[at - 1];
		out[at] = (unsigned char)i;
		n++;
	}
	return n;
}
