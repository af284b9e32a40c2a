/* SPDX-License-Identifier: BSD-2-Clause */
/* flags.h -- the command line: dhcrelay's flags, and every setting of the file as --NAME.
 *
 * Flags are collected first and applied after the file has been read, so that they win, and so that
 * a reload does the same again.
 */
#pragma once

#include "relayd/conf.h"

struct flag_setting {
	const char *name;  /* of the row */
	const char *value; /* as typed */
	const char *what;  /* flag, for messages */
};

struct flags {
	bool foreground, quiet, no_pid; /* -d -q --no-pid */
	bool help, version, check;      /* --help --version -t */
	bool six;                       /* the DHCPv6 relay: -6, or a flag that only it has */
	const char *probe;              /* --probe: interface, or ""; NULL without */
	const char *config;             /* NULL: the default file, if there is one */
	struct flag_setting *v;
	size_t n;
};

/* Read argv; memory comes from the arena, strings are argv's. Findings go to diag: 0 or
 * PXE_E_CONFIG. */
int flags_parse(
    int argc, char **argv, struct pxe_arena *arena, struct flags *out, struct pxe_diag *diag);
/* Defaults, file, flags, in that order, then the check of the family. 0 or PXE_E_CONFIG, -ENOMEM,
 * -errno (file; diag says so too). */
int flags_load(const struct flags *flags, struct pxe_arena *arena, struct relayd_conf *out,
    struct pxe_diag *diag);
/* Usage text, several lines. */
extern const char flags_usage[];
