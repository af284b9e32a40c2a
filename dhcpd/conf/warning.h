/* SPDX-License-Identifier: BSD-2-Clause */
/* warning.h -- the warnings about a configuration, by the codes that silence them. Pure. */
#pragma once

#include <stddef.h>

struct conf_warning {
	const char *code; /* as in struct pxe_diag_entry; stable */
	const char *text; /* what it is about, for listings */
};

/* i-th warning in alphabetical order of code, NULL past the end. */
const struct conf_warning *conf_warning_at(size_t i);
/* Exact match; NULL: no warning has that code (those of errors cannot be silenced). */
const struct conf_warning *conf_warning_find(const char *code);
