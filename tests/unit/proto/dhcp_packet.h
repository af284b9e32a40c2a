/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_packet.h -- DHCPv4 packets written byte by byte, for tests that must not trust the encoder.
 */
#pragma once

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/proto/dhcp_msg.h"

/* An assertion for loops: Check's own ones write to a file even when they hold. */
#define MUST(what)                                                                                 \
	do {                                                                                       \
		if (!(what))                                                                       \
			ck_abort_msg("%s", #what);                                                 \
	} while (0)

struct packet {
	uint8_t b[PXE_DHCP_MAX_LEN + 16];
	size_t len;
};

static inline void packet_add(struct packet *p, const void *bytes, size_t n)
{
	MUST(p->len + n <= sizeof(p->b));
	memcpy(p->b + p->len, bytes, n);
	p->len += n;
}

/* An option of n bytes in the options field. */
static inline void packet_opt(struct packet *p, uint8_t code, const void *bytes, size_t n)
{
	uint8_t head[2] = {code, (uint8_t)n};

	packet_add(p, head, 2);
	packet_add(p, bytes, n);
}

static inline void packet_byte(struct packet *p, uint8_t v)
{
	packet_add(p, &v, 1);
}

/* The fixed part and the cookie, every field with a value of its own. */
static inline void packet_init(struct packet *p)
{
	static const uint8_t head[44] = {1, 6, 7, 3, 0xde, 0xad, 0xbe, 0xef, 0x12, 0x34, 0x80, 0x01,
	    10, 1, 2, 3, 10, 4, 5, 6, 10, 7, 8, 9, 10, 10, 11, 12, 0x52, 0x54, 0, 0x12, 0x34, 0x56,
	    0x78, 0x9a, 8, 9, 10, 11, 12, 13, 14, 15};

	memset(p->b, 0, PXE_DHCP_FIXED_LEN);
	memcpy(p->b, head, sizeof(head));
	memcpy(p->b + 44, "server.example", 14);
	memcpy(p->b + 108, "pxelinux.0", 10);
	p->len = PXE_DHCP_FIXED_LEN;
	packet_add(p, "\x63\x82\x53\x63", 4);
}

/* Parse exactly len bytes in memory of their own, so that a read past them is seen. */
static inline int packet_parse_cut(const struct packet *p, size_t len, struct pxe_dhcp_msg *m)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	int err = 0;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, p->b, len);
	err = pxe_dhcp_parse(copy, len, m);
	free(copy);
	return err;
}

static inline int packet_parse(const struct packet *p, struct pxe_dhcp_msg *m)
{
	return packet_parse_cut(p, p->len, m);
}

static inline void assert_opt(
    const struct pxe_dhcp_msg *m, uint8_t code, const void *bytes, size_t n)
{
	struct pxe_bytes v = pxe_dhcp_get(m, code);

	if (!pxe_dhcp_has(m, code))
		ck_abort_msg("option %u is missing", code);
	if (v.len != n || memcmp(v.p, bytes, n) != 0)
		ck_abort_msg("option %u differs (%zu bytes, not %zu)", code, v.len, n);
}

/* A small generator with a fixed seed (xorshift32): the same messages on every run. */
static inline uint32_t next_random(uint32_t *state)
{
	uint32_t x = *state;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return *state = x;
}
