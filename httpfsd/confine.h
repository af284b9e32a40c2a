/* SPDX-License-Identifier: BSD-2-Clause */
/* confine.h -- what httpfsd takes from itself once it serves (os/sandbox.h).
 */
#pragma once

#include "httpfsd/catalog.h"

/* Enter the sandbox for what c serves, unless its settings are against it. After privileges were
 * dropped and before the workers. config: --config, NULL for the default. 0, or -errno with a
 * finding in diag. */
int confine(const struct catalog *c, const char *config, struct pxe_diag *diag);
