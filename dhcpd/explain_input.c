/* SPDX-License-Identifier: BSD-2-Clause */
/* explain_input.c -- a message built from words. */
#include "dhcpd/explain_words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/proto/dhcp_agent.h"
#include "libpxecommon/proto/dhcp_msg.h"
#include "libpxecommon/proto/dhcp_opt.h"

enum {
	OPT_REQUESTED = 50,
	OPT_SERVER_ID = 54,
	OPT_PRL = 55,
	OPT_UUID = 97,
	OPT_AGENT = 82,
	UUID_LEN = 16,
	DEFAULT_XID = 0x70786531,
	KEYS_MAX = 64 /* words that a mistyped one is compared with */
};

int explain_input_add(struct explain_input *in, const uint8_t *p, size_t len,
    const struct pxe_endpoint *from, const struct pxe_ip *to)
{
	struct explain_packet *k = NULL;

	if (in->n == EXPLAIN_PACKETS_MAX) {
		in->cut = true;
		return 0;
	}
	k = &in->v[in->n];
	k->p = malloc(len > 0 ? len : 1);
	if (k->p == NULL)
		return -ENOMEM;
	memcpy(k->p, p, len);
	k->len = len;
	k->from = *from;
	k->to = *to;
	in->n++;
	return 0;
}

void explain_input_fini(struct explain_input *in)
{
	for (size_t i = 0; i < in->n; i++)
		free(in->v[i].p);
	in->n = 0;
}

/* ---- values ---- */

int explain_bytes(const char *value, uint8_t *out, size_t cap)
{
	int n = -1;

	if (pxe_str_starts(value, "0x"))
		return pxe_parse_hex(value + 2, out, cap);
	if (strchr(value, ':') != NULL)
		n = pxe_parse_hex(value, out, cap);
	if (n >= 0)
		return n;
	if (strlen(value) > cap)
		return PXE_E_TOOBIG;
	memcpy(out, value, strlen(value));
	return (int)strlen(value);
}

static bool take_bytes(struct draft *d, const struct explain_key *k, const char *value)
{
	uint8_t b[EXPLAIN_VALUE_MAX];
	int n = explain_bytes(value, b, sizeof(b));

	return n >= 0 && pxe_dhcp_set(d->m, (uint8_t)k->code, b, (size_t)n) == 0;
}

static bool take_ip(struct draft *d, const struct explain_key *k, const char *value)
{
	struct pxe_ip4 ip;

	return pxe_ip4_parse(value, &ip) == 0 && pxe_dhcp_set_ip4(d->m, (uint8_t)k->code, ip) == 0;
}

static bool take_giaddr(struct draft *d, const struct explain_key *k, const char *value)
{
	(void)k;
	d->m->hops = 1;
	return pxe_ip4_parse(value, &d->m->giaddr) == 0;
}

static bool take_ciaddr(struct draft *d, const struct explain_key *k, const char *value)
{
	(void)k;
	return pxe_ip4_parse(value, &d->m->ciaddr) == 0;
}

static bool take_mac(struct draft *d, const struct explain_key *k, const char *value)
{
	struct pxe_hwaddr hw;

	(void)k;
	if (pxe_hwaddr_parse(value, &hw) != 0 || hw.len > sizeof(d->m->chaddr))
		return false;
	memset(d->m->chaddr, 0, sizeof(d->m->chaddr));
	memcpy(d->m->chaddr, hw.b, hw.len);
	d->m->hlen = hw.len;
	return true;
}

static bool take_type(struct draft *d, const struct explain_key *k, const char *value)
{
	static const struct {
		const char *name;
		enum pxe_dhcp_type type;
	} types[] = {{"discover", PXE_DHCP_DISCOVER}, {"request", PXE_DHCP_REQUEST},
	    {"inform", PXE_DHCP_INFORM}, {"bootp", PXE_DHCP_BOOTP}};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!pxe_str_ieq(types[i].name, value))
			continue;
		if (types[i].type == PXE_DHCP_BOOTP)
			pxe_dhcp_unset(d->m, (uint8_t)k->code);
		else
			(void)pxe_dhcp_set_u8(d->m, (uint8_t)k->code, (uint8_t)types[i].type);
		d->m->type = (uint8_t)types[i].type;
		return true;
	}
	return false;
}

