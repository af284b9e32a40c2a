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

int name_place(
    const struct name_rules *rules, const char *name, struct name_place *out, const char **out_text)
{
	const char *rest = NULL;
	int rc;

	out->dir = 0;
	if (rules->secure)
		return normalise(name, out, out_text);
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

static const struct {
	const char *name;
	int (*put)(const struct name_client *c, struct pxe_text *t);
} variable[] = {{"mac", put_mac}, {"ip", put_ip}, {"iphex", put_iphex}};

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
