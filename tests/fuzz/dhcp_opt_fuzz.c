/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_opt_fuzz.c -- option values, sequences of options and domain names from strangers.
 *
 * The first two bytes of the input choose a built-in option, the rest is its value; the same bytes
 * are also read as a sequence of options of its space, and as a domain name.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/proto/dhcp_opt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char text_buf[65536];

/* A broken promise of the library, not of the input. */
static void must(bool holds)
{
	if (!holds)
		abort();
}

static const struct pxe_opt_def *choose(unsigned n)
{
	size_t total = 0;

	for (unsigned turn = 0; turn < 2; turn++) {
		size_t at = turn == 0 || total == 0 ? SIZE_MAX : n % total;

		for (size_t i = 0; pxe_opt_space_at(NULL, i) != NULL; i++) {
			const struct pxe_opt_def *def = NULL;

			for (size_t k = 0;
			     (def = pxe_opt_at(NULL, pxe_opt_space_at(NULL, i), k)) != NULL; k++) {
				if (turn == 0)
					total++;
				else if (at-- == 0)
					return def;
			}
		}
	}
	abort();
}

/* What does not fit its definition is hex; either way the text is printable. */
static void try_value(const struct pxe_opt_def *def, struct pxe_bytes value)
{
	struct pxe_text text = pxe_text_init(text_buf, sizeof(text_buf));
	int err = pxe_opt_check(NULL, def, value);

	pxe_opt_text(NULL, def, value, &text);
	must(!text.truncated && strlen(text_buf) == text.len);
	for (size_t i = 0; i < text.len; i++)
		must(text_buf[i] >= ' ' && text_buf[i] <= '~');
	if (err != 0)
		must(strspn(text_buf, "0123456789abcdef:\"") == text.len);
}

/* Options that were read can be written, and read the same again. */
static void try_sequence(const struct pxe_opt_space *space, struct pxe_bytes body)
{
	uint8_t *copy = malloc(body.len + 1);
	struct pxe_wr wr = pxe_wr_init(copy, body.len);
	struct pxe_rd rd = pxe_rd_init(body.p, body.len), again;
	struct pxe_opt_tlv a, b;

	if (copy == NULL)
		return;
	while (pxe_opt_tlv_next(&rd, space, &a))
		pxe_opt_tlv_put(&wr, space, a.code, a.value.p, a.value.len);
	must(wr.err == 0);
	rd = pxe_rd_init(body.p, body.len);
	again = pxe_rd_init(copy, wr.len);
	while (pxe_opt_tlv_next(&rd, space, &a)) {
		must(pxe_opt_tlv_next(&again, space, &b));
		must(a.code == b.code && a.value.len == b.value.len);
		must(memcmp(a.value.p, b.value.p, a.value.len) == 0);
	}
	must(!pxe_opt_tlv_next(&again, space, &b) && again.err == 0);
	free(copy);
}

/* Names that were read can be written, compressed and not, and read the same again. */
static void try_names(struct pxe_bytes value)
{
	uint8_t out[2 * PXE_DNS_NAME_MAX];

	for (size_t off = 0; off < value.len && off < 64; off++) {
		struct pxe_wr wr = pxe_wr_init(out, sizeof(out));
		char first[PXE_DNS_TEXT_MAX], back[PXE_DNS_TEXT_MAX];
		struct pxe_text text = pxe_text_init(first, sizeof(first));
		int end = pxe_dns_get(value, off, &text), next = 0;

		if (end < 0)
			continue;
		must((size_t)end > off && (size_t)end <= value.len && !text.truncated);
		must(pxe_dns_put(&wr, first, false, 0) == 0 && wr.err == 0);
		must(pxe_dns_put(&wr, first, true, 0) == 0 && wr.err == 0);
		for (unsigned i = 0; i < 2; i++) {
			text = pxe_text_init(back, sizeof(back));
			next = pxe_dns_get((struct pxe_bytes){out, wr.len}, (size_t)next, &text);
			must(next > 0 && strcmp(first, back) == 0);
		}
		must((size_t)next == wr.len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pxe_opt_def *def = NULL;
	struct pxe_bytes value = {data, size};

	if (size < 2 || size > 4096)
		return 0;
	def = choose((unsigned)data[0] << 8 | data[1]);
	value = (struct pxe_bytes){data + 2, size - 2};
	try_value(def, value);
	if (!def->space->is_virtual)
		try_sequence(def->space, value);
	try_names(value);
	return 0;
}
