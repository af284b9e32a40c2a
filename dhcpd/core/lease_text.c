/* SPDX-License-Identifier: BSD-2-Clause */
/* lease_text.c -- leases to ISC's text. Reading is in lease_read.c. */
#include "dhcpd/core/lease_text.h"

#include <inttypes.h>
#include <string.h>

#include "dhcpd/core/lease_time.h"
#include "libpxecommon/proto/dhcp_opt.h"

static const char *const state_names[LEASE_STATE_COUNT] = {
#define X(id, name) name,
    LEASE_STATE_TABLE(X)
#undef X
};

static const char *const hw_names[] = {
    [1] = "ethernet", [6] = "token-ring", [8] = "fddi", [32] = "infiniband"};

const char *lease_state_name(enum lease_state state)
{
	return state < LEASE_STATE_COUNT ? state_names[state] : "free";
}

static void put_local(struct pxe_text *t, int64_t when_s, const struct lease_text_style *style)
{
	static const char day[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char month[12][4] = {
	    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct lease_date d = lease_date_of(when_s + style->utc_offset_s);

	pxe_text_addf(t, "epoch %" PRId64 "; # %s %s %02d %02d:%02d:%02d %" PRId64, when_s,
	    day[d.weekday], month[d.month - 1], d.day, d.hour, d.min, d.sec, d.year);
}

static void put_digits(struct pxe_text *t, unsigned v, unsigned width)
{
	char buf[8];

	for (unsigned i = width; i-- > 0; v /= 10)
		buf[i] = (char)('0' + v % 10);
	pxe_text_addn(t, buf, width);
}

/* Without printf: there are three to a lease, and a million leases in a file. */
static void put_utc(struct pxe_text *t, int64_t when_s)
{
	struct lease_date d = lease_date_of(when_s);

	put_digits(t, (unsigned)d.weekday, 1);
	pxe_text_addc(t, ' ');
	if (d.year >= 0 && d.year <= 9999)
		put_digits(t, (unsigned)d.year, 4);
	else
		pxe_text_addf(t, "%04" PRId64, d.year);
	pxe_text_addc(t, '/');
	put_digits(t, (unsigned)d.month, 2);
	pxe_text_addc(t, '/');
	put_digits(t, (unsigned)d.day, 2);
	pxe_text_addc(t, ' ');
	put_digits(t, (unsigned)d.hour, 2);
	pxe_text_addc(t, ':');
	put_digits(t, (unsigned)d.min, 2);
	pxe_text_addc(t, ':');
	put_digits(t, (unsigned)d.sec, 2);
	pxe_text_addc(t, ';');
}

void lease_text_put_time(struct pxe_text *t, int64_t when_s, const struct lease_text_style *style)
{
	if (when_s == LEASE_NEVER)
		pxe_text_add(t, "never;");
	else if (style->local_time)
		put_local(t, when_s, style);
	else
		put_utc(t, when_s);
}

static void put_when(
    struct pxe_text *t, const char *word, int64_t when_s, const struct lease_text_style *style)
{
	if (when_s == 0)
		return;
	pxe_text_addf(t, "  %s ", word);
	lease_text_put_time(t, when_s, style);
	pxe_text_addc(t, '\n');
}

void lease_text_put_string(struct pxe_text *t, struct pxe_bytes b)
{
	pxe_text_addc(t, '"');
	for (size_t i = 0; i < b.len; i++) {
		uint8_t c = b.p[i];

		if (c == '"' || c == '\\') {
			pxe_text_addc(t, '\\');
			pxe_text_addc(t, (char)c);
		} else if (c >= 0x20 && c < 0x7f) {
			pxe_text_addc(t, (char)c);
		} else {
			pxe_text_addn(t,
			    (const char[4]){'\\', (char)('0' + (c >> 6)),
				(char)('0' + (c >> 3 & 7)), (char)('0' + (c & 7))},
			    4);
		}
	}
	pxe_text_addc(t, '"');
}

static void put_hw(struct pxe_text *t, const struct pxe_hwaddr *hw)
{
	const char *name = NULL;

	if (hw->len == 0)
		return;
	if (hw->type < sizeof(hw_names) / sizeof(hw_names[0]))
		name = hw_names[hw->type];
	pxe_text_add(t, "  hardware ");
	if (name != NULL)
		pxe_text_add(t, name);
	else
		pxe_text_addf(t, "unknown-%u", hw->type);
	pxe_text_addc(t, ' ');
	pxe_text_add_hex(t, hw->b, hw->len, ':');
	pxe_text_add(t, ";\n");
}

static void put_uid(struct pxe_text *t, struct pxe_bytes uid, const struct lease_text_style *style)
{
	if (uid.len == 0)
		return;
	pxe_text_add(t, "  uid ");
	if (style->hex_id)
		pxe_text_add_hex(t, uid.p, uid.len, ':');
	else
		lease_text_put_string(t, uid);
	pxe_text_add(t, ";\n");
}

static void put_agent(struct pxe_text *t, struct pxe_bytes agent)
{
	const struct pxe_opt_space *space = pxe_opt_space_find(NULL, "agent");
	struct pxe_rd rd = pxe_rd_init(agent.p, agent.len);
	struct pxe_opt_tlv tlv;

	while (space != NULL && pxe_opt_tlv_next(&rd, space, &tlv)) {
		const struct pxe_opt_def *def = pxe_opt_by_code(NULL, space, tlv.code);

		pxe_text_add(t, "  option agent.");
		if (def != NULL)
			pxe_text_add(t, def->name);
		else
			pxe_text_addf(t, "unknown-%" PRIu32, tlv.code);
		pxe_text_addc(t, ' ');
		pxe_opt_text(NULL, def, tlv.value, t);
		pxe_text_add(t, ";\n");
	}
}

static bool hostname_is_plain(struct pxe_bytes name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.p[i] < 0x20 || name.p[i] > 0x7e || name.p[i] == '"' || name.p[i] == '\\')
			return false;
	return name.len > 0;
}

static void put_states(struct pxe_text *t, const struct lease_rec *rec)
{
	pxe_text_addf(t, "  binding state %s;\n", lease_state_name(rec->state));
	if (rec->next != rec->state)
		pxe_text_addf(t, "  next binding state %s;\n", lease_state_name(rec->next));
	if (rec->rewind != rec->state)
		pxe_text_addf(t, "  rewind binding state %s;\n", lease_state_name(rec->rewind));
	if (rec->reserved)
		pxe_text_add(t, "  reserved;\n");
	if (rec->bootp)
		pxe_text_add(t, "  dynamic-bootp;\n");
}

void lease_text_put(
    struct pxe_text *t, const struct lease_rec *rec, const struct lease_text_style *style)
{
	char ip[PXE_IP4_STRLEN];

	pxe_text_addf(t, "lease %s {\n", pxe_ip4_str(rec->ip, ip));
	put_when(t, "starts", rec->starts, style);
	put_when(t, "ends", rec->ends, style);
	put_when(t, "tstp", rec->tstp, style);
	put_when(t, "cltt", rec->cltt, style);
	put_states(t, rec);
	put_hw(t, &rec->hw);
	put_uid(t, rec->uid, style);
	pxe_text_addn(t, (const char *)rec->vars.p, rec->vars.len);
	put_agent(t, rec->agent);
	if (hostname_is_plain(rec->hostname)) {
		pxe_text_add(t, "  client-hostname ");
		lease_text_put_string(t, rec->hostname);
		pxe_text_add(t, ";\n");
	}
	pxe_text_addn(t, (const char *)rec->tail.p, rec->tail.len);
	pxe_text_add(t, "}\n");
}

void lease_text_put_header(struct pxe_text *t)
{
	const uint16_t one = 1;

	pxe_text_add(t,
	    "# The format of this file is documented in the dhcpd.leases(5) manual page.\n"
	    "# This lease file was written by pxesuite-dhcpd-" PXE_VERSION "\n\n"
	    "# authoring-byte-order entry is generated, DO NOT DELETE\n");
	pxe_text_addf(t, "authoring-byte-order %s-endian;\n\n",
	    *(const uint8_t *)&one == 1 ? "little" : "big");
}
