/* SPDX-License-Identifier: BSD-2-Clause */
/* confine.h -- what dhcpd takes from itself once it serves (os/sandbox.h).
 */
#pragma once

#include "dhcpd/server.h"

/* Enter the sandbox, unless the settings or the configuration are against it: with `execute` there
 * is none, which is logged. After privileges were dropped and before the first thread. 0 or -errno,
 * logged. */
int confine(const struct server *s);
/* Whether a configuration can be served from where we are; else the reason goes to why. */
bool confine_allows(const struct conf *conf, struct pxe_text *why);
