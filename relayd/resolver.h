/* SPDX-License-Identifier: BSD-2-Clause */
/* resolver.h -- find the addresses of the servers, without waiting, again and again.
 *
 * Names are looked up on libuv's pool. One that cannot be resolved keeps the address it had and is
 * tried again soon, so that a router may start before its name server answers.
 */
#pragma once

#include <uv.h>

#include "relayd/core/server.h"

struct resolver;

/* Called when the address of a server has changed or could not be found (err: of libuv). */
typedef void (*resolver_fn)(struct server *server, int err, void *arg);

/* Could this be a server: an IPv4 address or a name, with :PORT or without? */
bool resolver_is_name(const char *name);

/* Resolves the servers in ss, which is borrowed until resolver_free, into their `to`. Literal
 * addresses are there when this returns, names wait for resolver_kick. Ports that are not given are
 * def_port. 0, -errno, or PXE_E_SYNTAX when one is not resolver_is_name. */
int resolver_new(uv_loop_t *loop, struct servers *ss, uint16_t def_port, int64_t again_ms,
    resolver_fn on_change, void *arg, struct resolver **out);
/* Look all names up now. The first time starts threads, which keep for good what privileges the
 * process has then. */
void resolver_kick(struct resolver *rs);
/* Closes its timer; look-ups under way are let go of. NULL ok. */
void resolver_free(struct resolver *rs);
