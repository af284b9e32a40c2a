/* SPDX-License-Identifier: BSD-2-Clause */
/* catalog.c -- see catalog.h. */
#include "httpfsd/catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "httpfsd/auth.h"
#include "httpfsd/core/object.h"
#include "httpfsd/discs.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/base/path.h"
#include "libpxecommon/base/str.h"
#include "libpxecommon/os/sandbox.h"

enum { PREFIX_MAX = 1024 };

/* Building one catalog: findings collect, so that all are shown. */
struct build {
	struct catalog *c;
	struct pxe_diag *diag;
	const char *file; /* for messages, or NULL */
	size_t source_at;
	bool oom;
};

__attribute__((format(printf, 3, 4))) static void complain(
    struct build *b, unsigned line, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	pxe_diag_add(
	    b->diag, PXE_DIAG_ERROR, line > 0 ? b->file : NULL, line, 0, NULL, NULL, "%s", text);
}

static void *alloc(struct build *b, size_t n)
{
	void *p = pxe_arena_alloc(b->c->arena, n > 0 ? n : 1);

	if (p == NULL)
		b->oom = true;
	return p;
}

/* "/centos/7/" to "centos/7", "/" to "". NULL after a complaint. */
static const char *make_prefix(struct build *b, unsigned line, const char *at)
{
	char text[PREFIX_MAX];
	int n =
	    at[0] == '/' ? pxe_path_normalise(at, strlen(at), 0, text, sizeof(text)) : PXE_E_SYNTAX;
	char *copy = NULL;

	if (n < 0) {
		complain(b, line, "\"%s\" is not a URL prefix: it must begin with / (%s)", at,
		    pxe_strerror(n));
		return NULL;
	}
	copy = pxe_arena_strdup(b->c->arena, strcmp(text, ".") == 0 ? "" : text);
	if (copy == NULL)
		b->oom = true;
	return copy;
}

static struct site_nets make_nets(
    struct build *b, unsigned line, const char *what, const struct pxe_conf_strs *strs)
{
	struct site_nets nets = {.n = strs->n};

	nets.v = alloc(b, strs->n * sizeof(*nets.v));
	if (nets.v == NULL)
		return (struct site_nets){0};
	for (size_t i = 0; i < strs->n; i++) {
		if (pxe_prefix_parse(strs->v[i], &nets.v[i]) != 0)
			complain(b, line, "%s: \"%s\" is not ADDRESS or ADDRESS/LENGTH", what,
			    strs->v[i]);
	}
	return nets;
}

/* Header values and types go out as they are: nothing that could begin another line. */
static bool is_clean(const char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	}
	return true;
}

static void check_mount(struct build *b, unsigned line, const struct conf_mount *cm)
{
	if (cm->cache_control != NULL &&
	    (cm->cache_control[0] == '\0' || !is_clean(cm->cache_control) ||
		strlen(cm->cache_control) > OBJECT_TYPE_MAX))
		complain(
		    b, line, "cache_control must be 1 to %d printable characters", OBJECT_TYPE_MAX);
	if ((cm->dir != NULL) + (cm->image != NULL) + (cm->images != NULL) != 1)
		complain(b, line, "a mount needs exactly one of \"dir\", \"image\" and \"images\"");
	if (cm->is_template && cm->dir == NULL)
		complain(b, line, "only the files of a \"dir\" can be templates");
	if (cm->precompressed && (cm->dir == NULL || cm->is_template))
		complain(b, line,
		    "only the files of a \"dir\" that are no templates can be precompressed");
	if (!is_clean(cm->realm) || strchr(cm->realm, '"') != NULL ||
	    strlen(cm->realm) > OBJECT_TYPE_MAX)
		complain(b, line, "realm must be up to %d printable characters without quotes",
		    OBJECT_TYPE_MAX);
	for (size_t i = 0; i < cm->index.n; i++) {
		const char *s = cm->index.v[i];

		if (s[0] == '\0' || strchr(s, '/') != NULL || strlen(s) > 255)
			complain(b, line, "index: \"%s\" is not a file name", s);
	}
}

static struct source *make_source(struct build *b, const struct conf_mount *cm)
{
	static const enum pxe_symlinks policy[] = {[CONF_SYMLINKS_BENEATH] = PXE_SYMLINKS_BENEATH,
	    [CONF_SYMLINKS_FOLLOW] = PXE_SYMLINKS_FOLLOW,
	    [CONF_SYMLINKS_NONE] = PXE_SYMLINKS_NONE};
	static const enum pxe_iso_links links[] = {[CONF_SYMLINKS_BENEATH] = PXE_ISO_LINKS_BENEATH,
	    [CONF_SYMLINKS_FOLLOW] = PXE_ISO_LINKS_IN_ROOT,
	    [CONF_SYMLINKS_NONE] = PXE_ISO_LINKS_NONE};
	struct source *src = &b->c->source[b->source_at++];
	const char *path = cm->dir != NULL ? cm->dir : cm->image != NULL ? cm->image : cm->images;

