/* SPDX-License-Identifier: BSD-2-Clause */
/* net_names.h -- which interfaces are named on the command line, and what is said of those that are
 * not served. What net.c and net6.c share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/os/iface.h"

/* "subnet" and "no IPv4 addresses", as ISC's log lines have them. */
struct net_words {
	const char *subnet, *no_address;
};

bool net_is_named(char *const *names, size_t nnames, const char *name);
/* No subnet is declared for the interface; ip of family 0: it has no address. */
void net_say_no_subnet(const struct net_words *w, const char *name, const struct pxe_ip *ip);
/* At start: say which names there are no interfaces of and, where none at all is served, that, in
 * the last line. 0 or PXE_E_NOTFOUND. */
int net_check_names(const struct net_words *w, const struct pxe_ifaces *ifaces, char *const *names,
    size_t nnames, size_t served);
