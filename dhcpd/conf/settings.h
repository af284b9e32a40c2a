/* SPDX-License-Identifier: BSD-2-Clause */
/* settings.h -- what executing the scopes that apply to one packet yields.
 *
 * Options and parameters with the place that decided each, variables, log lines, commands and
 * event programs. One object is reused from packet to packet; all its memory is its own scratch
 * buffer, so nothing is allocated on the packet path and everything in it is valid until the next
 * settings_reset. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcpd/conf/lexer.h"
#include "dhcpd/conf/param.h"
#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/buf.h"
#include "libpxecommon/proto/dhcp_opt.h"

enum {
	SETTINGS_OPTIONS_MAX = 512,
	SETTINGS_SCRATCH = 65536, /* bytes of computed values for one packet */
	SETTINGS_LIST_MAX = 64    /* variables, log lines, commands, event programs: each at most */
};

struct stmt;
struct setting_part;

struct setting_option {
	const struct pxe_opt_def *def;
	struct pxe_bytes value; /* p NULL: the option was set, to nothing (see stmt_finish) */
	struct conf_pos pos;
	const struct setting_part *part; /* private: what value is computed from; NULL: constant */
};

struct setting_param {
	bool set;
	uint32_t num;          /* numbers, flags, words */
	struct pxe_bytes data; /* text, addresses (network order), name of a space */
	struct conf_pos pos;
	const struct stmt *from; /* private: computed by this; NULL: constant */
};

struct setting_var {
	const char *name;
	struct pxe_bytes value; /* p NULL and neither of the next two: unset */
	bool is_num;
	bool is_bool; /* num is 0 or 1 */
	uint64_t num;
};

enum setting_on { ON_COMMIT = 1, ON_EXPIRY = 2, ON_RELEASE = 4, ON_TRANSMISSION = 8 };

struct setting_event { /* `on commit or expiry { ... }` */
	unsigned on;   /* enum setting_on bits */
	const struct stmt *body;
};

enum setting_log_level {
	SETTING_LOG_FATAL,
	SETTING_LOG_ERROR,
	SETTING_LOG_DEBUG,
	SETTING_LOG_INFO
};

struct setting_log {
	enum setting_log_level level;
	struct pxe_bytes text; /* raw bytes: escape before logging */
};

struct setting_exec {      /* `execute("cmd", ...)` */
	const char **argv; /* NULL-terminated */
	unsigned argc;
};

struct settings {
	struct setting_option opt[SETTINGS_OPTIONS_MAX];
	size_t nopt;
	uint16_t
	    dhcp_index[256]; /* index + 1 into opt[] of an option of the main space, 0: not set */
	uint64_t nulled[4];  /* bit a code of the main space: set, but to nothing */
	struct setting_param param[PARAM_COUNT];
	struct setting_var var[SETTINGS_LIST_MAX];
	struct setting_event event[SETTINGS_LIST_MAX];
	struct setting_log log[SETTINGS_LIST_MAX];
	struct setting_exec exec[SETTINGS_LIST_MAX];
	size_t nvar, nevent, nlog, nexec;
	const char *add_class[SETTINGS_LIST_MAX]; /* `add "class"` */
	size_t nadd;
	bool overflow; /* something did not fit and was left out */
	size_t used;
	_Alignas(max_align_t) uint8_t scratch[SETTINGS_SCRATCH];
};

void settings_reset(struct settings *s);
/* n bytes of scratch, aligned for pointers; NULL (and overflow) when it is used up. */
void *settings_alloc(struct settings *s, size_t n);

enum settings_op { SET_SUPERSEDE, SET_DEFAULT, SET_APPEND, SET_PREPEND };
/* Apply a value (kept by reference: constant or in scratch) to an option. */
void settings_set_option(struct settings *s, const struct pxe_opt_def *def, enum settings_op op,
    struct pxe_bytes value, struct conf_pos pos);
/* a and b as one value of def, in scratch; lists of compressed names are compressed anew, as ISC
 * does. False: no room. */
bool settings_join(struct settings *s, const struct pxe_opt_def *def, struct pxe_bytes a,
    struct pxe_bytes b, struct pxe_bytes *out);
/* Forget the options that were set to nothing. */
void settings_drop_empty(struct settings *s);
/* Was an option of the main space among those? Then nothing is sent in its place either. */
bool settings_is_nulled(const struct settings *s, uint8_t code);
/* NULL when it is not set, or set to nothing. */
const struct setting_option *settings_option(
    const struct settings *s, const struct pxe_opt_def *def);
const struct setting_option *settings_dhcp_option(const struct settings *s, uint8_t code);

/* Parameter, or its row's default. */
uint32_t settings_num(const struct settings *s, enum param_id id);
bool settings_is_set(const struct settings *s, enum param_id id);
bool settings_flag(const struct settings *s, enum param_id id); /* PARAM_TRUE only */
struct pxe_bytes settings_data(const struct settings *s, enum param_id id);
bool settings_ip4(const struct settings *s, enum param_id id, struct pxe_ip4 *out);
/* Last value given to a variable while executing; NULL: none. */
const struct setting_var *settings_var(const struct settings *s, const char *name);
