/* SPDX-License-Identifier: BSD-2-Clause */
/* agent_fuzz.c -- any options field: option 82 goes in and comes out again.
 *
 * Input: a byte n, n bytes of option body, the rest is the options field of a message. */
#undef NDEBUG /* a fuzz build is a release build */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/proto/dhcp_agent.h"
#include "libpxecommon/proto/dhcp_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = PXE_DHCP_FIXED_LEN + 4, SPARE = 600, END = 255, AGENT = 82 };

/* Length of the options without padding, END and option 82, copied to out: what the two operations
 * must leave alone. A walk of its own, so that it does not share a mistake. */
static size_t essence(const uint8_t *pkt, size_t len, uint8_t *out)
{
	size_t n = 0;

	for (size_t at = HEAD; at < len && pkt[at] != END;) {
		size_t whole = pkt[at] == 0 ? 1 : 2u + pkt[at + 1];

		assert(at + whole <= len);
		if (pkt[at] != 0 && pkt[at] != AGENT) {
			memcpy(out + n, pkt + at, whole);
			n += whole;
		}
		at += whole;
	}
	return n;
}

static void expect_same_essence(const uint8_t *a, size_t alen, const uint8_t *b, size_t blen)
{
	uint8_t *ea = malloc(alen), *eb = malloc(blen);
	size_t na = 0, nb = 0;

	assert(ea != NULL && eb != NULL);
	na = essence(a, alen, ea);
	nb = essence(b, blen, eb);
	assert(na == nb && memcmp(ea, eb, na) == 0);
	assert(memcmp(a, b, HEAD) == 0);
	free(ea);
	free(eb);
}

static void check_strip(const uint8_t *pkt, size_t len)
{
	uint8_t *copy = malloc(len);
	struct pxe_bytes found;
	int n = 0;

	assert(copy != NULL);
	memcpy(copy, pkt, len);
	n = pxe_agent_strip(copy, len);
	if (n < 0) {
		assert(n == PXE_E_SYNTAX && memcmp(copy, pkt, len) == 0);
	} else {
		assert((size_t)n <= len && (len < PXE_DHCP_MIN_LEN || n >= PXE_DHCP_MIN_LEN));
		assert(!pxe_agent_find(copy, (size_t)n, &found));
		expect_same_essence(pkt, len, copy, (size_t)n);
		/* once is enough */
		assert(pxe_agent_strip(copy, (size_t)n) == n);
	}
	free(copy);
}

static void check_append(const uint8_t *pkt, size_t len, struct pxe_bytes body)
{
	size_t cap = len + SPARE;
	uint8_t *copy = malloc(cap);
	struct pxe_bytes first;
	bool had = pxe_agent_find(pkt, len, &first);
	int n = 0;

	assert(copy != NULL);
	memcpy(copy, pkt, len);
	n = pxe_agent_append(copy, len, cap, 576, body);
	if (n < 0) {
		assert(n == PXE_E_SYNTAX || n == PXE_E_TOOBIG);
		assert(memcmp(copy, pkt, len) == 0);
	} else {
		assert(n >= PXE_DHCP_MIN_LEN && n <= 576 && body.len >= 2 && body.len <= 255);
		assert(pxe_agent_find(copy, (size_t)n, &first));
		if (!had)
			assert(first.len == body.len && memcmp(first.p, body.p, body.len) == 0);
		expect_same_essence(pkt, len, copy, (size_t)n);
		n = pxe_agent_strip(copy, (size_t)n);
		assert(n >= PXE_DHCP_MIN_LEN);
		assert(!pxe_agent_find(copy, (size_t)n, &first));
		expect_same_essence(pkt, len, copy, (size_t)n);
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pxe_bytes body = {0};
	uint8_t *pkt = NULL;
	size_t len = 0;

	if (size == 0 || size > 4096)
		return 0;
	body = (struct pxe_bytes){data + 1, data[0] < size - 1 ? data[0] : size - 1};
	if (pxe_agent_check(body) == 0) {
		for (unsigned sub = 0; sub < 256; sub++) {
			struct pxe_bytes b = pxe_agent_get(body, (uint8_t)sub);

			assert(b.p == NULL || (b.p >= body.p && b.p + b.len <= body.p + body.len));
		}
	}
	len = HEAD + size - 1 - body.len;
	pkt = calloc(1, len);
	assert(pkt != NULL);
	memcpy(pkt + PXE_DHCP_FIXED_LEN, "\x63\x82\x53\x63", 4);
	memcpy(pkt + HEAD, body.p + body.len, len - HEAD);
	check_strip(pkt, len);
	check_append(pkt, len, body);
	free(pkt);
	return 0;
}
