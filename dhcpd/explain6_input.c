/* SPDX-License-Identifier: BSD-2-Clause */
/* explain6_input.c -- a DHCPv6 message built from words. */
#include <stdlib.h>
#include <string.h>

#include "dhcpd/explain_words.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/proto/dhcp6_msg.h"

enum {
	OPT_REMOTE_ID = 37,
	OPT_SUBSCRIBER_ID = 38,
	OPT_ARCH = 61,
	ENTERPRISE_INTEL = 343, /* whose vendor class boot clients send (UEFI 24.3.4) */
	DUID_MAX = 130,
	DUID_LL = 3,
	HW_ETHERNET = 1,
	DEFAULT_XID = 0x707865,
	ORO_MAX = 128
};

struct draft6 {
	uint8_t type;
	bool rapid, has_relay, has_wish, has_hw;
	uint32_t iaid, enterprise;
	unsigned ias; /* bit 0 na, 1 ta, 2 pd; 0: as the message needs */
	struct pxe_prefix wish;
	struct pxe_hwaddr hw;
	struct pxe_ip6 link, peer;
	const char *vendor_class;
	uint8_t duid[DUID_MAX];
	size_t duid_len;
	uint16_t oro[ORO_MAX];
	size_t noro;
	struct pxe_wr options, relay;
	uint8_t options_body[EXPLAIN_PACKET_MAX], relay_body[EXPLAIN_PACKET_MAX];
};

static const struct pxe_ip all_servers = {
    .family = 6, .v6 = {{0xff, 2, [13] = 1, [15] = 2}}}; /* ff02::1:2 */
static const struct pxe_ip6 client_address = {{0xfe, 0x80, [15] = 1}};

struct draft6 *explain6_draft_new(void)
{
	struct draft6 *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	x->type = PXE_DHCP6_SOLICIT;
	x->iaid = 1;
	x->enterprise = ENTERPRISE_INTEL;
	x->peer = client_address;
	x->options = pxe_wr_init(x->options_body, sizeof(x->options_body));
	x->relay = pxe_wr_init(x->relay_body, sizeof(x->relay_body));
	return x;
}

/* ---- values ---- */

static bool take_option(struct draft *d, const struct explain_key *k, const char *value)
{
	uint8_t b[EXPLAIN_VALUE_MAX];
	int n = explain_bytes(value, b, sizeof(b));

	if (n >= 0)
		pxe_dhcp6_put(&d->six->options, k->code, b, (size_t)n);
	return n >= 0 && d->six->options.err == 0;
}

static bool take_relay_option(struct draft *d, const struct explain_key *k, const char *value)
{
	uint8_t b[EXPLAIN_VALUE_MAX];
	int n = explain_bytes(value, b, sizeof(b));

	if (n < 0)
		return false;
	pxe_dhcp6_put(&d->six->relay, k->code, b, (size_t)n);
	d->six->has_relay = true;
	return d->six->relay.err == 0;
}

static bool take_ip6(const char *value, struct pxe_ip6 *out)
{
	struct pxe_ip ip;

	if (pxe_ip_parse(value, &ip) != 0 || ip.family != 6)
		return false;
	*out = ip.v6;
	return true;
}

static bool take_link(struct draft *d, const struct explain_key *k, const char *value)
{
	(void)k;
	d->six->has_relay = true;
	return take_ip6(value, &d->six->link);
}

static bool take_peer(struct draft *d, const struct explain_key *k, const char *value)
{
	(void)k;
	return take_ip6(value, &d->six->peer);
}

static bool take_duid(struct draft *d, const struct explain_key *k, const char *value)
{
	int n = pxe_parse_hex(
	    pxe_str_starts(value, "0x") ? value + 2 : value, d->six->duid, sizeof(d->six->duid));

	(void)k;
	if (n < 3)
		return false;
	d->six->duid_len = (size_t)n;
	return true;
}

static bool take_mac(struct draft *d, const struct explain_key *k, const char *value)
{
	(void)k;
	d->six->has_hw = true;
	return pxe_hwaddr_parse(value, &d->six->hw) == 0;
}

