/* SPDX-License-Identifier: BSD-2-Clause */
/* conf_build.h -- inside of struct conf, for conf.c and the parser only. */
#pragma once

#include <regex.h>

#include "dhcpd/conf/conf_index.h"
#include "dhcpd/conf/model.h"
#include "dhcpd/conf/stmt_tree.h"

struct conf_list { /* pointers, in order of declaration */
	void **v;
	size_t n, cap;
};

struct conf_regex {
	regex_t re;
	struct conf_regex *next;
};

struct conf_net { /* one subnet in the table of prefixes */
	uint8_t key[16];
	uint8_t len;
	uint32_t parent; /* index + 1 of the next wider one around it */
	const struct subnet *subnet;
};

struct conf_nets {
	struct conf_net *v;
	size_t n;
};

struct conf_range { /* one range of IPv4 addresses */
	uint32_t lo, hi;
	const struct pool *pool;
	const struct range4 *range;
};

struct conf {
	struct pxe_arena *arena;
	struct pxe_opt_registry *reg;
	uint8_t family;
	struct conf_list file; /* const char *: paths */
	struct scope *root;
	struct network *network, **network_tail;
	unsigned nscope, nnetwork, npool, nbilling;
	struct conf_list host, class, subclass, subnet, group, key, peer;
	struct conf_name *name, **name_tail;
	struct conf_regex *regex;
	struct pxe_bytes server_duid;
	struct conf_pos execute; /* the first one; line 0 without */
	/* indexes */
	struct conf_index host_name, host_hw, host_client_id, host_fixed, host_ident, class_name,
	    subclass_value, name_index;
	struct {
		const struct pxe_opt_def *def;
		int relay;
	} * ident;
	size_t nident;
	struct conf_nets net4, net6;
	const struct subnet **holed; /* IPv4 subnets whose mask has holes */
	size_t nholed;
	struct conf_range *range;
	size_t nrange;
};

/* Append to a list; 0 or -ENOMEM. */
int conf_list_push(struct conf_list *l, void *item);
/* Build what is derived once everything is parsed: tables of prefixes and ranges. 0 or -ENOMEM. */
int conf_finish(struct conf *c);
/* Enter a host under its keys; 0 or -ENOMEM. Hosts that a lease file deleted are left out. */
int conf_enter_host(struct conf *c, struct host *h);
uint64_t conf_subclass_hash(const struct class *cl, struct pxe_bytes value);
struct class *conf_find_class(const struct conf *c, const char *name);
