/* SPDX-License-Identifier: BSD-2-Clause */
/* conf.h -- a daemon's libconfig file read through one table.
 *
 * A row names a setting, its type, range, default and where it goes in the daemon's struct. Unknown
 * settings, wrong types, values out of range and bad words are all reported with file and line and
 * what is allowed; none is ignored. Flags use the same rows (pxe_conf_set), so a flag and a file
 * setting can never disagree about what is valid.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/arena.h"
#include "libpxecommon/base/diag.h"

enum pxe_conf_type {
	PXE_CONF_BOOL,     /* bool */
	PXE_CONF_INT,      /* int64_t within min..max */
	PXE_CONF_SIZE,     /* int64_t; an integer, or a string with k, M, G */
	PXE_CONF_DURATION, /* int64_t milliseconds; a number of seconds, or a string with ms, s, m,
			      h, d */
	PXE_CONF_WORD,     /* int: index into words */
	PXE_CONF_STR,      /* char * in the arena, NULL when not set and without default */
	PXE_CONF_ENDPOINT, /* struct pxe_endpoint; min is the default port */
	PXE_CONF_PREFIX,   /* struct pxe_prefix */
	PXE_CONF_STRS,     /* struct pxe_conf_strs: a list or array of strings (a lone string too);
			      min and max bound their number */
	PXE_CONF_GROUP,    /* embedded struct, rows in sub */
	PXE_CONF_LIST      /* struct pxe_conf_list of structs with rows in sub: ( {...}, {...} );
			      min and max bound their number */
};

struct pxe_conf_row {
	const char *name;
	enum pxe_conf_type type;
	size_t offset;            /* into the struct the schema describes */
	int64_t min, max;         /* both 0: no bounds but the type's */
	const char *def;          /* as it would be typed; NULL: zero */
	const char *const *words; /* NULL-terminated, for WORD */
	const struct pxe_conf_schema *sub;
	bool required;
	const char *help; /* one sentence; the manual's table has the same */
};

struct pxe_conf_schema {
	const struct pxe_conf_row *row;
	size_t nrow;
	size_t size; /* of the struct */
};

struct pxe_conf_strs {
	char **v;
	size_t n;
};

struct pxe_conf_list {
	void *v;
	size_t n;
	unsigned *line; /* source line of each element */
};

#define PXE_CONF_SCHEMA(rows, type)                                                                \
	{                                                                                          \
		.row = (rows), .nrow = sizeof(rows) / sizeof((rows)[0]), .size = sizeof(type)      \
	}

/* Fill out (of schema->size bytes) with defaults; strings come from the arena. */
int pxe_conf_defaults(const struct pxe_conf_schema *schema, struct pxe_arena *arena, void *out);
/* Read file over what out holds. Findings go to diag; returns 0, PXE_E_CONFIG (see diag), -errno
 * (file unreadable; diag says so too). out is complete only on 0. */
int pxe_conf_load(const struct pxe_conf_schema *schema, const char *file, struct pxe_arena *arena,
    void *out, struct pxe_diag *diag);
/* The same from memory, name is used in messages; for fuzzing and tests. */
int pxe_conf_load_string(const struct pxe_conf_schema *schema, const char *name, const char *text,
    struct pxe_arena *arena, void *out, struct pxe_diag *diag);
/* One scalar (or one more string of STRS) from a flag: `what` names it in messages ("-B",
 * "--root"). A member of a group is "GROUP.NAME". */
int pxe_conf_set(const struct pxe_conf_schema *schema, const char *name, const char *value,
    const char *what, struct pxe_arena *arena, void *out, struct pxe_diag *diag);

/* Rows every daemon has: logging, user, control socket. Embedded as the first member, expanded into
 * each table with PXE_CONF_COMMON_ROWS(struct x, common). */
struct pxe_conf_common {
	char *user, *group;
	int log_level;  /* index into words: error warning notice info debug */
	int log_target; /* auto stderr syslog both */
	char *log_facility;
	char *control;       /* control socket path; "" for none */
	char *control_group; /* group that may connect; NULL: owner only */
	char *pid_file;
	bool sandbox;   /* see os/sandbox.h; at start only */
	int64_t events; /* bytes of the event ring */
};

extern const char *const pxe_conf_log_levels[];
extern const char *const pxe_conf_log_targets[];

#define PXE_CONF_COMMON_ROWS(owner, member, def_control, def_facility)                             \
	{.name = "user",                                                                           \
	    .type = PXE_CONF_STR,                                                                  \
	    .offset = offsetof(owner, member.user),                                                \
	    .help = "user to run as once sockets are open"},                                       \
	    {.name = "group",                                                                      \
		.type = PXE_CONF_STR,                                                              \
		.offset = offsetof(owner, member.group),                                           \
		.help = "group; the user's own by default"},                                       \
	    {.name = "log_level",                                                                  \
		.type = PXE_CONF_WORD,                                                             \
		.offset = offsetof(owner, member.log_level),                                       \
		.def = "info",                                                                     \
		.words = pxe_conf_log_levels,                                                      \
		.help = "least important level logged"},                                           \
	    {.name = "log_target",                                                                 \
		.type = PXE_CONF_WORD,                                                             \
		.offset = offsetof(owner, member.log_target),                                      \
		.def = "auto",                                                                     \
		.words = pxe_conf_log_targets,                                                     \
		.help = "auto: stderr in the foreground, else syslog"},                            \
	    {.name = "log_facility",                                                               \
		.type = PXE_CONF_STR,                                                              \
		.offset = offsetof(owner, member.log_facility),                                    \
		.def = def_facility,                                                               \
		.help = "syslog facility"},                                                        \
	    {.name = "control",                                                                    \
		.type = PXE_CONF_STR,                                                              \
		.offset = offsetof(owner, member.control),                                         \
		.def = def_control,                                                                \
		.help = "path of the control socket; empty for none"},                             \
	    {.name = "control_group",                                                              \
		.type = PXE_CONF_STR,                                                              \
		.offset = offsetof(owner, member.control_group),                                   \
		.help = "group that may use the control socket"},                                  \
	    {.name = "pid_file",                                                                   \
		.type = PXE_CONF_STR,                                                              \
		.offset = offsetof(owner, member.pid_file),                                        \
		.help = "file for the process id"},                                                \
	    {.name = "sandbox",                                                                    \
		.type = PXE_CONF_BOOL,                                                             \
		.offset = offsetof(owner, member.sandbox),                                         \
		.def = "true",                                                                     \
		.help = "refuse ourselves calls and files that serving does not need"},            \
	{                                                                                          \
		.name = "events", .type = PXE_CONF_SIZE, .offset = offsetof(owner, member.events), \
		.min = 4096, .max = 1 << 30, .def = "256k", .help = "bytes kept of past events"    \
	}