static bool take_number(const char *value, uint32_t *out)
{
	uint64_t n = 0;
	const char *digits = pxe_str_starts(value, "0x") ? value + 2 : value;
	uint8_t b[4];
	int len = 0;

	if (digits != value) {
		len = pxe_parse_hex(digits, b, sizeof(b));
		for (int i = 0; i < len; i++)
			n = n << 8 | b[i];
		*out = (uint32_t)n;
		return len > 0;
	}
	if (pxe_parse_u64(value, 0, UINT32_MAX, &n) != 0)
		return false;
	*out = (uint32_t)n;
	return true;
}

static bool take_iaid(struct draft *d, const struct explain_key *k, const char *value)
{
	(void)k;
	return take_number(value, &d->six->iaid);
}

static bool take_enterprise(struct draft *d, const struct explain_key *k, const char *value)
{
	(void)k;
	return take_number(value, &d->six->enterprise);
}

static bool take_type(struct draft *d, const struct explain_key *k, const char *value)
{
	static const uint8_t types[] = {PXE_DHCP6_SOLICIT, PXE_DHCP6_REQUEST, PXE_DHCP6_CONFIRM,
	    PXE_DHCP6_REBIND, PXE_DHCP6_INFORMATION_REQUEST};

	(void)k;
	for (size_t i = 0; i < sizeof(types); i++) {
		if (!pxe_str_ieq(pxe_dhcp6_type_name(types[i]), value))
			continue;
		d->six->type = types[i];
		return true;
	}
	return false;
}

/* na, ta and pd, joined by commas. */
static bool take_ia(struct draft *d, const struct explain_key *k, const char *value)
{
	static const char *const names[] = {"na", "ta", "pd"};

	(void)k;
	while (*value != '\0') {
		size_t len = strcspn(value, ","), i = 0;

		while (i < 3 && (strlen(names[i]) != len || strncmp(names[i], value, len) != 0))
			i++;
		if (i == 3)
			return false;
		d->six->ias |= 1u << i;
		value += len + (value[len] == ',');
	}
	return d->six->ias != 0;
}

static bool take_wish(struct draft *d, const struct explain_key *k, const char *value)
{
	(void)k;
	d->six->has_wish = true;
	if (strchr(value, '/') != NULL)
		return pxe_prefix_parse(value, &d->six->wish) == 0 && d->six->wish.ip.family == 6;
	d->six->wish = (struct pxe_prefix){.ip = {.family = 6}, .len = 128};
	return take_ip6(value, &d->six->wish.ip.v6);
}

static bool take_rapid(struct draft *d, const struct explain_key *k, const char *value)
{
	(void)k;
	d->six->rapid = strcmp(value, "yes") == 0;
	return d->six->rapid || strcmp(value, "no") == 0;
}

static bool take_vendor_class(struct draft *d, const struct explain_key *k, const char *value)
{
	(void)k;
	d->six->vendor_class = value;
	return strlen(value) <= EXPLAIN_VALUE_MAX;
}

/* RFC 8415 21.15: items, each behind its length. */
static bool take_user_class(struct draft *d, const struct explain_key *k, const char *value)
{
	struct pxe_dhcp6_open open = pxe_dhcp6_open(&d->six->options, k->code);
	uint8_t b[EXPLAIN_VALUE_MAX];
	int n = explain_bytes(value, b, sizeof(b));

	if (n < 0)
		return false;
	pxe_wr_u16(&d->six->options, (uint16_t)n);
	pxe_wr_bytes(&d->six->options, b, (size_t)n);
	pxe_dhcp6_close(&d->six->options, open);
	return d->six->options.err == 0;
}

static bool take_arch(struct draft *d, const struct explain_key *k, const char *value)
{
	uint8_t b[2];

	if (!explain_arch(value, b))
		return false;
	pxe_dhcp6_put(&d->six->options, k->code, b, sizeof(b));
	return d->six->options.err == 0;
}

static bool take_options(struct draft *d, const struct explain_key *k, const char *value)
{
	(void)k;
	d->six->noro =
	    explain_codes(pxe_opt_space_find(NULL, "dhcp6"), value, d->six->oro, ORO_MAX);
	return d->six->noro > 0;
}

/* ---- words ---- */

#define IP "an IPv6 address"