	src->root.fd = -1;
	src->symlinks = policy[cm->symlinks];
	src->disc_links = links[cm->symlinks];
	src->kind = cm->image != NULL    ? SOURCE_IMAGE
		    : cm->images != NULL ? SOURCE_IMAGES
					 : SOURCE_DIR;
	if (path != NULL)
		(void)pxe_str_copy(src->root.path, sizeof(src->root.path), path);
	if (cm->auth_file != NULL && auth_load(cm->auth_file, &src->auth, b->diag) != 0)
		src->auth = NULL;
	return src;
}

/* One conf_mount makes as many mounts as it has prefixes, all with the same source. */
static void add_mounts(
    struct build *b, struct site_host *host, unsigned line, const struct conf_mount *cm)
{
	struct source *src = make_source(b, cm);
	struct mount m = {.source = src,
	    .listing = cm->listing ? LISTING_ON : LISTING_OFF,
	    .dotfiles = cm->dotfiles,
	    .is_template = cm->is_template,
	    .precompressed = cm->precompressed,
	    .index = (const char *const *)cm->index.v,
	    .nindex = cm->index.n,
	    .cache_control = cm->cache_control,
	    .rate = (uint64_t)cm->rate,
	    .realm = cm->auth_file != NULL ? cm->realm : NULL,
	    .allow = make_nets(b, line, "allow", &cm->allow),
	    .deny = make_nets(b, line, "deny", &cm->deny)};

	check_mount(b, line, cm);
	for (size_t i = 0; i < cm->at.n; i++) {
		m.prefix = make_prefix(b, line, cm->at.v[i]);
		if (m.prefix == NULL)
			continue;
		m.prefix_len = strlen(m.prefix);
		host->mount[host->nmount++] = m;
	}
	if (cm->at.n == 0)
		complain(b, line, "a mount needs at least one URL prefix in \"at\"");
}

/* What a root names is a directory or, when it is a file, an image. */
static void set_root(struct conf_mount *cm, char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
		cm->image = path;
	else
		cm->dir = path;
}

/* Entries of "root": DIR or IMAGE, or one of them behind /PREFIX=. */
static void add_root(struct build *b, struct site_host *host, char *entry)
{
	struct conf_mount cm = {0};
	static char *slash = "/";
	char *sign = strchr(entry, '='), *prefix = NULL;

	if (pxe_conf_defaults(&conf_mount_schema, b->c->arena, &cm) != 0) {
		b->oom = true;
		return;
	}
	cm.at = (struct pxe_conf_strs){.v = &slash, .n = 1};
	set_root(&cm, entry);
	/* A directory may have a '=' in its name: it is a prefix only when / begins both sides. */
	if (entry[0] == '/' && sign != NULL && (sign[1] == '/' || sign[1] == '.')) {
		prefix = pxe_arena_strdup(b->c->arena, entry);
		if (prefix == NULL) {
			b->oom = true;
			return;
		}
		prefix[sign - entry] = '\0';
		cm.at.v = &prefix;
		cm.dir = cm.image = NULL;
		set_root(&cm, sign + 1);
	}
	add_mounts(b, host, 0, &cm);
}

static size_t count_prefixes(const struct pxe_conf_list *mounts)
{
	const struct conf_mount *cm = mounts->v;
	size_t n = 0;

	for (size_t i = 0; i < mounts->n; i++)
		n += cm[i].at.n;
	return n;
}

static void fill_host(struct build *b, struct site_host *host, const struct pxe_conf_list *mounts,
    const struct pxe_conf_strs *roots)
{
	const struct conf_mount *cm = mounts->v;

	host->mount = alloc(b, (count_prefixes(mounts) + roots->n) * sizeof(*host->mount));
	if (host->mount == NULL)
		return;
	for (size_t i = 0; i < roots->n; i++)
		add_root(b, host, roots->v[i]);
	for (size_t i = 0; i < mounts->n; i++)
		add_mounts(b, host, mounts->line[i], &cm[i]);
}

