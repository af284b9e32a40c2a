/* SPDX-License-Identifier: BSD-2-Clause */
/* reverse.h -- what DNS calls an address, for get-lease-hostnames.
 *
 * ISC asks while it answers a packet and stands still meanwhile. Here the question is put on
 * libuv's pool and the answer kept for a while: the first offer of an address may go out without
 * the name, the DHCPACK that follows has it.
 */
#pragma once

#include <stdint.h>
#include <uv.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/buf.h"

enum {
	REVERSE_NAMES = 4096, /* answers kept; an address ousts another one of the same slot */
	REVERSE_AT_ONCE = 4,  /* questions under way; beyond, the client's next packet asks */
	REVERSE_KEEP_S = 300,
	REVERSE_RETRY_S = 60 /* for an address without a name */
};

struct reverse_slot;

struct reverse {
	uv_loop_t *loop;
	struct reverse_slot *slot; /* REVERSE_NAMES of them; NULL: never asked, or closed */
	unsigned running;
};

void reverse_init(struct reverse *r, uv_loop_t *loop);
/* Forget everything; answers that still come in are dropped, so r has to outlive the loop. NULL
 * loop (never opened) ok. */
void reverse_close(struct reverse *r);
/* The name of ip as far as it is known now, len 0: none. Valid until the loop runs. Asks for it
 * when it is not known or too old. */
struct pxe_bytes reverse_name(struct reverse *r, struct pxe_ip4 ip);
