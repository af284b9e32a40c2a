/* SPDX-License-Identifier: BSD-2-Clause */
/* priv_caps.h -- capabilities of this process, by libcap-ng or by the system calls alone.
 *
 * Private to os/priv.c. priv_capng.c and priv_capset.c are the two; the build takes one. A set is a
 * mask, bit n is capability n of capabilities(7). Used once, in the order of the declarations.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Is it in effect now? */
bool pxe_caps_has(unsigned cap);
/* What we may have of the n asked for: a service manager or container that withholds one has
 * decided, and whatever needs it will say so with its own error. 0 or -errno. */
int pxe_caps_choose(const int *keep, size_t n, uint64_t *out_set);
/* No program run from here may ever have any (the bounding set): what is kept is for this program
 * alone. Needs CAP_SETPCAP. 0 or -errno. */
int pxe_caps_bound(void);
/* Become uid and gid, which are others, with just these. 0 or -errno. */
int pxe_caps_become(uint64_t set, uid_t uid, gid_t gid);
/* Have just these, as who we are; none to hand on (inheritable). 0 or -errno. */
int pxe_caps_apply(uint64_t set);
