/* SPDX-License-Identifier: BSD-2-Clause */
/* conf.c -- the settings of tftpd.cfg, one row each, and the checks across them. */
#include "tftpd/conf.h"

#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/str.h"
#include "tftpd/core/name.h"
#include "tftpd/core/negotiate.h"

static const char *const families[] = {"any", "ipv4", "ipv6", NULL};
static const char *const symlinks[] = {"auto", "beneath", "in-root", "follow", "none", NULL};

static const struct pxe_conf_row root_rows[] = {
    {.name = "path",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_root, path),
	.required = true,
	.help = "directory these clients see as their root"},
    {.name = "subnet",
	.type = PXE_CONF_PREFIX,
	.offset = offsetof(struct conf_root, subnet),
	.help = "clients it is for, by address"},
    {.name = "interface",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_root, interface),
	.help = "clients it is for, by the interface they come in on"},
};
static const struct pxe_conf_schema root_schema = PXE_CONF_SCHEMA(root_rows, struct conf_root);

static const struct pxe_conf_row mount_rows[] = {
    {.name = "at",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_mount, at),
	.required = true,
	.help = "name for clients, as /iso"},
    {.name = "image",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_mount, image),
	.help = "ISO 9660 image whose files are served"},
    {.name = "images",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_mount, images),
	.help = "folder of images (*.iso), each a directory of its name"},
};
static const struct pxe_conf_schema mount_schema = PXE_CONF_SCHEMA(mount_rows, struct conf_mount);

#define ROW(n, t, member, ...)                                                                     \
	{                                                                                          \
		.name = (n), .type = (t), .offset = offsetof(struct tftpd_conf, member),           \
		__VA_ARGS__                                                                        \
	}

