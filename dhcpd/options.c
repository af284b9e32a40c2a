/* SPDX-License-Identifier: BSD-2-Clause */
/* options.c -- ISC dhcpd's command line and the libconfig file beside it. */
#include "dhcpd/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dhcpd/conf/warning.h"
#include "libpxecommon/base/err.h"

const char options_usage[] =
    "Usage: dhcpd [-p <UDP port #>] [-f] [-d] [-q] [-t|-T]\n"
    "             [-4|-6] [-s server] [-cf config-file] [-lf lease-file]\n"
    "             [-pf pid-file] [--no-pid] [-user user] [-group group]\n"
    "             [-chroot dir] [--config file] [--control path]\n"
    "             [--sandbox true|false] [--silence code]... [if0 [...ifN]]\n"
    "       dhcpd --explain [-4 | -6] [-cf config-file] KEY=VALUE...\n"
    "       dhcpd --version | --help\n"
    "See dhcpd(8), dhcpd.conf(5) and dhcpd.leases(5).\n";

#define AT(field) offsetof(struct dhcpd_settings, field)

static const struct pxe_conf_row rows[] = {
    PXE_CONF_COMMON_ROWS(struct dhcpd_settings, common, DHCPD_CONTROL, "daemon"),
    {.name = "conf", .type = PXE_CONF_STR, .offset = AT(conf), .help = "dhcpd.conf to serve"},
    {.name = "leases", .type = PXE_CONF_STR, .offset = AT(leases), .help = "lease file"},
    {.name = "chroot",
	.type = PXE_CONF_STR,
	.offset = AT(chroot_dir),
	.help = "directory to be confined to once sockets are open"},
    {.name = "broadcast",
	.type = PXE_CONF_STR,
	.offset = AT(broadcast),
	.help = "where replies go that would be broadcast"},
    {.name = "interfaces",
	.type = PXE_CONF_STRS,
	.offset = AT(interfaces),
	.help = "interfaces to serve; none: all that can broadcast and have a subnet declaration"},
    {.name = "silence",
	.type = PXE_CONF_STRS,
	.offset = AT(silence),
	.help = "codes of warnings about the configuration that are not to be said"},
    {.name = "port",
	.type = PXE_CONF_INT,
	.offset = AT(port),
	.max = 65534,
	.help = "UDP port; clients are answered on the next one; 0: local-port or 67"},
    {.name = "client_rate",
	.type = PXE_CONF_INT,
	.offset = AT(client_rate),
	.def = "50",
	.max = 1000000,
	.help = "packets a second of one client, more are dropped; 0: any number"},
    {.name = "circuit_rate",
	.type = PXE_CONF_INT,
	.offset = AT(circuit_rate),
	.max = 1000000,
	.help = "packets a second of one circuit (option 82.1 of a relay); 0: any number"},
    {.name = "relay_rate",
	.type = PXE_CONF_INT,
	.offset = AT(relay_rate),
	.max = 1000000,
	.help = "packets a second of one relay; 0: any number"},
    {.name = "isc_foreign_request",
	.type = PXE_CONF_BOOL,
	.offset = AT(isc_foreign_request),
	.def = "false",
	.help = "answer a DHCPREQUEST that names another server, as ISC dhcpd does"},
    {.name = "isc_foreign_decline",
	.type = PXE_CONF_BOOL,
	.offset = AT(isc_foreign_decline),
	.def = "false",
	.help =
	    "honour a DHCPDECLINE from a client that does not hold the lease, as ISC dhcpd does"},
};

const struct pxe_conf_schema dhcpd_schema = PXE_CONF_SCHEMA(rows, struct dhcpd_settings);

/* ---- flags ---- */

/* Flags without a value. */
static const struct {
	const char *flag;
	size_t offset;
} switches[] = {
    {"-4", offsetof(struct dhcpd_options, is_v4)},
    {"-6", offsetof(struct dhcpd_options, is_v6)},
    {"-f", offsetof(struct dhcpd_options, foreground)},
    {"-d", offsetof(struct dhcpd_options, debug)},
    {"-q", offsetof(struct dhcpd_options, quiet)},
    {"-t", offsetof(struct dhcpd_options, check)},
    {"-T", offsetof(struct dhcpd_options, check_leases)},
    {"--no-pid", offsetof(struct dhcpd_options, no_pid)},
    {"--explain", offsetof(struct dhcpd_options, explain)},
    {"--version", offsetof(struct dhcpd_options, version)},
    {"--help", offsetof(struct dhcpd_options, help)},
    {"-h", offsetof(struct dhcpd_options, help)},
};

