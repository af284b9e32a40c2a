/* SPDX-License-Identifier: BSD-2-Clause */
/* diagnose.c -- one sentence: why a machine did not boot, or that it did. */
#include "libpxecommon/tools/diagnose.h"

#include <stddef.h>
#include <string.h>

#include "libpxecommon/tools/kind.h"
#include "libpxecommon/tools/say.h"

enum { LOOP_COUNT = 3, ARCH_BIOS = 0 };

/* The last record of each sort in one attempt to boot, and how many there were. */
struct boot {
	const char *who;
	const struct running *running;
	size_t n;                             /* records of the machine */
	const struct record *asked, *refused; /* discovery: unanswered and why */
	const struct record *relayed, *not_relayed;
	const struct record *offer, *request_refused, *nak, *ack;
	const struct record *not_sent;     /* an answer that was made and lost */
	const struct record *late_refused; /* DHCP of what was booted */
	const struct record *ok[KIND_OTHER + 1], *failed[KIND_OTHER + 1];
	const struct record *search_miss;
	const struct record *last_transfer;
	unsigned noffer, nrepo, nloader; /* nloader: times the same boot file came */
};

/* What the kernel's system does later says nothing about how the firmware fared. */
static void see_late_dhcp(struct boot *b, const struct record *r)
{
	if (r->stage == PXE_STAGE_ACK || r->stage == PXE_STAGE_REPLY || r->stage == PXE_STAGE_OFFER)
		b->late_refused = NULL;
	else if (r->stage == PXE_STAGE_NAK || !record_is_fine(r))
		b->late_refused = r;
}

/* The machine has its address: what went wrong on the way there, and what an attempt before that
 * could not fetch, is over. */
static void see_ack(struct boot *b, const struct record *r)
{
	b->ack = r;
	b->refused = b->not_relayed = b->not_sent = NULL;
	b->request_refused = b->nak = NULL;
	b->search_miss = NULL;
	memset(b->failed, 0, sizeof(b->failed));
}

static void see_dhcp(struct boot *b, const struct record *r)
{
	bool good = record_is(r, "ok") || record_is(r, "no-boot-file");

	if (b->ok[KIND_KERNEL] != NULL) {
		see_late_dhcp(b, r);
		return;
	}
	if (record_is(r, "send-failed"))
		b->not_sent = r;
	switch (r->stage) {
	case PXE_STAGE_RELAY_REQUEST:
	case PXE_STAGE_RELAY_REPLY:
		if (good && r->stage == PXE_STAGE_RELAY_REQUEST)
			b->relayed = r;
		else if (!record_is_fine(r))
			b->not_relayed = r;
		break;
	case PXE_STAGE_DISCOVER:
	case PXE_STAGE_SOLICIT:
		b->asked = r;
		if (!record_is_fine(r))
			b->refused = r;
		break;
	case PXE_STAGE_OFFER:
	case PXE_STAGE_ADVERTISE:
		b->offer = good ? r : b->offer;
		b->noffer += good;
		break;
	case PXE_STAGE_REQUEST:
		if (!record_is_fine(r))
			b->request_refused = r;
		break;
	case PXE_STAGE_NAK:
		b->nak = r;
		break;
	case PXE_STAGE_ACK:
	case PXE_STAGE_REPLY:
	case PXE_STAGE_BOOTP:
		if (good)
			see_ack(b, r);
		else if (!record_is_fine(r))
			b->request_refused = r;
		break;
	default:
		break;
	}
}

static void see_transfer(struct boot *b, const struct record *r)
{
	enum kind kind = kind_of(r->file, r->stage == PXE_STAGE_HTTP, b->ok[KIND_KERNEL] != NULL);

	if (record_is(r, "ok")) {
		b->last_transfer = r;
		if (kind == KIND_LOADER && b->ack != NULL && b->ack->file != NULL &&
		    strcmp(b->ack->file, r->file) == 0)
			b->nloader++;
		b->nrepo += kind == KIND_REPO;
		b->ok[kind] = r;
		b->failed[kind] = NULL; /* mended since */
	} else if (!record_is_fine(r) && kind_is_search(r->file)) {
		b->search_miss = r;
	} else if (!record_is_fine(r)) {
		b->failed[kind] = r;
	}
}

static struct boot gather(const struct timeline *t, const char *who, const struct running *running)
{
	struct boot b = {.who = who, .running = running, .n = t->n};

