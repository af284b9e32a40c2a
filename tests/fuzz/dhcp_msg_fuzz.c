/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_msg_fuzz.c -- DHCPv4 messages: what parses must encode, and come back the same.
 *
 * The input is a datagram; its secs field chooses the room that it is encoded into.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/proto/dhcp_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pxe_dhcp_msg m, back;

/* A broken promise of the library, not of the input. */
static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_parsed(void)
{
	size_t total = 0;

	for (unsigned i = 0; i < m.nopt; i++) {
		struct pxe_bytes v = pxe_dhcp_get(&m, m.order[i]);

		must(m.order[i] != 0 && m.order[i] != 255);
		must(v.p >= m.data && v.p + v.len <= m.data + m.used);
		total += v.len;
	}
	must(total == m.used && m.used <= PXE_DHCP_OPT_SPACE);
	must(strlen(m.sname) <= 64 && strlen(m.file) <= 128);
	must(m.has_cookie || m.nopt == 0);
}

static void check_back(const uint64_t dropped[4])
{
	for (unsigned c = 1; c < 255; c++) {
		uint8_t code = (uint8_t)c;
		bool is_dropped = (dropped[code >> 6] >> (code & 63) & 1) != 0;
		struct pxe_bytes a = pxe_dhcp_get(&m, code), b = pxe_dhcp_get(&back, code);

		if (code == 52)
			continue;
		must(pxe_dhcp_has(&back, code) == (pxe_dhcp_has(&m, code) && !is_dropped));
		must(
		    !pxe_dhcp_has(&back, code) || (a.len == b.len && memcmp(a.p, b.p, a.len) == 0));
	}
	must(m.type == back.type && strcmp(m.file, back.file) == 0 &&
	     strcmp(m.sname, back.sname) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pxe_dhcp_encode_how how = {.min_len = PXE_DHCP_MIN_LEN};
	uint64_t dropped[4];
	uint8_t *out = NULL;
	int len = 0;

	if (pxe_dhcp_parse(data, size, &m) != 0)
		return 0;
	check_parsed();
	how.max_len = 300u + m.secs % 1200u;
	how.overload = (m.secs & 0x8000) != 0;
	out = malloc(how.max_len);
	if (out == NULL)
		return 0;
	len = pxe_dhcp_encode(&m, &how, out, how.max_len, dropped);
	must(len >= PXE_DHCP_MIN_LEN && (size_t)len <= how.max_len);
	must(pxe_dhcp_parse(out, (size_t)len, &back) == 0);
	check_back(dropped);
	free(out);
	return 0;
}
