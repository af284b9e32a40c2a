/* SPDX-License-Identifier: BSD-2-Clause */
/* pxectl.h -- what the commands of pxectl share.
 */
#pragma once

#include "libpxecommon/tools/client.h"

struct pxectl {
	bool json, colour;
	const char *dir;
	const char *const *sockets; /* instead of dir's */
	size_t nsockets;
	const char *const *args; /* after the command */
	size_t nargs;
	unsigned long past; /* watch: events before now */
};

/* Commands; each returns the exit status. */
int cmd_watch(const struct pxectl *ctl);
int cmd_timeline(const struct pxectl *ctl);
int cmd_leases(const struct pxectl *ctl);
int cmd_transfers(const struct pxectl *ctl);
int cmd_stats(const struct pxectl *ctl);
int cmd_metrics(const struct pxectl *ctl);
int cmd_reload(const struct pxectl *ctl);

/* Sockets to ask; when there is none it says so and returns false. */
bool pxectl_sources(const struct pxectl *ctl, struct sources *out);
/* "pxectl: NAME: why" on stderr. */
void pxectl_complain(const struct source *src, const char *why);