	for (size_t i = t->last_boot; i < t->n; i++) {
		const struct record *r = t->own[i];

		if (record_is_dhcp(r))
			see_dhcp(&b, r);
		else if (record_is_transfer(r) && r->file != NULL)
			see_transfer(&b, r);
	}
	return b;
}

/* ---- words ---- */

static void add_str(struct pxe_text *t, const char *s)
{
	say_escaped(t, s);
}

/* " (detail)", or behind a colon where it has parentheses of its own. */
static void add_detail(struct pxe_text *t, const struct record *r)
{
	bool is_plain = false;

	if (r->detail == NULL)
		return;
	is_plain = strchr(r->detail, '(') == NULL;
	pxe_text_add(t, is_plain ? " (" : ": ");
	add_str(t, r->detail);
	if (is_plain)
		pxe_text_addc(t, ')');
}

/* ": why (detail), decided at dhcpd.conf:12" */
static void add_why(struct pxe_text *t, const struct record *r)
{
	pxe_text_add(t, ": ");
	add_str(t, r->text != NULL ? r->text : r->reason);
	add_detail(t, r);
	if (r->where != NULL) {
		pxe_text_add(t, ", decided at ");
		add_str(t, r->where);
	}
}

/* "TFTP: pxelinux.0: no such file (did you mean ...)", with how far it came. */
static void add_failed(struct pxe_text *t, const struct record *r)
{
	pxe_text_add(t, r->stage == PXE_STAGE_HTTP ? "HTTP: " : "TFTP: ");
	add_str(t, r->file);
	if (r->bytes > 0 && r->size > r->bytes) {
		pxe_text_add(t, " broke off after ");
		say_bytes(t, r->bytes);
		pxe_text_add(t, " of ");
		say_bytes(t, r->size);
	}
	if (r->status >= 400)
		pxe_text_addf(t, " got status %d", (int)r->status);
	add_why(t, r);
}

static void add_file(struct pxe_text *t, const struct record *r)
{
	add_str(t, r->file != NULL ? r->file : "nothing");
}

static bool wrong_for_arch(const struct record *dhcp, const char *file)
{
	size_t len = strlen(file);
	bool is_efi = len > 4 && strcmp(file + len - 4, ".efi") == 0;

	return dhcp->arch >= 0 && (dhcp->arch == ARCH_BIOS) == is_efi;
}

/* ---- rules: say something and return true, or leave it to an earlier step ---- */

typedef bool (*rule_fn)(const struct boot *b, struct pxe_text *t, enum verdict *out);

static bool nothing_known(const struct boot *b, struct pxe_text *t, enum verdict *out)
{
	if (b->n > 0)
		return false;
	*out = VERDICT_UNKNOWN;
	if (timeline_is_name(b->who) && (b->running->dhcpd || b->running->relayd)) {
		pxe_text_add(t, "no machine is called ");
		add_str(t, b->who);
		pxe_text_add(t, "; try its MAC or IP address");
		return true;
	}
	pxe_text_add(t, "nothing is known of ");
	add_str(t, b->who);
	if (!b->running->dhcpd && !b->running->relayd)
		pxe_text_add(t, ": neither dhcpd nor relayd answers here");
	else
		pxe_text_add(t, ": no packet of it came in; check its cable, the network it is on, "
				"and whether the switch port forwards yet");
	return true;
}

static bool answer_file(const struct boot *b, struct pxe_text *t, enum verdict *out)
{
	if (b->failed[KIND_ANSWER] != NULL) {
		pxe_text_add(t, "the installer runs, but its answer file could not be fetched. ");
		add_failed(t, b->failed[KIND_ANSWER]);
		return true;
	}
	if (b->ok[KIND_ANSWER] == NULL)
		return false;
	*out = VERDICT_BOOTED;
	pxe_text_add(t, "booted: the installer fetched its answer file ");
	add_file(t, b->ok[KIND_ANSWER]);
	if (b->nrepo > 0)
		pxe_text_addf(t, " and %u files to install", b->nrepo);
	if (b->failed[KIND_REPO] != NULL) {
		pxe_text_add(t, "; last failure: ");
		add_failed(t, b->failed[KIND_REPO]);
	}
	return true;
}

static bool installing(const struct boot *b, struct pxe_text *t, enum verdict *out)
{
	if (b->ok[KIND_KERNEL] == NULL)
		return false;
	if (b->failed[KIND_REPO] != NULL && b->nrepo == 0) {
		pxe_text_add(t, "the installer runs, but finds nothing to install. ");
		add_failed(t, b->failed[KIND_REPO]);
		return true;
	}
	if (b->nrepo == 0)
		return false;
	*out = VERDICT_BOOTED;
	pxe_text_addf(t, "booted: the installer fetched %u files to install", b->nrepo);
	return true;
}

