/* SPDX-License-Identifier: BSD-2-Clause */
/* systemd.h -- the two small protocols of a service manager, spoken without libsystemd.
 *
 * Private to os/. sd_notify(3): datagrams of VARIABLE=VALUE lines to $NOTIFY_SOCKET, abstract names
 * included. sd_listen_fds(3), declared in service.h: descriptors from 3 on and three variables.
 */
#pragma once

/* A socket connected to $NOTIFY_SOCKET, or -1 when nobody wants to know. Open it before a chroot.
 */
int pxe_notify_open(void);
/* Send lines; lost when the manager's queue is full, but READY=1 at the start of them waits for
 * room for a second. Does nothing when fd is -1. */
void pxe_notify_send(int fd, const char *lines);
