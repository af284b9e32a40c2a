/* SPDX-License-Identifier: BSD-2-Clause */
/* pxe_test.c -- marks of booting clients, as captured from firmware. */
#include "libpxecommon/proto/pxe.h"

#include <string.h>

#include "tests/unit/check_main.h"

static const struct {
	uint16_t code;
	const char *name, *cpu, *efi_name;
	enum pxe_firmware firmware;
	bool http;
} fact[] = {
    {0, "x86 BIOS", "i386", NULL, PXE_FW_BIOS, false},
    {6, "x86 UEFI", "i386", "ia32", PXE_FW_UEFI, false},
    {7, "x64 UEFI", "x86_64", "x64", PXE_FW_UEFI, false},
    {9, "EBC", "x86_64", "x64", PXE_FW_UEFI, false},
    {10, "ARM 32-bit UEFI", "arm", "arm", PXE_FW_UEFI, false},
    {11, "ARM 64-bit UEFI", "aarch64", "aa64", PXE_FW_UEFI, false},
    {15, "x86 UEFI HTTP", "i386", "ia32", PXE_FW_UEFI, true},
    {16, "x64 UEFI HTTP", "x86_64", "x64", PXE_FW_UEFI, true},
    {19, "ARM 64-bit UEFI HTTP", "aarch64", "aa64", PXE_FW_UEFI, true},
    {20, "x86 BIOS HTTP", "i386", NULL, PXE_FW_BIOS, true},
    {22, "ARM 64-bit U-Boot", "aarch64", NULL, PXE_FW_OTHER, false},
    {27, "RISC-V 64-bit UEFI", "riscv64", "riscv64", PXE_FW_UEFI, false},
    {31, "s390 Basic", "s390x", NULL, PXE_FW_OTHER, false},
    {39, "LoongArch 64-bit UEFI", "loongarch64", "loongarch64", PXE_FW_UEFI, false},
    {41, "ARM rpiboot", "aarch64", NULL, PXE_FW_OTHER, false},
};

START_TEST(architectures)
{
	for (size_t i = 0; i < ROWS(fact); i++) {
		const struct pxe_arch *a = pxe_arch_by_code(fact[i].code);

		ck_assert_ptr_nonnull(a);
		ck_assert_str_eq(a->name, fact[i].name);
		ck_assert_str_eq(a->cpu, fact[i].cpu);
		ck_assert_int_eq(a->efi_name == NULL, fact[i].efi_name == NULL);
		if (a->efi_name != NULL)
			ck_assert_str_eq(a->efi_name, fact[i].efi_name);
		ck_assert_int_eq(a->firmware, fact[i].firmware);
		ck_assert_int_eq(a->http, fact[i].http);
	}
	ck_assert_ptr_null(pxe_arch_by_code(42));
	ck_assert_ptr_null(pxe_arch_by_code(65535));
}
END_TEST

START_TEST(table_is_whole)
{
	size_t n = 0, http = 0;
	const struct pxe_arch *t = pxe_arch_table(&n);

	ck_assert_uint_eq(n, 42);
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(t[i].code, i);
		ck_assert_ptr_eq(pxe_arch_by_code((uint16_t)i), &t[i]);
		ck_assert_int_ne(t[i].firmware, PXE_FW_UNKNOWN);
		ck_assert(t[i].efi_name == NULL || t[i].firmware == PXE_FW_UEFI);
		/* the name says so too */
		ck_assert_int_eq(t[i].http, strstr(t[i].name, "HTTP") != NULL);
		http += t[i].http;
		for (size_t k = 0; k < i; k++)
			MUST(strcmp(t[i].name, t[k].name) != 0, "%s twice", t[i].name);
	}
	ck_assert_uint_eq(http, 13);
}
END_TEST

static struct pxe_bytes bytes(const char *s)
{
	return (struct pxe_bytes){(const uint8_t *)s, strlen(s)};
}

enum { NO_ARCH = -1, NO_UNDI = -1 };