bool explain_arch(const char *value, uint8_t out[2])
{
	uint64_t n = 0;

	if (strchr(value, ':') != NULL || pxe_str_starts(value, "0x"))
		return explain_bytes(value, out, 2) == 2;
	if (pxe_parse_u64(value, 0, UINT16_MAX, &n) != 0)
		return false;
	out[0] = (uint8_t)(n >> 8);
	out[1] = (uint8_t)n;
	return true;
}

static bool take_arch(struct draft *d, const struct explain_key *k, const char *value)
{
	uint8_t b[2];

	return explain_arch(value, b) && pxe_dhcp_set(d->m, (uint8_t)k->code, b, sizeof(b)) == 0;
}

static bool take_uuid(struct draft *d, const struct explain_key *k, const char *value)
{
	uint8_t b[1 + UUID_LEN] = {0};
	char hex[2 * UUID_LEN + 1];
	size_t n = 0;

	for (; *value != '\0'; value++) {
		if (*value == '-')
			continue;
		if (n == sizeof(hex) - 1)
			return false;
		hex[n++] = *value;
	}
	hex[n] = '\0';
	return pxe_parse_hex(hex, b + 1, UUID_LEN) == UUID_LEN &&
	       pxe_dhcp_set(d->m, (uint8_t)k->code, b, sizeof(b)) == 0;
}

static bool take_sub(struct draft *d, const struct explain_key *k, const char *value)
{
	uint8_t b[EXPLAIN_VALUE_MAX];
	int n = explain_bytes(value, b, sizeof(b));

	if (n < 0)
		return false;
	pxe_wr_u8(&d->agent, (uint8_t)k->code);
	pxe_wr_u8(&d->agent, (uint8_t)n);
	pxe_wr_bytes(&d->agent, b, (size_t)n);
	return d->agent.err == 0;
}

static bool take_link(struct draft *d, const struct explain_key *k, const char *value)
{
	struct pxe_ip4 ip;

	if (pxe_ip4_parse(value, &ip) != 0)
		return false;
	pxe_wr_u8(&d->agent, (uint8_t)k->code);
	pxe_wr_u8(&d->agent, 4);
	pxe_wr_u32(&d->agent, ip.v);
	return d->agent.err == 0;
}

size_t explain_codes(
    const struct pxe_opt_space *space, const char *value, uint16_t *out, size_t cap)
{
	const uint64_t most = space == pxe_opt_space_dhcp() ? 254 : UINT16_MAX;
	size_t n = 0;

	while (*value != '\0' && n < cap) {
		size_t len = strcspn(value, ",");
		const struct pxe_opt_def *def = NULL;
		char name[64];
		uint64_t code = 0;

		if (len == 0 || len >= sizeof(name))
			return 0;
		memcpy(name, value, len);
		name[len] = '\0';
		if (pxe_parse_u64(name, 1, most, &code) != 0) {
			def = pxe_opt_by_name(NULL, space, name);
			if (def == NULL || def->code > most)
				return 0;
			code = def->code;
		}
		out[n++] = (uint16_t)code;
		value += len + (value[len] == ',');
	}
	return *value == '\0' ? n : 0;
}

static bool take_options(struct draft *d, const struct explain_key *k, const char *value)
{
	uint16_t code[EXPLAIN_VALUE_MAX];
	uint8_t list[EXPLAIN_VALUE_MAX];
	size_t n = explain_codes(pxe_opt_space_dhcp(), value, code, EXPLAIN_VALUE_MAX);

	for (size_t i = 0; i < n; i++)
		list[i] = (uint8_t)code[i];
	return n > 0 && pxe_dhcp_set(d->m, (uint8_t)k->code, list, n) == 0;
}

static bool take_secs(struct draft *d, const struct explain_key *k, const char *value)
{
	uint64_t n = 0;

	(void)k;
	if (pxe_parse_u64(value, 0, UINT16_MAX, &n) != 0)
		return false;
	d->m->secs = (uint16_t)n;
	return true;
}

bool explain_take_iface(struct draft *d, const struct explain_key *k, const char *value)
{
	(void)k;
	d->in->iface = value;
	return *value != '\0';
}

bool explain_take_packet(struct draft *d, const struct explain_key *k, const char *value)
{
	(void)k;
	d->packet = value;
	return *value != '\0';
}

bool explain_take_pcap(struct draft *d, const struct explain_key *k, const char *value)
{
	(void)k;
	d->pcap = value;
	return *value != '\0';
}

