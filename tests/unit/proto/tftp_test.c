/* SPDX-License-Identifier: BSD-2-Clause */
/* tftp_test.c -- TFTP packets as real clients send them, and as nobody should. */
#include "libpxecommon/proto/tftp.h"

#include <string.h>

#include "tests/unit/check_main.h"

/* A literal with inner NULs; its own last NUL is not part of the packet. */
#define P(text) (const uint8_t *)(text), sizeof(text) - 1

static const struct {
	const uint8_t *p;
	size_t len;
	enum pxe_tftp_op op;
	const char *name;
	enum pxe_tftp_mode mode;
	const char *mode_text;
	const char *opts; /* "name=value;..." */
} request[] = {
    /* iPXE, pxelinux, GRUB, OVMF, U-Boot, wdsnbp, curl, busybox, tftp-hpa's client */
    {P("\0\1ipxe.efi\0octet\0blksize\0"
       "1432\0tsize\0"
       "0\0"),
	PXE_TFTP_RRQ, "ipxe.efi", PXE_TFTP_OCTET, "octet", "blksize=1432;tsize=0;"},
    {P("\0\1pxelinux.cfg/default\0octet\0tsize\0"
       "0\0blksize\0"
       "1408\0"),
	PXE_TFTP_RRQ, "pxelinux.cfg/default", PXE_TFTP_OCTET, "octet", "tsize=0;blksize=1408;"},
    {P("\0\1/grub/x86_64-efi/normal.mod\0octet\0blksize\0"
       "1024\0tsize\0"
       "0\0"),
	PXE_TFTP_RRQ, "/grub/x86_64-efi/normal.mod", PXE_TFTP_OCTET, "octet",
	"blksize=1024;tsize=0;"},
    {P("\0\1bootx64.efi\0octet\0tsize\0"
       "0\0blksize\0"
       "1468\0windowsize\0"
       "4\0"),
	PXE_TFTP_RRQ, "bootx64.efi", PXE_TFTP_OCTET, "octet", "tsize=0;blksize=1468;windowsize=4;"},
    {P("\0\1boot.scr.uimg\0octet\0timeout\0"
       "5\0blksize\0"
       "1468\0"),
	PXE_TFTP_RRQ, "boot.scr.uimg", PXE_TFTP_OCTET, "octet", "timeout=5;blksize=1468;"},
    {P("\0\1\\Boot\\BCD\0octet\0tsize\0"
       "0\0blksize\0"
       "1456\0windowsize\0"
       "4\0msftwindow\0"
       "31416\0"),
	PXE_TFTP_RRQ, "\\Boot\\BCD", PXE_TFTP_OCTET, "octet",
	"tsize=0;blksize=1456;windowsize=4;msftwindow=31416;"},
    {P("\0\1x\0netascii\0"), PXE_TFTP_RRQ, "x", PXE_TFTP_NETASCII, "netascii", ""},
    {P("\0\2up\0octet\0"), PXE_TFTP_WRQ, "up", PXE_TFTP_OCTET, "octet", ""},
    /* spelling */
    {P("\0\1x\0OCTET\0BlkSize\0"
       "8\0"),
	PXE_TFTP_RRQ, "x", PXE_TFTP_OCTET, "OCTET", "BlkSize=8;"},
    {P("\0\1x\0NetAscii\0"), PXE_TFTP_RRQ, "x", PXE_TFTP_NETASCII, "NetAscii", ""},
    {P("\0\1x\0mail\0"), PXE_TFTP_RRQ, "x", PXE_TFTP_MAIL, "mail", ""},
    {P("\0\1x\0binary\0"), PXE_TFTP_RRQ, "x", PXE_TFTP_MODE_UNKNOWN, "binary", ""},
    {P("\0\1x\0octe\0"), PXE_TFTP_RRQ, "x", PXE_TFTP_MODE_UNKNOWN, "octe", ""},
    {P("\0\1x\0octets\0"), PXE_TFTP_RRQ, "x", PXE_TFTP_MODE_UNKNOWN, "octets", ""},
    {P("\0\1\xff\n\x1b\0octet\0"), PXE_TFTP_RRQ, "\xff\n\x1b", PXE_TFTP_OCTET, "octet", ""},
    /* padding behind the request */
    {P("\0\1x\0octet\0\0\0\0\0"), PXE_TFTP_RRQ, "x", PXE_TFTP_OCTET, "octet", ""},
    {P("\0\1x\0octet\0tsize\0"
       "0\0\0blksize\0"
       "8\0"),
	PXE_TFTP_RRQ, "x", PXE_TFTP_OCTET, "octet", "tsize=0;"},
    {P("\0\1x\0octet\0\0rubbish without end"), PXE_TFTP_RRQ, "x", PXE_TFTP_OCTET, "octet", ""},
    /* an option name at the end without value is nothing, an empty value is a value */
    {P("\0\1x\0octet\0tsize\0"), PXE_TFTP_RRQ, "x", PXE_TFTP_OCTET, "octet", ""},
    {P("\0\1x\0octet\0blksize\0"
       "8\0tsize\0"),
	PXE_TFTP_RRQ, "x", PXE_TFTP_OCTET, "octet", "blksize=8;"},
    {P("\0\1x\0octet\0tsize\0\0blksize\0"
       "8\0"),
	PXE_TFTP_RRQ, "x", PXE_TFTP_OCTET, "octet", "tsize=;blksize=8;"},
    {P("\0\1x\0octet\0tsize\0"
       "0\0tsize\0"
       "1\0"),
	PXE_TFTP_RRQ, "x", PXE_TFTP_OCTET, "octet", "tsize=0;tsize=1;"},
};

