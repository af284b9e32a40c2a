/* SPDX-License-Identifier: BSD-2-Clause */
/* load.h -- dhcpd.conf from the disk, its findings to the log, and its server-wide values.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dhcpd/conf/model.h"

/* What a configuration says about the server as a whole. Empty strings and zeros: nothing. */
struct load_globals {
	char lease_file[4096], pid_file[4096];
	uint16_t local_port, remote_port;
	struct pxe_ip4 broadcast, local_address;
	struct pxe_ip6 local_address6;
	bool has_facility;
	int facility; /* LOG_* of syslog.h */
	bool no_sync;
};

/* Read and parse path for DHCPv4 or DHCPv6 (version 4 or 6). Findings are logged as ISC does: "FILE
 * line N: TEXT", the source line, a caret. 0 with *out, PXE_E_CONFIG or -errno after the cause was
 * logged. In why, when not NULL, the first error as "FILE:LINE:COL: error: TEXT". */
int load_conf(const char *path, uint8_t version, struct pxe_text *why, struct conf **out);
/* Run the root scope for what it says about the server. */
int load_globals(
    const struct conf *conf, uint8_t version, struct load_globals *out); /* 0 or -ENOMEM */