static const struct {
	const char *text;
	enum pxe_class_kind kind;
	int arch, undi; /* major * 1000 + minor */
} class[] = {
    {"PXEClient:Arch:00000:UNDI:002001", PXE_CLASS_PXE, 0, 2001},    /* iPXE, SeaBIOS */
    {"PXEClient:Arch:00007:UNDI:003000", PXE_CLASS_PXE, 7, 3000},    /* OVMF */
    {"PXEClient:Arch:00007:UNDI:003010", PXE_CLASS_PXE, 7, 3010},    /* snponly.efi */
    {"PXEClient:Arch:00011:UNDI:003000", PXE_CLASS_PXE, 11, 3000},   /* AAVMF, U-Boot */
    {"HTTPClient:Arch:00016:UNDI:003000", PXE_CLASS_HTTP, 16, 3000}, /* OVMF HTTP */
    {"PXEClient", PXE_CLASS_PXE, NO_ARCH, NO_UNDI},
    {"HTTPClient", PXE_CLASS_HTTP, NO_ARCH, NO_UNDI},
    {"PXEClient:", PXE_CLASS_PXE, NO_ARCH, NO_UNDI},
    {"PXEClient:Arch:00007", PXE_CLASS_PXE, 7, NO_UNDI},
    {"PXEClient:Arch:", PXE_CLASS_PXE, NO_ARCH, NO_UNDI},
    {"PXEClient:Arch", PXE_CLASS_PXE, NO_ARCH, NO_UNDI},
    {"PXEClient:Arch:7:UNDI:003016", PXE_CLASS_PXE, 7, 3016},
    {"PXEClient:Arch:65535:UNDI:999999", PXE_CLASS_PXE, 65535, 999999},
    {"PXEClient:Arch:65536:UNDI:003016", PXE_CLASS_PXE, NO_ARCH, 3016},
    {"PXEClient:Arch:99999999999999:UNDI:003016", PXE_CLASS_PXE, NO_ARCH, 3016},
    {"PXEClient:Arch:xxxxx:UNDI:003016", PXE_CLASS_PXE, NO_ARCH, 3016},
    {"PXEClient:Arch:-1:UNDI:003016", PXE_CLASS_PXE, NO_ARCH, 3016},
    {"PXEClient:Arch:00007:UNDI:3016", PXE_CLASS_PXE, 7, NO_UNDI},
    {"PXEClient:Arch:00007:UNDI:00301x", PXE_CLASS_PXE, 7, NO_UNDI},
    {"PXEClient:Arch:00007:UNDI:003016 ", PXE_CLASS_PXE, 7, 3016}, /* rubbish behind it */
    {"PXEClient:Arch:00007 :UNDI:003016", PXE_CLASS_PXE, 7, 3016},
    {"PXEClient:UNDI:003016:Arch:00007", PXE_CLASS_PXE, 7, 3016},
    {"PXEClient::Arch:00007", PXE_CLASS_PXE, 7, NO_UNDI},
    {"PXEClientX:Arch:00007", PXE_CLASS_PXE, 7, NO_UNDI}, /* as substring(…, 0, 9) sees it */
    {"", PXE_CLASS_NONE, NO_ARCH, NO_UNDI},
    {"PXEClien", PXE_CLASS_NONE, NO_ARCH, NO_UNDI},
    {"pxeclient:Arch:00007", PXE_CLASS_NONE, NO_ARCH, NO_UNDI},
    {" PXEClient", PXE_CLASS_NONE, NO_ARCH, NO_UNDI},
    {"MSFT 5.0", PXE_CLASS_NONE, NO_ARCH, NO_UNDI},
    {"U-Boot.armv8", PXE_CLASS_NONE, NO_ARCH, NO_UNDI},
    {"HTTPClien:Arch:00016", PXE_CLASS_NONE, NO_ARCH, NO_UNDI},
};

static void expect_class(struct pxe_class c, enum pxe_class_kind kind, int arch, int undi)
{
	ck_assert_int_eq(c.kind, kind);
	ck_assert_int_eq(c.has_arch ? c.arch : NO_ARCH, arch);
	ck_assert_int_eq(c.has_undi ? c.undi_major * 1000 + c.undi_minor : NO_UNDI, undi);
}

START_TEST(vendor_classes)
{
	for (size_t i = 0; i < ROWS(class); i++) {
		size_t len = strlen(class[i].text);
		uint8_t *exact = malloc(len > 0 ? len : 1);

		memcpy(exact, class[i].text, len);
		expect_class(pxe_class_parse((struct pxe_bytes){exact, len}), class[i].kind,
		    class[i].arch, class[i].undi);
		free(exact);
	}
	expect_class(pxe_class_parse((struct pxe_bytes){0}), PXE_CLASS_NONE, NO_ARCH, NO_UNDI);
}
END_TEST

/* A NUL at the end counts as rubbish behind the number. */
START_TEST(vendor_class_with_nul)
{
	static const char text[] = "PXEClient:Arch:00007:UNDI:003016";

	expect_class(pxe_class_parse((struct pxe_bytes){(const uint8_t *)text, sizeof(text)}),
	    PXE_CLASS_PXE, 7, 3016);
}
END_TEST

START_TEST(vendor_class_cut_anywhere)
{
	static const char text[] = "PXEClient:Arch:00007:UNDI:003016";

	for (size_t len = 0; len < sizeof(text); len++) {
		uint8_t *exact = malloc(len > 0 ? len : 1);
		struct pxe_class c;

		memcpy(exact, text, len);
		c = pxe_class_parse((struct pxe_bytes){exact, len});
		ck_assert_int_eq(c.kind, len >= 9 ? PXE_CLASS_PXE : PXE_CLASS_NONE);
		ck_assert_int_eq(c.has_arch, len >= 16);
		ck_assert_int_eq(c.has_undi, len >= 32);
		free(exact);
	}
}
END_TEST

