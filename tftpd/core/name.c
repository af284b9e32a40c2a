/* SPDX-License-Identifier: BSD-2-Clause */
/* name.c -- names of clients to places of ours. */
#include "tftpd/core/name.h"

#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/path.h"
#include "libpxecommon/base/str.h"

static int normalise(const char *name, struct name_place *out, const char **out_text)
{
	int n = pxe_path_normalise(name, strlen(name), 0, out->rel, sizeof(out->rel));

	if (n >= 0)
		return 0;
	*out_text = n == PXE_E_TOOBIG ? "File name too long" : "Access denied";
	return n;
}

/* What is left of path (relative to "/") below dir, or NULL when it is not below it. */
static const char *below(const char *dir, const char *path)
{
	size_t n;

	if (dir[0] == '/')
		dir++;
	n = strlen(dir);
	if (n == 0)
		return path;
	if (strncmp(path, dir, n) != 0)
		return NULL;
	if (path[n] == '\0')
		return ".";
	return path[n] == '/' ? path + n + 1 : NULL;
}

/* tftp-hpa 6's path validation for names that are below a root already. */
static int validate(const char *name, const char **out_text)
{
	const char *p = name;

	if (*p != '/') {
		*out_text = "Only absolute filenames allowed";
		return PXE_E_DENIED;
	}
	*out_text = "Invalid pathname specified";
	while (*p != '\0') {
		size_t n = strcspn(++p, "/");

		if ((n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
			return PXE_E_TRAVERSAL;
		for (size_t i = 0; i < n; i++)
			if ((unsigned char)p[i] < 0x20)
				return PXE_E_SYNTAX;
		p += n;
	}
	return 0;
}

int name_normalise(const char *name, bool whole, char *out, size_t cap)
{
	struct pxe_text t = pxe_text_init(out, cap);

	if (!whole) {
		if (name[0] != '/')
			pxe_text_addc(&t, '/');
		pxe_text_add(&t, name);
		return t.truncated ? PXE_E_TOOBIG : 0;
	}
	while (*name != '\0') {
		size_t n = strcspn(name, "/");

		if (n == 2 && name[0] == '.' && name[1] == '.') {
			while (t.len > 0 && out[t.len - 1] != '/')
				t.len--;
			t.len -= t.len > 0;
			out[t.len] = '\0';
		} else if (n > 0 && !(n == 1 && name[0] == '.')) {
			pxe_text_addf(&t, "/%.*s", (int)n, name);
		}
		name += n + (name[n] == '/');
	}
	if (t.len == 0)
		pxe_text_addc(&t, '/');
	return t.truncated ? PXE_E_TOOBIG : 0;
}

int name_place(
    const struct name_rules *rules, const char *name, struct name_place *out, const char **out_text)
{
	const char *rest = NULL;
	int rc;

	out->dir = 0;
	if (rules->secure) {
		rc = rules->validate ? validate(name, out_text) : 0;
		return rc != 0 ? rc : normalise(name, out, out_text);
	}
	if (name[0] != '/') {
		*out_text = "Only absolute filenames allowed";
		return PXE_E_DENIED;
	}
	if (strstr(name, "/../") != NULL) {
		*out_text = "Reverse path not allowed";
		return PXE_E_TRAVERSAL;
	}
	rc = normalise(name, out, out_text);
	if (rc != 0 || rules->ndir == 0)
		return rc;
	for (size_t i = 0; i < rules->ndir; i++) {
		rest = below(rules->dir[i], out->rel);
		if (rest == NULL)
			continue;
		out->dir = i;
		memmove(out->rel, rest, strlen(rest) + 1);
		return 0;
	}
	*out_text = "Forbidden directory";
	return PXE_E_DENIED;
}

bool name_clean(const char *name, unsigned ways, char *out, size_t cap)
{
	const char *from = name;
	struct pxe_text t = pxe_text_init(out, cap);

	if ((ways & NAME_BACKSLASH) != 0 && from[0] != '\0' && from[1] == ':' &&
	    (from[2] == '\\' || from[2] == '/'))
		from += 2;
	for (; *from != '\0'; from++) {
		unsigned char c = (unsigned char)*from;

		if ((ways & NAME_TRIM) != 0 && (c < 0x20 || c > 0x7e))
			break;
		pxe_text_addc(&t, c == '\\' && (ways & NAME_BACKSLASH) != 0 ? '/' : (char)c);
	}
	return !t.truncated && t.len > 0 && strcmp(out, name) != 0;
}

static void dash_colons(char *s)
{
	for (; *s != '\0'; s++)
		if (*s == ':')
			*s = '-';
}

static int put_mac(const struct name_client *c, struct pxe_text *t)
{
	if (c->mac.len == 0)
		return PXE_E_NOTFOUND;
	pxe_text_add_hex(t, c->mac.b, c->mac.len, '-');
	return 0;
}

static int put_ip(const struct name_client *c, struct pxe_text *t)
{
	char buf[PXE_IP_STRLEN];

	if (c->ip.family == 0)
		return PXE_E_NOTFOUND;
	pxe_ip_str(&c->ip, buf);
	dash_colons(buf);
	pxe_text_add(t, buf);
	return 0;
}

static int put_iphex(const struct name_client *c, struct pxe_text *t)
{
	if (c->ip.family == 4) {
		pxe_text_addf(t, "%08X", c->ip.v4.v);
		return 0;
	}
	if (c->ip.family != 6)
		return PXE_E_NOTFOUND;
	for (unsigned i = 0; i < 16; i++)
		pxe_text_addf(t, "%02X", c->ip.v6.b[i]);
	return 0;
}

static int put_uuid(const struct name_client *c, struct pxe_text *t)
{
	char buf[PXE_UUID_STRLEN];

	if (!c->has_uuid)
		return PXE_E_NOTFOUND;
	pxe_text_add(t, pxe_uuid_str(c->uuid, buf));
	return 0;
}

static const struct {
	const char *name;
	int (*put)(const struct name_client *c, struct pxe_text *t);
} variable[] = {{"mac", put_mac}, {"ip", put_ip}, {"iphex", put_iphex}, {"uuid", put_uuid}};

static int put_variable(
    const char *name, size_t len, const struct name_client *client, struct pxe_text *t)
{
	for (size_t i = 0; i < sizeof(variable) / sizeof(variable[0]); i++)
		if (strlen(variable[i].name) == len && strncmp(variable[i].name, name, len) == 0)
			return variable[i].put(client, t);
	return PXE_E_SYNTAX;
}

int name_expand(const char *pattern, const struct name_client *client, char *out, size_t cap)
{
	struct pxe_text t = pxe_text_init(out, cap);

	while (*pattern != '\0') {
		const char *end;
		int rc;

		if (pattern[0] != '$' || pattern[1] != '{') {
			pxe_text_addc(&t, *pattern++);
			continue;
		}
		end = strchr(pattern, '}');
		if (end == NULL)
			return PXE_E_SYNTAX;
		rc = put_variable(pattern + 2, (size_t)(end - pattern - 2), client, &t);
		if (rc != 0)
			return rc;
		pattern = end + 1;
	}
	return t.truncated ? PXE_E_TOOBIG : 0;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* s as `pattern` has it: x is a hexadecimal digit, anything else is itself. The n bytes of its
 * digits go to out. */
static bool read_hex(const char *s, const char *pattern, uint8_t *out)
{
	unsigned digits = 0;

	for (; *pattern != '\0'; s++, pattern++) {
		int v = hex_value(*s);

		if (*pattern != 'x') {
			if (*s != *pattern)
				return false;
			continue;
		}
		if (v < 0)
			return false;
		out[digits / 2] = (uint8_t)(digits % 2 == 0 ? v << 4 : out[digits / 2] | v);
		digits++;
	}
	return *s == '\0';
}

bool name_identity(const char *name, struct name_client *out)
{
	const char *slash = strrchr(name, '/');
	const char *last = slash != NULL ? slash + 1 : name;
	uint8_t b[16];

	if (strncmp(last, "grub.cfg-", 9) == 0)
		last += 9;
	if (read_hex(last, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", b)) {
		memcpy(out->uuid, b, sizeof(out->uuid));
		out->has_uuid = true;
		return true;
	}
	if (!read_hex(last, "01-xx-xx-xx-xx-xx-xx", b))
		return false;
	out->mac = (struct pxe_hwaddr){.type = 1, .len = 6};
	memcpy(out->mac.b, b, 6);
	return true;
}
