/* SPDX-License-Identifier: BSD-2-Clause */
/* fill.c -- see fill.h. */
#include "httpfsd/fill.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "httpfsd/core/template.h"
#include "libpxecommon/base/arena.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/base/hash.h"
#include "libpxecommon/base/path.h"

/* One answer being made. */
struct run {
	const struct fill *f;
	const struct machine *machine; /* or NULL */
	struct pxe_arena *arena;
};

/* The value of name in a query, percent-decoded. False when it is absent or does not fit. */
static bool query_value(struct slice query, const char *name, char *out, size_t cap)
{
	size_t len = strlen(name), at = 0;

	while (at < query.len) {
		const char *p = query.p + at;
		const char *end = memchr(p, '&', query.len - at);
		size_t n = end != NULL ? (size_t)(end - p) : query.len - at;

		if (n > len && memcmp(p, name, len) == 0 && p[len] == '=') {
			int got = pxe_path_percent_decode(p + len + 1, n - len - 1, out, cap - 1);

			out[got > 0 ? got : 0] = '\0';
			return got > 0;
		}
		at += n + 1;
	}
	return false;
}

static bool is_plain(const char *s)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";

	return s[0] != '\0' && s[strspn(s, allowed)] == '\0';
}

static void set_mac(struct fill_who *who, const char *text)
{
	struct pxe_hwaddr mac = {0};

	if (pxe_hwaddr_parse(text, &mac) == 0)
		(void)pxe_hwaddr_str(&mac, who->mac);
}

/* Anaconda's "eth0 52:54:00:12:34:56". */
static void set_mac_of_field(struct fill_who *who, struct slice s)
{
	char text[PXE_HWADDR_STRLEN];
	const char *blank = slice_is_set(s) ? memrchr(s.p, ' ', s.len) : NULL;
	size_t skip = blank != NULL ? (size_t)(blank + 1 - s.p) : 0;

	if (!slice_is_set(s) || s.len - skip >= sizeof(text))
		return;
	memcpy(text, s.p + skip, s.len - skip);
	text[s.len - skip] = '\0';
	set_mac(who, text);
}

/* 8-4-4-4-12 hexadecimal digits, into lower case. */
static void set_uuid(struct fill_who *who, char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (strlen(text) != sizeof(form) - 1)
		return;
	for (size_t i = 0; form[i] != '\0'; i++) {
		if (form[i] == '-' ? text[i] != '-' : pxe_hex_value(text[i]) < 0)
			return;
	}
	(void)pxe_str_copy(who->uuid, sizeof(who->uuid), pxe_ascii_lower(text));
}

void fill_who_init(struct fill_who *who, const struct request *rq, const struct pxe_ip *client)
{
	char text[FILL_NAME_MAX + 2];
	struct pxe_ip plain = pxe_ip_unmap(*client);

	memset(who, 0, sizeof(*who));
	if (plain.family != 0)
		(void)pxe_ip_str(&plain, who->ip);
	set_mac_of_field(who, rq->field[FIELD_PROVISIONING_MAC]);
	if (query_value(rq->query, "mac", text, sizeof(text)))
		set_mac(who, text);
	if (query_value(rq->query, "uuid", text, sizeof(text)))
		set_uuid(who, text);
	if (query_value(rq->query, "hostname", text, sizeof(text)) && is_plain(text))
		(void)pxe_str_copy(who->hostname, sizeof(who->hostname), text);
	if (query_value(rq->query, "arch", text, sizeof(text)) && is_plain(text))
		(void)pxe_str_copy(who->arch, sizeof(who->arch), text);
}

/* An entry found by its address or name is not the machine when its hardware says otherwise. */
static bool is_contrary(const struct machine *m, const struct fill_who *who)
{
	const char *mac = m->key[MACHINE_MAC], *uuid = m->key[MACHINE_UUID];

	return (mac != NULL && who->mac[0] != '\0' && strcmp(mac, who->mac) != 0) ||
	       (uuid != NULL && who->uuid[0] != '\0' && strcmp(uuid, who->uuid) != 0);
}

const struct machine *fill_machine(const struct catalog *c, const struct fill_who *who)
{
	for (int key = 0; key < MACHINE_KEYS; key++) {
		const char *want[MACHINE_KEYS] = {who->mac, who->uuid, who->hostname, who->ip};

		for (size_t i = 0; want[key][0] != '\0' && i < c->nmachine; i++) {
			const char *have = c->machine[i].key[key];

			if (have != NULL && pxe_str_ieq(have, want[key]) &&
			    (key == MACHINE_MAC || !is_contrary(&c->machine[i], who)))
				return &c->machine[i];
		}
	}
	return NULL;
}

