/* SPDX-License-Identifier: BSD-2-Clause */
/* say6.c -- how a DHCPv6 exchange ends: log line, event, record. */
#include <stdarg.h>
#include <string.h>

#include "dhcpd/core/v6/exchange6.h"

enum { OPT_ARCH = 61, DUID_UUID = 4, DUID_UUID_LEN = 18, WHERE_MAX = 512 };

const char *duid6_text(struct pxe_bytes duid, char buf[EXCHANGE6_DUID_TEXT + 1])
{
	struct pxe_text t = pxe_text_init(buf, EXCHANGE6_DUID_TEXT + 1);

	pxe_text_add_hex(&t, duid.p, duid.len < LEASE6_DUID_MAX ? duid.len : LEASE6_DUID_MAX, ':');
	return buf;
}

const char *lease6_text_of(const struct pxe_ip6 *ip, uint8_t len, char buf[PXE_PREFIX_STRLEN])
{
	struct pxe_prefix p = {.ip = {.family = 6, .v6 = *ip}, .len = len};

	return len == 128 ? pxe_ip_str(&p.ip, buf) : pxe_prefix_str(&p, buf);
}

void exchange6_discard(struct exchange6 *x, enum pxe_reason reason, const char *fmt, ...)
{
	char text[EXCHANGE6_LINE_MAX * 4];
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	const char *name = pxe_dhcp6_type_name(x->req->type);
	va_list ap;

	va_start(ap, fmt);
	pxe_text_addv(&t, fmt, ap);
	va_end(ap);
	fx_log(x->fx, FX_LOG_INFO, "Discarding %s from %s%s", name != NULL ? name : "message",
	    x->from, text);
	exchange6_event(x, x->stage, reason);
}

static void identify(const struct exchange6 *x, struct pxe_event *ev)
{
	struct pxe_bytes arch = pxe_dhcp6_get(x->req->options, OPT_ARCH);

	ev->mac = x->hw;
	ev->xid = x->req->xid;
	ev->client_id = x->duid.p;
	ev->client_id_len = x->duid.len;
	if (x->duid.len == DUID_UUID_LEN && x->duid.p[0] == 0 && x->duid.p[1] == DUID_UUID) {
		memcpy(ev->uuid, x->duid.p + 2, sizeof(ev->uuid));
		ev->has_uuid = true;
	}
	if (arch.len >= 2) {
		ev->has_arch = true;
		ev->arch = (uint16_t)((unsigned)arch.p[0] << 8 | arch.p[1]);
	}
	if (x->has_link)
		ev->giaddr = (struct pxe_ip){.family = 6, .v6 = x->link};
}

/* "PXEClient:Arch:00007:UNDI:003016" of the first vendor class that is text. */
static const char *vendor_class(struct exchange6 *x)
{
	struct pxe_bytes b = pxe_dhcp6_get(x->req->options, PXE_DHCP6_OPT_VENDOR_CLASS), item;
	struct pxe_rd rd = pxe_rd_init(b.p, b.len);
	char *s = NULL;

	(void)pxe_rd_u32(&rd);
	if (rd.err != 0 || !pxe_dhcp6_item_next(&rd, &item) || item.len == 0)
		return NULL;
	s = fx_alloc(x->fx, item.len + 1);
	if (s == NULL)
		return NULL;
	memcpy(s, item.p, item.len);
	s[item.len] = '\0';
	return s;
}

void exchange6_event(struct exchange6 *x, enum pxe_stage stage, enum pxe_reason reason)
{
	char where[WHERE_MAX] = "";
	struct fx *e = fx_add(x->fx, FX_EVENT);

	if (e == NULL)
		return;
	e->event.time_us = x->now->wall_us;
	e->event.stage = stage;
	e->event.reason = reason;
	identify(x, &e->event);
	e->event.ip = x->ip.family != 0 ? x->ip : x->in->from.ip;
	if (x->in->to.family != 0 && !pxe_ip_is_multicast(&x->in->to))
		e->event.server = x->in->to;
	e->event.ifname = x->iface->name;
	e->event.file = x->boot_file;
	e->event.detail = x->detail;
	e->event.vendor_class = vendor_class(x);
	if (x->where.line != 0)
		e->event.where =
		    fx_strdup(x->fx, conf_where(x->core->conf, x->where, where, sizeof(where)));
}

void core6_commit(struct core6 *c, const struct ia6 *ia, struct fx_list *fx)
{
	struct pxe_text t = {0};
	size_t cap = LEASE6_TEXT_USUAL;
	struct fx *e = NULL;

	for (;;) {
		size_t used = fx->used;
		char *p = fx_alloc(fx, cap);

		if (p == NULL)
			return;
		t = pxe_text_init(p, cap);
		core6_lease_text(c, ia, &t);
		if (!t.truncated || cap == LEASE6_TEXT_MAX)
			break;
		fx->used = used;
		cap = LEASE6_TEXT_MAX;
	}
	if (t.truncated) {
		fx->overflow = true;
		return;
	}
	e = fx_add(fx, FX_COMMIT);
	if (e != NULL)
		e->commit = (struct fx_commit){
		    .ia = ia->index, .version = ia->version, .text = t.p, .len = t.len};
}

void exchange6_run_events(struct exchange6 *x, unsigned on)
{
	struct settings *s = &x->core->settings;

	for (size_t i = 0; i < s->nevent; i++)
		if ((s->event[i].on & on) != 0)
			(void)stmt_run(s->event[i].body, &x->ctx);
	fx_settings(x->fx, s);
}
