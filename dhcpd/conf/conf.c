/* SPDX-License-Identifier: BSD-2-Clause */
/* conf.c -- a parsed configuration: life, lists, finding hosts and classes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dhcpd/conf/conf_build.h"

int conf_list_push(struct conf_list *l, void *item)
{
	if (l->n == l->cap) {
		size_t cap = l->cap > 0 ? l->cap * 2 : 16;
		void **v = reallocarray(l->v, cap, sizeof(*v));

		if (v == NULL)
			return -ENOMEM;
		l->v = v;
		l->cap = cap;
	}
	l->v[l->n++] = item;
	return 0;
}

static void free_indexes(struct conf *c)
{
	struct conf_index *indexes[] = {&c->host_name, &c->host_hw, &c->host_client_id,
	    &c->host_fixed, &c->host_ident, &c->class_name, &c->subclass_value, &c->name_index};

	for (size_t i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++)
		conf_index_fini(indexes[i]);
}

static void free_lists(struct conf *c)
{
	struct conf_list *lists[] = {
	    &c->file, &c->host, &c->class, &c->subclass, &c->subnet, &c->group, &c->key, &c->peer};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		free(lists[i]->v);
}

void conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	free_lists(c);
	free_indexes(c);
	for (struct conf_regex *r = c->regex; r != NULL; r = r->next)
		regfree(&r->re);
	free(c->ident);
	free(c->net4.v);
	free(c->net6.v);
	free(c->holed);
	free(c->range);
	pxe_arena_free(c->arena);
	free(c);
}

/* ---- plain access ---- */

struct pxe_opt_registry *conf_registry(const struct conf *c)
{
	return c->reg;
}

struct scope *conf_root(const struct conf *c)
{
	return c->root;
}

size_t conf_nscope(const struct conf *c)
{
	return c->nscope;
}

const char *conf_file_at(const struct conf *c, size_t i)
{
	return i < c->file.n ? c->file.v[i] : NULL;
}

struct conf_pos conf_execute_pos(const struct conf *c)
{
	return c->execute;
}

char *conf_where(const struct conf *c, struct conf_pos pos, char *buf, size_t cap)
{
	if (cap > 0)
		buf[0] = '\0';
	if (pos.line > 0 && pos.file < c->file.n)
		(void)snprintf(
		    buf, cap, "%s:%u", (const char *)c->file.v[pos.file], (unsigned)pos.line);
	return buf;
}

struct network *conf_networks(const struct conf *c)
{
	return c->network;
}

size_t conf_nnetwork(const struct conf *c)
{
	return c->nnetwork;
}

size_t conf_npool(const struct conf *c)
{
	return c->npool;
}

size_t conf_nclass(const struct conf *c)
{
	return c->class.n;
}

size_t conf_nbilling(const struct conf *c)
{
	return c->nbilling;
}

const struct class *conf_class_at(const struct conf *c, size_t index)
{
	return index < c->class.n ? c->class.v[index] : NULL;
}

size_t conf_nhost(const struct conf *c)
{
	return c->host.n;
}

const struct host *conf_host_at(const struct conf *c, size_t i)
{
	return i < c->host.n ? c->host.v[i] : NULL;
}

struct conf_name *conf_names(const struct conf *c)
{
	return c->name;
}

const struct conf_key *conf_key(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->key.n; i++) {
		const struct conf_key *k = c->key.v[i];

		if (strcmp(k->name, name) == 0)
			return k;
	}
	return NULL;
}

const struct network *conf_network_by_interface(const struct conf *c, const char *ifname)
{
	for (const struct network *n = c->network; n != NULL; n = n->next) {
		if (n->interface != NULL && strcmp(n->interface, ifname) == 0)
			return n;
		for (const struct subnet *s = n->subnet; s != NULL; s = s->next) {
			if (s->interface != NULL && strcmp(s->interface, ifname) == 0)
				return n;
		}
	}
	return NULL;
}

struct pxe_bytes conf_server_duid(const struct conf *c)
{
	return c->server_duid;
}

void conf_run_root(const struct conf *c, struct expr_ctx *ctx)
{
	(void)stmt_run(c->root->first, ctx);
	stmt_finish(ctx);
}

/* ---- hosts ---- */

static uint64_t hash_hw(const struct pxe_hwaddr *hw)
{
	return conf_hash(conf_hash(0, &hw->type, 1), hw->b, hw->len);
}

static uint64_t hash_ident(const struct pxe_opt_def *def, int relay, struct pxe_bytes value)
{
	uint64_t h = conf_hash(0, &def->code, sizeof(def->code));

	return conf_hash(conf_hash(h, &relay, sizeof(relay)), value.p, value.len);
}

