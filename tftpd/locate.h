/* SPDX-License-Identifier: BSD-2-Clause */
/* locate.h -- find and open the file behind a name.
 *
 * Order: in each overlay and then in the root itself the name as it was sent; then, where the
 * administrator switched it on, the other readings of it (backslashes, rubbish at the end, case).
 * So nothing changes for names that exist. A name below a mount of images is looked for there and
 * nowhere else.
 */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "libpxecommon/base/event.h"
#include "tftpd/discs.h"
#include "tftpd/policy.h"

struct locate_who {
	struct name_client client;
	const char *ifname; /* the request came in on; NULL unknown */
};

/* Why not, in the client's terms. */
struct locate_no {
	int err;          /* 0: text and code stand for themselves */
	uint16_t code;    /* of the ERROR */
	const char *text; /* of the ERROR; static */
	enum pxe_reason reason;
};

/* Open name for reading. Returns out->fd, which the caller closes (out->n is 0 unless it lies in an
 * image), or -1 and *out_no. */
int locate_read(const struct policy *p, const struct locate_who *who, const char *name,
    struct disc_file *out, struct locate_no *out_no);

/* True when locate_read() would succeed. */
bool locate_exists(const struct policy *p, const struct locate_who *who, const char *name);

/* Where an upload goes: the directory (a descriptor the caller closes) and the last component. */
struct locate_target {
	const struct pxe_root *root;
	char rel[NAME_PATH_MAX]; /* below root */
	int dir_fd;
	const char *base; /* points into rel */
	bool exists;
	struct stat st; /* valid when it exists */
};

/* Check name for writing by in.tftpd's rules: it must exist unless `create`, be a regular file, and
 * be world-writable unless `permissive`. 0, or -1 and *out_no. */
int locate_write(const struct policy *p, const struct locate_who *who, const char *name,
    struct locate_target *out, struct locate_no *out_no);

/* The name in the directory of `name` that is nearest to its last component, for "did you mean";
 * false when there is none. Reads at most a few thousand entries. */
bool locate_hint(
    const struct policy *p, const struct locate_who *who, const char *name, char *out, size_t cap);