static void build_hosts(struct build *b)
{
	struct conf *conf = &b->c->conf;
	const struct conf_host *ch = conf->hosts.v;
	static const struct pxe_conf_strs none;
	struct site *site = &b->c->site;
	size_t nsource = conf->root.n + conf->mounts.n, host = 0;
	int twice = 0;

	for (size_t i = 0; i < conf->hosts.n; i++)
		nsource += ch[i].mounts.n;
	b->c->source = alloc(b, nsource * sizeof(*b->c->source));
	site->host = alloc(b, (1 + conf->hosts.n) * sizeof(*site->host));
	if (b->oom)
		return;
	site->nhost = 1 + conf->hosts.n;
	fill_host(b, &site->host[0], &conf->mounts, &conf->root);
	for (size_t i = 0; i < conf->hosts.n; i++) {
		struct site_host *h = &site->host[1 + i];

		for (size_t k = 0; k < ch[i].names.n; k++)
			(void)pxe_ascii_lower(ch[i].names.v[k]);
		h->name = (const char *const *)ch[i].names.v;
		h->nname = ch[i].names.n;
		fill_host(b, h, &ch[i].mounts, &none);
	}
	b->c->nsource = b->source_at;
	if (b->source_at == 0)
		complain(
		    b, 0, "nothing to serve: give a directory (httpfsd DIR, --root or mounts)");
	twice = b->oom ? -1 : site_sort(site, &host);
	if (twice >= 0)
		complain(b, 0, "two directories are mounted at /%s",
		    site->host[host].mount[twice].prefix);
}

static void build_types(struct build *b)
{
	const struct conf_type *ct = b->c->conf.types.v;
	size_t n = b->c->conf.types.n;
	struct type_rule *own = alloc(b, n * sizeof(*own));

	if (own == NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		if (ct[i].suffix[0] == '\0' || ct[i].type[0] == '\0' || !is_clean(ct[i].type) ||
		    strlen(ct[i].type) > OBJECT_TYPE_MAX) {
			complain(b, b->c->conf.types.line[i],
			    "a type needs a suffix and 1 to %d printable characters",
			    OBJECT_TYPE_MAX);
			continue;
		}
		own[i].suffix = pxe_ascii_lower(ct[i].suffix);
		own[i].type = ct[i].type;
	}
	if (!is_clean(b->c->conf.default_type) ||
	    strlen(b->c->conf.default_type) > OBJECT_TYPE_MAX || b->c->conf.default_type[0] == '\0')
		complain(
		    b, 0, "default_type must be 1 to %d printable characters", OBJECT_TYPE_MAX);
	b->c->site.types =
	    (struct types){.own = own, .nown = n, .fallback = b->c->conf.default_type};
}

static bool is_uuid(const char *s)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i = 0;

	while (form[i] != '\0' && (form[i] == '-' ? s[i] == '-' : pxe_hex_value(s[i]) >= 0))
		i++;
	return form[i] == '\0' && s[i] == '\0';
}

/* A name, '=', anything. */
static bool is_var(const char *s)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	size_t n = strspn(s, allowed);

	return n > 0 && s[n] == '=';
}

static void set_machine(struct build *b, unsigned line, struct conf_machine *cm, struct machine *m)
{
	struct pxe_hwaddr mac;
	struct pxe_ip ip;
	char text[PXE_HWADDR_STRLEN + PXE_IP_STRLEN];

	if (cm->mac != NULL && pxe_hwaddr_parse(cm->mac, &mac) != 0)
		complain(b, line, "mac: \"%s\" is not a hardware address", cm->mac);
	else if (cm->mac != NULL)
		m->key[MACHINE_MAC] = pxe_arena_strdup(b->c->arena, pxe_hwaddr_str(&mac, text));
	if (cm->ip != NULL && pxe_ip_parse(cm->ip, &ip) != 0)
		complain(b, line, "ip: \"%s\" is not an address", cm->ip);
	else if (cm->ip != NULL)
		m->key[MACHINE_IP] = pxe_arena_strdup(b->c->arena, pxe_ip_str(&ip, text));
	if (cm->uuid != NULL && !is_uuid(cm->uuid))
		complain(b, line, "uuid: \"%s\" is not a UUID", cm->uuid);
	else if (cm->uuid != NULL)
		m->key[MACHINE_UUID] = pxe_ascii_lower(cm->uuid);
	if (cm->mac == NULL && cm->ip == NULL && cm->uuid == NULL && cm->hostname == NULL)
		complain(
		    b, line, "a machine needs one of \"mac\", \"uuid\", \"hostname\" and \"ip\"");
	m->key[MACHINE_HOSTNAME] = cm->hostname;
	m->arch = cm->arch;
	m->vars = cm->vars;
	for (size_t i = 0; i < cm->vars.n; i++) {
		if (!is_var(cm->vars.v[i]))
			complain(b, line, "vars: \"%s\" is not NAME=VALUE", cm->vars.v[i]);
	}
}

static void build_machines(struct build *b)
{
	const struct pxe_conf_list *list = &b->c->conf.machines;
	struct conf_machine *cm = list->v;

	b->c->machine = alloc(b, list->n * sizeof(*b->c->machine));
	if (b->c->machine == NULL)
		return;
	b->c->nmachine = list->n;
	for (size_t i = 0; i < list->n; i++) {
		b->c->machine[i] = (struct machine){0};
		set_machine(b, list->line[i], &cm[i], &b->c->machine[i]);
	}
}

