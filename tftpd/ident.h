/* SPDX-License-Identifier: BSD-2-Clause */
/* ident.h -- what clients have said about themselves: address to MAC and UUID.
 *
 * A machine tells its UUID or its MAC in the name of a file it asks for (pxelinux.cfg/UUID) and
 * later asks from the same address for files that an overlay may have just for it. Addresses move
 * on to other machines, so an entry is forgotten after ten minutes without a request. Anybody can
 * ask for any name: this chooses files, it protects none. Shared by all workers.
 */
#pragma once

#include "tftpd/core/name.h"

enum { IDENTS_MAX = 4096, IDENT_TTL_US = 600 * 1000 * 1000 };

struct idents;

struct idents *idents_new(void); /* NULL: out of memory */
void idents_free(struct idents *ids);

/* client->ip asks for name at now_us (monotonic): remember what the name says, and fill in what
 * client does not know yet and an earlier request has said. */
void idents_see(struct idents *ids, const char *name, int64_t now_us, struct name_client *client);
