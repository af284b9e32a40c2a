/* SPDX-License-Identifier: BSD-2-Clause */
/* service.h -- the life of a daemon: start, ready, reload, drain, stop.
 *
 * Order in every main(): parse flags, load configuration, pxe_service_detach, open sockets, drop
 * privileges, pxe_service_ready, run the loop. SIGTERM and SIGINT drain (a second one ends at
 * once), SIGHUP reloads, SIGUSR1 logs statistics; SIGPIPE is ignored.
 */
#pragma once

#include <stdbool.h>
#include <uv.h>

struct pxe_service;

struct pxe_service_ops {
	void (*on_reload)(void *arg); /* NULL: SIGHUP is logged as not supported */
	void (*on_stats)(void *arg);  /* SIGUSR1; NULL: ignored */
	/* Stop taking work and call pxe_service_stopped() when the last of it is done; the service
	 * calls uv_stop by itself after drain_ms. NULL: stop at once. */
	void (*on_drain)(void *arg);
	unsigned drain_ms; /* 0 for 5000 */
};

/* Detach from the terminal when detach is set: the caller's process waits until pxe_service_ready()
 * and exits 0, or 1 when the child dies first; this returns in the child. To be called before any
 * loop, thread or socket of value exists. The working folder stays, unlike with daemon(3): relative
 * names of the command line and of files are looked up in it again at every reload, and where it
 * must not be kept busy a service manager starts us in "/". 0 or -errno. */
int pxe_service_detach(bool detach);

/* Signals on the loop. ops is kept. 0 or -errno. */
int pxe_service_new(
    uv_loop_t *loop, const struct pxe_service_ops *ops, void *arg, struct pxe_service **out);
/* Write "PID\n" to path (mode 0644), removed again by pxe_service_free. PXE_E_EXISTS when it names
 * a live process other than us. Before privileges are dropped. */
int pxe_service_pid_file(struct pxe_service *svc, const char *path);
/* After a chroot: the pid file's folder is outside, and a way out, so give it up; the file is
 * emptied then and not removed. NULL ok. */
void pxe_service_forget_dir(struct pxe_service *svc);
/* Tell systemd and the waiting parent that we serve; status is shown by systemctl status. */
void pxe_service_ready(struct pxe_service *svc, const char *status_fmt, ...)
    __attribute__((format(printf, 2, 3)));
void pxe_service_status(struct pxe_service *svc, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* RELOADING=1 and READY=1 around a reload are sent by the service itself. */
bool pxe_service_is_draining(const struct pxe_service *svc);
/* End uv_run; called by the daemon at the end of its drain, or to stop by itself. */
void pxe_service_stopped(struct pxe_service *svc);
/* Start a drain as SIGTERM would. */
void pxe_service_drain(struct pxe_service *svc);
/* Closes its handles (run the loop once more), removes the pid file. NULL ok. */
void pxe_service_free(struct pxe_service *svc);

/* Last words of a start that failed: STATUS= and ERRNO= to systemd; the text has been logged
 * already. */
void pxe_service_failed(const char *text);

/* Sockets handed over by systemd (LISTEN_FDS, sd_listen_fds(3)): their number and the first
 * descriptor in *out_first; 0 when none. Names (FileDescriptorName) by index, "" without. Clears
 * the environment once read. */
int pxe_service_listen_fds(int *out_first);
const char *pxe_service_listen_name(int i);
/* True when descriptor 0 is a datagram socket: started by inetd or a unit with
 * StandardInput=socket. */
bool pxe_service_is_inetd(void);
/* Raise RLIMIT_NOFILE to its hard limit; returns the limit now in force. */
unsigned long pxe_service_raise_nofile(void);
