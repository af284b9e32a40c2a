/* SPDX-License-Identifier: BSD-2-Clause */
/* site.c -- see site.h. */
#include "httpfsd/core/site.h"

#include <stdlib.h>

const char *const site_dotfiles[] = {
    ".treeinfo", ".discinfo", ".composeinfo", ".well-known", ".disk", NULL};

static int by_prefix(const void *a, const void *b)
{
	const struct mount *x = a, *y = b;

	if (x->prefix_len != y->prefix_len)
		return x->prefix_len > y->prefix_len ? -1 : 1;
	return strcmp(x->prefix, y->prefix);
}

int site_sort(struct site *site, size_t *out_host)
{
	for (size_t h = 0; h < site->nhost; h++) {
		struct site_host *host = &site->host[h];

		if (host->nmount > 0)
			qsort(host->mount, host->nmount, sizeof(host->mount[0]), by_prefix);
		for (size_t i = 1; i < host->nmount; i++) {
			if (strcmp(host->mount[i - 1].prefix, host->mount[i].prefix) != 0)
				continue;
			*out_host = h;
			return (int)i;
		}
	}
	return -1;
}

/* host[:port] without the port; an IPv6 literal keeps its brackets. */
static struct slice strip_port(struct slice a)
{
	size_t n = a.len;

	while (n > 0 && a.p[n - 1] >= '0' && a.p[n - 1] <= '9')
		n--;
	if (n > 0 && a.p[n - 1] == ':')
		a.len = n - 1;
	if (a.len > 1 && a.p[a.len - 1] == '.') /* the root of the name space, written out */
		a.len--;
	return a;
}

const struct site_host *site_host_find(const struct site *site, struct slice authority)
{
	struct slice name = {0};

	if (site->nhost == 1 || authority.len == 0)
		return &site->host[0];
	name = strip_port(authority);
	for (size_t h = 1; h < site->nhost; h++) {
		for (size_t i = 0; i < site->host[h].nname; i++) {
			const char *s = site->host[h].name[i];

			if (slice_is_word(name, s, strlen(s)))
				return &site->host[h];
		}
	}
	return &site->host[0];
}

const struct mount *site_find(const struct site_host *host, const char *path, const char **out_rest)
{
	for (size_t i = 0; i < host->nmount; i++) {
		const struct mount *m = &host->mount[i];
		const char *rest = path + m->prefix_len;

		if (m->prefix_len == 0) {
			*out_rest = path;
			return m;
		}
		if (strncmp(path, m->prefix, m->prefix_len) != 0)
			continue;
		if (*rest == '\0')
			*out_rest = ".";
		else if (*rest != '/')
			continue;
		else
			*out_rest = rest[1] == '\0' ? "./" : rest + 1;
		return m;
	}
	return NULL;
}

const char *mount_below(const struct mount *m, const char *path, size_t *out_len)
{
	size_t len = strlen(path);
	const char *name = m->prefix + len + (len > 0 ? 1 : 0);

	if (m->prefix_len <= len || strncmp(m->prefix, path, len) != 0 ||
	    (len > 0 && m->prefix[len] != '/'))
		return NULL;
	*out_len = strcspn(name, "/");
	return name;
}

bool site_leads_on(const struct site_host *host, const char *path, const struct pxe_ip *ip)
{
	const char *shown = strcmp(path, ".") == 0 ? "" : path;
	size_t len = 0;

	for (size_t i = 0; i < host->nmount; i++) {
		const struct mount *m = &host->mount[i];

		if (m->listing == LISTING_ON && mount_below(m, shown, &len) != NULL &&
		    mount_admits(m, ip))
			return true;
	}
	return false;
}

static bool in_nets(const struct site_nets *nets, const struct pxe_ip *ip)
{
	for (size_t i = 0; i < nets->n; i++) {
		if (pxe_prefix_has(&nets->v[i], ip))
			return true;
	}
	return false;
}

bool mount_admits(const struct mount *m, const struct pxe_ip *ip)
{
	struct pxe_ip plain = {0};

	if (m->allow.n == 0 && m->deny.n == 0)
		return true;
	plain = pxe_ip_unmap(*ip);
	if (in_nets(&m->deny, &plain))
		return false;
	return m->allow.n == 0 || in_nets(&m->allow, &plain);
}

static bool is_exempt(const char *name, size_t len)
{
	for (const char *const *s = site_dotfiles; *s != NULL; s++) {
		if (strlen(*s) == len && memcmp(*s, name, len) == 0)
			return true;
	}
	return false;
}

bool mount_hides(const struct mount *m, const char *path)
{
	const char *at = path;

	if (m->dotfiles || (path[0] == '.' && (path[1] == '\0' || path[1] == '/')))
		return false;
	while (*at != '\0') {
		size_t len = strcspn(at, "/");

		if (at[0] == '.' && !is_exempt(at, len))
			return true;
		at += len;
		at += *at == '/';
	}
	return false;
}
