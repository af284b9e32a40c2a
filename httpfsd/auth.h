/* SPDX-License-Identifier: BSD-2-Clause */
/* auth.h -- name and password for mounts with secrets (RFC 7617 Basic, hashes of crypt(5)).
 *
 * Verifying is slow by design and belongs on a thread; a worker remembers for a while, by keyed
 * hash, which credentials were right.
 */
#pragma once

#include <stdbool.h>

#include "httpfsd/core/slice.h"
#include "libpxecommon/base/diag.h"
#include "libpxecommon/base/hash.h"

struct auth;

enum { AUTH_FIELD_MAX = 1024, AUTH_NAME_MAX = 255, AUTH_CACHE_SLOTS = 64 };

/* Read NAME:HASH lines; empty lines and lines that begin with # are skipped. 0, PXE_E_CONFIG or
 * -errno with findings (FILE:LINE) in diag. */
int auth_load(const char *path, struct auth **out, struct pxe_diag *diag);
void auth_free(struct auth *a); /* NULL ok */

/* The name in an Authorization value into buf of AUTH_NAME_MAX + 1. False when it is not Basic, not
 * base64, longer than AUTH_FIELD_MAX, or has no name. */
bool auth_name(struct slice field, char *buf);
/* Slow: is this Authorization value right. Thread-safe. An unknown name takes as long as a wrong
 * password. */
bool auth_verify(const struct auth *a, struct slice field);

struct auth_cache {
	struct pxe_hash_seed seed[2];
	struct {
		const struct auth *auth;
		uint64_t hash[2];
	} slot[AUTH_CACHE_SLOTS];
};
bool auth_cache_has(const struct auth_cache *c, const struct auth *a, struct slice field);
void auth_cache_add(struct auth_cache *c, const struct auth *a, struct slice field);
void auth_cache_clear(struct auth_cache *c);
