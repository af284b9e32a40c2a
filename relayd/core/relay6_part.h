/* SPDX-License-Identifier: BSD-2-Clause */
/* relay6_part.h -- between relay6.c and relay6_upper.c. */
#pragma once

#include "relayd/core/relay6.h"

/* What the client says inside all relays' messages, of which this is the outermost, into out. */
void relay6_read_client(struct pxe_bytes message, struct relay6_out *out);
/* The upper links that get the request in out; false when there is none now. */
bool relay6_pick(struct relay6 *r, int64_t now_us, struct relay6_out *out);
/* Whose interface it is; NULL when it is of none. */
struct relay6_upper *relay6_upper_of(struct relay6 *r, unsigned ifindex);
/* The upper link with the server that sent this, or with a group that it may be of; NULL when there
 * is none. */
struct relay6_upper *relay6_server_of(struct relay6 *r, const struct relay6_in *in);
/* The Relay-reply in out was sent by relay6_server_of, or else by the only one behind the
 * interface: note that in out and in its health. */
void relay6_answered(struct relay6 *r, const struct relay6_in *in, struct relay6_out *out);
