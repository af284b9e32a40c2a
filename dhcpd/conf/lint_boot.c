/* SPDX-License-Identifier: BSD-2-Clause */
/* lint_boot.c -- boot files that cannot be fetched, and lease times that contradict each other. */
#include <string.h>

#include "dhcpd/conf/parse.h"
#include "libpxecommon/base/str.h"

enum {
	OPT_DNS = 6,
	OPT_TFTP_NAME = 66,
	OPT_BOOTFILE = 67,
	OPT_TFTP_ADDRESS = 150,
	FIELD_FILE = 128,
	FIELD_SNAME = 64
};

struct boot {
	bool has_server, has_dns;
	struct conf_pos file_pos; /* first boot file that is no URL; line 0: none */
	struct conf_pos name_pos; /* first URL with a host name */
	char host[128];
};

/* The host of a URL, into boot, when it is a name. */
static void note_url(struct boot *boot, struct pxe_bytes v, struct conf_pos pos)
{
	char host[sizeof(boot->host)];
	struct pxe_ip ip;

	if (boot->name_pos.line > 0 || !lint_url_host(v, host, sizeof(host)) ||
	    pxe_ip_parse(host, &ip) == 0)
		return;
	memcpy(boot->host, host, sizeof(host));
	boot->name_pos = pos;
}

static void note_file(struct boot *boot, const struct expr *value, struct conf_pos pos)
{
	struct pxe_bytes v;

	if (value == NULL || !expr_is_const(value, &v) || v.len == 0)
		return;
	if (lint_is_url(v))
		note_url(boot, v, pos);
	else if (boot->file_pos.line == 0)
		boot->file_pos = pos;
}

static void lint_space(struct parser *p, const struct stmt *s)
{
	struct pxe_bytes name;

	if (s->param.value == NULL || !expr_is_const(s->param.value, &name) ||
	    pxe_opt_space_find(p->conf->reg, (const char *)name.p) != NULL)
		return;
	parse_warn(p, s->pos, "unknown-space",
	    "there is no option space %s, and so nothing is sent for vendor-option-space",
	    (const char *)name.p);
}

/* A field of the header holds a NUL too. */
static void lint_length(struct parser *p, const struct stmt *s)
{
	size_t room = s->param.row->id == PARAM_FILENAME ? FIELD_FILE : FIELD_SNAME;
	struct pxe_bytes v;

	if (s->param.value != NULL && expr_is_const(s->param.value, &v) && v.len >= room)
		parse_warn(p, s->pos, "long-name",
		    "%s has %zu bytes, but there is room for %zu: use option %s",
		    s->param.row->keyword, v.len, room - 1,
		    room == FIELD_FILE ? "bootfile-name" : "tftp-server-name");
}

static void look(struct parser *p, const struct stmt *s, void *arg)
{
	struct boot *boot = arg;

	if (s->op == STMT_PARAM && s->param.row->id == PARAM_VENDOR_OPTION_SPACE)
		lint_space(p, s);
	if (s->op == STMT_PARAM && s->param.row->id == PARAM_NEXT_SERVER)
		boot->has_server = true;
	if (lint_sets(s, OPT_TFTP_NAME) || lint_sets(s, OPT_TFTP_ADDRESS))
		boot->has_server = true;
	if (lint_sets(s, OPT_DNS))
		boot->has_dns = true;
	if (s->op == STMT_PARAM &&
	    (s->param.row->id == PARAM_FILENAME || s->param.row->id == PARAM_SERVER_NAME))
		lint_length(p, s);
	if (s->op == STMT_PARAM && s->param.row->id == PARAM_FILENAME)
		note_file(boot, s->param.value, s->pos);
	if (lint_sets(s, OPT_BOOTFILE))
		note_file(boot, s->option.value, s->pos);
}

static const struct stmt *find_time(const struct scope *scope, enum param_id id)
{
	const struct stmt *found = NULL;

	for (const struct stmt *s = scope->first; s != NULL; s = s->next) {
		if (s->op == STMT_PARAM && s->param.row->id == id && s->param.value == NULL)
			found = s;
	}
	return found;
}

static void lint_times(struct parser *p, const struct scope *scope)
{
	const struct stmt *def = find_time(scope, PARAM_DEFAULT_LEASE_TIME);
	const struct stmt *max = find_time(scope, PARAM_MAX_LEASE_TIME);
	const struct stmt *min = find_time(scope, PARAM_MIN_LEASE_TIME);

	if (def != NULL && max != NULL && def->param.num > max->param.num)
		parse_warn(p, def->pos, "lease-times",
		    "default-lease-time %u is more than max-lease-time %u, which limits it",
		    (unsigned)def->param.num, (unsigned)max->param.num);
	if (min != NULL && max != NULL && min->param.num > max->param.num)
		parse_warn(p, min->pos, "lease-times",
		    "min-lease-time %u is more than max-lease-time %u", (unsigned)min->param.num,
		    (unsigned)max->param.num);
}

void lint_boot(struct parser *p)
{
	struct boot boot = {.has_server = false};

	lint_walk_all(p, look, &boot);
	if (boot.file_pos.line > 0 && !boot.has_server)
		parse_warn(p, boot.file_pos, "no-next-server",
		    "a boot file is named, but no server to fetch it from: set next-server");
	if (boot.name_pos.line > 0 && !boot.has_dns && p->conf->family == 4)
		parse_warn(p, boot.name_pos, "url-needs-dns",
		    "the boot file is on %s, but clients get no domain-name-servers to find it",
		    boot.host);
	for (size_t i = 0; i < p->scope.n; i++)
		lint_times(p, p->scope.v[i]);
}
