/* SPDX-License-Identifier: BSD-2-Clause */
/* tftp.h -- TFTP packets (RFC 1350, 2347, 2348, 2349, 2090, 7440; tftp-hpa's blksize2, utimeout,
 * rollover).
 *
 * Parsing keeps what a stranger sent; what an option may be and what is granted is the daemon's
 * business (tftpd/core/negotiate.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/buf.h"

enum pxe_tftp_op {
	PXE_TFTP_RRQ = 1,
	PXE_TFTP_WRQ = 2,
	PXE_TFTP_DATA = 3,
	PXE_TFTP_ACK = 4,
	PXE_TFTP_ERROR = 5,
	PXE_TFTP_OACK = 6
};

enum pxe_tftp_err {
	PXE_TFTP_EUNDEF = 0,
	PXE_TFTP_ENOTFOUND = 1,
	PXE_TFTP_EACCESS = 2,
	PXE_TFTP_ENOSPACE = 3,
	PXE_TFTP_EBADOP = 4,
	PXE_TFTP_EBADID = 5,
	PXE_TFTP_EEXISTS = 6,
	PXE_TFTP_ENOUSER = 7,
	PXE_TFTP_EOPTNEG = 8
};

enum pxe_tftp_mode { PXE_TFTP_OCTET, PXE_TFTP_NETASCII, PXE_TFTP_MAIL, PXE_TFTP_MODE_UNKNOWN };

enum { PXE_TFTP_NAME_MAX = 1024, PXE_TFTP_OPTS_MAX = 16, PXE_TFTP_HEADER = 4 };

struct pxe_tftp_opt {
	const char *name, *value; /* borrowed from the packet */
};

/* An RRQ or WRQ; strings are borrowed from the packet. */
struct pxe_tftp_req {
	enum pxe_tftp_op op;
	const char *name;
	size_t name_len;
	enum pxe_tftp_mode mode;
	const char *mode_text;
	struct pxe_tftp_opt opt[PXE_TFTP_OPTS_MAX];
	unsigned nopt;
};

/* Opcode of a packet, 0 when it has none. */
unsigned pxe_tftp_opcode(const uint8_t *p, size_t len);

/* Parse a request. 0; PXE_E_SYNTAX with *out_why set to the text of the ERROR 4 that tftp-hpa sends
 * ("Missing mode", "Request not null-terminated"); PXE_E_TOOBIG (name; *out_why is set too). An
 * unknown mode parses as PXE_TFTP_MODE_UNKNOWN. Options after an empty name (padding) are not
 * looked at; those past PXE_TFTP_OPTS_MAX are ignored, as RFC 2347 lets a server. */
int pxe_tftp_parse_req(
    const uint8_t *p, size_t len, struct pxe_tftp_req *out, const char **out_why);

/* Block number of a DATA or ACK; PXE_E_TRUNC. For DATA *out_data borrows the payload. */
int pxe_tftp_parse_ack(const uint8_t *p, size_t len, uint16_t *out_block);
int pxe_tftp_parse_data(
    const uint8_t *p, size_t len, uint16_t *out_block, struct pxe_bytes *out_data);
/* Code and text of an ERROR; a text without NUL ends with the packet. PXE_E_TRUNC. */
int pxe_tftp_parse_error(
    const uint8_t *p, size_t len, uint16_t *out_code, struct pxe_bytes *out_text);
/* Options of an OACK into opt[PXE_TFTP_OPTS_MAX]; returns their number, PXE_E_SYNTAX or
 * PXE_E_TRUNC. */
int pxe_tftp_parse_oack(const uint8_t *p, size_t len, struct pxe_tftp_opt *opt);

/* Build packets; return the length or PXE_E_TOOBIG. */
int pxe_tftp_build_req(uint8_t *out, size_t cap, enum pxe_tftp_op op, const char *name,
    const char *mode, const struct pxe_tftp_opt *opt, unsigned nopt);
int pxe_tftp_build_oack(uint8_t *out, size_t cap, const struct pxe_tftp_opt *opt, unsigned nopt);
int pxe_tftp_build_ack(uint8_t *out, size_t cap, uint16_t block);
int pxe_tftp_build_data_header(uint8_t *out, size_t cap, uint16_t block);
int pxe_tftp_build_error(uint8_t *out, size_t cap, uint16_t code, const char *text);

/* Standard text of an error code (RFC 1350 appendix), in tftp-hpa's wording; never NULL. */
const char *pxe_tftp_err_text(unsigned code);
