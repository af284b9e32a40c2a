/* SPDX-License-Identifier: BSD-2-Clause */
/* core.h -- the server: (state, event, now) to effects.
 *
 * Never opens, sends, sleeps, logs or asks the time. The shell calls one of the functions below
 * with an empty list and carries out what is in it afterwards (effect.h). Nothing here is
 * thread-safe; one thread owns a core. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcpd/conf/model.h"
#include "dhcpd/core/effect.h"
#include "dhcpd/core/lease.h"
#include "libpxecommon/base/clock.h"

struct core;
struct exchange;

/* An interface of ours, as the core needs it. */
struct core_iface {
	unsigned index;
	const char *name;
	struct pxe_ip4 ip;          /* primary address: source and server identifier; 0: none */
	const struct pxe_ip4 *addr; /* all of them */
	size_t naddr;
	unsigned mtu;
	bool can_link; /* frames can be sent to a client that has no ARP entry */
	struct pxe_hwaddr hw;
};

/* A datagram. */
struct core_in {
	const uint8_t *data;
	size_t len;
	struct pxe_endpoint from;
	struct pxe_ip4 to;
	unsigned ifindex;
	int64_t at_us; /* monotonic time it came in; 0: not known */
};

struct core_opts {
	struct pxe_hash_seed seed;
	uint16_t server_port, client_port; /* 67 and 68 */
	struct pxe_ip4 broadcast;          /* -s; 255.255.255.255 */
	const char *hostname;              /* gethostname(), borrowed */
	/* ISC answers a DHCPREQUEST that names another server, and honours a DHCPDECLINE from
	 * anybody. RFC 2131 3.1, 4.3.3 say otherwise, and so do we unless these are set. */
	bool isc_foreign_request, isc_foreign_decline;
	const struct core_iface *(*iface)(void *arg, unsigned ifindex); /* NULL: not served */
	bool (*is_ours)(void *arg, struct pxe_ip4 ip); /* an address of some interface of ours */
	/* What DNS calls ip as far as that is known now, len 0: nothing; at once, whoever has to be
	 * asked. Read before the next call. NULL: there is no DNS. */
	struct pxe_bytes (*name_of)(void *arg, struct pxe_ip4 ip);
	/* Told of each message once it is dealt with, its effects in x->fx; for `dhcpd --explain`,
	 * which says what led to them. NULL in service. */
	void (*trace)(void *arg, const struct exchange *x);
	void *arg;
};

/* 0 or -ENOMEM. opts is copied. */
int core_new(const struct core_opts *opts, struct core **out);
void core_free(struct core *c); /* NULL ok; frees its configuration too */

/* Serve this configuration, which becomes the core's; the one before is freed and leases are kept.
 * 0 or -ENOMEM, then the old one stays and conf is the caller's. */
int core_configure(struct core *c, struct conf *conf);
const struct conf *core_conf(const struct core *c);

/* Take a lease from the lease file; false when its address is in no pool (it is kept all the same,
 * so that a range taken out by mistake can be put back). */
bool core_load(struct core *c, const struct lease_rec *rec);
struct leases *core_leases(struct core *c);
/* Text of a lease as the lease file has it, in the style the configuration asks for. */
void core_lease_text(struct core *c, const struct lease *l, struct pxe_text *out);
struct lease_text_style *core_style(struct core *c);

/* Each of the following looks at how the wall clock moves, see fx_clock_step(). */

/* A datagram came in. Ends in exactly one FX_EVENT, at once or when its probe is over. */
void core_packet(
    struct core *c, const struct core_in *in, const struct pxe_now *now, struct fx_list *fx);
/* Is there somebody at an address that FX_PROBE asked about? */
void core_probed(struct core *c, struct pxe_ip4 ip, bool answered, const struct pxe_now *now,
    struct fx_list *fx);
/* A record that FX_COMMIT gave is on disk, or could not be written. */
void core_committed(struct core *c, struct pxe_ip4 ip, uint32_t version, bool ok);
/* Time has passed: leases end, offers lapse. Call again while core_deadline_us() is not in the
 * future. */
void core_tick(struct core *c, const struct pxe_now *now, struct fx_list *fx);
/* Monotonic time of the next core_tick(), INT64_MAX when there is nothing to wait for. */
int64_t core_deadline_us(const struct core *c, const struct pxe_now *now);

/* ---- figures ---- */

struct core_pool_info {
	const struct pool *pool;
	uint64_t total, active, abandoned, offered;
};

bool core_pool_info(const struct core *c, size_t i, struct core_pool_info *out);
size_t core_offers(const struct core *c);
