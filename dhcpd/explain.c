/* SPDX-License-Identifier: BSD-2-Clause */
/* explain.c -- run the core on a made-up client and have its effects printed. */
#include "dhcpd/explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dhcpd/explain_input.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"

enum {
	ETHERNET_MTU = 1500,
	GIADDR_AT = 24,
	OPT_REQUESTED = 50,
	OPT_SERVER_ID = 54,
	SETTLE_MAX = 8 /* probes one after the other for one packet: far more than there can be */
};

struct run {
	struct core *core;
	struct pxe_now now;
	struct explain_iface on;
	struct core_iface iface;
	struct pxe_ip4 addr[EXPLAIN_ADDRESSES_MAX];
	char hostname[256];
	struct explain_view view;
	bool silent; /* only find out what is offered */
	bool shown, answered;
	struct pxe_dhcp_msg offer; /* type 0: none */
	struct fx_list fx;
};

/* ---- the interface ---- */

static bool is_relayed(const struct explain_input *in)
{
	static const uint8_t none[4];

	for (size_t k = 0; k < in->n; k++)
		if (in->v[k].len >= GIADDR_AT + 4 && memcmp(in->v[k].p + GIADDR_AT, none, 4) == 0)
			return false;
	return true;
}

static int choose_iface(
    struct run *r, const struct conf *conf, const struct explain_input *in, struct pxe_text *why)
{
	struct explain_iface *i = &r->on;
	int err = explain_iface_choose(4, conf, in->iface, is_relayed(in), i, why);

	if (err != 0)
		return err;
	for (size_t k = 0; k < i->naddr; k++)
		r->addr[k] = i->addr[k].v4;
	r->view.assumed = i->assumed;
	r->iface = (struct core_iface){.index = 1,
	    .name = i->name,
	    .ip = i->naddr > 0 ? i->addr[0].v4 : (struct pxe_ip4){0},
	    .addr = r->addr,
	    .naddr = i->naddr,
	    .mtu = i->mtu,
	    .can_link = true,
	    .hw = i->hw};
	return 0;
}

static const struct core_iface *iface_of(void *arg, unsigned ifindex)
{
	struct run *r = arg;

	(void)ifindex;
	return &r->iface;
}

static bool is_ours(void *arg, struct pxe_ip4 ip)
{
	struct run *r = arg;

	for (size_t i = 0; i < r->iface.naddr; i++)
		if (r->addr[i].v == ip.v)
			return true;
	return false;
}

/* ---- exchanges ---- */

static const struct fx *find(const struct fx_list *fx, enum fx_kind kind)
{
	for (size_t i = 0; i < fx->n; i++)
		if (fx->v[i].kind == kind)
			return &fx->v[i];
	return NULL;
}

static void on_exchange(void *arg, const struct exchange *x)
{
	struct run *r = arg;
	const struct fx *send = find(x->fx, FX_SEND);

	if (find(x->fx, FX_PROBE) != NULL)
		return; /* goes on when nobody has answered */
	r->shown = true;
	if (send != NULL && pxe_dhcp_parse(send->send.p, send->send.len, &r->offer) != 0)
		r->offer.type = 0;
	if (!r->silent)
		r->answered = explain_show(&r->view, x);
	else
		r->answered = send != NULL;
}

/* Nobody answers a probe, and every record becomes durable. */
static void settle(struct run *r)
{
	for (unsigned n = 0; n < SETTLE_MAX; n++) {
		const struct fx *e = find(&r->fx, FX_PROBE);
		struct fx_probe probe;

		if (e == NULL)
			break;
		probe = e->probe;
		r->view.probe_ms = probe.timeout_ms;
		r->view.probe = probe.ip;
		fx_reset(&r->fx);
		core_probed(r->core, probe.ip, false, &r->now, &r->fx);
	}
	for (size_t i = 0; i < r->fx.n; i++)
		if (r->fx.v[i].kind == FX_COMMIT)
			core_committed(
			    r->core, r->fx.v[i].commit.ip, r->fx.v[i].commit.version, true);
}

static void send_in(struct run *r, const uint8_t *p, size_t len, const struct explain_packet *k)
{
	struct core_in in = {
	    .data = p, .len = len, .from = k->from, .to = k->to.v4, .ifindex = r->iface.index};

	r->shown = r->answered = false;
	r->view.probe_ms = 0;
	r->offer.type = 0;
	fx_reset(&r->fx);
	core_packet(r->core, &in, &r->now, &r->fx);
	settle(r);
	if (!r->shown && !r->silent)
		explain_none(r->view.out, &r->fx, NULL);
}

