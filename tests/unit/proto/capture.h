/* SPDX-License-Identifier: BSD-2-Clause */
/* capture.h -- the smallest reader of pcap files that a test can do with.
 *
 * Captures lie beside the project in ../shared/captures; tests on them are skipped where there are
 * none.
 */
#pragma once

#include <check.h>
#include <glob.h>
#include <stdint.h>
#include <stdio.h>

#include "libpxecommon/base/buf.h"

enum { CAPTURE_ETHERNET = 1, CAPTURE_FRAME_MAX = 65536, CAPTURE_SKIPPED = 77 };

/* What to do with each frame. */
typedef void (*capture_fn)(const char *path, struct pxe_bytes frame);

static inline uint32_t capture_le32(const uint8_t *b)
{
	return (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

static inline void capture_read(const char *path, capture_fn fn)
{
	static uint8_t frame[CAPTURE_FRAME_MAX];
	uint8_t head[24], record[16];
	FILE *f = fopen(path, "rb");

	ck_assert_msg(f != NULL, "%s", path);
	ck_assert_uint_eq(fread(head, 1, sizeof(head), f), sizeof(head));
	ck_assert_msg(
	    capture_le32(head) == 0xa1b2c3d4 && capture_le32(head + 20) == CAPTURE_ETHERNET,
	    "%s: not a little-endian pcap of Ethernet", path);
	while (fread(record, 1, sizeof(record), f) == sizeof(record)) {
		size_t n = capture_le32(record + 8);

		ck_assert_msg(n <= sizeof(frame) && fread(frame, 1, n, f) == n, "%s: cut", path);
		fn(path, (struct pxe_bytes){frame, n});
	}
	(void)fclose(f);
}

/* All captures there are; false when there are none. */
static inline bool capture_find(glob_t *out)
{
	if (glob(PROJECT_DIR "/../shared/captures/*.pcap", 0, NULL, out) == 0)
		return true;
	printf("skipped: no captures in ../shared/captures\n");
	return false;
}

/* The payload of the UDP header that rd stands before; p NULL when it goes to none of the ports
 * given, or comes from none. */
static inline struct pxe_bytes capture_udp(struct pxe_rd *rd, const uint16_t *ports, size_t nport)
{
	uint16_t from = pxe_rd_u16(rd), to = pxe_rd_u16(rd), len = pxe_rd_u16(rd);

	pxe_rd_skip(rd, 2);
	if (rd->err != 0 || len < 8)
		return (struct pxe_bytes){NULL, 0};
	for (size_t i = 0; i < nport; i++) {
		if (from == ports[i] || to == ports[i])
			return (struct pxe_bytes){pxe_rd_bytes(rd, len - 8u), len - 8u};
	}
	return (struct pxe_bytes){NULL, 0};
}
