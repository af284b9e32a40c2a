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
#include "libpxecommon/os/iface.h"
#include "libpxecommon/os/log.h"

enum {
	IFACE_ADDRESSES_MAX = 64,
	ETHERNET_MTU = 1500,
	GIADDR_AT = 24,
	OPT_REQUESTED = 50,
	OPT_SERVER_ID = 54,
	SETTLE_MAX = 8 /* probes one after the other for one packet: far more than there can be */
};

struct run {
	struct core *core;
	struct pxe_now now;
	struct core_iface iface;
	char name[IF_NAMESIZE + 16];
	struct pxe_ip4 addr[IFACE_ADDRESSES_MAX];
	char hostname[256];
	struct explain_view view;
	bool silent; /* only find out what is offered */
	bool shown, answered;
	struct pxe_dhcp_msg offer; /* type 0: none */
	struct fx_list fx;
};

/* ---- the interface ---- */

static void use(struct run *r, const char *name, struct pxe_ip4 ip)
{
	(void)pxe_str_copy(r->name, sizeof(r->name), name);
	r->addr[0] = ip;
	r->iface = (struct core_iface){.index = 1,
	    .name = r->name,
	    .ip = ip,
	    .addr = r->addr,
	    .naddr = ip.v != 0,
	    .mtu = ETHERNET_MTU,
	    .can_link = true,
	    .hw = {.type = 1, .len = 6}};
}

static void use_real(struct run *r, const struct pxe_iface *i)
{
	struct pxe_ip first = pxe_iface_ip4(i);
	size_t n = 0;

	use(r, i->name, first.family == 4 ? first.v4 : (struct pxe_ip4){0});
	for (size_t k = 0; k < i->naddr && n < IFACE_ADDRESSES_MAX; k++)
		if (i->addr[k].prefix.ip.family == 4)
			r->addr[n++] = i->addr[k].prefix.ip.v4;
	r->iface.naddr = n;
	r->iface.mtu = i->mtu;
	r->iface.hw = i->hw;
}

static bool serves(const struct conf *conf, const struct pxe_iface *i)
{
	if (conf_network_by_interface(conf, i->name) != NULL)
		return true;
	for (size_t k = 0; k < i->naddr; k++)
		if (conf_subnet(conf, &i->addr[k].prefix.ip) != NULL)
			return true;
	return false;
}

static int named(struct run *r, const struct conf *conf, const struct pxe_ifaces *all,
    const char *name, struct pxe_text *why)
{
	const struct pxe_iface *i = all != NULL ? pxe_iface_by_name(all, name) : NULL;
	struct pxe_ip4 ip;
	char names[512];

	if (pxe_ip4_parse(name, &ip) == 0) {
		use(r, "eth", ip);
		return 0;
	}
	if (i != NULL) {
		use_real(r, i);
		return 0;
	}
	if (conf_network_by_interface(conf, name) != NULL) {
		use(r, name, (struct pxe_ip4){0});
		return 0;
	}
	pxe_text_addf(why, "iface=%s: no such interface here; say an address, or one of: %s", name,
	    all != NULL ? pxe_ifaces_names(all, names, sizeof(names)) : "");
	return PXE_E_NOTFOUND;
}

/* The only interface here that a subnet is declared for; NULL when there is none or several. */
static const struct pxe_iface *only(
    const struct conf *conf, const struct pxe_ifaces *all, bool any, bool *out_several)
{
	const struct pxe_iface *found = NULL, *i = NULL;

	*out_several = false;
	for (size_t k = 0; all != NULL && (i = pxe_iface_at(all, k)) != NULL; k++) {
		if ((i->flags & IFF_LOOPBACK) != 0 || !serves(conf, i))
			continue;
		if (found != NULL && !any)
			*out_several = true;
		if (found == NULL)
			found = i;
	}
	return *out_several ? NULL : found;
}

/* The first address of the first subnet stands in for ours. */
static int assume(
    struct run *r, const struct conf *conf, bool relayed, bool several, struct pxe_text *why)
{
	const struct network *n = conf_networks(conf);

	if (n == NULL || n->subnet == NULL) {
		pxe_text_add(why, "the configuration has no subnet");
		return PXE_E_NOTFOUND;
	}
	if (several || (n->next != NULL && !relayed)) {
		pxe_text_add(why, "which network does the client ask on? say giaddr= or iface=");
		return PXE_E_NOTFOUND;
	}
	use(r, "eth", (struct pxe_ip4){n->subnet->prefix.ip.v4.v + 1});
	r->view.assumed = true;
	return 0;
}

static int choose_iface(
    struct run *r, const struct conf *conf, const struct explain_input *in, struct pxe_text *why)
{
	struct pxe_ifaces *all = NULL;
	const struct pxe_iface *i = NULL;
	bool relayed = true, several = false;
	int err = 0;

	for (size_t k = 0; k < in->n; k++) {
		static const uint8_t none[4];

		if (in->v[k].len >= GIADDR_AT + 4 && memcmp(in->v[k].p + GIADDR_AT, none, 4) == 0)
			relayed = false;
	}
	(void)pxe_ifaces_open(NULL, NULL, NULL, &all);
	if (in->iface != NULL) {
		err = named(r, conf, all, in->iface, why);
	} else {
		i = only(conf, all, relayed, &several);
		if (i != NULL)
			use_real(r, i);
		else
			err = assume(r, conf, relayed, several, why);
	}
	pxe_ifaces_close(all);
	return err;
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
	    .data = p, .len = len, .from = k->from, .to = k->to, .ifindex = r->iface.index};

	r->shown = r->answered = false;
	r->view.probe_ms = 0;
	r->offer.type = 0;
	fx_reset(&r->fx);
	core_packet(r->core, &in, &r->now, &r->fx);
	settle(r);
	if (!r->shown && !r->silent)
		explain_show_refused(r->view.out, &r->fx);
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

/* Names are not looked up: that would be touching the network. */
static void say_names(FILE *out, const struct conf *conf)
{
	for (const struct conf_name *n = conf_names(conf); n != NULL; n = n->next) {
		char where[600];

		(void)fprintf(out, "%s: the name %s is not looked up here and has no address\n",
		    conf_where(conf, n->pos, where, sizeof(where)), n->name);
	}
}

static int run_all(struct run *r, const struct explain_input *in)
{
	int code = EXPLAIN_ANSWERED;

	say_names(r->view.out, core_conf(r->core));
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

int explain(const struct dhcpd_options *o, struct conf *conf)
{
	static struct explain_input in;
	char why_text[512];
	struct pxe_text why = pxe_text_init(why_text, sizeof(why_text));
	struct run *r = calloc(1, sizeof(*r));
	int err = 0, code = EXPLAIN_USAGE;

	if (o->is_v6) {
		pxe_text_add(&why, "--explain knows DHCPv4 only");
		err = PXE_E_UNSUPPORTED;
	}
	if (r == NULL)
		err = -ENOMEM;
	if (err == 0)
		err = explain_input_read(o->word, o->nword, &in, &why);
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
