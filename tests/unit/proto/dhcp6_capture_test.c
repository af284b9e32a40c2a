/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp6_capture_test.c -- DHCPv6 messages of real firmware and servers, read and written again. */
#include <string.h>

#include "capture.h"
#include "libpxecommon/proto/dhcp6_msg.h"
#include "libpxecommon/proto/dhcp_opt.h"

static unsigned packets, leases;
static glob_t found;

/* The UDP payload of an Ethernet frame to or from a DHCPv6 port; p NULL for anything else. */
static struct pxe_bytes dhcp_payload(struct pxe_bytes frame)
{
	static const uint16_t ports[] = {546, 547};
	struct pxe_rd rd = pxe_rd_init(frame.p, frame.len);

	pxe_rd_skip(&rd, 12);
	if (pxe_rd_u16(&rd) != 0x86dd)
		return (struct pxe_bytes){NULL, 0};
	pxe_rd_skip(&rd, 6);
	if (pxe_rd_u8(&rd) != 17)
		return (struct pxe_bytes){NULL, 0};
	pxe_rd_skip(&rd, 33);
	return capture_udp(&rd, ports, 2);
}

static bool is_ia(uint16_t code)
{
	return code == PXE_DHCP6_OPT_IA_NA || code == PXE_DHCP6_OPT_IA_TA ||
	       code == PXE_DHCP6_OPT_IA_PD;
}

static bool is_lease(uint16_t code)
{
	return code == PXE_DHCP6_OPT_IA_ADDR || code == PXE_DHCP6_OPT_IA_PREFIX;
}

/* Write options again, those that nest from what they were parsed into. */
static void copy_options(struct pxe_wr *wr, struct pxe_bytes options)
{
	struct pxe_rd rd = pxe_rd_init(options.p, options.len);
	struct pxe_dhcp6_opt opt;

	while (pxe_dhcp6_next(&rd, &opt)) {
		struct pxe_dhcp6_ia ia;
		struct pxe_dhcp6_lease lease;
		struct pxe_dhcp6_open open;

		if (is_ia(opt.code)) {
			ck_assert_int_eq(pxe_dhcp6_parse_ia(opt.code, opt.value, &ia), 0);
			open = pxe_dhcp6_open_ia(wr, opt.code, &ia);
			copy_options(wr, ia.options);
			pxe_dhcp6_close(wr, open);
		} else if (is_lease(opt.code)) {
			ck_assert_int_eq(pxe_dhcp6_parse_lease(opt.code, opt.value, &lease), 0);
			open = pxe_dhcp6_open_lease(wr, opt.code, &lease);
			copy_options(wr, lease.options);
			pxe_dhcp6_close(wr, open);
			leases++;
		} else {
			pxe_dhcp6_put(wr, opt.code, opt.value.p, opt.value.len);
		}
	}
	ck_assert_int_eq(rd.err, 0);
}

/* Every option with a definition fits it. */
static void check_options(const char *path, struct pxe_bytes options)
{
	const struct pxe_opt_space *space = pxe_opt_space_find(NULL, "dhcp6");
	struct pxe_rd rd = pxe_rd_init(options.p, options.len);
	struct pxe_dhcp6_opt opt;

	while (pxe_dhcp6_next(&rd, &opt)) {
		const struct pxe_opt_def *def = pxe_opt_by_code(NULL, space, opt.code);

		if (def != NULL)
			ck_assert_msg(
			    pxe_opt_check(NULL, def, opt.value) == 0, "%s: %s", path, def->name);
	}
}

static void on_frame(const char *path, struct pxe_bytes frame)
{
	struct pxe_bytes packet = dhcp_payload(frame);
	static uint8_t out[CAPTURE_FRAME_MAX];
	struct pxe_wr wr = pxe_wr_init(out, packet.len);
	struct pxe_dhcp6_msg m;

	if (packet.p == NULL)
		return;
	ck_assert_msg(pxe_dhcp6_parse(packet.p, packet.len, &m) == 0, "%s", path);
	ck_assert_ptr_nonnull(pxe_dhcp6_type_name(m.type));
	if (pxe_dhcp6_is_relay(&m))
		pxe_dhcp6_put_relay_header(&wr, m.type, m.hops, &m.link, &m.peer);
	else
		pxe_dhcp6_put_header(&wr, m.type, m.xid);
	copy_options(&wr, m.options);
	check_options(path, m.options);
	ck_assert_int_eq(wr.err, 0);
	ck_assert_uint_eq(wr.len, packet.len);
	ck_assert_mem_eq(out, packet.p, packet.len);
	packets++;
}

START_TEST(every_packet_comes_back)
{
	for (size_t i = 0; i < found.gl_pathc; i++)
		capture_read(found.gl_pathv[i], on_frame);
	ck_assert_uint_gt(packets, 0);
	ck_assert_uint_gt(leases, 0);
	printf("%u DHCPv6 packets, %u leases in them\n", packets, leases);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dhcp6_capture");
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
