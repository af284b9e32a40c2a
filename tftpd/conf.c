/* SPDX-License-Identifier: BSD-2-Clause */
/* conf.c -- the settings of tftpd.cfg, one row each, and the checks across them. */
#include "tftpd/conf.h"

#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/str.h"
#include "tftpd/core/name.h"
#include "tftpd/core/negotiate.h"

static const char *const normalizations[] = {"none", "root", "path", NULL};
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

static const struct pxe_conf_row multicast_rows[] = {
    {.name = "addresses",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_multicast, addresses),
	.help = "groups to use: FIRST-LAST or ADDR/LEN"},
    {.name = "port",
	.type = PXE_CONF_INT,
	.offset = offsetof(struct conf_multicast, port),
	.min = 1,
	.max = 65535,
	.def = "1758",
	.help = "port of the clients' that groups are sent to"},
    {.name = "ttl",
	.type = PXE_CONF_INT,
	.offset = offsetof(struct conf_multicast, ttl),
	.min = 0,
	.max = 255,
	.def = "1",
	.help = "how many routers less one a packet may cross"},
    {.name = "interface",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_multicast, interface),
	.help = "to send on; by default the one a request came in on"},
    {.name = "members",
	.type = PXE_CONF_INT,
	.offset = offsetof(struct conf_multicast, members),
	.min = 1,
	.max = 1000000,
	.def = "1024",
	.help = "clients of one group"},
};
static const struct pxe_conf_schema multicast_schema =
    PXE_CONF_SCHEMA(multicast_rows, struct conf_multicast);

static const struct pxe_conf_row mtftp_rows[] = {
    {.name = "file",
	.type = PXE_CONF_STR,
	.offset = offsetof(struct conf_mtftp, file),
	.required = true,
	.help = "name the clients ask for"},
    {.name = "group",
	.type = PXE_CONF_ENDPOINT,
	.offset = offsetof(struct conf_mtftp, to),
	.min = 1758,
	.required = true,
	.help = "ADDR:PORT that the clients listen at"},
};
static const struct pxe_conf_schema mtftp_schema = PXE_CONF_SCHEMA(mtftp_rows, struct conf_mtftp);

#define ROW(n, t, member, ...)                                                                     \
	{                                                                                          \
		.name = (n), .type = (t), .offset = offsetof(struct tftpd_conf, member),           \
		__VA_ARGS__                                                                        \
	}

