/* SPDX-License-Identifier: BSD-2-Clause */
/* intake6.c -- which DHCPv6 messages of a round come first, and which are dropped. */
#include "dhcpd/intake6.h"

#include <errno.h>
#include <stdlib.h>

#include "dhcpd/core/limit.h"
#include "dhcpd/server.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"
#include "libpxecommon/proto/dhcp6_msg.h"

enum kind { CLIENT, CIRCUIT, RELAY, KINDS };

static const char *const settings[KINDS] = {"client_rate", "circuit_rate", "relay_rate"};

struct intake6 {
	struct server *s;
	struct pxe_hash_seed seed;
	struct limit limit[KINDS];
	struct pxe_log_limit log;
	struct pxe_dhcp6_chain chain; /* of the message that is looked at */
};

/* ---- too fast ---- */

static uint64_t hash(const struct intake6 *k, struct pxe_bytes b)
{
	return pxe_siphash(&k->seed, b.p, b.len);
}

/* False: that kind of sender is not known. */
static bool id_of(const struct intake6 *k, enum kind kind, const struct core6_in *in, uint64_t *out)
{
	const struct pxe_dhcp6_chain *chain = &k->chain;
	uint64_t relay = hash(k, (struct pxe_bytes){in->from.ip.v6.b, sizeof(in->from.ip.v6.b)});
	struct pxe_bytes b = {0};

	if (kind == RELAY) {
		*out = relay;
		return chain->nrelay > 0;
	}
	if (kind == CLIENT)
		b = pxe_dhcp6_get(chain->inner.options, PXE_DHCP6_OPT_CLIENT_ID);
	else if (chain->nrelay > 0)
		b = pxe_dhcp6_get(
		    chain->relay[chain->nrelay - 1].options, PXE_DHCP6_OPT_INTERFACE_ID);
	*out = kind == CLIENT ? hash(k, b) : relay ^ hash(k, b);
	return b.len > 0;
}

static void refuse(
    struct intake6 *k, enum kind kind, const struct core6_in *in, const struct pxe_now *now)
{
	struct pxe_bytes duid = pxe_dhcp6_get(k->chain.inner.options, PXE_DHCP6_OPT_CLIENT_ID);
	char from[PXE_IP_STRLEN];
	struct pxe_event ev = {.time_us = now->wall_us,
	    .stage = core6_stage(k->chain.inner.type),
	    .reason = PXE_REASON_OVERLOAD,
	    .ip = in->from.ip,
	    .port = in->from.port,
	    .xid = k->chain.inner.xid,
	    .client_id = duid.p,
	    .client_id_len = duid.len,
	    .detail = settings[kind]};

	(void)pxe_dhcp6_duid_hwaddr(duid, &ev.mac);
	pxe_log_limited(&k->log, PXE_LOG_WARNING,
	    "%s brings more than %u packets a second, some are dropped (%s)",
	    pxe_ip_str(&in->from.ip, from), k->limit[kind].rate, settings[kind]);
	server_emit(k->s, &ev);
}

static bool is_too_fast(struct intake6 *k, const struct core6_in *in, const struct pxe_now *now)
{
	for (unsigned i = 0; i < KINDS; i++) {
		uint64_t id = 0;

		if (k->limit[i].rate == 0 || !id_of(k, (enum kind)i, in, &id) ||
		    limit_allows(&k->limit[i], id, now->mono_us))
			continue;
		refuse(k, (enum kind)i, in, now);
		return true;
	}
	return false;
}

/* ---- now or later ---- */

void intake6_take(
    struct intake6 *k, const struct core6_in *in, unsigned n, const struct pxe_now *now)
{
	const struct core6_in *later[PXE_UDP_BATCH];
	unsigned nlater = 0;

	for (unsigned i = 0; i < n; i++) {
		bool whole = pxe_dhcp6_unwrap(in[i].data, in[i].len, &k->chain) == 0;

		if (whole && is_too_fast(k, &in[i], now))
			continue;
		if (whole && k->chain.inner.type == PXE_DHCP6_SOLICIT && nlater < PXE_UDP_BATCH)
			later[nlater++] = &in[i];
		else if (!server_is_busy(k->s))
			server6_packet(k->s, &in[i], now);
	}
	for (unsigned i = 0; i < nlater; i++)
		if (!server_is_busy(k->s))
			server6_packet(k->s, later[i], now);
}

uint64_t intake6_too_fast(const struct intake6 *k)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < KINDS; i++)
		n += k->limit[i].refused;
	return n;
}

/* ---- open and close ---- */

void intake6_close(struct intake6 *k)
{
	if (k == NULL)
		return;
	for (unsigned i = 0; i < KINDS; i++)
		limit_fini(&k->limit[i]);
	free(k);
}

int intake6_open(struct server *s, struct intake6 **out)
{
	struct intake6 *k = calloc(1, sizeof(*k));
	const int64_t rate[KINDS] = {[CLIENT] = s->options->s.client_rate,
	    [CIRCUIT] = s->options->s.circuit_rate,
	    [RELAY] = s->options->s.relay_rate};
	int err = k != NULL ? 0 : -ENOMEM;

	if (k != NULL) {
		k->s = s;
		k->seed = local_identify(s);
		k->log = (struct pxe_log_limit)PXE_LOG_LIMIT(1, 3);
	}
	for (unsigned i = 0; err == 0 && i < KINDS; i++)
		err = limit_init(&k->limit[i], (uint32_t)rate[i]);
	if (err != 0) {
		pxe_log_error("intake: %s", pxe_strerror(err));
		intake6_close(k);
		return err;
	}
	*out = k;
	return 0;
}
