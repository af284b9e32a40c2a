/* SPDX-License-Identifier: BSD-2-Clause */
/* reply_test.c -- order of options, boot fields, lease time bounds. */
#include "dhcpd/core/reply.h"

#include <stdio.h>
#include <string.h>

#include "../check_main.h"
#include "dhcpd/core/bootfile.h"
#include "dhcpd/core/v4/grant.h"

static struct settings settings;
static struct pxe_dhcp_msg req;

static const struct {
	const char *prl;    /* of the client, as bytes */
	const char *forced; /* option 55 of the configuration */
	const char *want;
} orders[] = {
    {"\001\003\006", "", "1 3 6"},
    {"\003\006\001", "", "1 6 3"},     /* mask before routers (RFC 2132 3.3) */
    {"\034\003\006", "", "28 1 6 3"}, /* they change places */
    {"\006\006\003\006", "", "6 1 3"}, /* each once */
    {"\017", "", "15 1"},              /* the mask always */
    {"\001\003", "\102\103", "66 67 1"},
    {"", "", "1 3 6 12 81 15"}, /* no list: everything configured */
    {"\377", "", "1"},
};

START_TEST(order_of_options)
{
	const struct pxe_opt_def *domain = pxe_opt_by_code(NULL, pxe_opt_space_dhcp(), 15);
	const struct pxe_opt_def *prl = pxe_opt_by_code(NULL, pxe_opt_space_dhcp(), 55);

	for (size_t i = 0; i < ROWS(orders); i++) {
		uint8_t list[256];
		char text[256] = "";
		size_t n = 0;

		settings_reset(&settings);
		pxe_dhcp_init(&req);
		settings_set_option(&settings, domain, SET_SUPERSEDE,
		    (struct pxe_bytes){(const uint8_t *)"x", 1}, (struct conf_pos){0});
		if (orders[i].prl[0] != '\0')
			(void)pxe_dhcp_set(&req, 55, orders[i].prl, strlen(orders[i].prl));
		if (orders[i].forced[0] != '\0')
			settings_set_option(&settings, prl, SET_SUPERSEDE,
			    (struct pxe_bytes){
				(const uint8_t *)orders[i].forced, strlen(orders[i].forced)},
			    (struct conf_pos){0});
		n = reply_order(&req, &settings, true, list);
		for (size_t k = 0; k < n; k++)
			(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%u",
			    k > 0 ? " " : "", list[k]);
		ck_assert_str_eq(text, orders[i].want);
	}
}
END_TEST

START_TEST(fields_are_cut)
{
	char field[9];

	ck_assert(
	    !bootfile_field(field, sizeof(field), (struct pxe_bytes){(const uint8_t *)"abc", 3}));
	ck_assert_str_eq(field, "abc");
	ck_assert(!bootfile_field(
	    field, sizeof(field), (struct pxe_bytes){(const uint8_t *)"12345678", 8}));
	ck_assert(bootfile_field(
	    field, sizeof(field), (struct pxe_bytes){(const uint8_t *)"123456789", 9}));
	ck_assert_str_eq(field, "12345678");
	ck_assert(
	    !bootfile_field(field, sizeof(field), (struct pxe_bytes){(const uint8_t *)"a\0b", 3}));
	ck_assert_str_eq(field, "a");
	ck_assert(!bootfile_field(field, sizeof(field), (struct pxe_bytes){0}));
	ck_assert_str_eq(field, "");
}
END_TEST

static const struct {
	const char *vendor_class, *file;
	bool want;
} marks[] = {
    {"HTTPClient:Arch:00016:UNDI:003001", "http://h/x.efi", true},
    {"HTTPClient", "https://h/x.efi", true},
    {"HTTPClient:Arch:00016:UNDI:003001", "x.efi", false},
    {"PXEClient:Arch:00007:UNDI:003001", "http://h/x.efi", false},
    {"", "http://h/x.efi", false},
};

START_TEST(http_mark)
{
	for (size_t i = 0; i < ROWS(marks); i++) {
		pxe_dhcp_init(&req);
		if (marks[i].vendor_class[0] != '\0')
			(void)pxe_dhcp_set(
			    &req, 60, marks[i].vendor_class, strlen(marks[i].vendor_class));
		ck_assert_msg(
		    bootfile_wants_http_mark(&req, marks[i].file) == marks[i].want, "row %zu", i);
	}
	ck_assert(!bootfile_wants_http_mark(&req, NULL));
}
END_TEST

static const struct {
	uint32_t wanted, min, max, want;
} times[] = {
    {600, 300, 86400, 600},
    {60, 300, 86400, 300},
    {100000, 300, 86400, 86400},
    {UINT32_MAX, 300, 86400, 86400},
    {60, 300, 100, 100}, /* the minimum gives way */
    {UINT32_MAX, 300, UINT32_MAX, UINT32_MAX},
    {300, 300, 300, 300},
};

START_TEST(lease_time_bounds)
{
	for (size_t i = 0; i < ROWS(times); i++) {
		struct grant_bounds b = {.min = times[i].min, .max = times[i].max};

		ck_assert_msg(grant_bounded(times[i].wanted, &b) == times[i].want, "row %zu", i);
	}
}
END_TEST

CHECK_MAIN("dhcpd/reply", order_of_options, fields_are_cut, http_mark, lease_time_bounds)
