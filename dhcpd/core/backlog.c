/* SPDX-License-Identifier: BSD-2-Clause */
/* backlog.c -- messages that wait while there is more work than time. */
#include "dhcpd/core/backlog.h"

#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/buf.h"

enum {
	OPT_PAD = 0,
	OPT_TYPE = 53,
	OPT_AGENT = 82,
	OPT_END = 255,
	AGENT_CIRCUIT = 1,
	OFF_HLEN = 2,
	OFF_XID = 4,
	OFF_GIADDR = 24,
	OFF_CHADDR = 28,
	CHADDR_MAX = 16,
	VICTIMS_LOOKED_AT = 8
};

struct backlog_source {
	struct pxe_hnode by_source;
	struct pxe_link turn;
	struct pxe_link items; /* oldest first */
	size_t n;
	uint64_t id;
};

/* ---- looking ---- */

static void look_at_agent(const uint8_t *p, size_t len, struct backlog_look *out)
{
	struct pxe_rd rd = pxe_rd_init(p, len);

	while (pxe_rd_left(&rd) >= 2) {
		uint8_t code = pxe_rd_u8(&rd), n = pxe_rd_u8(&rd);
		const uint8_t *b = pxe_rd_bytes(&rd, n);

		if (rd.err != 0)
			return;
		if (code == AGENT_CIRCUIT) {
			out->circuit = b;
			out->circuit_len = n;
		}
	}
}

bool backlog_look(const uint8_t *p, size_t len, struct backlog_look *out)
{
	struct pxe_rd rd;

	if (len <= PXE_DHCP_FIXED_LEN + 4u || p[OFF_HLEN] > CHADDR_MAX)
		return false;
	memset(out, 0, sizeof(*out));
	rd = pxe_rd_init(p + OFF_XID, 4);
	out->xid = pxe_rd_u32(&rd);
	rd = pxe_rd_init(p + OFF_GIADDR, 4);
	out->giaddr = pxe_rd_u32(&rd);
	out->hw = p + OFF_CHADDR;
	out->hw_len = p[OFF_HLEN];
	rd = pxe_rd_init(p + PXE_DHCP_FIXED_LEN, len - PXE_DHCP_FIXED_LEN);
	if (pxe_rd_u32(&rd) != PXE_DHCP_COOKIE)
		return true;
	while (pxe_rd_left(&rd) > 0) {
		uint8_t code = pxe_rd_u8(&rd), n = 0;
		const uint8_t *b = NULL;

		if (code == OPT_PAD)
			continue;
		if (code == OPT_END)
			break;
		n = pxe_rd_u8(&rd);
		b = pxe_rd_bytes(&rd, n);
		if (rd.err != 0)
			break;
		if (code == OPT_TYPE && n == 1)
			out->type = b[0];
		else if (code == OPT_AGENT)
			look_at_agent(b, n, out);
	}
	return true;
}

/* ---- the queue ---- */

static struct backlog_source *of_source(const struct pxe_hnode *n)
{
	return n == NULL ? NULL : PXE_CONTAINER(n, struct backlog_source, by_source);
}

static struct backlog_item *of_client(const struct pxe_hnode *n)
{
	return n == NULL ? NULL : PXE_CONTAINER(n, struct backlog_item, by_client);
}

static bool eq_source(const struct pxe_hnode *n, const void *key)
{
	return of_source(n)->id == *(const uint64_t *)key;
}

static bool eq_client(const struct pxe_hnode *n, const void *key)
{
	return of_client(n)->client == *(const uint64_t *)key;
}

void backlog_init(struct backlog *b, const struct pxe_hash_seed *seed, size_t max)
{
	*b = (struct backlog){.seed = *seed, .max = max > 0 ? max : BACKLOG_MAX};
	pxe_hmap_init(&b->by_client);
	pxe_hmap_init(&b->by_source);
	pxe_list_init(&b->turn);
}

/* Take an item out, and its source with the last of them. */
static void detach(struct backlog *b, struct backlog_item *it)
{
	struct backlog_source *s = it->source;

	pxe_list_remove(&it->link);
	pxe_hmap_remove(&b->by_client, &it->by_client);
	b->count--;
	if (--s->n > 0)
		return;
	pxe_list_remove(&s->turn);
	pxe_hmap_remove(&b->by_source, &s->by_source);
	b->nsource--;
	free(s);
}

static struct backlog_item *oldest_of(struct backlog_source *s)
{
	return PXE_CONTAINER(s->items.next, struct backlog_item, link);
}

/* it is out of the queue. */
static void lose(struct backlog *b, struct backlog_item *it, enum pxe_reason reason)
{
	if (b->lost != NULL)
		b->lost(b->arg, &it->in, reason);
	free(it);
}

