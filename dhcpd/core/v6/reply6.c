/* SPDX-License-Identifier: BSD-2-Clause */
/* reply6.c -- build and send an answer. */
#include <string.h>

#include "dhcpd/core/v6/exchange6.h"

enum {
	OPT_VENDOR_OPTS = 17,
	OPT_RECONF_MSG = 19,
	OPT_RECONF_ACCEPT = 20,
	OPT_AUTH = 11,
	OPT_BOOT_URL = 59,
	ENTERPRISE_INTEL =
	    343,       /* whose vendor class PXE and HTTP boot clients send (UEFI 24.3.4) */
	ORO_MAX = 256, /* options asked for that are looked at */
	ENCAP_MAX = 2048
};

/* ---- values ---- */

/* Set by the rules of the protocol, or never sent by a server. */
static bool is_protocol(uint16_t code)
{
	switch (code) {
	case PXE_DHCP6_OPT_CLIENT_ID:
	case PXE_DHCP6_OPT_SERVER_ID:
	case PXE_DHCP6_OPT_IA_NA:
	case PXE_DHCP6_OPT_IA_TA:
	case PXE_DHCP6_OPT_IA_ADDR:
	case PXE_DHCP6_OPT_ORO:
	case PXE_DHCP6_OPT_PREFERENCE:
	case PXE_DHCP6_OPT_ELAPSED_TIME:
	case PXE_DHCP6_OPT_RELAY_MSG:
	case OPT_AUTH:
	case PXE_DHCP6_OPT_STATUS_CODE:
	case PXE_DHCP6_OPT_RAPID_COMMIT:
	case PXE_DHCP6_OPT_INTERFACE_ID:
	case OPT_RECONF_MSG:
	case OPT_RECONF_ACCEPT:
	case PXE_DHCP6_OPT_IA_PD:
	case PXE_DHCP6_OPT_IA_PREFIX:
	case PXE_DHCP6_OPT_RELAY_SOURCE_PORT:
		return true;
	default:
		return false;
	}
}

/* All options of a space that are set, one after the other. */
static void put_space(struct exchange6 *x, struct pxe_wr *wr, const struct pxe_opt_space *space)
{
	const struct settings *s = &x->core->settings;

	for (size_t i = 0; i < s->nopt; i++)
		if (s->opt[i].def->space == space && s->opt[i].value.p != NULL)
			pxe_opt_tlv_put(
			    wr, space, s->opt[i].def->code, s->opt[i].value.p, s->opt[i].value.len);
}

/* The space that a definition encapsulates, as bytes into body; false: nothing of it is set. */
static bool encapsulated(struct exchange6 *x, const struct pxe_opt_def *def, struct pxe_wr *body)
{
	const struct pxe_opt_space *space =
	    def->encap != NULL ? pxe_opt_space_find(x->view.reg, def->encap) : NULL;

	if (space == NULL || space->is_virtual)
		return false;
	put_space(x, body, space);
	return body->len > 0 && body->err == 0;
}

/* Vendor options, one option for each enterprise (RFC 8415 21.17): the number, then options of two
 * bytes of code and two of length. A literal value of vsio.NAME is the enterprise's part as it is.
 */
static void put_vendor_opts(struct exchange6 *x, struct pxe_wr *wr)
{
	const struct pxe_opt_space *vsio = pxe_opt_space_find(x->view.reg, "vsio");
	const struct pxe_opt_def *def = NULL;
	const struct setting_option *whole = exchange6_option(x, OPT_VENDOR_OPTS);

	if (whole != NULL)
		pxe_dhcp6_put(wr, OPT_VENDOR_OPTS, whole->value.p, whole->value.len);
	for (size_t i = 0; (def = pxe_opt_at(x->view.reg, vsio, i)) != NULL; i++) {
		const struct setting_option *o = settings_option(&x->core->settings, def);
		uint8_t buf[ENCAP_MAX];
		struct pxe_wr body = pxe_wr_init(buf, sizeof(buf));
		struct pxe_dhcp6_open open;

		if (pxe_opt_by_code(x->view.reg, vsio, def->code) != def)
			continue; /* another name of the same enterprise */
		if (o != NULL)
			pxe_wr_bytes(&body, o->value.p, o->value.len);
		else if (!encapsulated(x, def, &body))
			continue;
		open = pxe_dhcp6_open(wr, OPT_VENDOR_OPTS);
		pxe_wr_u32(wr, def->code);
		pxe_wr_bytes(wr, body.p, body.len);
		pxe_dhcp6_close(wr, open);
	}
}

