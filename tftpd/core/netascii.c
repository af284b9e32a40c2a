/* SPDX-License-Identifier: BSD-2-Clause */
/* netascii.c -- text as in the telnet NVT, both ways. */
#include "tftpd/core/netascii.h"

size_t netascii_encode(
    struct netascii_place *at, const uint8_t *in, size_t in_len, uint8_t *out, size_t out_cap)
{
	size_t n = 0, i = 0;

	while (n < out_cap) {
		uint8_t c;

		if (at->has_pending) {
			c = at->pending;
			at->has_pending = false;
		} else if (i < in_len) {
			c = in[i++];
			at->has_pending = c == '\n' || c == '\r';
			at->pending = c == '\n' ? '\n' : '\0';
			if (c == '\n')
				c = '\r';
		} else {
			break;
		}
		if (out != NULL)
			out[n] = c;
		n++;
	}
	at->offset += i;
	return n;
}

size_t netascii_decode(struct netascii_decoder *d, const uint8_t *in, size_t len, uint8_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t c = in[i];

		if (d->cr) {
			d->cr = false;
			if (c == '\n') {
				out[n++] = '\n';
				continue;
			}
			out[n++] = '\r';
			if (c == '\0')
				continue;
		}
		if (c == '\r')
			d->cr = true;
		else
			out[n++] = c;
	}
	return n;
}

size_t netascii_decode_end(struct netascii_decoder *d, uint8_t *out)
{
	if (!d->cr)
		return 0;
	d->cr = false;
	out[0] = '\r';
	return 1;
}
