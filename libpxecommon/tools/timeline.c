/* SPDX-License-Identifier: BSD-2-Clause */
/* timeline.c -- what one machine did, joined from the events of all daemons. */
#include "libpxecommon/tools/timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/clock.h"
#include "libpxecommon/base/str.h"
#include "libpxecommon/tools/kind.h"

enum {
	MACS_MAX = 16, /* a machine with several ports may boot over any of them */
	IPS_MAX = 64,
	QUIET_S = 120 /* silence after which firmware that asks again has started anew */
};

/* What is known of the machine so far. Strings are the records'. */
struct identity {
	const char *mac[MACS_MAX];
	size_t nmac;
	const char *ip[IPS_MAX];
	size_t nip;
	const char *fixed_ip; /* asked for by an address that no DHCP event explains */
};

void timeline_init(struct timeline *t)
{
	*t = (struct timeline){0};
}

void timeline_fini(struct timeline *t)
{
	for (size_t i = 0; i < t->nall; i++)
		record_fini(&t->all[i]);
	free(t->all);
	free(t->own);
	timeline_init(t);
}

int timeline_add(struct timeline *t, struct record *r)
{
	if (t->nall == t->all_cap) {
		size_t cap = t->all_cap > 0 ? 2 * t->all_cap : 256;
		struct record *all = realloc(t->all, cap * sizeof(*all));

		if (all == NULL)
			return -ENOMEM;
		t->all = all;
		t->all_cap = cap;
	}
	t->all[t->nall++] = *r;
	return 0;
}

/* A transfer is told when it ends, but belongs where it began. */
static int64_t begin_us(const struct record *r)
{
	return r->time_us - r->duration_us;
}

static int by_time(const void *va, const void *vb)
{
	const struct record *a = va, *b = vb;

	if (begin_us(a) != begin_us(b))
		return begin_us(a) < begin_us(b) ? -1 : 1;
	/* Equal times: a daemon's own order, DHCP before what follows from it. */
	if (strcmp(a->daemon, b->daemon) == 0)
		return a->seq < b->seq ? -1 : a->seq > b->seq;
	return (int)record_is_transfer(a) - (int)record_is_transfer(b);
}

static bool has(const char *const *v, size_t n, const char *s)
{
	for (size_t i = 0; s != NULL && i < n; i++) {
		if (strcmp(v[i], s) == 0)
			return true;
	}
	return false;
}

static void learn(const char **v, size_t *n, size_t max, const char *s)
{
	if (s != NULL && *n < max && !has(v, *n, s))
		v[(*n)++] = s;
}

static void forget(const char **v, size_t *n, const char *s)
{
	for (size_t i = 0; i < *n; i++) {
		if (strcmp(v[i], s) == 0)
			v[i] = v[--*n];
	}
}

static bool gives_address(const struct record *r)
{
	return r->ip != NULL && (r->stage == PXE_STAGE_OFFER || r->stage == PXE_STAGE_ACK ||
				    r->stage == PXE_STAGE_BOOTP || r->stage == PXE_STAGE_REPLY);
}

/* Each x of the form a hexadecimal digit, all else as it is. */
static bool has_form(const char *s, const char *form)
{
	for (; *form != '\0'; s++, form++) {
		if (*form == 'x' ? pxe_hex_value(*s) < 0 : *s != *form)
			return false;
	}
	return *s == '\0';
}

/* 52:54:00:12:34:56, also with '-'; 525400123456, as scanners read it; 5254.0012.3456, as switches
 * print it; 01-52-54-00-12-34-56, as PXELINUX asks for it. */
static bool parse_mac(const char *s, struct pxe_hwaddr *out)
{
	char text[PXE_HWADDR_STRLEN];
	struct pxe_text t = pxe_text_init(text, sizeof(text));

	if (has_form(s, "xxxxxxxxxxxx") || has_form(s, "xxxx.xxxx.xxxx")) {
		for (size_t n = 0; *s != '\0'; s++) {
			if (*s != '.')
				pxe_text_addf(&t, "%s%c", n > 0 && n % 2 == 0 ? ":" : "", *s);
			n += *s != '.';
		}
		s = text;
	}
	if (pxe_hwaddr_parse(s, out) != 0 || out->len < 2)
		return false;
	if (out->len == 7 && out->b[0] == 1)
		memmove(out->b, out->b + 1, --out->len);
	return true;
}

