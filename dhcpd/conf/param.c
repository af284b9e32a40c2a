/* SPDX-License-Identifier: BSD-2-Clause */
/* param.c -- the server's parameters: rows and lookups. */
#include "dhcpd/conf/param.h"

#include "dhcpd/conf/model.h"
#include "libpxecommon/base/str.h"

static const char *const words_ddns_style[] = {"none", "interim", "standard", NULL};
static const char *const words_facility[] = {"kern", "user", "mail", "daemon", "auth", "syslog",
    "lpr", "news", "uucp", "cron", "authpriv", "ftp", "local0", "local1", "local2", "local3",
    "local4", "local5", "local6", "local7", NULL};
static const char *const words_prefix_mode[] = {
    "ignore", "prefer", "exact", "minimum", "maximum", NULL};
static const char *const words_time_format[] = {"default", "local", NULL};
static const char *const words_id_format[] = {"octal", "hex", NULL};

static const struct param_row rows[PARAM_COUNT] = {
#define X(id, keyword, kind, min, max, def, words, scopes, support, note)                          \
	[PARAM_##id] = {PARAM_##id, keyword, PARAM_KIND_##kind, min, max, def, words, scopes,      \
	    PARAM_##support, note},
    PARAM_TABLE(X)
#undef X
};

static const struct {
	const char *keyword;
	enum param_id id;
} permissions[] = {
    {"bootp", PARAM_ALLOW_BOOTP},
    {"booting", PARAM_ALLOW_BOOTING},
    {"dynamic-bootp", PARAM_DYNAMIC_BOOTP},
    {"unknown-clients", PARAM_BOOT_UNKNOWN_CLIENTS},
    {"duplicates", PARAM_DUPLICATES},
    {"declines", PARAM_DECLINES},
    {"client-updates", PARAM_CLIENT_UPDATES},
    {"leasequery", PARAM_LEASEQUERY},
};

enum { NPERMISSION = sizeof(permissions) / sizeof(permissions[0]) };

const struct param_row *param_row(enum param_id id)
{
	return &rows[id];
}

const struct param_row *param_by_keyword(const char *keyword)
{
	for (size_t i = 0; i < PARAM_COUNT; i++) {
		if (pxe_str_ieq(rows[i].keyword, keyword))
			return &rows[i];
	}
	return NULL;
}

const struct param_row *param_by_permission(const char *keyword)
{
	for (size_t i = 0; i < NPERMISSION; i++) {
		if (pxe_str_ieq(permissions[i].keyword, keyword))
			return &rows[permissions[i].id];
	}
	return NULL;
}

const char *param_permission_at(size_t i)
{
	return i < NPERMISSION ? permissions[i].keyword : NULL;
}
