/* SPDX-License-Identifier: BSD-2-Clause */
/* conf.h -- httpfsd's settings: the libconfig file and the flags, one table for both.
 */
#pragma once

#include "libpxecommon/os/conf.h"

enum conf_symlinks { CONF_SYMLINKS_BENEATH, CONF_SYMLINKS_FOLLOW, CONF_SYMLINKS_NONE };
enum conf_log_format { CONF_LOG_EXTENDED, CONF_LOG_COMBINED };

/* One entry of "mounts": where files come from and how they are given out. */
struct conf_mount {
	struct pxe_conf_strs at;    /* URL prefixes; several are aliases of one another */
	char *dir, *image, *images; /* one of them: where files come from */
	bool listing, dotfiles, is_template, precompressed;
	int symlinks; /* enum conf_symlinks */
	struct pxe_conf_strs index;
	char *cache_control;
	struct pxe_conf_strs allow, deny;
	char *auth_file, *realm;
	int64_t rate; /* bytes a second of a connection, 0: as fast as it goes */
};

/* A certificate with its chain, and its key; both NULL: no TLS. */
struct conf_tls {
	char *certificate;
	char *key; /* NULL: in the file of the certificate */
};

/* One entry of "machines": what templates are filled with. */
struct conf_machine {
	char *mac, *ip, *uuid, *hostname, *arch;
	struct pxe_conf_strs vars; /* NAME=VALUE */
};

struct conf_host {
	struct pxe_conf_strs names;
	struct conf_tls tls;         /* for clients that name the host (SNI) */
	struct pxe_conf_list mounts; /* struct conf_mount */
};

struct conf_type {
	char *suffix, *type;
};

/* One entry of "listeners". */
struct conf_listener {
	char *address;
	struct conf_tls tls;
	bool is_tls;   /* set by conf_listen_at */
	unsigned line; /* of it, too; 0: not from "listeners" */
};

struct conf_limits {
	int64_t connections, per_client; /* 0: none */
	int64_t rate, client_rate;       /* bytes a second: all together, one address; 0: none */
	int64_t open_files;              /* descriptors kept open, a worker */
	int64_t head_ms, idle_ms, send_ms, linger_ms, drain_ms;
	int64_t handshake_ms, handshakes; /* handshakes at once, a worker */
	int64_t listing_entries;
};

struct conf {
	struct pxe_conf_common common;
	struct pxe_conf_strs listen, root, tls_listen;
	struct conf_tls tls;            /* of tls_listen */
	struct pxe_conf_list listeners; /* struct conf_listener */
	struct pxe_conf_list mounts, hosts, types, machines;
	char *default_type;
	char *access_log;
	int access_log_format; /* enum conf_log_format */
	int64_t workers;
	bool defer_accept;
	struct conf_limits limits;
	const char *file; /* that was read, for messages; or NULL */
};

extern const struct pxe_conf_schema conf_schema, conf_mount_schema;

/* What the command line said. */
struct conf_flags {
	const char *file; /* --config, or NULL: CONF_DEFAULT_FILE when it exists */
	struct {
		const char *name, *value, *what;
	} set[64];
	size_t nset;
	bool test, detach;
};
#define CONF_DEFAULT_FILE "/etc/pxesuite/httpfsd.cfg"

/* Parse argv into out. Returns 0 to go on, 1 when there is nothing more to do (--help, --version:
 * printed), PXE_E_CONFIG with the reason in diag. */
int conf_flags_parse(int argc, char **argv, struct conf_flags *out, struct pxe_diag *diag);

/* Defaults, then the file, then the flags. A --listen or --root given replaces the file's list.
 * Returns 0, PXE_E_CONFIG (diag), -errno (the file cannot be read; diag says so too). */
int conf_load(const struct conf_flags *flags, struct pxe_arena *arena, struct conf *out,
    struct pxe_diag *diag);

/* The i-th listen address of all: "listen", "tls_listen", "listeners". False past the last. */
bool conf_listen_at(const struct conf *conf, size_t i, struct conf_listener *out);
bool conf_tls_is_set(const struct conf_tls *tls);
