/* SPDX-License-Identifier: BSD-2-Clause */
/* reverse.c -- what DNS calls an address. */
#include "dhcpd/reverse.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/os/log.h"

enum { NAME_MAX_LEN = 255 };

struct reverse_slot {
	struct pxe_ip4 ip;
	bool asked;       /* a question about ip is under way */
	uint8_t len;      /* of name; 0: it has none */
	int64_t until_ms; /* when to ask again; 0: slot was never used */
	char name[NAME_MAX_LEN];
};

struct query {
	uv_getnameinfo_t req;
	struct reverse *r;
	struct pxe_ip4 ip;
};

/* Pools are runs of addresses, so neighbours have slots of their own. */
static struct reverse_slot *slot_of(struct reverse *r, struct pxe_ip4 ip)
{
	return &r->slot[ip.v % REVERSE_NAMES];
}

static int64_t now_ms(const struct reverse *r)
{
	return (int64_t)uv_now(r->loop) + 1;
}

/* Who runs the reverse zone may be a stranger: letters, digits, '-', '_' and dots only. */
static bool is_name(const char *name, size_t len)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";

	return len > 0 && len <= NAME_MAX_LEN && strspn(name, allowed) == len;
}

static void take(struct reverse *r, struct pxe_ip4 ip, int status, const char *name)
{
	static struct pxe_log_limit none_log = PXE_LOG_LIMIT(1, 3);
	struct reverse_slot *slot = slot_of(r, ip);
	size_t len = status == 0 ? strlen(name) : 0;
	char text[PXE_IP4_STRLEN];

	if (slot->ip.v != ip.v)
		return; /* ousted meanwhile */
	slot->asked = false;
	if (is_name(name, len)) {
		memcpy(slot->name, name, len);
		slot->len = (uint8_t)len;
		slot->until_ms = now_ms(r) + REVERSE_KEEP_S * 1000;
		return;
	}
	if (status != UV_EAI_AGAIN) /* no server answers: what was known is better than nothing */
		slot->len = 0;
	slot->until_ms = now_ms(r) + REVERSE_RETRY_S * 1000;
	pxe_log_limited(&none_log, PXE_LOG_WARNING, "No hostname for %s: %s", pxe_ip4_str(ip, text),
	    status != 0 ? uv_strerror(status) : "its name is none for a host");
}

static void on_answer(uv_getnameinfo_t *req, int status, const char *name, const char *service)
{
	struct query *q = req->data;

	(void)service;
	q->r->running--;
	if (q->r->slot != NULL)
		take(q->r, q->ip, status, name);
	free(q);
}

static void ask(struct reverse *r, struct reverse_slot *slot)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(slot->ip.v)};
	struct query *q = NULL;

	if (slot->asked || r->running >= REVERSE_AT_ONCE)
		return;
	q = calloc(1, sizeof(*q));
	if (q == NULL)
		return;
	q->r = r;
	q->ip = slot->ip;
	q->req.data = q;
	if (uv_getnameinfo(
		r->loop, &q->req, on_answer, (const struct sockaddr *)&in, NI_NAMEREQD) != 0) {
		free(q);
		return;
	}
	slot->asked = true;
	r->running++;
}

void reverse_init(struct reverse *r, uv_loop_t *loop)
{
	memset(r, 0, sizeof(*r));
	r->loop = loop;
}

void reverse_close(struct reverse *r)
{
	free(r->slot);
	r->slot = NULL;
	r->loop = NULL;
}

struct pxe_bytes reverse_name(struct reverse *r, struct pxe_ip4 ip)
{
	struct reverse_slot *slot = NULL;

	if (r->loop == NULL)
		return (struct pxe_bytes){0};
	if (r->slot == NULL)
		r->slot = calloc(REVERSE_NAMES, sizeof(*r->slot));
	if (r->slot == NULL)
		return (struct pxe_bytes){0};
	slot = slot_of(r, ip);
	if (slot->ip.v != ip.v) {
		memset(slot, 0, sizeof(*slot));
		slot->ip = ip;
	}
	if (slot->until_ms < now_ms(r))
		ask(r, slot);
	return (struct pxe_bytes){(const uint8_t *)slot->name, slot->len};
}
