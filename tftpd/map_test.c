/* SPDX-License-Identifier: BSD-2-Clause */
/* map_test.c -- --map-test. */
#include "tftpd/map_test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"
#include "libpxecommon/os/log.h"
#include "tftpd/locate.h"

struct asker {
	const struct policy *policy;
	struct locate_who who;
};

static bool exists(const char *name, void *arg)
{
	const struct asker *a = arg;

	return locate_exists(a->policy, &a->who, name);
}

static void trace(const char *line, void *arg)
{
	(void)arg;
	(void)printf("  %s\n", line);
}

static void show(const struct asker *a, const char *name)
{
	const struct map_env env = {
	    .write = a->policy->conf.create,
	    .client = a->who.client.ip,
	    .steps = (unsigned)a->policy->conf.map_steps,
	    .exists = exists,
	    .trace = pxe_log_enabled(PXE_LOG_DEBUG) ? trace : NULL,
	    .arg = (void *)(uintptr_t)a,
	};
	char out[MAP_NAME_MAX + 1] = "";
	unsigned line = 0;
	enum map_verdict verdict = MAP_NAME;

	if (a->policy->map != NULL)
		verdict = map_run(a->policy->map, &env, name, out, &line);
	else
		(void)pxe_str_copy(out, sizeof(out), name);
	if (verdict == MAP_NAME)
		(void)printf("%s -> %s", name, out);
	else if (verdict == MAP_REFUSE)
		(void)printf("%s: refused: %s", name, out[0] != '\0' ? out : "Access denied");
	else
		(void)printf("%s: Remap table failure", name);
	if (line != 0)
		(void)printf(" (line %u)", line);
	(void)printf("\n");
}

int map_test_run(const struct policy *p, const char *file)
{
	struct asker a = {.policy = p};
	FILE *f = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
	char name[MAP_NAME_MAX + 2];

	if (f == NULL) {
		pxe_log_error("cannot read %s: %s", file, pxe_strerror(-errno));
		return CONF_EX_NOINPUT;
	}
	if (p->conf.family == CONF_FAMILY_6)
		(void)pxe_ip_parse("2001:db8::1", &a.who.client.ip);
	else
		(void)pxe_ip_parse("192.0.2.1", &a.who.client.ip);
	while (fgets(name, sizeof(name), f) != NULL) {
		name[strcspn(name, "\r\n")] = '\0';
		if (name[0] != '\0')
			show(&a, name);
	}
	if (f != stdin)
		(void)fclose(f);
	return 0;
}
