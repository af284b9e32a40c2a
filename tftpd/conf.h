/* SPDX-License-Identifier: BSD-2-Clause */
/* conf.h -- how tftpd runs: in.tftpd's command line and tftpd.cfg, one struct.
 *
 * Every flag that has a setting of the same meaning goes through that setting's row, so the two
 * cannot disagree about what is valid; a flag wins over the file.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/arena.h"
#include "libpxecommon/base/diag.h"
#include "libpxecommon/os/conf.h"

enum conf_family { CONF_FAMILY_ANY, CONF_FAMILY_4, CONF_FAMILY_6 };
enum conf_symlinks {
	CONF_SYMLINKS_AUTO, /* in-root when secure, else follow: in.tftpd's behaviour */
	CONF_SYMLINKS_BENEATH,
	CONF_SYMLINKS_IN_ROOT,
	CONF_SYMLINKS_FOLLOW,
	CONF_SYMLINKS_NONE
};

/* A root for some clients only. */
struct conf_root {
	char *path;
	struct pxe_prefix subnet; /* of the client; family 0: any */
	char *interface;          /* the request came in on; NULL: any */
};

/* Images whose files are served. */
struct conf_mount {
	char *at;             /* the name they have for clients */
	char *image, *images; /* one, or a folder of them */
};

/* RFC 2090; off without addresses. */
struct conf_multicast {
	char *addresses; /* as typed; see first, count */
	struct pxe_ip4 first;
	uint32_t count;
	int64_t port, ttl, members;
	char *interface; /* to send on; NULL: the one the request came in on */
};

/* A file that PXE's MTFTP sends. */
struct conf_mtftp {
	char *file;
	struct pxe_endpoint to; /* group, and the clients' port */
};

enum {
	CONF_GROUPS_MAX = 256, /* multicast addresses */
	CONF_MTFTP_MAX = 256
};

enum conf_normalize { CONF_NORMALIZE_NONE, CONF_NORMALIZE_ROOT, CONF_NORMALIZE_PATH };

struct tftpd_conf {
	struct pxe_conf_common common;
	/* Where and how we run. */
	struct pxe_conf_strs listen; /* as typed; see listen.h */
	char *port;                  /* number or service, where listen names none */
	int family;
	int64_t workers;
	int64_t idle_ms; /* inetd: exit after that long without a request */
	bool single_port;
	char *port_range; /* as typed; see port_lo, port_hi */
	uint16_t port_lo, port_hi;
	/* What is served. */
	struct pxe_conf_strs root;
	bool secure, validate;
	char *path_prefix; /* in front of every directory named; NULL: none */
	int normalize;
	struct pxe_conf_list roots;  /* of struct conf_root */
	struct pxe_conf_list mounts; /* of struct conf_mount */
	struct pxe_conf_strs overlay;
	int symlinks;
	char *map_file;
	int64_t map_steps;
	bool backslash, case_fold, trim, hints;
	bool permissive, create, overwrite, read_only;
	char *umask_text;
	unsigned umask; /* valid when umask_text is not NULL */
	int64_t max_upload;
	/* How transfers go. */
	struct pxe_conf_strs refuse;
	bool refuse_all;
	uint32_t refuse_bits;
	int64_t blksize, windowsize, window_bytes;
	bool fit_mtu;
	int64_t mtu_slack;
	int64_t retransmit_ms, retransmit_min_ms;
	bool answer_broadcast;
	struct conf_multicast multicast;
	int64_t mtftp_port;         /* 0: off */
	struct pxe_conf_list mtftp; /* of struct conf_mtftp */
	/* Limits. */
	int64_t max_transfers, max_active, max_per_client, cache;
};

/* What the command line says beside settings. */
struct tftpd_flags {
	bool standalone; /* -l, -L, -a or a cfg with listen */
	bool detach;     /* -l */
	bool systemd;    /* --systemd: sockets must have been handed over */
	bool test;       /* --test: check and exit */
	bool version;
	bool help;
	const char *config;   /* --config, NULL: the default file when it exists */
	const char *map_test; /* --map-test FILE */
	int verbosity;        /* -1: not given */
};

#define TFTPD_CONFIG_DEFAULT "/etc/pxesuite/tftpd.cfg"

/* Exit codes of in.tftpd (sysexits.h); see exit_code() in main.c. */
enum {
	CONF_EX_USAGE = 64,
	CONF_EX_NOINPUT = 66,
	CONF_EX_NOUSER = 67,
	CONF_EX_OSERR = 71,
	CONF_EX_IOERR = 74,
	CONF_EX_PROTOCOL = 76,
	CONF_EX_CONFIG = 78
};

extern const struct pxe_conf_schema tftpd_schema;

/* Read flags and the file they name into conf (strings in arena). Findings go to diag; more than
 * one is collected. Returns 0 or the CONF_EX_* that in.tftpd would exit with. */
int conf_read(int argc, char **argv, struct pxe_arena *arena, struct tftpd_conf *conf,
    struct tftpd_flags *flags, struct pxe_diag *diag);

/* Check what no single row can see and fill in the derived members (port range, umask, refusals).
 * Returns 0 or CONF_EX_*. */
int conf_finish(struct tftpd_conf *conf, struct pxe_arena *arena, struct pxe_diag *diag);

/* The text of --help. */
extern const char conf_usage[];
