/* SPDX-License-Identifier: BSD-2-Clause */
/* stats.h -- what a worker counts: one row a counter, for "stats" and OpenMetrics.
 *
 * Each worker bumps its own array; readers on the control thread add them up.
 */
#pragma once

#include <stdint.h>

#include "libpxecommon/base/counter.h"

/* id, family, labels, help, type. Rows of one family stand together. */
#define STATS_TABLE(X)                                                                             \
	X(ACCEPTED, "httpfsd_connections", "result=\"accepted\"", "Connections that came in.",     \
	    PXE_COUNTER)                                                                           \
	X(REFUSED_FULL, "httpfsd_connections", "result=\"limit\"", "Connections that came in.",    \
	    PXE_COUNTER)                                                                           \
	X(REFUSED_CLIENT, "httpfsd_connections", "result=\"client_limit\"",                        \
	    "Connections that came in.", PXE_COUNTER)                                              \
	X(OPEN, "httpfsd_open_connections", NULL, "Connections open now.", PXE_GAUGE)              \
	X(TLS_OK, "httpfsd_tls_handshakes", "result=\"ok\"", "TLS handshakes.", PXE_COUNTER)       \
	X(TLS_RESUMED, "httpfsd_tls_handshakes", "result=\"resumed\"", "TLS handshakes.",          \
	    PXE_COUNTER)                                                                           \
	X(TLS_TIMEOUT, "httpfsd_tls_handshakes", "result=\"timeout\"", "TLS handshakes.",          \
	    PXE_COUNTER)                                                                           \
	X(TLS_GONE, "httpfsd_tls_handshakes", "result=\"gone\"", "TLS handshakes.", PXE_COUNTER)   \
	X(TLS_PLAIN, "httpfsd_tls_handshakes", "result=\"plain_http\"", "TLS handshakes.",         \
	    PXE_COUNTER)                                                                           \
	X(TLS_VERSION, "httpfsd_tls_handshakes", "result=\"version\"", "TLS handshakes.",          \
	    PXE_COUNTER)                                                                           \
	X(TLS_CIPHER, "httpfsd_tls_handshakes", "result=\"cipher\"", "TLS handshakes.",            \
	    PXE_COUNTER)                                                                           \
	X(TLS_ALPN, "httpfsd_tls_handshakes", "result=\"alpn\"", "TLS handshakes.", PXE_COUNTER)   \
	X(TLS_ALERT, "httpfsd_tls_handshakes", "result=\"alert\"", "TLS handshakes.", PXE_COUNTER) \
	X(TLS_LIMIT, "httpfsd_tls_handshakes", "result=\"limit\"", "TLS handshakes.", PXE_COUNTER) \
	X(TLS_MALFORMED, "httpfsd_tls_handshakes", "result=\"malformed\"", "TLS handshakes.",      \
	    PXE_COUNTER)                                                                           \
	X(STATUS_200, "httpfsd_requests", "status=\"200\"", "Requests by status.", PXE_COUNTER)    \
	X(STATUS_206, "httpfsd_requests", "status=\"206\"", "Requests by status.", PXE_COUNTER)    \
	X(STATUS_301, "httpfsd_requests", "status=\"301\"", "Requests by status.", PXE_COUNTER)    \
	X(STATUS_304, "httpfsd_requests", "status=\"304\"", "Requests by status.", PXE_COUNTER)    \
	X(STATUS_400, "httpfsd_requests", "status=\"400\"", "Requests by status.", PXE_COUNTER)    \
	X(STATUS_401, "httpfsd_requests", "status=\"401\"", "Requests by status.", PXE_COUNTER)    \
	X(STATUS_403, "httpfsd_requests", "status=\"403\"", "Requests by status.", PXE_COUNTER)    \
	X(STATUS_404, "httpfsd_requests", "status=\"404\"", "Requests by status.", PXE_COUNTER)    \
	X(STATUS_405, "httpfsd_requests", "status=\"405\"", "Requests by status.", PXE_COUNTER)    \
	X(STATUS_408, "httpfsd_requests", "status=\"408\"", "Requests by status.", PXE_COUNTER)    \
	X(STATUS_412, "httpfsd_requests", "status=\"412\"", "Requests by status.", PXE_COUNTER)    \
	X(STATUS_413, "httpfsd_requests", "status=\"413\"", "Requests by status.", PXE_COUNTER)    \
	X(STATUS_414, "httpfsd_requests", "status=\"414\"", "Requests by status.", PXE_COUNTER)    \
	X(STATUS_416, "httpfsd_requests", "status=\"416\"", "Requests by status.", PXE_COUNTER)    \
	X(STATUS_417, "httpfsd_requests", "status=\"417\"", "Requests by status.", PXE_COUNTER)    \
	X(STATUS_431, "httpfsd_requests", "status=\"431\"", "Requests by status.", PXE_COUNTER)    \
	X(STATUS_500, "httpfsd_requests", "status=\"500\"", "Requests by status.", PXE_COUNTER)    \
	X(STATUS_501, "httpfsd_requests", "status=\"501\"", "Requests by status.", PXE_COUNTER)    \
	X(STATUS_503, "httpfsd_requests", "status=\"503\"", "Requests by status.", PXE_COUNTER)    \
	X(STATUS_505, "httpfsd_requests", "status=\"505\"", "Requests by status.", PXE_COUNTER)    \
	X(ABORTED, "httpfsd_aborted", "reason=\"client\"", "Answers not sent to their end.",       \
	    PXE_COUNTER)                                                                           \
	X(STALLED, "httpfsd_aborted", "reason=\"timeout\"", "Answers not sent to their end.",      \
	    PXE_COUNTER)                                                                           \
	X(CHANGED, "httpfsd_aborted", "reason=\"file_changed\"", "Answers not sent to their end.", \
	    PXE_COUNTER)                                                                           \
	X(FAILED, "httpfsd_aborted", "reason=\"io_error\"", "Answers not sent to their end.",      \
	    PXE_COUNTER)                                                                           \
	X(SENT, "httpfsd_sent_bytes", NULL, "Bytes of bodies sent.", PXE_COUNTER)                  \
	X(FILE_HITS, "httpfsd_file_cache", "result=\"hit\"", "Files found open already.",          \
	    PXE_COUNTER)                                                                           \
	X(FILE_MISSES, "httpfsd_file_cache", "result=\"miss\"", "Files found open already.",       \
	    PXE_COUNTER)                                                                           \
	X(COLD, "httpfsd_cold_reads", NULL, "Reads from disk taken off the loop.", PXE_COUNTER)    \
	X(LOG_LOST, "httpfsd_access_log_lost", NULL,                                               \
	    "Access log lines that could not be written.", PXE_COUNTER)

enum stats_id {
#define X(id, name, labels, help, type) STAT_##id,
	STATS_TABLE(X)
#undef X
	    STAT_COUNT
};

extern const struct pxe_counter_row stats_rows[STAT_COUNT];

/* One writer, readers on other threads. */
static inline void stat_add(uint64_t *value, enum stats_id which, uint64_t n)
{
	__atomic_store_n(&value[which], value[which] + n, __ATOMIC_RELAXED);
}

static inline uint64_t stat_get(const uint64_t *value, enum stats_id which)
{
	return __atomic_load_n(&value[which], __ATOMIC_RELAXED);
}

/* The counter of an HTTP status; STAT_COUNT when there is none. */
enum stats_id stats_of_status(int status);
