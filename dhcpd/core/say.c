/* SPDX-License-Identifier: BSD-2-Clause */
/* say.c -- how an exchange ends: log line, event, record. */
#include <stdarg.h>
#include <string.h>

#include "dhcpd/core/exchange.h"
#include "libpxecommon/proto/pxe.h"

enum {
	OPT_HOST_NAME = 12,
	OPT_VENDOR_CLASS = 60,
	OPT_CLIENT_ID = 61,
	OPT_UUID = 97,
	WHERE_MAX = 512
};

void exchange_ignore(struct exchange *x, enum pxe_reason reason, bool quiet, struct conf_pos where,
    const char *fmt, ...)
{
	char suffix[EXCHANGE_LINE_MAX];
	struct pxe_text t = pxe_text_init(suffix, sizeof(suffix));
	va_list ap;

	if (fmt != NULL) {
		va_start(ap, fmt);
		pxe_text_addv(&t, fmt, ap);
		va_end(ap);
	}
	if (!quiet)
		fx_log_often(x->fx, FX_LOG_INFO, "%s%s%s", x->line, t.len > 0 ? ": " : "", suffix);
	if (where.line != 0)
		x->where = where;
	exchange_event(x, x->stage, reason);
}

/* Bytes of an option as a string in the effects' buffer; NULL when absent. */
static const char *option_text(struct exchange *x, uint8_t code)
{
	struct pxe_bytes b = pxe_dhcp_get(x->req, code);
	char *s = NULL;

	if (b.len == 0)
		return NULL;
	s = fx_alloc(x->fx, b.len + 1);
	if (s == NULL)
		return NULL;
	memcpy(s, b.p, b.len);
	s[b.len] = '\0';
	return s;
}

static void identify(struct exchange *x, struct pxe_event *ev)
{
	struct pxe_bytes id = pxe_dhcp_get(x->req, OPT_CLIENT_ID);

	ev->mac = pxe_dhcp_hwaddr(x->req);
	ev->xid = x->req->xid;
	ev->client_id = id.p;
	ev->client_id_len = id.len;
	ev->has_uuid = pxe_uuid_from_option(pxe_dhcp_get(x->req, OPT_UUID), ev->uuid);
	ev->has_arch = pxe_arch_of(x->req, &ev->arch);
	ev->hostname = option_text(x, OPT_HOST_NAME);
	ev->vendor_class = option_text(x, OPT_VENDOR_CLASS);
	if (x->req->giaddr.v != 0)
		ev->giaddr = pxe_ip_from4(x->req->giaddr);
}

void exchange_event(struct exchange *x, enum pxe_stage stage, enum pxe_reason reason)
{
	char where[WHERE_MAX] = "";
	struct fx *e = fx_add(x->fx, FX_EVENT);
	struct pxe_ip4 ip = x->ip.v != 0 ? x->ip : x->req->ciaddr;

	if (e == NULL)
		return;
	e->event.time_us = x->now->wall_us;
	e->event.stage = stage;
	e->event.reason = reason;
	identify(x, &e->event);
	if (ip.v != 0)
		e->event.ip = pxe_ip_from4(ip);
	if (x->server_id.v != 0)
		e->event.server = pxe_ip_from4(x->server_id);
	e->event.ifname = x->iface->name;
	e->event.file = x->boot_file;
	e->event.detail = x->detail;
	if (x->where.line != 0)
		e->event.where =
		    fx_strdup(x->fx, conf_where(x->core->conf, x->where, where, sizeof(where)));
}

void core_commit(struct core *c, const struct lease *l, struct fx_list *fx)
{
	static const size_t usual = 1024;
	struct pxe_text t = {0};
	size_t cap = usual;
	char *p = NULL;

	/* almost every record is short; the rare long one gets all the room there is */
	for (;;) {
		size_t used = fx->used;

		p = fx_alloc(fx, cap);
		if (p == NULL)
			return;
		t = pxe_text_init(p, cap);
		core_lease_text(c, l, &t);
		if (!t.truncated || cap == LEASE_TEXT_MAX)
			break;
		fx->used = used;
		cap = LEASE_TEXT_MAX;
	}
	if (!t.truncated) {
		struct fx *e = fx_add(fx, FX_COMMIT);

		if (e != NULL)
			e->commit = (struct fx_commit){
			    .ip = l->ip, .version = l->version, .text = p, .len = t.len};
	} else {
		fx->overflow = true;
	}
}

void exchange_run_events(struct exchange *x, unsigned on)
{
	struct settings *s = &x->core->settings;

	for (size_t i = 0; i < s->nevent; i++)
		if ((s->event[i].on & on) != 0)
			(void)stmt_run(s->event[i].body, &x->ctx);
	core_settings_effects(x->core, x->fx);
}

void core_settings_effects(struct core *c, struct fx_list *fx)
{
	fx_settings(fx, &c->settings);
}
