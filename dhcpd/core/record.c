/* SPDX-License-Identifier: BSD-2-Clause */
/* record.c -- what of an exchange is written down with its lease. */
#include "dhcpd/core/record.h"

#include <inttypes.h>
#include <string.h>

#include "dhcpd/core/lease_value.h"
#include "dhcpd/core/record_text.h"

enum { OPT_HOST_NAME = 12, OPT_VENDOR_CLASS = 60, OPT_AGENT = 82 };

/* ---- billing ---- */

static int64_t limit_of(const struct class_member *m)
{
	if (m->subclass != NULL && m->subclass->lease_limit >= 0)
		return m->subclass->lease_limit;
	return m->class->lease_limit;
}

static bool is_spawned(const struct class_member *m)
{
	return m->class->is_spawning && m->subclass == NULL;
}

/* What tells the subclass of a class that spawns them, evaluated again: what it was when the class
 * matched is gone. Empty: not a member after all. */
static struct pxe_bytes spawn_value(struct exchange *x, const struct class_member *m)
{
	struct pxe_bytes value = {0};

	if (!expr_data(m->class->match, &x->ctx, &value))
		return (struct pxe_bytes){0};
	if (value.len > SPAWN_VALUE_MAX)
		value.len = SPAWN_VALUE_MAX;
	return value;
}

/* Billing index of what the member counts for; false: nothing counted for it yet. A subclass with
 * the limit of its class counts for itself, as with ISC. */
static bool index_of(
    const struct core *c, const struct class_member *m, struct pxe_bytes value, uint32_t *out_index)
{
	if (is_spawned(m))
		return spawn_find(&c->spawns, m->class, value, out_index);
	*out_index = m->subclass != NULL ? m->subclass->id : m->class->id;
	return true;
}

/* Billing index + 1 of what the exchange counts for, 0: nothing, or a subclass yet to be. */
static uint32_t billing(const struct exchange *x)
{
	uint32_t index = 0;

	return x->bill != NULL && index_of(x->core, x->bill, x->bill_value, &index) ? index + 1 : 0;
}

static uint32_t count_of(const struct leases *t, uint32_t index)
{
	return index < t->nbilled ? t->billed[index] : 0;
}

static void bill_to(struct exchange *x, const struct class_member *m, struct pxe_bytes value)
{
	void *copy = value.len > 0 ? fx_alloc(x->fx, value.len) : NULL;

	if (m->subclass != NULL)
		value = m->subclass->value;
	else if (copy != NULL)
		value.p = memcpy(copy, value.p, value.len);
	x->bill = m;
	x->bill_value = value;
}

bool record_may_bill(struct exchange *x)
{
	const struct leases *t = &x->core->leases;
	const struct class *last = NULL;

	x->bill = NULL;
	if (x->lease == NULL)
		return true;
	for (size_t i = 0; i < x->classes.n; i++) {
		const struct class_member *m = &x->classes.v[i];
		int64_t limit = limit_of(m);
		struct pxe_bytes value = {0};
		uint32_t index = 0, used = 0;
		bool known = false, mine = false;

		if (limit < 0)
			continue;
		if (is_spawned(m)) {
			value = spawn_value(x, m);
			if (value.len == 0)
				continue;
		}
		known = index_of(x->core, m, value, &index);
		used = known ? count_of(t, index) : 0;
		mine = known && x->lease->state == LEASE_ACTIVE && x->lease->billing == index + 1;
		last = m->class;
		if (mine || used < limit) {
			bill_to(x, m, value);
			return true;
		}
	}
	if (last == NULL)
		return true;
	exchange_ignore(x, PXE_REASON_NO_FREE_LEASE, false, last->pos,
	    "no available billing: lease limit reached in all matching classes (last: '%s')",
	    last->name);
	return false;
}

static uint32_t billing_in(struct core *c, struct scan *s)
{
	const struct conf *conf = c->conf;
	struct scan_tok kind = scan_next(s), name = scan_next(s);
	uint32_t index = 0;
	const struct class *cl = NULL;
	const struct subclass *sub = NULL;
	char word[256];
	uint8_t buf[LEXER_TOKEN_MAX];
	struct pxe_bytes bytes;

	if (name.kind != SCAN_STRING || name.len >= sizeof(word))
		return 0;
	memcpy(word, name.p, name.len);
	word[name.len] = '\0';
	cl = conf_class(conf, word);
	if (cl == NULL || scan_is(&kind, "class"))
		return cl != NULL ? cl->id + 1 : 0;
	if (!lease_value_bytes(s, buf, sizeof(buf), &bytes))
		return 0;
	sub = conf_subclass(conf, cl, bytes);
	if (sub != NULL)
		return sub->id + 1;
	return cl->is_spawning && spawn_make(&c->spawns, cl, bytes, &index) == 0 ? index + 1 : 0;
}