/* The bytes in memory of exactly their size, so that reading past the packet shows. */
static uint8_t *exact(const uint8_t *p, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	memcpy(copy, p, len);
	return copy;
}

static const char *opts_text(const struct pxe_tftp_opt *opt, unsigned n)
{
	static char text[512];

	text[0] = '\0';
	for (unsigned i = 0; i < n; i++) {
		strcat(strcat(text, opt[i].name), "=");
		strcat(strcat(text, opt[i].value), ";");
	}
	return text;
}

START_TEST(requests)
{
	for (size_t i = 0; i < ROWS(request); i++) {
		uint8_t *p = exact(request[i].p, request[i].len);
		struct pxe_tftp_req req;
		const char *why = "untouched";

		ck_assert_int_eq(pxe_tftp_parse_req(p, request[i].len, &req, &why), 0);
		ck_assert_str_eq(why, "untouched");
		ck_assert_int_eq(req.op, request[i].op);
		ck_assert_uint_eq(pxe_tftp_opcode(p, request[i].len), req.op);
		ck_assert_str_eq(req.name, request[i].name);
		ck_assert_uint_eq(req.name_len, strlen(request[i].name));
		ck_assert_int_eq(req.mode, request[i].mode);
		ck_assert_str_eq(req.mode_text, request[i].mode_text);
		ck_assert_str_eq(opts_text(req.opt, req.nopt), request[i].opts);
		free(p);
	}
}
END_TEST

static const char missing[] = "Missing mode";
static const char unended[] = "Request not null-terminated";
static const char illegal[] = "Illegal TFTP operation";

static const struct {
	const uint8_t *p;
	size_t len;
	const char *why;
} malformed[] = {
    {P(""), illegal},
    {P("\0"), illegal},
    {P("\0\0x\0octet\0"), illegal},
    {P("\0\3x\0octet\0"), illegal},
    {P("\0\6tsize\0"
       "0\0"),
	illegal},
    {P("\0\7x\0octet\0"), illegal},
    {P("\1\1x\0octet\0"), illegal},
    {P("\0\1"), missing},
    {P("\0\1\0"), missing},
    {P("\0\1\0octet\0"), missing},
    {P("\0\1\0\0"), missing},
    {P("\0\1x\0"), missing},
    {P("\0\1x\0\0"), missing},
    {P("\0\1x\0\0tsize\0"
       "0\0"),
	missing},
    {P("\0\1x"), unended},
    {P("\0\1x\0o"), unended},
    {P("\0\1x\0octet"), unended},
    {P("\0\1x\0octet\0tsize"), unended},
    {P("\0\1x\0octet\0tsize\0"
       "0"),
	unended},
    {P("\0\1x\0octet\0tsize\0"
       "0\0blksize\0"
       "8"),
	unended},
};