static void put(struct exchange6 *x, struct pxe_wr *wr, uint16_t code)
{
	const struct setting_option *o = NULL;
	const struct pxe_opt_def *def = NULL;
	uint8_t buf[ENCAP_MAX];
	struct pxe_wr body = pxe_wr_init(buf, sizeof(buf));

	if (is_protocol(code))
		return;
	if (code == OPT_VENDOR_OPTS) {
		put_vendor_opts(x, wr);
		return;
	}
	o = exchange6_option(x, code);
	if (o != NULL) {
		pxe_dhcp6_put(wr, code, o->value.p, o->value.len);
		return;
	}
	def = pxe_opt_by_code(x->view.reg, x->core->space, code);
	if (def != NULL && encapsulated(x, def, &body))
		pxe_dhcp6_put(wr, code, body.p, body.len);
}

/* ---- boot clients ---- */

static bool is_http_client(const struct exchange6 *x)
{
	static const char word[] = "HTTPClient";
	struct pxe_bytes b = pxe_dhcp6_get(x->req->options, PXE_DHCP6_OPT_VENDOR_CLASS), item;
	struct pxe_rd rd = pxe_rd_init(b.p, b.len);

	(void)pxe_rd_u32(&rd);
	while (pxe_dhcp6_item_next(&rd, &item))
		if (item.len >= sizeof(word) - 1 && memcmp(item.p, word, sizeof(word) - 1) == 0)
			return true;
	return false;
}

/* UEFI's HTTP boot takes an answer only when it is marked as meant for it. */
static void put_http_mark(struct exchange6 *x, struct pxe_wr *wr)
{
	static const char word[] = "HTTPClient";
	const struct setting_option *o = exchange6_option(x, PXE_DHCP6_OPT_VENDOR_CLASS);
	struct pxe_dhcp6_open open;

	if (o != NULL) {
		pxe_dhcp6_put(wr, PXE_DHCP6_OPT_VENDOR_CLASS, o->value.p, o->value.len);
		return;
	}
	open = pxe_dhcp6_open(wr, PXE_DHCP6_OPT_VENDOR_CLASS);
	pxe_wr_u32(wr, ENTERPRISE_INTEL);
	pxe_wr_u16(wr, sizeof(word) - 1);
	pxe_wr_bytes(wr, word, sizeof(word) - 1);
	pxe_dhcp6_close(wr, open);
}

static void put_boot(struct exchange6 *x, struct pxe_wr *wr, size_t options_at)
{
	const struct setting_option *url = exchange6_option(x, OPT_BOOT_URL);
	struct pxe_bytes so_far = {wr->p + options_at, wr->len - options_at};
	char *s = NULL;

	if (url == NULL || !pxe_dhcp6_is_requested(x->req->options, OPT_BOOT_URL))
		return;
	s = fx_alloc(x->fx, url->value.len + 1);
	if (s == NULL)
		return;
	memcpy(s, url->value.p, url->value.len);
	s[url->value.len] = '\0';
	x->boot_file = s;
	if (is_http_client(x) && pxe_str_starts(s, "http") &&
	    pxe_dhcp6_get(so_far, PXE_DHCP6_OPT_VENDOR_CLASS).p == NULL)
		put_http_mark(x, wr);
}

/* What the client asks for, in its order. */
static void put_requested(struct exchange6 *x, struct pxe_wr *wr)
{
	struct pxe_bytes oro = pxe_dhcp6_get(x->req->options, PXE_DHCP6_OPT_ORO);
	struct pxe_rd rd = pxe_rd_init(oro.p, oro.len);
	uint16_t seen[ORO_MAX];
	size_t n = 0;

	while (n < ORO_MAX && pxe_rd_left(&rd) >= 2) {
		uint16_t code = pxe_rd_u16(&rd);
		size_t i = 0;

		while (i < n && seen[i] != code)
			i++;
		if (i < n)
			continue;
		seen[n++] = code;
		put(x, wr, code);
	}
}

/* ---- the message ---- */

void reply6_begin(struct exchange6 *x, uint8_t type)
{
	x->type = type;
	x->ias = pxe_wr_init(x->core->ias, sizeof(x->core->ias));
	x->outcome = (struct outcome6){.reason = PXE_REASON_OK};
}

static void put_configured(struct exchange6 *x, struct pxe_wr *wr, unsigned what)
{
	const struct setting_option *o = NULL;
	size_t at = PXE_DHCP6_HEADER_LEN;

	if ((what & REPLY6_PLAIN) != 0)
		return;
	exchange6_evaluate(x);
	o = exchange6_option(x, PXE_DHCP6_OPT_PREFERENCE);
	if (o != NULL)
		pxe_dhcp6_put(wr, PXE_DHCP6_OPT_PREFERENCE, o->value.p, o->value.len);
	if ((what & REPLY6_OPTIONS) == 0)
		return;
	put_requested(x, wr);
	if (wr->err == 0)
		put_boot(x, wr, at);
}