/* ---- words ---- */

#define BYTES EXPLAIN_BYTES
#define IP    "an IPv4 address"

static const struct explain_key keys[] = {
    {"mac", take_mac, 0, "a hardware address, 52:54:00:12:34:56"},
    {"type", take_type, 53, "discover, request, inform or bootp"},
    {"vendor-class", take_bytes, 60, BYTES},
    {"user-class", take_bytes, 77, BYTES},
    {"client-id", take_bytes, 61, BYTES},
    {"hostname", take_bytes, 12, BYTES},
    {"arch", take_arch, 93, "a number up to 65535, or 00:07"},
    {"uuid", take_uuid, OPT_UUID, "32 hex digits, with or without dashes"},
    {"giaddr", take_giaddr, 0, IP},
    {"ciaddr", take_ciaddr, 0, IP},
    {"circuit-id", take_sub, PXE_AGENT_CIRCUIT_ID, BYTES},
    {"remote-id", take_sub, PXE_AGENT_REMOTE_ID, BYTES},
    {"link-selection", take_link, PXE_AGENT_LINK_SELECTION, IP},
    {"requested", take_ip, OPT_REQUESTED, IP},
    {"server-id", take_ip, OPT_SERVER_ID, IP},
    {"options", take_options, OPT_PRL, "codes or names of options, joined by commas"},
    {"secs", take_secs, 0, "a number up to 65535"},
    {"iface", explain_take_iface, 0, "an interface's name, or an address of it"},
    {"packet", explain_take_packet, 0, "the bytes of a message in hex"},
    {"pcap", explain_take_pcap, 0, "the path of a capture"},
};

static const struct explain_keys keys4 = {keys, sizeof(keys) / sizeof(keys[0]), 254, take_bytes};

static const struct explain_keys *keys_of(const struct draft *d)
{
	return d->in->family == 6 ? &explain6_keys : &keys4;
}

static int refuse(struct draft *d, const char *word, const char *allowed)
{
	pxe_text_addf(d->why, "%s: expected %s", word, allowed);
	return PXE_E_SYNTAX;
}

static int unknown(struct draft *d, const char *name)
{
	const struct explain_keys *all = keys_of(d);
	const char *words[KEYS_MAX];
	const char *near = NULL;

	for (size_t i = 0; i < all->n && i < KEYS_MAX; i++)
		words[i] = all->v[i].name;
	near = pxe_nearest_word(name, words, all->n < KEYS_MAX ? all->n : KEYS_MAX);
	pxe_text_addf(d->why, "%s=: nothing is called so", name);
	if (near != NULL)
		pxe_text_addf(d->why, "; did you mean %s=?", near);
	else
		pxe_text_add(d->why, "; see EXPLAIN in dhcpd(8), or use option-N=");
	return PXE_E_SYNTAX;
}

/* option-N=VALUE */
static int take_option(struct draft *d, const char *word, const char *name, const char *value)
{
	const struct explain_keys *all = keys_of(d);
	struct explain_key k = {.name = name};
	char allowed[64];
	uint64_t code = 0;

	(void)snprintf(allowed, sizeof(allowed), "option-N with N from 1 to %u", all->code_max);
	if (pxe_parse_u64(name + strlen("option-"), 1, all->code_max, &code) != 0)
		return refuse(d, word, allowed);
	k.code = (uint16_t)code;
	return all->take_option(d, &k, value) ? 0 : refuse(d, word, BYTES);
}

static int take(struct draft *d, const char *word)
{
	const struct explain_keys *all = keys_of(d);
	size_t len = strcspn(word, "=");
	const char *value = word + len + 1;
	char name[32];

	if (len >= sizeof(name))
		return refuse(d, word, "KEY=VALUE");
	memcpy(name, word, len);
	name[len] = '\0';
	if (pxe_str_starts(name, "option-")) {
		d->described = true;
		return take_option(d, word, name, value);
	}
	for (size_t i = 0; i < all->n; i++) {
		const struct explain_key *k = &all->v[i];

		if (strcmp(k->name, name) != 0)
			continue;
		if (!k->take(d, k, value))
			return refuse(d, word, k->allowed);
		if (k->take != explain_take_iface && k->take != explain_take_packet &&
		    k->take != explain_take_pcap)
			d->described = true;
		return 0;
	}
	return unknown(d, name);
}

