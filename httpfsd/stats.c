/* SPDX-License-Identifier: BSD-2-Clause */
/* stats.c -- see stats.h. */
#include "httpfsd/stats.h"

const struct pxe_counter_row stats_rows[STAT_COUNT] = {
#define X(id, name, labels, help, type) [STAT_##id] = {name, labels, help, type},
    STATS_TABLE(X)
#undef X
};

enum stats_id stats_of_status(int status)
{
	switch (status) {
#define CASE(num)                                                                                  \
	case num:                                                                                  \
		return STAT_STATUS_##num;
		CASE(200)
		CASE(206)
		CASE(301)
		CASE(304)
		CASE(400)
		CASE(401)
		CASE(403)
		CASE(404)
		CASE(405)
		CASE(408)
		CASE(412)
		CASE(413)
		CASE(414)
		CASE(416)
		CASE(417)
		CASE(431)
		CASE(500)
		CASE(501)
		CASE(503)
		CASE(505)
#undef CASE
	default:
		return STAT_COUNT;
	}
}
