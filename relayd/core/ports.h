/* SPDX-License-Identifier: BSD-2-Clause */
/* ports.h -- the interfaces of this machine as the relay sees them.
 *
 * A snapshot: the shell makes a new set whenever interfaces or addresses change and throws the old
 * one away, so a packet is decided on one consistent picture and lookups need no locks and no
 * pointers into the kernel's lists. Three indexes (interface index, address, circuit-id) keep a
 * router with thousands of interfaces as fast as one with two. Interfaces that are not served are
 * in it too: their addresses are ours when somebody spoofs giaddr. Pure but for its memory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/buf.h"

enum { PORT_NAME_MAX = 16, PORT_AGENT_MAX = 255 };

struct port_stats {
	uint64_t received, relayed, dropped;
};

struct port {
	unsigned ifindex;
	char name[PORT_NAME_MAX];
	struct pxe_hwaddr hw;
	bool is_up;        /* towards servers: replies are accepted from here */
	bool is_down;      /* towards clients: requests are accepted from here */
	bool is_trusted;   /* may send option 82 without giaddr (RFC 3046 2.1.1) */
	bool can_link;     /* frames can be sent to a client that has no ARP entry */
	uint16_t vlan;     /* VLAN id of a VLAN interface, 0 otherwise */
	struct pxe_ip4 ip; /* what clients there are told: 0 when it has no IPv4 address */
	/* Option 82 body for requests from here, but for what depends on the packet. */
	uint8_t agent[PORT_AGENT_MAX];
	uint8_t agent_len;
	uint8_t agent_id_len; /* how much of it says who and where: all that another relay's gets */
	struct port_stats stats;
};

struct port_addr {
	struct pxe_ip4 ip;
	size_t port; /* index into v */
};

struct ports {
	struct port *v; /* by ifindex, once sealed */
	size_t n, cap;
	struct port_addr *addr; /* by address */
	size_t naddr, addr_cap;
	size_t *by_circuit; /* indexes of v by circuit-id */
	size_t ncircuit;
	struct pxe_ip4 link_giaddr; /* giaddr for every request (RFC 3527); 0: that of the port */
};

void ports_init(struct ports *ps);
void ports_fini(struct ports *ps); /* NULL ok */
/* Copy a port and its addresses in. 0 or -ENOMEM (then nothing is added). */
int ports_add(struct ports *ps, const struct port *port, const struct pxe_ip4 *addr, size_t naddr);
/* Sort the indexes; needed after the last ports_add and before any lookup. 0 or -ENOMEM. */
int ports_seal(struct ports *ps);

/* The port, or NULL. Borrowed until ports_fini. */
struct port *ports_by_index(const struct ports *ps, unsigned ifindex);
/* The port that has this address. */
struct port *ports_by_addr(const struct ports *ps, struct pxe_ip4 ip);
/* The downstream port whose requests carry this circuit-id; when several share one (a template
 * without the interface in it), the one with address `hint`, else the first. */
struct port *ports_by_circuit(
    const struct ports *ps, struct pxe_bytes circuit, struct pxe_ip4 hint);
/* Circuit-id that requests from port carry; p NULL without. */
struct pxe_bytes port_circuit(const struct port *port);
