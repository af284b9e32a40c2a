/* SPDX-License-Identifier: BSD-2-Clause */
/* packet.c -- messages of a scenario. */
#include "packet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/proto/dhcp_opt.h"

enum { VALUE_MAX = 2048, DGRAM_MAX = 4096 };

struct value {
	uint8_t b[VALUE_MAX];
	size_t len;
};

int packet_type(const char *name)
{
	for (int t = 0; t <= 13; t++)
		if (pxe_dhcp_type_name((unsigned)t) != NULL &&
		    pxe_str_ieq(pxe_dhcp_type_name((unsigned)t), name))
			return t;
	return -1;
}

/* ---- values ---- */

static bool put_number(struct pxe_wr *wr, enum pxe_opt_type type, const char *s)
{
	unsigned size = pxe_opt_type_size(type);
	uint64_t v = 0;

	if (size == 0 || pxe_parse_u64(s, 0, UINT32_MAX, &v) != 0)
		return false;
	for (unsigned i = size; i-- > 0;)
		pxe_wr_u8(wr, (uint8_t)(v >> (8 * i)));
	return true;
}

static bool put_one(struct world *w, struct pxe_wr *wr, enum pxe_opt_type type, const char *s)
{
	struct pxe_ip4 ip;

	if (type == PXE_OPT_IP4) {
		if (strcmp(s, "offer") == 0)
			ip = w->offered;
		else if (pxe_ip4_parse(s, &ip) != 0)
			return false;
		pxe_wr_u32(wr, ip.v);
		return true;
	}
	return put_number(wr, type, s);
}

/* Text of a VALUE to bytes, by the definition of its option. */
static bool parse_value(
    struct world *w, const struct pxe_opt_def *def, const char *text, struct value *out)
{
	struct pxe_wr wr = pxe_wr_init(out->b, sizeof(out->b));
	char copy[VALUE_MAX];
	char *save = NULL;

	if (strncmp(text, "0x", 2) == 0) {
		int n = pxe_parse_hex(text + 2, out->b, sizeof(out->b));

		out->len = n > 0 ? (size_t)n : 0;
		return n > 0 || text[2] == '\0';
	}
	if (def->nfield == 0 || pxe_opt_type_size(def->field[0].type) == 0) {
		pxe_wr_bytes(&wr, text, strlen(text));
		out->len = wr.len;
		return wr.err == 0;
	}
	(void)snprintf(copy, sizeof(copy), "%s", text);
	for (char *p = strtok_r(copy, ",", &save); p != NULL; p = strtok_r(NULL, ",", &save))
		if (!put_one(w, &wr, def->field[0].type, p))
			return false;
	out->len = wr.len;
	return wr.err == 0;
}

static const struct pxe_opt_def *find_option(struct world *w, const char *name)
{
	struct pxe_opt_registry *reg = w->core != NULL ? conf_registry(core_conf(w->core)) : NULL;
	const struct pxe_opt_def *def = NULL;
	const struct pxe_opt_space *space = NULL;

	return pxe_opt_lookup(reg, name, &def, &space) == 0 ? def : NULL;
}

/* ---- building ---- */

struct building {
	struct world *w;
	struct pxe_dhcp_msg *m;
	struct core_in in;
	uint8_t agent[256];
	size_t agent_len;
	size_t length; /* 0: as encoded */
	struct value raw;
	bool has_raw;
};

static bool set_ip(struct building *b, struct pxe_ip4 *to, const char *v)
{
	if (strcmp(v, "offer") == 0) {
		*to = b->w->offered;
		return true;
	}
	return pxe_ip4_parse(v, to) == 0;
}

static bool set_via(struct building *b, const char *v)
{
	for (size_t i = 0; i < b->w->niface; i++) {
		if (strcmp(b->w->iface[i].name, v) == 0) {
			b->in.ifindex = b->w->iface[i].core.index;
			return true;
		}
	}
	return false;
}

static bool set_number(const char *v, uint64_t max, uint64_t *out)
{
	return pxe_parse_u64(v, 0, max, out) == 0;
}

