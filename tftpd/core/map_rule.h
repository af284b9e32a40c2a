/* SPDX-License-Identifier: BSD-2-Clause */
/* map_rule.h -- the rules behind map.h; shared by map.c, which reads them, and map_run.c. */
#pragma once

#include <regex.h>

#include "tftpd/core/map.h"

/* One letter of an operation each. */
enum {
	RULE_REWRITE = 1,     /* r */
	RULE_GLOBAL = 2,      /* g: over the whole new name again until nothing matches */
	RULE_EACH = 4,        /* gg: each match once, as sed does */
	RULE_EXIT = 8,        /* e */
	RULE_EXIT_IF_OK = 16, /* E */
	RULE_RESTART = 32,    /* s */
	RULE_REFUSE = 64,     /* a */
	RULE_JUMP = 128,      /* j */
	RULE_INVERT = 256,    /* ~ */
	RULE_ICASE = 512,     /* i */
	RULE_READ = 1024,     /* G */
	RULE_WRITE = 2048,    /* P */
	RULE_IPV4 = 4096,     /* 4 */
	RULE_IPV6 = 8192      /* 6 */
};

enum { MAP_GROUPS = 10, MAP_RULES_MAX = 10000, MAP_FIELD_MAX = 2048 };

struct map_rule {
	unsigned flags;
	unsigned line;
	regex_t regex;
	char *pattern; /* never NULL */
};

struct map_label {
	char *name;
	size_t rule; /* index of the rule behind it */
	unsigned line;
};

struct map {
	struct map_rule *rule;
	size_t nrule, cap;
	struct map_label *label;
	size_t nlabel, label_cap;
};

/* Index of the rule behind a label, or SIZE_MAX. */
size_t map_find_label(const struct map *m, const char *name);
