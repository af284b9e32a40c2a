/* SPDX-License-Identifier: BSD-2-Clause */
/* reload.c -- another configuration while serving: parse beside, swap whole, say what changed. */
#include <errno.h>
#include <string.h>

#include "dhcpd/server.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"

struct tally {
	size_t networks, subnets, pools, hosts, classes;
	uint64_t addresses;
};

static struct tally tally_of(const struct conf *conf)
{
	struct tally t = {.networks = conf_nnetwork(conf),
	    .pools = conf_npool(conf),
	    .hosts = conf_nhost(conf),
	    .classes = conf_nclass(conf)};

	for (const struct network *n = conf_networks(conf); n != NULL; n = n->next) {
		for (const struct subnet *s = n->subnet; s != NULL; s = s->next)
			t.subnets++;
		for (const struct pool *p = n->pool; p != NULL; p = p->next)
			for (size_t i = 0; i < p->nrange; i++)
				t.addresses +=
				    (uint64_t)p->range[i].ip.hi.v - p->range[i].ip.lo.v + 1;
	}
	return t;
}

static void add(struct pxe_text *t, const char *what, uint64_t was, uint64_t is)
{
	pxe_text_addf(t, "%s%llu %s", t->len > 0 ? ", " : "", (unsigned long long)is, what);
	if (was != is)
		pxe_text_addf(t, " (%+lld)", (long long)(is - was));
}

/* Leases whose address is in no pool any more: kept on file, but not renewed. */
static size_t outside(struct core *c)
{
	const struct lease *l = NULL;
	size_t cursor = 0, n = 0;

	while ((l = lease_walk(core_leases(c), &cursor)) != NULL)
		n += l->pool == LEASE_POOL_NONE && l->state == LEASE_ACTIVE;
	return n;
}

static void say_changes(struct server *s, const struct tally *was)
{
	char text[512];
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	struct tally is = tally_of(core_conf(s->core));
	size_t lost = outside(s->core);

	add(&t, "subnets", was->subnets, is.subnets);
	add(&t, "shared networks", was->networks, is.networks);
	add(&t, "pools", was->pools, is.pools);
	add(&t, "addresses", was->addresses, is.addresses);
	add(&t, "hosts", was->hosts, is.hosts);
	add(&t, "classes", was->classes, is.classes);
	pxe_log_notice("configuration %s reloaded: %s", s->conf_path, text);
	if (lost > 0)
		pxe_log_warning(
		    "%zu bound leases are in no range any more and will not be renewed", lost);
	server_service_event(s, PXE_REASON_RELOADED, text);
	pxe_service_status(s->service, "serving %zu interfaces; %s", net_count(s->net), text);
}

/* What only a restart can change. */
static void say_fixed(const struct load_globals *was, const struct load_globals *is)
{
	if (strcmp(was->lease_file, is->lease_file) != 0)
		pxe_log_warning("lease-file-name takes effect after a restart");
	if (strcmp(was->pid_file, is->pid_file) != 0)
		pxe_log_warning("pid-file-name takes effect after a restart");
	if (was->local_port != is->local_port || was->remote_port != is->remote_port ||
	    was->local_address.v != is->local_address.v)
		pxe_log_warning("ports and local-address take effect after a restart");
}

static int failed(struct server *s, int err, const char *text, struct pxe_text *why)
{
	pxe_log_error("configuration not reloaded, the old one stays: %s", text);
	server_service_event(s, PXE_REASON_RELOAD_FAILED, text);
	if (why != NULL)
		pxe_text_add(why, text);
	return err;
}

int server_reload(struct server *s, struct pxe_text *why)
{
	char text[1024];
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	struct load_globals globals;
	struct conf *conf = NULL;
	struct tally was = tally_of(core_conf(s->core));
	int err = load_conf(s->conf_path, &t, &conf);

	if (err != 0)
		return failed(s, err, text, why);
	err = load_globals(conf, &globals);
	if (err == 0) {
		resolver_use(&s->resolver, conf); /* before the old names are gone */
		err = core_configure(s->core, conf);
	}
	if (err != 0) {
		resolver_use(&s->resolver, core_conf(s->core));
		conf_free(conf);
		return failed(s, err, pxe_strerror(err), why);
	}
	say_fixed(&s->globals, &globals);
	net_refresh(s->net);
	say_changes(s, &was);
	server_settle(s);
	return 0;
}
