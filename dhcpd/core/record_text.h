/* SPDX-License-Identifier: BSD-2-Clause */
/* record_text.h -- what scopes set for a lease, as the text that is kept with it. Shared by DHCPv4
 * and DHCPv6. Pure. */
#pragma once

#include "dhcpd/conf/stmt.h"
#include "libpxecommon/base/str.h"

/* `  set NAME = VALUE;` and a newline. */
void record_put_var(struct pxe_text *t, const char *name, const struct setting_var *v);
/* All variables that have a value. */
void record_put_vars(struct pxe_text *t, const struct settings *s);
/* Variables in a lease's text that were not set anew, without those in except, which NULL ends. */
void record_keep_vars(
    struct pxe_text *t, const struct settings *s, struct pxe_bytes old, const char *const except[]);
/* `on expiry` and `on release` programs. */
void record_put_events(struct pxe_text *t, const struct settings *s);