static const struct pxe_ip everybody = {.family = 4, .v4 = {UINT32_MAX}};

static struct pxe_endpoint sender(const struct pxe_dhcp_msg *m)
{
	if (m->giaddr.v != 0)
		return (struct pxe_endpoint){
		    .ip = pxe_ip_from4(m->giaddr), .port = PXE_DHCP_SERVER_PORT};
	return (struct pxe_endpoint){.ip = pxe_ip_from4(m->ciaddr), .port = PXE_DHCP_CLIENT_PORT};
}

static int finish(struct draft *d)
{
	struct pxe_dhcp_msg *m = d->m;
	struct pxe_dhcp_encode_how how = {
	    .max_len = EXPLAIN_PACKET_MAX, .min_len = PXE_DHCP_MIN_LEN};
	struct pxe_endpoint from = sender(m);
	uint8_t out[EXPLAIN_PACKET_MAX];
	int len = 0;

	if (d->agent.len > 0)
		(void)pxe_dhcp_set(m, OPT_AGENT, d->agent_body, d->agent.len);
	d->in->wants_offer =
	    m->type == PXE_DHCP_REQUEST && m->ciaddr.v == 0 && !pxe_dhcp_has(m, OPT_REQUESTED);
	len = pxe_dhcp_encode(m, &how, out, sizeof(out), NULL);
	if (len < 0) {
		pxe_text_add(d->why, "the message is too long");
		return PXE_E_SYNTAX;
	}
	return explain_input_add(d->in, out, (size_t)len, &from, &everybody);
}

static int from_hex(struct draft *d)
{
	struct pxe_endpoint from;
	uint8_t out[EXPLAIN_PACKET_MAX];
	int n = pxe_parse_hex(d->packet, out, sizeof(out));
	int err = n >= 0 ? pxe_dhcp_parse(out, (size_t)n, d->m) : n;

	if (err != 0) {
		pxe_text_addf(d->why, "packet=: no DHCP message in hex (%s)", pxe_strerror(err));
		return PXE_E_SYNTAX;
	}
	from = sender(d->m);
	d->in->source = "packet=";
	return explain_input_add(d->in, out, (size_t)n, &from, &everybody);
}

static int choose(struct draft *d)
{
	if ((d->packet != NULL) + (d->pcap != NULL) + d->described > 1) {
		pxe_text_add(d->why, "packet=, pcap= and words about a client exclude each other");
		return PXE_E_SYNTAX;
	}
	if (d->pcap != NULL)
		return explain_pcap_read(d->pcap, d->in, d->why);
	if (d->in->family == 6)
		return d->packet != NULL ? explain6_from_hex(d) : explain6_finish(d);
	if (d->packet != NULL)
		return from_hex(d);
	if (d->m->hlen == 0 && !pxe_dhcp_has(d->m, 61)) {
		pxe_text_add(
		    d->why, "who is asking? say mac= or client-id=, packet=HEX or pcap=FILE");
		return PXE_E_SYNTAX;
	}
	return finish(d);
}

static void begin(struct draft *d)
{
	if (d->m == NULL)
		return;
	d->agent = pxe_wr_init(d->agent_body, sizeof(d->agent_body));
	pxe_dhcp_init(d->m);
	d->m->op = PXE_BOOTREQUEST;
	d->m->htype = 1;
	d->m->xid = DEFAULT_XID;
	(void)pxe_dhcp_set_u8(d->m, 53, PXE_DHCP_DISCOVER);
}

int explain_input_read(uint8_t family, const char *const *word, size_t n, struct explain_input *out,
    struct pxe_text *why)
{
	struct draft d = {.in = out, .why = why};
	struct pxe_bytes server_id = family == 6 ? out->server_id : (struct pxe_bytes){0};
	int err = 0;

	memset(out, 0, sizeof(*out));
	out->family = family;
	out->server_id = server_id;
	if (family == 6)
		d.six = explain6_draft_new();
	else
		d.m = calloc(1, sizeof(*d.m));
	if (d.six == NULL && d.m == NULL)
		return -ENOMEM;
	begin(&d);
	for (size_t i = 0; i < n && err == 0; i++)
		err = take(&d, word[i]);
	if (err == 0)
		err = choose(&d);
	free(d.m);
	free(d.six);
	return err;
}