/* Parts of the message that are no option; -1: not one of them. */
static int set_field(struct building *b, const char *key, const char *v)
{
	struct pxe_dhcp_msg *m = b->m;
	uint64_t n = 0;

	if (strcmp(key, "ciaddr") == 0)
		return set_ip(b, &m->ciaddr, v);
	if (strcmp(key, "giaddr") == 0)
		return set_ip(b, &m->giaddr, v);
	if (strcmp(key, "via") == 0)
		return set_via(b, v);
	if (strcmp(key, "src") == 0)
		return set_ip(b, &b->in.from.ip.v4, v);
	if (strcmp(key, "flags") == 0) {
		m->flags = strcmp(v, "broadcast") == 0 ? PXE_DHCP_FLAG_BROADCAST : 0;
		return 1;
	}
	if (strcmp(key, "raw") == 0) {
		int len = pxe_parse_hex(v, b->raw.b, sizeof(b->raw.b));

		b->raw.len = len > 0 ? (size_t)len : 0;
		b->has_raw = true;
		return len >= 0;
	}
	if (strcmp(key, "cookie") == 0) {
		m->has_cookie = strcmp(v, "no") != 0;
		return 1;
	}
	if (strcmp(key, "op") == 0) {
		m->op = (uint8_t)(set_number(v, 255, &n) ? n : 1);
		return 1;
	}
	if (strcmp(key, "secs") != 0 && strcmp(key, "hops") != 0 && strcmp(key, "xid") != 0 &&
	    strcmp(key, "length") != 0)
		return -1;
	if (!set_number(v, UINT32_MAX, &n))
		return 0;
	if (key[0] == 's')
		m->secs = (uint16_t)n;
	else if (key[0] == 'h')
		m->hops = (uint8_t)n;
	else if (key[0] == 'x')
		m->xid = (uint32_t)n;
	else
		b->length = n;
	return 1;
}

static const char *alias(const char *key)
{
	static const char *const names[][2] = {
	    {"server", "dhcp-server-identifier"},
	    {"requested", "dhcp-requested-address"},
	    {"prl", "dhcp-parameter-request-list"},
	    {"lease", "dhcp-lease-time"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i][0], key) == 0)
			return names[i][1];
	return key;
}

static bool set_option(struct building *b, const char *key, const char *v)
{
	const struct pxe_opt_def *def = find_option(b->w, alias(key));
	struct value value;

	if (def == NULL)
		return false;
	if (strcmp(key, "server") == 0 && strcmp(v, "offer") == 0)
		return pxe_dhcp_set_ip4(b->m, 54, b->w->offered_by) == 0;
	if (!parse_value(b->w, def, v, &value))
		return false;
	if (strcmp(def->space->name, "agent") == 0) {
		struct pxe_wr wr =
		    pxe_wr_init(b->agent + b->agent_len, sizeof(b->agent) - b->agent_len);

		pxe_opt_tlv_put(&wr, def->space, def->code, value.b, value.len);
		b->agent_len += wr.len;
		return wr.err == 0;
	}
	if (def->space != pxe_opt_space_dhcp() || def->code > 254)
		return false;
	return pxe_dhcp_set(b->m, (uint8_t)def->code, value.b, value.len) == 0;
}

static bool set_all(struct building *b, const struct words *words, size_t from)
{
	for (size_t i = from; i < words->n; i++) {
		char key[128];
		const char *eq = strchr(words->v[i], '=');
		int rc = 0;

		if (eq == NULL || (size_t)(eq - words->v[i]) >= sizeof(key)) {
			(void)snprintf(
			    b->w->why, sizeof(b->w->why), "not key=value: %s", words->v[i]);
			return false;
		}
		memcpy(key, words->v[i], (size_t)(eq - words->v[i]));
		key[eq - words->v[i]] = '\0';
		rc = set_field(b, key, eq + 1);
		if (rc < 0)
			rc = set_option(b, key, eq + 1);
		if (rc == 0) {
			(void)snprintf(b->w->why, sizeof(b->w->why), "cannot set %s", words->v[i]);
			return false;
		}
	}
	return true;
}