static bool kernel(const struct boot *b, struct pxe_text *t, enum verdict *out)
{
	static const enum kind kinds[] = {KIND_KERNEL, KIND_INITRD};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (b->failed[kinds[i]] == NULL)
			continue;
		pxe_text_addf(t, "the %s could not be fetched. ", kind_name(kinds[i]));
		add_failed(t, b->failed[kinds[i]]);
		return true;
	}
	if (b->ok[KIND_KERNEL] == NULL)
		return false;
	*out = VERDICT_GOING;
	pxe_text_add(t, "kernel ");
	add_file(t, b->ok[KIND_KERNEL]);
	if (b->ok[KIND_INITRD] == NULL) {
		pxe_text_add(t, " fetched, but no initrd requested");
		return true;
	}
	if (b->late_refused != NULL) {
		*out = VERDICT_FAILED;
		pxe_text_add(t, " and initrd fetched, but what they started got no address");
		add_why(t, b->late_refused);
		return true;
	}
	pxe_text_add(t, " and initrd fetched, but no kickstart or preseed requested");
	if (!b->running->httpfsd)
		pxe_text_add(t, " from us (httpfsd does not answer here)");
	return true;
}

static bool loader_config(const struct boot *b, struct pxe_text *t, enum verdict *out)
{
	if (b->failed[KIND_CONFIG] != NULL || b->failed[KIND_OTHER] != NULL) {
		pxe_text_add(t, "the boot loader runs, but a file it wants could not be fetched. ");
		add_failed(t, b->failed[KIND_CONFIG] != NULL ? b->failed[KIND_CONFIG]
							     : b->failed[KIND_OTHER]);
		return true;
	}
	if (b->failed[KIND_LOADER] != NULL || b->ok[KIND_CONFIG] == NULL)
		return false;
	*out = VERDICT_GOING;
	pxe_text_add(t, "the boot loader has its configuration ");
	add_file(t, b->ok[KIND_CONFIG]);
	pxe_text_add(t, ", but no kernel was requested: it waits in its menu, boots from the local "
			"disk, or fetches from elsewhere");
	return true;
}

static bool loader_failed(const struct boot *b, struct pxe_text *t, enum verdict *out)
{
	const struct record *r = b->failed[KIND_LOADER];

	(void)out;
	if (r == NULL)
		return false;
	pxe_text_add(t, b->ok[KIND_LOADER] != NULL
			    ? "the boot loader started, but a part of it could not be fetched. "
			    : "the boot file could not be fetched. ");
	add_failed(t, r);
	return true;
}

static bool loader_loop(const struct boot *b, struct pxe_text *t, enum verdict *out)
{
	(void)out;
	if (b->nloader < LOOP_COUNT)
		return false;
	pxe_text_addf(t, "boot loop: ");
	add_file(t, b->ok[KIND_LOADER]);
	pxe_text_addf(t,
	    " was fetched %u times and starts itself again; give a loader that is a DHCP "
	    "client too (iPXE) another file than the firmware",
	    b->nloader);
	return true;
}

static bool loader_stuck(const struct boot *b, struct pxe_text *t, enum verdict *out)
{
	const struct record *loader = b->ok[KIND_LOADER];
	const struct record *dhcp = b->ack != NULL ? b->ack : b->offer;

	(void)out;
	if (loader == NULL)
		return false;
	pxe_text_add(t, "boot file ");
	add_file(t, loader);
	pxe_text_add(t, " was delivered, then nothing was requested any more");
	if (b->search_miss != NULL) {
		pxe_text_add(t, " but files that are not there, last ");
		add_file(t, b->search_miss);
	} else if (dhcp != NULL && wrong_for_arch(dhcp, loader->file)) {
		pxe_text_addf(t, ": it is not for this firmware (architecture %d, %s)",
		    (int)dhcp->arch, dhcp->arch == ARCH_BIOS ? "BIOS" : "UEFI");
	} else if (dhcp != NULL && dhcp->arch > ARCH_BIOS) {
		pxe_text_add(t, ": with Secure Boot on, the firmware may have refused it");
	} else {
		pxe_text_add(t, ": it did not start, or asks another server");
	}
	return true;
}

