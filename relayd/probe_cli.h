/* SPDX-License-Identifier: BSD-2-Clause */
/* probe_cli.h -- relayd --probe: run one probe and print what came of it. */
#pragma once

#include "relayd/flags.h"

/* By the relay that answers on conf's control socket; where there is none, with sockets of our own
 * under the same configuration. One line a server goes to standard output. Returns the exit status:
 * 0 when every server answered with something clients would get, else 1. */
int probe_cli(const struct flags *flags, const struct relayd_conf *conf);