/* Flags with a value, and the setting each is. */
static const struct {
	const char *flag, *setting;
} values[] = {
    {"-p", "port"},
    {"-s", "broadcast"},
    {"-cf", "conf"},
    {"-lf", "leases"},
    {"-pf", "pid_file"},
    {"-user", "user"},
    {"-group", "group"},
    {"-chroot", "chroot"},
    {"--control", "control"},
    {"--sandbox", "sandbox"},
    {"--silence", "silence"},
    {"--config", NULL},
};

struct parse {
	int argc;
	char **argv;
	struct pxe_arena *arena;
	struct dhcpd_options *out;
	struct pxe_diag *diag;
	const char *config; /* --config */
};

static void bad(struct parse *p, const char *what, const char *why)
{
	pxe_diag_add(p->diag, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL, "%s%s", what, why);
}

static bool take_switch(struct parse *p, const char *arg)
{
	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		if (strcmp(arg, switches[i].flag) != 0)
			continue;
		*(bool *)(void *)((char *)p->out + switches[i].offset) = true;
		return true;
	}
	return false;
}

/* Index into values[], -1 for no such flag. */
static int value_flag(const char *arg)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (strcmp(arg, values[i].flag) == 0)
			return (int)i;
	return -1;
}

static void refuse(struct parse *p, const char *arg)
{
	if (strcmp(arg, "-play") == 0 || strcmp(arg, "-tf") == 0)
		bad(p, arg, ": traces are neither recorded nor replayed");
	else
		bad(p, "Unknown command ", arg);
}

static void take_word(struct parse *p, const char *arg)
{
	if (p->out->nword == OPTIONS_WORDS_MAX)
		bad(p, arg, ": too many words");
	else
		p->out->word[p->out->nword++] = arg;
}

/* "mac=..." of --explain, which may stand behind it or before it. */
static bool is_word(const struct parse *p, const char *arg)
{
	return p->out->explain && arg[0] != '-' && strchr(arg, '=') != NULL;
}

/* Everything but values when set is false, which finds --config; the values when it is true, after
 * the file has been read. */
static void walk(struct parse *p, bool set)
{
	for (int i = 1; i < p->argc; i++) {
		const char *arg = p->argv[i];
		int flag = value_flag(arg);

		if (flag >= 0) {
			if (++i == p->argc) {
				if (!set)
					bad(p, "No argument for command: ", arg);
				return;
			}
			if (!set && values[flag].setting == NULL)
				p->config = p->argv[i];
			else if (set && values[flag].setting != NULL)
				(void)pxe_conf_set(&dhcpd_schema, values[flag].setting, p->argv[i],
				    arg, p->arena, &p->out->s, p->diag);
		} else if (set && is_word(p, arg)) {
			take_word(p, arg);
		} else if (arg[0] != '-') {
			if (set)
				(void)pxe_conf_set(&dhcpd_schema, "interfaces", arg, arg, p->arena,
				    &p->out->s, p->diag);
		} else if (!set && !take_switch(p, arg)) {
			refuse(p, arg);
		}
	}
}

static bool has_interface(const struct parse *p)
{
	for (int i = 1; i < p->argc; i++) {
		if (value_flag(p->argv[i]) >= 0)
			i++;
		else if (p->argv[i][0] != '-' && !is_word(p, p->argv[i]))
			return true;
	}
	return false;
}

/* A code that no warning has is a slip, or one that a later version has dropped: worth a word, but
 * no reason not to serve. */