bool timeline_is_name(const char *who)
{
	struct pxe_hwaddr hw;
	struct pxe_ip ip;

	return !parse_mac(who, &hw) && pxe_ip_parse(who, &ip) != 0 &&
	       !has_form(who, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
}

/* The link-layer addresses that who stands for. */
static void identify(const struct timeline *t, const char *who, struct identity *id)
{
	struct pxe_hwaddr hw;
	struct pxe_ip ip;
	char mac[PXE_HWADDR_STRLEN] = "", address[PXE_IP_STRLEN] = "";
	const char *last = NULL;

	if (parse_mac(who, &hw))
		pxe_hwaddr_str(&hw, mac);
	if (pxe_ip_parse(who, &ip) == 0)
		pxe_ip_str(&ip, address);
	for (size_t i = 0; i < t->nall; i++) {
		const struct record *r = &t->all[i];

		if (r->mac == NULL || !record_is_dhcp(r))
			continue;
		if (strcmp(r->mac, mac) == 0 || (r->uuid != NULL && pxe_str_ieq(r->uuid, who)) ||
		    (r->hostname != NULL && pxe_str_ieq(r->hostname, who)))
			learn(id->mac, &id->nmac, MACS_MAX, r->mac);
		/* An address may have had many owners: the last one is meant. */
		if (address[0] != '\0' && gives_address(r) && strcmp(r->ip, address) == 0)
			last = r->mac;
	}
	learn(id->mac, &id->nmac, MACS_MAX, last);
	if (last != NULL || address[0] == '\0')
		return;
	for (size_t i = 0; i < t->nall && id->fixed_ip == NULL; i++) {
		if (t->all[i].ip != NULL && strcmp(t->all[i].ip, address) == 0)
			id->fixed_ip = t->all[i].ip;
	}
}

static bool is_own(struct identity *id, const struct record *r)
{
	bool mine = has(id->mac, id->nmac, r->mac);

	if (gives_address(r)) {
		if (mine)
			learn(id->ip, &id->nip, IPS_MAX, r->ip);
		else if (r->mac != NULL && r->stage != PXE_STAGE_OFFER)
			forget(id->ip, &id->nip, r->ip);
	}
	if (mine || r->mac != NULL || r->ip == NULL)
		return mine;
	return has(id->ip, id->nip, r->ip) ||
	       (id->fixed_ip != NULL && strcmp(id->fixed_ip, r->ip) == 0);
}

/* Firmware, and not what it booted: installers are DHCP clients too. */
static bool is_firmware_discover(const struct record *r)
{
	if (r->stage != PXE_STAGE_DISCOVER && r->stage != PXE_STAGE_OFFER &&
	    r->stage != PXE_STAGE_BOOTP && r->stage != PXE_STAGE_RELAY_REQUEST)
		return false;
	return r->arch >= 0 ||
	       (r->vendor_class != NULL && (pxe_str_starts(r->vendor_class, "PXEClient") ||
					       pxe_str_starts(r->vendor_class, "HTTPClient")));
}

static size_t find_last_boot(const struct timeline *t)
{
	size_t begin = 0;
	bool has_kernel = false;

	for (size_t i = 0; i < t->n; i++) {
		const struct record *r = t->own[i];
		bool is_late =
		    i > 0 && begin_us(r) - t->own[i - 1]->time_us > QUIET_S * PXE_US_PER_S;

		if (is_firmware_discover(r) && (is_late || has_kernel)) {
			begin = i;
			has_kernel = false;
		}
		if (record_is_transfer(r) && r->file != NULL && record_is(r, "ok") &&
		    kind_of(r->file, r->stage == PXE_STAGE_HTTP, false) == KIND_KERNEL)
			has_kernel = true;
	}
	return begin;
}

int timeline_join(struct timeline *t, const char *who)
{
	struct identity id = {0};

	if (t->nall > 0)
		qsort(t->all, t->nall, sizeof(t->all[0]), by_time);
	free(t->own);
	t->n = 0;
	t->own = calloc(t->nall + 1, sizeof(*t->own));
	if (t->own == NULL)
		return -ENOMEM;
	identify(t, who, &id);
	for (size_t i = 0; i < t->nall; i++) {
		if (is_own(&id, &t->all[i]))
			t->own[t->n++] = &t->all[i];
	}
	t->last_boot = find_last_boot(t);
	return 0;
}