START_TEST(uuids)
{
	uint8_t opt[18], out[16];

	for (unsigned i = 0; i < sizeof(opt); i++)
		opt[i] = (uint8_t)i;
	for (size_t len = 0; len <= sizeof(opt); len++) {
		bool ok = pxe_uuid_from_option((struct pxe_bytes){opt, len}, out);

		ck_assert_int_eq(ok, len == 16 || len == 17);
		if (len == 16)
			ck_assert_mem_eq(out, opt, 16);
		if (len == 17)
			ck_assert_mem_eq(out, opt + 1, 16);
	}
	memset(out, 0x5a, sizeof(out));
	opt[0] = 1;
	ck_assert(!pxe_uuid_from_option((struct pxe_bytes){opt, 17}, out));
	ck_assert(!pxe_uuid_from_option((struct pxe_bytes){0}, out));
	ck_assert_uint_eq(out[0], 0x5a);
	/* without type, the first byte is part of the UUID */
	ck_assert(pxe_uuid_from_option((struct pxe_bytes){opt, 16}, out));
	ck_assert_uint_eq(out[0], 1);
}
END_TEST

static struct pxe_dhcp_msg msg;

static void set(uint8_t code, struct pxe_bytes value)
{
	ck_assert_int_eq(pxe_dhcp_set(&msg, code, value.p, value.len), 0);
}

START_TEST(architecture_of_a_client)
{
	static const struct {
		struct pxe_bytes opt93;
		const char *opt60;
		int arch;
	} client[] = {
	    {{(const uint8_t *)"\0\7", 2}, "PXEClient:Arch:00000:UNDI:002001", 7},
	    {{(const uint8_t *)"\0\7", 2}, NULL, 7},
	    {{(const uint8_t *)"\0\0", 2}, "PXEClient:Arch:00007:UNDI:002001", 0},
	    {{(const uint8_t *)"\0\6\0\7", 4}, NULL, 6},
	    {{(const uint8_t *)"\xff\xfe", 2}, NULL, 0xfffe},
	    {{(const uint8_t *)"\0\7\0", 3}, NULL, 7},
	    {{(const uint8_t *)"\7", 1}, "PXEClient:Arch:00011:UNDI:003000", 11},
	    {{(const uint8_t *)"\7", 1}, NULL, NO_ARCH},
	    {{NULL, 0}, "HTTPClient:Arch:00016:UNDI:003000", 16},
	    {{NULL, 0}, "PXEClient", NO_ARCH},
	    {{NULL, 0}, "U-Boot", NO_ARCH},
	    {{NULL, 0}, NULL, NO_ARCH},
	};

	for (size_t i = 0; i < ROWS(client); i++) {
		uint16_t arch = 777;
		bool has = false;

		pxe_dhcp_init(&msg);
		if (client[i].opt93.len > 0)
			set(93, client[i].opt93);
		if (client[i].opt60 != NULL)
			set(60, bytes(client[i].opt60));
		has = pxe_arch_of(&msg, &arch);
		ck_assert_msg((has ? arch : NO_ARCH) == client[i].arch, "%zu: %u", i, arch);
		ck_assert(has || arch == 777);
	}
}
END_TEST

START_TEST(ipxe)
{
	static const struct {
		uint8_t code;
		struct pxe_bytes value;
		bool is;
	} client[] = {
	    {77, {(const uint8_t *)"iPXE", 4}, true},
	    {77, {(const uint8_t *)"\4iPXE", 5}, true},
	    {77, {(const uint8_t *)"\3abc\4iPXE", 9}, true},
	    {77, {(const uint8_t *)"\4iPXE\3abc", 9}, true},
	    {77, {(const uint8_t *)"\0\4iPXE", 6}, true},
	    {77, {(const uint8_t *)"\5iPXE", 5}, false}, /* runs past the end */
	    {77, {(const uint8_t *)"\3iPXE", 5}, false},
	    {77, {(const uint8_t *)"iPXE2", 5}, false},
	    {77, {(const uint8_t *)"ipxe", 4}, false},
	    {77, {(const uint8_t *)"gPXE", 4}, false},
	    {77, {(const uint8_t *)"\xff", 1}, false},
	    {77, {(const uint8_t *)"iPX", 3}, false},
	    {175, {(const uint8_t *)"\xb1\5\1\x10\xec\x81\x39", 7}, true},
	    {175, {(const uint8_t *)"", 0}, true},
	    {60, {(const uint8_t *)"iPXE", 4}, false},
	};

	for (size_t i = 0; i < ROWS(client); i++) {
		pxe_dhcp_init(&msg);
		ck_assert(!pxe_is_ipxe(&msg));
		set(client[i].code, client[i].value);
		ck_assert_msg(pxe_is_ipxe(&msg) == client[i].is, "%zu", i);
	}
}
END_TEST

CHECK_MAIN("proto/pxe", architectures, table_is_whole, vendor_classes, vendor_class_with_nul,
    vendor_class_cut_anywhere, uuids, architecture_of_a_client, ipxe)
