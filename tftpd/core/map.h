/* SPDX-License-Identifier: BSD-2-Clause */
/* map.h -- in.tftpd's map files: rules that rewrite, refuse or redirect the names clients ask for.
 *
 * The language of tftp-hpa 5.2 (operators r g i e s a G P 4 6 ~, escapes \0..\9 \i \x \U \L \E)
 * with what 5.4 to 6.x added (labels, j, E, gg, several of G and P). Where 5.2 had a bug we do as
 * the later versions: `s` starts over at the first rule and not at the second, a rule whose result
 * matches itself ends at the step limit instead of never, a broken file is reported whole. Pure;
 * the regular expressions are the C library's (POSIX extended).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/diag.h"

enum { MAP_NAME_MAX = 1024, MAP_STEPS_DEFAULT = 4096 };

struct map;

/* Parse len bytes of text; name is used in findings, all of which go to diag. 0, PXE_E_CONFIG or
 * -ENOMEM. Free with map_free(). */
int map_parse(
    const char *text, size_t len, const char *name, struct pxe_diag *diag, struct map **out);
void map_free(struct map *m); /* NULL ok */
size_t map_rules(const struct map *m);

struct map_env {
	bool write;
	struct pxe_ip client;
	unsigned steps; /* rule evaluations allowed; 0 for MAP_STEPS_DEFAULT */
	/* For E: can this name be opened? NULL: no. */
	bool (*exists)(const char *name, void *arg);
	/* Each step in tftp-hpa's words ("rule 3: rewrite: /boot/x"); NULL: nobody listens. */
	void (*trace)(const char *line, void *arg);
	void *arg;
};

enum map_verdict {
	MAP_NAME,   /* out is the name to open */
	MAP_REFUSE, /* out is the text of ERROR 2, empty for the standard one */
	MAP_LOOP    /* step limit, or a name that grew past MAP_NAME_MAX: "Remap table failure" */
};

/* Run the rules over name; out has MAP_NAME_MAX + 1 bytes. *out_line is the line of the rule that
 * decided (refusal or loop), or of the last that rewrote; 0 when none did. */
enum map_verdict map_run(const struct map *m, const struct map_env *env, const char *name,
    char *out, unsigned *out_line);
