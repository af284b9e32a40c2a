/* SPDX-License-Identifier: BSD-2-Clause */
/* policy.c -- open what a configuration names. */
#include "tftpd/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"
#include "libpxecommon/os/sandbox.h"

enum { MAP_FILE_MAX = 1 << 20 };

static void cannot(struct pxe_diag *diag, const char *what, const char *path, int err)
{
	pxe_diag_add(diag, PXE_DIAG_ERROR, NULL, 0, 0, "open", NULL, "%s %s: %s", what, path,
	    pxe_strerror(pxe_sandbox_why(err, path)));
}

/* An unreadable root would make every request fail with "Permission denied" later on: say it now,
 * as the user who starts us; policy_check_user() in main.c asks again as the one we become. */
static int open_root(struct pxe_root *root, const char *path, struct pxe_diag *diag)
{
	int rc = pxe_root_open(root, path);

	if (rc != 0) {
		root->fd = -1;
		cannot(diag, "cannot open directory", path, rc);
		return CONF_EX_NOINPUT;
	}
	return 0;
}

/* What `dir` is on this machine. */
static const char *real_dir(struct policy *p, const char *dir)
{
	const char *prefix = p->conf.path_prefix;
	size_t cap = prefix != NULL ? strlen(prefix) + strlen(dir) + 2 : 0;
	char *path;
	struct pxe_text t;

	if (prefix == NULL)
		return dir;
	path = pxe_arena_alloc(p->arena, cap);
	if (path == NULL)
		return NULL;
	t = pxe_text_init(path, cap);
	pxe_text_add(&t, prefix);
	while (t.len > 1 && path[t.len - 1] == '/')
		path[--t.len] = '\0';
	if (dir[0] != '/')
		pxe_text_addc(&t, '/');
	if (strcmp(dir, "/") != 0)
		pxe_text_add(&t, dir);
	return path;
}

static int open_roots(struct policy *p, struct pxe_diag *diag)
{
	size_t n = p->conf.root.n > 0 ? p->conf.root.n : p->conf.secure ? 0 : 1;
	int worst = 0;

	p->root = pxe_arena_alloc(p->arena, (n + 1) * sizeof(*p->root));
	if (p->root == NULL)
		return CONF_EX_OSERR;
	for (; p->nroot < n; p->nroot++) {
		const char *path = real_dir(p, p->conf.root.n > 0 ? p->conf.root.v[p->nroot] : "/");
		int rc = path == NULL ? CONF_EX_OSERR : open_root(&p->root[p->nroot], path, diag);

		if (path == NULL)
			return rc;
		worst = rc != 0 ? rc : worst;
	}
	return worst;
}

static int open_special(struct policy *p, struct pxe_diag *diag)
{
	const struct conf_root *from = p->conf.roots.v;
	int worst = 0;

	p->special = pxe_arena_alloc(p->arena, (p->conf.roots.n + 1) * sizeof(*p->special));
	if (p->special == NULL)
		return CONF_EX_OSERR;
	for (; p->nspecial < p->conf.roots.n; p->nspecial++) {
		struct policy_root *r = &p->special[p->nspecial];
		int rc = open_root(&r->root, from[p->nspecial].path, diag);

		r->subnet = from[p->nspecial].subnet;
		r->interface = from[p->nspecial].interface;
		worst = rc != 0 ? rc : worst;
	}
	return worst;
}

static int read_text(const char *path, char **out, size_t *out_len)
{
	struct stat st;
	char *text = NULL;
	size_t len = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int rc = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) != 0)
		rc = -errno;
	else if (!S_ISREG(st.st_mode))
		rc = PXE_E_DENIED;
	else if (st.st_size > MAP_FILE_MAX)
		rc = PXE_E_TOOBIG;
	else if ((text = malloc((size_t)st.st_size + 1)) == NULL)
		rc = -ENOMEM;
	while (rc == 0 && len < (size_t)st.st_size) {
		ssize_t n = read(fd, text + len, (size_t)st.st_size - len);

		if (n < 0)
			rc = -errno;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	(void)close(fd);
	if (rc != 0) {
		free(text);
		return rc;
	}
	text[len] = '\0';
	*out = text;
	*out_len = len;
	return 0;
}

