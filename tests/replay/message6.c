/* SPDX-License-Identifier: BSD-2-Clause */
/* message6.c -- DHCPv6 messages of a scenario. */
#include "message6.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/str.h"

enum { DGRAM_MAX = 8192, RELAYS_MAX = 8, VALUE_MAX = 1024 };

static const struct {
	const char *name;
	enum lease6_kind kind;
	uint16_t code, lease_code;
} kinds[] = {{"na", LEASE6_NA, PXE_DHCP6_OPT_IA_NA, PXE_DHCP6_OPT_IA_ADDR},
    {"ta", LEASE6_TA, PXE_DHCP6_OPT_IA_TA, PXE_DHCP6_OPT_IA_ADDR},
    {"pd", LEASE6_PD, PXE_DHCP6_OPT_IA_PD, PXE_DHCP6_OPT_IA_PREFIX}};

int message6_type(const char *name)
{
	for (int t = 1; t <= 17; t++)
		if (pxe_dhcp6_type_name((unsigned)t) != NULL &&
		    pxe_str_ieq(pxe_dhcp6_type_name((unsigned)t), name))
			return t;
	return -1;
}

static bool bad(struct world6 *w, const char *what, const char *word)
{
	(void)snprintf(w->why, sizeof(w->why), "%s: %s", what, word);
	return false;
}

/* "key=value" to value; NULL: another key. */
static const char *value_of(const char *word, const char *key)
{
	size_t n = strlen(key);

	return strncmp(word, key, n) == 0 && word[n] == '=' ? word + n + 1 : NULL;
}

/* "na=1:REST" to its kind, number and REST; false: it is none of them. */
static bool ia_word(const char *word, size_t *out_kind, uint32_t *out_iaid, const char **out_rest)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *v = value_of(word, kinds[i].name);
		char *end = NULL;

		if (v == NULL)
			continue;
		*out_kind = i;
		*out_iaid = (uint32_t)strtoul(v, &end, 0);
		*out_rest = *end == ':' ? end + 1 : "";
		return true;
	}
	return false;
}

static bool lease_text(const char *text, struct pxe_ip6 *out_ip, uint8_t *out_len)
{
	struct pxe_prefix p;
	struct pxe_ip ip;

	if (strchr(text, '/') != NULL) {
		if (pxe_prefix_parse(text, &p) != 0 || p.ip.family != 6)
			return false;
		*out_ip = p.ip.v6;
		*out_len = p.len;
		return true;
	}
	if (pxe_ip_parse(text, &ip) != 0 || ip.family != 6)
		return false;
	*out_ip = ip.v6;
	*out_len = 128;
	return true;
}

/* ---- building ---- */

/* ADDR or PREFIX/LEN, `held` for what the IA was told last; preferred+valid behind @. */
static bool put_lease(struct world6 *w, struct pxe_wr *wr, const struct world6_client *c, size_t k,
    uint32_t iaid, char *text)
{
	const struct world6_held *h = world6_held(w, c, kinds[k].kind, iaid);
	struct pxe_dhcp6_lease l = {0};
	char *at = strchr(text, '@');

	if (at != NULL) {
		*at = '\0';
		l.preferred_s = (uint32_t)strtoul(at + 1, &at, 0);
		l.valid_s = *at == '+' ? (uint32_t)strtoul(at + 1, NULL, 0) : 0;
	}
	if (strcmp(text, "held") == 0) {
		if (h == NULL)
			return bad(w, "nothing was ever told to this IA", text);
		l.ip = h->ip;
		l.prefix_len = h->len;
	} else if (!lease_text(text, &l.ip, &l.prefix_len)) {
		return bad(w, "not an address", text);
	}
	pxe_dhcp6_close(wr, pxe_dhcp6_open_lease(wr, kinds[k].lease_code, &l));
	return true;
}

static bool put_ia(struct world6 *w, struct pxe_wr *wr, const struct world6_client *c, size_t k,
    uint32_t iaid, const char *rest)
{
	struct pxe_dhcp6_ia head = {.iaid = iaid};
	struct pxe_dhcp6_open open = pxe_dhcp6_open_ia(wr, kinds[k].code, &head);
	char copy[VALUE_MAX], *save = NULL;

	(void)snprintf(copy, sizeof(copy), "%s", rest);
	for (char *p = strtok_r(copy, ",", &save); p != NULL; p = strtok_r(NULL, ",", &save))
		if (!put_lease(w, wr, c, k, iaid, p))
			return false;
	pxe_dhcp6_close(wr, open);
	return true;
}