int catalog_new(const struct conf_flags *flags, struct catalog **out, struct pxe_diag *diag)
{
	struct catalog *c = calloc(1, sizeof(*c));
	struct build b = {.c = c, .diag = diag};
	size_t before = diag->errors;
	int err = -ENOMEM;

	if (c == NULL)
		goto fail;
	c->refs = 1;
	c->log_fd = -1;
	c->arena = pxe_arena_new();
	if (c->arena == NULL)
		goto fail;
	err = conf_load(flags, c->arena, &c->conf, diag);
	if (err != 0)
		goto fail;
	b.file = flags->file != NULL ? flags->file : CONF_DEFAULT_FILE;
	build_hosts(&b);
	build_types(&b);
	build_machines(&b);
	err = b.oom ? -ENOMEM : diag->errors > before ? PXE_E_CONFIG : 0;
	if (err != 0)
		goto fail;
	*out = c;
	return 0;
fail:
	if (err == -ENOMEM)
		pxe_diag_add(diag, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL, "out of memory");
	catalog_unref(c);
	return err;
}

static int open_log_file(struct catalog *c, unsigned uid, unsigned gid, struct pxe_diag *diag)
{
	const char *path = c->conf.access_log;
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
	int err = errno;

	if (fd < 0) {
		pxe_diag_add(diag, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL,
		    "cannot open access log %s: %s", path,
		    pxe_strerror(pxe_sandbox_why(-err, path)));
		return -err;
	}
	if (geteuid() == 0 && uid != 0 && fchown(fd, uid, gid) != 0)
		pxe_diag_add(diag, PXE_DIAG_WARNING, NULL, 0, 0, NULL, NULL,
		    "cannot give access log %s to its user: %s", path, strerror(errno));
	c->log_fd = fd;
	return 0;
}

int catalog_open_log(
    struct catalog *c, bool detached, unsigned uid, unsigned gid, struct pxe_diag *diag)
{
	const char *where = c->conf.access_log;
	struct stat st = {0};
	int err = 0;

	if (strcmp(where, "auto") == 0)
		where = detached ? "syslog" : "stderr";
	if (strcmp(where, "off") == 0 || where[0] == '\0')
		return 0;
	if (strcmp(where, "syslog") == 0) {
		c->log = ACCESS_SYSLOG;
		return 0;
	}
	if (strcmp(where, "stderr") == 0)
		c->log_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		err = open_log_file(c, uid, gid, diag);
	if (err != 0 || c->log_fd < 0)
		return err;
	c->log = ACCESS_FD;
	c->log_pipe = fstat(c->log_fd, &st) == 0 && !S_ISREG(st.st_mode);
	return 0;
}

static int open_dir(struct source *src, struct pxe_diag *diag)
{
	char path[sizeof(src->root.path)];
	int err = 0;

	(void)pxe_str_copy(path, sizeof(path), src->root.path);
	/* Links may lead anywhere, but a reload not where the start did not allow it. */
	if (src->symlinks == PXE_SYMLINKS_FOLLOW)
		err = pxe_sandbox_check("/");
	if (err == 0)
		err = pxe_root_open(&src->root, path);
	if (err == 0)
		return 0;
	src->root.fd = -1;
	pxe_diag_add(diag, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL, "cannot serve directory %s: %s",
	    path, pxe_strerror(err));
	return err;
}

int catalog_open_roots(struct catalog *c, uv_loop_t *loop, struct pxe_diag *diag)
{
	int result = 0;

	for (size_t i = 0; i < c->nsource; i++) {
		struct source *src = &c->source[i];
		int err = 0;

		if (src->kind == SOURCE_IMAGE)
			err = discs_open_image(src->root.path, &src->discs, diag);
		else if (src->kind == SOURCE_IMAGES)
			err = discs_open_folder(loop, src->root.path, &src->discs, diag);
		else
			err = open_dir(src, diag);
		result = err != 0 ? err : result;
	}
	return result;
}

void catalog_retire(struct catalog *c)
{
	for (size_t i = 0; c != NULL && i < c->nsource; i++)
		discs_unwatch(c->source[i].discs);
}

struct catalog *catalog_ref(struct catalog *c)
{
	(void)__atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
	return c;
}

void catalog_unref(struct catalog *c)
{
	if (c == NULL || __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	for (size_t i = 0; i < c->nsource; i++) {
		if (c->source[i].root.fd >= 0)
			pxe_root_close(&c->source[i].root);
		discs_free(c->source[i].discs);
		auth_free(c->source[i].auth);
	}
	if (c->log_fd >= 0)
		(void)close(c->log_fd);
	pxe_arena_free(c->arena);
	free(c);
}
