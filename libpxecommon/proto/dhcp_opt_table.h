/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_opt_table.h -- the built-in option definitions, as dhcp_options.cmake writes them.
 *
 * For the option registry only; everyone else asks dhcp_opt.h.
 */
#pragma once

#include "libpxecommon/proto/dhcp_opt.h"

/* The definitions of a space: def[first] .. def[first + n - 1] in order of code, and the same
 * stretch of by_name in order of name in lower case. */
struct pxe_opt_range {
	uint16_t first, n;
};

struct pxe_opt_enum {
	const char *name;
	const struct pxe_opt_word *word;
};

struct pxe_opt_table {
	const struct pxe_opt_space *space; /* the id of a space is its index; the first is dhcp */
	size_t nspace;
	const struct pxe_opt_range *range; /* one for each space */
	const struct pxe_opt_def *def;
	size_t ndef;
	const uint8_t
	    *dhcp_row; /* index into def plus 1 of each code of the space dhcp; 0 for none */
	const uint16_t *by_name; /* indices into def */
	const struct pxe_opt_enum *enums;
	size_t nenum;
};

extern const struct pxe_opt_table pxe_opt_table;