static struct pxe_bytes encode(
    struct exchange6 *x, unsigned what, uint16_t status, const char *text)
{
	struct core6 *c = x->core;
	struct pxe_wr wr = pxe_wr_init(c->reply, sizeof(c->reply));
	struct pxe_bytes id = exchange6_server_id(x);

	pxe_dhcp6_put_header(&wr, x->type, x->req->xid);
	if ((what & REPLY6_IAS_LAST) == 0)
		pxe_wr_bytes(&wr, x->ias.p, x->ias.len);
	if (x->duid.len > 0)
		pxe_dhcp6_put(&wr, PXE_DHCP6_OPT_CLIENT_ID, x->duid.p, x->duid.len);
	pxe_dhcp6_put(&wr, PXE_DHCP6_OPT_SERVER_ID, id.p, id.len);
	if (text != NULL)
		pxe_dhcp6_put_status(&wr, status, text);
	if (x->is_rapid)
		pxe_dhcp6_put(&wr, PXE_DHCP6_OPT_RAPID_COMMIT, NULL, 0);
	put_configured(x, &wr, what);
	if ((what & REPLY6_IAS_LAST) != 0)
		pxe_wr_bytes(&wr, x->ias.p, x->ias.len);
	if (x->ias.err != 0 || wr.err != 0)
		return (struct pxe_bytes){0};
	return (struct pxe_bytes){c->reply, wr.len};
}

/* Relays are answered on their port, or where RFC 8357 5.2 says they sent from. */
static struct pxe_endpoint destination(const struct exchange6 *x)
{
	struct pxe_endpoint to = x->in->from;
	const struct pxe_dhcp6_chain *chain = x->chain;

	if (chain->nrelay == 0) { /* who queries leases is no client, and may have its port */
		if (x->type != PXE_DHCP6_LEASEQUERY_REPLY)
			to.port = x->core->opts.client_port;
	} else if (pxe_dhcp6_get(chain->relay[0].options, PXE_DHCP6_OPT_RELAY_SOURCE_PORT).p ==
		   NULL)
		to.port = x->core->opts.server_port;
	return to;
}

static bool send(struct exchange6 *x, struct pxe_bytes message)
{
	uint8_t *out = fx_alloc(x->fx, REPLY6_MAX);
	struct pxe_wr wr = pxe_wr_init(out, out != NULL ? REPLY6_MAX : 0);
	struct fx *e = NULL;

	if (message.len == 0 || out == NULL)
		return false;
	pxe_dhcp6_wrap(&wr, x->chain, message);
	if (wr.err != 0)
		return false;
	/* what is not needed of the room goes back: one answer is a few hundred bytes */
	x->fx->used -= REPLY6_MAX - ((wr.len + 15) & ~(size_t)15);
	e = fx_add(x->fx, FX_SEND6);
	if (e == NULL)
		return false;
	e->send6 = (struct fx_send6){
	    .to = destination(x), .ifindex = x->iface->index, .p = out, .len = wr.len};
	return true;
}

/* A Reply that gives nothing is an event of what it answers, so that what has the stage "reply" and
 * went well is a lease. */
static enum pxe_stage stage_of(const struct exchange6 *x)
{
	switch (x->stage) {
	case PXE_STAGE_CONFIRM:
	case PXE_STAGE_RELEASE:
	case PXE_STAGE_DECLINE:
	case PXE_STAGE_INFOREQUEST:
	case PXE_STAGE_LEASEQUERY:
		return x->stage;
	default:
		return x->type == PXE_DHCP6_ADVERTISE ? PXE_STAGE_ADVERTISE : PXE_STAGE_REPLY;
	}
}

void reply6_send(struct exchange6 *x, unsigned what, uint16_t status, const char *text)
{
	struct pxe_bytes message = encode(x, what, status, text);
	enum pxe_stage stage = stage_of(x);
	struct pxe_endpoint to = destination(x);

	x->fx->when = x->committed ? FX_IF_DURABLE : FX_ALWAYS;
	if (send(x, message)) {
		fx_log(x->fx, FX_LOG_INFO, "Sending %s to %s port %u",
		    pxe_dhcp6_type_name(x->chain->nrelay > 0 ? PXE_DHCP6_RELAY_REPL : x->type),
		    x->from, to.port);
		exchange6_event(x, stage, x->outcome.reason);
	} else {
		fx_log(x->fx, FX_LOG_ERROR,
		    "the answer to client %s does not fit into %d bytes and is not sent",
		    x->duid_text, REPLY6_MAX);
		exchange6_event(x, x->stage, PXE_REASON_TOO_LARGE);
	}
	if (x->committed) {
		x->fx->when = FX_IF_LOST;
		exchange6_discard(x, PXE_REASON_STORE_FAILED, ": database update failed");
	}
	x->fx->when = FX_ALWAYS;
}
