/* SPDX-License-Identifier: BSD-2-Clause */
/* diagnose.h -- one sentence: why a machine did not boot, or that it did.
 *
 * Pure. The steps of a network boot are walked from the last one back to the first; the first rule
 * that knows something to say about how far the machine came has the word.
 */
#pragma once

#include "libpxecommon/base/str.h"
#include "libpxecommon/tools/timeline.h"

/* Which daemons answered, so that "never asked" can be told from "nobody to ask". */
struct running {
	bool dhcpd, relayd, tftpd, httpfsd;
};

enum verdict {
	VERDICT_UNKNOWN, /* nothing is known of this machine */
	VERDICT_FAILED,
	VERDICT_GOING, /* on its way, or waiting for a person */
	VERDICT_BOOTED
};

/* The latest attempt to boot in t, as a sentence without a full stop. who names the machine in it.
 */
enum verdict diagnose(
    const struct timeline *t, const char *who, const struct running *running, struct pxe_text *out);
/* "failed", "booted", ... */
const char *verdict_name(enum verdict verdict);