static const struct pxe_conf_row rows[] = {
    PXE_CONF_COMMON_ROWS(struct tftpd_conf, common, "/run/pxesuite/tftpd/control", "daemon"),
    ROW("listen", PXE_CONF_STRS, listen, .help = "addresses to listen on: [ADDR][:PORT]"),
    ROW("family", PXE_CONF_WORD, family, .def = "any", .words = families,
	.help = "listen on IPv4, IPv6 or both"),
    ROW("workers", PXE_CONF_INT, workers, .min = 0, .max = 64, .def = "0",
	.help = "event loops; 0 for one a CPU"),
    ROW("idle_timeout", PXE_CONF_DURATION, idle_ms, .min = 0, .max = INT64_C(86400000) * 365,
	.def = "900", .help = "under inetd: exit after that long without a request; 0 never"),
    ROW("single_port", PXE_CONF_BOOL, single_port, .def = "false",
	.help = "answer from the port that was asked, against RFC 1350 but through any NAT"),
    ROW("port_range", PXE_CONF_STR, port_range, .help = "LOW:HIGH, the ports of transfers"),
    ROW("root", PXE_CONF_STRS, root, .help = "the directory (or directories) served"),
    ROW("secure", PXE_CONF_BOOL, secure, .def = "true",
	.help = "the one root is the clients' /; false: names are absolute paths of this host"),
    ROW("roots", PXE_CONF_LIST, roots, .sub = &root_schema,
	.help = "roots for some clients only, first match wins"),
    ROW("mounts", PXE_CONF_LIST, mounts, .sub = &mount_schema,
	.help = "ISO images whose files are served without mounting them"),
    ROW("overlay", PXE_CONF_STRS, overlay,
	.help = "directories below the root looked into first: hosts/${mac}, ${ip}, ${iphex}"),
    ROW("symlinks", PXE_CONF_WORD, symlinks, .def = "auto", .words = symlinks,
	.help = "which symbolic links are followed"),
    ROW("map_file", PXE_CONF_STR, map_file, .help = "rules that rewrite names"),
    ROW("map_steps", PXE_CONF_INT, map_steps, .min = 1, .max = 1000000, .def = "4096",
	.help = "rule evaluations for one name"),
    ROW("backslash", PXE_CONF_BOOL, backslash, .def = "false",
	.help = "a name not found is tried with / for \\ and without its drive letter"),
    ROW("case_fold", PXE_CONF_BOOL, case_fold, .def = "false",
	.help = "a name not found is tried in any case"),
    ROW("trim", PXE_CONF_BOOL, trim, .def = "false",
	.help = "a name not found is tried up to its first byte that is not printable ASCII"),
    ROW("hints", PXE_CONF_BOOL, hints, .def = "true",
	.help = "log the nearest name beside a file that was not found"),
    ROW("permissive", PXE_CONF_BOOL, permissive, .def = "false",
	.help = "plain permissions of the user we run as; false: files must be world-readable"),
    ROW("create", PXE_CONF_BOOL, create, .def = "false", .help = "uploads may create files"),
    ROW("umask", PXE_CONF_STR, umask_text, .help = "octal mask for files that uploads create"),
    ROW("max_upload", PXE_CONF_SIZE, max_upload, .min = 0, .max = INT64_MAX, .def = "0",
	.help = "largest upload in bytes; 0 for no limit"),
    ROW("refuse", PXE_CONF_STRS, refuse, .help = "TFTP options never granted"),
    ROW("blksize", PXE_CONF_INT, blksize, .min = 512, .max = NEG_BLKSIZE_MAX, .def = "65464",
	.help = "largest block size granted"),
    ROW("fit_mtu", PXE_CONF_BOOL, fit_mtu, .def = "false",
	.help = "grant no block that needs more than one packet on the client's interface"),
    ROW("windowsize", PXE_CONF_INT, windowsize, .min = 1, .max = 4096, .def = "64",
	.help = "largest window granted, in blocks"),
    ROW("window_bytes", PXE_CONF_SIZE, window_bytes, .min = 512, .max = 64 << 20, .def = "4M",
	.help = "largest window granted, in bytes"),
    ROW("retransmit", PXE_CONF_DURATION, retransmit_ms, .min = 10, .max = 255000, .def = "1",
	.help = "first retransmission, before the round trip is known, and most after that"),
    ROW("retransmit_min", PXE_CONF_DURATION, retransmit_min_ms, .min = 10, .max = 255000,
	.def = "200ms", .help = "least time-out measurement may lead to"),
    ROW("answer_broadcast", PXE_CONF_BOOL, answer_broadcast, .def = "true",
	.help = "answer requests sent to a broadcast address (RFC 1123 would not)"),
    ROW("max_transfers", PXE_CONF_INT, max_transfers, .min = 1, .max = 1000000, .def = "10000",
	.help = "transfers at once; requests above it are not answered"),
    ROW("max_active", PXE_CONF_INT, max_active, .min = 1, .max = 1000000, .def = "4096",
	.help = "transfers that may move data at once; the first packet of others waits"),
    ROW("max_per_client", PXE_CONF_INT, max_per_client, .min = 1, .max = 1000000, .def = "4096",
	.help = "transfers at once from one address"),
    ROW("cache", PXE_CONF_SIZE, cache, .min = 1 << 20, .max = INT64_C(1) << 40, .def = "16M",
	.help = "memory for file contents shared by transfers"),
};

const struct pxe_conf_schema tftpd_schema = PXE_CONF_SCHEMA(rows, struct tftpd_conf);

#define WRONG(diag, code, ...)                                                                     \
	pxe_diag_add(diag, PXE_DIAG_ERROR, NULL, 0, 0, code, NULL, __VA_ARGS__)

static bool parse_range(struct tftpd_conf *conf)
{
	char lo[8] = "";
	const char *colon = strchr(conf->port_range, ':');
	uint64_t a = 0, b = 0;

	if (colon == NULL || (size_t)(colon - conf->port_range) >= sizeof(lo))
		return false;
	memcpy(lo, conf->port_range, (size_t)(colon - conf->port_range));
	if (pxe_parse_u64(lo, 1, 65535, &a) != 0 || pxe_parse_u64(colon + 1, a, 65535, &b) != 0)
		return false;
	conf->port_lo = (uint16_t)a;
	conf->port_hi = (uint16_t)b;
	return true;
}

