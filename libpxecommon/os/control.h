/* SPDX-License-Identifier: BSD-2-Clause */
/* control.h -- the control socket of a daemon: a Unix stream socket that pxectl talks to.
 *
 * Protocol (libpxecommon/README.md): the client sends one line "COMMAND [ARGUMENTS]\n"; the daemon
 * answers JSON lines and ends with {"end":true} or {"error":"..."}. "events [COUNT] [follow]" and
 * "help" are answered here; "metrics" is OpenMetrics text ended by "# EOF". Everything else is a
 * row of the daemon's table. Slow readers are dropped, never waited for.
 */
#pragma once

#include <stddef.h>
#include <uv.h>

#include "libpxecommon/base/json.h"
#include "libpxecommon/os/events.h"

struct pxe_control;
struct pxe_control_conn;

struct pxe_control_cmd {
	const char *name; /* "leases" */
	const char *help; /* one line */
	/* Answer by calling pxe_control_line any number of times and return 0, or an error whose
	 * text goes to the client. args is the rest of the line, never NULL. */
	int (*run)(struct pxe_control_conn *conn, const char *args, void *arg);
};

struct pxe_control_opts {
	const char *daemon; /* name, kept */
	const char *path;   /* directories are made (0755); a stale socket is replaced */
	const char *owner;  /* user that may connect besides root, or NULL; chown before the drop */
	const char *group;  /* group that may connect, or NULL */
	struct pxe_events *events;
	const struct pxe_control_cmd *cmd; /* kept */
	size_t ncmd;
	/* Writes counters for "stats" (members of an open object) and "metrics" (text). */
	void (*stats)(struct pxe_json *j, void *arg);
	void (*metrics)(struct pxe_text *t, void *arg);
	int (*reload)(void *arg,
	    struct pxe_text
		*why); /* "reload": 0, or an error with why filled in; NULL: not supported */
	void *arg;
};

/* Bind and serve. 0 or -errno; PXE_E_EXISTS when another live process answers on path. */
int pxe_control_new(uv_loop_t *loop, const struct pxe_control_opts *opts, struct pxe_control **out);
/* After a chroot: the folder is outside, and a way out, so give it up; the socket's name stays
 * behind then when the daemon stops. NULL ok. */
void pxe_control_forget_dir(struct pxe_control *ctl);
/* Unlinks the socket, unless its name is somebody else's by now. NULL ok. */
void pxe_control_free(struct pxe_control *ctl);
/* Send one JSON document as a line. False when the client is gone or too slow: stop producing. */
bool pxe_control_line(struct pxe_control_conn *conn, const struct pxe_text *json);
/* Watchers look at new events now. ctl is a struct pxe_control, NULL ok. A daemon makes its events
 * before its control, so on_new of pxe_events_new is a function of the daemon that calls this with
 * the control it has by then. */
void pxe_control_kick(void *ctl);