static void drop_oldest_of(struct backlog *b, struct backlog_source *s)
{
	struct backlog_item *it = oldest_of(s);

	detach(b, it);
	lose(b, it, PXE_REASON_OVERLOAD);
}

void backlog_fini(struct backlog *b)
{
	b->lost = NULL;
	while (b->count > 0)
		drop_oldest_of(b, PXE_CONTAINER(b->turn.next, struct backlog_source, turn));
	pxe_hmap_fini(&b->by_client);
	pxe_hmap_fini(&b->by_source);
}

/* Who has more than its share? The newcomer's source if it has; else the worst of those whose turn
 * is next, which are many enough to find one soon. */
static void make_room(struct backlog *b, struct backlog_source *mine)
{
	size_t share = b->max / (b->nsource > 0 ? b->nsource : 1), looked = 0;
	struct backlog_source *worst = mine;

	if (mine == NULL || mine->n <= share) {
		PXE_LIST_FOREACH (it, &b->turn) {
			struct backlog_source *s = PXE_CONTAINER(it, struct backlog_source, turn);

			if (worst == NULL || s->n > worst->n)
				worst = s;
			if (++looked == VICTIMS_LOOKED_AT)
				break;
		}
	}
	b->crowded++;
	if (worst != NULL)
		drop_oldest_of(b, worst);
}

static struct backlog_source *source_new(struct backlog *b, uint64_t id)
{
	struct backlog_source *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->id = id;
	pxe_list_init(&s->items);
	if (pxe_hmap_insert(&b->by_source, id, &s->by_source) != 0) {
		free(s);
		return NULL;
	}
	pxe_list_append(&b->turn, &s->turn);
	b->nsource++;
	return s;
}

static uint64_t source_id(const struct backlog *b, const struct core_in *in, uint32_t giaddr)
{
	uint32_t key[2] = {giaddr != 0 ? 0 : in->ifindex, giaddr};

	return pxe_siphash(&b->seed, key, sizeof(key));
}

static uint64_t client_id(const struct backlog *b, const struct backlog_look *look, uint64_t source)
{
	return pxe_siphash(&b->seed, look->hw, look->hw_len) ^ source ^
	       (uint64_t)look->xid * UINT64_C(0x9e3779b97f4a7c15);
}

static struct backlog_item *item_new(const struct core_in *in, uint64_t client, int64_t mono_us)
{
	struct backlog_item *it = malloc(sizeof(*it) + in->len);

	if (it == NULL)
		return NULL;
	it->client = client;
	it->since_us = mono_us;
	it->in = *in;
	memcpy(it->data, in->data, in->len);
	it->in.data = it->data;
	return it;
}

static void forget_repeated(struct backlog *b, uint64_t client)
{
	struct backlog_item *it =
	    of_client(pxe_hmap_find(&b->by_client, client, eq_client, &client));

	if (it == NULL)
		return;
	b->repeats++;
	detach(b, it);
	lose(b, it, PXE_REASON_DUPLICATE);
}

bool backlog_add(
    struct backlog *b, const struct core_in *in, const struct backlog_look *look, int64_t mono_us)
{
	uint64_t id = source_id(b, in, look->giaddr), client = client_id(b, look, id);
	struct backlog_source *s = NULL;
	struct backlog_item *it =
	    in->len <= BACKLOG_PACKET_MAX ? item_new(in, client, mono_us) : NULL;

	if (it == NULL)
		return false;
	forget_repeated(b, client);
	if (b->count >= b->max)
		make_room(b, of_source(pxe_hmap_find(&b->by_source, id, eq_source, &id)));
	s = of_source(pxe_hmap_find(&b->by_source, id, eq_source, &id));
	if (s == NULL)
		s = source_new(b, id);
	if (s == NULL || pxe_hmap_insert(&b->by_client, client, &it->by_client) != 0) {
		if (s != NULL && s->n == 0) {
			pxe_list_remove(&s->turn);
			pxe_hmap_remove(&b->by_source, &s->by_source);
			b->nsource--;
			free(s);
		}
		free(it);
		return false;
	}
	it->source = s;
	pxe_list_append(&s->items, &it->link);
	s->n++;
	b->count++;
	return true;
}

struct backlog_item *backlog_take(struct backlog *b, int64_t mono_us)
{
	while (b->count > 0) {
		struct backlog_source *s = PXE_CONTAINER(b->turn.next, struct backlog_source, turn);
		struct backlog_item *it = oldest_of(s);

		pxe_list_remove(&s->turn);
		pxe_list_append(&b->turn, &s->turn);
		detach(b, it);
		if (mono_us - it->since_us < BACKLOG_STALE_S * PXE_US_PER_S)
			return it;
		b->stale++;
		lose(b, it, PXE_REASON_OVERLOAD);
	}
	return NULL;
}
