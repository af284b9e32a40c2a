/* SPDX-License-Identifier: BSD-2-Clause */
/* conf.c -- the settings table; see conf.h. */
#include "httpfsd/conf.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "httpfsd/core/share.h"
#include "libpxecommon/base/err.h"

static const char *const symlink_words[] = {"beneath", "follow", "none", NULL};
static const char *const format_words[] = {"extended", "combined", NULL};

static const struct pxe_conf_row mount_rows[] = {
    {.name = "at",
	.type = PXE_CONF_STRS,
	.offset = offsetof(struct conf_mount, at),
	.required = true,
	.help = "URL prefix, or several for the same files"},
    {.name = "dir",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_mount, dir),
	.help = "directory with the files"},
    {.name = "image",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_mount, image),
	.help = "ISO 9660 image whose files are served"},
    {.name = "images",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_mount, images),
	.help = "folder of images (*.iso), each a directory of its name"},
    {.name = "listing",
	.type = PXE_CONF_BOOL,
	.offset = offsetof(struct conf_mount, listing),
	.def = "true",
	.help = "list directories that have no index file"},
    {.name = "dotfiles",
	.type = PXE_CONF_BOOL,
	.offset = offsetof(struct conf_mount, dotfiles),
	.def = "false",
	.help = "serve and list names that begin with a dot"},
    {.name = "template",
	.type = PXE_CONF_BOOL,
	.offset = offsetof(struct conf_mount, is_template),
	.def = "false",
	.help = "fill ${names} in files for the machine that asks"},
    {.name = "precompressed",
	.type = PXE_CONF_BOOL,
	.offset = offsetof(struct conf_mount, precompressed),
	.def = "false",
	.help = "send FILE.br, .zst or .gz in place of FILE to clients that accept the coding"},
    {.name = "symlinks",
	.type = PXE_CONF_WORD,
	.offset = offsetof(struct conf_mount, symlinks),
	.def = "beneath",
	.words = symlink_words,
	.help = "follow symbolic links: those that stay in the directory, all, or none"},
    {.name = "index",
	.type = PXE_CONF_STRS,
	.offset = offsetof(struct conf_mount, index),
	.max = 8,
	.def = "index.html",
	.help = "files served for a directory, the first that exists"},
    {.name = "cache_control",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_mount, cache_control),
	.help = "value of a Cache-Control header"},
    {.name = "allow",
	.type = PXE_CONF_STRS,
	.offset = offsetof(struct conf_mount, allow),
	.help = "networks that may use the mount; all when empty"},
    {.name = "deny",
	.type = PXE_CONF_STRS,
	.offset = offsetof(struct conf_mount, deny),
	.help = "networks that may not, whatever allow says"},
    {.name = "auth_file",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_mount, auth_file),
	.help = "file of NAME:HASH lines (crypt(5)); asks for name and password"},
    {.name = "realm",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_mount, realm),
	.def = "install",
	.help = "what the question for a password is called"},
    {.name = "rate",
	.type = PXE_CONF_SIZE,
	.offset = offsetof(struct conf_mount, rate),
	.min = 0,
	.max = INT64_C(1) << 40,
	.def = "0",
	.help = "bytes a second one connection gets at most; 0 for no such limit"},
};
const struct pxe_conf_schema conf_mount_schema = PXE_CONF_SCHEMA(mount_rows, struct conf_mount);

static const struct pxe_conf_row tls_rows[] = {
    {.name = "certificate",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_tls, certificate),
	.help = "file with the certificate and its chain (PEM)"},
    {.name = "key",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_tls, key),
	.help = "file with its private key (PEM); default: the certificate's"},
};
static const struct pxe_conf_schema tls_schema = PXE_CONF_SCHEMA(tls_rows, struct conf_tls);

