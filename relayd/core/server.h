/* SPDX-License-Identifier: BSD-2-Clause */
/* server.h -- the DHCPv4 servers behind the relay: which of them gets a request, which of them
 * live.
 *
 * health.h says how that is known. A server that is silent by design (it knows none of the clients)
 * looks dead too; with policy ALL that costs nothing but a line in the log. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/addr.h"
#include "relayd/core/health.h"
#include "relayd/core/packet.h"

enum { SERVERS_MAX = 32, SERVER_NAME_MAX = 256 };

enum server_group {
	SERVER_DHCP, /* gets every request */
	SERVER_PXE   /* gets those of PXE and HTTP boot clients only */
};

struct server {
	char name[SERVER_NAME_MAX]; /* as configured */
	struct pxe_endpoint to;     /* family 0 until the name is resolved */
	enum server_group group;
	struct health health;
};

struct servers {
	struct servers_conf conf;
	struct pxe_hash_seed seed;
	size_t n;
	struct server v[SERVERS_MAX];
	struct exchanges pending;
};

void servers_init(
    struct servers *ss, const struct servers_conf *conf, const struct pxe_hash_seed *seed);
/* Add one without address yet. 0, PXE_E_LIMIT (SERVERS_MAX), PXE_E_TOOBIG (name). */
int servers_add(struct servers *ss, const char *name, enum server_group group);

/* Who gets this request: their indexes in out, which has room for SERVERS_MAX; returns how many.
 * Servers without an address are left out. */
size_t servers_pick(
    struct servers *ss, const struct packet *pk, int64_t now_us, uint8_t out[SERVERS_MAX]);
/* Is it of a PXE or HTTP boot client (option 60)? */
bool servers_is_boot_client(const struct packet *pk);
/* As servers_pick, for a request that came to the boot servers' own port: of their group alone. The
 * port the client sent it from is kept for servers_client_port. */
size_t servers_pick_boot(struct servers *ss, const struct packet *pk, int64_t now_us,
    uint16_t client_port, uint8_t out[SERVERS_MAX]);
/* Where the client of a reply waits for it; 0 when that is not known (any more), which is the usual
 * port. */
uint16_t servers_client_port(const struct servers *ss, const struct packet *pk, int64_t now_us);
/* The request went to server i, or could not be sent (err not 0). pk NULL: it is one that a living
 * server may leave without an answer. */
void servers_sent(struct servers *ss, size_t i, const struct packet *pk, int64_t now_us, int err);
/* A reply came from this address. The index of the server it is, -1 when it is none of ours. When
 * that server had been dead, *out_revived is set true. */
int servers_answered(struct servers *ss, struct pxe_ip4 from, const struct packet *pk,
    int64_t now_us, bool *out_revived);
/* True when some server has this address. */
bool servers_have_ip(const struct servers *ss, struct pxe_ip4 ip);
/* The next server from index *cursor on that has just gone silent for too long: marked dead and
 * returned, once; NULL when there is none. */
struct server *servers_next_silent(struct servers *ss, int64_t now_us, size_t *cursor);
