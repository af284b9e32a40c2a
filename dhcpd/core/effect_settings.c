/* SPDX-License-Identifier: BSD-2-Clause */
/* effect_settings.c -- what executing scopes asked for, as effects. */
#include <string.h>

#include "dhcpd/core/effect.h"
#include "libpxecommon/base/str.h"

static enum fx_log_level level_of(enum setting_log_level level)
{
	switch (level) {
	case SETTING_LOG_FATAL:
	case SETTING_LOG_ERROR:
		return FX_LOG_ERROR;
	case SETTING_LOG_INFO:
		return FX_LOG_INFO;
	case SETTING_LOG_DEBUG:
		break;
	}
	return FX_LOG_DEBUG;
}

static void log_effect(struct fx_list *fx, const struct setting_log *log)
{
	char text[1024];
	struct pxe_text t = pxe_text_init(text, sizeof(text));

	pxe_text_add_escaped(&t, log->text.p, log->text.len);
	fx_log(fx, level_of(log->level), "%s", text);
}

static void exec_effect(struct fx_list *fx, const struct setting_exec *exec)
{
	char **argv = fx_alloc(fx, (exec->argc + 1) * sizeof(*argv));
	struct fx *e = NULL;

	if (argv == NULL)
		return;
	for (unsigned i = 0; i < exec->argc; i++) {
		size_t n = strlen(exec->argv[i]) + 1;

		argv[i] = fx_alloc(fx, n);
		if (argv[i] == NULL)
			return;
		memcpy(argv[i], exec->argv[i], n);
	}
	argv[exec->argc] = NULL;
	e = fx_add(fx, FX_EXEC);
	if (e != NULL)
		e->exec.argv = argv;
}

void fx_settings(struct fx_list *fx, struct settings *s)
{
	for (size_t i = 0; i < s->nlog; i++)
		log_effect(fx, &s->log[i]);
	for (size_t i = 0; i < s->nexec; i++)
		exec_effect(fx, &s->exec[i]);
	s->nlog = s->nexec = 0;
}
