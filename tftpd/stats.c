/* SPDX-License-Identifier: BSD-2-Clause */
/* stats.c -- the table of counters. */
#include "tftpd/stats.h"

#define ENDS  "Transfers and refused requests by how they ended."
#define BYTES "File contents moved, without headers and repeats."

const struct pxe_counter_row stat_rows[STAT_COUNT] = {
    [STAT_READS] = {"tftpd_requests", "type=\"read\"", "Requests received.", PXE_COUNTER},
    [STAT_WRITES] = {"tftpd_requests", "type=\"write\"", "Requests received.", PXE_COUNTER},
    [STAT_DUPLICATES] = {"tftpd_duplicate_requests", NULL,
	"Requests repeated while their transfer was starting.", PXE_COUNTER},
    [STAT_END_OK] = {"tftpd_transfers_ended", "reason=\"ok\"", ENDS, PXE_COUNTER},
    [STAT_END_PROBE] = {"tftpd_transfers_ended", "reason=\"probe\"", ENDS, PXE_COUNTER},
    [STAT_END_NOT_FOUND] = {"tftpd_transfers_ended", "reason=\"not-found\"", ENDS, PXE_COUNTER},
    [STAT_END_FORBIDDEN] = {"tftpd_transfers_ended", "reason=\"forbidden\"", ENDS, PXE_COUNTER},
    [STAT_END_BAD_PATH] = {"tftpd_transfers_ended", "reason=\"bad-path\"", ENDS, PXE_COUNTER},
    [STAT_END_NOT_A_FILE] = {"tftpd_transfers_ended", "reason=\"not-a-file\"", ENDS, PXE_COUNTER},
    [STAT_END_IO_ERROR] = {"tftpd_transfers_ended", "reason=\"io-error\"", ENDS, PXE_COUNTER},
    [STAT_END_DISK_FULL] = {"tftpd_transfers_ended", "reason=\"disk-full\"", ENDS, PXE_COUNTER},
    [STAT_END_FILE_CHANGED] = {"tftpd_transfers_ended", "reason=\"file-changed\"", ENDS,
	PXE_COUNTER},
    [STAT_END_TIMEOUT] = {"tftpd_transfers_ended", "reason=\"timeout\"", ENDS, PXE_COUNTER},
    [STAT_END_CLIENT_ABORT] = {"tftpd_transfers_ended", "reason=\"client-abort\"", ENDS,
	PXE_COUNTER},
    [STAT_END_OPTION_REFUSED] = {"tftpd_transfers_ended", "reason=\"option-refused\"", ENDS,
	PXE_COUNTER},
    [STAT_END_BAD_REQUEST] = {"tftpd_transfers_ended", "reason=\"bad-request\"", ENDS, PXE_COUNTER},
    [STAT_END_BAD_METHOD] = {"tftpd_transfers_ended", "reason=\"bad-method\"", ENDS, PXE_COUNTER},
    [STAT_END_TOO_LARGE] = {"tftpd_transfers_ended", "reason=\"too-large\"", ENDS, PXE_COUNTER},
    [STAT_END_OVERLOAD] = {"tftpd_transfers_ended", "reason=\"overload\"", ENDS, PXE_COUNTER},
    [STAT_END_STOPPED] = {"tftpd_transfers_ended", "reason=\"stopped\"", ENDS, PXE_COUNTER},
    [STAT_END_OTHER] = {"tftpd_transfers_ended", "reason=\"other\"", ENDS, PXE_COUNTER},
    [STAT_BYTES_SENT] = {"tftpd_bytes", "direction=\"sent\"", BYTES, PXE_COUNTER},
    [STAT_BYTES_RECEIVED] = {"tftpd_bytes", "direction=\"received\"", BYTES, PXE_COUNTER},
    [STAT_PACKETS_IN] = {"tftpd_packets", "direction=\"in\"", "Datagrams.", PXE_COUNTER},
    [STAT_PACKETS_OUT] = {"tftpd_packets", "direction=\"out\"", "Datagrams.", PXE_COUNTER},
    [STAT_RETRANSMITS] = {"tftpd_retransmits", NULL, "Blocks and answers sent again.", PXE_COUNTER},
    [STAT_UNKNOWN_TID] = {"tftpd_unknown_tid", NULL,
	"Datagrams for a transfer that does not exist.", PXE_COUNTER},
    [STAT_GAVE_WAY] = {"tftpd_gave_way", NULL,
	"Transfers ended for others because their client never answered.", PXE_COUNTER},
    [STAT_CACHE_HITS] = {"tftpd_cache_reads", "from=\"memory\"",
	"Reads of file contents by where they came from.", PXE_COUNTER},
    [STAT_CACHE_MISSES] = {"tftpd_cache_reads", "from=\"file\"",
	"Reads of file contents by where they came from.", PXE_COUNTER},
    [STAT_CACHE_DIRECT] = {"tftpd_cache_reads", "from=\"file_uncached\"",
	"Reads of file contents by where they came from.", PXE_COUNTER},
    [STAT_CACHE_WAITS] = {"tftpd_cache_reads", "from=\"disk\"",
	"Reads of file contents by where they came from.", PXE_COUNTER},
    [STAT_CACHE_BYTES] = {"tftpd_cache_memory", NULL, "File contents held in memory, in bytes.",
	PXE_GAUGE},
    [STAT_TRANSFERS] = {"tftpd_transfers", NULL, "Transfers now, waiting ones included.",
	PXE_GAUGE},
    [STAT_QUEUED] = {"tftpd_transfers_waiting", NULL,
	"Transfers whose first packet waits for others to end.", PXE_GAUGE},
    [STAT_GROUPS] = {"tftpd_multicast_groups", NULL, "Files sent to a multicast group now.",
	PXE_GAUGE},
};

enum stat_id stat_of_reason(enum pxe_reason reason)
{
	switch (reason) {
#define X(id)                                                                                      \
	case PXE_REASON_##id:                                                                      \
		return STAT_END_##id;
		STAT_ENDS(X)
#undef X
	default:
		return STAT_END_OTHER;
	}
}
