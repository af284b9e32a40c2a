/* SPDX-License-Identifier: BSD-2-Clause */
/* priv.h -- give up what is not needed any more.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct pxe_priv {
	const char *user;       /* NULL: stay who we are, but still drop capabilities */
	const char *group;      /* NULL: the user's primary group */
	const char *chroot_dir; /* NULL: none */
	const int *keep; /* CAP_* still needed, nkeep of them: in effect, but not handed on */
	size_t nkeep;
};

/* Resolve user and group names (or numbers) to ids; PXE_E_NOTFOUND with neither written. */
int pxe_priv_ids(const char *user, const char *group, uid_t *out_uid, gid_t *out_gid);
/* Become that user with only those capabilities and no new privileges. Supplementary groups are the
 * user's. When not started as root and user is us (or NULL) only capabilities and no-new-privs
 * change. 0 or -errno / PXE_E_NOTFOUND; after a failure the process must not go on. */
int pxe_priv_drop(const struct pxe_priv *p);
