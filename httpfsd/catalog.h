/* SPDX-License-Identifier: BSD-2-Clause */
/* catalog.h -- what is served at a moment: settings, open directories, mounts, access log.
 *
 * Immutable once open and shared by all workers through references; a reload opens a new one
 * beside it. Requests that are under way keep the old one alive.
 */
#pragma once

#include <uv.h>

#include "httpfsd/conf.h"
#include "httpfsd/core/site.h"
#include "libpxecommon/os/root.h"
#include "libpxecommon/proto/iso9660.h"

struct auth;
struct discs;

enum source_kind { SOURCE_DIR, SOURCE_IMAGE, SOURCE_IMAGES };

/* Where a mount's files come from. */
struct source {
	struct pxe_root root; /* of a directory; its path names an image or a folder of them too */
	enum pxe_symlinks symlinks;
	enum source_kind kind;
	struct discs *discs; /* of images; NULL for a directory */
	enum pxe_iso_links disc_links;
	struct auth *auth; /* who may read; NULL: everybody */
};

/* What a machine is known by, in the order in which it is looked for. Texts in canonical form; NULL
 * where the table says nothing. */
enum machine_key { MACHINE_MAC, MACHINE_UUID, MACHINE_HOSTNAME, MACHINE_IP, MACHINE_KEYS };
struct machine {
	const char *key[MACHINE_KEYS];
	const char *arch;
	struct pxe_conf_strs vars; /* NAME=VALUE */
};

enum catalog_log { ACCESS_OFF, ACCESS_FD, ACCESS_SYSLOG };

struct catalog {
	struct conf conf;
	struct site site;
	struct machine *machine;
	size_t nmachine;
	enum catalog_log log;
	int log_fd;    /* ACCESS_FD */
	bool log_pipe; /* may block: written only when there is room */
	/* private */
	struct pxe_arena *arena;
	struct source *source;
	size_t nsource;
	unsigned refs;
};

/* Load settings and build mounts from them, but open nothing yet. 0, PXE_E_CONFIG or -errno, always
 * with a finding in diag. */
int catalog_new(const struct conf_flags *flags, struct catalog **out, struct pxe_diag *diag);
/* Open the access log; to be called before privileges are dropped. detached decides what "auto"
 * is. uid and gid own a file that had to be made. */
int catalog_open_log(
    struct catalog *c, bool detached, unsigned uid, unsigned gid, struct pxe_diag *diag);
/* Open directories and images, as the user who will read them. Folders of images are watched on
 * loop; NULL: only checked. */
int catalog_open_roots(struct catalog *c, uv_loop_t *loop, struct pxe_diag *diag);
/* It is not served from any more: stop watching, on the loop's thread. Requests under way may still
 * use it. NULL ok. */
void catalog_retire(struct catalog *c);

/* Thread-safe. */
struct catalog *catalog_ref(struct catalog *c);
void catalog_unref(struct catalog *c); /* NULL ok; the last one closes everything */