static bool same_bytes(struct pxe_bytes a, struct pxe_bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

struct ident_key {
	const struct pxe_opt_def *def;
	int relay;
	struct pxe_bytes value;
};

static bool eq_name(const void *item, const void *key)
{
	return strcmp(((const struct host *)item)->name, key) == 0;
}

static bool eq_hw(const void *item, const void *key)
{
	return pxe_hwaddr_eq(&((const struct host *)item)->hw, key);
}

static bool eq_client_id(const void *item, const void *key)
{
	return same_bytes(((const struct host *)item)->client_id, *(const struct pxe_bytes *)key);
}

static bool eq_fixed(const void *item, const void *key)
{
	const struct host *h = item;
	const struct pxe_ip4 *ip = key;

	for (size_t i = 0; i < h->nfixed; i++) {
		if (h->fixed[i].v == ip->v)
			return true;
	}
	return false;
}

static bool same_ident(const struct host *h, const struct pxe_opt_def *def, int relay)
{
	return h->ident_relay == relay && h->ident_def->code == def->code &&
	       h->ident_def->space == def->space;
}

static bool eq_ident(const void *item, const void *key)
{
	const struct host *h = item;
	const struct ident_key *k = key;

	return same_ident(h, k->def, k->relay) && same_bytes(h->ident_value, k->value);
}

const struct host *conf_host_by_hw(
    const struct conf *c, const struct pxe_hwaddr *hw, const struct host *prev)
{
	return conf_index_find(&c->host_hw, hash_hw(hw), eq_hw, hw, prev);
}

const struct host *conf_host_by_client_id(
    const struct conf *c, struct pxe_bytes id, const struct host *prev)
{
	return conf_index_find(
	    &c->host_client_id, conf_hash(0, id.p, id.len), eq_client_id, &id, prev);
}

const struct host *conf_host_by_fixed(
    const struct conf *c, struct pxe_ip4 ip, const struct host *prev)
{
	return conf_index_find(
	    &c->host_fixed, conf_hash(0, &ip.v, sizeof(ip.v)), eq_fixed, &ip, prev);
}

const struct host *conf_host_by_name(const struct conf *c, const char *name)
{
	return conf_index_find(
	    &c->host_name, conf_hash(0, name, strlen(name)), eq_name, name, NULL);
}

const struct host *conf_host_by_ident(const struct conf *c, const struct pxe_opt_def *def,
    int relay, struct pxe_bytes value, const struct host *prev)
{
	struct ident_key key = {def, relay, value};

	return conf_index_find(&c->host_ident, hash_ident(def, relay, value), eq_ident, &key, prev);
}

bool conf_ident_kind(
    const struct conf *c, size_t i, const struct pxe_opt_def **out_def, int *out_relay)
{
	if (i >= c->nident)
		return false;
	*out_def = c->ident[i].def;
	*out_relay = c->ident[i].relay;
	return true;
}

static int enter_ident_kind(struct conf *c, const struct host *h)
{
	void *v = NULL;

	for (size_t i = 0; i < c->nident; i++) {
		if (same_ident(h, c->ident[i].def, c->ident[i].relay))
			return 0;
	}
	v = reallocarray(c->ident, c->nident + 1, sizeof(*c->ident));
	if (v == NULL)
		return -ENOMEM;
	c->ident = v;
	c->ident[c->nident].def = h->ident_def;
	c->ident[c->nident++].relay = h->ident_relay;
	return 0;
}

static int enter_fixed(struct conf *c, const struct host *h)
{
	int err = 0;

	for (size_t i = 0; i < h->nfixed && err == 0; i++) {
		size_t before = 0;

		while (h->fixed[before].v != h->fixed[i].v)
			before++;
		if (before == i) /* named twice in one host: once is enough */
			err = conf_index_add(
			    &c->host_fixed, conf_hash(0, &h->fixed[i].v, sizeof(h->fixed[i].v)), h);
	}
	return err;
}

int conf_enter_host(struct conf *c, struct host *h)
{
	int err = 0;

	h->index = (unsigned)c->host.n;
	err = conf_list_push(&c->host, h);
	if (err == 0)
		err = conf_index_add(&c->host_name, conf_hash(0, h->name, strlen(h->name)), h);
	if (err == 0 && h->hw.len > 0)
		err = conf_index_add(&c->host_hw, hash_hw(&h->hw), h);
	if (err == 0 && h->client_id.p != NULL)
		err = conf_index_add(
		    &c->host_client_id, conf_hash(0, h->client_id.p, h->client_id.len), h);
	if (err == 0)
		err = enter_fixed(c, h);
	if (err == 0 && h->ident_def != NULL) {
		err = enter_ident_kind(c, h);
		if (err == 0)
			err = conf_index_add(&c->host_ident,
			    hash_ident(h->ident_def, h->ident_relay, h->ident_value), h);
	}
	return err;
}

/* ---- classes ---- */

static bool eq_class(const void *item, const void *key)
{
	return strcmp(((const struct class *)item)->name, key) == 0;
}

struct class *conf_find_class(const struct conf *c, const char *name)
{
	return (struct class *)(uintptr_t)conf_index_find(
	    &c->class_name, conf_hash(0, name, strlen(name)), eq_class, name, NULL);
}

const struct class *conf_class(const struct conf *c, const char *name)
{
	return conf_find_class(c, name);
}

struct subclass_key {
	const struct class *class;
	struct pxe_bytes value;
};

static bool eq_subclass(const void *item, const void *key)
{
	const struct subclass *s = item;
	const struct subclass_key *k = key;

	return s->class == k->class && same_bytes(s->value, k->value);
}

uint64_t conf_subclass_hash(const struct class *cl, struct pxe_bytes value)
{
	return conf_hash(conf_hash(0, &cl->index, sizeof(cl->index)), value.p, value.len);
}

const struct subclass *conf_subclass(
    const struct conf *c, const struct class *cl, struct pxe_bytes value)
{
	struct subclass_key key = {cl, value};

	return conf_index_find(
	    &c->subclass_value, conf_subclass_hash(cl, value), eq_subclass, &key, NULL);
}