uint32_t record_billing(struct core *c, struct pxe_bytes tail)
{
	struct scan s = scan_init((const char *)tail.p, tail.len);

	for (;;) {
		struct scan_tok t = scan_next(&s);

		if (t.kind == SCAN_END)
			return 0;
		if (scan_is(&t, "billing"))
			return billing_in(c, &s);
		if (!scan_statement(&s))
			return 0;
	}
}

/* ---- the cached lease ---- */

static bool same_bytes(struct pxe_bytes a, struct pxe_bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static struct pxe_bytes hostname_of(const struct exchange *x)
{
	struct pxe_bytes name = pxe_dhcp_get(x->req, OPT_HOST_NAME);

	while (name.len > 0 && name.p[name.len - 1] == '\0')
		name.len--;
	return name;
}

/* What of option 82 goes into the record: a relay's, or what an earlier relay said. */
static struct pxe_bytes agent_of(const struct exchange *x)
{
	if (!settings_flag(&x->core->settings, PARAM_STASH_AGENT_OPTIONS))
		return (struct pxe_bytes){0};
	if (x->view.agent.p == NULL && client_owns(&x->key, x->lease))
		return lease_agent(x->lease);
	return x->view.agent;
}

/* A client that gives no name this time is no reason to write. */
static bool same_name(const struct exchange *x)
{
	struct pxe_bytes name = hostname_of(x);

	return name.len == 0 || same_bytes(lease_hostname(x->lease), name);
}

static bool is_unchanged(const struct exchange *x)
{
	const struct lease *l = x->lease;
	struct pxe_hwaddr hw = lease_hw(l);

	return lease_is_durable(l) && pxe_hwaddr_eq(&hw, &x->key.hw) &&
	       same_bytes(lease_uid(l), x->key.uid) && same_name(x) &&
	       same_bytes(lease_agent(l), agent_of(x)) && l->billing == billing(x);
}

uint32_t record_reuse_time(struct exchange *x)
{
	const struct lease *l = x->lease;
	uint32_t percent = settings_num(&x->core->settings, PARAM_DHCP_CACHE_THRESHOLD);
	int64_t age = 0, whole = 0;
	char ip[PXE_IP4_STRLEN];

	x->reused = false;
	if (l == NULL || l->state != LEASE_ACTIVE || percent == 0 || !client_owns(&x->key, l) ||
	    l->ends == UINT32_MAX || l->ends <= x->now_s || !is_unchanged(x))
		return 0;
	age = x->now_s - (int64_t)l->starts;
	whole = (int64_t)l->ends - (int64_t)l->starts;
	if (age < 0 || age * 100 > whole * percent)
		return 0;
	x->reused = true;
	fx_log(x->fx, FX_LOG_INFO,
	    "reuse_lease: lease age %" PRId64
	    " (secs) under %u%% threshold, reply with unaltered, existing lease for %s",
	    age, percent, pxe_ip4_str(l->ip, ip));
	return (uint32_t)((int64_t)l->ends - x->now_s);
}

/* ---- variables and event programs as text ---- */

static struct pxe_bytes vars_text(struct exchange *x)
{
	static const char *const ours[] = {"vendor-class-identifier", NULL};
	struct core *c = x->core;
	const struct settings *set = &c->settings;
	struct pxe_text t = pxe_text_init(c->vars, sizeof(c->vars));
	struct setting_var class = {.value = pxe_dhcp_get(x->req, OPT_VENDOR_CLASS)};

	record_put_vars(&t, set);
	if (class.value.len > 0 && settings_var(set, "vendor-class-identifier") == NULL)
		record_put_var(&t, "vendor-class-identifier", &class);
	if (client_owns(&x->key, x->lease))
		record_keep_vars(&t, set, lease_vars(x->lease), ours);
	if (t.truncated) /* half a statement is worse than none */
		return (struct pxe_bytes){0};
	return (struct pxe_bytes){.p = (const uint8_t *)c->vars, .len = t.len};
}

static struct pxe_bytes tail_text(struct exchange *x)
{
	struct core *c = x->core;
	struct pxe_text t = pxe_text_init(c->tail, sizeof(c->tail));

	if (x->bill != NULL && (x->bill->subclass != NULL || is_spawned(x->bill))) {
		pxe_text_addf(&t, "  billing subclass \"%s\" ", x->bill->class->name);
		lease_text_put_string(&t, x->bill_value);
		pxe_text_add(&t, ";\n");
	} else if (x->bill != NULL) {
		pxe_text_addf(&t, "  billing class \"%s\";\n", x->bill->class->name);
	}
	record_put_events(&t, &c->settings);
	if (t.truncated)
		return (struct pxe_bytes){0};
	return (struct pxe_bytes){.p = (const uint8_t *)c->tail, .len = t.len};
}

/* ---- how full a pool is ---- */

/* log-threshold-high and -low, as ISC: one line when a pool fills up to the one, one when it has
 * emptied to the other; with low not below high a line for each ACK. */
static void check_threshold(struct exchange *x)
{
	const struct settings *s = &x->core->settings;
	struct core_pool_info info;
	uint32_t high = settings_num(s, PARAM_LOG_THRESHOLD_HIGH),
		 low = settings_num(s, PARAM_LOG_THRESHOLD_LOW);
	uint64_t used = 0;
	struct pool_state *p = NULL;
	char ip[PXE_IP4_STRLEN];

	if (x->pool == NULL || !core_pool_info(x->core, x->pool->id, &info))
		return;
	p = &x->core->pools.v[x->pool->id];
	used = info.active + info.abandoned;
	if (p->over_threshold) {
		if (used > p->low_threshold)
			return;
		p->over_threshold = false;
		fx_log(x->fx, FX_LOG_ERROR,
		    "Pool threshold reset - shared subnet: %s; address: %s; low threshold %" PRIu64
		    "/%" PRIu64 ".",
		    x->pool->network->name, pxe_ip4_str(x->ip, ip), used, info.total);
		return;
	}
	if (high == 0 || high > 100 || used < info.total * high / 100)
		return;
	fx_log(x->fx, FX_LOG_ERROR,
	    "Pool threshold exceeded - shared subnet: %s; address: %s; high threshold %u%% %" PRIu64
	    "/%" PRIu64 ".",
	    x->pool->network->name, pxe_ip4_str(x->ip, ip), high, used, info.total);
	p->over_threshold = low < high;
	p->low_threshold = info.total * low / 100;
}

/* ---- binding ---- */

void record_run_commit(struct exchange *x)
{
	struct settings *s = &x->core->settings;

	for (size_t i = 0; i < s->nevent; i++)
		if ((s->event[i].on & ON_COMMIT) != 0)
			(void)stmt_run(s->event[i].body, &x->ctx);
}

static void release(struct exchange *x, struct lease *l)
{
	if (l == x->lease || l->state != LEASE_ACTIVE || l->pool >= x->core->pools.n)
		return;
	lease_free(&x->core->leases, l, x->now_s);
	core_commit(x->core, l, x->fx);
}

/* one-lease-per-client: whatever else the client holds, anywhere, is free. `deny duplicates`: the
 * same of everything its MAC holds on this network under another identifier. */
static void release_others(struct exchange *x)
{
	const struct settings *s = &x->core->settings;
	const struct leases *t = &x->core->leases;
	bool one = settings_flag(s, PARAM_ONE_LEASE_PER_CLIENT);
	bool no_duplicates = settings_num(s, PARAM_DUPLICATES) != PARAM_TRUE;
	struct lease *l = NULL, *next = NULL;

	if (one && x->key.uid.len > 0) {
		for (l = lease_by_uid(t, x->key.uid, NULL); l != NULL; l = next) {
			next = lease_by_uid(t, x->key.uid, l);
			release(x, l);
		}
	}
	if (!no_duplicates && !(one && x->key.uid.len == 0))
		return;
	for (l = lease_by_hw(t, &x->key.hw, NULL); l != NULL; l = next) {
		next = lease_by_hw(t, &x->key.hw, l);
		if (no_duplicates ? l->pool < x->core->pools.n &&
					x->core->pools.v[l->pool].pool->network == x->net
				  : client_owns(&x->key, l))
			release(x, l);
	}
}

/* infinite-is-reserved: what is given for ever stays this client's, given back or not. */
static bool is_to_be_reserved(const struct exchange *x)
{
	return x->lease_s == UINT32_MAX &&
	       settings_flag(&x->core->settings, PARAM_INFINITE_IS_RESERVED);
}

int record_bind(struct exchange *x)
{
	struct core *c = x->core;
	struct lease *l = x->lease;
	struct lease_rec rec = {
	    .starts = x->now_s,
	    .ends = x->lease_s == UINT32_MAX ? LEASE_NEVER : x->now_s + (int64_t)x->lease_s,
	    .cltt = x->now_s,
	    .bootp = x->stage == PXE_STAGE_BOOTP,
	    .reserved = l->reserved || is_to_be_reserved(x),
	    .hw = x->key.hw,
	    .uid = x->key.uid,
	    .hostname = hostname_of(x),
	    .agent = agent_of(x),
	    .vars = vars_text(x),
	    .tail = tail_text(x),
	};
	uint32_t index = 0;
	int err = 0;

	if (x->bill != NULL && is_spawned(x->bill))
		err = spawn_make(&c->spawns, x->bill->class, x->bill_value, &index);
	if (err != 0)
		return err;
	release_others(x);
	if (l->offer != NULL)
		offer_drop(&c->offers, l->offer);
	err = lease_bind(&c->leases, l, &rec, billing(x));
	if (err == 0) {
		core_commit(c, l, x->fx);
		check_threshold(x);
	}
	return err;
}
