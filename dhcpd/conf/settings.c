/* SPDX-License-Identifier: BSD-2-Clause */
/* settings.c -- what executing the scopes that apply to one packet yields. */
#include "dhcpd/conf/settings.h"

#include <string.h>

#include "dhcpd/conf/deferred.h"
#include "libpxecommon/base/str.h"

enum { NAMES_MAX = 2048 }; /* bytes of a list of names that is put together */

void settings_reset(struct settings *s)
{
	memset(s->dhcp_index, 0, sizeof(s->dhcp_index));
	memset(s->nulled, 0, sizeof(s->nulled));
	memset(s->param, 0, sizeof(s->param));
	s->nopt = 0;
	s->nvar = s->nevent = s->nlog = s->nexec = s->nadd = 0;
	s->overflow = false;
	s->used = 0;
}

void *settings_alloc(struct settings *s, size_t n)
{
	size_t at = (s->used + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);

	if (at > sizeof(s->scratch) || sizeof(s->scratch) - at < n) {
		s->overflow = true;
		return NULL;
	}
	s->used = at + n;
	return s->scratch + at;
}

static bool is_main(const struct pxe_opt_def *def)
{
	return def->space == pxe_opt_space_dhcp() && def->code < 256;
}

/* Two names of one code are one option, so what counts is space and code. */
struct setting_option *settings_find(struct settings *s, const struct pxe_opt_def *def)
{
	if (is_main(def)) {
		uint16_t i = s->dhcp_index[def->code];

		return i > 0 ? &s->opt[i - 1] : NULL;
	}
	for (size_t i = 0; i < s->nopt; i++) {
		if (s->opt[i].def->code == def->code && s->opt[i].def->space == def->space)
			return &s->opt[i];
	}
	return NULL;
}

struct setting_option *settings_add(struct settings *s, const struct pxe_opt_def *def)
{
	struct setting_option *o = NULL;

	if (s->nopt == SETTINGS_OPTIONS_MAX) {
		s->overflow = true;
		return NULL;
	}
	o = &s->opt[s->nopt++];
	*o = (struct setting_option){.def = def};
	if (is_main(def))
		s->dhcp_index[def->code] = (uint16_t)s->nopt;
	return o;
}

void settings_drop_empty(struct settings *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->nopt; i++) {
		const struct pxe_opt_def *def = s->opt[i].def;
		bool keep = s->opt[i].value.p != NULL;

		if (keep)
			s->opt[n++] = s->opt[i];
		if (is_main(def))
			s->dhcp_index[def->code] = keep ? (uint16_t)n : 0;
		if (is_main(def) && !keep)
			s->nulled[def->code >> 6] |= UINT64_C(1) << (def->code & 63);
	}
	s->nopt = n;
}

/* Names of a compressed list, one by one behind what wr holds, compressed against all of it. */
static bool put_names(struct pxe_wr *wr, struct pxe_bytes list)
{
	size_t off = 0;

	while (off < list.len) {
		char name[PXE_DNS_TEXT_MAX];
		struct pxe_text t = pxe_text_init(name, sizeof(name));
		int end = pxe_dns_get(list, off, &t);

		if (end < 0 || t.truncated || pxe_dns_put(wr, name, true, 0) != 0)
			return false;
		off = (size_t)end;
	}
	return wr->err == 0;
}

/* Pointers count from the start of the value, so two lists are not just put together. */
static bool join_names(
    struct settings *s, struct pxe_bytes a, struct pxe_bytes b, struct pxe_bytes *out)
{
	uint8_t whole[NAMES_MAX], *p = NULL;
	struct pxe_wr wr = pxe_wr_init(whole, sizeof(whole));

	if (!put_names(&wr, a) || !put_names(&wr, b))
		return false;
	p = settings_alloc(s, wr.len + 1);
	if (p == NULL)
		return false;
	memcpy(p, whole, wr.len);
	*out = (struct pxe_bytes){p, wr.len};
	return true;
}

bool settings_join(struct settings *s, const struct pxe_opt_def *def, struct pxe_bytes a,
    struct pxe_bytes b, struct pxe_bytes *out)
{
	uint8_t *p = NULL;

	if (def->nfield == 1 && def->field[0].type == PXE_OPT_DOMAINS_COMPRESSED &&
	    join_names(s, a, b, out))
		return true;
	p = settings_alloc(s, a.len + b.len + 1); /* an empty value has a place too */
	if (p == NULL)
		return false;
	if (a.len > 0)
		memcpy(p, a.p, a.len);
	if (b.len > 0)
		memcpy(p + a.len, b.p, b.len);
	*out = (struct pxe_bytes){p, a.len + b.len};
	return true;
}

void settings_set_option(struct settings *s, const struct pxe_opt_def *def, enum settings_op op,
    struct pxe_bytes value, struct conf_pos pos)
{
	struct setting_option *o = settings_find(s, def);

	if (value.p == NULL) /* an empty value is one */
		value.p = (const uint8_t *)"";
	if (o == NULL) {
		o = settings_add(s, def);
		if (o == NULL)
			return;
		op = SET_SUPERSEDE;
	}
	switch (op) {
	case SET_DEFAULT:
		return;
	case SET_SUPERSEDE:
		o->value = value;
		break;
	case SET_APPEND:
		if (!settings_join(s, def, o->value, value, &o->value))
			return;
		break;
	case SET_PREPEND:
		if (!settings_join(s, def, value, o->value, &o->value))
			return;
		break;
	}
	o->def = def;
	o->pos = pos;
	o->part = NULL;
}

const struct setting_option *settings_option(
    const struct settings *s, const struct pxe_opt_def *def)
{
	const struct setting_option *o = settings_find((struct settings *)(uintptr_t)s, def);

	return o != NULL && o->value.p != NULL ? o : NULL;
}

const struct setting_option *settings_dhcp_option(const struct settings *s, uint8_t code)
{
	uint16_t i = s->dhcp_index[code];

	return i > 0 && s->opt[i - 1].value.p != NULL ? &s->opt[i - 1] : NULL;
}

bool settings_is_nulled(const struct settings *s, uint8_t code)
{
	return (s->nulled[code >> 6] >> (code & 63) & 1) != 0;
}

uint32_t settings_num(const struct settings *s, enum param_id id)
{
	return s->param[id].set ? s->param[id].num : param_row(id)->def;
}

bool settings_is_set(const struct settings *s, enum param_id id)
{
	return s->param[id].set;
}

bool settings_flag(const struct settings *s, enum param_id id)
{
	return settings_num(s, id) == PARAM_TRUE;
}

struct pxe_bytes settings_data(const struct settings *s, enum param_id id)
{
	return s->param[id].data;
}

bool settings_ip4(const struct settings *s, enum param_id id, struct pxe_ip4 *out)
{
	struct pxe_rd rd = pxe_rd_init(s->param[id].data.p, s->param[id].data.len);
	uint32_t v = pxe_rd_u32(&rd);

	if (!s->param[id].set || rd.err != 0)
		return false;
	out->v = v;
	return true;
}

const struct setting_var *settings_var(const struct settings *s, const char *name)
{
	for (size_t i = s->nvar; i > 0; i--) {
		if (pxe_str_ieq(s->var[i - 1].name, name))
			return &s->var[i - 1];
	}
	return NULL;
}
