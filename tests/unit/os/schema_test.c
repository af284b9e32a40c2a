/* SPDX-License-Identifier: BSD-2-Clause */
/* schema_test.c -- the written event schema has every stage and reason that daemons can emit. */
#include "libpxecommon/base/event.h"

#include "os_test.h"

static char *slurp(const char *path)
{
	static char text[1 << 18];
	FILE *f = fopen(path, "r");
	size_t n = 0;

	ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
	n = fread(text, 1, sizeof(text) - 1, f);
	(void)fclose(f);
	text[n] = '\0';
	return text;
}

START_TEST(readme_lists_stages_and_reasons)
{
	const char *text = slurp(PROJECT_DIR "/libpxecommon/README.md");
	char want[256];

	for (int i = 0; i < PXE_STAGE_COUNT; i++) {
		(void)snprintf(want, sizeof(want), "`%s`", pxe_stage_name((enum pxe_stage)i));
		MUST(strstr(text, want) != NULL, "stage %s is not written down", want);
	}
	for (int i = 0; i < PXE_REASON_COUNT; i++) {
		(void)snprintf(want, sizeof(want), "| `%s` | %s |\n",
		    pxe_reason_name((enum pxe_reason)i), pxe_reason_text((enum pxe_reason)i));
		MUST(strstr(text, want) != NULL, "not written down: %s", want);
	}
}
END_TEST

/* An event with every field set, and the name of each in the table. */
START_TEST(readme_lists_fields)
{
	const char *text = slurp(PROJECT_DIR "/libpxecommon/README.md");
	struct pxe_event ev = {.time_us = 1,
	    .duration_us = 1,
	    .bytes = 1,
	    .size = 1,
	    .stage = PXE_STAGE_HTTP,
	    .reason = PXE_REASON_NOT_FOUND,
	    .mac = {.type = 32, .len = 6},
	    .ip = {.family = 4},
	    .server = {.family = 4},
	    .giaddr = {.family = 4},
	    .xid = 1,
	    .status = 404,
	    .port = 1,
	    .blksize = 1,
	    .windowsize = 1,
	    .retransmits = 1,
	    .has_uuid = true,
	    .has_arch = true,
	    .client_id = (const uint8_t *)"x",
	    .client_id_len = 1,
	    .ifname = "a",
	    .hostname = "b",
	    .vendor_class = "c",
	    .file = "d",
	    .where = "e",
	    .detail = "f"};
	char json[4096], want[64];
	struct pxe_text t = pxe_text_init(json, sizeof(json));
	unsigned fields = 0;

	pxe_event_json(&ev, "dhcpd", 1, &t);
	ck_assert(!t.truncated);
	for (const char *p = json; (p = strchr(p, '"')) != NULL; p++) {
		const char *end = strchr(p + 1, '"');

		ck_assert_ptr_nonnull(end);
		if (end[1] == ':') {
			(void)snprintf(want, sizeof(want), "`%.*s`", (int)(end - p - 1), p + 1);
			MUST(strstr(text, want) != NULL, "field %s is not written down", want);
			fields++;
		}
		p = end;
	}
	ck_assert_uint_ge(fields, 26);
}
END_TEST

CHECK_MAIN("os/schema", readme_lists_stages_and_reasons, readme_lists_fields)
