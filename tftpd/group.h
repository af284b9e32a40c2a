/* SPDX-License-Identifier: BSD-2-Clause */
/* group.h -- multicast transfers: the sessions of clients that read one file together.
 *
 * Each client has a session of its own (limits, log line, event); what goes to the group is decided
 * by core/mcast.h and read through the master's session. All groups of a process live on its first
 * worker, so that clients of one file meet whichever worker their requests came in on.
 */
#pragma once

#include "tftpd/session.h"

struct group;

/* The group in which the n bytes of file (borrowed) are sent in blocks of blksize to clients that
 * asked the same address of ours, or a new one on a free address. The caller has one reference
 * more. NULL: there is none, or it is full; the client is served alone then. */
struct group *group_get(struct worker *w, const struct pxe_dgram *dg,
    const struct cached_file *file, uint64_t n, uint32_t blksize);
/* The same for a request at an MTFTP port: the group is the one configured for its file. NULL also
 * when another client has opened that file's transfer and is there. */
struct group *group_get_mtftp(struct tid *tid, const struct pxe_dgram *dg,
    const struct conf_mtftp *which, const struct cached_file *file, uint64_t n);
void group_put(struct group *g); /* NULL ok */

/* Its socket, with one user more. */
struct tid *group_tid(struct group *g);
/* "ADDR,PORT,0", the value of the option for who only listens. */
void group_value(const struct group *g, char out[NEG_MULTICAST_STRLEN]);
/* Where it is sent. */
const struct pxe_endpoint *group_to(const struct group *g);

/* s, which has a reference, becomes a member: it is told so, or asked to lead. */
void group_join(struct session *s);
/* A packet of its client. s may be gone afterwards. */
void group_input(struct session *s, const uint8_t *pkt, size_t len);
/* Its client has repeated the request. */
void group_again(struct session *s);
void group_deadline(struct session *s);
/* Send the block that is wanted, as far as the data is there. 0 or the error of the file. */
int group_pump(struct session *s);
/* s ends: somebody else leads, if it did. Gives up the reference. */
void group_leave(struct session *s);
/* Its client asks for the blocks. */
bool group_is_led_by(const struct session *s);
