/* SPDX-License-Identifier: BSD-2-Clause */
/* auth.c -- see auth.h. */
#include "httpfsd/auth.h"

#include <crypt.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/arena.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/os/sandbox.h"

enum { AUTH_LINE_MAX = 1024, AUTH_USERS_MAX = 10000 };

struct user {
	const char *name, *hash;
};

struct auth {
	struct pxe_arena *arena;
	struct user *user;
	size_t n;
};

static int add_user(struct auth *a, char *line)
{
	char *colon = strchr(line, ':');
	struct user *grown = NULL;

	if (colon == NULL || colon == line || colon - line > AUTH_NAME_MAX)
		return PXE_E_SYNTAX;
	*colon = '\0';
	/* htpasswd may write further fields behind the hash. */
	colon[1 + strcspn(colon + 1, ":")] = '\0';
	if (crypt_checksalt(colon + 1) == CRYPT_SALT_INVALID)
		return PXE_E_UNSUPPORTED;
	if (a->n >= AUTH_USERS_MAX)
		return PXE_E_LIMIT;
	grown = reallocarray(a->user, a->n + 1, sizeof(*grown));
	if (grown == NULL)
		return -ENOMEM;
	a->user = grown;
	grown[a->n].name = pxe_arena_strdup(a->arena, line);
	grown[a->n].hash = pxe_arena_strdup(a->arena, colon + 1);
	if (grown[a->n].name == NULL || grown[a->n].hash == NULL)
		return -ENOMEM;
	a->n++;
	return 0;
}

static int read_users(struct auth *a, FILE *f, const char *path, struct pxe_diag *diag)
{
	char line[AUTH_LINE_MAX];
	int result = 0;

	for (unsigned n = 1; fgets(line, sizeof(line), f) != NULL; n++) {
		int err = 0;

		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] == '\0' || line[0] == '#')
			continue;
		err = add_user(a, line);
		if (err == 0)
			continue;
		pxe_diag_add(diag, PXE_DIAG_ERROR, path, n, 0, NULL, NULL,
		    err == PXE_E_UNSUPPORTED ? "a hash that crypt(5) does not know; make one with "
					       "mkpasswd or openssl passwd -6"
		    : err == PXE_E_SYNTAX    ? "wants NAME:HASH"
					     : "too many users");
		result = PXE_E_CONFIG;
	}
	return result;
}

int auth_load(const char *path, struct auth **out, struct pxe_diag *diag)
{
	struct auth *a = calloc(1, sizeof(*a));
	FILE *f = fopen(path, "re");
	int err = 0;

	if (f == NULL) {
		err = pxe_sandbox_why(-errno, path);
		pxe_diag_add(diag, PXE_DIAG_ERROR, path, 0, 0, NULL, NULL, "cannot read: %s",
		    pxe_strerror(err));
	} else if (a == NULL || (a->arena = pxe_arena_new()) == NULL) {
		err = -ENOMEM;
	} else {
		err = read_users(a, f, path, diag);
	}
	if (f != NULL)
		(void)fclose(f);
	if (err == 0)
		*out = a;
	else
		auth_free(a);
	return err;
}

void auth_free(struct auth *a)
{
	if (a == NULL)
		return;
	pxe_arena_free(a->arena);
	free(a->user);
	free(a);
}

static int base64_value(char c)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789+/";
	const char *at = c != '\0' ? strchr(alphabet, c) : NULL;

	return at != NULL ? (int)(at - alphabet) : -1;
}

/* RFC 4648 section 4 into a string; false for bad characters or an embedded NUL. */
static bool decode_base64(struct slice s, char *out)
{
	uint32_t bits = 0;
	unsigned n = 0;

	while (s.len > 0 && s.p[s.len - 1] == '=')
		s.len--;
	for (size_t i = 0; i < s.len; i++) {
		int v = base64_value(s.p[i]);

		if (v < 0)
			return false;
		bits = bits << 6 | (uint32_t)v;
		n += 6;
		if (n >= 8) {
			n -= 8;
			*out = (char)(bits >> n & 0xff);
			if (*out++ == '\0')
				return false;
		}
	}
	*out = '\0';
	return true;
}

/* "Basic dXNlcjpwYXNz" to "user" and "pass" in text. */
static bool split(struct slice field, char text[AUTH_FIELD_MAX], char **out_password)
{
	char *colon = NULL;

	if (field.len < 7 || field.len > AUTH_FIELD_MAX ||
	    !slice_is_word((struct slice){field.p, 6}, "basic ", 6))
		return false;
	field.p += 6;
	field.len -= 6;
	if (!decode_base64(slice_trim(field), text))
		return false;
	colon = strchr(text, ':');
	if (colon == NULL || colon == text || colon - text > AUTH_NAME_MAX)
		return false;
	*colon = '\0';
	*out_password = colon + 1;
	return true;
}

bool auth_name(struct slice field, char *buf)
{
	char text[AUTH_FIELD_MAX], *password = NULL;
	bool ok = split(field, text, &password);

	if (ok)
		memcpy(buf, text, strlen(text) + 1);
	explicit_bzero(text, sizeof(text));
	return ok;
}

static bool same_hash(const char *a, const char *b)
{
	size_t n = strlen(a);
	unsigned diff = n == strlen(b) ? 0 : 1;

	for (size_t i = 0; diff == 0 && i < n; i++)
		diff |= (unsigned char)(a[i] ^ b[i]);
	return diff == 0;
}

bool auth_verify(const struct auth *a, struct slice field)
{
	char text[AUTH_FIELD_MAX], *password = NULL;
	const char *hash = NULL, *made = NULL;
	struct crypt_data *data = NULL;
	bool known = false, ok = false;

	if (a->n == 0 || !split(field, text, &password))
		goto out;
	/* The clock must not tell which names there are: hash against somebody's anyhow. */
	hash = a->user[0].hash;
	for (size_t i = 0; i < a->n; i++) {
		if (strcmp(a->user[i].name, text) == 0) {
			hash = a->user[i].hash;
			known = true;
		}
	}
	data = calloc(1, sizeof(*data));
	if (data == NULL)
		goto out;
	made = crypt_r(password, hash, data);
	ok = made != NULL && made[0] != '*' && same_hash(made, hash) && known;
	explicit_bzero(data, sizeof(*data));
out:
	free(data);
	explicit_bzero(text, sizeof(text));
	return ok;
}

static void hash_field(const struct auth_cache *c, struct slice field, uint64_t out[2])
{
	out[0] = pxe_siphash(&c->seed[0], field.p, field.len);
	out[1] = pxe_siphash(&c->seed[1], field.p, field.len);
}

bool auth_cache_has(const struct auth_cache *c, const struct auth *a, struct slice field)
{
	uint64_t h[2];
	size_t i = 0;

	hash_field(c, field, h);
	i = h[0] % AUTH_CACHE_SLOTS;
	return c->slot[i].auth == a && c->slot[i].hash[0] == h[0] && c->slot[i].hash[1] == h[1];
}

void auth_cache_add(struct auth_cache *c, const struct auth *a, struct slice field)
{
	uint64_t h[2];
	size_t i = 0;

	hash_field(c, field, h);
	i = h[0] % AUTH_CACHE_SLOTS;
	c->slot[i].auth = a;
	memcpy(c->slot[i].hash, h, sizeof(h));
}

void auth_cache_clear(struct auth_cache *c)
{
	memset(c->slot, 0, sizeof(c->slot));
}
