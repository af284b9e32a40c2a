/* SPDX-License-Identifier: BSD-2-Clause */
/* listen.h -- the listening sockets: opened, or handed over by systemd.
 *
 * Every TCP address has one socket a worker (SO_REUSEPORT), between which the kernel spreads the
 * connections; sockets that exist once (Unix, systemd) are shared by duplicates.
 */
#pragma once

#include <stddef.h>

#include "httpfsd/conf.h"

struct listen_set {
	int *fd;  /* worker i owns fd[i * n] to fd[i * n + n - 1] */
	int *tls; /* of each of the n: its place in the tls_set, -1 for plain HTTP */
	size_t n;
	unsigned workers;
	char **unix_path; /* to be removed at the end */
	size_t nunix;
	char text[512]; /* addresses for the log, cut when they are many */
};

/* Open what conf says, or take what systemd passed: of those sockets, the ones with the port of an
 * address with TLS have TLS. An address in use is an error although
 * SO_REUSEPORT would let two of our processes share it unawares.
 * 0, or an error with its finding in diag. */
int listen_open(
    const struct conf *conf, unsigned workers, struct listen_set *out, struct pxe_diag *diag);
/* Remove Unix sockets, close descriptors that no worker took (set to -1 by who did), free. */
void listen_free(struct listen_set *ls);
