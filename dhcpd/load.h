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

/* The whole of a file of up to 256 MiB, with a NUL behind it, by malloc. 0 or -errno. */
int load_file(const char *path, char **out_text, size_t *out_len);

/* For which protocol, and which findings are not worth saying. */
struct load_how {
	uint8_t version;      /* 6; else it is 4 */
	char *const *silence; /* codes of warnings (conf/warning.h) */
	size_t nsilence;
	bool errors_only;
	/* Text to read behind the file, as if it were included under this name. NULL: none. */
	const char *more, *more_name;
	size_t more_len;
};

/* Read and parse path. Findings are logged in ISC's form with their code: "FILE line N: TEXT
 * [CODE]", and for errors the source line and a caret. how NULL: DHCPv4, all of them. 0 with *out,
 * PXE_E_CONFIG or -errno after the cause was logged. In why, when not NULL, the first error as
 * "FILE:LINE:COL: error: TEXT". */
int load_conf(
    const char *path, const struct load_how *how, struct pxe_text *why, struct conf **out);
/* Run the root scope for what it says about the server. */
int load_globals(
    const struct conf *conf, uint8_t version, struct load_globals *out); /* 0 or -ENOMEM */
