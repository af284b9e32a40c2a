/* SPDX-License-Identifier: BSD-2-Clause */
/* explain6.c -- run the DHCPv6 core on a made-up client and have its effects printed. */
#include "dhcpd/explain6.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "dhcpd/explain.h"
#include "dhcpd/explain_input.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"

/* Who we are: a DUID of the documentation's, so that the same question has the same answer. */
static const uint8_t server_duid[] = {0, 3, 0, 1, 0, 0, 0x5e, 0, 0x53, 1};

struct run {
	struct core6 *core;
	struct pxe_now now;
	struct explain_iface on;
	struct core6_iface iface;
	struct pxe_ip6 addr[EXPLAIN_ADDRESSES_MAX];
	char hostname[256];
	struct explain6_view view;
	bool shown, answered;
	struct explain_input in;
	struct fx_list fx;
};

static bool is_relayed(const struct explain_input *in)
{
	for (size_t i = 0; i < in->n; i++)
		if (in->v[i].len == 0 || in->v[i].p[0] != PXE_DHCP6_RELAY_FORW)
			return false;
	return true;
}

static int choose_iface(struct run *r, const struct conf *conf, struct pxe_text *why)
{
	struct explain_iface *i = &r->on;
	int err = explain_iface_choose(6, conf, r->in.iface, is_relayed(&r->in), i, why);

	if (err != 0)
		return err;
	for (size_t k = 0; k < i->naddr; k++)
		r->addr[k] = i->addr[k].v6;
	r->view.assumed = i->assumed;
	r->iface =
	    (struct core6_iface){.index = 1, .name = i->name, .addr = r->addr, .naddr = i->naddr};
	return 0;
}

static const struct core6_iface *iface_of(void *arg, unsigned ifindex)
{
	struct run *r = arg;

	(void)ifindex;
	return &r->iface;
}

static void on_exchange(void *arg, const struct exchange6 *x)
{
	struct run *r = arg;

	r->shown = true;
	r->answered = explain6_show(&r->view, x);
}

static void send_in(struct run *r, const struct explain_packet *k)
{
	struct core6_in in = {
	    .data = k->p, .len = k->len, .from = k->from, .to = k->to, .ifindex = r->iface.index};

	r->shown = r->answered = false;
	fx_reset(&r->fx);
	core6_packet(r->core, &in, &r->now, &r->fx);
	for (size_t i = 0; i < r->fx.n; i++)
		if (r->fx.v[i].kind == FX_COMMIT)
			core6_committed(
			    r->core, r->fx.v[i].commit.ia, r->fx.v[i].commit.version, true);
	if (!r->shown)
		explain_none(r->view.out, &r->fx, NULL);
}

static int run_all(struct run *r)
{
	int code = EXPLAIN_ANSWERED;

	explain_names(r->view.out, core6_conf(r->core));
	for (size_t i = 0; i < r->in.n; i++) {
		if (r->in.n > 1)
			(void)fprintf(r->view.out, "%s-- packet %zu\n", i > 0 ? "\n" : "", i + 1);
		send_in(r, &r->in.v[i]);
		if (!r->answered)
			code = EXPLAIN_NO_ANSWER;
	}
	if (r->in.cut)
		(void)fprintf(r->view.out, "\nonly the first %d requests are explained\n",
		    EXPLAIN_PACKETS_MAX);
	return code;
}

static int make_core(struct run *r, struct conf *conf)
{
	struct core6_opts opts = {
	    .seed = {1, 2},
	    .server_port = PXE_DHCP6_SERVER_PORT,
	    .client_port = PXE_DHCP6_CLIENT_PORT,
	    .hostname = r->hostname,
	    .iface = iface_of,
	    .trace = on_exchange,
	    .arg = r,
	};
	int err = core6_new(&opts, &r->core);

	(void)gethostname(r->hostname, sizeof(r->hostname) - 1);
	if (err == 0) {
		core6_set_duid(r->core, (struct pxe_bytes){server_duid, sizeof(server_duid)});
		err = core6_configure(r->core, conf);
	}
	if (err != 0)
		conf_free(conf);
	return err;
}

int explain6(const struct dhcpd_options *o, struct conf *conf)
{
	char why_text[512];
	struct pxe_text why = pxe_text_init(why_text, sizeof(why_text));
	struct run *r = calloc(1, sizeof(*r));
	int err = 0, code = EXPLAIN_USAGE;

	if (r == NULL) {
		conf_free(conf);
		pxe_log_error("%s", pxe_strerror(-ENOMEM));
		return EXPLAIN_USAGE;
	}
	r->now = (struct pxe_now){
	    .wall_us = (int64_t)time(NULL) * PXE_US_PER_S, .mono_us = PXE_US_PER_S};
	r->view.out = stdout;
	err = make_core(r, conf);
	if (err == 0) {
		r->in.server_id = core6_duid(r->core);
		err = explain_input_read(6, o->word, o->nword, &r->in, &why);
	}
	if (err == 0)
		err = choose_iface(r, core6_conf(r->core), &why);
	if (err == 0)
		code = run_all(r);
	else
		pxe_log_error("%s", why.len > 0 ? why_text : pxe_strerror(err));
	core6_free(r->core);
	explain_input_fini(&r->in);
	free(r);
	return code;
}
