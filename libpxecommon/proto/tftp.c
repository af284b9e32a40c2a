/* SPDX-License-Identifier: BSD-2-Clause */
/* tftp.c -- TFTP packets to values and back. */
#include "libpxecommon/proto/tftp.h"

#include <limits.h>

#include "libpxecommon/base/str.h"

unsigned pxe_tftp_opcode(const uint8_t *p, size_t len)
{
	struct pxe_rd rd = pxe_rd_init(p, len);

	return pxe_rd_u16(&rd);
}

static enum pxe_tftp_mode mode_of(const char *text)
{
	static const char *const name[] = {
	    [PXE_TFTP_OCTET] = "octet",
	    [PXE_TFTP_NETASCII] = "netascii",
	    [PXE_TFTP_MAIL] = "mail",
	};

	for (unsigned i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		if (pxe_str_ieq(text, name[i]))
			return (enum pxe_tftp_mode)i;
	}
	return PXE_TFTP_MODE_UNKNOWN;
}

/* Name and value pairs up to the end or to an empty name, which is padding. A last name without a
 * value is no pair: want_value says whether that is an error. */
static unsigned take_opts(
    struct pxe_rd *rd, struct pxe_tftp_opt *opt, unsigned max, bool want_value)
{
	unsigned n = 0;
	size_t len = 0;

	while (pxe_rd_left(rd) > 0) {
		const char *name = pxe_rd_cstr(rd, &len), *value = NULL;

		if (name == NULL || len == 0 || (pxe_rd_left(rd) == 0 && !want_value))
			break;
		value = pxe_rd_cstr(rd, &len);
		if (value != NULL && n < max)
			opt[n++] = (struct pxe_tftp_opt){name, value};
	}
	return n;
}

/* tftp-hpa's words for what is wrong with a request. */
static const char *req_fault(const struct pxe_rd *rd, const char *name, const char *mode)
{
	if (name != NULL && mode == NULL && rd->off == rd->len)
		return "Missing mode";
	if (rd->err != 0)
		return "Request not null-terminated";
	return *mode == '\0' ? "Missing mode" : NULL;
}

int pxe_tftp_parse_req(const uint8_t *p, size_t len, struct pxe_tftp_req *out, const char **out_why)
{
	struct pxe_rd rd = pxe_rd_init(p, len);
	struct pxe_tftp_req req = {.op = (enum pxe_tftp_op)pxe_rd_u16(&rd)};
	const char *why = NULL;
	size_t mode_len = 0;

	if (req.op != PXE_TFTP_RRQ && req.op != PXE_TFTP_WRQ) {
		*out_why = pxe_tftp_err_text(PXE_TFTP_EBADOP);
		return PXE_E_SYNTAX;
	}
	/* Nothing behind the opcode, or an empty name: tftp-hpa never gets to a mode then. */
	if (pxe_rd_left(&rd) == 0 || p[rd.off] == '\0') {
		*out_why = "Missing mode";
		return PXE_E_SYNTAX;
	}
	req.name = pxe_rd_cstr(&rd, &req.name_len);
	req.mode_text = pxe_rd_cstr(&rd, &mode_len);
	if (req.mode_text != NULL && mode_len > 0)
		req.nopt = take_opts(&rd, req.opt, PXE_TFTP_OPTS_MAX, false);
	why = req_fault(&rd, req.name, req.mode_text);
	if (why != NULL) {
		*out_why = why;
		return PXE_E_SYNTAX;
	}
	if (req.name_len > PXE_TFTP_NAME_MAX) {
		*out_why = "File name too long";
		return PXE_E_TOOBIG;
	}
	req.mode = mode_of(req.mode_text);
	*out = req;
	return 0;
}

/* The number behind the opcode of a packet of kind op. */
static int take_number(struct pxe_rd *rd, enum pxe_tftp_op op, uint16_t *out)
{
	unsigned opcode = pxe_rd_u16(rd);
	uint16_t number = pxe_rd_u16(rd);

	if (rd->err != 0)
		return rd->err;
	if (opcode != op)
		return PXE_E_SYNTAX;
	*out = number;
	return 0;
}

int pxe_tftp_parse_ack(const uint8_t *p, size_t len, uint16_t *out_block)
{
	struct pxe_rd rd = pxe_rd_init(p, len);

	return take_number(&rd, PXE_TFTP_ACK, out_block);
}

