/* SPDX-License-Identifier: BSD-2-Clause */
/* confine.c -- see confine.h. */
#include "httpfsd/confine.h"

#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/os/sandbox.h"

/* Certificates and what else is read again at a reload: others replace such files. */
static void add_tls(struct pxe_sandbox *sb, const struct conf_tls *tls)
{
	pxe_sandbox_add_beside(sb, tls->certificate, PXE_SANDBOX_READ);
	pxe_sandbox_add_beside(sb, tls->key, PXE_SANDBOX_READ);
}

static void add_auth(struct pxe_sandbox *sb, const struct pxe_conf_list *mounts)
{
	const struct conf_mount *m = mounts->v;

	for (size_t i = 0; i < mounts->n; i++)
		pxe_sandbox_add_beside(sb, m[i].auth_file, PXE_SANDBOX_READ);
}

/* A Unix socket is removed at the end. */
static void add_listeners(struct pxe_sandbox *sb, const struct conf *conf)
{
	static const char scheme[] = "unix:";
	struct conf_listener l;

	for (size_t i = 0; conf_listen_at(conf, i, &l); i++) {
		if (strncmp(l.address, scheme, sizeof(scheme) - 1) == 0)
			pxe_sandbox_add_beside(
			    sb, l.address + sizeof(scheme) - 1, PXE_SANDBOX_WRITE);
		add_tls(sb, &l.tls);
	}
}

static void add_settings(struct pxe_sandbox *sb, const struct conf *conf)
{
	const struct conf_host *h = conf->hosts.v;

	add_listeners(sb, conf);
	add_auth(sb, &conf->mounts);
	for (size_t i = 0; i < conf->hosts.n; i++) {
		add_tls(sb, &h[i].tls);
		add_auth(sb, &h[i].mounts);
	}
	if (conf->access_log[0] == '/')
		pxe_sandbox_add_beside(sb, conf->access_log, PXE_SANDBOX_WRITE);
}

static void add_sources(struct pxe_sandbox *sb, const struct catalog *c)
{
	for (size_t i = 0; i < c->nsource; i++) {
		const struct source *src = &c->source[i];
		bool is_anywhere = src->kind == SOURCE_DIR && src->symlinks == PXE_SYMLINKS_FOLLOW;

		pxe_sandbox_add(sb, is_anywhere ? "/" : src->root.path, PXE_SANDBOX_READ);
		if (src->kind == SOURCE_IMAGE)
			pxe_sandbox_add_beside(sb, src->root.path, PXE_SANDBOX_READ);
	}
}

int confine(const struct catalog *c, const char *config, struct pxe_diag *diag)
{
	const struct pxe_conf_common *common = &c->conf.common;
	struct pxe_sandbox *sb = NULL;
	int err = 0;

	if (!common->sandbox)
		return 0;
	sb = pxe_sandbox_new();
	pxe_sandbox_add_own(sb, config, common->control, common->pid_file);
	add_settings(sb, &c->conf);
	add_sources(sb, c);
	err =
	    pxe_sandbox_enter(sb, PXE_SANDBOX_REMOVE | PXE_SANDBOX_WATCH | PXE_SANDBOX_SEND_FILES);
	pxe_sandbox_free(sb);
	if (err != 0)
		pxe_diag_add(
		    diag, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL, "sandbox: %s", pxe_strerror(err));
	return err;
}
