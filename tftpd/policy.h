/* SPDX-License-Identifier: BSD-2-Clause */
/* policy.h -- what one configuration means, ready to use: open roots, limits, rules.
 *
 * Immutable once made and shared by all workers; a reload makes a new one and each worker changes
 * over between two callbacks. The last reference frees it.
 */
#pragma once

#include <stdatomic.h>

#include "libpxecommon/os/root.h"
#include "tftpd/conf.h"
#include "tftpd/core/map.h"
#include "tftpd/core/name.h"
#include "tftpd/core/negotiate.h"
#include "tftpd/discs.h"

struct policy_root {
	struct pxe_root root;
	struct pxe_prefix subnet; /* family 0: any client */
	const char *interface;    /* NULL: any */
};

struct policy {
	atomic_uint refs;
	struct pxe_arena *arena; /* holds conf's strings and the arrays */
	struct tftpd_conf conf;
	struct name_rules rules;
	struct pxe_root *root; /* by index of rules.dir; "/" when none is listed */
	size_t nroot;
	struct policy_root *special; /* for some clients only, first match wins */
	size_t nspecial;
	enum pxe_symlinks symlinks;
	struct discs *discs; /* mounts of images; NULL: none. Has locks of its own */
	struct neg_limits limits;
	unsigned clean_ways; /* NAME_* bits */
	struct map *map;     /* NULL: no rules */
};

/* Open what conf names. Takes arena over (also on failure). Findings go to diag.
 * Returns 0 or the CONF_EX_* to exit with. */
int policy_new(const struct tftpd_conf *conf, struct pxe_arena *arena, struct pxe_diag *diag,
    struct policy **out);
struct policy *policy_ref(struct policy *p);
void policy_unref(struct policy *p); /* NULL ok */

/* The root for this client when its roots are by interface or subnet; NULL: the common ones. */
const struct pxe_root *policy_special(
    const struct policy *p, const struct pxe_ip *client, const char *ifname);
