/* SPDX-License-Identifier: BSD-2-Clause */
/* relay_part.h -- between relay.c and its two halves, request.c and reply.c. */
#pragma once

#include "relayd/core/relay.h"

/* End the packet here: fills in direction, reason and detail (static or NULL). */
void relay_drop(struct relay_out *out, enum pxe_reason reason, const char *detail);
/* A BOOTREQUEST that came in on out->in, message in out->pk. */
void relay_request(
    struct relay *r, const struct relay_in *in, const struct pxe_now *now, struct relay_out *out);
/* A BOOTREPLY, likewise. */
void relay_reply(
    struct relay *r, const struct relay_in *in, const struct pxe_now *now, struct relay_out *out);