static const struct pxe_conf_row rows[] = {
    PXE_CONF_COMMON_ROWS(struct tftpd_conf, common, "/run/pxesuite/tftpd/control", "daemon"),
    ROW("listen", PXE_CONF_STRS, listen, .help = "addresses to listen on: [ADDR][:PORT]"),
    ROW("port", PXE_CONF_STR, port, .def = "tftp",
	.help = "number or service name, for addresses in listen without a port"),
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
    ROW("validate", PXE_CONF_BOOL, validate, .def = "false",
	.help = "with secure too, names begin with / and have no . or .. or control bytes"),
    ROW("path_prefix", PXE_CONF_STR, path_prefix,
	.help = "directory that the others are below, unseen by clients"),
    ROW("normalize", PXE_CONF_WORD, normalize, .def = "none", .words = normalizations,
	.help = "after the map rules: root puts a / in front, path also resolves . and .."),
    ROW("roots", PXE_CONF_LIST, roots, .sub = &root_schema,
	.help = "roots for some clients only, first match wins"),
    ROW("mounts", PXE_CONF_LIST, mounts, .sub = &mount_schema,
	.help = "ISO images whose files are served without mounting them"),
    ROW("overlay", PXE_CONF_STRS, overlay,
	.help =
	    "directories below the root looked into first: hosts/${mac}, ${ip}, ${iphex}, ${uuid}"),
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
    ROW("overwrite", PXE_CONF_BOOL, overwrite, .def = "true", .help = "uploads may replace files"),
    ROW("read_only", PXE_CONF_BOOL, read_only, .def = "false", .help = "no uploads at all"),
    ROW("umask", PXE_CONF_STR, umask_text, .help = "octal mask for files that uploads create"),
    ROW("max_upload", PXE_CONF_SIZE, max_upload, .min = 0, .max = INT64_MAX, .def = "0",
	.help = "largest upload in bytes; 0 for no limit"),
    ROW("refuse", PXE_CONF_STRS, refuse, .help = "TFTP options never granted"),
    ROW("refuse_all", PXE_CONF_BOOL, refuse_all, .def = "false",
	.help = "grant no TFTP option at all"),
    ROW("blksize", PXE_CONF_INT, blksize, .min = 512, .max = NEG_BLKSIZE_MAX, .def = "65464",
	.help = "largest block size granted"),
    ROW("fit_mtu", PXE_CONF_BOOL, fit_mtu, .def = "false",
	.help = "grant no block that needs more than one packet on the client's interface"),
    ROW("mtu_slack", PXE_CONF_INT, mtu_slack, .min = 0, .max = 9000, .def = "0",
	.help = "bytes that fit_mtu leaves free in a packet"),
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
    ROW("multicast", PXE_CONF_GROUP, multicast, .sub = &multicast_schema,
	.help = "send a file to many clients at once (RFC 2090)"),
    ROW("mtftp_port", PXE_CONF_INT, mtftp_port, .min = 0, .max = 65535, .def = "0",
	.help = "port for the MTFTP of PXE 2.1; 0 for none"),
    ROW("mtftp", PXE_CONF_LIST, mtftp, .sub = &mtftp_schema, .max = CONF_MTFTP_MAX,
	.help = "files that MTFTP sends, each to its group"),
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

/* Addresses of RFC 2090's groups; those of the link itself (224.0.0.0/24) belong to others. */
static bool parse_groups(struct conf_multicast *conf)
{
	const char *dash = strchr(conf->addresses, '-');
	char first[PXE_IP_STRLEN];
	struct pxe_prefix prefix;
	struct pxe_ip lo, hi;
	uint32_t size;

	if (dash != NULL) {
		size_t n = (size_t)(dash - conf->addresses);

		if (n >= sizeof(first))
			return false;
		memcpy(first, conf->addresses, n);
		first[n] = '\0';
		if (pxe_ip_parse(first, &lo) != 0 || pxe_ip_parse(dash + 1, &hi) != 0)
			return false;
	} else if (pxe_prefix_parse(conf->addresses, &prefix) == 0 && prefix.ip.family == 4) {
		lo = hi = prefix.ip;
		hi.v4.v |= ~pxe_ip4_mask(prefix.len).v;
	} else {
		return false;
	}
	if (lo.family != 4 || hi.family != 4 || hi.v4.v < lo.v4.v || !pxe_ip_is_multicast(&lo) ||
	    !pxe_ip_is_multicast(&hi) || lo.v4.v >> 8 == 0xe00000)
		return false;
	size = hi.v4.v - lo.v4.v + 1;
	if (size > CONF_GROUPS_MAX)
		return false;
	conf->first = lo.v4;
	conf->count = size;
	return true;
}

static void check_multicast(struct tftpd_conf *conf, struct pxe_diag *diag)
{
	const struct conf_mtftp *file = conf->mtftp.v;

	if (conf->multicast.addresses != NULL && !parse_groups(&conf->multicast))
		WRONG(diag, "multicast",
		    "multicast addresses %s: wanted are FIRST-LAST or ADDR/LEN, at most %d, from "
		    "224.0.1.0 to 239.255.255.255",
		    conf->multicast.addresses, CONF_GROUPS_MAX);
	if (conf->single_port && (conf->multicast.addresses != NULL || conf->mtftp_port != 0))
		WRONG(diag, "multicast", "multicast and single_port exclude each other");
	if (conf->mtftp.n > 0 && conf->mtftp_port == 0)
		WRONG(diag, "mtftp", "mtftp names files, but there is no mtftp_port");
	if (conf->mtftp.n == 0 && conf->mtftp_port != 0)
		WRONG(diag, "mtftp", "mtftp_port is set, but mtftp names no files");
	for (size_t i = 0; i < conf->mtftp.n; i++)
		if (file[i].to.ip.family != 4 || !pxe_ip_is_multicast(&file[i].to.ip) ||
		    file[i].to.port == 0)
			WRONG(diag, "mtftp",
			    "mtftp file %s: its group is no IPv4 multicast address with a port",
			    file[i].file);
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
			    "overlay %s: only ${mac}, ${ip}, ${iphex} and ${uuid} can be asked for",
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
	check_multicast(conf, diag);
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
