/* SPDX-License-Identifier: BSD-2-Clause */
/* bootfile.h -- what a boot client reads in the fixed fields of a reply. Pure.
 *
 * The function is exchange.h's bootfile_fill(); here are the parts that can be tested alone. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "libpxecommon/base/buf.h"
#include "libpxecommon/proto/dhcp_msg.h"

/* Copy text into a fixed field of cap bytes (its NUL included), cutting what does not fit; true
 * when it was cut. A NUL in the text ends it. */
bool bootfile_field(char *field, size_t cap, struct pxe_bytes text);
/* Must a client of this request see "HTTPClient" in option 60 for this boot file? UEFI 2.10 24.7.3:
 * an HTTP boot client ignores an offer without it. */
bool bootfile_wants_http_mark(const struct pxe_dhcp_msg *req, const char *file);
