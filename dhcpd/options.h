/* SPDX-License-Identifier: BSD-2-Clause */
/* options.h -- how dhcpd runs: ISC's command line, and one table of settings for a libconfig file.
 *
 * What it serves is dhcpd.conf (conf/). Order of precedence: a statement in dhcpd.conf
 * (lease-file-name, pid-file-name, ports) over a flag, over the libconfig file, over the
 * environment, over what is built in. All but the file are ISC dhcpd's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dhcpd/load.h"
#include "libpxecommon/base/arena.h"
#include "libpxecommon/base/diag.h"
#include "libpxecommon/os/conf.h"

#define DHCPD_CFG     "/etc/pxesuite/dhcpd.cfg"
#define DHCPD_CONTROL "/run/pxesuite/dhcpd/control"
#define DHCPD_CONF    "/etc/dhcp/dhcpd.conf"
#define DHCPD_LEASES  "/var/lib/dhcp/dhcpd.leases"
#define DHCPD_PID     "/var/run/dhcpd.pid"

#define DHCPD6_CFG     "/etc/pxesuite/dhcpd6.cfg"
#define DHCPD6_CONTROL "/run/pxesuite/dhcpd6/control"
#define DHCPD6_CONF    "/etc/dhcp/dhcpd6.conf"
#define DHCPD6_LEASES  "/var/lib/dhcp/dhcpd6.leases"
#define DHCPD6_PID     "/var/run/dhcpd6.pid"

enum { OPTIONS_WORDS_MAX = 64 };

struct dhcpd_settings {
	struct pxe_conf_common common;
	char *conf, *leases; /* NULL: environment or built in */
	char *chroot_dir;
	char *broadcast; /* -s */
	struct pxe_conf_strs interfaces;
	struct pxe_conf_strs silence; /* codes of warnings */
	int64_t port;                 /* 0: local-port, else 67 */
	bool isc_foreign_request, isc_foreign_decline;
	int64_t client_rate, circuit_rate, relay_rate; /* packets a second of one; 0: any */
};

extern const struct pxe_conf_schema dhcpd_schema;

struct dhcpd_options {
	bool is_v4, is_v6;  /* -4, -6; neither is -4, unless the program is called dhcpd6 */
	bool foreground;    /* -f */
	bool debug;         /* -d */
	bool quiet;         /* -q */
	bool check;         /* -t */
	bool check_leases;  /* -T */
	bool no_pid;        /* --no-pid */
	bool explain;       /* --explain */
	bool help, version; /* end at once, successfully */
	struct dhcpd_settings s;
	bool stays_attached;                 /* any of -f -d -t -T --explain */
	const char *word[OPTIONS_WORDS_MAX]; /* KEY=VALUE of --explain, in order */
	size_t nword;
};

/* Read the command line and the file it names or the default one. Strings live in the arena or in
 * argv. 0; PXE_E_CONFIG with the findings in diag (the last one is the cause); -ENOMEM. */
int options_parse(int argc, char **argv, struct pxe_arena *arena, struct dhcpd_options *out,
    struct pxe_diag *diag);

/* Paths with all of the above applied; statement is what dhcpd.conf says, "" for nothing. */
const char *options_conf_path(const struct dhcpd_options *o);
const char *options_lease_path(const struct dhcpd_options *o, const char *statement);
const char *options_pid_path(const struct dhcpd_options *o, const char *statement);

/* Which findings about the configuration to say. */
struct load_how options_how(const struct dhcpd_options *o);

extern const char options_usage[];
