/* SPDX-License-Identifier: BSD-2-Clause */
/* counter_test.c -- one table, two views. */
#include "libpxecommon/base/counter.h"

#include "tests/unit/check_main.h"

static const struct pxe_counter_row row[] = {
    {"x_packets", "type=\"discover\"", "Packets received.", PXE_COUNTER},
    {"x_packets", "type=\"request\"", "Packets received.", PXE_COUNTER},
    {"x_leases", NULL, "Leases now, \"active\" ones\nand C:\\ ones.", PXE_GAUGE},
    {"x_starts", NULL, NULL, PXE_COUNTER},
};
static const uint64_t value[] = {1, UINT64_MAX, 0, 7};

START_TEST(json)
{
	char buf[256];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));
	struct pxe_json j = pxe_json_init(&t);

	pxe_json_open(&j, NULL, '{');
	pxe_counters_json(&j, "counters", row, value, ROWS(row));
	pxe_counters_json(&j, "none", row, value, 0);
	pxe_json_close(&j, '}');
	ck_assert_str_eq(buf, "{\"counters\":{\"x_packets{type=\\\"discover\\\"}\":1,"
			      "\"x_packets{type=\\\"request\\\"}\":18446744073709551615,"
			      "\"x_leases\":0,\"x_starts\":7},\"none\":{}}");
}
END_TEST

START_TEST(metrics)
{
	char buf[512];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));

	pxe_counters_metrics(&t, row, value, ROWS(row));
	ck_assert_str_eq(buf, "# TYPE x_packets counter\n"
			      "# HELP x_packets Packets received.\n"
			      "x_packets_total{type=\"discover\"} 1\n"
			      "x_packets_total{type=\"request\"} 18446744073709551615\n"
			      "# TYPE x_leases gauge\n"
			      "# HELP x_leases Leases now, \\\"active\\\" ones\\nand C:\\\\ ones.\n"
			      "x_leases 0\n"
			      "# TYPE x_starts counter\n"
			      "x_starts_total 7\n");
}
END_TEST

START_TEST(a_cut_shows)
{
	char buf[64];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));

	pxe_counters_metrics(&t, row, value, ROWS(row));
	ck_assert(t.truncated);
}
END_TEST

CHECK_MAIN("base/counter", json, metrics, a_cut_shows)
