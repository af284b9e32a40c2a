/* SPDX-License-Identifier: BSD-2-Clause */
/* message6.h -- DHCPv6 messages of a scenario: built from words, compared with words. */
#pragma once

#include "script.h"
#include "world6.h"

/* Type by its name, -1 for none. */
int message6_type(const char *name);
/* Build and send what client and words[from..] say. False with why in w->why. */
bool message6_send(struct world6 *w, const struct world6_client *c, int type,
    const struct words *words, size_t from);
/* Does an answer fit words[from..] (key=value)? False with the first mismatch in why. */
bool message6_fits(struct world6 *w, const struct world6_send *s, const struct words *words,
    size_t from, char *why, size_t cap);