static const struct pxe_conf_row listener_rows[] = {
    {.name = "address",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_listener, address),
	.required = true,
	.help = "as in \"listen\""},
    {.name = "tls",
	.type = PXE_CONF_GROUP,
	.offset = offsetof(struct conf_listener, tls),
	.sub = &tls_schema,
	.help = "serve HTTPS there, with this certificate"},
};
static const struct pxe_conf_schema listener_schema =
    PXE_CONF_SCHEMA(listener_rows, struct conf_listener);

static const struct pxe_conf_row machine_rows[] = {
    {.name = "mac",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_machine, mac),
	.help = "hardware address"},
    {.name = "ip",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_machine, ip),
	.help = "address"},
    {.name = "uuid",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_machine, uuid),
	.help = "UUID of the firmware"},
    {.name = "hostname",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_machine, hostname),
	.help = "host name"},
    {.name = "arch",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_machine, arch),
	.help = "architecture"},
    {.name = "vars",
	.type = PXE_CONF_STRS,
	.offset = offsetof(struct conf_machine, vars),
	.max = 256,
	.help = "NAME=VALUE, for ${host.NAME}"},
};
static const struct pxe_conf_schema machine_schema =
    PXE_CONF_SCHEMA(machine_rows, struct conf_machine);

static const struct pxe_conf_row host_rows[] = {
    {.name = "names",
	.type = PXE_CONF_STRS,
	.offset = offsetof(struct conf_host, names),
	.required = true,
	.help = "names in the Host header, without port"},
    {.name = "tls",
	.type = PXE_CONF_GROUP,
	.offset = offsetof(struct conf_host, tls),
	.sub = &tls_schema,
	.help = "certificate for clients that ask for one of the names"},
    {.name = "mounts",
	.type = PXE_CONF_LIST,
	.offset = offsetof(struct conf_host, mounts),
	.sub = &conf_mount_schema,
	.required = true,
	.help = "mounts of this host"},
};
static const struct pxe_conf_schema host_schema = PXE_CONF_SCHEMA(host_rows, struct conf_host);

static const struct pxe_conf_row type_rows[] = {
    {.name = "suffix",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_type, suffix),
	.required = true,
	.help = "end of a file name, such as .efi"},
    {.name = "type",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_type, type),
	.required = true,
	.help = "media type"},
};
static const struct pxe_conf_schema type_schema = PXE_CONF_SCHEMA(type_rows, struct conf_type);

enum { HOUR_MS = 3600 * 1000 };

