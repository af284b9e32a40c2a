/* SPDX-License-Identifier: BSD-2-Clause */
/* event.c -- one table of an event's fields, and the compact form and the JSON made from it.
 *
 * The compact form is stage and reason as a byte each, then for each field that is present its
 * number in the table as a byte and its value: numbers in 8 bytes, strings with their NUL behind a
 * two-byte length. It never leaves the process, so the table may change freely.
 */
#include "libpxecommon/base/event.h"

#include <limits.h>
#include <string.h>

#include "libpxecommon/base/buf.h"
#include "libpxecommon/base/json.h"

_Static_assert(PXE_STAGE_COUNT <= 256 && PXE_REASON_COUNT <= 256, "both travel as a byte");

enum type { T_I64, T_U64, T_U32, T_U16, T_IP, T_MAC, T_UUID, T_ARCH, T_BYTES, T_STR };

/* How a number is shown. */
enum show { S_PLAIN, S_SECONDS, S_XID, S_STATUS };

struct field {
	const char *name; /* in JSON */
	enum type type;
	enum show show;
	size_t offset;
};

#define FIELD(type, show, member, name)                                                            \
	{                                                                                          \
		(name), (type), (show), offsetof(struct pxe_event, member)                         \
	}
/* In the order of the JSON: time, who, what, how it went. */
static const struct field field[] = {
    FIELD(T_I64, S_SECONDS, time_us, "time"),
    FIELD(T_MAC, S_PLAIN, mac, "mac"),
    FIELD(T_BYTES, S_PLAIN, client_id, "client_id"),
    FIELD(T_UUID, S_PLAIN, uuid, "uuid"),
    FIELD(T_IP, S_PLAIN, ip, "ip"),
    FIELD(T_U16, S_PLAIN, port, "port"),
    FIELD(T_IP, S_PLAIN, server, "server"),
    FIELD(T_IP, S_PLAIN, giaddr, "giaddr"),
    FIELD(T_STR, S_PLAIN, ifname, "interface"),
    FIELD(T_U32, S_XID, xid, "xid"),
    FIELD(T_ARCH, S_PLAIN, arch, "arch"),
    FIELD(T_STR, S_PLAIN, hostname, "hostname"),
    FIELD(T_STR, S_PLAIN, vendor_class, "vendor_class"),
    FIELD(T_STR, S_PLAIN, file, "file"),
    FIELD(T_U32, S_STATUS, status, "status"),
    FIELD(T_U64, S_PLAIN, bytes, "bytes"),
    FIELD(T_U64, S_PLAIN, size, "size"),
    FIELD(T_I64, S_SECONDS, duration_us, "duration"),
    FIELD(T_U16, S_PLAIN, blksize, "blksize"),
    FIELD(T_U16, S_PLAIN, windowsize, "windowsize"),
    FIELD(T_U32, S_PLAIN, retransmits, "retransmits"),
    FIELD(T_STR, S_PLAIN, where, "where"),
    FIELD(T_STR, S_PLAIN, detail, "detail"),
};
#undef FIELD
enum { NFIELD = sizeof(field) / sizeof(field[0]) };

struct name {
	const char *name, *text;
};

static const struct name stage_name[PXE_STAGE_COUNT] = {
#define X(id, name) {name, NULL},
    PXE_STAGE_TABLE(X)
#undef X
};

static const struct name reason_name[PXE_REASON_COUNT] = {
#define X(id, name, text) {name, text},
    PXE_REASON_TABLE(X)
#undef X
};

const char *pxe_stage_name(enum pxe_stage stage)
{
	return (unsigned)stage < PXE_STAGE_COUNT ? stage_name[stage].name : "unknown";
}

const char *pxe_reason_name(enum pxe_reason reason)
{
	return (unsigned)reason < PXE_REASON_COUNT ? reason_name[reason].name : "unknown";
}

const char *pxe_reason_text(enum pxe_reason reason)
{
	return (unsigned)reason < PXE_REASON_COUNT ? reason_name[reason].text : "unknown reason";
}

static const void *member(const struct pxe_event *ev, const struct field *f)
{
	return (const uint8_t *)ev + f->offset;
}