static const struct explain_key keys[] = {
    {"duid", take_duid, 0, "the bytes of a DUID in hex, 00:03:00:01:52:54:00:12:34:56"},
    {"iaid", take_iaid, 0, "a number of 32 bits, decimal or 0x..."},
    {"mac", take_mac, 0, "a hardware address, 52:54:00:12:34:56"},
    {"type", take_type, 0, "solicit, request, confirm, rebind or information-request"},
    {"ia", take_ia, 0, "na, ta and pd, joined by commas"},
    {"requested", take_wish, 0, "an IPv6 address, or a prefix with its length"},
    {"rapid-commit", take_rapid, 0, "yes or no"},
    {"vendor-class", take_vendor_class, 0, "text"},
    {"enterprise", take_enterprise, 0, "the number of the vendor class's enterprise"},
    {"user-class", take_user_class, PXE_DHCP6_OPT_USER_CLASS, EXPLAIN_BYTES},
    {"arch", take_arch, OPT_ARCH, "a number up to 65535, or 00:07"},
    {"options", take_options, 0, "codes or names of options, joined by commas"},
    {"link-address", take_link, 0, IP},
    {"peer-address", take_peer, 0, IP},
    {"interface-id", take_relay_option, PXE_DHCP6_OPT_INTERFACE_ID, EXPLAIN_BYTES},
    {"remote-id", take_relay_option, OPT_REMOTE_ID, EXPLAIN_BYTES},
    {"subscriber-id", take_relay_option, OPT_SUBSCRIBER_ID, EXPLAIN_BYTES},
    {"iface", explain_take_iface, 0, "an interface's name, or an address of it"},
    {"packet", explain_take_packet, 0, "the bytes of a message in hex"},
    {"pcap", explain_take_pcap, 0, "the path of a capture"},
};

const struct explain_keys explain6_keys = {
    keys, sizeof(keys) / sizeof(keys[0]), UINT16_MAX, take_option};

/* ---- the message ---- */

/* A DUID of the hardware address, when none was given. */
static void make_duid(struct draft6 *x)
{
	struct pxe_wr wr = pxe_wr_init(x->duid, sizeof(x->duid));

	if (x->duid_len > 0 || !x->has_hw)
		return;
	pxe_wr_u16(&wr, DUID_LL);
	pxe_wr_u16(&wr, HW_ETHERNET);
	pxe_wr_bytes(&wr, x->hw.b, x->hw.len);
	x->duid_len = wr.len;
}

static void put_ias(const struct draft6 *x, struct pxe_wr *wr)
{
	static const struct {
		uint16_t ia, lease;
	} codes[] = {{PXE_DHCP6_OPT_IA_NA, PXE_DHCP6_OPT_IA_ADDR},
	    {PXE_DHCP6_OPT_IA_TA, PXE_DHCP6_OPT_IA_ADDR},
	    {PXE_DHCP6_OPT_IA_PD, PXE_DHCP6_OPT_IA_PREFIX}};
	unsigned ias = x->ias != 0 ? x->ias : x->has_wish && x->wish.len < 128 ? 4 : 1;
	struct pxe_dhcp6_ia ia = {.iaid = x->iaid};
	struct pxe_dhcp6_lease lease = {.ip = x->wish.ip.v6, .prefix_len = x->wish.len};

	if (x->type == PXE_DHCP6_INFORMATION_REQUEST)
		return;
	for (unsigned i = 0; i < 3; i++) {
		struct pxe_dhcp6_open open;

		if ((ias >> i & 1) == 0)
			continue;
		open = pxe_dhcp6_open_ia(wr, codes[i].ia, &ia);
		if (x->has_wish && (x->wish.len < 128) == (i == 2))
			pxe_dhcp6_close(wr, pxe_dhcp6_open_lease(wr, codes[i].lease, &lease));
		pxe_dhcp6_close(wr, open);
	}
}

static void put_vendor_class(const struct draft6 *x, struct pxe_wr *wr)
{
	struct pxe_dhcp6_open open;

	if (x->vendor_class == NULL)
		return;
	open = pxe_dhcp6_open(wr, PXE_DHCP6_OPT_VENDOR_CLASS);
	pxe_wr_u32(wr, x->enterprise);
	pxe_wr_u16(wr, (uint16_t)strlen(x->vendor_class));
	pxe_wr_bytes(wr, x->vendor_class, strlen(x->vendor_class));
	pxe_dhcp6_close(wr, open);
}

