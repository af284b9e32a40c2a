/* SPDX-License-Identifier: BSD-2-Clause */
/* slice.h -- a borrowed run of characters, as the request parser hands them out.
 *
 * Not NUL-terminated. p may be NULL only when len is 0; "absent" is p == NULL, "empty" is len 0
 * with a pointer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *p;
	size_t len;
};

static inline struct slice slice_of(const char *s)
{
	return (struct slice){.p = s, .len = strlen(s)};
}

static inline bool slice_is_set(struct slice s)
{
	return s.p != NULL;
}

static inline bool slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static inline char slice_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* ASCII case folded; lower is in lower case already. */
static inline bool slice_is_word(struct slice a, const char *lower, size_t lower_len)
{
	if (a.len != lower_len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		if (slice_lower(a.p[i]) != lower[i])
			return false;
	}
	return true;
}

/* Without blanks and tabs at either end (OWS, RFC 9110 5.6.3). */
static inline struct slice slice_trim(struct slice s)
{
	while (s.len > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* Take the next element of a comma-separated list off *rest, trimmed; empty elements are skipped
 * (RFC 9110 5.6.1.2). Commas inside a quoted string do not separate. False at the end. */
static inline bool slice_next_element(struct slice *rest, struct slice *out)
{
	while (rest->len > 0) {
		size_t n = 0;
		bool quoted = false;

		for (; n < rest->len && (quoted || rest->p[n] != ','); n++) {
			if (rest->p[n] == '"')
				quoted = !quoted;
		}
		*out = slice_trim((struct slice){rest->p, n});
		n += n < rest->len;
		rest->p += n;
		rest->len -= n;
		if (out->len > 0)
			return true;
	}
	return false;
}