/* A DHCPREQUEST for what is offered: the DHCPDISCOVER that comes before it, unseen. When that has
 * no answer it is what there is to explain. */
static void request_offer(struct run *r, const struct explain_packet *k)
{
	static struct pxe_dhcp_msg m;
	struct pxe_dhcp_encode_how how = {.max_len = ETHERNET_MTU, .min_len = PXE_DHCP_MIN_LEN};
	uint8_t out[ETHERNET_MTU];
	struct pxe_ip4 id = {0};
	int len = 0;

	if (pxe_dhcp_parse(k->p, k->len, &m) != 0)
		return;
	(void)pxe_dhcp_set_u8(&m, 53, PXE_DHCP_DISCOVER);
	len = pxe_dhcp_encode(&m, &how, out, sizeof(out), NULL);
	if (len < 0)
		return;
	r->silent = true;
	send_in(r, out, (size_t)len, k);
	r->silent = false;
	if (r->offer.type != PXE_DHCP_OFFER) {
		send_in(r, out, (size_t)len, k);
		return;
	}
	(void)pxe_dhcp_set_u8(&m, 53, PXE_DHCP_REQUEST);
	(void)pxe_dhcp_set_ip4(&m, OPT_REQUESTED, r->offer.yiaddr);
	if (pxe_dhcp_get_ip4(&r->offer, OPT_SERVER_ID, &id))
		(void)pxe_dhcp_set_ip4(&m, OPT_SERVER_ID, id);
	len = pxe_dhcp_encode(&m, &how, out, sizeof(out), NULL);
	if (len >= 0)
		send_in(r, out, (size_t)len, k);
}

static int run_all(struct run *r, const struct explain_input *in)
{
	int code = EXPLAIN_ANSWERED;

	explain_names(r->view.out, core_conf(r->core));
	for (size_t i = 0; i < in->n; i++) {
		if (in->n > 1)
			(void)fprintf(r->view.out, "%s-- packet %zu\n", i > 0 ? "\n" : "", i + 1);
		if (in->wants_offer)
			request_offer(r, &in->v[i]);
		else
			send_in(r, in->v[i].p, in->v[i].len, &in->v[i]);
		if (!r->answered)
			code = EXPLAIN_NO_ANSWER;
	}
	if (in->cut)
		(void)fprintf(r->view.out, "\nonly the first %d requests are explained\n",
		    EXPLAIN_PACKETS_MAX);
	return code;
}

static int make_core(struct run *r, const struct dhcpd_options *o, struct conf *conf)
{
	struct core_opts opts = {
	    .seed = {1, 2}, /* the same answer each time */
	    .server_port = PXE_DHCP_SERVER_PORT,
	    .client_port = PXE_DHCP_CLIENT_PORT,
	    .hostname = r->hostname,
	    .isc_foreign_request = o->s.isc_foreign_request,
	    .isc_foreign_decline = o->s.isc_foreign_decline,
	    .iface = iface_of,
	    .is_ours = is_ours,
	    .trace = on_exchange,
	    .arg = r,
	};
	int err = 0;

	(void)gethostname(r->hostname, sizeof(r->hostname) - 1);
	err = core_new(&opts, &r->core);
	if (err == 0)
		err = core_configure(r->core, conf);
	if (err != 0)
		conf_free(conf);
	return err;
}

static int explain4(const struct dhcpd_options *o, struct conf *conf)
{
	static struct explain_input in;
	char why_text[512];
	struct pxe_text why = pxe_text_init(why_text, sizeof(why_text));
	struct run *r = calloc(1, sizeof(*r));
	int err = 0, code = EXPLAIN_USAGE;

	if (r == NULL)
		err = -ENOMEM;
	if (err == 0)
		err = explain_input_read(4, o->word, o->nword, &in, &why);
	if (err == 0)
		err = choose_iface(r, conf, &in, &why);
	if (err != 0) {
		pxe_log_error("%s", why.len > 0 ? why_text : pxe_strerror(err));
		conf_free(conf);
	} else {
		r->now = (struct pxe_now){
		    .wall_us = (int64_t)time(NULL) * PXE_US_PER_S, .mono_us = PXE_US_PER_S};
		r->view.out = stdout;
		err = make_core(r, o, conf);
		if (err == 0)
			code = run_all(r, &in);
		else
			pxe_log_error("configuration: %s", pxe_strerror(err));
		core_free(r->core);
	}
	explain_input_fini(&in);
	free(r);
	return code;
}

int explain(const struct dhcpd_options *o, struct conf *conf)
{
	return o->is_v6 ? explain6(o, conf) : explain4(o, conf);
}
