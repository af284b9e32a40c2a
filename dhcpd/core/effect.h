/* SPDX-License-Identifier: BSD-2-Clause */
/* effect.h -- what the core wants done, in order.
 *
 * One list is filled by each call of the core and carried out by the shell from front to back.
 * FX_COMMIT is a barrier: everything that follows the first one in a list waits until its records
 * are on disk (RFC 2131 3.1 step 4: no DHCPACK before that). An effect may be tied to the outcome:
 * an ACK only goes out when the record is durable, the line that says it failed only when it is
 * not. All bytes and strings live in the list's own buffer, or are borrowed from the packet, so a
 * shell that defers effects copies them.
 *
 * There is no timer effect: the shell asks core_deadline_us() once per wake-up, which costs less
 * than an effect a packet. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcpd/conf/settings.h"
#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/clock.h"
#include "libpxecommon/base/event.h"
#include "libpxecommon/proto/dhcp_dest.h"

enum fx_kind {
	FX_SEND,
	FX_SEND6,
	FX_COMMIT,
	FX_PROBE,
	FX_EVENT,
	FX_LOG,
	FX_EXEC,
	FX_REWRITE /* all records changed: write the lease file anew, beside the service */
};

enum fx_when { FX_ALWAYS, FX_IF_DURABLE, FX_IF_LOST };

enum fx_log_level { FX_LOG_ERROR, FX_LOG_WARNING, FX_LOG_INFO, FX_LOG_DEBUG };

enum {
	FX_MAX = 128,         /* effects of one packet or one round of expiries */
	FX_BYTES = 128 * 1024 /* their texts and encoded packets */
};

struct fx_send {
	struct pxe_dhcp_dest dest;
	unsigned ifindex;
	struct pxe_ip4 from;  /* our address */
	struct pxe_hwaddr hw; /* for PXE_DHCP_VIA_LINK */
	const uint8_t *p;     /* encoded message */
	size_t len;
	/* monotonic, for figures, 0: not known: when what it answers came in, and for an ACK the
	 * DHCPDISCOVER before that */
	int64_t asked_us, began_us;
};

/* The same of DHCPv6: no link-layer tricks, the client has an address. */
struct fx_send6 {
	struct pxe_endpoint to;
	unsigned ifindex;
	const uint8_t *p;
	size_t len;
};

/* One record to append to the lease file. What names it and its version come back in
 * core_committed() or core6_committed(). */
struct fx_commit {
	union {
		struct pxe_ip4 ip; /* DHCPv4: the lease */
		uint32_t ia;       /* DHCPv6: struct ia6's index */
	};
	uint32_t version;
	const char *text;
	size_t len;
};

struct fx_probe { /* is somebody at ip? the answer comes back in core_probed() */
	struct pxe_ip4 ip;
	struct pxe_hwaddr client_hw; /* for whom: its own answer does not count */
	struct pxe_hwaddr our_hw;    /* link-layer address of ifindex */
	unsigned ifindex;
	unsigned timeout_ms; /* of ICMP echo */
	bool on_link;        /* ip is on the Ethernet of ifindex: ARP can ask */
};

struct fx_log {
	enum fx_log_level level;
	bool often; /* a stranger can cause it as often as he likes: it may be left out */
	const char *text;
};

struct fx_exec { /* `execute("cmd", ...)`; NULL-terminated */
	char *const *argv;
};

struct fx {
	enum fx_kind kind;
	enum fx_when when;
	union {
		struct fx_send send;
		struct fx_send6 send6;
		struct fx_commit commit;
		struct fx_probe probe;
		struct pxe_event event;
		struct fx_log log;
		struct fx_exec exec;
	};
};

struct fx_list {
	struct fx v[FX_MAX];
	size_t n;
	size_t used;
	bool overflow;     /* something was left out for want of room */
	enum fx_when when; /* given to effects added from now on */
	_Alignas(16) char buf[FX_BYTES];
};

/* Empty the list; costs nothing but two stores. */
void fx_reset(struct fx_list *fx);
/* n bytes that live as long as the list's contents, aligned for pointers; NULL and overflow when
 * there is no room. */
void *fx_alloc(struct fx_list *fx, size_t n);
/* True while at least n more effects and some text fit, for callers that can stop early. */
bool fx_has_room(const struct fx_list *fx, size_t n);
/* Append a zeroed effect with the list's current `when`; NULL when there is no room. */
struct fx *fx_add(struct fx_list *fx, enum fx_kind kind);
/* Append a log line. Strings from the network must come escaped. */
void fx_log(struct fx_list *fx, enum fx_log_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* One that a stranger can cause as often as he likes. */
void fx_log_often(struct fx_list *fx, enum fx_log_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Copy of s in the list's buffer; "" when there is no room. */
const char *fx_strdup(struct fx_list *fx, const char *s);
/* Log lines and commands collected in the settings to effects; the settings forget them. */
void fx_settings(struct fx_list *fx, struct settings *s);
/* Has the wall clock been set by more than FX_CLOCK_STEP_S against the monotonic one since the last
 * call? Leases then have to move with it, which is the caller's: one lasts as long as its client
 * was told. Adds the log line and FX_REWRITE. Returns the seconds, 0 for none; *io_offset_us is the
 * difference of the clocks, 0 at first; *out_old_now_s what the clock would say without the step.
 */
enum { FX_CLOCK_STEP_S = 5 };
int64_t fx_clock_step(
    struct fx_list *fx, const struct pxe_now *now, int64_t *io_offset_us, int64_t *out_old_now_s);
