/* SPDX-License-Identifier: BSD-2-Clause */
/* probe.h -- is somebody using an address? ICMP echo, without waiting for it.
 *
 * One raw socket and one timer serve all probes in flight.
 */
#pragma once

#include <stdbool.h>
#include <uv.h>

#include "dhcpd/core/effect.h"

struct prober;

enum { PROBES_MAX = 4096 };

/* The end of a probe: on_done is called from the loop, never from probe_start(). */
typedef void (*probe_fn)(void *arg, struct pxe_ip4 ip, bool answered);

/* 0 or -errno (no permission for raw sockets: nothing can be probed). */
int prober_open(uv_loop_t *loop, probe_fn on_done, void *arg, struct prober **out);
void prober_close(struct prober *p); /* NULL ok; drops what is in flight */
/* Ask. An address that is being asked about already is not asked again. A probe that cannot be sent
 * ends at its time as unanswered. PXE_E_LIMIT when PROBES_MAX are in flight, -ENOMEM: there will be
 * no answer. */
int probe_start(struct prober *p, const struct fx_probe *probe);
size_t probe_count(const struct prober *p);