START_TEST(malformed_requests)
{
	for (size_t i = 0; i < ROWS(malformed); i++) {
		uint8_t *p = exact(malformed[i].p, malformed[i].len);
		struct pxe_tftp_req req = {.nopt = 77};
		const char *why = NULL;

		ck_assert_msg(
		    pxe_tftp_parse_req(p, malformed[i].len, &req, &why) == PXE_E_SYNTAX, "%zu", i);
		ck_assert_ptr_nonnull(why);
		ck_assert_msg(strcmp(why, malformed[i].why) == 0, "%zu: %s", i, why);
		ck_assert_uint_eq(req.nopt, 77);
		free(p);
	}
}
END_TEST

START_TEST(name_limit)
{
	uint8_t p[PXE_TFTP_NAME_MAX + 32];

	for (size_t len = PXE_TFTP_NAME_MAX - 1; len <= PXE_TFTP_NAME_MAX + 1; len++) {
		struct pxe_tftp_req req;
		const char *why = NULL;
		int err = 0;

		memset(p, 'x', sizeof(p));
		memcpy(p, "\0\1", 2);
		memcpy(p + 2 + len, "\0octet", 7);
		err = pxe_tftp_parse_req(p, 2 + len + 7, &req, &why);
		if (len > PXE_TFTP_NAME_MAX) {
			ck_assert_int_eq(err, PXE_E_TOOBIG);
			ck_assert_str_eq(why, "File name too long");
		} else {
			ck_assert_int_eq(err, 0);
			ck_assert_uint_eq(req.name_len, len);
		}
	}
}
END_TEST

START_TEST(option_limit)
{
	uint8_t p[512] = "\0\1x\0octet";
	size_t len = 2 + 2 + 6;
	struct pxe_tftp_req req;
	const char *why = NULL;

	for (unsigned i = 0; i < PXE_TFTP_OPTS_MAX + 5; i++) {
		uint8_t pair[] = {(uint8_t)('a' + i), 0, '0', 0};

		memcpy(p + len, pair, sizeof(pair));
		len += sizeof(pair);
	}
	ck_assert_int_eq(pxe_tftp_parse_req(p, len, &req, &why), 0);
	ck_assert_uint_eq(req.nopt, PXE_TFTP_OPTS_MAX);
	ck_assert_str_eq(req.opt[PXE_TFTP_OPTS_MAX - 1].name, "p");
	/* the rest still has to be whole */
	ck_assert_int_eq(pxe_tftp_parse_req(p, len - 1, &req, &why), PXE_E_SYNTAX);
}
END_TEST

START_TEST(numbered_packets)
{
	uint16_t number = 7;
	struct pxe_bytes bytes = {0};
	uint8_t *p = NULL;

	ck_assert_int_eq(pxe_tftp_parse_ack(P("\0\4\xff\xfe"), &number), 0);
	ck_assert_uint_eq(number, 0xfffe);
	/* msftwindow ACKs carry one more byte, and Ethernet pads */
	ck_assert_int_eq(pxe_tftp_parse_ack(P("\0\4\0\1\x9"), &number), 0);
	ck_assert_uint_eq(number, 1);
	ck_assert_int_eq(pxe_tftp_parse_ack(P("\0\3\0\2"), &number), PXE_E_SYNTAX);
	ck_assert_uint_eq(number, 1);

	p = exact(P("\0\3\0\2data\0"));
	ck_assert_int_eq(pxe_tftp_parse_data(p, 9, &number, &bytes), 0);
	ck_assert_uint_eq(number, 2);
	ck_assert_uint_eq(bytes.len, 5);
	ck_assert_mem_eq(bytes.p, "data", 5);
	ck_assert_int_eq(pxe_tftp_parse_data(p, 4, &number, &bytes), 0);
	ck_assert_uint_eq(bytes.len, 0);
	ck_assert_int_eq(pxe_tftp_parse_data(P("\0\4\0\2"), &number, &bytes), PXE_E_SYNTAX);
	free(p);

	for (size_t len = 0; len < 4; len++) {
		p = exact((const uint8_t *)"\0\4\0\1", len);
		ck_assert_int_eq(pxe_tftp_parse_ack(p, len, &number), PXE_E_TRUNC);
		ck_assert_int_eq(pxe_tftp_parse_data(p, len, &number, &bytes), PXE_E_TRUNC);
		ck_assert_int_eq(pxe_tftp_parse_error(p, len, &number, &bytes), PXE_E_TRUNC);
		ck_assert_uint_eq(number, 2);
		free(p);
	}
}
END_TEST