static const struct pxe_conf_row limit_rows[] = {
    {.name = "connections",
	.type = PXE_CONF_INT,
	.offset = offsetof(struct conf_limits, connections),
	.min = 1,
	.max = 1000000,
	.def = "16384",
	.help = "connections at once; more are answered 503"},
    {.name = "per_client",
	.type = PXE_CONF_INT,
	.offset = offsetof(struct conf_limits, per_client),
	.min = 0,
	.max = 1000000,
	.def = "0",
	.help = "connections of one address at once; 0 for no such limit"},
    {.name = "rate",
	.type = PXE_CONF_SIZE,
	.offset = offsetof(struct conf_limits, rate),
	.min = 0,
	.max = (INT64_C(1) << SHARE_MAX_RATE_LOG2) - 1,
	.def = "0",
	.help = "bytes a second in all, shared evenly by clients; 0 for no such limit"},
    {.name = "client_rate",
	.type = PXE_CONF_SIZE,
	.offset = offsetof(struct conf_limits, client_rate),
	.min = 0,
	.max = (INT64_C(1) << SHARE_MAX_RATE_LOG2) - 1,
	.def = "0",
	.help = "bytes a second of one address, all its connections; 0 for no such limit"},
    {.name = "open_files",
	.type = PXE_CONF_INT,
	.offset = offsetof(struct conf_limits, open_files),
	.min = 0,
	.max = 100000,
	.def = "1024",
	.help = "files each worker keeps open between requests"},
    {.name = "head_timeout",
	.type = PXE_CONF_DURATION,
	.offset = offsetof(struct conf_limits, head_ms),
	.min = 100,
	.max = HOUR_MS,
	.def = "20s",
	.help = "time for a whole request head, and for a body that is thrown away"},
    {.name = "idle_timeout",
	.type = PXE_CONF_DURATION,
	.offset = offsetof(struct conf_limits, idle_ms),
	.min = 100,
	.max = INT64_C(24) * HOUR_MS,
	.def = "65s",
	.help = "time between two requests of a connection"},
    {.name = "send_timeout",
	.type = PXE_CONF_DURATION,
	.offset = offsetof(struct conf_limits, send_ms),
	.min = 100,
	.max = HOUR_MS,
	.def = "60s",
	.help = "time without progress while sending"},
    {.name = "linger_timeout",
	.type = PXE_CONF_DURATION,
	.offset = offsetof(struct conf_limits, linger_ms),
	.min = 0,
	.max = HOUR_MS,
	.def = "2s",
	.help = "time to let a refused client read the answer"},
    {.name = "drain_timeout",
	.type = PXE_CONF_DURATION,
	.offset = offsetof(struct conf_limits, drain_ms),
	.min = 0,
	.max = HOUR_MS,
	.def = "30s",
	.help = "time for transfers to end after SIGTERM"},
    {.name = "handshake_timeout",
	.type = PXE_CONF_DURATION,
	.offset = offsetof(struct conf_limits, handshake_ms),
	.min = 100,
	.max = HOUR_MS,
	.def = "10s",
	.help = "time for a whole TLS handshake"},
    {.name = "handshakes",
	.type = PXE_CONF_INT,
	.offset = offsetof(struct conf_limits, handshakes),
	.min = 1,
	.max = 1000000,
	.def = "512",
	.help = "TLS handshakes each worker has under way; one more ends the oldest"},
    {.name = "listing_entries",
	.type = PXE_CONF_INT,
	.offset = offsetof(struct conf_limits, listing_entries),
	.min = 1,
	.max = 1000000,
	.def = "100000",
	.help = "entries a listing may have"},
};
static const struct pxe_conf_schema limit_schema = PXE_CONF_SCHEMA(limit_rows, struct conf_limits);

static const struct pxe_conf_row rows[] = {
    PXE_CONF_COMMON_ROWS(struct conf, common, "/run/pxesuite/httpfsd/control", "daemon"),
    {.name = "listen",
	.type = PXE_CONF_STRS,
	.offset = offsetof(struct conf, listen),
	.max = 64,
	.help = "ADDR:PORT, :PORT, ADDR, or unix:PATH"},
    {.name = "tls_listen",
	.type = PXE_CONF_STRS,
	.offset = offsetof(struct conf, tls_listen),
	.max = 64,
	.help = "the same for HTTPS, with \"certificate\" and \"key\""},
    {.name = "certificate",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf, tls.certificate),
	.help = "file with the certificate and its chain (PEM) for \"tls_listen\""},
    {.name = "key",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf, tls.key),
	.help = "file with its private key (PEM); default: the certificate's"},
    {.name = "listeners",
	.type = PXE_CONF_LIST,
	.offset = offsetof(struct conf, listeners),
	.max = 64,
	.sub = &listener_schema,
	.help = "further listen addresses, each with a certificate of its own or none"},
    {.name = "root",
	.type = PXE_CONF_STRS,
	.offset = offsetof(struct conf, root),
	.max = 64,
	.help = "DIR at /, or /PREFIX=DIR"},
    {.name = "mounts",
	.type = PXE_CONF_LIST,
	.offset = offsetof(struct conf, mounts),
	.max = 10000,
	.sub = &conf_mount_schema,
	.help = "mounts of the default host"},
    {.name = "hosts",
	.type = PXE_CONF_LIST,
	.offset = offsetof(struct conf, hosts),
	.max = 1000,
	.sub = &host_schema,
	.help = "further hosts, by the name the client asks for"},
    {.name = "types",
	.type = PXE_CONF_LIST,
	.offset = offsetof(struct conf, types),
	.max = 1000,
	.sub = &type_schema,
	.help = "media types by suffix, before the built-in ones"},
    {.name = "machines",
	.type = PXE_CONF_LIST,
	.offset = offsetof(struct conf, machines),
	.max = 100000,
	.sub = &machine_schema,
	.help = "machines that templates are filled for"},
    {.name = "default_type",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf, default_type),
	.def = "application/octet-stream",
	.help = "media type of everything else"},
    {.name = "access_log",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf, access_log),
	.def = "auto",
	.help = "file, \"stderr\", \"syslog\", \"off\", or \"auto\": stderr in the foreground, "
		"else syslog"},
    {.name = "access_log_format",
	.type = PXE_CONF_WORD,
	.offset = offsetof(struct conf, access_log_format),
	.def = "extended",
	.words = format_words,
	.help = "combined, or combined with duration and range behind it"},
    {.name = "workers",
	.type = PXE_CONF_INT,
	.offset = offsetof(struct conf, workers),
	.min = 0,
	.max = 256,
	.def = "0",
	.help = "threads that serve; 0 for one a CPU"},
    {.name = "defer_accept",
	.type = PXE_CONF_BOOL,
	.offset = offsetof(struct conf, defer_accept),
	.def = "true",
	.help = "wake for a new connection only when its request has come"},
    {.name = "limits",
	.type = PXE_CONF_GROUP,
	.offset = offsetof(struct conf, limits),
	.sub = &limit_schema,
	.help = "limits and timeouts"},
};
const struct pxe_conf_schema conf_schema = PXE_CONF_SCHEMA(rows, struct conf);

