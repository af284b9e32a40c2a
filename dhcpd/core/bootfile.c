/* SPDX-License-Identifier: BSD-2-Clause */
/* bootfile.c -- next server, server name and boot file of a reply. */
#include "dhcpd/core/bootfile.h"

#include <string.h>

#include "dhcpd/core/exchange.h"
#include "libpxecommon/base/str.h"
#include "libpxecommon/proto/pxe.h"

enum { OPT_VENDOR_CLASS = 60, OPT_BOOTFILE = 67, SNAME_LEN = 64, FILE_LEN = 128 };

bool bootfile_field(char *field, size_t cap, struct pxe_bytes text)
{
	const uint8_t *nul = text.len > 0 ? memchr(text.p, 0, text.len) : NULL;
	size_t len = nul != NULL ? (size_t)(nul - text.p) : text.len;
	bool cut = len > cap - 1;

	if (cut)
		len = cap - 1;
	if (len > 0)
		memcpy(field, text.p, len);
	field[len] = '\0';
	return cut;
}

bool bootfile_wants_http_mark(const struct pxe_dhcp_msg *req, const char *file)
{
	struct pxe_class cl = pxe_class_parse(pxe_dhcp_get(req, OPT_VENDOR_CLASS));

	return cl.kind == PXE_CLASS_HTTP && file != NULL &&
	       (pxe_str_starts(file, "http://") || pxe_str_starts(file, "https://"));
}

static void field_of(
    struct exchange *x, enum param_id id, const char *what, char *field, size_t wire_len)
{
	struct pxe_bytes text = settings_data(&x->core->settings, id);
	char shown[256];
	struct pxe_text t = pxe_text_init(shown, sizeof(shown));

	if (!settings_is_set(&x->core->settings, id))
		return;
	if (!bootfile_field(field, wire_len + 1, text))
		return;
	pxe_text_add_escaped(&t, text.p, text.len);
	fx_log(x->fx, FX_LOG_WARNING,
	    "%s longer than packet field truncated - field: %zu name: %zu %s", what, wire_len,
	    text.len, shown);
}

/* The boot file as a string: the field, or option 67 when only that is set. */
static const char *file_of(struct exchange *x, const struct pxe_dhcp_msg *m)
{
	const struct setting_option *o = settings_dhcp_option(&x->core->settings, OPT_BOOTFILE);
	char *s = NULL;

	if (m->file[0] != '\0')
		return fx_strdup(x->fx, m->file);
	if (o == NULL || o->value.len == 0)
		return NULL;
	s = fx_alloc(x->fx, o->value.len + 1);
	if (s == NULL)
		return NULL;
	memcpy(s, o->value.p, o->value.len);
	s[o->value.len] = '\0';
	return s;
}

void bootfile_fill(struct exchange *x, bool bootp)
{
	struct core *c = x->core;
	struct pxe_dhcp_msg *m = &c->reply;

	if (!settings_ip4(&c->settings, PARAM_NEXT_SERVER, &m->siaddr) && bootp)
		m->siaddr = x->iface->ip;
	field_of(x, PARAM_SERVER_NAME, "server name", m->sname, SNAME_LEN);
	field_of(x, PARAM_FILENAME, "file name", m->file, FILE_LEN);
	x->boot_file = file_of(x, m);
	if (settings_dhcp_option(&c->settings, OPT_VENDOR_CLASS) == NULL &&
	    bootfile_wants_http_mark(x->req, x->boot_file))
		(void)pxe_dhcp_set(m, OPT_VENDOR_CLASS, "HTTPClient", 10);
}
