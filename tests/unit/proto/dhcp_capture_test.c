/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_capture_test.c -- what real firmware, clients and servers sent, parsed and encoded again.
 *
 * Reads every *.pcap beside the project in ../shared/captures; skipped where there are none.
 */
#include <glob.h>
#include <stdio.h>

#include "dhcp_packet.h"

enum { ETHERNET = 1, FRAME_MAX = 65536 };

static struct pxe_dhcp_msg m, back;
static uint8_t out[PXE_DHCP_MAX_LEN];
static unsigned packets, files;

static uint32_t le32(const uint8_t *b)
{
	return (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

/* The UDP payload of an Ethernet frame to or from a DHCPv4 port; p NULL for anything else. */
static struct pxe_bytes dhcp_payload(struct pxe_bytes frame)
{
	struct pxe_rd rd = pxe_rd_init(frame.p, frame.len);
	struct pxe_bytes none = {NULL, 0};
	uint16_t from = 0, to = 0, len = 0;
	uint8_t ihl = 0;

	pxe_rd_skip(&rd, 12);
	if (pxe_rd_u16(&rd) != 0x0800)
		return none;
	ihl = pxe_rd_u8(&rd) & 0x0f;
	pxe_rd_skip(&rd, 5);
	if ((pxe_rd_u16(&rd) & 0x3fff) != 0) /* a fragment */
		return none;
	pxe_rd_skip(&rd, 1);
	if (pxe_rd_u8(&rd) != 17 || ihl < 5)
		return none;
	pxe_rd_skip(&rd, 10 + 4u * (ihl - 5u));
	from = pxe_rd_u16(&rd);
	to = pxe_rd_u16(&rd);
	len = pxe_rd_u16(&rd);
	pxe_rd_skip(&rd, 2);
	if (from != 67 && to != 67 && from != 4011 && to != 4011)
		return none;
	if (rd.err != 0 || len < 8)
		return none;
	return (struct pxe_bytes){pxe_rd_bytes(&rd, len - 8u), len - 8u};
}

static void assert_same(const char *what)
{
	for (unsigned c = 1; c < 255; c++) {
		uint8_t code = (uint8_t)c;

		if (code == 52)
			continue;
		ck_assert_msg(pxe_dhcp_has(&m, code) == pxe_dhcp_has(&back, code), "%s: option %u",
		    what, code);
		if (pxe_dhcp_has(&m, code))
			assert_opt(
			    &back, code, pxe_dhcp_get(&m, code).p, pxe_dhcp_get(&m, code).len);
	}
	ck_assert_str_eq(m.file, back.file);
	ck_assert_str_eq(m.sname, back.sname);
	ck_assert_uint_eq(m.type, back.type);
}

static void try_packet(const char *path, struct pxe_bytes packet)
{
	struct pxe_dhcp_encode_how how = {packet.len, packet.len, true};
	uint64_t dropped[4];
	int err = pxe_dhcp_parse(packet.p, packet.len, &m);
	int len = 0;

	ck_assert_msg(err == 0, "%s: %s", path, pxe_strerror(err));
	ck_assert_msg(m.type != PXE_DHCP_BOOTP, "%s: a DHCP message has a type", path);
	ck_assert_msg(!m.truncated_opt, "%s: truncated option", path);
	/* In the room that it had it must fit again. */
	len = pxe_dhcp_encode(&m, &how, out, sizeof(out), dropped);
	ck_assert_msg(len > 0, "%s: %s", path, pxe_strerror(len));
	ck_assert_uint_eq(dropped[0] | dropped[1] | dropped[2] | dropped[3], 0);
	ck_assert_int_eq(pxe_dhcp_parse(out, (size_t)len, &back), 0);
	assert_same(path);
	ck_assert_mem_eq(out, packet.p, 44); /* the fixed part up to sname, bit for bit */
	packets++;
}

static void read_capture(const char *path)
{
	static uint8_t frame[FRAME_MAX];
	uint8_t head[24], record[16];
	FILE *f = fopen(path, "rb");

	ck_assert_msg(f != NULL, "%s", path);
	ck_assert_uint_eq(fread(head, 1, sizeof(head), f), sizeof(head));
	ck_assert_msg(le32(head) == 0xa1b2c3d4 && le32(head + 20) == ETHERNET,
	    "%s: not a little-endian pcap of Ethernet", path);
	while (fread(record, 1, sizeof(record), f) == sizeof(record)) {
		size_t n = le32(record + 8);
		struct pxe_bytes packet;

		ck_assert_msg(n <= sizeof(frame) && fread(frame, 1, n, f) == n, "%s: cut", path);
		packet = dhcp_payload((struct pxe_bytes){frame, n});
		if (packet.p != NULL)
			try_packet(path, packet);
	}
	(void)fclose(f);
	files++;
}

static glob_t found;

START_TEST(every_packet_comes_back)
{
	for (size_t i = 0; i < found.gl_pathc; i++)
		read_capture(found.gl_pathv[i]);
	ck_assert_uint_gt(packets, 0);
	printf("%u DHCPv4 packets in %u captures\n", packets, files);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dhcp_capture");
	TCase *tc = tcase_create("captures");
	SRunner *runner = NULL;
	int failed = 0;

	if (glob(PROJECT_DIR "/../shared/captures/*.pcap", 0, NULL, &found) != 0) {
		printf("skipped: no captures in ../shared/captures\n");
		return 77;
	}
	tcase_add_test(tc, every_packet_comes_back);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	globfree(&found);
	return failed == 0 ? 0 : 1;
}