/* Value of a field that is a number. */
static uint64_t number_of(const struct pxe_event *ev, const struct field *f)
{
	const void *p = member(ev, f);

	switch (f->type) {
	case T_I64:
		return (uint64_t) * (const int64_t *)p;
	case T_U64:
		return *(const uint64_t *)p;
	case T_U32:
		return *(const uint32_t *)p;
	case T_U16:
	case T_ARCH:
		return *(const uint16_t *)p;
	default:
		return 0;
	}
}

static const char *string_of(const struct pxe_event *ev, const struct field *f)
{
	return *(const char *const *)member(ev, f);
}

static bool is_present(const struct pxe_event *ev, const struct field *f)
{
	switch (f->type) {
	case T_IP:
		return ((const struct pxe_ip *)member(ev, f))->family != 0;
	case T_MAC:
		return ev->mac.len != 0;
	case T_UUID:
		return ev->has_uuid;
	case T_ARCH:
		return ev->has_arch;
	case T_BYTES:
		return ev->client_id != NULL && ev->client_id_len > 0;
	case T_STR:
		return string_of(ev, f) != NULL;
	default:
		return number_of(ev, f) != 0;
	}
}

/* ---- compact form ---- */

static void put_u64(struct pxe_wr *wr, uint64_t v)
{
	pxe_wr_u32(wr, (uint32_t)(v >> 32));
	pxe_wr_u32(wr, (uint32_t)v);
}

static uint64_t take_u64(struct pxe_rd *rd)
{
	uint64_t high = pxe_rd_u32(rd);

	return high << 32 | pxe_rd_u32(rd);
}

static void put_ip(struct pxe_wr *wr, const struct pxe_ip *ip)
{
	pxe_wr_u8(wr, ip->family);
	if (ip->family == 4)
		pxe_wr_u32(wr, ip->v4.v);
	else
		pxe_wr_bytes(wr, ip->v6.b, sizeof(ip->v6.b));
}

static void take_ip(struct pxe_rd *rd, struct pxe_ip *out)
{
	out->family = pxe_rd_u8(rd);
	if (out->family == 4)
		out->v4.v = pxe_rd_u32(rd);
	else if (out->family == 6)
		pxe_rd_copy(rd, out->v6.b, sizeof(out->v6.b));
	else
		pxe_rd_fail(rd, PXE_E_CORRUPT);
}

static void put_mac(struct pxe_wr *wr, const struct pxe_hwaddr *mac)
{
	pxe_wr_u8(wr, mac->type);
	pxe_wr_u8(wr, mac->len);
	pxe_wr_bytes(wr, mac->b, mac->len);
}

static void take_mac(struct pxe_rd *rd, struct pxe_hwaddr *out)
{
	uint8_t type = pxe_rd_u8(rd), len = pxe_rd_u8(rd);

	if (len == 0 || len > sizeof(out->b))
		pxe_rd_fail(rd, PXE_E_CORRUPT);
	out->type = type;
	out->len = len;
	pxe_rd_copy(rd, out->b, len);
}

/* Length to keep of s: at most PXE_EVENT_TEXT_MAX, and no character of UTF-8 cut in two. */
static size_t kept_len(const char *s)
{
	size_t n = strnlen(s, PXE_EVENT_TEXT_MAX + 1), cut = PXE_EVENT_TEXT_MAX;

	if (n <= PXE_EVENT_TEXT_MAX)
		return n;
	while (cut > PXE_EVENT_TEXT_MAX - 3 && ((uint8_t)s[cut] & 0xc0) == 0x80)
		cut--;
	return ((uint8_t)s[cut] & 0xc0) == 0x80 ? PXE_EVENT_TEXT_MAX : cut;
}

static void put_str(struct pxe_wr *wr, const char *s)
{
	size_t n = kept_len(s);

	pxe_wr_u16(wr, (uint16_t)(n + 1));
	pxe_wr_bytes(wr, s, n);
	pxe_wr_u8(wr, 0);
}

