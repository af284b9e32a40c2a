/* SPDX-License-Identifier: BSD-2-Clause */
/* forward6.h -- carry out what the DHCPv6 core decided on a batch: send, log, count, emit. */
#pragma once

#include "relayd/relayd6.h"

/* Work space for a batch. NULL when out of memory. */
struct forward6 *forward6_new(void);
void forward6_free(struct forward6 *fw); /* NULL ok */
/* For pxe_udp_open; arg is the struct relayd6. */
void forward6_on_recv(struct pxe_udp *udp, struct pxe_dgram *dg, unsigned n, void *arg);