/* "NAME=VALUE" among the machine's vars. */
static const char *own_value(const struct machine *m, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; m != NULL && i < m->vars.n; i++) {
		if (strncmp(m->vars.v[i], name, len) == 0 && m->vars.v[i][len] == '=')
			return m->vars.v[i] + len + 1;
	}
	return NULL;
}

/* The table first, then what the request says. */
static const char *value(void *arg, const char *name)
{
	const struct run *r = arg;
	const struct fill_who *who = &r->f->who;
	const struct {
		const char *name, *table, *said;
	} known[] = {
	    {"mac", r->machine ? r->machine->key[MACHINE_MAC] : NULL, who->mac},
	    {"ip", r->machine ? r->machine->key[MACHINE_IP] : NULL, who->ip},
	    {"uuid", r->machine ? r->machine->key[MACHINE_UUID] : NULL, who->uuid},
	    {"hostname", r->machine ? r->machine->key[MACHINE_HOSTNAME] : NULL, who->hostname},
	    {"arch", r->machine ? r->machine->arch : NULL, who->arch},
	};

	if (strncmp(name, "host.", 5) == 0)
		return own_value(r->machine, name + 5);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].name, name) != 0)
			continue;
		if (known[i].table != NULL)
			return known[i].table;
		return known[i].said[0] != '\0' ? known[i].said : NULL;
	}
	return NULL;
}

static int read_all(int fd, char *buf, size_t cap, size_t *out_len)
{
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len < cap) {
		n = read(fd, buf + len, cap - len);
		if (n < 0)
			return -errno;
		len += (size_t)n;
	}
	*out_len = len;
	return 0;
}

/* The file at path, into the arena. */
static int load(void *arg, const char *path, struct slice *out)
{
	struct run *r = arg;
	const struct source *src = r->f->mount->source;
	struct stat st;
	size_t len = 0;
	char *buf = NULL;
	int fd = pxe_root_open_read(&src->root, path, src->symlinks, &st), err = 0;

	if (fd < 0)
		return fd;
	if (S_ISDIR(st.st_mode))
		err = -EISDIR;
	else if (st.st_size > TEMPLATE_SIZE_MAX)
		err = PXE_E_TOOBIG;
	if (err == 0) {
		buf = pxe_arena_alloc(r->arena, (size_t)st.st_size + 1);
		err = buf != NULL ? read_all(fd, buf, (size_t)st.st_size, &len) : -ENOMEM;
	}
	(void)close(fd);
	if (err == 0)
		*out = (struct slice){buf, len};
	return err;
}

/* Into memory that sends like a file. */
static int store(struct fill *f, const char *p, size_t len)
{
	static const struct pxe_hash_seed seeds[2] = {{1, 2}, {3, 4}}; /* the same in each run */
	int fd = memfd_create("httpfsd-answer", MFD_CLOEXEC);
	ssize_t n = 0;

	if (fd < 0)
		return -errno;
	for (size_t at = 0; at < len; at += (size_t)n) {
		n = write(fd, p + at, len - at);
		if (n <= 0) {
			(void)close(fd);
			return n < 0 ? -errno : -EIO;
		}
	}
	f->fd = fd;
	f->size = len;
	f->hash[0] = pxe_siphash(&seeds[0], p, len);
	f->hash[1] = pxe_siphash(&seeds[1], p, len);
	return 0;
}

void fill_run(struct fill *f)
{
	struct run r = {.f = f, .machine = fill_machine(f->catalog, &f->who)};
	struct template_env env = {.value = value, .include = load, .arg = &r};
	char *out = malloc(TEMPLATE_SIZE_MAX + 1);
	struct slice text = {0};

	r.arena = pxe_arena_new();
	f->err = out != NULL && r.arena != NULL ? load(&r, f->path, &text) : -ENOMEM;
	if (f->err == 0) {
		struct pxe_text t = pxe_text_init(out, TEMPLATE_SIZE_MAX + 1);

		f->err = template_expand(f->path, text, &env, &t, f->why, sizeof(f->why));
		if (f->err == 0)
			f->err = store(f, out, t.len);
	}
	if (f->err != 0 && f->why[0] == '\0')
		(void)snprintf(f->why, sizeof(f->why), "%s: %s", f->path, pxe_strerror(f->err));
	pxe_arena_free(r.arena);
	free(out);
}