static void who(struct pxe_dhcp_msg *m, const struct world_client *c, uint32_t xid)
{
	pxe_dhcp_init(m);
	m->op = PXE_BOOTREQUEST;
	m->htype = c->hw.type;
	m->hlen = c->hw.len < 16 ? c->hw.len : 16;
	memcpy(m->chaddr, c->hw.b, m->hlen);
	m->has_cookie = true;
	m->xid = xid;
	if (c->uid_len > 0)
		(void)pxe_dhcp_set(m, 61, c->uid, c->uid_len);
}

bool packet_send(struct world *w, const struct world_client *c, const char *type,
    const struct words *words, size_t from)
{
	static struct pxe_dhcp_msg m;
	static uint32_t xid = 1;
	uint8_t out[DGRAM_MAX] = {0};
	struct pxe_dhcp_encode_how how = {.max_len = sizeof(out), .min_len = 300};
	struct building b = {.w = w, .m = &m, .in = {.ifindex = w->iface[0].core.index}};
	int t = packet_type(type), len = 0;

	who(&m, c, xid++);
	b.in.from.ip.family = 4;
	b.in.from.port = 68;
	if (t > 0) {
		m.type = (uint8_t)t;
		(void)pxe_dhcp_set_u8(&m, 53, (uint8_t)t);
	} else if (t < 0 && strcmp(type, "RAW") != 0) {
		(void)snprintf(w->why, sizeof(w->why), "no message type %s", type);
		return false;
	}
	if (!set_all(&b, words, from))
		return false;
	if (b.agent_len > 0)
		(void)pxe_dhcp_set(&m, 82, b.agent, b.agent_len);
	if (m.giaddr.v != 0 && b.in.from.ip.v4.v == 0) {
		b.in.from.ip.v4 = m.giaddr;
		b.in.from.port = 67;
	} else if (b.in.from.ip.v4.v == 0) {
		b.in.from.ip.v4 = m.ciaddr;
	}
	len = pxe_dhcp_encode(&m, &how, out, sizeof(out), NULL);
	if (b.has_raw) {
		memcpy(out, b.raw.b, b.raw.len);
		len = (int)b.raw.len;
	}
	if (len < 0)
		return false;
	b.in.data = out;
	b.in.len = b.length > 0 && b.length < sizeof(out) ? b.length : (size_t)len;
	world_packet(w, &b.in);
	return true;
}

/* ---- comparing ---- */

static const char *via_name(enum pxe_dhcp_via via)
{
	static const char *const names[] = {
	    [PXE_DHCP_VIA_RELAY] = "relay",
	    [PXE_DHCP_VIA_UNICAST] = "unicast",
	    [PXE_DHCP_VIA_LINK] = "link",
	    [PXE_DHCP_VIA_BROADCAST] = "broadcast",
	    [PXE_DHCP_VIA_SENDER] = "sender",
	};

	return names[via];
}

/* "53,54,51" of the options as they stand in the bytes, at most n of them (0: all). */
static void order_text(const struct world_send *s, size_t n, struct pxe_text *t)
{
	size_t count = 0;

	for (size_t at = 240; at + 1 < s->len && s->bytes[at] != 255;) {
		if (s->bytes[at] == 0) {
			at++;
			continue;
		}
		if (n == 0 || count < n)
			pxe_text_addf(t, "%s%u", t->len > 0 ? "," : "", s->bytes[at]);
		count++;
		at += 2u + s->bytes[at + 1];
	}
}

static size_t commas(const char *s)
{
	size_t n = 1;

	for (; *s != '\0'; s++)
		n += *s == ',';
	return n;
}

