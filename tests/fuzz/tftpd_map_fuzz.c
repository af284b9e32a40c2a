/* SPDX-License-Identifier: BSD-2-Clause */
/* tftpd_map_fuzz.c -- a map file, a NUL byte, and a name to run through it. */
#include <stdint.h>
#include <string.h>

#include "tftpd/core/map.h"

/* assert() of a build that may have it switched off. */
#define MUST(condition) ((condition) ? (void)0 : __builtin_trap())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool exists(const char *name, void *arg)
{
	(void)arg;
	return strlen(name) % 2 == 0;
}

static void trace(const char *line, void *arg)
{
	(void)arg;
	/* Lines go to a log: nothing in them may be a control byte. */
	for (; *line != '\0'; line++)
		MUST((unsigned char)*line >= 0x20 && (unsigned char)*line < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size > 0 ? memchr(data, 0, size) : NULL;
	size_t len = nul != NULL ? (size_t)(nul - data) : size;
	struct map_env env = {
	    .steps = 50, .exists = exists, .trace = trace, .write = size % 2 == 0};
	char name[MAP_NAME_MAX * 2] = "", out[MAP_NAME_MAX + 1];
	struct pxe_diag diag;
	struct map *m = NULL;
	unsigned line = 0;

	/* The C library's regular expressions take for ever on some long ones; they come from the
	 * administrator, names from strangers. */
	if (len > 300)
		return 0;
	pxe_diag_init(&diag);
	(void)pxe_ip_parse(size % 3 == 0 ? "2001:db8::1" : "192.0.2.1", &env.client);
	if (map_parse((const char *)data, len, "map", &diag, &m) == 0) {
		if (nul != NULL && size - len - 1 < sizeof(name))
			memcpy(name, nul + 1, size - len - 1);
		(void)map_run(m, &env, name, out, &line);
		MUST(memchr(out, 0, sizeof(out)) != NULL);
	} else {
		MUST(diag.errors > 0);
	}
	map_free(m);
	pxe_diag_fini(&diag);
	return 0;
}
