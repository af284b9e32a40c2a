/* SPDX-License-Identifier: BSD-2-Clause */
/* http_template_fuzz.c -- an answer file of any bytes, which may include itself: filled or refused
 * with a reason, within bounds.
 */
#include <stdint.h>
#include <stdlib.h>

#include "httpfsd/core/template.h"
#include "libpxecommon/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT_MAX = 4096 };

static const char *value(void *arg, const char *name)
{
	(void)arg;
	return name[0] == 'm' ? "52:54:00:12:34:56" : NULL;
}

static int include(void *arg, const char *path, struct slice *out_text)
{
	if (path[0] == '/' || path[0] == '\0' || strcmp(path, "..") == 0 ||
	    strncmp(path, "../", 3) == 0)
		abort(); /* it would leave the mount */
	*out_text = *(struct slice *)arg;
	return path[0] == 'x' ? PXE_E_DENIED : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = {(const char *)data, size};
	struct template_env env = {.value = value, .include = include, .arg = &text};
	char *buf = malloc(OUT_MAX), why[400] = "";
	struct pxe_text out = pxe_text_init(buf, OUT_MAX);
	int err = 0;

	if (buf == NULL)
		return 0;
	err = template_expand("ks/a.ks", text, &env, &out, why, sizeof(why));
	if ((err != 0) != (why[0] != '\0') || (err == 0 && out.truncated))
		abort();
	free(buf);
	return 0;
}