/* What the reply holds for key, as text; false: no such key. */
static bool actual(struct world *w, const struct world_send *s, const char *key, const char *want,
    struct pxe_text *t)
{
	const struct pxe_dhcp_msg *m = &s->msg;
	const struct pxe_opt_def *def = NULL;
	char ip[PXE_IP4_STRLEN];
	static const char *const addresses[] = {"ip", "siaddr", "ciaddr", "giaddr", "dst"};
	const struct pxe_ip4 values[] = {m->yiaddr, m->siaddr, m->ciaddr, m->giaddr, s->dest.ip};

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		if (strcmp(key, addresses[i]) == 0) {
			pxe_text_add(t, pxe_ip4_str(values[i], ip));
			return true;
		}
	}
	if (strcmp(key, "file") == 0)
		pxe_text_add(t, m->file);
	else if (strcmp(key, "sname") == 0)
		pxe_text_add(t, m->sname);
	else if (strcmp(key, "to") == 0)
		pxe_text_add(t, via_name(s->dest.via));
	else if (strcmp(key, "port") == 0)
		pxe_text_addf(t, "%u", s->dest.port);
	else if (strcmp(key, "flags") == 0)
		pxe_text_add(t, (m->flags & PXE_DHCP_FLAG_BROADCAST) != 0 ? "broadcast" : "none");
	else if (strcmp(key, "secs") == 0)
		pxe_text_addf(t, "%u", m->secs);
	else if (strcmp(key, "hops") == 0)
		pxe_text_addf(t, "%u", m->hops);
	else if (strcmp(key, "bytes") == 0)
		pxe_text_addf(t, "%zu", s->len);
	else if (strcmp(key, "cookie") == 0)
		pxe_text_add(t, m->has_cookie ? "yes" : "no");
	else if (strcmp(key, "order") == 0)
		order_text(s, commas(want), t);
	else if (strcmp(key, "last") == 0) {
		char all[1024];
		struct pxe_text a = pxe_text_init(all, sizeof(all));
		const char *comma = NULL;

		order_text(s, 0, &a);
		comma = strrchr(all, ',');
		pxe_text_add(t, comma != NULL ? comma + 1 : all);
	} else if ((def = find_option(w, alias(key))) != NULL &&
		   def->space == pxe_opt_space_dhcp()) {
		if (!pxe_dhcp_has(m, (uint8_t)def->code))
			pxe_text_add(t, "none");
		else if (strncmp(want, "0x", 2) == 0) {
			struct pxe_bytes b = pxe_dhcp_get(m, (uint8_t)def->code);

			pxe_text_add(t, "0x");
			pxe_text_add_hex(t, b.p, b.len, 0);
		} else {
			pxe_opt_text(conf_registry(core_conf(w->core)), def,
			    pxe_dhcp_get(m, (uint8_t)def->code), t);
		}
	} else {
		return false;
	}
	return true;
}

/* Texts are quoted in ISC's form; a scenario need not. */
static bool same(const char *have, const char *want)
{
	size_t n = strlen(have);

	if (strcmp(have, want) == 0)
		return true;
	return n >= 2 && have[0] == '"' && have[n - 1] == '"' && strlen(want) == n - 2 &&
	       memcmp(have + 1, want, n - 2) == 0;
}

bool packet_fits(struct world *w, const struct world_send *s, const struct words *words,
    size_t from, char *why, size_t cap)
{
	for (size_t i = from; i < words->n; i++) {
		char key[128], have[2048];
		struct pxe_text t = pxe_text_init(have, sizeof(have));
		const char *eq = strchr(words->v[i], '=');

		if (eq == NULL || (size_t)(eq - words->v[i]) >= sizeof(key)) {
			(void)snprintf(why, cap, "not key=value: %s", words->v[i]);
			return false;
		}
		memcpy(key, words->v[i], (size_t)(eq - words->v[i]));
		key[eq - words->v[i]] = '\0';
		if (!actual(w, s, key, eq + 1, &t)) {
			(void)snprintf(why, cap, "no such thing in an answer: %s", key);
			return false;
		}
		if (!same(have, eq + 1)) {
			(void)snprintf(why, cap, "%s is %s, not %s", key, have, eq + 1);
			return false;
		}
	}
	return true;
}
