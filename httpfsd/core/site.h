/* SPDX-License-Identifier: BSD-2-Clause */
/* site.h -- which mount answers a request, and what its policy says. Pure, immutable once made.
 *
 * A site is a set of hosts, each a set of mounts: URL prefix to a source of files. The longest
 * prefix wins, whole components only. What a mount's source is, is the shell's business.
 */
#pragma once

#include "httpfsd/core/types.h"
#include "libpxecommon/base/addr.h"

enum site_listing { LISTING_OFF, LISTING_ON };

struct site_nets {
	struct pxe_prefix *v;
	size_t n;
};

struct mount {
	const char *prefix; /* normalised, "" for the root; no slash at either end */
	size_t prefix_len;
	void *source; /* the shell's */
	enum site_listing listing;
	bool is_template;         /* fill ${names} in its files (core/template.h) */
	bool precompressed;       /* give out compressed siblings (core/coding.h) */
	bool dotfiles;            /* serve names that begin with '.' */
	const char *const *index; /* names tried for a directory */
	size_t nindex;
	const char *cache_control;    /* NULL: none */
	uint64_t rate;                /* bytes a second of a connection; 0: no limit */
	const char *realm;            /* NULL: nobody is asked who they are */
	struct site_nets allow, deny; /* allow empty: everybody; deny wins */
};

struct site_host {
	const char *const *name; /* lower case, without port; none for the default host */
	size_t nname;
	struct mount *mount; /* longest prefix first: site_sort */
	size_t nmount;
};

struct site {
	struct site_host *host; /* [0] answers when no other one is named */
	size_t nhost;
	struct types types;
};

/* Names served although they begin with a dot: installers look for them. */
extern const char *const site_dotfiles[];

/* Bring each host's mounts into the order site_find needs. Returns the index of a mount whose
 * prefix an earlier one of the same host has (in *out_host's order), or -1. */
int site_sort(struct site *site, size_t *out_host);

/* The host for an authority (port ignored, case ignored). Never NULL. */
const struct site_host *site_host_find(const struct site *site, struct slice authority);

/* The mount for a normalised path (pxe_path_normalise with KEEP_SLASH) and the rest of the path
 * below it ("." for the mount itself, "./" when a slash ended it). NULL when none matches. */
const struct mount *site_find(
    const struct site_host *host, const char *path, const char **out_rest);

/* What mount m adds to a listing of the directory at path of its host ("" for the root): the
 * component of its prefix right below, with its length in *out_len. NULL when it is elsewhere. */
const char *mount_below(const struct mount *m, const char *path, size_t *out_len);
/* Does the host have a listed mount somewhere below path ("." for the root) that ip may use: then
 * there is something to list although nothing is mounted there. */
bool site_leads_on(const struct site_host *host, const char *path, const struct pxe_ip *ip);

/* May a client at ip use the mount. IPv4-mapped addresses count as IPv4. */
bool mount_admits(const struct mount *m, const struct pxe_ip *ip);
/* True when the policy on dotfiles forbids path (below the mount). */
bool mount_hides(const struct mount *m, const char *path);
