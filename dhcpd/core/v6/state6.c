/* SPDX-License-Identifier: BSD-2-Clause */
/* state6.c -- making, configuring and looking into a DHCPv6 core. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dhcpd/core/v6/exchange6.h"

int core6_new(const struct core6_opts *opts, struct core6 **out)
{
	struct core6 *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return -ENOMEM;
	c->opts = *opts;
	leases6_init(&c->leases, &opts->seed);
	*out = c;
	return 0;
}

void core6_free(struct core6 *c)
{
	if (c == NULL)
		return;
	leases6_fini(&c->leases);
	pools6_fini(&c->pools);
	scope_runner_fini(&c->runner);
	conf_free(c->conf);
	free(c);
}

/* Addresses are chosen under a key that outlives restarts and reloads: it comes from our name. */
static void make_key(struct core6 *c)
{
	static const struct pxe_hash_seed first = {0x6468637064363a61, 0x646472657373},
					  second = {0x6468637064363a62, 0x646472657373};

	c->pools.key.k0 = pxe_siphash(&first, c->duid, c->duid_len);
	c->pools.key.k1 = pxe_siphash(&second, c->duid, c->duid_len);
}

/* Root scope parameters that hold for the whole server. */
static void read_globals(struct core6 *c)
{
	struct packet6_view view = {.reg = conf_registry(c->conf)};
	struct expr_ctx ctx = {.packet = &view,
	    .packet_option = packet6_option,
	    .relay_option = packet6_relay_option,
	    .settings = &c->settings,
	    .hostname = c->opts.hostname};
	struct exchange6 x = {.core = c};
	const struct setting_option *o = NULL;

	c->space = pxe_opt_space_find(conf_registry(c->conf), "dhcp6");
	settings_reset(&c->settings);
	conf_run_root(c->conf, &ctx);
	c->style.hex_id = settings_num(&c->settings, PARAM_LEASE_ID_FORMAT) == 1;
	c->style.local_time = settings_num(&c->settings, PARAM_DB_TIME_FORMAT) == 1;
	c->prefix_mode = settings_num(&c->settings, PARAM_PREFIX_LENGTH_MODE);
	o = exchange6_option(&x, PXE_DHCP6_OPT_SERVER_ID);
	c->conf_duid_len = o != NULL && o->value.len <= LEASE6_DUID_MAX ? o->value.len : 0;
	if (c->conf_duid_len > 0)
		memcpy(c->conf_duid, o->value.p, c->conf_duid_len);
}

int core6_configure(struct core6 *c, struct conf *conf)
{
	struct pools6 pools = {0};
	struct scope_runner runner = {0};
	struct conf *old = c->conf;
	int err = pools6_init(&pools, conf, &c->pools.key);

	if (err == 0)
		err = scope_runner_init(&runner, conf_nscope(conf));
	if (err == 0)
		err = leases6_shelve(&c->leases, pools.n, pools.length_seen, pools6_shelf, &pools);
	if (err != 0) {
		pools6_fini(&pools);
		scope_runner_fini(&runner);
		return err;
	}
	pools6_fini(&c->pools);
	scope_runner_fini(&c->runner);
	c->pools = pools;
	c->runner = runner;
	c->conf = conf;
	read_globals(c);
	conf_free(old);
	return 0;
}

const struct conf *core6_conf(const struct core6 *c)
{
	return c->conf;
}

void core6_set_duid(struct core6 *c, struct pxe_bytes duid)
{
	c->duid_len = duid.len < sizeof(c->duid) ? duid.len : sizeof(c->duid);
	memcpy(c->duid, duid.p, c->duid_len);
	make_key(c);
}

struct pxe_bytes core6_duid(const struct core6 *c)
{
	if (c->conf_duid_len > 0)
		return (struct pxe_bytes){c->conf_duid, c->conf_duid_len};
	return (struct pxe_bytes){c->duid, c->duid_len};
}

struct pxe_bytes core6_own_duid(const struct core6 *c)
{
	return (struct pxe_bytes){c->duid, c->duid_len};
}

bool core6_load(struct core6 *c, const struct ia6_rec *rec, int64_t now_s)
{
	bool inside = true;

	(void)lease6_load(&c->leases, rec, pools6_shelf, &c->pools, now_s, &inside);
	return inside;
}

struct leases6 *core6_leases(struct core6 *c)
{
	return &c->leases;
}

void core6_lease_text(struct core6 *c, const struct ia6 *ia, struct pxe_text *out)
{
	struct ia6_rec rec;

	ia6_view(ia, &rec);
	lease6_text_put(out, &rec, &c->style);
}

struct lease_text_style *core6_style(struct core6 *c)
{
	return &c->style;
}

bool core6_space_info(const struct core6 *c, size_t i, const struct space6 **out_space,
    struct lease6_shelf *out_count)
{
	if (i >= c->pools.n || i >= c->leases.nshelf)
		return false;
	*out_space = &c->pools.v[i];
	*out_count = c->leases.shelf[i];
	return true;
}

const struct space6 *core6_space_of(const struct core6 *c, const struct lease6 *l)
{
	return l->shelf < c->pools.n ? &c->pools.v[l->shelf] : NULL;
}
