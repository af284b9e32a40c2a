/* SPDX-License-Identifier: BSD-2-Clause */
/* hosts.h -- host and group declarations that stand in the lease file.
 *
 * ISC dhcpd writes there what omshell and OMAPI clients made; they are served like those of the
 * configuration. Entries stay in the file as they are.
 */
#pragma once

#include "dhcpd/load.h"
#include "dhcpd/store.h"

/* The configuration of path, which was parsed to conf, once more and together with the entries of
 * the lease file. A host that conf declares too is left out. NULL when there is nothing to join, or
 * it is in error, which is logged. */
struct conf *hosts_join(const struct store *store, const char *path, const struct load_how *how,
    const struct conf *conf);
