/* SPDX-License-Identifier: BSD-2-Clause */
/* negotiate.h -- which of the options a client asked for it gets, and with what value.
 *
 * One table row and one pure function per option; RFC 2347 for the frame, RFC 2348 blksize, RFC
 * 2349 tsize and timeout, RFC 7440 windowsize, RFC 2090 multicast, and tftp-hpa's own blksize2,
 * utimeout, rollover and cookie.
 * An option that is unknown, refused by the administrator, malformed or out of range is left out
 * of the answer, never answered by an error: firmware asks for what it likes (msftwindow) and must
 * still boot. tftp-hpa 5.2 ended the transfer with ERROR 8 for a bad value;
 * 6.0 ignores it as we do. An option given twice counts once, by its first value.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "libpxecommon/proto/tftp.h"

enum {
	NEG_BLKSIZE_DEFAULT = 512,
	NEG_BLKSIZE_MIN = 8,
	NEG_BLKSIZE_MAX = 65464,
	NEG_WINDOW_MAX = 65535,
	NEG_COOKIE_MAX = 255,
	NEG_MULTICAST_STRLEN = 24 /* "255.255.255.255,65535,1" */
};

/* Options in the order of the table; 1 << NEG_x is the bit of a refusal (-r). */
#define NEG_OPTION_TABLE(X)                                                                        \
	X(BLKSIZE, "blksize", "RFC 2348")                                                          \
	X(BLKSIZE2, "blksize2", "tftp-hpa")                                                        \
	X(TSIZE, "tsize", "RFC 2349")                                                              \
	X(TIMEOUT, "timeout", "RFC 2349")                                                          \
	X(UTIMEOUT, "utimeout", "tftp-hpa")                                                        \
	X(ROLLOVER, "rollover", "tftp-hpa")                                                        \
	X(WINDOWSIZE, "windowsize", "RFC 7440")                                                    \
	X(MULTICAST, "multicast", "RFC 2090")                                                      \
	X(COOKIE, "cookie", "tftp-hpa")

enum neg_option {
#define X(id, name, source) NEG_##id,
	NEG_OPTION_TABLE(X)
#undef X
	    NEG_OPTION_COUNT
};

/* What the administrator allows. */
struct neg_limits {
	uint32_t refuse; /* bits 1 << NEG_x */
	uint32_t blksize_max;
	uint32_t windowsize_max;
	uint64_t
	    window_bytes; /* blksize * windowsize stays at or below this (one block at least) */
};

struct neg_file {
	bool size_known; /* false in netascii, whose encoded size nobody knows beforehand */
	uint64_t size;
	bool multicast; /* there is a group it could be sent to */
};

/* What was agreed. */
struct neg {
	uint32_t blksize;
	uint32_t windowsize;
	uint32_t rollover;    /* block number that follows 65535 */
	int64_t timeout_us;   /* 0: not negotiated */
	bool tsize_asked;     /* on a read: perhaps only a question for the size */
	bool has_upload_size; /* a write told its size */
	uint64_t upload_size;
	bool multicast; /* wanted and possible: neg_set_multicast() must follow */
	/* The OACK's options, in the client's order and spelling; none means no OACK (RFC 2347). */
	struct pxe_tftp_opt opt[PXE_TFTP_OPTS_MAX];
	unsigned nopt;
	char value[PXE_TFTP_OPTS_MAX][24];
	char group[NEG_MULTICAST_STRLEN]; /* of the multicast option */
};

/* Agree on the options of req, whose strings the result borrows. Never fails. */
void neg_run(struct neg *out, const struct pxe_tftp_req *req, const struct neg_limits *limits,
    const struct neg_file *file);

/* Give the multicast option its value: "ADDR,PORT,MC" (RFC 2090), copied. Only when out->multicast.
 */
void neg_set_multicast(struct neg *out, const char *value);

/* Bit of an option by name (any case) for neg_limits.refuse; 0 for an unknown name. */
uint32_t neg_option_bit(const char *name);
/* All names, space separated, for messages. */
const char *neg_option_names(void);
