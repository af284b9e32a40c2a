/* SPDX-License-Identifier: BSD-2-Clause */
/* name.h -- from the name a client asks for to a directory of ours and a path below it.
 *
 * in.tftpd's two ways: with -s the one directory is the client's "/"; without it names must be
 * absolute, must not climb and must lie below one of the listed directories (none listed: anything
 * goes). Unlike 5.2, and like 5.4, the listed directory is compared by whole components, so that
 * /srv/tftp does not open /srv/tftp-evil. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/addr.h"

enum { NAME_PATH_MAX = 1100 };

struct name_rules {
	bool secure;
	bool validate;          /* secure, but with tftp-hpa 6's checks of the name all the same */
	const char *const *dir; /* normalised: absolute, no trailing slash ("" is the root) */
	size_t ndir;
};

struct name_place {
	size_t dir;              /* index into rules->dir; 0 when secure or none is listed */
	char rel[NAME_PATH_MAX]; /* for os/root.h */
};

/* Place name. Returns 0, or the negative error of pxe_path_normalise() (PXE_E_TRAVERSAL,
 * PXE_E_SYNTAX, PXE_E_TOOBIG) or PXE_E_DENIED; *out_text is then the text of the ERROR 2 that
 * in.tftpd sends, static. A name that climbs above a secure root is refused; in.tftpd stays at its
 * root instead. */
int name_place(const struct name_rules *rules, const char *name, struct name_place *out,
    const char **out_text);

/* tftp-hpa 6's --normalize: a leading slash where there is none; with whole also without doubled
 * slashes, "." and "..", which takes the component before it away when there is one. Looks at no
 * file system. 0 or PXE_E_TOOBIG. */
int name_normalise(const char *name, bool whole, char *out, size_t cap);

/* Ways to read a name that did not exist as it was sent; bits of name_clean(). */
enum {
	NAME_BACKSLASH = 1, /* "\Boot\BCD" and "C:\Boot\BCD" of Windows loaders */
	NAME_TRIM = 2       /* cut at the first control byte or byte over 0x7e: boot ROMs that send
			       rubbish behind the name (DHCP option 67 without a NUL) */
};

/* name as `ways` would read it, into out. True when that differs from name and is not empty. */
bool name_clean(const char *name, unsigned ways, char *out, size_t cap);

/* What an overlay pattern may ask for; a family of 0 or a length of 0 means unknown. */
struct name_client {
	struct pxe_ip ip;
	struct pxe_hwaddr mac;
	uint8_t uuid[16];
	bool has_uuid;
};

/* What a name says about the machine that asks for it: the last component is a UUID, "01-" and a
 * MAC address (pxelinux.cfg/...), or grub.cfg-01-MAC. Fills in out->uuid or out->mac; false when it
 * says neither. */
bool name_identity(const char *name, struct name_client *out);

/* Expand ${mac} (52-54-00-12-34-56, lower case), ${ip} (192.0.2.1, 2001-db8--1 with ':' as '-'),
 * ${iphex} (C0000201), ${uuid} (lower case, with dashes) in pattern. PXE_E_NOTFOUND when something
 * asked for is not known of this client, PXE_E_SYNTAX for an unknown ${...}, PXE_E_TOOBIG. */
int name_expand(const char *pattern, const struct name_client *client, char *out, size_t cap);