static bool parse_umask(struct tftpd_conf *conf)
{
	char *end = NULL;
	unsigned long v = strtoul(conf->umask_text, &end, 8);

	if (conf->umask_text[0] < '0' || conf->umask_text[0] > '7' || *end != '\0' || v > 0777)
		return false;
	conf->umask = (unsigned)v;
	return true;
}

/* "/srv//tftp/" and "srv/tftp" as they are compared: absolute where they begin so, one slash. */
static char *tidy_dir(const char *dir, struct pxe_arena *arena)
{
	char *out = pxe_arena_strdup(arena, dir);
	size_t n = 0;

	if (out == NULL)
		return NULL;
	for (const char *p = dir; *p != '\0'; p++)
		if (*p != '/' || n == 0 || out[n - 1] != '/')
			out[n++] = *p;
	while (n > 1 && out[n - 1] == '/')
		n--;
	out[n] = '\0';
	return out;
}

static int check_dirs(struct tftpd_conf *conf, struct pxe_arena *arena, struct pxe_diag *diag)
{
	if (conf->secure && conf->root.n == 0 && conf->roots.n == 0) {
		WRONG(diag, "no-root",
		    "no directory to serve: name one on the command line or as "
		    "root in the configuration file");
		return CONF_EX_USAGE;
	}
	if (conf->secure && conf->root.n > 1) {
		WRONG(diag, "many-roots",
		    "too many -s directories: %s is the second, only one can be the root",
		    conf->root.v[1]);
		return CONF_EX_USAGE;
	}
	for (size_t i = 0; i < conf->root.n; i++) {
		if (!conf->secure && conf->root.v[i][0] != '/') {
			WRONG(diag, "relative-root",
			    "directory %s is not absolute, as it must be "
			    "without -s",
			    conf->root.v[i]);
			return CONF_EX_USAGE;
		}
		conf->root.v[i] = tidy_dir(conf->root.v[i], arena);
		if (conf->root.v[i] == NULL)
			return CONF_EX_OSERR;
	}
	return 0;
}

static void check_overlays(const struct tftpd_conf *conf, struct pxe_diag *diag)
{
	const struct name_client nobody = {0};
	char out[NAME_PATH_MAX];

	for (size_t i = 0; i < conf->overlay.n; i++)
		if (name_expand(conf->overlay.v[i], &nobody, out, sizeof(out)) == PXE_E_SYNTAX)
			WRONG(diag, "overlay",
			    "overlay %s: only ${mac}, ${ip} and ${iphex} can be asked for",
			    conf->overlay.v[i]);
}

int conf_finish(struct tftpd_conf *conf, struct pxe_arena *arena, struct pxe_diag *diag)
{
	size_t before = diag->errors;

	if (conf->port_range != NULL && !parse_range(conf))
		WRONG(diag, "port-range",
		    "port range %s is not LOW:HIGH with 1 <= LOW <= HIGH <= "
		    "65535",
		    conf->port_range);
	if (conf->umask_text != NULL && !parse_umask(conf))
		WRONG(diag, "umask", "umask %s is not an octal number up to 777", conf->umask_text);
	for (size_t i = 0; i < conf->refuse.n; i++) {
		uint32_t bit = neg_option_bit(conf->refuse.v[i]);

		conf->refuse_bits |= bit;
		if (bit == 0)
			pxe_diag_add(diag, PXE_DIAG_ERROR, NULL, 0, 0, "refuse", NULL,
			    "unknown TFTP option %s; there are: %s", conf->refuse.v[i],
			    neg_option_names());
	}
	check_overlays(conf, diag);
	if (conf->retransmit_min_ms > conf->retransmit_ms)
		conf->retransmit_min_ms = conf->retransmit_ms;
	if (check_dirs(conf, arena, diag) != 0 || diag->errors > before)
		return CONF_EX_USAGE;
	if (conf->create && !conf->permissive && conf->umask_text != NULL &&
	    (conf->umask & 02) != 0)
		pxe_diag_add(diag, PXE_DIAG_WARNING, NULL, 0, 0, "umask", NULL,
		    "umask %s leaves new files not world-writable, and without -p that refuses "
		    "every "
		    "upload of a new file, as with in.tftpd",
		    conf->umask_text);
	return 0;
}
