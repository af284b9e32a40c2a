/* SPDX-License-Identifier: BSD-2-Clause */
/* send.h -- the datagrams and frames of a batch: collected, then sent with as few calls as can be.
 *
 * To a server, packets of one length leave as one run that the kernel cuts apart (UDP_SEGMENT): a
 * building that comes back after a power cut asks in packets of one size, and the way down through
 * the kernel costs more than all that the relay does. Where a route cannot, they leave one by one.
 */
#pragma once

#include "libpxecommon/os/link.h"
#include "libpxecommon/os/udp.h"
#include "relayd/core/relay.h"

struct relayd;

enum {
	SEND_RUN_LEN = 1400,   /* longest packet of a run; a smaller MTU is found out */
	SEND_RUN_BYTES = 60000 /* of a run; 64 packets are a batch, and the kernel's limit */
};

/* What became of a datagram: of the packet, by its number in the batch, to the server, -1 for a
 * client; err 0, or why it did not leave. */
typedef void (*send_done_fn)(struct relayd *d, unsigned packet, int server, int err);

struct send {
	send_done_fn done;
	unsigned nto[SERVERS_MAX]; /* packets for a server */
	uint8_t to[SERVERS_MAX][PXE_UDP_BATCH];
	uint16_t run_len[SERVERS_MAX]; /* longest packet a run to it may have */
	struct iovec part[PXE_UDP_BATCH];
	struct pxe_dgram_out dg[PXE_UDP_BATCH];
	uint8_t first[PXE_UDP_BATCH]; /* of dg: its first packet in `to` */

	unsigned ndown;
	struct pxe_dgram_out down[PXE_UDP_BATCH]; /* to clients, by UDP */
	uint8_t down_packet[PXE_UDP_BATCH];
	unsigned nlink;
	struct pxe_link_dgram link[PXE_UDP_BATCH]; /* to clients, in frames */
	uint8_t link_packet[PXE_UDP_BATCH];
};

void send_init(struct send *s, send_done_fn done);
/* Packet i of the batch goes where out says; what is queued borrows out's message until it has been
 * sent. */
void send_up(struct send *s, unsigned i, const struct relay_out *out);
void send_down(struct relayd *d, struct send *s, unsigned i, const struct relay_out *out);
/* Send everything; requests from the boot servers' port to that port when on_boot_port. A full
 * socket loses the rest: waiting would stop the whole relay for the sake of clients that try again
 * anyway. */
void send_flush(struct relayd *d, struct send *s, const struct relay_out *batch, bool on_boot_port);
