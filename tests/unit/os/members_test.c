/* SPDX-License-Identifier: BSD-2-Clause */
/* members_test.c -- more multicast memberships than one socket can have. */
#include "libpxecommon/os/members.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>

#include "os_test.h"

static struct pxe_ip group(unsigned family, unsigned i)
{
	struct pxe_ip ip;
	char text[PXE_IP_STRLEN];

	if (family == 6)
		(void)snprintf(text, sizeof(text), "ff02::db8:%x", i);
	else
		(void)snprintf(text, sizeof(text), "239.77.0.%u", i);
	ck_assert_int_eq(pxe_ip_parse(text, &ip), 0);
	return ip;
}

/* So many groups of one family on the loopback interface; how many sockets that takes. */
static size_t sockets_for(unsigned family, unsigned n)
{
	unsigned lo = if_nametoindex("lo");
	struct pxe_members m = {0};
	size_t sockets = 0;

	for (unsigned i = 0; i < n; i++) {
		struct pxe_ip ip = group(family, i);

		ck_assert_int_eq(pxe_members_join(&m, &ip, lo), 0);
	}
	sockets = m.n;
	/* Once more changes nothing, on the full sockets either. */
	for (unsigned i = 0; i < n; i += n - 1) {
		struct pxe_ip ip = group(family, i);

		ck_assert_int_eq(pxe_members_join(&m, &ip, lo), 0);
		ck_assert_uint_eq(m.n, sockets);
		ck_assert_int_eq(pxe_members_leave(&m, &ip, lo), 0);
		ck_assert_int_eq(pxe_members_leave(&m, &ip, lo), 0);
		ck_assert_int_eq(pxe_members_join(&m, &ip, lo), 0);
		ck_assert_uint_eq(m.n, sockets);
	}
	pxe_members_close(&m);
	ck_assert_uint_eq(m.n, 0);
	return sockets;
}

START_TEST(spread_over_sockets)
{
	/* net.ipv4.igmp_max_memberships is 20 unless changed */
	ck_assert_uint_gt(sockets_for(4, 60), 1);
	ck_assert_uint_ge(sockets_for(6, 60), 1);
}
END_TEST

START_TEST(failures_have_their_errno)
{
	struct pxe_members m = {0};
	struct pxe_ip ip = group(6, 1);

	ck_assert_int_eq(pxe_members_join(&m, &ip, 0x7ffffff0), -ENODEV);
	ip.v6.b[0] = 0x20;
	ck_assert_int_eq(pxe_members_join(&m, &ip, if_nametoindex("lo")), -EINVAL);
	ck_assert_uint_eq(m.n, 0); /* nor does a failure keep a socket */
	pxe_members_close(&m);
}
END_TEST

CHECK_MAIN("os/members", spread_over_sockets, failures_have_their_errno)
