/* SPDX-License-Identifier: BSD-2-Clause */
/* shell.c -- what the shells of the DHCPv4 and the DHCPv6 relay have in common. */
#include "relayd/shell.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"

enum {
	/* A segment that comes back after a power cut asks all at once: ten thousand requests, each
	 * of which costs the kernel about a kilobyte while it waits. Not set aside, only allowed.
	 */
	RECEIVE_BYTES = 16 << 20,
	SEND_BYTES = 1 << 20,
	TICK_MS = 1000,
	BATCH = 32,    /* half of what there could be: as fast, and 100 kB less */
	BOOT_BATCH = 8 /* a client asks a boot server once */
};

/* As the words of the row log_target stand. */
enum { TARGET_AUTO, TARGET_STDERR, TARGET_SYSLOG, TARGET_BOTH };

void shell_set_up_start_log(const struct flags *flags)
{
	/* Whatever -q says: whoever starts a daemon wants the cause of a failure there. */
	pxe_log_setup("dhcrelay",
	    flags->foreground ? PXE_LOG_STDERR : PXE_LOG_STDERR | PXE_LOG_SYSLOG, LOG_DAEMON,
	    flags->quiet ? PXE_LOG_WARNING : PXE_LOG_INFO);
}

void shell_set_up_log(const struct flags *flags, const struct relayd_conf *conf)
{
	static const unsigned targets_of[] = {[TARGET_STDERR] = PXE_LOG_STDERR,
	    [TARGET_SYSLOG] = PXE_LOG_SYSLOG,
	    [TARGET_BOTH] = PXE_LOG_STDERR | PXE_LOG_SYSLOG};
	bool on_terminal = flags->foreground && !flags->quiet;
	enum pxe_log_level level = (enum pxe_log_level)conf->common.log_level;
	unsigned targets = targets_of[conf->common.log_target];
	int facility = pxe_log_facility(conf->common.log_facility);

	/* dhcrelay -d speaks on the terminal and of every packet; -q takes both away. */
	if (conf->common.log_target == TARGET_AUTO) {
		targets = on_terminal ? PXE_LOG_STDERR : PXE_LOG_SYSLOG;
		if (on_terminal && level == PXE_LOG_INFO)
			level = PXE_LOG_DEBUG;
	}
	pxe_log_setup("dhcrelay", targets, facility >= 0 ? facility : LOG_DAEMON, level);
}

void shell_log_findings(const struct pxe_diag *diag)
{
	char line[1024];

	for (size_t i = 0; i < diag->n; i++) {
		const struct pxe_diag_entry *e = &diag->v[i];

		pxe_log(e->level == PXE_DIAG_ERROR ? PXE_LOG_ERROR : PXE_LOG_WARNING, "%s",
		    pxe_diag_str(e, line, sizeof(line)));
	}
}

static void on_new_event(void *arg)
{
	struct shell *sh = arg;

	pxe_control_kick(sh->control);
}

int shell_open(struct shell *sh, const char *name, uv_loop_t *loop, const struct flags *flags,
    const struct relayd_conf *conf)
{
	int err = 0;

	sh->name = name;
	sh->loop = loop;
	sh->flags = flags;
	sh->conf = *conf;
	if (gethostname(sh->hostname, sizeof(sh->hostname) - 1) != 0)
		sh->hostname[0] = '\0';
	err =
	    pxe_events_new(loop, name, (size_t)conf->common.events, on_new_event, sh, &sh->events);
	if (err != 0)
		pxe_log_error("events: %s", pxe_strerror(err));
	return err;
}

int shell_open_control(struct shell *sh, struct pxe_control_opts opts)
{
	int err = 0;

	opts.daemon = sh->name;
	opts.path = sh->conf.common.control;
	opts.owner = sh->conf.common.user;
	opts.group = sh->conf.common.control_group;
	opts.events = sh->events;
	if (opts.path == NULL || opts.path[0] == '\0')
		return 0;
	err = pxe_control_new(sh->loop, &opts, &sh->control);
	if (err == PXE_E_EXISTS) {
		pxe_log_error("control socket %s: another %s answers there", opts.path, sh->name);
		return err;
	}
	/* A router may have nowhere to write; what relays must not depend on what watches. */
	if (err != 0)
		pxe_log_warning(
		    "control socket %s: %s; going on without", opts.path, pxe_strerror(err));
	return 0;
}

void shell_close(struct shell *sh)
{
	if (sh->has_tick)
		uv_close((uv_handle_t *)&sh->tick, NULL);
	for (size_t i = 0; i < SHELL_NUDP; i++)
		pxe_udp_close(sh->udp[i]);
	pxe_ifaces_close(sh->ifaces);
	pxe_control_free(sh->control);
	sh->control = NULL;
	pxe_events_free(sh->events);
	pxe_arena_free(sh->arena);
}

