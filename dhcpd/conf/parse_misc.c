/* SPDX-License-Identifier: BSD-2-Clause */
/* parse_misc.c -- keys, zones, failover peers, the server's DUID: parsed and checked. */
#include <stdio.h>
#include <string.h>

#include "dhcpd/conf/parse.h"
#include "libpxecommon/base/str.h"

/* ---- key NAME { algorithm A; secret S; }[;] ---- */

/* A name in quotes or as a host name; NULL: none is here. */
static const char *quoted_or_name(struct parser *p)
{
	const struct token *t = parse_peek(p);

	if (t->kind != TOK_STRING)
		return parse_name(p);
	(void)parse_next(p);
	return parse_strndup(p, t->text.p, t->text.len);
}

static bool key_algorithm(struct parser *p, struct conf_key *k)
{
	static const char *const known[] = {"hmac-md5", "hmac-sha1", "hmac-sha224", "hmac-sha256",
	    "hmac-sha384", "hmac-sha512", "hmac-md5.sig-alg.reg.int"};
	const struct token at = *parse_peek(p);
	bool is_known = false;

	if (k->algorithm != NULL) {
		parse_error(p, &at, "key", NULL, "key %s: too many algorithms", k->name);
		return false;
	}
	k->algorithm = quoted_or_name(p);
	if (k->algorithm == NULL) {
		parse_error(p, &at, "syntax", NULL, "expecting key algorithm name.");
		return false;
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		is_known = is_known || pxe_str_ieq(k->algorithm, known[i]);
	if (!is_known)
		parse_warn(p, at.pos, "key-algorithm", "key %s: unknown algorithm %s", k->name,
		    k->algorithm);
	return parse_semi(p);
}

static bool key_secret(struct parser *p, struct conf_key *k)
{
	if (k->secret.p != NULL) {
		parse_error(p, parse_peek(p), "key", NULL, "key %s: too many secrets", k->name);
		return false;
	}
	return parse_base64(p, &k->secret) && parse_semi(p);
}

bool parse_key(struct parser *p)
{
	const struct token at = *parse_peek(p);
	struct conf_key *k = parse_alloc(p, sizeof(*k));
	bool ok = true;

	if (k == NULL)
		return false;
	k->name = quoted_or_name(p);
	k->pos = at.pos;
	if (k->name == NULL) {
		parse_error(p, &at, "syntax", NULL, "expecting key name.");
		return false;
	}
	if (!parse_accept(p, '{')) {
		parse_error(p, parse_peek(p), "syntax", NULL, "expecting left brace");
		return false;
	}
	while (ok && !parse_accept(p, '}')) {
		if (parse_accept_kw(p, KW_ALGORITHM)) {
			ok = key_algorithm(p, k);
		} else if (parse_accept_kw(p, KW_SECRET)) {
			ok = key_secret(p, k);
		} else {
			parse_error(p, parse_peek(p), "syntax", NULL, "expecting right brace.");
			ok = false;
		}
	}
	if (!ok) {
		parse_skip_block(p);
		(void)parse_accept(p, ';');
		return true; /* nothing is left to skip */
	}
	(void)parse_accept(p, ';'); /* as BIND has it */
	if (conf_list_push(&p->conf->key, k) != 0)
		p->oom = true;
	return true;
}

/* ---- zone NAME { primary A; key K; } ---- */

static bool zone_address(struct parser *p, bool is6)
{
	struct pxe_ip4 ip4;
	struct pxe_ip6 ip6;
	const struct token *t = parse_peek(p);

	if (is6)
		return parse_ip6(p, &ip6);
	if (parse_is_ip4(p, t))
		return parse_ip4(p, &ip4);
	if (parse_name(p) != NULL)
		return true;
	parse_error(p, t, "address", NULL, "%s (%d): expecting IP address or hostname",
	    parse_spell(p, t), parse_isc_token(t));
	return false;
}

static bool zone_servers(struct parser *p, bool is6)
{
	do {
		if (!zone_address(p, is6))
			return false;
	} while (parse_accept(p, ','));
	if (parse_accept(p, ';'))
		return true;
	parse_error(p, parse_peek(p), "syntax", NULL, "expecting semicolon.");
	return false;
}

static bool zone_key(struct parser *p)
{
	const struct token at = *parse_peek(p);
	const char *name = quoted_or_name(p);

	if (name == NULL) {
		parse_error(p, &at, "syntax", NULL, "expecting key name.");
		return false;
	}
	if (conf_key(p->conf, name) == NULL)
		parse_error(p, &at, "unknown-key",
		    "a key is declared before the zones that name it", "unknown key %s", name);
	return parse_semi(p);
}

static bool zone_statement(struct parser *p)
{
	const struct token *t = parse_next(p);

	switch (t->kw) {
	case KW_PRIMARY:
	case KW_SECONDARY:
		return zone_servers(p, false);
	case KW_PRIMARY6:
	case KW_SECONDARY6:
		return zone_servers(p, true);
	case KW_KEY:
		return zone_key(p);
	default:
		parse_error(p, t, "syntax", NULL, "expecting right brace.");
		return false;
	}
}

bool parse_zone(struct parser *p)
{
	const struct token at = *parse_peek(p);
	const char *name = parse_name(p);

	if (name == NULL) {
		parse_error(
		    p, &at, "syntax", "the name is written without quotes", "expecting hostname.");
		return false;
	}
	if (!parse_accept(p, '{')) {
		parse_error(p, parse_peek(p), "syntax", NULL, "expecting left brace");
		return false;
	}
	while (!parse_accept(p, '}')) {
		if (zone_statement(p))
			continue;
		parse_skip_block(p);
		return true;
	}
	parse_warn(p, at.pos, "not-done",
	    "zone %s is accepted but has no effect: DNS is not updated", name);
	return true;
}

/* ---- failover peer ---- */

struct parse_peer *parse_find_peer(const struct parser *p, const char *name)
{
	for (size_t i = 0; i < p->conf->peer.n; i++) {
		struct parse_peer *peer = p->conf->peer.v[i];

		if (strcmp(peer->name, name) == 0)
			return peer;
	}
	return NULL;
}

static bool peer_number(struct parser *p, const char *text, uint32_t *out)
{
	const struct token *t = parse_peek(p);

	if (t->kind != TOK_WORD || t->word != WORD_NUMBER) {
		parse_error(p, t, "syntax", NULL, "%s", text);
		return false;
	}
	*out = (uint32_t)parse_atoi(parse_next(p));
	return true;
}

static bool peer_split(struct parser *p, struct parse_peer *peer, bool is_hba)
{
	uint8_t hba[32];
	uint32_t split = 0;
	int n = 0;

	if (!peer->is_primary)
		parse_error(p, parse_peek(p), "failover", NULL,
		    "secondary may not define load balance settings.");
	peer->has_split = true;
	if (is_hba) {
		n = parse_hex(p, hba, sizeof(hba), "expecting numeric value.");
		if (n >= 0 && n != 32)
			parse_error(
			    p, parse_peek(p), "value", NULL, "HBA must be exactly 32 bytes.");
		return n >= 0;
	}
	if (!peer_number(p, "expecting number", &split))
		return false;
	if (split > 256)
		parse_error(
		    p, parse_peek(p), "value", "0 to 256", "split must be between 0 and 256");
	return true;
}

static bool peer_balance(struct parser *p, struct parse_peer *peer)
{
	static const struct {
		enum keyword kw;
		const char *text;
	} words[] = {{KW_BALANCE, "expecting 'balance'"}, {KW_MAX, "expecting 'max'"},
	    {KW_SECONDS, "expecting 'secs'"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!parse_accept_kw(p, words[i].kw)) {
			parse_error(p, parse_peek(p), "syntax", "load balance max seconds N", "%s",
			    words[i].text);
			return false;
		}
	}
	return peer_number(p, "expecting number", &peer->load_balance_max_s);
}

static bool peer_statement(struct parser *p, struct parse_peer *peer)
{
	const struct token *t = parse_next(p);
	bool partner = t->kw == KW_PEER;
	uint32_t unused = 0;

	if (partner)
		t = parse_next(p);
	switch (t->kw) {
	case KW_PRIMARY:
		peer->is_primary = true;
		return true;
	case KW_SECONDARY:
		peer->is_primary = false;
		if (peer->has_split)
			parse_error(p, t, "failover", NULL,
			    "secondary may not define load balance settings.");
		return true;
	case KW_ADDRESS:
		peer->has_address = peer->has_address || partner;
		return zone_address(p, false);
	case KW_PORT:
		return peer_number(p, "expecting number", &unused);
	case KW_MCLT:
		return peer_number(p, "expecting number.", &peer->mclt);
	case KW_MAX_LEASE_MISBALANCE:
	case KW_MAX_LEASE_OWNERSHIP:
	case KW_MAX_BALANCE:
	case KW_MIN_BALANCE:
	case KW_AUTO_PARTNER_DOWN:
	case KW_MAX_RESPONSE_DELAY:
	case KW_MAX_UNACKED_UPDATES:
		return peer_number(p, "expecting number.", &unused);
	case KW_HBA:
	case KW_SPLIT:
		return peer_split(p, peer, t->kw == KW_HBA);
	case KW_LOAD:
		return peer_balance(p, peer);
	default:
		parse_error(p, t, "syntax", NULL, "invalid statement in peer declaration");
		return false;
	}
}

static void peer_finish(struct parser *p, const struct token *at, struct parse_peer *peer)
{
	if (!peer->has_address)
		parse_error(p, at, "failover", NULL, "peer address may not be omitted");
	if (peer->is_primary && !peer->has_split)
		parse_error(
		    p, at, "failover", NULL, "primary failover server must have hba or split.");
	else if (peer->is_primary && peer->mclt == 0)
		parse_error(p, at, "failover", NULL, "primary failover server must have mclt.");
	parse_warn(p, peer->pos, "not-done",
	    "failover peer %s is accepted but has no effect: this server serves alone", peer->name);
	if (conf_list_push(&p->conf->peer, peer) != 0)
		p->oom = true;
}

static void peer_reference(
    struct parser *p, struct block *b, const char *name, const struct token *at)
{
	struct parse_peer *peer = parse_find_peer(p, name);

	if (b->kind != SCOPE_SHARED_NETWORK)
		parse_error(p, at, "failover", NULL,
		    "failover peer reference not in shared-network declaration");
	else if (peer == NULL)
		parse_error(
		    p, at, "unknown-peer", NULL, "reference to unknown failover peer %s", name);
	else
		peer->is_used = true;
}

void parse_failover(struct parser *p, struct block *b)
{
	struct parse_peer *peer = NULL;
	struct token at;
	const char *name = NULL;

	if (!parse_accept_kw(p, KW_PEER)) {
		parse_error(p, parse_peek(p), "syntax", NULL, "expecting \"peer\"");
		parse_skip(p);
		return;
	}
	at = *parse_peek(p);
	if (at.kind != TOK_STRING && !token_is_ident(&at)) {
		parse_error(p, &at, "syntax", NULL, "expecting failover peer name.");
		parse_skip(p);
		return;
	}
	(void)parse_next(p);
	name = parse_strndup(p, at.text.p, at.text.len);
	peer = parse_alloc(p, sizeof(*peer));
	if (name == NULL || peer == NULL)
		return;
	if (parse_accept(p, ';')) {
		peer_reference(p, b, name, &at);
		return;
	}
	if (!parse_accept(p, '{')) {
		parse_error(p, parse_peek(p), "syntax", NULL, "expecting left brace");
		parse_skip(p);
		return;
	}
	if (parse_find_peer(p, name) != NULL) {
		parse_error(p, &at, "failover", NULL, "redeclaration of failover peer %s", name);
		parse_skip_block(p);
		return;
	}
	peer->name = name;
	peer->pos = at.pos;
	while (!parse_accept(p, '}')) {
		if (peer_statement(p, peer) && parse_semi(p))
			continue;
		parse_skip_block(p);
		return;
	}
	peer_finish(p, &at, peer);
}

/* ---- server-duid ---- */

enum { DUID_LLT = 1, DUID_EN = 2, DUID_LL = 3, DUID_MAX = 130 };

static bool duid_hex(struct parser *p, struct pxe_wr *wr, size_t max, const char *expecting)
{
	uint8_t buf[DUID_MAX];
	int n = parse_hex(p, buf, max < sizeof(buf) ? max : sizeof(buf), expecting);

	if (n < 0)
		return false;
	pxe_wr_bytes(wr, buf, (size_t)n);
	return true;
}

/* [TYPE [TIME] HEX-LIST]; without it the server takes an address of its own. */
static bool duid_link_layer(struct parser *p, bool has_time, struct pxe_wr *wr)
{
	static const struct {
		enum keyword kw;
		uint16_t type;
	} types[] = {{KW_ETHERNET, 1}, {KW_TOKEN_RING, 6}, {KW_FDDI, 8}, {KW_INFINIBAND, 32}};
	const struct token *t = parse_peek(p);
	uint16_t type = 0;

	pxe_wr_u16(wr, has_time ? DUID_LLT : DUID_LL);
	if (token_is(t, ';'))
		return true;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (t->kw == types[i].kw)
			type = types[i].type;
	if (type == 0) {
		parse_error(p, t, "syntax", NULL, "hardware type expected");
		return false;
	}
	(void)parse_next(p);
	pxe_wr_u16(wr, type);
	if (has_time)
		pxe_wr_u32(wr, (uint32_t)parse_atoi(parse_next(p))); /* seconds since 2000 */
	return duid_hex(p, wr, PXE_HWADDR_MAX, "expecting hexadecimal number.");
}

/* "text" or HEX-LIST */
static bool duid_identifier(struct parser *p, struct pxe_wr *wr)
{
	const struct token *t = NULL;

	if (parse_peek(p)->kind != TOK_STRING)
		return duid_hex(p, wr, pxe_wr_room(wr), "identifier expected");
	t = parse_next(p);
	pxe_wr_bytes(wr, t->text.p, t->text.len);
	return true;
}

static bool duid_enterprise(struct parser *p, struct pxe_wr *wr)
{
	const struct token *t = parse_peek(p);

	if (t->kind != TOK_WORD || t->word != WORD_NUMBER) {
		parse_error(p, t, "syntax", NULL, "enterprise number expected");
		return false;
	}
	pxe_wr_u16(wr, DUID_EN);
	pxe_wr_u32(wr, (uint32_t)parse_atoi(parse_next(p)));
	return duid_identifier(p, wr);
}

void parse_server_duid(struct parser *p)
{
	struct token at = *parse_next(p);
	const struct token *t = parse_next(p);
	uint8_t duid[DUID_MAX];
	struct pxe_wr wr = pxe_wr_init(duid, sizeof(duid));
	bool ok = false;

	if (t->kw == KW_LLT || t->kw == KW_LL) {
		ok = duid_link_layer(p, t->kw == KW_LLT, &wr);
	} else if (t->kw == KW_EN) {
		ok = duid_enterprise(p, &wr);
	} else if (t->kind == TOK_WORD && t->word == WORD_NUMBER) { /* any type, by its number */
		pxe_wr_u16(&wr, (uint16_t)parse_atoi(t));
		ok = duid_identifier(p, &wr);
	} else {
		parse_error(p, t, "syntax", NULL, "DUID type of LLT, EN, or LL expected");
	}
	if (ok && wr.err != 0) {
		parse_error(p, &at, "value", "a DUID has at most 128 bytes behind its type",
		    "server-duid is too long");
		ok = false;
	}
	if (!ok || !parse_semi(p)) {
		parse_skip(p);
		return;
	}
	p->conf->server_duid = parse_dup(p, (struct pxe_bytes){duid, wr.len});
}
