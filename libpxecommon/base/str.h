/* SPDX-License-Identifier: BSD-2-Clause */
/* str.h -- bounded text: a builder that never overruns, escaping of strings from the network,
 * numbers with range checks, and the nearest-word hint.
 *
 * Locale-independent on purpose: a configuration file means the same on every machine.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Text builder over borrowed memory. Always NUL-terminated when cap > 0; what does not fit is cut
 * and truncated becomes true. len counts bytes without the NUL. */
struct pxe_text {
	char *p;
	size_t cap;
	size_t len;
	bool truncated;
};

struct pxe_text pxe_text_init(char *p, size_t cap);
void pxe_text_add(struct pxe_text *t, const char *s);
void pxe_text_addn(struct pxe_text *t, const char *s, size_t n);
void pxe_text_addc(struct pxe_text *t, char c);
void pxe_text_addf(struct pxe_text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void pxe_text_addv(struct pxe_text *t, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
void pxe_text_add_u64(struct pxe_text *t, uint64_t v);
/* Lower-case hex, sep between bytes unless it is 0. */
void pxe_text_add_hex(struct pxe_text *t, const void *p, size_t n, char sep);
/* n bytes from a stranger, safe for a terminal and a log line: printable ASCII as it is, backslash
 * doubled, every other byte as \xNN. */
void pxe_text_add_escaped(struct pxe_text *t, const void *p, size_t n);

/* Copy src to dst of cap bytes. Returns 0, or PXE_E_TOOBIG when it was cut (dst is still a string).
 */
int pxe_str_copy(char *dst, size_t cap, const char *src);
bool pxe_str_ieq(const char *a, const char *b); /* ASCII case folded */
bool pxe_str_starts(const char *s, const char *prefix);
int pxe_memicmp(const void *a, const void *b, size_t n);
char *pxe_ascii_lower(char *s);

/* Decimal number, the whole string, no sign, no blanks. 0, PXE_E_SYNTAX or PXE_E_RANGE. */
int pxe_parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out);
/* Decimal with optional k, M, G (powers of 1024), for sizes and limits. */
int pxe_parse_size(const char *s, uint64_t min, uint64_t max, uint64_t *out);
/* 0..15 for a hex digit of either case, else -1. */
int pxe_hex_value(char c);
/* Hex digits, optionally joined by ':' or '-', to bytes: pairs, or single digits between joints
 * ("1:0:5e"). Returns the count (at least 1), PXE_E_SYNTAX or PXE_E_TOOBIG. */
int pxe_parse_hex(const char *s, uint8_t *out, size_t cap);

/* The entry of words (n of them) nearest to word by edit distance (transposition counts one), or
 * NULL when none is near enough to be worth a hint (more than a third of its length wrong). */
const char *pxe_nearest_word(const char *word, const char *const *words, size_t n);
