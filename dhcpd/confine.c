/* SPDX-License-Identifier: BSD-2-Clause */
/* confine.c -- what dhcpd takes from itself once it serves. */
#include "dhcpd/confine.h"

#include <errno.h>

#include "dhcpd/conf/model.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"
#include "libpxecommon/os/sandbox.h"

enum { PLACE_MAX = 1024 };

/* Programs would inherit the sandbox, and what they do is the administrator's business. */
static bool runs_programs(const struct conf *conf, char *out_where, size_t cap)
{
	struct conf_pos pos = conf_execute_pos(conf);

	(void)conf_where(conf, pos, out_where, cap);
	return pos.line > 0;
}

/* Includes may move within the folders they are in. */
static void add_files(struct pxe_sandbox *sb, const struct server *s, const struct conf *conf)
{
	const struct dhcpd_options *o = s->options;
	const char *pid_file = o->no_pid ? NULL : options_pid_path(o, s->globals.pid_file);

	pxe_sandbox_add_own(sb, NULL, o->s.common.control, pid_file);
	pxe_sandbox_add_beside(sb, store_path(s->store), PXE_SANDBOX_WRITE);
	for (size_t i = 0; conf_file_at(conf, i) != NULL; i++)
		pxe_sandbox_add_beside(sb, conf_file_at(conf, i), PXE_SANDBOX_READ);
}

int confine(const struct server *s)
{
	const struct conf *conf = s->family->conf(s);
	unsigned calls = PXE_SANDBOX_STORE | (s->options->is_v6 ? 0 : PXE_SANDBOX_FRAMES);
	struct pxe_sandbox *sb = NULL;
	char where[PLACE_MAX];
	int err = 0;

	if (!s->options->s.common.sandbox)
		return 0;
	if (runs_programs(conf, where, sizeof(where))) {
		pxe_log_notice("no sandbox: %s runs programs", where);
		return 0;
	}
	sb = pxe_sandbox_new();
	add_files(sb, s, conf);
	if (s->options->s.chroot_dir != NULL)
		pxe_sandbox_no_paths(sb);
	err = pxe_sandbox_enter(sb, calls);
	pxe_sandbox_free(sb);
	if (err != 0)
		pxe_log_error("sandbox: %s", pxe_strerror(err));
	return err;
}

bool confine_allows(const struct conf *conf, struct pxe_text *why)
{
	char where[PLACE_MAX];

	if (!pxe_sandbox_is_on() || !runs_programs(conf, where, sizeof(where)))
		return true;
	pxe_text_addf(why,
	    "%s: execute: no program can be run in the sandbox that was entered at the start: "
	    "restart",
	    where);
	return false;
}
