/* SPDX-License-Identifier: BSD-2-Clause */
/* world6.h -- a DHCPv6 core with a clock and a lease file in memory, for scenarios. */
#pragma once

#include "dhcpd/core/v6/core6.h"
#include "libpxecommon/proto/dhcp6_msg.h"

enum {
	WORLD6_SEEN_MAX = 256,
	WORLD6_IFACES_MAX = 8,
	WORLD6_CLIENTS_MAX = 64,
	WORLD6_HELD_MAX = 4096
};

struct world6_client {
	char name[32];
	uint8_t duid[LEASE6_DUID_MAX];
	size_t duid_len;
};

struct world6_iface {
	struct core6_iface core;
	char name[32];
	struct pxe_ip6 addr[8];
};

/* What the core did since the last packet. */
struct world6_send {
	struct pxe_dhcp6_chain chain; /* points into bytes */
	struct pxe_endpoint to;
	uint8_t *bytes;
	bool expected;
};

struct world6_event {
	enum pxe_stage stage;
	enum pxe_reason reason;
	char where[256];
};

/* What somebody was told: bound is a Reply's, else an offer; the newest is last. */
struct world6_held {
	const struct world6_client *client;
	enum lease6_kind kind;
	uint32_t iaid;
	struct pxe_ip6 ip;
	uint8_t len;
	bool bound, is_static;
	int64_t until_s;
};

enum world6_commit { COMMIT6_OK, COMMIT6_FAIL, COMMIT6_HOLD };

struct world6 {
	struct core6 *core;
	struct pxe_now now;
	char *journal; /* what is on disk */
	size_t journal_len, journal_cap;
	char *conf_text;
	enum world6_commit commit;
	struct world6_iface iface[WORLD6_IFACES_MAX];
	size_t niface;
	struct world6_client client[WORLD6_CLIENTS_MAX];
	size_t nclient;
	struct fx_list *waiting[WORLD6_SEEN_MAX]; /* lists whose rest waits for the disk */
	size_t waiting_at[WORLD6_SEEN_MAX], nwaiting;
	struct world6_send sent[WORLD6_SEEN_MAX];
	struct world6_event event[WORLD6_SEEN_MAX];
	char *log[WORLD6_SEEN_MAX];
	size_t nsent, nevent, nlog;
	struct world6_held held[WORLD6_HELD_MAX];
	size_t nheld;
	size_t packets, packet_events; /* every packet ends in one event */
	char why[1024];                /* first thing that went wrong by itself */
};

void world6_init(struct world6 *w);
void world6_fini(struct world6 *w);
/* Serve conf_text (copied): the first one makes the core, later ones are reloads. False with why
 * filled in when it does not parse. */
bool world6_configure(struct world6 *w, const char *conf_text);
void world6_packet(struct world6 *w, const struct core6_in *in);
void world6_advance(struct world6 *w, int64_t seconds);
void world6_step(struct world6 *w, int64_t seconds); /* the wall clock alone */
/* End what waits for the disk. */
void world6_settle(struct world6 *w, bool ok);
/* Lose what is in memory only and start again; lose_file: that too. */
bool world6_crash(struct world6 *w, bool lose_file);
/* Forget what was seen, before the next packet. */
void world6_forget(struct world6 *w);
bool world6_journal_add(struct world6 *w, const char *text, size_t len);
const struct world6_client *world6_client(const struct world6 *w, const char *name);
/* What the IA was told last; NULL: nothing. */
const struct world6_held *world6_held(
    const struct world6 *w, const struct world6_client *c, enum lease6_kind kind, uint32_t iaid);
