/* SPDX-License-Identifier: BSD-2-Clause */
/* state.c -- making, configuring and looking into a core. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dhcpd/core/exchange.h"
#include "dhcpd/core/record.h"

int core_new(const struct core_opts *opts, struct core **out)
{
	struct core *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return -ENOMEM;
	c->opts = *opts;
	leases_init(&c->leases, &opts->seed);
	offers_init(&c->offers, &c->leases);
	spawns_init(&c->spawns, &c->leases, 0);
	*out = c;
	return 0;
}

void core_free(struct core *c)
{
	if (c == NULL)
		return;
	offers_fini(&c->offers);
	spawns_fini(&c->spawns);
	leases_fini(&c->leases);
	pools_fini(&c->pools);
	scope_runner_fini(&c->runner);
	conf_free(c->conf);
	free(c);
}

/* Root scope parameters that hold for the whole server. */
static void read_globals(struct core *c)
{
	struct packet_view view = {.msg = &c->req, .reg = conf_registry(c->conf)};
	struct expr_ctx ctx = {.packet = &view,
	    .packet_option = packet_option,
	    .settings = &c->settings,
	    .hostname = c->opts.hostname};

	pxe_dhcp_init(&c->req);
	settings_reset(&c->settings);
	conf_run_root(c->conf, &ctx);
	c->style.hex_id = settings_num(&c->settings, PARAM_LEASE_ID_FORMAT) == 1;
	c->style.local_time = settings_num(&c->settings, PARAM_DB_TIME_FORMAT) == 1;
	c->abandon_s = settings_num(&c->settings, PARAM_ABANDON_LEASE_TIME);
}

static uint32_t billing_of(void *arg, const struct lease *l)
{
	struct core *c = arg;

	return record_billing(c, lease_tail(l));
}

int core_configure(struct core *c, struct conf *conf)
{
	struct pools pools = {0};
	struct scope_runner runner = {0};
	struct conf *old = c->conf;
	int err = pools_init(&pools, conf);

	if (err == 0)
		err = scope_runner_init(&runner, conf_nscope(conf));
	if (err == 0)
		err = leases_bill(&c->leases, 0, billing_of, c);
	if (err == 0)
		err = leases_shelve(&c->leases, pools.n, pools_of, &pools);
	if (err != 0) {
		pools_fini(&pools);
		scope_runner_fini(&runner);
		return err;
	}
	pools_fini(&c->pools);
	scope_runner_fini(&c->runner);
	c->pools = pools;
	c->runner = runner;
	c->conf = conf;
	spawns_fini(&c->spawns);
	spawns_init(&c->spawns, &c->leases, conf_nbilling(conf));
	/* without memory for the counters lease limits are not enforced until the next reload */
	(void)leases_bill(&c->leases, conf_nbilling(conf), billing_of, c);
	read_globals(c);
	conf_free(old);
	return 0;
}

const struct conf *core_conf(const struct core *c)
{
	return c->conf;
}

bool core_load(struct core *c, const struct lease_rec *rec)
{
	uint32_t pool = pools_of(&c->pools, rec->ip);
	uint32_t billing = rec->state == LEASE_ACTIVE ? record_billing(c, rec->tail) : 0;

	(void)lease_load(&c->leases, rec, pool, billing);
	return pool != LEASE_POOL_NONE;
}

struct leases *core_leases(struct core *c)
{
	return &c->leases;
}

void core_lease_text(struct core *c, const struct lease *l, struct pxe_text *out)
{
	struct lease_rec rec;

	lease_view(l, &rec);
	lease_text_put(out, &rec, &c->style);
}

struct lease_text_style *core_style(struct core *c)
{
	return &c->style;
}

bool core_pool_info(const struct core *c, size_t i, struct core_pool_info *out)
{
	const struct lease_shelf *s = NULL;

	if (i >= c->pools.n || i >= c->leases.nshelf)
		return false;
	s = &c->leases.shelf[i];
	*out = (struct core_pool_info){.pool = c->pools.v[i].pool,
	    .total = c->pools.v[i].total,
	    .active = s->nactive,
	    .abandoned = s->nabandoned,
	    .offered = s->noffered};
	return true;
}

size_t core_offers(const struct core *c)
{
	return c->offers.count;
}
