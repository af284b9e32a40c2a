/* SPDX-License-Identifier: BSD-2-Clause */
/* listen.h -- addresses to listen on, as in.tftpd's -a takes them.
 *
 * [ADDR][:PORT]: ADDR is an IPv4 address, an IPv6 address in brackets, a name that may mean several
 * addresses, "*" or nothing for all of them; PORT a number or a service name.
 */
#pragma once

#include <stddef.h>
#include <uv.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/str.h"
#include "tftpd/conf.h"

enum { LISTEN_MAX = 32 };

struct listen_set {
	struct pxe_endpoint at[LISTEN_MAX];
	bool is_any[LISTEN_MAX]; /* of "all addresses": a family the kernel lacks is no error */
	size_t n;
};

/* Add what spec means to set, at conf's port when it names none, of its family. Names are looked up
 * and this blocks: for the start only. Returns 0 or CONF_EX_* with why filled in. */
int listen_add(uv_loop_t *loop, const char *spec, const struct tftpd_conf *conf,
    struct listen_set *set, struct pxe_text *why);
