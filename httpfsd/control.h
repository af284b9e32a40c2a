/* SPDX-License-Identifier: BSD-2-Clause */
/* control.h -- what pxectl may ask: stats, metrics, events, connections, reload.
 */
#pragma once

#include <uv.h>

#include "httpfsd/worker.h"
#include "libpxecommon/base/diag.h"
#include "libpxecommon/os/control.h"

struct server {
	const struct conf_flags *flags;
	uv_loop_t loop;
	uv_async_t all_drained;
	struct pxe_service *service;
	struct pxe_control *control;
	struct catalog *catalog;
	struct shared shared;
	struct worker **worker;
	unsigned nworker;
	unsigned drained; /* atomic */
};

/* Open the control socket of s; a finding in diag on failure. An empty path: none. */
int control_open(struct server *s, struct pxe_diag *d);

/* Read the configuration again; 0, or an error with the reason in why. */
int server_reload(struct server *s, struct pxe_text *why);
/* A counter over all workers. */
uint64_t server_stat(const struct server *s, enum stats_id which);