static const char *take_str(struct pxe_rd *rd)
{
	struct pxe_rd sub = {0};
	const char *s = NULL;
	size_t len = 0;

	sub = pxe_rd_sub(rd, pxe_rd_u16(rd));
	s = pxe_rd_cstr(&sub, &len);
	if (s == NULL || pxe_rd_left(&sub) > 0)
		pxe_rd_fail(rd, PXE_E_CORRUPT);
	return s;
}

static void put_bytes(struct pxe_wr *wr, const uint8_t *p, size_t len)
{
	size_t n = len < PXE_EVENT_TEXT_MAX ? len : PXE_EVENT_TEXT_MAX;

	pxe_wr_u16(wr, (uint16_t)n);
	pxe_wr_bytes(wr, p, n);
}

static void put_field(struct pxe_wr *wr, const struct pxe_event *ev, const struct field *f)
{
	switch (f->type) {
	case T_IP:
		put_ip(wr, member(ev, f));
		break;
	case T_MAC:
		put_mac(wr, &ev->mac);
		break;
	case T_UUID:
		pxe_wr_bytes(wr, ev->uuid, sizeof(ev->uuid));
		break;
	case T_BYTES:
		put_bytes(wr, ev->client_id, ev->client_id_len);
		break;
	case T_STR:
		put_str(wr, string_of(ev, f));
		break;
	default:
		put_u64(wr, number_of(ev, f));
		break;
	}
}

int pxe_event_pack(const struct pxe_event *ev, uint8_t *out, size_t cap)
{
	struct pxe_wr wr = pxe_wr_init(out, cap < INT_MAX ? cap : INT_MAX);

	pxe_wr_u8(&wr, (uint8_t)ev->stage);
	pxe_wr_u8(&wr, (uint8_t)ev->reason);
	for (unsigned i = 0; i < NFIELD; i++) {
		if (!is_present(ev, &field[i]))
			continue;
		pxe_wr_u8(&wr, (uint8_t)i);
		put_field(&wr, ev, &field[i]);
	}
	return wr.err != 0 ? wr.err : (int)wr.len;
}

/* A number into a field that is `max` wide at most. */
static uint64_t take_number(struct pxe_rd *rd, uint64_t max)
{
	uint64_t v = take_u64(rd);

	if (v > max)
		pxe_rd_fail(rd, PXE_E_CORRUPT);
	return v;
}

static void take_field(struct pxe_rd *rd, struct pxe_event *ev, const struct field *f)
{
	void *p = (uint8_t *)ev + f->offset;

	switch (f->type) {
	case T_I64:
		*(int64_t *)p = (int64_t)take_u64(rd);
		break;
	case T_U64:
		*(uint64_t *)p = take_u64(rd);
		break;
	case T_U32:
		*(uint32_t *)p = (uint32_t)take_number(rd, UINT32_MAX);
		break;
	case T_ARCH:
		ev->has_arch = true;
		*(uint16_t *)p = (uint16_t)take_number(rd, UINT16_MAX);
		break;
	case T_U16:
		*(uint16_t *)p = (uint16_t)take_number(rd, UINT16_MAX);
		break;
	case T_IP:
		take_ip(rd, p);
		break;
	case T_MAC:
		take_mac(rd, p);
		break;
	case T_UUID:
		ev->has_uuid = true;
		pxe_rd_copy(rd, ev->uuid, sizeof(ev->uuid));
		break;
	case T_BYTES:
		ev->client_id_len = pxe_rd_u16(rd);
		ev->client_id = pxe_rd_bytes(rd, ev->client_id_len);
		break;
	case T_STR:
		*(const char **)p = take_str(rd);
		break;
	}
}