int pxe_tftp_parse_data(
    const uint8_t *p, size_t len, uint16_t *out_block, struct pxe_bytes *out_data)
{
	struct pxe_rd rd = pxe_rd_init(p, len);
	int err = take_number(&rd, PXE_TFTP_DATA, out_block);

	if (err == 0)
		*out_data = (struct pxe_bytes){rd.p + rd.off, rd.len - rd.off};
	return err;
}

int pxe_tftp_parse_error(
    const uint8_t *p, size_t len, uint16_t *out_code, struct pxe_bytes *out_text)
{
	struct pxe_rd rd = pxe_rd_init(p, len);
	int err = take_number(&rd, PXE_TFTP_ERROR, out_code);

	if (err == 0) {
		size_t left = pxe_rd_left(&rd);
		const char *text = (const char *)pxe_rd_bytes(&rd, left);

		*out_text = (struct pxe_bytes){(const uint8_t *)text, strnlen(text, left)};
	}
	return err;
}

int pxe_tftp_parse_oack(const uint8_t *p, size_t len, struct pxe_tftp_opt *opt)
{
	struct pxe_rd rd = pxe_rd_init(p, len);
	unsigned opcode = pxe_rd_u16(&rd), n = 0;

	if (rd.err == 0 && opcode != PXE_TFTP_OACK)
		return PXE_E_SYNTAX;
	n = take_opts(&rd, opt, PXE_TFTP_OPTS_MAX, true);
	return rd.err != 0 ? rd.err : (int)n;
}

static int done(const struct pxe_wr *wr)
{
	return wr->err != 0 ? wr->err : (int)wr->len;
}

static struct pxe_wr start(uint8_t *out, size_t cap, enum pxe_tftp_op op)
{
	struct pxe_wr wr = pxe_wr_init(out, cap < INT_MAX ? cap : INT_MAX);

	pxe_wr_u16(&wr, (uint16_t)op);
	return wr;
}

static void put_opts(struct pxe_wr *wr, const struct pxe_tftp_opt *opt, unsigned nopt)
{
	for (unsigned i = 0; i < nopt; i++) {
		pxe_wr_cstr(wr, opt[i].name);
		pxe_wr_cstr(wr, opt[i].value);
	}
}

int pxe_tftp_build_req(uint8_t *out, size_t cap, enum pxe_tftp_op op, const char *name,
    const char *mode, const struct pxe_tftp_opt *opt, unsigned nopt)
{
	struct pxe_wr wr = start(out, cap, op);

	pxe_wr_cstr(&wr, name);
	pxe_wr_cstr(&wr, mode);
	put_opts(&wr, opt, nopt);
	return done(&wr);
}

int pxe_tftp_build_oack(uint8_t *out, size_t cap, const struct pxe_tftp_opt *opt, unsigned nopt)
{
	struct pxe_wr wr = start(out, cap, PXE_TFTP_OACK);

	put_opts(&wr, opt, nopt);
	return done(&wr);
}

static int build_number(uint8_t *out, size_t cap, enum pxe_tftp_op op, uint16_t number)
{
	struct pxe_wr wr = start(out, cap, op);

	pxe_wr_u16(&wr, number);
	return done(&wr);
}

int pxe_tftp_build_ack(uint8_t *out, size_t cap, uint16_t block)
{
	return build_number(out, cap, PXE_TFTP_ACK, block);
}

int pxe_tftp_build_data_header(uint8_t *out, size_t cap, uint16_t block)
{
	return build_number(out, cap, PXE_TFTP_DATA, block);
}

int pxe_tftp_build_error(uint8_t *out, size_t cap, uint16_t code, const char *text)
{
	struct pxe_wr wr = start(out, cap, PXE_TFTP_ERROR);

	pxe_wr_u16(&wr, code);
	pxe_wr_cstr(&wr, text);
	return done(&wr);
}

const char *pxe_tftp_err_text(unsigned code)
{
	static const char *const text[] = {
	    [PXE_TFTP_EUNDEF] = "Undefined error code",
	    [PXE_TFTP_ENOTFOUND] = "File not found",
	    [PXE_TFTP_EACCESS] = "Access denied",
	    [PXE_TFTP_ENOSPACE] = "Disk full or allocation exceeded",
	    [PXE_TFTP_EBADOP] = "Illegal TFTP operation",
	    [PXE_TFTP_EBADID] = "Unknown transfer ID",
	    [PXE_TFTP_EEXISTS] = "File already exists",
	    [PXE_TFTP_ENOUSER] = "No such user",
	    [PXE_TFTP_EOPTNEG] = "Failure to negotiate RFC2347 options",
	};

	return text[code < sizeof(text) / sizeof(text[0]) ? code : PXE_TFTP_EUNDEF];
}
