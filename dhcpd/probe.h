/* SPDX-License-Identifier: BSD-2-Clause */
/* probe.h -- is somebody using an address? Asked without waiting for it.
 *
 * On the server's own Ethernet an ARP probe (RFC 5227) is sent twice and decides within
 * PROBE_ARP_MS, which spares a booting machine the second that an ICMP echo waits, and finds hosts
 * that answer no ping. Behind a relay, and where there is no Ethernet, ICMP echo is sent and
 * ping-timeout is waited for, as ISC does. One raw socket, one packet socket and one timer serve
 * all probes in flight.
 */
#pragma once

#include <stdbool.h>
#include <uv.h>

#include "dhcpd/core/effect.h"

struct prober;

enum { PROBES_MAX = 4096, PROBE_ARP_MS = 250, PROBE_ARP_AGAIN_MS = 100 };

/* The end of a probe: called from the loop, never from probe_start(). */
typedef void (*probe_fn)(void *arg, struct pxe_ip4 ip, bool answered);

/* 0 or -errno (no permission for raw sockets: nothing can be probed). */
int prober_open(uv_loop_t *loop, probe_fn on_done, void *arg, struct prober **out);
void prober_close(struct prober *p); /* NULL ok; drops what is in flight */
/* Ask. An address that is being asked about already is not asked again. A probe that cannot be sent
 * ends at its time as unanswered. An answer from the client's own link-layer address is none.
 * PXE_E_LIMIT when PROBES_MAX are in flight, -ENOMEM: there will be no answer. */
int probe_start(struct prober *p, const struct fx_probe *probe);
size_t probe_count(const struct prober *p);
