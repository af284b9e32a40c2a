/* SPDX-License-Identifier: BSD-2-Clause */
/* server.h -- the process around the workers: sockets, threads, reload, stop, control socket. */
#pragma once

#include <stdbool.h>
#include <uv.h>

#include "libpxecommon/base/str.h"
#include "tftpd/conf.h"
#include "tftpd/policy.h"
#include "tftpd/worker.h"

struct server;

struct server_opts {
	const char *ident;
	int argc; /* for reloads */
	char **argv;
	const struct tftpd_flags *flags;
	bool is_inetd; /* descriptor 0 is the socket */
};

/* Open everything that needs privileges: sockets, pid file, control socket. Takes a reference on
 * policy. Returns 0, or CONF_EX_* with why filled in. *out is to be freed in either case. */
int server_open(const struct server_opts *opts, struct policy *policy, struct pxe_text *why,
    struct server **out);
/* Start the threads, say that we serve, and run until told to stop. Returns 0 or CONF_EX_*. */
int server_run(struct server *s, struct pxe_text *why);
void server_free(struct server *s); /* NULL ok */

/* For control.c and sockets.c. */
const struct tftpd_conf *server_conf(const struct server *s);
size_t server_workers(const struct server *s);
struct worker *server_worker(struct server *s, size_t i);
/* Read flags and file again; the old policy stays when there are errors, and why says which. */
int server_reload(struct server *s, struct pxe_text *why);

/* sockets.c: give every worker its listening sockets at the configured addresses, or share out n
 * that were handed over from descriptor `first` on. 0 or CONF_EX_* with why filled in. */
int sockets_bind(struct server *s, uv_loop_t *loop, struct pxe_text *why);
int sockets_adopt(struct server *s, int first, int n, struct pxe_text *why);
/* And the one for MTFTP, if it is configured. */
int sockets_mtftp(struct server *s, uv_loop_t *loop, struct pxe_text *why);

/* control.c: open the control socket at the configured path. */
struct pxe_control;
int control_open(struct server *s, uv_loop_t *loop, const struct tftpd_conf *conf,
    struct pxe_events *events, struct pxe_control **out);
/* Sum of one counter over all workers. */
void control_sum(struct server *s, uint64_t out[STAT_COUNT]);
