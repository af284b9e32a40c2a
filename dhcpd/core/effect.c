/* SPDX-License-Identifier: BSD-2-Clause */
/* effect.c -- the list of effects and its buffer. */
#include "dhcpd/core/effect.h"

#include <inttypes.h>

#include <stdarg.h>
#include <string.h>

enum { ALIGN = 16, LINE_MAX_LEN = 1024 };

void fx_reset(struct fx_list *fx)
{
	fx->n = 0;
	fx->used = 0;
	fx->overflow = false;
	fx->when = FX_ALWAYS;
}

void *fx_alloc(struct fx_list *fx, size_t n)
{
	size_t need = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	void *at = NULL;

	if (n > FX_BYTES || need > FX_BYTES - fx->used) {
		fx->overflow = true;
		return NULL;
	}
	at = fx->buf + fx->used;
	fx->used += need;
	return at;
}

bool fx_has_room(const struct fx_list *fx, size_t n)
{
	return fx->n + n <= FX_MAX && fx->used + n * LINE_MAX_LEN <= FX_BYTES;
}

struct fx *fx_add(struct fx_list *fx, enum fx_kind kind)
{
	struct fx *e = NULL;

	if (fx->n == FX_MAX) {
		fx->overflow = true;
		return NULL;
	}
	e = &fx->v[fx->n++];
	memset(e, 0, sizeof(*e));
	e->kind = kind;
	e->when = fx->when;
	return e;
}

__attribute__((format(printf, 4, 0))) static void add_line(
    struct fx_list *fx, enum fx_log_level level, bool often, const char *fmt, va_list ap)
{
	char line[LINE_MAX_LEN];
	struct pxe_text t = pxe_text_init(line, sizeof(line));
	struct fx *e = NULL;
	const char *text = NULL;

	pxe_text_addv(&t, fmt, ap);
	text = fx_strdup(fx, line);
	e = fx_add(fx, FX_LOG);
	if (e != NULL)
		e->log = (struct fx_log){.level = level, .often = often, .text = text};
}

void fx_log(struct fx_list *fx, enum fx_log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_line(fx, level, false, fmt, ap);
	va_end(ap);
}

void fx_log_often(struct fx_list *fx, enum fx_log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_line(fx, level, true, fmt, ap);
	va_end(ap);
}

const char *fx_strdup(struct fx_list *fx, const char *s)
{
	size_t n = strlen(s) + 1;
	char *at = fx_alloc(fx, n);

	if (at == NULL)
		return "";
	memcpy(at, s, n);
	return at;
}

int64_t fx_clock_step(
    struct fx_list *fx, const struct pxe_now *now, int64_t *io_offset_us, int64_t *out_old_now_s)
{
	int64_t offset = now->wall_us - now->mono_us, was = *io_offset_us;
	/* To the nearest second: the two clocks are read one after the other. */
	int64_t half = offset < was ? -PXE_US_PER_S / 2 : PXE_US_PER_S / 2;
	int64_t step_s = (offset - was + half) / PXE_US_PER_S;

	*io_offset_us = offset;
	if (was == 0 || (step_s <= FX_CLOCK_STEP_S && step_s >= -FX_CLOCK_STEP_S))
		return 0;
	fx_log(fx, FX_LOG_WARNING,
	    "The clock was set %s by %" PRId64 " seconds; leases keep the time they have left",
	    step_s > 0 ? "forward" : "back", step_s > 0 ? step_s : -step_s);
	(void)fx_add(fx, FX_REWRITE);
	*out_old_now_s = (now->mono_us + was) / PXE_US_PER_S;
	return step_s;
}