/* What receives, and for whom. */
struct receiver {
	pxe_udp_recv_fn on_recv;
	void *arg;
};

static int open_one(struct shell *sh, struct pxe_udp_opts *opts, const char *device, int64_t port,
    const struct receiver *to, enum shell_udp which)
{
	int err = 0;

	opts->device = device;
	opts->bind.port = (uint16_t)port;
	err = pxe_udp_open(sh->loop, opts, to->on_recv, to->arg, &sh->udp[which]);
	if (err != 0)
		pxe_log_error("UDP port %d%s%s: %s", (int)port, device != NULL ? " on " : "",
		    device != NULL ? device : "", pxe_strerror(err));
	return err;
}

/* A port on both sides: one socket, or two where their VRFs differ. */
static int open_pair(struct shell *sh, struct pxe_udp_opts *opts, int64_t port,
    const struct receiver *to, enum shell_udp down_one)
{
	const char *down = relayd_conf_vrf(&sh->conf, false),
		   *up = relayd_conf_vrf(&sh->conf, true);
	bool divided = (down == NULL) != (up == NULL) || (down != NULL && strcmp(down, up) != 0);
	int err = 0;

	/* Sockets of two devices do not meet; one of a device and one of all do. */
	opts->reuse_addr = divided && (down == NULL || up == NULL);
	err = open_one(sh, opts, down, port, to, down_one);
	if (err == 0 && divided)
		err = open_one(sh, opts, up, port, to, down_one + 1);
	opts->reuse_addr = false;
	return err;
}

/* Port of boot servers, 0 without. */
static int64_t boot_port(const struct relayd_conf *conf)
{
	return conf->pxe_servers.n > 0 ? conf->pxe_port : 0;
}

int shell_open_udp(
    struct shell *sh, unsigned family, size_t max_dgram, pxe_udp_recv_fn on_recv, void *arg)
{
	const struct relayd_conf *conf = &sh->conf;
	const struct receiver to = {on_recv, arg};
	struct pxe_udp_opts opts = pxe_udp_defaults();
	int err = 0;

	opts.bind.ip.family = (uint8_t)family; /* its any address */
	opts.broadcast = family == 4;
	opts.v6only = family == 6;
	opts.max_dgram = max_dgram;
	opts.batch = BATCH;
	opts.rcvbuf = RECEIVE_BYTES;
	opts.sndbuf = SEND_BYTES;
	err = open_pair(sh, &opts, conf->port, &to, SHELL_DOWN);
	if (err == 0 && conf->relay_port != 0)
		err = open_one(sh, &opts, relayd_conf_vrf(conf, true), conf->relay_port, &to,
		    SHELL_RELAY_PORT);
	if (err != 0 || boot_port(conf) == 0)
		return err;
	opts.batch = BOOT_BATCH;
	opts.rcvbuf = 0;
	return open_pair(sh, &opts, conf->pxe_port, &to, SHELL_BOOT_DOWN);
}

struct pxe_udp *shell_down(const struct shell *sh)
{
	return sh->udp[SHELL_DOWN];
}

struct pxe_udp *shell_up(const struct shell *sh)
{
	return sh->udp[SHELL_RELAY_PORT] != NULL ? sh->udp[SHELL_RELAY_PORT]
	       : sh->udp[SHELL_UP] != NULL       ? sh->udp[SHELL_UP]
						 : sh->udp[SHELL_DOWN];
}

struct pxe_udp *shell_boot_down(const struct shell *sh)
{
	return sh->udp[SHELL_BOOT_DOWN];
}

struct pxe_udp *shell_boot_up(const struct shell *sh)
{
	return sh->udp[SHELL_BOOT_UP] != NULL ? sh->udp[SHELL_BOOT_UP] : sh->udp[SHELL_BOOT_DOWN];
}

bool shell_is_boot(const struct shell *sh, const struct pxe_udp *udp)
{
	return udp == sh->udp[SHELL_BOOT_DOWN] || udp == sh->udp[SHELL_BOOT_UP];
}

uint64_t shell_overflows(const struct shell *sh)
{
	uint64_t n = 0;

	for (size_t i = 0; i < SHELL_NUDP; i++)
		n += sh->udp[i] != NULL ? pxe_udp_overflows(sh->udp[i]) : 0;
	return n;
}

static void first_error(const struct pxe_diag *diag, struct pxe_text *why)
{
	char line[512];

	for (size_t i = 0; i < diag->n; i++) {
		if (diag->v[i].level != PXE_DIAG_ERROR)
			continue;
		pxe_text_add(why, pxe_diag_str(&diag->v[i], line, sizeof(line)));
		return;
	}
}