static bool nothing_fetched(const struct boot *b, struct pxe_text *t, enum verdict *out)
{
	const struct record *a = b->ack;

	(void)out;
	if (a == NULL || b->last_transfer != NULL || b->search_miss != NULL)
		return false;
	if (a->file == NULL) {
		pxe_text_add(t, "ACK had no boot file: ");
		add_str(t, a->ip != NULL ? a->ip : "an address");
		pxe_text_add(t, " was assigned, but no filename applies to this machine");
		add_detail(t, a);
		return true;
	}
	add_str(t, a->ip != NULL ? a->ip : "an address");
	pxe_text_add(t, " was assigned, but boot file ");
	add_file(t, a);
	if (!b->running->tftpd && !b->running->httpfsd)
		pxe_text_add(
		    t, " was not requested from us: neither tftpd nor httpfsd answers here");
	else
		pxe_text_add(t, " was never requested from us; check next-server, and whether UDP "
				"port 69 is open on the way");
	return true;
}

static bool not_acknowledged(const struct boot *b, struct pxe_text *t, enum verdict *out)
{
	(void)out;
	if (b->ack != NULL || (b->request_refused == NULL && b->nak == NULL))
		return false;
	pxe_text_add(t, "the offer was requested, but not acknowledged");
	add_why(t, b->request_refused != NULL ? b->request_refused : b->nak);
	return true;
}

static bool not_requested(const struct boot *b, struct pxe_text *t, enum verdict *out)
{
	const struct record *o = b->offer;

	(void)out;
	if (o == NULL || b->ack != NULL)
		return false;
	if (b->not_relayed != NULL) {
		pxe_text_add(t, "the OFFER did not get through the relay");
		add_why(t, b->not_relayed);
		return true;
	}
	if (o->file == NULL) {
		pxe_text_add(t, "OFFER had no boot file, so the firmware did not take it");
		add_detail(t, o);
		return true;
	}
	pxe_text_add(t, "offered ");
	add_str(t, o->ip != NULL ? o->ip : "an address");
	pxe_text_add(t, " with boot file ");
	add_file(t, o);
	pxe_text_addf(t,
	    " %u time%s, never requested: another server answers too, or the OFFER does "
	    "not reach the machine",
	    b->noffer, b->noffer == 1 ? "" : "s");
	return true;
}

static bool not_offered(const struct boot *b, struct pxe_text *t, enum verdict *out)
{
	(void)out;
	if (b->not_sent != NULL) {
		pxe_text_add(t, "the answer could not be sent");
		add_why(t, b->not_sent);
	} else if (b->refused != NULL) {
		pxe_text_add(t, "no answer to DISCOVER");
		add_why(t, b->refused);
	} else if (b->not_relayed != NULL) {
		pxe_text_add(t, "DISCOVER did not get through the relay");
		add_why(t, b->not_relayed);
	} else if (b->relayed != NULL && b->asked == NULL) {
		pxe_text_add(t, "relayd passed the DISCOVER on, but ");
		pxe_text_add(t, b->running->dhcpd ? "it never reached dhcpd"
						  : "no server answered (dhcpd does not run here)");
	} else {
		return false;
	}
	return true;
}

/* An address set by hand, or a daemon that started after the rest of the story. */
static bool any_other(const struct boot *b, struct pxe_text *t, enum verdict *out)
{
	const struct record *failed = NULL;

	for (int k = 0; k <= KIND_OTHER; k++)
		failed = b->failed[k] != NULL ? b->failed[k] : failed;
	if (failed != NULL) {
		add_failed(t, failed);
		return true;
	}
	*out = VERDICT_GOING;
	if (b->last_transfer != NULL) {
		pxe_text_add(t, "nothing failed; last fetched was ");
		add_file(t, b->last_transfer);
	} else {
		pxe_text_add(t, "nothing failed, and nothing was booted");
	}
	return true;
}

/* From the last step of a boot back to the first. */
static const rule_fn rules[] = {nothing_known, answer_file, installing, kernel, loader_config,
    loader_failed, loader_loop, loader_stuck, nothing_fetched, not_acknowledged, not_requested,
    not_offered, any_other};

enum verdict diagnose(
    const struct timeline *t, const char *who, const struct running *running, struct pxe_text *out)
{
	struct boot b = gather(t, who, running);
	enum verdict verdict = VERDICT_FAILED;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i](&b, out, &verdict))
			break;
	}
	return verdict;
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
	    [VERDICT_UNKNOWN] = "unknown",
	    [VERDICT_FAILED] = "failed",
	    [VERDICT_GOING] = "going",
	    [VERDICT_BOOTED] = "booted",
	};

	return names[verdict];
}
