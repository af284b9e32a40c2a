/* SPDX-License-Identifier: BSD-2-Clause */
/* core6.h -- the DHCPv6 server: (state, event, now) to effects, as core.h for IPv4.
 *
 * Scopes, classes, settings, pools' permit lists and effects are the same; what differs is who a
 * client is, what a lease is and what messages say (RFC 8415). Nothing here is thread-safe; one
 * thread owns a core. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcpd/conf/model.h"
#include "dhcpd/core/effect.h"
#include "dhcpd/core/lease6.h"
#include "libpxecommon/base/clock.h"

struct core6;
struct exchange6;
struct space6; /* pool6.h */

struct core6_iface {
	unsigned index;
	const char *name;
	const struct pxe_ip6 *addr; /* all of them */
	size_t naddr;
};

/* A datagram. */
struct core6_in {
	const uint8_t *data;
	size_t len;
	struct pxe_endpoint from;
	struct pxe_ip to; /* multicast or one of ours */
	unsigned ifindex;
};

struct core6_opts {
	struct pxe_hash_seed seed;
	uint16_t server_port, client_port; /* 547 and 546 */
	const char *hostname;              /* gethostname(), borrowed */
	const struct core6_iface *(*iface)(void *arg, unsigned ifindex); /* NULL: not served */
	/* Called when a message has been dealt with, whatever came of it; NULL ok. For --explain.
	 */
	void (*trace)(void *arg, const struct exchange6 *x);
	void *arg;
};

/* 0 or -ENOMEM. opts is copied. */
int core6_new(const struct core6_opts *opts, struct core6 **out);
void core6_free(struct core6 *c); /* NULL ok; frees its configuration too */
/* Serve this configuration, which becomes the core's; the one before is freed and leases are kept.
 * 0 or -ENOMEM, then the old one stays and conf is the caller's. */
int core6_configure(struct core6 *c, struct conf *conf);
const struct conf *core6_conf(const struct core6 *c);
/* Who we are: 3 to LEASE6_DUID_MAX bytes, copied. `option dhcp6.server-id` in the root scope wins
 * over it. Nothing is answered before there is one. Addresses are chosen by it. */
void core6_set_duid(struct core6 *c, struct pxe_bytes duid);
struct pxe_bytes core6_duid(const struct core6 *c); /* len 0: none yet */
/* The one that was set, whatever the configuration says: it belongs in the lease file. */
struct pxe_bytes core6_own_duid(const struct core6 *c);

/* Take an entry of the lease file; false when an address of it is in no range (kept all the same).
 */
bool core6_load(struct core6 *c, const struct ia6_rec *rec, int64_t now_s);
struct leases6 *core6_leases(struct core6 *c);
/* Text of an IA as the lease file has it. */
void core6_lease_text(struct core6 *c, const struct ia6 *ia, struct pxe_text *out);
struct lease_text_style *core6_style(struct core6 *c);

/* The following two look at how the wall clock moves, see fx_clock_step(). */

/* A datagram came in. Ends in exactly one FX_EVENT. */
void core6_packet(
    struct core6 *c, const struct core6_in *in, const struct pxe_now *now, struct fx_list *fx);
/* Stage of a message that was not let through to core6_packet(). */
enum pxe_stage core6_stage(uint8_t type);
/* A record that FX_COMMIT gave is on disk, or could not be written. */
void core6_committed(struct core6 *c, uint32_t ia, uint32_t version, bool ok);
/* Time has passed. Call again while core6_deadline_us() is not in the future. */
void core6_tick(struct core6 *c, const struct pxe_now *now, struct fx_list *fx);
/* Monotonic time of the next core6_tick(), INT64_MAX when there is nothing to wait for. */
int64_t core6_deadline_us(const struct core6 *c, const struct pxe_now *now);

/* Figures of the i-th range or prefix space; false past the end. */
bool core6_space_info(const struct core6 *c, size_t i, const struct space6 **out_space,
    struct lease6_shelf *out_count);
/* The declaration an address or prefix comes from; NULL: none. */
const struct space6 *core6_space_of(const struct core6 *c, const struct lease6 *l);