int shell_refuse(struct shell *sh, struct pxe_arena *arena, const char *what, struct pxe_text *why)
{
	pxe_arena_free(arena);
	if (why->len == 0)
		pxe_text_add(why, what);
	pxe_log_error("configuration has errors, the old one stays");
	shell_emit(sh, PXE_REASON_RELOAD_FAILED, why->p);
	return PXE_E_CONFIG;
}

int shell_load(struct shell *sh, struct pxe_arena **out_arena, struct relayd_conf *out_conf,
    struct pxe_text *why)
{
	struct pxe_arena *arena = pxe_arena_new();
	struct pxe_diag diag;
	int err = arena != NULL ? 0 : -ENOMEM;

	pxe_diag_init(&diag);
	if (err == 0)
		err = flags_load(sh->flags, arena, out_conf, &diag);
	shell_log_findings(&diag);
	first_error(&diag, why);
	pxe_diag_fini(&diag);
	if (err != 0)
		return shell_refuse(sh, arena, pxe_strerror(err), why);
	*out_arena = arena;
	return 0;
}

static bool same_vrf(const struct relayd_conf *a, const struct relayd_conf *b, bool is_up)
{
	const char *x = relayd_conf_vrf(a, is_up), *y = relayd_conf_vrf(b, is_up);

	return x == NULL || y == NULL ? x == y : strcmp(x, y) == 0;
}

void shell_take(struct shell *sh, struct pxe_arena *arena, const struct relayd_conf *conf)
{
	struct relayd_conf old = sh->conf;

	if (old.port != conf->port || old.relay_port != conf->relay_port ||
	    boot_port(&old) != boot_port(conf))
		pxe_log_warning("the port changes with the next start only");
	if (!same_vrf(&old, conf, false) || !same_vrf(&old, conf, true))
		pxe_log_warning("the VRF changes with the next start only");
	if (old.common.sandbox != conf->common.sandbox)
		pxe_log_warning("the sandbox changes with the next start only");
	sh->conf = *conf;
	sh->conf.port = old.port;
	sh->conf.relay_port = old.relay_port;
	sh->conf.pxe_port = old.pxe_port;
	shell_set_up_log(sh->flags, &sh->conf);
	pxe_arena_free(sh->arena);
	sh->arena = arena;
}

int shell_open_ifaces(struct shell *sh, pxe_iface_fn on_change, void *arg)
{
	int err = pxe_ifaces_open(sh->loop, on_change, arg, &sh->ifaces);

	if (err != 0)
		pxe_log_error("interfaces: %s", pxe_strerror(err));
	return err;
}

int shell_check_iface(const struct shell *sh, const struct relayd_conf *conf, const char *name)
{
	char names[512];

	if (pxe_iface_by_name(sh->ifaces, name) != NULL)
		return 0;
	if (conf->wait_interfaces) {
		pxe_log_notice("%s does not exist yet; waiting for it", name);
		return 0;
	}
	pxe_log_error("%s: no such interface, there are: %s", name,
	    pxe_ifaces_names(sh->ifaces, names, sizeof(names)));
	return PXE_E_NOTFOUND;
}

int shell_start_tick(struct shell *sh, uv_timer_cb on_tick, void *arg)
{
	int err = uv_timer_init(sh->loop, &sh->tick);

	if (err != 0)
		return err;
	sh->has_tick = true;
	sh->tick.data = arg;
	return uv_timer_start(&sh->tick, on_tick, TICK_MS, TICK_MS);
}

void shell_log_silent(const struct shell *sh, const char *server)
{
	pxe_log_warning(
	    "no answer from %s for %lld s", server, (long long)(sh->conf.dead_after_ms / 1000));
}

int shell_reloaded(struct shell *sh, int err, struct pxe_text *why)
{
	if (err != 0)
		pxe_text_add(why, pxe_strerror(err));
	else
		pxe_log_notice("configuration reloaded");
	shell_emit(sh, err == 0 ? PXE_REASON_RELOADED : PXE_REASON_RELOAD_FAILED, why->p);
	return err;
}

struct pxe_now shell_now(void)
{
	struct timespec wall, mono;

	(void)clock_gettime(CLOCK_REALTIME, &wall);
	(void)clock_gettime(CLOCK_MONOTONIC, &mono);
	return (struct pxe_now){
	    .wall_us = wall.tv_sec * PXE_US_PER_S + wall.tv_nsec / 1000,
	    .mono_us = mono.tv_sec * PXE_US_PER_S + mono.tv_nsec / 1000,
	};
}

void shell_emit(struct shell *sh, enum pxe_reason reason, const char *detail)
{
	struct pxe_event ev = {.stage = PXE_STAGE_SERVICE, .reason = reason, .detail = detail};

	pxe_events_emit(sh->events, &ev);
}
