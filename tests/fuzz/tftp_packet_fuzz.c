/* SPDX-License-Identifier: BSD-2-Clause */
/* tftp_packet_fuzz.c -- any datagram through each TFTP parser; requests and OACKs built again from
 * what was read parse to the same. */
#undef NDEBUG /* a fuzz build is a release build */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "libpxecommon/proto/tftp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Touch each byte, for the sanitizer. */
static size_t touch(struct pxe_bytes b)
{
	size_t sum = 0;

	for (size_t i = 0; i < b.len; i++)
		sum += b.p[i];
	return sum;
}

static void expect_same_opts(const struct pxe_tftp_opt *a, const struct pxe_tftp_opt *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		assert(strcmp(a[i].name, b[i].name) == 0);
		assert(strcmp(a[i].value, b[i].value) == 0);
	}
}

static void check_req(const uint8_t *data, size_t size)
{
	static uint8_t out[1 << 17];
	struct pxe_tftp_req req, again;
	const char *why = NULL;
	int err = pxe_tftp_parse_req(data, size, &req, &why), n = 0;

	assert(err == 0 || err == PXE_E_SYNTAX || err == PXE_E_TOOBIG);
	assert((err == 0) == (why == NULL));
	if (err != 0)
		return;
	assert(req.name_len > 0 && req.name_len <= PXE_TFTP_NAME_MAX);
	assert(strlen(req.name) == req.name_len && req.mode_text[0] != '\0');
	assert(req.nopt <= PXE_TFTP_OPTS_MAX && req.mode <= PXE_TFTP_MODE_UNKNOWN);
	n = pxe_tftp_build_req(
	    out, sizeof(out), req.op, req.name, req.mode_text, req.opt, req.nopt);
	assert(n > 0 && (size_t)n <= size);
	assert(pxe_tftp_parse_req(out, (size_t)n, &again, &why) == 0);
	assert(again.op == req.op && again.mode == req.mode && again.nopt == req.nopt);
	assert(strcmp(again.name, req.name) == 0);
	expect_same_opts(req.opt, again.opt, req.nopt);
}

static void check_oack(const uint8_t *data, size_t size)
{
	static uint8_t out[1 << 17];
	struct pxe_tftp_opt opt[PXE_TFTP_OPTS_MAX], again[PXE_TFTP_OPTS_MAX];
	int n = pxe_tftp_parse_oack(data, size, opt), len = 0;

	assert(n <= PXE_TFTP_OPTS_MAX);
	if (n < 0)
		return;
	len = pxe_tftp_build_oack(out, sizeof(out), opt, (unsigned)n);
	assert(len >= 2 && (size_t)len <= size);
	assert(pxe_tftp_parse_oack(out, (size_t)len, again) == n);
	expect_same_opts(opt, again, (unsigned)n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pxe_bytes bytes = {0};
	uint16_t number = 0;
	unsigned op = pxe_tftp_opcode(data, size);

	if (size > 65535)
		return 0;
	check_req(data, size);
	check_oack(data, size);
	if (pxe_tftp_parse_ack(data, size, &number) == 0)
		assert(op == PXE_TFTP_ACK && size >= 4);
	if (pxe_tftp_parse_data(data, size, &number, &bytes) == 0) {
		assert(op == PXE_TFTP_DATA && bytes.len == size - 4);
		(void)touch(bytes);
	}
	if (pxe_tftp_parse_error(data, size, &number, &bytes) == 0) {
		assert(op == PXE_TFTP_ERROR && bytes.len <= size - 4);
		assert(bytes.len == 0 || memchr(bytes.p, 0, bytes.len) == NULL);
		(void)touch(bytes);
	}
	return 0;
}
