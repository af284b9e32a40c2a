/* SPDX-License-Identifier: BSD-2-Clause */
/* forward.h -- carry out what the core decided on a batch: send, log, count, emit. */
#pragma once

#include "relayd/relayd.h"

/* Work space for a batch. NULL when out of memory. */
struct forward *forward_new(void);
void forward_free(struct forward *fw); /* NULL ok */
/* For pxe_udp_open; arg is the struct relayd. */
void forward_on_recv(struct pxe_udp *udp, struct pxe_dgram *dg, unsigned n, void *arg);
