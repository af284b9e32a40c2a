/* SPDX-License-Identifier: BSD-2-Clause */
/* hosts.c -- host and group declarations that stand in the lease file. */
#include "dhcpd/hosts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"

struct joined {
	char *text;
	size_t len, cap;
	size_t n; /* entries */
};

static int join(struct joined *j, struct pxe_bytes text)
{
	size_t need = j->len + text.len + 2;
	char *grown = NULL;

	if (need > j->cap) {
		grown = realloc(j->text, need * 2);
		if (grown == NULL)
			return -ENOMEM;
		j->text = grown;
		j->cap = need * 2;
	}
	memcpy(j->text + j->len, text.p, text.len);
	j->len += text.len;
	j->text[j->len++] = '\n';
	j->text[j->len] = '\0';
	j->n++;
	return 0;
}

static bool starts(struct pxe_bytes key, const char *word)
{
	size_t n = strlen(word);

	return key.len > n && pxe_memicmp(key.p, word, n) == 0 && key.p[n] == ' ';
}

static bool is_declared(const struct conf *conf, struct pxe_bytes key)
{
	static const size_t skip = sizeof("host ") - 1;
	char name[256];

	if (key.len - skip >= sizeof(name))
		return false;
	memcpy(name, key.p + skip, key.len - skip);
	name[key.len - skip] = '\0';
	return conf_host_by_name(conf, name) != NULL;
}

/* Groups first: hosts refer to them. */
static int collect(const struct store *store, const struct conf *conf, struct joined *j)
{
	struct pxe_bytes key, text;
	const void *cursor = NULL;
	int err = 0;

	while (err == 0 && store_other_walk(store, &cursor, &key, &text))
		if (starts(key, "group"))
			err = join(j, text);
	cursor = NULL;
	while (err == 0 && store_other_walk(store, &cursor, &key, &text)) {
		if (!starts(key, "host"))
			continue;
		if (is_declared(conf, key))
			pxe_log_warning(
			    "%s: %.*s is declared in the configuration too, which counts",
			    store_path(store), (int)key.len, (const char *)key.p);
		else
			err = join(j, text);
	}
	return err;
}

struct conf *hosts_join(const struct store *store, const char *path, const struct load_how *how,
    const struct conf *conf)
{
	struct joined j = {0};
	struct load_how with = *how;
	struct conf *fresh = NULL;
	char why_text[512] = "";
	struct pxe_text why = pxe_text_init(why_text, sizeof(why_text));
	int err = collect(store, conf, &j);

	with.errors_only = true; /* the others were said */
	with.more = j.text;
	with.more_len = j.len;
	with.more_name = store_path(store);
	if (err == 0 && j.n > 0)
		err = load_conf(path, &with, &why, &fresh);
	if (err != 0)
		pxe_log_error("hosts and groups of %s are not used: %s", store_path(store),
		    why.len > 0 ? why_text : pxe_strerror(err));
	if (fresh != NULL)
		pxe_log_info("%zu hosts and groups of %s are used", j.n, store_path(store));
	free(j.text);
	return fresh;
}
