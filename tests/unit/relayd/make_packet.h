/* SPDX-License-Identifier: BSD-2-Clause */
/* make_packet.h -- messages byte by byte for the relay's tests, without the library that is tested.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct made {
	uint8_t b[2048];
	size_t len;
};

static inline void put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

/* Fixed part and cookie: Ethernet client 02:00:00:00:00:09, xid 0x11223344. */
static inline void make_begin(struct made *m, uint8_t op, uint32_t giaddr)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 9};

	memset(m, 0, sizeof(*m));
	m->b[0] = op;
	m->b[1] = 1;
	m->b[2] = 6;
	put32(m->b + 4, 0x11223344);
	put32(m->b + 24, giaddr);
	memcpy(m->b + 28, mac, sizeof(mac));
	put32(m->b + 236, 0x63825363);
	m->len = 240;
}

static inline void make_opt(struct made *m, uint8_t code, const void *p, size_t len)
{
	m->b[m->len++] = code;
	m->b[m->len++] = (uint8_t)len;
	if (len > 0)
		memcpy(m->b + m->len, p, len);
	m->len += len;
}

static inline void make_type(struct made *m, uint8_t type)
{
	make_opt(m, 53, &type, 1);
}

static inline void make_end(struct made *m)
{
	m->b[m->len++] = 255;
	while (m->len < 300)
		m->b[m->len++] = 0;
}

/* The options field as "53=01 82=0104..." up to END: what stands where, in order. */
static inline const char *options_text(const uint8_t *p, size_t len)
{
	static char text[4096];
	size_t at = 240, n = 0;

	text[0] = '\0';
	while (at + 1 < len && p[at] != 255) {
		if (p[at] == 0) {
			at++;
			continue;
		}
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%u=", n > 0 ? " " : "", p[at]);
		for (size_t i = 0; i < p[at + 1] && at + 2 + i < len; i++)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%02x", p[at + 2 + i]);
		at += 2u + p[at + 1];
	}
	if (at >= len || p[at] != 255)
		(void)snprintf(text + n, sizeof(text) - n, " (no END)");
	return text;
}
