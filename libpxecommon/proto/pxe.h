/* SPDX-License-Identifier: BSD-2-Clause */
/* pxe.h -- what a booting client says of itself: architecture, vendor class, UUID (PXE 2.1, RFC
 * 4578, RFC 5970, UEFI 2.10 24.7, IANA "Processor Architecture Types").
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/buf.h"
#include "libpxecommon/proto/dhcp_msg.h"

enum pxe_firmware { PXE_FW_UNKNOWN, PXE_FW_BIOS, PXE_FW_UEFI, PXE_FW_OTHER };

/* One row per registered architecture type. */
struct pxe_arch {
	uint16_t code;
	const char *name;     /* "x64 UEFI" */
	const char *cpu;      /* "x86_64", as uname -m has it */
	const char *efi_name; /* "x64" as in BOOTX64.EFI, NULL without UEFI */
	enum pxe_firmware firmware;
	bool http; /* HTTP Boot flavour */
};

/* Row for a code of option 93; NULL when unregistered. Codes 7 and 9 both mean x64 UEFI: RFC 4578
 * printed them the wrong way round (erratum 4624) and firmware of both readings exists. */
const struct pxe_arch *pxe_arch_by_code(uint16_t code);
const struct pxe_arch *pxe_arch_table(size_t *out_n);

enum pxe_class_kind { PXE_CLASS_NONE, PXE_CLASS_PXE, PXE_CLASS_HTTP };

/* Option 60 of a boot client: "PXEClient:Arch:00007:UNDI:003016" or "HTTPClient:...". */
struct pxe_class {
	enum pxe_class_kind kind;
	bool has_arch;
	uint16_t arch;
	bool has_undi;
	uint16_t undi_major, undi_minor;
};

/* Lenient: a bare "PXEClient" has neither arch nor UNDI. Never fails; kind NONE is not a boot
 * client. */
struct pxe_class pxe_class_parse(struct pxe_bytes opt60);

/* True with 16 bytes in out when option 97 is type 0 and 17 bytes long (16 bytes without type are
 * seen in the field and accepted). */
bool pxe_uuid_from_option(struct pxe_bytes opt97, uint8_t out[16]);

/* Architecture a DHCPv4 client announces: first entry of option 93, else from option 60. */
bool pxe_arch_of(const struct pxe_dhcp_msg *m, uint16_t *out_arch);

/* True when option 77 says iPXE, raw or in RFC 3004 form, or option 175 is there. */
bool pxe_is_ipxe(const struct pxe_dhcp_msg *m);
