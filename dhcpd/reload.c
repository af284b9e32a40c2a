/* SPDX-License-Identifier: BSD-2-Clause */
/* reload.c -- another configuration while serving: parse beside, swap whole, say what changed. */
#include <errno.h>
#include <string.h>

#include "dhcpd/confine.h"
#include "dhcpd/hosts.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"

struct tally {
	size_t networks, subnets, pools, ranges6, hosts, classes;
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
		for (const struct pool *p = n->pool; p != NULL; p = p->next) {
			t.ranges6 += p->nrange6 + p->nprefix6;
			for (size_t i = 0; i < p->nrange; i++)
				t.addresses +=
				    (uint64_t)p->range[i].ip.hi.v - p->range[i].ip.lo.v + 1;
		}
	}
	return t;
}

static void add(struct pxe_text *t, const char *what, uint64_t was, uint64_t is)
{
	pxe_text_addf(t, "%s%llu %s", t->len > 0 ? ", " : "", (unsigned long long)is, what);
	if (was != is)
		pxe_text_addf(t, " (%+lld)", (long long)(is - was));
}

static void say_changes(struct server *s, const struct tally *was)
{
	char text[512];
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	struct tally is = tally_of(s->family->conf(s));
	size_t lost = s->family->outside(s);

	add(&t, "subnets", was->subnets, is.subnets);
	add(&t, "shared networks", was->networks, is.networks);
	add(&t, "pools", was->pools, is.pools);
	if (s->family->version == 6)
		add(&t, "ranges and prefixes", was->ranges6, is.ranges6);
	else
		add(&t, "addresses", was->addresses, is.addresses);
	add(&t, "hosts", was->hosts, is.hosts);
	add(&t, "classes", was->classes, is.classes);
	pxe_log_notice("configuration %s reloaded: %s", s->conf_path, text);
	if (lost > 0)
		pxe_log_warning(
		    "%zu bound leases are in no range any more and will not be renewed", lost);
	server_service_event(s, PXE_REASON_RELOADED, text);
	pxe_service_status(
	    s->service, "serving %zu interfaces; %s", s->family->interfaces(s), text);
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
	struct conf *conf = NULL, *joined = NULL;
	struct tally was = tally_of(s->family->conf(s));
	struct load_how how = options_how(s->options);
	int err = load_conf(s->conf_path, &how, &t, &conf);

	if (err != 0)
		return failed(s, err, text, why);
	joined = hosts_join(s->store, s->conf_path, &how, conf);
	if (joined != NULL) {
		conf_free(conf);
		conf = joined;
	}
	if (!confine_allows(conf, &t)) {
		conf_free(conf);
		return failed(s, PXE_E_SANDBOX, text, why);
	}
	err = load_globals(conf, s->family->version, &globals);
	if (err == 0) {
		resolver_use(&s->resolver, conf); /* before the old names are gone */
		err = s->family->configure(s, conf);
	}
	if (err != 0) {
		resolver_use(&s->resolver, s->family->conf(s));
		conf_free(conf);
		return failed(s, err, pxe_strerror(err), why);
	}
	say_fixed(&s->globals, &globals);
	s->family->refresh_net(s);
	say_changes(s, &was);
	server_settle(s);
	return 0;
}
