/* SPDX-License-Identifier: BSD-2-Clause */
/* pxe.c -- architecture types and the marks of a booting client. */
#include "libpxecommon/proto/pxe.h"

#define BIOS  PXE_FW_BIOS
#define UEFI  PXE_FW_UEFI
#define OTHER PXE_FW_OTHER

/* IANA "Processor Architecture Types" (RFC 5970 3.3 and later registrations). Row i is code i. The
 * cpu of EBC (EFI byte code) is x86_64 because that is what sends it: see pxe_arch_by_code(). Types
 * whose CPU has a UEFI binding without a removable-media file name have no efi_name. */
static const struct pxe_arch arch[] = {
    {0, "x86 BIOS", "i386", NULL, BIOS, false},
    {1, "NEC/PC98", "i386", NULL, BIOS, false},
    {2, "Itanium", "ia64", "ia64", UEFI, false},
    {3, "DEC Alpha", "alpha", NULL, OTHER, false},
    {4, "Arc x86", "i386", NULL, OTHER, false},
    {5, "Intel Lean Client", "i386", NULL, OTHER, false},
    {6, "x86 UEFI", "i386", "ia32", UEFI, false},
    {7, "x64 UEFI", "x86_64", "x64", UEFI, false},
    {8, "EFI Xscale", "arm", NULL, UEFI, false},
    {9, "EBC", "x86_64", "x64", UEFI, false},
    {10, "ARM 32-bit UEFI", "arm", "arm", UEFI, false},
    {11, "ARM 64-bit UEFI", "aarch64", "aa64", UEFI, false},
    {12, "PowerPC Open Firmware", "ppc64", NULL, OTHER, false},
    {13, "PowerPC ePAPR", "ppc", NULL, OTHER, false},
    {14, "POWER OPAL v3", "ppc64", NULL, OTHER, false},
    {15, "x86 UEFI HTTP", "i386", "ia32", UEFI, true},
    {16, "x64 UEFI HTTP", "x86_64", "x64", UEFI, true},
    {17, "EBC HTTP", "x86_64", "x64", UEFI, true},
    {18, "ARM 32-bit UEFI HTTP", "arm", "arm", UEFI, true},
    {19, "ARM 64-bit UEFI HTTP", "aarch64", "aa64", UEFI, true},
    {20, "x86 BIOS HTTP", "i386", NULL, BIOS, true},
    {21, "ARM 32-bit U-Boot", "arm", NULL, OTHER, false},
    {22, "ARM 64-bit U-Boot", "aarch64", NULL, OTHER, false},
    {23, "ARM 32-bit U-Boot HTTP", "arm", NULL, OTHER, true},
    {24, "ARM 64-bit U-Boot HTTP", "aarch64", NULL, OTHER, true},
    {25, "RISC-V 32-bit UEFI", "riscv32", "riscv32", UEFI, false},
    {26, "RISC-V 32-bit UEFI HTTP", "riscv32", "riscv32", UEFI, true},
    {27, "RISC-V 64-bit UEFI", "riscv64", "riscv64", UEFI, false},
    {28, "RISC-V 64-bit UEFI HTTP", "riscv64", "riscv64", UEFI, true},
    {29, "RISC-V 128-bit UEFI", "riscv128", "riscv128", UEFI, false},
    {30, "RISC-V 128-bit UEFI HTTP", "riscv128", "riscv128", UEFI, true},
    {31, "s390 Basic", "s390x", NULL, OTHER, false},
    {32, "s390 Extended", "s390x", NULL, OTHER, false},
    {33, "MIPS 32-bit UEFI", "mips", NULL, UEFI, false},
    {34, "MIPS 64-bit UEFI", "mips64", NULL, UEFI, false},
    {35, "Sunway 32-bit UEFI", "sw_32", NULL, UEFI, false},
    {36, "Sunway 64-bit UEFI", "sw_64", NULL, UEFI, false},
    {37, "LoongArch 32-bit UEFI", "loongarch32", "loongarch32", UEFI, false},
    {38, "LoongArch 32-bit UEFI HTTP", "loongarch32", "loongarch32", UEFI, true},
    {39, "LoongArch 64-bit UEFI", "loongarch64", "loongarch64", UEFI, false},
    {40, "LoongArch 64-bit UEFI HTTP", "loongarch64", "loongarch64", UEFI, true},
    {41, "ARM rpiboot", "aarch64", NULL, OTHER, false},
};

enum {
	NARCH = sizeof(arch) / sizeof(arch[0]),
	OPT_VENDOR_CLASS = 60,
	OPT_USER_CLASS = 77,
	OPT_CLIENT_ARCH = 93,
	OPT_IPXE = 175
};

const struct pxe_arch *pxe_arch_by_code(uint16_t code)
{
	return code < NARCH ? &arch[code] : NULL;
}