static void check_silence(struct parse *p)
{
	for (size_t i = 0; i < p->out->s.silence.n; i++) {
		const char *code = p->out->s.silence.v[i];
		const char *words[128];
		const char *near = NULL;
		size_t n = 0;

		if (conf_warning_find(code) != NULL)
			continue;
		for (; n < 128 && conf_warning_at(n) != NULL; n++)
			words[n] = conf_warning_at(n)->code;
		near = pxe_nearest_word(code, words, n);
		pxe_diag_add(p->diag, PXE_DIAG_WARNING, NULL, 0, 0, NULL, NULL,
		    "silence: no warning has the code %s%s%s%s", code,
		    near != NULL ? "; did you mean " : "", near != NULL ? near : "",
		    near != NULL ? "?" : "");
	}
}

struct load_how options_how(const struct dhcpd_options *o)
{
	return (struct load_how){.version = o->is_v6 ? 6 : 4,
	    .silence = o->s.silence.v,
	    .nsilence = o->s.silence.n,
	    .errors_only = o->explain};
}

/* The name decides when no flag does: tools that know no flags run `dhcpd6`. */
static void choose_family(struct parse *p)
{
	const char *name = p->argc > 0 ? strrchr(p->argv[0], '/') : NULL;

	name = name != NULL ? name + 1 : p->argc > 0 ? p->argv[0] : "";
	if (p->out->is_v4 && p->out->is_v6)
		bad(p, "Server cannot run in both IPv4 and IPv6 mode at the same time.", "");
	if (!p->out->is_v4 && !p->out->is_v6)
		p->out->is_v6 = strcmp(name, "dhcpd6") == 0;
	p->out->is_v4 = !p->out->is_v6;
	if (p->out->is_v6)
		(void)pxe_conf_set(
		    &dhcpd_schema, "control", DHCPD6_CONTROL, "-6", p->arena, &p->out->s, p->diag);
}

int options_parse(int argc, char **argv, struct pxe_arena *arena, struct dhcpd_options *out,
    struct pxe_diag *diag)
{
	struct parse p = {.argc = argc, .argv = argv, .arena = arena, .out = out, .diag = diag};
	const char *path = NULL;
	int err = 0;

	memset(out, 0, sizeof(*out));
	err = pxe_conf_defaults(&dhcpd_schema, arena, &out->s);
	if (err != 0)
		return err;
	walk(&p, false);
	choose_family(&p);
	if (diag->errors > 0)
		return PXE_E_CONFIG;
	path = p.config != NULL ? p.config : out->is_v6 ? DHCPD6_CFG : DHCPD_CFG;
	if (p.config != NULL || access(path, F_OK) == 0) {
		err = pxe_conf_load(&dhcpd_schema, path, arena, &out->s, diag);
		if (err == -ENOMEM)
			return err;
	}
	if (has_interface(&p)) /* those of the command line, not both */
		out->s.interfaces = (struct pxe_conf_strs){0};
	walk(&p, true);
	check_silence(&p);
	if (out->is_v6 && out->s.broadcast != NULL)
		bad(&p, "-s", ": there is no broadcast in DHCPv6");
	out->stays_attached =
	    out->foreground || out->debug || out->check || out->check_leases || out->explain;
	return diag->errors > 0 ? PXE_E_CONFIG : 0;
}

/* ---- paths ---- */

static const char *choose(
    const char *statement, const char *setting, const char *variable, const char *built_in)
{
	const char *env = getenv(variable);

	if (statement != NULL && statement[0] != '\0')
		return statement;
	if (setting != NULL && setting[0] != '\0')
		return setting;
	return env != NULL && env[0] != '\0' ? env : built_in;
}

const char *options_conf_path(const struct dhcpd_options *o)
{
	return choose(NULL, o->s.conf, "PATH_DHCPD_CONF", o->is_v6 ? DHCPD6_CONF : DHCPD_CONF);
}

const char *options_lease_path(const struct dhcpd_options *o, const char *statement)
{
	return o->is_v6 ? choose(statement, o->s.leases, "PATH_DHCPD6_DB", DHCPD6_LEASES)
			: choose(statement, o->s.leases, "PATH_DHCPD_DB", DHCPD_LEASES);
}

const char *options_pid_path(const struct dhcpd_options *o, const char *statement)
{
	return o->is_v6 ? choose(statement, o->s.common.pid_file, "PATH_DHCPD6_PID", DHCPD6_PID)
			: choose(statement, o->s.common.pid_file, "PATH_DHCPD_PID", DHCPD_PID);
}
