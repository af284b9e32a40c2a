/* SPDX-License-Identifier: BSD-2-Clause */
/* resolve.h -- names in dhcpd.conf (fixed-address foo.example.org, next-server boot) to addresses.
 *
 * ISC looks them up while it answers a packet and stands still meanwhile. Here they are looked up
 * at start, after a reload and every few minutes on libuv's pool; until there is an answer, what
 * needs the address does without it, and the log says so once.
 */
#pragma once

#include <uv.h>

#include "dhcpd/conf/model.h"

enum { RESOLVE_EVERY_S = 300, RESOLVE_RETRY_S = 10, RESOLVE_AT_ONCE = 4 };

struct resolver {
	uv_loop_t *loop;
	uv_timer_t timer;
	const struct conf *conf;
	struct conf_name *next; /* to be asked for in this round */
	unsigned generation;    /* of conf; answers to an older one are thrown away */
	unsigned running;
	bool failed; /* some name has no address: try again soon */
};

void resolver_init(struct resolver *r, uv_loop_t *loop);
/* The names of conf from now on; look them up. */
void resolver_use(struct resolver *r, const struct conf *conf);
void resolver_close(struct resolver *r);
