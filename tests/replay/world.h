/* SPDX-License-Identifier: BSD-2-Clause */
/* world.h -- a dhcpd core with a clock, a lease file in memory and neighbours, for scenarios. */
#pragma once

#include "dhcpd/core/core.h"

enum { WORLD_SEEN_MAX = 256, WORLD_IFACES_MAX = 8, WORLD_CLIENTS_MAX = 64, WORLD_ACKS_MAX = 4096 };

struct world_client {
	char name[32];
	struct pxe_hwaddr hw;
	uint8_t uid[256];
	size_t uid_len;
};

struct world_iface {
	struct core_iface core;
	char name[32];
	struct pxe_ip4 addr[8];
};

/* What the core did since the last packet. */
struct world_send {
	struct pxe_dhcp_msg msg;
	struct pxe_dhcp_dest dest;
	uint8_t *bytes;
	size_t len;
	bool expected;
};

struct world_event {
	enum pxe_stage stage;
	enum pxe_reason reason;
	char where[256];
};

enum world_commit { COMMIT_OK, COMMIT_FAIL, COMMIT_HOLD };

/* Who was told that it holds what. */
struct world_ack {
	struct pxe_ip4 ip;
	struct pxe_hwaddr hw;
	int64_t until_s;
	bool is_static;
};

struct world {
	struct core *core;
	struct pxe_now now;
	char *journal; /* what is on disk */
	size_t journal_len, journal_cap;
	char *conf_text;
	enum world_commit commit;
	bool hold_probes;
	bool foreign_request, foreign_decline;
	struct world_iface iface[WORLD_IFACES_MAX];
	size_t niface;
	struct pxe_ip4 ours[8];
	size_t nours;
	struct world_client client[WORLD_CLIENTS_MAX];
	size_t nclient;
	struct fx_list *held[WORLD_SEEN_MAX]; /* lists whose rest waits for the disk */
	size_t held_at[WORLD_SEEN_MAX], nheld;
	struct world_send sent[WORLD_SEEN_MAX];
	struct world_event event[WORLD_SEEN_MAX];
	char *log[WORLD_SEEN_MAX], *exec[WORLD_SEEN_MAX];
	struct pxe_ip4 probe[WORLD_SEEN_MAX];
	size_t nsent, nevent, nlog, nexec, nprobe;
	struct world_ack ack[WORLD_ACKS_MAX];
	size_t nack;
	size_t packets, packet_events; /* every packet ends in one event */
	struct pxe_ip4 offered, offered_by;
	char why[1024]; /* first thing that went wrong by itself */
};

void world_init(struct world *w);
void world_fini(struct world *w);
/* Serve conf_text (copied): the first one makes the core, later ones are reloads. False with why
 * filled in when it does not parse. */
bool world_configure(struct world *w, const char *conf_text);
void world_packet(struct world *w, const struct core_in *in);
void world_advance(struct world *w, int64_t seconds);
void world_step(struct world *w, int64_t seconds); /* the wall clock alone, forward or back */
/* End what waits for the disk. */
void world_settle(struct world *w, bool ok);
void world_probed(struct world *w, struct pxe_ip4 ip, bool answered);
/* Lose what is in memory only and start again. */
bool world_crash(struct world *w);
/* Forget what was seen, before the next packet. */
void world_forget(struct world *w);
bool world_journal_add(struct world *w, const char *text, size_t len);