int pxe_event_unpack(const uint8_t *p, size_t len, struct pxe_event *out)
{
	struct pxe_rd rd = pxe_rd_init(p, len);
	struct pxe_event ev = {0};
	unsigned stage = pxe_rd_u8(&rd), reason = pxe_rd_u8(&rd), least = 0;

	if (rd.err != 0 || stage >= PXE_STAGE_COUNT || reason >= PXE_REASON_COUNT)
		return PXE_E_CORRUPT;
	ev.stage = (enum pxe_stage)stage;
	ev.reason = (enum pxe_reason)reason;
	while (pxe_rd_left(&rd) > 0) {
		unsigned i = pxe_rd_u8(&rd);

		/* Fields come in the order of the table, so none comes twice. */
		if (i < least || i >= NFIELD)
			return PXE_E_CORRUPT;
		least = i + 1;
		take_field(&rd, &ev, &field[i]);
	}
	if (rd.err != 0)
		return PXE_E_CORRUPT;
	*out = ev;
	return 0;
}

/* ---- JSON ---- */

static void show_hex(struct pxe_json *j, const char *key, const uint8_t *p, size_t n)
{
	char hex[PXE_EVENT_TEXT_MAX * 3];
	struct pxe_text t = pxe_text_init(hex, sizeof(hex));

	pxe_text_add_hex(&t, p, n < PXE_EVENT_TEXT_MAX ? n : PXE_EVENT_TEXT_MAX, ':');
	pxe_json_str(j, key, hex);
}

/* status is HTTP's, or for TFTP the code of the ERROR packet plus one. */
static void show_status(struct pxe_json *j, const struct pxe_event *ev, const char *key)
{
	if (ev->stage == PXE_STAGE_TFTP_READ || ev->stage == PXE_STAGE_TFTP_WRITE)
		pxe_json_u64(j, "tftp_error", ev->status - 1);
	else
		pxe_json_u64(j, key, ev->status);
}

static void show_number(struct pxe_json *j, const struct pxe_event *ev, const struct field *f)
{
	uint64_t v = number_of(ev, f);
	uint8_t xid[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
	char text[2 * sizeof(xid) + 1];
	struct pxe_text t = pxe_text_init(text, sizeof(text));

	switch (f->show) {
	case S_SECONDS:
		pxe_json_us(j, f->name, (int64_t)v);
		break;
	case S_XID:
		pxe_text_add_hex(&t, xid, sizeof(xid), '\0');
		pxe_json_str(j, f->name, text);
		break;
	case S_STATUS:
		show_status(j, ev, f->name);
		break;
	case S_PLAIN:
		pxe_json_u64(j, f->name, v);
		break;
	}
}

static void show_field(struct pxe_json *j, const struct pxe_event *ev, const struct field *f)
{
	char text[PXE_HWADDR_STRLEN];

	_Static_assert(sizeof(text) >= PXE_IP_STRLEN && sizeof(text) >= PXE_UUID_STRLEN, "room");
	switch (f->type) {
	case T_IP:
		pxe_json_str(j, f->name, pxe_ip_str(member(ev, f), text));
		break;
	case T_MAC:
		pxe_json_str(j, f->name, pxe_hwaddr_str(&ev->mac, text));
		if (ev->mac.type != 1)
			pxe_json_u64(j, "htype", ev->mac.type);
		break;
	case T_UUID:
		pxe_json_str(j, f->name, pxe_uuid_str(ev->uuid, text));
		break;
	case T_BYTES:
		show_hex(j, f->name, ev->client_id, ev->client_id_len);
		break;
	case T_STR:
		pxe_json_strn(j, f->name, string_of(ev, f), kept_len(string_of(ev, f)));
		break;
	default:
		show_number(j, ev, f);
		break;
	}
}

void pxe_event_json(
    const struct pxe_event *ev, const char *daemon, uint64_t seq, struct pxe_text *t)
{
	struct pxe_json j = pxe_json_init(t);

	pxe_json_open(&j, NULL, '{');
	pxe_json_str(&j, "daemon", daemon);
	pxe_json_u64(&j, "seq", seq);
	pxe_json_str(&j, "stage", pxe_stage_name(ev->stage));
	pxe_json_str(&j, "reason", pxe_reason_name(ev->reason));
	if (ev->reason != PXE_REASON_OK)
		pxe_json_str(&j, "text", pxe_reason_text(ev->reason));
	for (unsigned i = 0; i < NFIELD; i++) {
		if (is_present(ev, &field[i]))
			show_field(&j, ev, &field[i]);
	}
	pxe_json_close(&j, '}');
}
