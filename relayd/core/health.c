/* SPDX-License-Identifier: BSD-2-Clause */
/* health.c -- which servers live, which of them gets a client, and what round trips take. */
#include "relayd/core/health.h"

#include <string.h>

enum { NAME_MAX_HASHED = 256, CLIENT_MAX_HASHED = 130 /* a DUID (RFC 8415 11.1) */ };

void health_sent(struct health *h, int64_t now_us, int err)
{
	if (err != 0)
		h->failed++;
	else
		h->sent++;
	h->last_try_us = now_us;
}

void health_owes(struct health *h, int64_t now_us)
{
	if (h->waiting_us == 0)
		h->waiting_us = now_us;
}

bool health_answered(struct health *h, int64_t now_us, int64_t rtt_us)
{
	bool was_dead = h->is_dead;

	h->is_dead = false;
	h->waiting_us = 0;
	h->last_answer_us = now_us;
	h->answers++;
	if (rtt_us != 0)
		h->rtt_us = rtt_us;
	return was_dead;
}

bool health_is_due(const struct health *h, const struct servers_conf *conf, int64_t now_us)
{
	return h->is_dead && now_us - h->last_try_us >= conf->retry_us;
}

bool health_went_silent(struct health *h, const struct servers_conf *conf, int64_t now_us)
{
	if (h->is_dead || h->waiting_us == 0 || conf->dead_after_us == 0 ||
	    now_us - h->waiting_us < conf->dead_after_us)
		return false;
	h->is_dead = true;
	return true;
}

static const struct pxe_hash_seed no_secret;

uint64_t choice_client(struct pxe_bytes id)
{
	return pxe_siphash(&no_secret, id.p, id.len);
}

struct choice choice_begin(enum servers_policy policy, uint64_t client)
{
	return (struct choice){.by_weight = policy == SERVERS_HASH, .client = client, .best = -1};
}

static uint64_t weigh(const struct choice *c, const char *name)
{
	uint8_t b[8 + NAME_MAX_HASHED];
	struct pxe_wr wr = pxe_wr_init(b, sizeof(b));

	if (!c->by_weight)
		return 0;
	pxe_wr_u32(&wr, (uint32_t)(c->client >> 32));
	pxe_wr_u32(&wr, (uint32_t)c->client);
	pxe_wr_bytes(&wr, name, strnlen(name, NAME_MAX_HASHED));
	return pxe_siphash(&no_secret, b, wr.len);
}

void choice_offer(struct choice *c, int i, const struct health *h, const char *name)
{
	uint64_t weight = weigh(c, name);

	if (c->best >= 0 && !(c->is_dead && !h->is_dead) &&
	    !(c->is_dead == h->is_dead && weight > c->weight))
		return;
	c->best = i;
	c->is_dead = h->is_dead;
	c->weight = weight;
}

uint64_t exchange_key(const struct pxe_hash_seed *seed, uint32_t xid, struct pxe_bytes client)
{
	uint8_t b[4 + CLIENT_MAX_HASHED];
	struct pxe_wr wr = pxe_wr_init(b, sizeof(b));
	uint64_t key = 0;

	pxe_wr_u32(&wr, xid);
	pxe_wr_bytes(
	    &wr, client.p, client.len < CLIENT_MAX_HASHED ? client.len : CLIENT_MAX_HASHED);
	key = pxe_siphash(seed, b, wr.len);
	return key != 0 ? key : 1;
}

void exchange_begin(struct exchanges *xs, uint64_t key, int64_t now_us, uint16_t client_port)
{
	xs->v[key % EXCHANGES] =
	    (struct exchange){.key = key, .sent_us = now_us, .client_port = client_port};
}

const struct exchange *exchange_find(const struct exchanges *xs, uint64_t key)
{
	const struct exchange *x = &xs->v[key % EXCHANGES];

	return x->key == key ? x : NULL;
}
