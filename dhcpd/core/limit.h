/* SPDX-License-Identifier: BSD-2-Clause */
/* limit.h -- how many messages a second one sender may bring.
 *
 * A token bucket a sender: a second's worth at `rate`, twice that at once. Senders are kept by hash
 * in a table of fixed size, two places each; who finds both taken shares with the one that was
 * quiet longer, so memory is bounded and an error lets more through, never less. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LIMIT_PLACES = 32768 };

struct limit {
	struct limit_place *place; /* NULL: rate is 0 */
	uint32_t rate;
	uint64_t refused;
};

/* rate 0: no limit, nothing allocated. 0 or -ENOMEM. */
int limit_init(struct limit *l, uint32_t rate);
void limit_fini(struct limit *l);
/* May the sender with this hash bring one more at mono_us? Counts it. */
bool limit_allows(struct limit *l, uint64_t hash, int64_t mono_us);