static void put_message(const struct draft *d, struct pxe_wr *wr)
{
	const struct draft6 *x = d->six;
	struct pxe_dhcp6_open open;

	pxe_dhcp6_put_header(wr, x->type, DEFAULT_XID);
	if (x->duid_len > 0)
		pxe_dhcp6_put(wr, PXE_DHCP6_OPT_CLIENT_ID, x->duid, x->duid_len);
	if (x->type == PXE_DHCP6_REQUEST)
		pxe_dhcp6_put(
		    wr, PXE_DHCP6_OPT_SERVER_ID, d->in->server_id.p, d->in->server_id.len);
	put_ias(x, wr);
	pxe_dhcp6_put_u16(wr, PXE_DHCP6_OPT_ELAPSED_TIME, 0);
	if (x->rapid)
		pxe_dhcp6_put(wr, PXE_DHCP6_OPT_RAPID_COMMIT, NULL, 0);
	put_vendor_class(x, wr);
	pxe_wr_bytes(wr, x->options.p, x->options.len);
	open = pxe_dhcp6_open(wr, PXE_DHCP6_OPT_ORO);
	for (size_t i = 0; i < x->noro; i++)
		pxe_wr_u16(wr, x->oro[i]);
	pxe_dhcp6_close(wr, open);
}

/* The relay tells the client's address at the link, which no client can tell itself. */
static void put_relayed(const struct draft *d, struct pxe_wr *wr)
{
	const struct draft6 *x = d->six;
	struct pxe_dhcp6_open open;

	pxe_dhcp6_put_relay_header(wr, PXE_DHCP6_RELAY_FORW, 0, &x->link, &x->peer);
	pxe_wr_bytes(wr, x->relay.p, x->relay.len);
	if (x->has_hw) {
		open = pxe_dhcp6_open(wr, PXE_DHCP6_OPT_CLIENT_LINKLAYER_ADDR);
		pxe_wr_u16(wr, HW_ETHERNET);
		pxe_wr_bytes(wr, x->hw.b, x->hw.len);
		pxe_dhcp6_close(wr, open);
	}
	open = pxe_dhcp6_open(wr, PXE_DHCP6_OPT_RELAY_MSG);
	put_message(d, wr);
	pxe_dhcp6_close(wr, open);
}

static struct pxe_endpoint sender(bool is_relay)
{
	return (struct pxe_endpoint){.ip = {.family = 6, .v6 = client_address},
	    .port = is_relay ? PXE_DHCP6_SERVER_PORT : PXE_DHCP6_CLIENT_PORT};
}

int explain6_finish(struct draft *d)
{
	struct draft6 *x = d->six;
	struct pxe_endpoint from = sender(x->has_relay);
	uint8_t out[EXPLAIN_PACKET_MAX];
	struct pxe_wr wr = pxe_wr_init(out, sizeof(out));

	if (x->duid_len == 0 && !x->has_hw && x->type != PXE_DHCP6_INFORMATION_REQUEST) {
		pxe_text_add(d->why, "who is asking? say duid= or mac=, packet=HEX or pcap=FILE");
		return PXE_E_SYNTAX;
	}
	if (x->duid_len > 0 && x->has_hw && !x->has_relay) {
		pxe_text_add(d->why, "mac= beside duid= is what a relay tells: say link-address=");
		return PXE_E_SYNTAX;
	}
	make_duid(x);
	if (x->has_relay)
		put_relayed(d, &wr);
	else
		put_message(d, &wr);
	if (wr.err != 0) {
		pxe_text_add(d->why, "the message is too long");
		return PXE_E_SYNTAX;
	}
	return explain_input_add(d->in, out, wr.len, &from, &all_servers);
}

int explain6_from_hex(struct draft *d)
{
	uint8_t out[EXPLAIN_PACKET_MAX];
	struct pxe_dhcp6_msg m = {.type = 0};
	struct pxe_endpoint from;
	int n = pxe_parse_hex(d->packet, out, sizeof(out));
	int err = n >= 0 ? pxe_dhcp6_parse(out, (size_t)n, &m) : n;

	if (err != 0) {
		pxe_text_addf(d->why, "packet=: no DHCPv6 message in hex (%s)", pxe_strerror(err));
		return PXE_E_SYNTAX;
	}
	from = sender(pxe_dhcp6_is_relay(&m));
	d->in->source = "packet=";
	return explain_input_add(d->in, out, (size_t)n, &from, &all_servers);
}
