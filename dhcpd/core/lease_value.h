/* SPDX-License-Identifier: BSD-2-Clause */
/* lease_value.h -- values of lease file statements: times, bytes, states. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcpd/core/lease_text.h"

/* All of these read from where the scanner stands, leave the ';' behind a value to the caller, and
 * return false for what is no such value; *out is then unspecified. */

/* "W YYYY/MM/DD HH:MM:SS [offset]", "epoch N" or "never" (LEASE_NEVER). */
bool lease_value_time(struct scan *s, int64_t *out);
/* A string with escapes, or hex bytes of one or two digits joined by ':', into buf. */
bool lease_value_bytes(struct scan *s, uint8_t *buf, size_t cap, struct pxe_bytes *out);
bool lease_value_state(struct scan *s, enum lease_state *out);
/* A decimal number, perhaps negative, at *p, which moves behind it; at most 10^12 or so. */
bool lease_value_num(const char **p, const char *end, int64_t *out);
/* A token that is one number. */
bool lease_value_tok_num(const struct scan_tok *t, int64_t *out);
/* Hex bytes of one or two digits joined by ':'; at least one. */
bool lease_value_hex(const char *p, size_t len, uint8_t *out, size_t cap, size_t *out_len);