/* opt16=0x... or opt15=text */
static bool put_option(struct world6 *w, struct pxe_wr *wr, const char *word)
{
	char *end = NULL;
	unsigned long code = strtoul(word + 3, &end, 10);
	uint8_t value[VALUE_MAX];
	int n = 0;

	if (*end == '\0') {
		pxe_dhcp6_put(wr, (uint16_t)code, NULL, 0);
		return true;
	}
	if (*end != '=')
		return bad(w, "what is this option?", word);
	if (strncmp(end + 1, "0x", 2) != 0) {
		pxe_dhcp6_put(wr, (uint16_t)code, end + 1, strlen(end + 1));
		return true;
	}
	n = pxe_parse_hex(end + 3, value, sizeof(value));
	if (n < 0)
		return bad(w, "not hex", word);
	pxe_dhcp6_put(wr, (uint16_t)code, value, (size_t)n);
	return true;
}

static void put_oro(struct pxe_wr *wr, const char *list)
{
	struct pxe_dhcp6_open open = pxe_dhcp6_open(wr, PXE_DHCP6_OPT_ORO);
	char copy[VALUE_MAX], *save = NULL;

	(void)snprintf(copy, sizeof(copy), "%s", list);
	for (char *p = strtok_r(copy, ",", &save); p != NULL; p = strtok_r(NULL, ",", &save))
		pxe_wr_u16(wr, (uint16_t)strtoul(p, NULL, 10));
	pxe_dhcp6_close(wr, open);
}

static bool needs_server(int type)
{
	return type == PXE_DHCP6_REQUEST || type == PXE_DHCP6_RENEW || type == PXE_DHCP6_RELEASE ||
	       type == PXE_DHCP6_DECLINE;
}

