/* SPDX-License-Identifier: BSD-2-Clause */
/* netascii.h -- the mode "netascii" of RFC 1350: text as in the telnet NVT (RFC 764).
 *
 * On the wire a line ends in CR LF and a lone CR is CR NUL; on disk a line ends in LF. Both
 * directions are small state machines that may stop anywhere, also between the two bytes of a pair,
 * because a block border may fall there. Pure; no allocation.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A place in the encoded form of a file: the next byte to take from the file, and the second half
 * of a pair whose first half ended the block before. Copying it saves the place. */
struct netascii_place {
	uint64_t offset;
	bool has_pending;
	uint8_t pending;
};

/* Encode from in[0..in_len), which are the file's bytes at at->offset, into out[0..out_cap).
 *
 * Moves *at past what was taken. Stops when out is full or in is used up, whichever comes first.
 * Returns the bytes written; out may be NULL to count only. */
size_t netascii_encode(
    struct netascii_place *at, const uint8_t *in, size_t in_len, uint8_t *out, size_t out_cap);

struct netascii_decoder {
	bool cr; /* the last byte was a CR that is not decided yet */
};

/* Decode in[0..len) into out, which has room for len + 1 bytes (a CR kept from before).
 * CR LF is LF, CR NUL is CR, any other CR stays. Returns the bytes written. */
size_t netascii_decode(struct netascii_decoder *d, const uint8_t *in, size_t len, uint8_t *out);

/* At the end of the file: writes a CR that was still undecided. Returns 0 or 1. */
size_t netascii_decode_end(struct netascii_decoder *d, uint8_t *out);
