/* SPDX-License-Identifier: BSD-2-Clause */
/* map_test.h -- --map-test: show what the map rules make of names, without a network. */
#pragma once

#include "tftpd/policy.h"

/* For each line of file ("-": standard input) print what the rules do, as a read, or as a write
 * with -c; -6 asks as an IPv6 client. 0 or CONF_EX_* (said on standard error). */
int map_test_run(const struct policy *p, const char *file);
