/* SPDX-License-Identifier: BSD-2-Clause */
/* tftpd_request_fuzz.c -- a request packet as far as the core takes it: options agreed on, OACK
 * built and read back, name placed below a root. */
#include <stdint.h>
#include <string.h>

#include "libpxecommon/base/str.h"
#include "libpxecommon/proto/tftp.h"
#include "tftpd/core/map.h"
#include "tftpd/core/name.h"
#include "tftpd/core/negotiate.h"

/* assert() of a build that may have it switched off. */
#define MUST(condition) ((condition) ? (void)0 : __builtin_trap())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const dirs[] = {"/srv/tftp", "/"};

static void place(const char *name)
{
	const struct name_rules rules[] = {{.secure = true}, {.dir = dirs, .ndir = 1},
	    {.dir = dirs, .ndir = 2}, {0}, {.secure = true, .validate = true}};
	char clean[MAP_NAME_MAX + 1];
	const char *text = NULL;
	struct name_client who = {0};
	struct name_place at;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (name_place(&rules[i], name, &at, &text) != 0) {
			MUST(text != NULL);
			continue;
		}
		MUST(at.rel[0] != '/' && at.rel[0] != '\0');
		MUST(strcmp(at.rel, "..") != 0 && strncmp(at.rel, "../", 3) != 0);
		MUST(strstr(at.rel, "/../") == NULL && strstr(at.rel, "//") == NULL);
	}
	if (name_identity(name, &who))
		MUST(who.has_uuid != (who.mac.len == 6));
	if (name_clean(name, NAME_BACKSLASH | NAME_TRIM, clean, sizeof(clean)))
		for (const char *p = clean; *p != '\0'; p++)
			MUST((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f && *p != '\\');
}

static void normalise(const char *name)
{
	char out[MAP_NAME_MAX + 1];

	if (name_normalise(name, true, out, sizeof(out)) != 0)
		return;
	MUST(out[0] == '/' && strstr(out, "//") == NULL);
	for (const char *p = out; p != NULL; p = strchr(p + 1, '/')) {
		size_t n = strcspn(p + 1, "/");

		MUST(!(n == 1 && p[1] == '.') && !(n == 2 && p[1] == '.' && p[2] == '.'));
	}
}

static void agree(const struct pxe_tftp_req *req, bool multicast)
{
	const struct neg_limits limits = {
	    .blksize_max = 1468, .windowsize_max = 64, .window_bytes = 1 << 16};
	const struct neg_file file = {.size_known = req->mode == PXE_TFTP_OCTET,
	    .size = multicast ? 1 << 20 : UINT64_MAX,
	    .multicast = multicast};
	struct pxe_tftp_opt back[PXE_TFTP_OPTS_MAX];
	uint8_t oack[2048];
	struct neg n;
	int len;

	neg_run(&n, req, &limits, &file);
	MUST(n.blksize >= 8 && n.blksize <= 1468);
	MUST(n.windowsize >= 1 && n.windowsize <= 64 && n.rollover <= 65535);
	MUST((uint64_t)n.windowsize * n.blksize <= limits.window_bytes || n.windowsize == 1);
	MUST(n.nopt <= req->nopt);
	MUST(!n.multicast || (multicast && n.windowsize == 1 && n.rollover == 0));
	MUST(!n.multicast || file.size / n.blksize < 65535);
	if (n.multicast)
		neg_set_multicast(&n, "239.255.255.255,65535,1");
	if (n.nopt == 0)
		return;
	len = pxe_tftp_build_oack(oack, sizeof(oack), n.opt, n.nopt);
	MUST(len > 0);
	MUST(pxe_tftp_parse_oack(oack, (size_t)len, back) == (int)n.nopt);
	for (unsigned i = 0; i < n.nopt; i++)
		MUST(strcmp(back[i].value, n.opt[i].value) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pxe_tftp_req req;
	const char *why = NULL;
	char name[MAP_NAME_MAX + 1];

	if (pxe_tftp_parse_req(data, size, &req, &why) != 0)
		return 0;
	agree(&req, false);
	agree(&req, true);
	if (pxe_str_copy(name, sizeof(name), req.name) == 0) {
		place(name);
		normalise(name);
	}
	return 0;
}
