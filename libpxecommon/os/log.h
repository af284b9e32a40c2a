/* SPDX-License-Identifier: BSD-2-Clause */
/* log.h -- where programs say things: syslog, or stderr with priorities systemd understands.
 *
 * Only shells log, each outcome once. Lines keep the words of the replaced program. A full log
 * socket never blocks service: lines are dropped, counted and the count is logged when there is
 * room. Thread-safe.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

enum pxe_log_level { PXE_LOG_ERROR, PXE_LOG_WARNING, PXE_LOG_NOTICE, PXE_LOG_INFO, PXE_LOG_DEBUG };

enum {
	PXE_LOG_STDERR =
	    1,             /* "<6>" prefix when stderr is the journal, none on a terminal or file */
	PXE_LOG_SYSLOG = 2 /* /dev/log, RFC 3164 form, non-blocking */
};

/* ident is kept (not copied): usually the daemon's name, as in "dhcpd[123]: ". Callable again to
 * change targets, level or facility. facility is a LOG_* value of <syslog.h>. First thing in a
 * main(): descriptors 0 to 2 that are closed become /dev/null, so that nothing else gets them. */
void pxe_log_setup(const char *ident, unsigned targets, int facility, enum pxe_log_level max_level);
/* Where syslog listens instead of /dev/log, e.g. inside a chroot. path is kept. */
void pxe_log_syslog_path(const char *path);
void pxe_log_set_level(enum pxe_log_level max_level);
bool pxe_log_enabled(enum pxe_log_level level);
/* "local7" to LOG_LOCAL7; -1 for no such facility. */
int pxe_log_facility(const char *name);
/* "error".."debug" or 0..7 in syslog's numbers; -1 for no such level. */
int pxe_log_level_parse(const char *name);

void pxe_log(enum pxe_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void pxe_logv(enum pxe_log_level level, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
#define pxe_log_error(...)   pxe_log(PXE_LOG_ERROR, __VA_ARGS__)
#define pxe_log_warning(...) pxe_log(PXE_LOG_WARNING, __VA_ARGS__)
#define pxe_log_notice(...)  pxe_log(PXE_LOG_NOTICE, __VA_ARGS__)
#define pxe_log_info(...)    pxe_log(PXE_LOG_INFO, __VA_ARGS__)
#define pxe_log_debug(...)   pxe_log(PXE_LOG_DEBUG, __VA_ARGS__)

/* A token bucket for lines that a stranger can cause: burst lines at once, then per_s a second. The
 * first line let through after a gap says how many were not ("(12 more suppressed)"). */
struct pxe_log_limit {
	unsigned per_s, burst;
	int64_t tokens_us, last_us;
	uint64_t suppressed;
};
#define PXE_LOG_LIMIT(per_second, at_once)                                                         \
	{                                                                                          \
		.per_s = (per_second), .burst = (at_once)                                          \
	}
void pxe_log_limited(struct pxe_log_limit *limit, enum pxe_log_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