static int apply_flags(const struct conf_flags *flags, struct pxe_arena *arena, struct conf *out,
    struct pxe_diag *diag)
{
	bool listen = false, tls_listen = false, root = false;
	int result = 0;

	for (size_t i = 0; i < flags->nset; i++) {
		const char *name = flags->set[i].name;
		int err = 0;

		if (strcmp(name, "listen") == 0 && !listen) {
			out->listen.n = 0;
			listen = true;
			out->listeners.n = 0;
		}
		if (strcmp(name, "tls_listen") == 0 && !tls_listen) {
			out->tls_listen.n = 0;
			tls_listen = true;
			out->listeners.n = 0;
		}
		if (strcmp(name, "root") == 0 && !root) {
			out->root.n = 0;
			out->mounts.n = 0;
			root = true;
		}
		err = pxe_conf_set(
		    &conf_schema, name, flags->set[i].value, flags->set[i].what, arena, out, diag);
		result = err != 0 ? err : result;
	}
	return result;
}

int conf_load(const struct conf_flags *flags, struct pxe_arena *arena, struct conf *out,
    struct pxe_diag *diag)
{
	const char *file = flags->file;
	int err = pxe_conf_defaults(&conf_schema, arena, out);

	if (err != 0)
		return err;
	if (file == NULL && access(CONF_DEFAULT_FILE, F_OK) == 0)
		file = CONF_DEFAULT_FILE;
	out->file = file;
	if (file != NULL)
		err = pxe_conf_load(&conf_schema, file, arena, out, diag);
	if (err == 0)
		err = apply_flags(flags, arena, out, diag);
	return err;
}

bool conf_tls_is_set(const struct conf_tls *tls)
{
	return tls->certificate != NULL || tls->key != NULL;
}

bool conf_listen_at(const struct conf *conf, size_t i, struct conf_listener *out)
{
	const struct conf_listener *l = conf->listeners.v;

	memset(out, 0, sizeof(*out));
	if (i < conf->listen.n) {
		out->address = conf->listen.v[i];
		return true;
	}
	i -= conf->listen.n;
	if (i < conf->tls_listen.n) {
		out->address = conf->tls_listen.v[i];
		out->tls = conf->tls;
		out->is_tls = true;
		return true;
	}
	i -= conf->tls_listen.n;
	if (i >= conf->listeners.n)
		return false;
	*out = l[i];
	out->is_tls = conf_tls_is_set(&out->tls);
	out->line = conf->listeners.line[i];
	return true;
}
