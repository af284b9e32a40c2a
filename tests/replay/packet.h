/* SPDX-License-Identifier: BSD-2-Clause */
/* packet.h -- messages of a scenario: built from words, compared with words. */
#pragma once

#include "script.h"
#include "world.h"

/* Build and send what client and words[from..] say. False with why in w->why. */
bool packet_send(struct world *w, const struct world_client *c, const char *type,
    const struct words *words, size_t from);
/* Does a reply fit words[from..] (key=value)? False with the first mismatch in why. */
bool packet_fits(struct world *w, const struct world_send *s, const struct words *words,
    size_t from, char *why, size_t cap);
/* Type by its name, -1 for none. */
int packet_type(const char *name);