const struct pxe_arch *pxe_arch_table(size_t *out_n)
{
	*out_n = NARCH;
	return arch;
}

/* The text up to the next ':', which is stepped over. */
static struct pxe_bytes take_token(struct pxe_rd *rd)
{
	size_t left = pxe_rd_left(rd);
	const uint8_t *at = pxe_rd_bytes(rd, left);
	const uint8_t *colon = left > 0 ? memchr(at, ':', left) : NULL;

	if (colon != NULL) {
		rd->off -= left - (size_t)(colon - at) - 1;
		left = (size_t)(colon - at);
	}
	return (struct pxe_bytes){at, left};
}

static bool token_is(struct pxe_bytes token, const char *text)
{
	return token.len == strlen(text) && memcmp(token.p, text, token.len) == 0;
}

/* The decimal number at the front of token, which some ROMs end with a NUL or rubbish; false when
 * there is none or when it exceeds 16 bits. */
static bool token_number(struct pxe_bytes token, uint16_t *out)
{
	uint32_t v = 0;
	size_t n = 0;

	for (; n < token.len && token.p[n] >= '0' && token.p[n] <= '9'; n++) {
		v = v * 10 + (uint32_t)(token.p[n] - '0');
		if (v > UINT16_MAX)
			return false;
	}
	if (n > 0)
		*out = (uint16_t)v;
	return n > 0;
}

/* "MMMmmm": three digits of major and three of minor version (PXE 2.1, table 2-1). */
static bool token_undi(struct pxe_bytes token, struct pxe_class *c)
{
	for (size_t i = 0; i < 6; i++) {
		if (i >= token.len || token.p[i] < '0' || token.p[i] > '9')
			return false;
	}
	return token_number((struct pxe_bytes){token.p, 3}, &c->undi_major) &&
	       token_number((struct pxe_bytes){token.p + 3, 3}, &c->undi_minor);
}

static bool skip_prefix(struct pxe_rd *rd, struct pxe_bytes text, const char *prefix)
{
	size_t len = strlen(prefix);

	if (text.len < len || memcmp(text.p, prefix, len) != 0)
		return false;
	*rd = pxe_rd_init(text.p, text.len);
	pxe_rd_skip(rd, len);
	return true;
}

struct pxe_class pxe_class_parse(struct pxe_bytes opt60)
{
	struct pxe_class c = {0};
	struct pxe_rd rd;

	if (skip_prefix(&rd, opt60, "PXEClient"))
		c.kind = PXE_CLASS_PXE;
	else if (skip_prefix(&rd, opt60, "HTTPClient"))
		c.kind = PXE_CLASS_HTTP;
	else
		return c;
	(void)take_token(&rd);
	while (pxe_rd_left(&rd) > 0) {
		struct pxe_bytes token = take_token(&rd);

		if (token_is(token, "Arch"))
			c.has_arch = token_number(take_token(&rd), &c.arch);
		else if (token_is(token, "UNDI"))
			c.has_undi = token_undi(take_token(&rd), &c);
	}
	return c;
}

bool pxe_uuid_from_option(struct pxe_bytes opt97, uint8_t out[16])
{
	size_t type = opt97.len == 17 ? 1 : 0;

	if (opt97.len != 16 + type || (type > 0 && opt97.p[0] != 0))
		return false;
	memcpy(out, opt97.p + type, 16);
	return true;
}

bool pxe_arch_of(const struct pxe_dhcp_msg *m, uint16_t *out_arch)
{
	struct pxe_bytes opt93 = pxe_dhcp_get(m, OPT_CLIENT_ARCH);
	struct pxe_rd rd = pxe_rd_init(opt93.p, opt93.len);
	uint16_t code = pxe_rd_u16(&rd);
	struct pxe_class c;

	if (rd.err == 0) {
		*out_arch = code;
		return true;
	}
	c = pxe_class_parse(pxe_dhcp_get(m, OPT_VENDOR_CLASS));
	if (c.has_arch)
		*out_arch = c.arch;
	return c.has_arch;
}

bool pxe_is_ipxe(const struct pxe_dhcp_msg *m)
{
	struct pxe_bytes class = pxe_dhcp_get(m, OPT_USER_CLASS);
	struct pxe_rd rd = pxe_rd_init(class.p, class.len);

	if (pxe_dhcp_has(m, OPT_IPXE) || token_is(class, "iPXE"))
		return true;
	/* RFC 3004 4: instances of user class data, each behind its length. */
	while (pxe_rd_left(&rd) > 0) {
		struct pxe_rd one = pxe_rd_sub(&rd, pxe_rd_u8(&rd));

		if (one.err == 0 && token_is((struct pxe_bytes){one.p, one.len}, "iPXE"))
			return true;
	}
	return false;
}
