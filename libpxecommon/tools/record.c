/* SPDX-License-Identifier: BSD-2-Clause */
/* record.c -- an event as a daemon's control socket tells it, read back from its JSON line. */
#include "libpxecommon/tools/record.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/clock.h"
#include "libpxecommon/base/err.h"

#define MEMBER(member, key)                                                                        \
	{                                                                                          \
		(key), offsetof(struct record, member)                                             \
	}

struct member {
	const char *key;
	size_t offset;
};

static const struct member strings[] = {
    MEMBER(stage_name, "stage"),
    MEMBER(daemon, "daemon"),
    MEMBER(reason, "reason"),
    MEMBER(text, "text"),
    MEMBER(mac, "mac"),
    MEMBER(client_id, "client_id"),
    MEMBER(uuid, "uuid"),
    MEMBER(ip, "ip"),
    MEMBER(server, "server"),
    MEMBER(giaddr, "giaddr"),
    MEMBER(interface, "interface"),
    MEMBER(xid, "xid"),
    MEMBER(hostname, "hostname"),
    MEMBER(vendor_class, "vendor_class"),
    MEMBER(file, "file"),
    MEMBER(where, "where"),
    MEMBER(detail, "detail"),
};

/* All of 64 bits, read as signed. */
static const struct member numbers[] = {
    MEMBER(seq, "seq"),
    MEMBER(bytes, "bytes"),
    MEMBER(size, "size"),
    MEMBER(arch, "arch"),
    MEMBER(tftp_error, "tftp_error"),
    MEMBER(status, "status"),
    MEMBER(port, "port"),
    MEMBER(blksize, "blksize"),
    MEMBER(windowsize, "windowsize"),
    MEMBER(retransmits, "retransmits"),
};

/* Seconds with a fraction. */
static const struct member times[] = {
    MEMBER(time_us, "time"),
    MEMBER(duration_us, "duration"),
};

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static enum pxe_stage stage_named(const char *name)
{
	for (int i = 0; i < PXE_STAGE_COUNT; i++) {
		if (strcmp(name, pxe_stage_name((enum pxe_stage)i)) == 0)
			return (enum pxe_stage)i;
	}
	return PXE_STAGE_COUNT;
}

static void take_members(json_t *root, struct record *r)
{
	for (size_t i = 0; i < ROWS(strings); i++) {
		const char *s = json_string_value(json_object_get(root, strings[i].key));

		memcpy((char *)r + strings[i].offset, &s, sizeof(s));
	}
	for (size_t i = 0; i < ROWS(numbers); i++) {
		const json_t *n = json_object_get(root, numbers[i].key);
		int64_t v = json_integer_value(n);

		if (json_is_integer(n))
			memcpy((char *)r + numbers[i].offset, &v, sizeof(v));
	}
	for (size_t i = 0; i < ROWS(times); i++) {
		double s = json_number_value(json_object_get(root, times[i].key));
		int64_t us = s > -1e12 && s < 1e12 ? llround(s * (double)PXE_US_PER_S) : 0;

		memcpy((char *)r + times[i].offset, &us, sizeof(us));
	}
}

int record_parse(const char *line, size_t len, struct record *out)
{
	struct record r = {.arch = -1, .tftp_error = -1};
	json_t *root = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);

	if (root == NULL)
		return PXE_E_SYNTAX;
	take_members(root, &r);
	r.line = strndup(line, len);
	if (r.line == NULL || r.daemon == NULL || r.stage_name == NULL || r.reason == NULL) {
		int err = r.line == NULL ? -ENOMEM : PXE_E_SYNTAX;

		free(r.line);
		json_decref(root);
		return err;
	}
	r.stage = stage_named(r.stage_name);
	r.json = root;
	*out = r;
	return 0;
}

void record_fini(struct record *r)
{
	free(r->line);
	json_decref(r->json);
	r->line = NULL;
	r->json = NULL;
}

bool record_is(const struct record *r, const char *reason)
{
	return strcmp(r->reason, reason) == 0;
}

bool record_is_fine(const struct record *r)
{
	static const char *const fine[] = {"ok", "probe", "expected-miss", "not-modified",
	    "redirect", "started", "reloaded", "stopped", "duplicate", "other-server"};

	for (size_t i = 0; i < ROWS(fine); i++) {
		if (record_is(r, fine[i]))
			return true;
	}
	return false;
}

bool record_is_dhcp(const struct record *r)
{
	return r->stage > PXE_STAGE_SERVICE && r->stage <= PXE_STAGE_RELAY_REPLY;
}

bool record_is_transfer(const struct record *r)
{
	return r->stage == PXE_STAGE_TFTP_READ || r->stage == PXE_STAGE_TFTP_WRITE ||
	       r->stage == PXE_STAGE_HTTP;
}