static int load_map(struct policy *p, struct pxe_diag *diag)
{
	char *text = NULL;
	size_t len = 0;
	int rc;

	if (p->conf.map_file == NULL)
		return 0;
	rc = read_text(p->conf.map_file, &text, &len);
	if (rc != 0) {
		cannot(diag, "cannot read map file", p->conf.map_file, rc);
		return CONF_EX_NOINPUT;
	}
	rc = map_parse(text, len, p->conf.map_file, diag, &p->map);
	free(text);
	return rc != 0 ? CONF_EX_CONFIG : 0;
}

static enum pxe_symlinks symlink_policy(const struct tftpd_conf *conf)
{
	switch ((enum conf_symlinks)conf->symlinks) {
	case CONF_SYMLINKS_BENEATH:
		return PXE_SYMLINKS_BENEATH;
	case CONF_SYMLINKS_IN_ROOT:
		return PXE_SYMLINKS_IN_ROOT;
	case CONF_SYMLINKS_FOLLOW:
		return PXE_SYMLINKS_FOLLOW;
	case CONF_SYMLINKS_NONE:
		return PXE_SYMLINKS_NONE;
	case CONF_SYMLINKS_AUTO:
		break;
	}
	return conf->secure ? PXE_SYMLINKS_IN_ROOT : PXE_SYMLINKS_FOLLOW;
}

int policy_new(const struct tftpd_conf *conf, struct pxe_arena *arena, struct pxe_diag *diag,
    struct policy **out)
{
	struct policy *p = calloc(1, sizeof(*p));
	int rc, worst;

	if (p == NULL) {
		pxe_arena_free(arena);
		return CONF_EX_OSERR;
	}
	atomic_init(&p->refs, 1);
	p->arena = arena;
	p->conf = *conf;
	p->symlinks = symlink_policy(conf);
	p->limits = (struct neg_limits){
	    .refuse = conf->refuse_all ? UINT32_MAX : conf->refuse_bits,
	    .blksize_max = (uint32_t)conf->blksize,
	    .windowsize_max = (uint32_t)conf->windowsize,
	    .window_bytes = (uint64_t)conf->window_bytes,
	};
	p->clean_ways = (conf->backslash ? NAME_BACKSLASH : 0U) | (conf->trim ? NAME_TRIM : 0U);
	worst = open_roots(p, diag);
	rc = open_special(p, diag);
	worst = rc != 0 ? rc : worst;
	rc = conf->mounts.n == 0
		 ? 0
		 : discs_new(conf->mounts.v, conf->mounts.n, p->symlinks, diag, &p->discs);
	worst = rc != 0 ? rc : worst;
	/* Links may lead anywhere, but a reload not where the start did not allow it. */
	rc = p->symlinks == PXE_SYMLINKS_FOLLOW ? pxe_sandbox_check("/") : 0;
	if (rc != 0)
		cannot(diag, "cannot follow links to anywhere below", "/", rc);
	worst = rc != 0 ? CONF_EX_NOINPUT : worst;
	rc = load_map(p, diag);
	worst = rc != 0 ? rc : worst;
	p->rules = (struct name_rules){
	    .secure = conf->secure,
	    .validate = conf->validate,
	    .dir = (const char *const *)p->conf.root.v,
	    .ndir = conf->secure ? 0 : conf->root.n,
	};
	if (worst != 0) {
		policy_unref(p);
		return worst;
	}
	*out = p;
	return 0;
}

struct policy *policy_ref(struct policy *p)
{
	atomic_fetch_add(&p->refs, 1);
	return p;
}

void policy_unref(struct policy *p)
{
	if (p == NULL || atomic_fetch_sub(&p->refs, 1) != 1)
		return;
	for (size_t i = 0; i < p->nroot; i++)
		if (p->root[i].fd >= 0)
			pxe_root_close(&p->root[i]);
	for (size_t i = 0; i < p->nspecial; i++)
		if (p->special[i].root.fd >= 0)
			pxe_root_close(&p->special[i].root);
	discs_free(p->discs);
	map_free(p->map);
	pxe_arena_free(p->arena);
	free(p);
}

const struct pxe_root *policy_special(
    const struct policy *p, const struct pxe_ip *client, const char *ifname)
{
	for (size_t i = 0; i < p->nspecial; i++) {
		const struct policy_root *r = &p->special[i];

		if (r->subnet.ip.family != 0 && !pxe_prefix_has(&r->subnet, client))
			continue;
		if (r->interface != NULL && (ifname == NULL || strcmp(r->interface, ifname) != 0))
			continue;
		return &r->root;
	}
	return NULL;
}
