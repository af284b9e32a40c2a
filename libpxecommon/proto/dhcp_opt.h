/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_opt.h -- what DHCP options are called and what their bytes mean.
 *
 * The built-in definitions come from one table a family, dhcp4_options.tsv and dhcp6_options.tsv,
 * turned into C when the library is built; a configuration adds its own spaces and options at run
 * time and they are the same struct. Names are ISC dhcpd's, compared without regard to case as it
 * does. Option codes are 32 bits wide because vendor spaces are keyed by enterprise number.
 *
 * Pure. A registry lives in the arena it was made with; everything found in it is borrowed for the
 * registry's life. Built-in definitions are static.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/arena.h"
#include "libpxecommon/base/buf.h"
#include "libpxecommon/base/str.h"

/* Type of one field; the value is ISC's format letter, where it has one. */
enum pxe_opt_type {
	PXE_OPT_IP4 = 'I',
	PXE_OPT_IP6 = '6',
	PXE_OPT_TEXT = 't',   /* characters; the rest of the value */
	PXE_OPT_STRING = 'X', /* any bytes, written as "text" or as hex; the rest of the value */
	PXE_OPT_U8 = 'B',
	PXE_OPT_U16 = 'S',
	PXE_OPT_U32 = 'L',
	PXE_OPT_S8 = 'b',
	PXE_OPT_S16 = 's',
	PXE_OPT_S32 = 'l',
	PXE_OPT_BOOL = 'f',               /* one byte 0 or 1 */
	PXE_OPT_DOMAIN = 'd',             /* one name in wire form (RFC 1035 3.1) */
	PXE_OPT_DOMAINS = 'D',            /* names to the end of the value */
	PXE_OPT_DOMAINS_COMPRESSED = 'c', /* the same, compressed (RFC 3397); ISC's Dc */
	PXE_OPT_ZEROLEN = 'Z',
	PXE_OPT_ENUM = 'N',       /* 1, 2 or 4 bytes, one of a set of words */
	PXE_OPT_ENCAPSULATE = 'E' /* options of the space named in encap */
};

struct pxe_opt_word {
	const char *name;
	uint32_t value;
};

struct pxe_opt_field {
	enum pxe_opt_type type;
	bool optional;                   /* this field and those after it may be missing */
	uint8_t width;                   /* ENUM only: bytes */
	const struct pxe_opt_word *word; /* ENUM only: ended by a NULL name */
};

/* What repeats. "array of ip-address" and "array of { ip-address, ip-address }" are RECORD: the
 * whole list of fields again and again, at least once. "{ boolean, array of ip-address }" is LAST:
 * only the last field repeats, at least once. */
enum pxe_opt_array { PXE_OPT_SINGLE, PXE_OPT_ARRAY_RECORD, PXE_OPT_ARRAY_LAST };

enum { PXE_OPT_FIELDS_MAX = 32 };

struct pxe_opt_space;

/* One option. The same for built-in (static const) and user-defined ones. */
struct pxe_opt_def {
	const char *name; /* without its space: "routers" */
	const struct pxe_opt_space *space;
	uint32_t code;
	enum pxe_opt_array array;
	uint8_t nfield; /* 0: a placeholder that must not be used (nwip.illegal-1) */
	const struct pxe_opt_field *field;
	const char *encap; /* name of the encapsulated space; NULL when there is none, and for
			      option 43, whose space the configuration chooses */
	const char *rfc;   /* "RFC 2132 3.3", NULL when not recorded or user-defined */
	bool is_user;      /* defined by a configuration */
};

/* How the options of a space are laid out in bytes. */
struct pxe_opt_space {
	const char *name;
	uint8_t code_width; /* bytes of a code: 1, 2 or 4 */
	uint8_t len_width;  /* bytes of a length: 0, 1, 2 or 4 */
	bool has_pad_end;   /* codes 0 and 255 are PAD and END (1 byte codes) */
	bool is_virtual;    /* not code-length-value: fqdn (parts of option 81), server */
	bool is_user;
	uint32_t id; /* small number unique in the registry, dense from 0 */
};