/* The relays' words are for later. */
static bool is_envelope(const char *word)
{
	static const char *const keys[] = {"relay", "interface-id", "via", "to", "server"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (value_of(word, keys[i]) != NULL)
			return true;
	return strcmp(word, "nobody") == 0;
}

static bool has_word(const struct words *words, size_t from, const char *word)
{
	for (size_t i = from; i < words->n; i++)
		if (strcmp(words->v[i], word) == 0)
			return true;
	return false;
}

static const char *find(const struct words *words, size_t from, const char *key)
{
	for (size_t i = from; i < words->n; i++)
		if (value_of(words->v[i], key) != NULL)
			return value_of(words->v[i], key);
	return NULL;
}

static bool put_message(struct world6 *w, struct pxe_wr *wr, const struct world6_client *c,
    int type, const struct words *words, size_t from)
{
	const char *server = find(words, from, "server"), *rest = NULL;
	struct pxe_bytes ours = core6_duid(w->core);
	uint32_t iaid = 0;
	size_t k = 0;

	pxe_dhcp6_put_header(wr, (uint8_t)type, (uint32_t)w->packets & 0xffffff);
	if (!has_word(words, from, "nobody"))
		pxe_dhcp6_put(wr, PXE_DHCP6_OPT_CLIENT_ID, c->duid, c->duid_len);
	if (server != NULL ? strcmp(server, "ours") == 0 : needs_server(type))
		pxe_dhcp6_put(wr, PXE_DHCP6_OPT_SERVER_ID, ours.p, ours.len);
	else if (server != NULL && strcmp(server, "none") != 0)
		pxe_dhcp6_put(wr, PXE_DHCP6_OPT_SERVER_ID, server, strlen(server));
	for (size_t i = from; i < words->n; i++) {
		const char *word = words->v[i];

		if (is_envelope(word))
			continue;
		if (ia_word(word, &k, &iaid, &rest)) {
			if (!put_ia(w, wr, c, k, iaid, rest))
				return false;
		} else if (value_of(word, "oro") != NULL) {
			put_oro(wr, value_of(word, "oro"));
		} else if (strcmp(word, "rapid") == 0) {
			pxe_dhcp6_put(wr, PXE_DHCP6_OPT_RAPID_COMMIT, NULL, 0);
		} else if (strncmp(word, "opt", 3) != 0) {
			return bad(w, "what is this?", word);
		} else if (!put_option(w, wr, word)) {
			return false;
		}
	}
	return true;
}

/* One Relay-forward for each relay=LINK, the first word's nearest to the client. */
static size_t wrap(
    struct world6 *w, uint8_t *buf, size_t len, const struct words *words, size_t from)
{
	uint8_t inner[DGRAM_MAX];
	uint8_t hops = 0;
	const char *port = find(words, from, "interface-id");

	for (size_t i = from; i < words->n; i++) {
		const char *link = value_of(words->v[i], "relay");
		struct pxe_ip ip = {.family = 6},
			      peer = {.family = 6, .v6.b = {0xfe, 0x80, [15] = 1}};
		struct pxe_wr wr = pxe_wr_init(buf, DGRAM_MAX);

		if (link == NULL)
			continue;
		if (pxe_ip_parse(link, &ip) != 0)
			(void)bad(w, "not an address", link);
		memcpy(inner, buf, len);
		pxe_dhcp6_put_relay_header(&wr, PXE_DHCP6_RELAY_FORW, hops++, &ip.v6, &peer.v6);
		if (port != NULL && hops == 1)
			pxe_dhcp6_put(&wr, PXE_DHCP6_OPT_INTERFACE_ID, port, strlen(port));
		pxe_dhcp6_put(&wr, PXE_DHCP6_OPT_RELAY_MSG, inner, len);
		len = wr.len;
	}
	return len;
}

bool message6_send(struct world6 *w, const struct world6_client *c, int type,
    const struct words *words, size_t from)
{
	static uint8_t buf[DGRAM_MAX];
	struct pxe_wr wr = pxe_wr_init(buf, sizeof(buf));
	const char *via = find(words, from, "via"), *to = find(words, from, "to");
	struct core6_in in = {.data = buf,
	    .from = {.ip = {.family = 6, .v6.b = {0xfe, 0x80, [15] = 9}}, .port = 546},
	    .to = {.family = 6, .v6.b = {0xff, 2, [13] = 1, [15] = 2}},
	    .ifindex = w->iface[0].core.index};

	if (!put_message(w, &wr, c, type, words, from))
		return false;
	if (wr.err != 0)
		return bad(w, "the message does not fit", "");
	in.len = wrap(w, buf, wr.len, words, from);
	if (in.len != wr.len)
		in.from.port = 547;
	if (to != NULL && pxe_ip_parse(to, &in.to) != 0)
		return bad(w, "not an address", to);
	for (size_t i = 0; via != NULL && i < w->niface; i++)
		if (strcmp(w->iface[i].name, via) == 0)
			in.ifindex = w->iface[i].core.index;
	world6_packet(w, &in);
	return true;
}

/* ---- comparing ---- */

static bool differ(char *why, size_t cap, const char *word, const char *text)
{
	(void)snprintf(why, cap, "%s: it is %s", word, text);
	return false;
}

static bool find_ia(
    const struct pxe_dhcp6_msg *m, size_t k, uint32_t iaid, struct pxe_dhcp6_ia *out)
{
	struct pxe_rd rd = pxe_rd_init(m->options.p, m->options.len);
	struct pxe_dhcp6_opt o;

	while (pxe_dhcp6_next(&rd, &o))
		if (o.code == kinds[k].code && pxe_dhcp6_parse_ia(o.code, o.value, out) == 0 &&
		    out->iaid == iaid)
			return true;
	return false;
}

/* "ADDR+preferred+valid ADDR2+..." or "status=N". */
static void ia_text(const struct pxe_dhcp6_ia *ia, struct pxe_text *t)
{
	struct pxe_rd rd = pxe_rd_init(ia->options.p, ia->options.len);
	struct pxe_dhcp6_opt o;
	struct pxe_dhcp6_lease l;
	char text[PXE_PREFIX_STRLEN];

	while (pxe_dhcp6_next(&rd, &o)) {
		pxe_text_add(t, t->len > 0 ? "," : "");
		if (o.code == PXE_DHCP6_OPT_STATUS_CODE) {
			pxe_text_addf(t, "status=%u", o.value.len >= 2 ? o.value.p[1] : 99);
			continue;
		}
		if (pxe_dhcp6_parse_lease(o.code, o.value, &l) != 0)
			continue;
		if (l.prefix_len == 128)
			pxe_text_add(
			    t, pxe_ip_str(&(struct pxe_ip){.family = 6, .v6 = l.ip}, text));
		else
			pxe_text_add(
			    t, pxe_prefix_str(&(struct pxe_prefix){.ip = {.family = 6, .v6 = l.ip},
						  .len = l.prefix_len},
				   text));
		pxe_text_addf(t, "@%u+%u", l.preferred_s, l.valid_s);
	}
}

/* Of "ADDR@P+V" the part before @, unless want has lifetimes as well. */
static bool lease_fits(const char *got, const char *want)
{
	const char *at = strchr(got, '@');
	size_t n = strchr(want, '@') == NULL && at != NULL ? (size_t)(at - got) : strlen(got);

	if (want[0] != '\0' && want[strlen(want) - 1] == '*')
		return strncmp(got, want, strlen(want) - 1) == 0;
	return strlen(want) == n && strncmp(got, want, n) == 0;
}

/* some: one lease that is valid; PREFIX*: one whose text begins so; nothing: an empty IA. */
static bool ia_fits(const char *got, const char *want)
{
	char a[VALUE_MAX], b[VALUE_MAX], *sa = NULL, *sb = NULL;
	const char *p = NULL, *q = NULL;

	if (strcmp(want, "some") == 0)
		return got[0] != '\0' && strchr(got, ',') == NULL && strchr(got, '@') != NULL &&
		       strstr(got, "+0") == NULL;
	if (strcmp(want, "nothing") == 0)
		return got[0] == '\0';
	(void)snprintf(a, sizeof(a), "%s", got);
	(void)snprintf(b, sizeof(b), "%s", want);
	p = strtok_r(a, ",", &sa);
	q = strtok_r(b, ",", &sb);
	while (p != NULL && q != NULL && lease_fits(p, q)) {
		p = strtok_r(NULL, ",", &sa);
		q = strtok_r(NULL, ",", &sb);
	}
	return p == NULL && q == NULL;
}

static bool option_fits(const struct pxe_dhcp6_msg *m, const char *word, char *why, size_t cap)
{
	char *end = NULL, text[VALUE_MAX];
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	struct pxe_bytes v = pxe_dhcp6_get(m->options, (uint16_t)strtoul(word + 3, &end, 10));

	if (*end != '=')
		return differ(why, cap, word, "no option=VALUE");
	if (strcmp(end + 1, "none") == 0)
		return v.p == NULL || differ(why, cap, word, "there");
	if (v.p == NULL)
		return differ(why, cap, word, "not there");
	if (strncmp(end + 1, "0x", 2) == 0) {
		pxe_text_add(&t, "0x");
		pxe_text_add_hex(&t, v.p, v.len, 0);
	} else {
		pxe_text_addn(&t, (const char *)v.p, v.len);
	}
	return strcmp(text, end + 1) == 0 || differ(why, cap, word, text);
}

static bool status_fits(const struct pxe_dhcp6_msg *m, const char *word, char *why, size_t cap)
{
	struct pxe_bytes v = pxe_dhcp6_get(m->options, PXE_DHCP6_OPT_STATUS_CODE);
	char text[32] = "none";

	if (v.len >= 2)
		(void)snprintf(text, sizeof(text), "%u", v.p[1]);
	return strcmp(text, strchr(word, '=') + 1) == 0 || differ(why, cap, word, text);
}

static bool ia_word_fits(struct world6 *w, const struct pxe_dhcp6_msg *m, const char *word,
    size_t k, uint32_t iaid, const char *want, char *why, size_t cap)
{
	struct pxe_dhcp6_ia ia;
	char text[VALUE_MAX] = "";
	struct pxe_text t = pxe_text_init(text, sizeof(text));

	(void)w;
	if (!find_ia(m, k, iaid, &ia))
		return differ(why, cap, word, "not there");
	if (strncmp(want, "t1=", 3) == 0) {
		(void)snprintf(text, sizeof(text), "t1=%u,t2=%u", ia.t1_s, ia.t2_s);
		return strcmp(text, want) == 0 || differ(why, cap, word, text);
	}
	ia_text(&ia, &t);
	return ia_fits(text, want) || differ(why, cap, word, text);
}

static bool word_fits(
    struct world6 *w, const struct world6_send *s, const char *word, char *why, size_t cap)
{
	const struct pxe_dhcp6_msg *m = &s->chain.inner;
	const char *rest = NULL;
	uint32_t iaid = 0;
	size_t k = 0;

	if (ia_word(word, &k, &iaid, &rest))
		return ia_word_fits(w, m, word, k, iaid, rest, why, cap);
	if (value_of(word, "status") != NULL)
		return status_fits(m, word, why, cap);
	if (value_of(word, "relays") != NULL)
		return s->chain.nrelay == strtoul(word + 7, NULL, 10) ||
		       differ(why, cap, word, "another number");
	if (value_of(word, "port") != NULL)
		return s->to.port == strtoul(word + 5, NULL, 10) ||
		       differ(why, cap, word, "another port");
	if (strncmp(word, "opt", 3) == 0)
		return option_fits(m, word, why, cap);
	return differ(why, cap, word, "no key that is known");
}

bool message6_fits(struct world6 *w, const struct world6_send *s, const struct words *words,
    size_t from, char *why, size_t cap)
{
	for (size_t i = from; i < words->n; i++)
		if (!word_fits(w, s, words->v[i], why, cap))
			return false;
	return true;
}