START_TEST(errors)
{
	static const struct {
		const uint8_t *p;
		size_t len;
		uint16_t code;
		const char *text;
	} fact[] = {
	    {P("\0\5\0\1File not found\0"), 1, "File not found"},
	    {P("\0\5\0\10User aborted the transfer\0"), 8, "User aborted the transfer"},
	    {P("\0\5\0\0no NUL"), 0, "no NUL"},
	    {P("\0\5\0\0cut\0here"), 0, "cut"},
	    {P("\0\5\xff\xff"), 65535, ""},
	    {P("\0\5\0\0\0"), 0, ""},
	};
	uint16_t code = 0;
	struct pxe_bytes text;

	for (size_t i = 0; i < ROWS(fact); i++) {
		uint8_t *p = exact(fact[i].p, fact[i].len);

		ck_assert_int_eq(pxe_tftp_parse_error(p, fact[i].len, &code, &text), 0);
		ck_assert_uint_eq(code, fact[i].code);
		ck_assert_uint_eq(text.len, strlen(fact[i].text));
		ck_assert_mem_eq(text.p, fact[i].text, text.len);
		free(p);
	}
	ck_assert_int_eq(pxe_tftp_parse_error(P("\0\4\0\1x\0"), &code, &text), PXE_E_SYNTAX);
}
END_TEST

START_TEST(oacks)
{
	static const struct {
		const uint8_t *p;
		size_t len;
		int n;
		const char *opts;
	} fact[] = {
	    {P("\0\6blksize\0"
	       "1468\0tsize\0"
	       "42\0"),
		2, "blksize=1468;tsize=42;"},
	    {P("\0\6"), 0, ""},
	    {P("\0\6tsize\0\0"), 1, "tsize=;"},
	    {P("\0\6tsize\0"
	       "1\0\0\0rubbish"),
		1, "tsize=1;"},
	    {P("\0\6tsize\0"), PXE_E_TRUNC, NULL},
	    {P("\0\6tsize"), PXE_E_TRUNC, NULL},
	    {P("\0\6tsize\0"
	       "1"),
		PXE_E_TRUNC, NULL},
	    {P("\0"), PXE_E_TRUNC, NULL},
	    {P(""), PXE_E_TRUNC, NULL},
	    {P("\0\4\0\0"), PXE_E_SYNTAX, NULL},
	};
	struct pxe_tftp_opt opt[PXE_TFTP_OPTS_MAX];

	for (size_t i = 0; i < ROWS(fact); i++) {
		uint8_t *p = exact(fact[i].p, fact[i].len);
		int n = pxe_tftp_parse_oack(p, fact[i].len, opt);

		ck_assert_msg(n == fact[i].n, "%zu: %d", i, n);
		if (n >= 0)
			ck_assert_str_eq(opts_text(opt, (unsigned)n), fact[i].opts);
		free(p);
	}
}
END_TEST

START_TEST(opcodes)
{
	ck_assert_uint_eq(pxe_tftp_opcode(P("\0\1")), 1);
	ck_assert_uint_eq(pxe_tftp_opcode(P("\xff\xfe\x01")), 0xfffe);
	ck_assert_uint_eq(pxe_tftp_opcode(P("\0")), 0);
	ck_assert_uint_eq(pxe_tftp_opcode(NULL, 0), 0);
}
END_TEST

static void expect_built(int n, const uint8_t *out, const uint8_t *want, size_t len)
{
	ck_assert_int_eq(n, (int)len);
	ck_assert_mem_eq(out, want, len);
}

