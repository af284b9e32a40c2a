/* SPDX-License-Identifier: BSD-2-Clause */
/* stats.h -- what tftpd counts: one row a counter, one array a worker.
 *
 * Only the worker that owns an array writes it; the control socket's thread reads and sums them.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/counter.h"
#include "libpxecommon/base/event.h"

#define STAT_ENDS(X)                                                                               \
	X(OK)                                                                                      \
	X(PROBE)                                                                                   \
	X(NOT_FOUND)                                                                               \
	X(FORBIDDEN)                                                                               \
	X(BAD_PATH)                                                                                \
	X(NOT_A_FILE)                                                                              \
	X(IO_ERROR)                                                                                \
	X(DISK_FULL)                                                                               \
	X(FILE_CHANGED)                                                                            \
	X(TIMEOUT)                                                                                 \
	X(CLIENT_ABORT)                                                                            \
	X(OPTION_REFUSED)                                                                          \
	X(BAD_REQUEST)                                                                             \
	X(BAD_METHOD)                                                                              \
	X(TOO_LARGE)                                                                               \
	X(OVERLOAD)                                                                                \
	X(STOPPED)

enum stat_id {
	STAT_READS,
	STAT_WRITES,
	STAT_DUPLICATES,
#define X(id) STAT_END_##id,
	STAT_ENDS(X)
#undef X
	    STAT_END_OTHER,
	STAT_BYTES_SENT,
	STAT_BYTES_RECEIVED,
	STAT_PACKETS_IN,
	STAT_PACKETS_OUT,
	STAT_RETRANSMITS,
	STAT_UNKNOWN_TID,
	STAT_GAVE_WAY,
	STAT_CACHE_HITS,
	STAT_CACHE_MISSES,
	STAT_CACHE_DIRECT,
	STAT_CACHE_WAITS,
	STAT_CACHE_BYTES,
	STAT_TRANSFERS,
	STAT_QUEUED,
	STAT_GROUPS,
	STAT_COUNT
};

struct stats {
	_Atomic uint64_t v[STAT_COUNT];
};

extern const struct pxe_counter_row stat_rows[STAT_COUNT];

static inline void stat_add(struct stats *s, enum stat_id which, uint64_t n)
{
	uint64_t v = atomic_load_explicit(&s->v[which], memory_order_relaxed);

	atomic_store_explicit(&s->v[which], v + n, memory_order_relaxed);
}

static inline void stat_set(struct stats *s, enum stat_id which, uint64_t v)
{
	atomic_store_explicit(&s->v[which], v, memory_order_relaxed);
}

static inline uint64_t stat_get(const struct stats *s, enum stat_id which)
{
	return atomic_load_explicit(&s->v[which], memory_order_relaxed);
}

/* The counter of transfers that ended for this reason. */
enum stat_id stat_of_reason(enum pxe_reason reason);