/* ---- registry ---- */

struct pxe_opt_registry;

/* A registry that knows the built-in spaces and definitions and nothing else yet. NULL when out of
 * memory. Cheap: built-in tables are not copied. */
struct pxe_opt_registry *pxe_opt_registry_new(struct pxe_arena *arena);

/* In everything below `reg` may be NULL for the built-in definitions alone. */

/* The space dhcp. */
const struct pxe_opt_space *pxe_opt_space_dhcp(void);
/* Space by name, NULL when there is none. Built in: dhcp, agent, fqdn, nwip, vendor-class, vendor,
 * isc, server; and for DHCPv6 dhcp6, vsio, isc6. O(log n). */
const struct pxe_opt_space *pxe_opt_space_find(
    const struct pxe_opt_registry *reg, const char *name);
/* i-th space, built-in ones first, NULL past the end. */
const struct pxe_opt_space *pxe_opt_space_at(const struct pxe_opt_registry *reg, size_t i);

/* Declare a user space (`option space NAME code width C length width L`). Widths as in struct
 * pxe_opt_space; 1 and 1 are the defaults. A space of that name that exists already is returned
 * with PXE_E_EXISTS (ISC lets it pass), *out_space then being that one. PXE_E_RANGE (width),
 * -ENOMEM. name is copied. */
int pxe_opt_space_add(struct pxe_opt_registry *reg, const char *name, unsigned code_width,
    unsigned len_width, const struct pxe_opt_space **out_space);

/* Define an option. A user space in which code 0 or 255 is defined has neither PAD nor END from
 * then on (Juniper's image-file-name is option 0). def is copied in full (name, fields, words,
 * encap); its is_user and rfc are ignored.
 *
 * A name or a code that is known already, built-in ones included, is not an error: the last
 * definition wins for lookups by that name and by that code, and the other names of the code stay
 * usable (`option arch code 93 = unsigned integer 16` beside pxe-system-type). Returns 0,
 * PXE_E_SYNTAX (fields make no sense: text not last, an array of text, no field), PXE_E_RANGE (code
 * too large for the space's width; 0 and 255 in the space dhcp), PXE_E_LIMIT (fields) or
 * -ENOMEM. */
int pxe_opt_define(struct pxe_opt_registry *reg, const struct pxe_opt_def *def,
    const struct pxe_opt_def **out_def);

/* In what follows a definition made for "unknown-N" has no name of its own: it is found by code,
 * and gives way to a later definition of that code. */

/* Definition by its name without the space, or by code; NULL when there is none. O(log n), by code
 * in the space dhcp O(1) for built-in ones. */
const struct pxe_opt_def *pxe_opt_by_name(
    const struct pxe_opt_registry *reg, const struct pxe_opt_space *space, const char *name);
const struct pxe_opt_def *pxe_opt_by_code(
    const struct pxe_opt_registry *reg, const struct pxe_opt_space *space, uint32_t code);

/* True when name (without its space) is "unknown-N" with N a code the space can hold. */
bool pxe_opt_unknown_code(const struct pxe_opt_space *space, const char *name, uint32_t *out_code);

/* "routers", "agent.circuit-id", "PXE.unknown-9": an option as configurations write it.
 *
 * "unknown-N" gives the definition of code N when there is one, else a new one of type string,
 * which is why it wants a registry that can be written. Returns 0; PXE_E_NOTFOUND with *out_space
 * set when only the option is unknown and to NULL when the space is; -ENOMEM. */
int pxe_opt_lookup(struct pxe_opt_registry *reg, const char *qualified,
    const struct pxe_opt_def **out_def, const struct pxe_opt_space **out_space);

/* i-th definition of a space, in order of code for built-in ones, then of definition; NULL past the
 * end. For listings and nearest-word hints. */