START_TEST(building)
{
	static const struct pxe_tftp_opt opt[] = {{"blksize", "1468"}, {"tsize", "0"}};
	uint8_t out[64];

	expect_built(pxe_tftp_build_req(out, sizeof(out), PXE_TFTP_RRQ, "a/b", "octet", opt, 2),
	    out,
	    P("\0\1a/b\0octet\0blksize\0"
	      "1468\0tsize\0"
	      "0\0"));
	expect_built(pxe_tftp_build_req(out, sizeof(out), PXE_TFTP_WRQ, "a", "octet", NULL, 0), out,
	    P("\0\2a\0octet\0"));
	expect_built(pxe_tftp_build_oack(out, sizeof(out), opt, 1), out,
	    P("\0\6blksize\0"
	      "1468\0"));
	expect_built(pxe_tftp_build_oack(out, sizeof(out), NULL, 0), out, P("\0\6"));
	expect_built(pxe_tftp_build_ack(out, sizeof(out), 0xabcd), out, P("\0\4\xab\xcd"));
	expect_built(pxe_tftp_build_data_header(out, sizeof(out), 0xffff), out, P("\0\3\xff\xff"));
	expect_built(pxe_tftp_build_error(out, sizeof(out), 1, "File not found"), out,
	    P("\0\5\0\1File not found\0"));
}
END_TEST

START_TEST(building_without_room)
{
	static const struct pxe_tftp_opt opt[] = {{"a", "1"}};

	for (size_t cap = 0; cap < 16; cap++) {
		uint8_t *out = malloc(cap > 0 ? cap : 1);

		ck_assert_int_eq(pxe_tftp_build_req(out, cap, PXE_TFTP_RRQ, "x", "octet", opt, 1),
		    cap < 14 ? PXE_E_TOOBIG : 14);
		ck_assert_int_eq(pxe_tftp_build_oack(out, cap, opt, 1), cap < 6 ? PXE_E_TOOBIG : 6);
		ck_assert_int_eq(pxe_tftp_build_ack(out, cap, 1), cap < 4 ? PXE_E_TOOBIG : 4);
		ck_assert_int_eq(
		    pxe_tftp_build_data_header(out, cap, 1), cap < 4 ? PXE_E_TOOBIG : 4);
		ck_assert_int_eq(
		    pxe_tftp_build_error(out, cap, 1, "no"), cap < 7 ? PXE_E_TOOBIG : 7);
		free(out);
	}
}
END_TEST

START_TEST(round_trip)
{
	static const struct pxe_tftp_opt opt[] = {{"blksize", "1468"}, {"tsize", ""}, {"x", "y"}};
	struct pxe_tftp_opt back[PXE_TFTP_OPTS_MAX];
	struct pxe_tftp_req req;
	const char *why = NULL;
	uint8_t out[128];
	int n = pxe_tftp_build_req(out, sizeof(out), PXE_TFTP_WRQ, "a b", "netascii", opt, 3);

	ck_assert_int_eq(pxe_tftp_parse_req(out, (size_t)n, &req, &why), 0);
	ck_assert_int_eq(req.op, PXE_TFTP_WRQ);
	ck_assert_str_eq(req.name, "a b");
	ck_assert_int_eq(req.mode, PXE_TFTP_NETASCII);
	ck_assert_str_eq(opts_text(req.opt, req.nopt), "blksize=1468;tsize=;x=y;");
	n = pxe_tftp_build_oack(out, sizeof(out), opt, 3);
	ck_assert_int_eq(pxe_tftp_parse_oack(out, (size_t)n, back), 3);
	ck_assert_str_eq(opts_text(back, 3), "blksize=1468;tsize=;x=y;");
}
END_TEST

START_TEST(error_texts)
{
	static const char *const text[] = {"Undefined error code", "File not found",
	    "Access denied", "Disk full or allocation exceeded", "Illegal TFTP operation",
	    "Unknown transfer ID", "File already exists", "No such user",
	    "Failure to negotiate RFC2347 options"};

	for (unsigned i = 0; i < ROWS(text); i++)
		ck_assert_str_eq(pxe_tftp_err_text(i), text[i]);
	ck_assert_str_eq(pxe_tftp_err_text(9), text[0]);
	ck_assert_str_eq(pxe_tftp_err_text(65535), text[0]);
}
END_TEST

CHECK_MAIN("proto/tftp", requests, malformed_requests, name_limit, option_limit, numbered_packets,
    errors, oacks, opcodes, building, building_without_room, round_trip, error_texts)
