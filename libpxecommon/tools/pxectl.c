/* SPDX-License-Identifier: BSD-2-Clause */
/* pxectl.c -- ask the daemons of the suite what they did and do. */
#include "libpxecommon/tools/pxectl.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libpxecommon/base/str.h"
#include "libpxecommon/tools/say.h"

enum { EX_FAILED = 1, EX_USE = 2 };

static const struct command {
	const char *name, *args, *help;
	int (*run)(const struct pxectl *ctl);
	size_t min, max; /* arguments */
} commands[] = {
    {"watch", "", "events of all daemons as they happen", cmd_watch, 0, 0},
    {"timeline", "MAC|IP|NAME|UUID", "what one machine did, and why it did not boot", cmd_timeline,
	1, 1},
    {"leases", "[all]", "leases of dhcpd", cmd_leases, 0, 1},
    {"transfers", "", "transfers and requests going on", cmd_transfers, 0, 0},
    {"stats", "[DAEMON...]", "counters", cmd_stats, 0, CLIENT_SOURCES_MAX},
    {"metrics", "[DAEMON...]", "counters as OpenMetrics text", cmd_metrics, 0, CLIENT_SOURCES_MAX},
    {"reload", "[DAEMON...]", "have the configuration read again", cmd_reload, 0,
	CLIENT_SOURCES_MAX},
};
enum { NCOMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void usage(FILE *f)
{
	(void)fprintf(f, "usage: pxectl [--json] [--dir DIR | --socket PATH...] [--past N] "
			 "[--color WHEN] COMMAND\n");
	for (size_t i = 0; i < NCOMMANDS; i++)
		(void)fprintf(
		    f, "  %-9s %-17s %s\n", commands[i].name, commands[i].args, commands[i].help);
}

bool pxectl_sources(const struct pxectl *ctl, struct sources *out)
{
	sources_find(out, ctl->dir, ctl->sockets, ctl->nsockets);
	if (out->n > 0)
		return true;
	(void)fprintf(stderr,
	    "pxectl: no control socket in %s/*/control: is a daemon running, and "
	    "may you look there?\n",
	    ctl->dir);
	return false;
}

void pxectl_complain(const struct source *src, const char *why)
{
	char safe[8192];
	struct pxe_text t = pxe_text_init(safe, sizeof(safe));

	say_escaped(&t, why);
	(void)fprintf(stderr, "pxectl: %s: %s\n", src->name, safe);
}

static const struct command *find_command(const char *name)
{
	const char *names[NCOMMANDS];
	const char *near = NULL;

	for (size_t i = 0; i < NCOMMANDS; i++) {
		names[i] = commands[i].name;
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	near = pxe_nearest_word(name, names, NCOMMANDS);
	if (near != NULL)
		(void)fprintf(
		    stderr, "pxectl: no command \"%s\"; did you mean \"%s\"?\n", name, near);
	else
		(void)fprintf(stderr, "pxectl: no command \"%s\"\n", name);
	return NULL;
}

static bool want_colour(const char *when)
{
	if (strcmp(when, "auto") == 0)
		return isatty(STDOUT_FILENO) != 0 && getenv("NO_COLOR") == NULL;
	return strcmp(when, "always") == 0;
}

/* Into ctl; -1 to go on, else the exit status. */
static int parse_options(int argc, char **argv, struct pxectl *ctl, const char **sockets)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'},
	    {"dir", required_argument, NULL, 'd'}, {"socket", required_argument, NULL, 's'},
	    {"past", required_argument, NULL, 'n'}, {"color", required_argument, NULL, 'c'},
	    {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'},
	    {NULL, 0, NULL, 0}};
	const char *when = "auto";
	uint64_t past = 0;
	int c = 0;

	while ((c = getopt_long(argc, argv, "jd:s:n:hV", options, NULL)) != -1) {
		switch (c) {
		case 'j':
			ctl->json = true;
			break;
		case 'd':
			ctl->dir = optarg;
			break;
		case 's':
			if (ctl->nsockets < CLIENT_SOURCES_MAX)
				sockets[ctl->nsockets++] = optarg;
			break;
		case 'n':
			if (pxe_parse_u64(optarg, 0, 1000000000, &past) != 0) {
				(void)fprintf(stderr, "pxectl: --past wants a number\n");
				return EX_USE;
			}
			ctl->past = past;
			break;
		case 'c':
			when = optarg;
			break;
		case 'h':
			usage(stdout);
			return EXIT_SUCCESS;
		case 'V':
			(void)printf("pxectl %s\n", PXE_VERSION);
			return EXIT_SUCCESS;
		default:
			usage(stderr);
			return EX_USE;
		}
	}
	ctl->colour = want_colour(when);
	return -1;
}

int main(int argc, char **argv)
{
	const char *sockets[CLIENT_SOURCES_MAX];
	struct pxectl ctl = {.dir = "/run/pxesuite", .sockets = sockets};
	const struct command *command = NULL;
	int status = parse_options(argc, argv, &ctl, sockets);

	if (status >= 0)
		return status;
	if (optind >= argc) {
		usage(stderr);
		return EX_USE;
	}
	command = find_command(argv[optind]);
	if (command == NULL)
		return EX_USE;
	ctl.args = (const char *const *)(void *)(argv + optind + 1);
	ctl.nargs = (size_t)(argc - optind - 1);
	if (ctl.nargs < command->min || ctl.nargs > command->max) {
		(void)fprintf(stderr, "usage: pxectl %s %s\n", command->name, command->args);
		return EX_USE;
	}
	(void)signal(SIGPIPE, SIG_DFL);
	status = command->run(&ctl);
	return fflush(stdout) == 0 ? status : EX_FAILED;
}