const struct pxe_opt_def *pxe_opt_at(
    const struct pxe_opt_registry *reg, const struct pxe_opt_space *space, size_t i);

/* ---- values ---- */

/* Does value fit the definition? 0; PXE_E_SYNTAX (length does not divide into the fields, broken
 * domain name), PXE_E_RANGE (boolean neither 0 nor 1, word not in the enum), PXE_E_UNSUPPORTED
 * (placeholder). Encapsulated values are checked as a whole sequence of options when the space is
 * known to reg and not virtual. */
int pxe_opt_check(
    const struct pxe_opt_registry *reg, const struct pxe_opt_def *def, struct pxe_bytes value);

/* The value as ISC writes it in configurations and lease files: 10.0.0.1,10.0.0.2 -- "text" -- true
 * -- 6:0:1 or "abc" for strings -- host.example. for a name, "a.example.", "b." for a list of them
 * -- array elements joined by ',', record fields by ' '; nothing for zerolen. In quotes, \ comes
 * before " ' $ ` \ and bytes that cannot be printed are \ooo; a text loses one NUL at its end. A
 * value that does not fit its definition is written as hex bytes joined by ':' ("" for none). The
 * same for def NULL, unless all bytes are printable. Deviation: a string that ends in NUL is hex,
 * where ISC drops the NUL, so that it reads back to the same bytes. */
void pxe_opt_text(const struct pxe_opt_registry *reg, const struct pxe_opt_def *def,
    struct pxe_bytes value, struct pxe_text *out);

/* The type as configurations write it: "array of ip-address", "{ boolean, text }". Built-in ones
 * can also have "optional text", "enum NAME", "encapsulate" without a space (option 43) and "none".
 */
void pxe_opt_type_text(const struct pxe_opt_def *def, struct pxe_text *out);

/* Fixed size in bytes of a field type, 0 for those that vary and for ZEROLEN (ENUM: see width). */
unsigned pxe_opt_type_size(enum pxe_opt_type type);

/* ---- sequences of options in a space ---- */

struct pxe_opt_tlv {
	uint32_t code;
	struct pxe_bytes value; /* borrowed */
};

/* Next option of a space from rd. False at the end of the bytes, at END, or at an option that does
 * not fit; the last has rd->err set. PAD is stepped over. For len_width 0 the value is all that
 * follows. */
bool pxe_opt_tlv_next(
    struct pxe_rd *rd, const struct pxe_opt_space *space, struct pxe_opt_tlv *out);
/* First option with that code; value.p NULL when there is none before the end or a malformed one.
 */
struct pxe_bytes pxe_opt_tlv_find(
    struct pxe_bytes body, const struct pxe_opt_space *space, uint32_t code);
/* Append an option. A value too long for one length field is split over several options with the
 * same code where codes and lengths are one byte (RFC 3396), else wr fails with PXE_E_TOOBIG. */
void pxe_opt_tlv_put(
    struct pxe_wr *wr, const struct pxe_opt_space *space, uint32_t code, const void *p, size_t len);

/* ---- domain names (RFC 1035 3.1, 4.1.4) ---- */

enum { PXE_DNS_NAME_MAX = 255, PXE_DNS_LABEL_MAX = 63, PXE_DNS_TEXT_MAX = 1020 };

/* Append text ("a.example.org" or with a final dot) in wire form. With compress set, pointers into
 * what wr holds from offset base on are used (RFC 3397 2). 0 or PXE_E_SYNTAX (empty label, label or
 * name too long; wr untouched); no room is wr's sticky error. A backslash takes the next character
 * or \DDD literally. */
int pxe_dns_put(struct pxe_wr *wr, const char *text, bool compress, size_t base);
/* The name at offset off of the value, as text without a final dot ("." for the root). Pointers are
 * followed backwards only, so there are no loops. Returns the offset behind the name, or
 * PXE_E_SYNTAX. */
int pxe_dns_get(struct pxe_bytes value, size_t off, struct pxe_text *out);
