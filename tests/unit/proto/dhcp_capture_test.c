/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_capture_test.c -- what real firmware, clients and servers sent, parsed and encoded again. */
#include "capture.h"
#include "dhcp_packet.h"

static struct pxe_dhcp_msg m, back;
static uint8_t out[PXE_DHCP_MAX_LEN];
static unsigned packets;

/* The UDP payload of an Ethernet frame to or from a DHCPv4 port; p NULL for anything else. */
static struct pxe_bytes dhcp_payload(struct pxe_bytes frame)
{
	static const uint16_t ports[] = {67, 68, 4011};
	struct pxe_rd rd = pxe_rd_init(frame.p, frame.len);
	struct pxe_bytes none = {NULL, 0};
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
	return capture_udp(&rd, ports, 3);
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

static void on_frame(const char *path, struct pxe_bytes frame)
{
	struct pxe_bytes packet = dhcp_payload(frame);

	if (packet.p != NULL)
		try_packet(path, packet);
}

static glob_t found;

START_TEST(every_packet_comes_back)
{
	for (size_t i = 0; i < found.gl_pathc; i++)
		capture_read(found.gl_pathv[i], on_frame);
	ck_assert_uint_gt(packets, 0);
	printf("%u DHCPv4 packets in %zu captures\n", packets, found.gl_pathc);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dhcp_capture");
	TCase *tc = tcase_create("captures");
	SRunner *runner = NULL;
	int failed = 0;

	if (!capture_find(&found))
		return CAPTURE_SKIPPED;
	tcase_add_test(tc, every_packet_comes_back);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	globfree(&found);
	return failed == 0 ? 0 : 1;
}
