/* SPDX-License-Identifier: BSD-2-Clause */
/* flags.c -- in.tftpd's command line, with what its later versions and we add. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libpxecommon/base/str.h"
#include "libpxecommon/os/log.h"
#include "tftpd/conf.h"

const char conf_usage[] =
    "usage: tftpd [-46cjlLprsvV] [-a [ADDR][:PORT]] [-B BLKSIZE] [-m MAPFILE] [-P PIDFILE]\n"
    "             [-r OPTION] [-R LOW:HIGH] [-t SECONDS] [-T MICROSECONDS] [-u USER]\n"
    "             [-U UMASK] [-W WINDOWSIZE] [--config FILE] [--control PATH]\n"
    "             [--map-test FILE] [--sandbox true|false] [--test] [DIRECTORY ...]\n"
    "See tftpd(8) and tftpd.conf(5).\n";

/* Flags without a letter. */
enum {
	FLAG_CONFIG = 256,
	FLAG_CONTROL,
	FLAG_TEST,
	FLAG_HELP,
	FLAG_SYSTEMD,
	FLAG_MAP_TEST,
	FLAG_MAP_STEPS,
	FLAG_VERBOSITY,
	FLAG_WINDOW_BYTES,
	FLAG_WORKERS,
	FLAG_SINGLE_PORT,
	FLAG_MAX_UPLOAD,
	FLAG_STDERR,
	FLAG_LOG_LEVEL,
	FLAG_SANDBOX,
	FLAG_READ_ONLY,
	FLAG_REFUSE_ALL,
	FLAG_PATH_PREFIX,
	FLAG_VALIDATE,
	FLAG_NORMALIZE,
	FLAG_SYSLOG
};

static const char letters[] = "46a:cB:jlLm:pP:r:R:sS:t:T:u:U:vVW:";

static const struct option longs[] = {
    {"ipv4", no_argument, NULL, '4'},
    {"ipv6", no_argument, NULL, '6'},
    {"address", required_argument, NULL, 'a'},
    {"create", no_argument, NULL, 'c'},
    {"blocksize", required_argument, NULL, 'B'},
    {"listen", no_argument, NULL, 'l'},
    {"foreground", no_argument, NULL, 'L'},
    {"map-file", required_argument, NULL, 'm'},
    {"permissive", no_argument, NULL, 'p'},
    {"pidfile", required_argument, NULL, 'P'},
    {"refuse", required_argument, NULL, 'r'},
    {"reject", required_argument, NULL, 'r'},
    {"refuse-all", no_argument, NULL, FLAG_REFUSE_ALL},
    {"reject-all", no_argument, NULL, FLAG_REFUSE_ALL},
    {"read-only", no_argument, NULL, FLAG_READ_ONLY},
    {"ro", no_argument, NULL, FLAG_READ_ONLY},
    {"jail", no_argument, NULL, 'j'},
    {"path-prefix", required_argument, NULL, FLAG_PATH_PREFIX},
    {"validate", no_argument, NULL, FLAG_VALIDATE},
    {"normalize", optional_argument, NULL, FLAG_NORMALIZE},
    {"port-range", required_argument, NULL, 'R'},
    {"ports", required_argument, NULL, 'R'},
    {"secure", no_argument, NULL, 's'},
    {"chroot", no_argument, NULL, 's'},
    {"service", required_argument, NULL, 'S'},
    {"port", required_argument, NULL, 'S'},
    {"timeout", required_argument, NULL, 't'},
    {"retransmit", required_argument, NULL, 'T'},
    {"user", required_argument, NULL, 'u'},
    {"umask", required_argument, NULL, 'U'},
    {"verbose", no_argument, NULL, 'v'},
    {"verbosity", required_argument, NULL, FLAG_VERBOSITY},
    {"version", no_argument, NULL, 'V'},
    {"windowsize", required_argument, NULL, 'W'},
    {"window-bytes", required_argument, NULL, FLAG_WINDOW_BYTES},
    {"systemd", no_argument, NULL, FLAG_SYSTEMD},
    {"map-test", required_argument, NULL, FLAG_MAP_TEST},
    {"map-steps", required_argument, NULL, FLAG_MAP_STEPS},
    {"max-upload", required_argument, NULL, FLAG_MAX_UPLOAD},
    {"max-size", required_argument, NULL, FLAG_MAX_UPLOAD},
    {"stderr", no_argument, NULL, FLAG_STDERR},
    {"syslog", no_argument, NULL, FLAG_SYSLOG},
    {"config", required_argument, NULL, FLAG_CONFIG},
    {"control", required_argument, NULL, FLAG_CONTROL},
    {"workers", required_argument, NULL, FLAG_WORKERS},
    {"single-port", no_argument, NULL, FLAG_SINGLE_PORT},
    {"log-level", required_argument, NULL, FLAG_LOG_LEVEL},
    {"sandbox", required_argument, NULL, FLAG_SANDBOX},
    {"test", no_argument, NULL, FLAG_TEST},
    {"help", no_argument, NULL, FLAG_HELP},
    {NULL, 0, NULL, 0},
};

/* Flags that are a setting under another name; value NULL takes the argument. */
static const struct {
	int flag;
	const char *what, *setting, *value;
} plain[] = {
    {'4', "-4", "family", "ipv4"},
    {'6', "-6", "family", "ipv6"},
    {'a', "-a", "listen", NULL},
    {'c', "-c", "create", "true"},
    {'m', "-m", "map_file", NULL},
    {'p', "-p", "permissive", "true"},
    {'P', "-P", "pid_file", NULL},
    {'r', "-r", "refuse", NULL},
    {'R', "-R", "port_range", NULL},
    {'j', "-j", "secure", "true"},
    {'s', "-s", "secure", "true"},
    {'S', "-S", "port", NULL},
    {'t', "-t", "idle_timeout", NULL},
    {'u', "-u", "user", NULL},
    {'U', "-U", "umask", NULL},
    {'W', "-W", "windowsize", NULL},
    {FLAG_WINDOW_BYTES, "--window-bytes", "window_bytes", NULL},
    {FLAG_MAP_STEPS, "--map-steps", "map_steps", NULL},
    {FLAG_MAX_UPLOAD, "--max-upload", "max_upload", NULL},
    {FLAG_CONTROL, "--control", "control", NULL},
    {FLAG_WORKERS, "--workers", "workers", NULL},
    {FLAG_SINGLE_PORT, "--single-port", "single_port", "true"},
    {FLAG_READ_ONLY, "--read-only", "read_only", "true"},
    {FLAG_REFUSE_ALL, "--refuse-all", "refuse_all", "true"},
    {FLAG_PATH_PREFIX, "--path-prefix", "path_prefix", NULL},
    {FLAG_VALIDATE, "--validate", "validate", "true"},
    {FLAG_STDERR, "--stderr", "log_target", "stderr"},
    {FLAG_SYSLOG, "--syslog", "log_target", "syslog"},
    {FLAG_LOG_LEVEL, "--log-level", "log_level", NULL},
    {FLAG_SANDBOX, "--sandbox", "sandbox", NULL},
};

struct reader {
	struct pxe_arena *arena;
	struct tftpd_conf *conf;
	struct tftpd_flags *flags;
	struct pxe_diag *diag;
	bool saw_secure;
	bool saw_map;
};

static void complain(struct reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void complain(struct reader *r, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	pxe_diag_add(r->diag, PXE_DIAG_ERROR, NULL, 0, 0, "flag", NULL, "%s", text);
}

static void set(struct reader *r, const char *setting, const char *value, const char *what)
{
	(void)pxe_conf_set(&tftpd_schema, setting, value, what, r->arena, r->conf, r->diag);
}

static void set_retransmit(struct reader *r, const char *value)
{
	uint64_t us = 0;
	char text[32];

	if (pxe_parse_u64(value, 10000, 255000000, &us) != 0) {
		complain(r, "-T %s: microseconds from 10000 to 255000000 are allowed", value);
		return;
	}
	(void)snprintf(text, sizeof(text), "%llums", (unsigned long long)((us + 999) / 1000));
	set(r, "retransmit", text, "-T");
}

/* A number, or what the interface carries in one packet, perhaps less some bytes. */
static void set_blksize(struct reader *r, const char *value)
{
	if (strncmp(value, "mtu", 3) != 0 || (value[3] != '\0' && value[3] != '-')) {
		set(r, "blksize", value, "-B");
		return;
	}
	set(r, "fit_mtu", "true", "-B");
	if (value[3] == '-')
		set(r, "mtu_slack", value + 4, "-B");
}

static void set_verbosity(struct reader *r, const char *value)
{
	uint64_t n = 0;

	if (pxe_parse_u64(value, 0, 100, &n) != 0)
		complain(r, "--verbosity %s: a number is wanted", value);
	else
		r->flags->verbosity = (int)n;
}

static bool take_plain(struct reader *r, int flag)
{
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (plain[i].flag != flag)
			continue;
		set(r, plain[i].setting, plain[i].value != NULL ? plain[i].value : optarg,
		    plain[i].what);
		return true;
	}
	return false;
}

static void take(struct reader *r, int flag)
{
	struct tftpd_flags *f = r->flags;

	r->saw_secure = r->saw_secure || flag == 's' || flag == 'j';
	f->standalone = f->standalone || flag == 'l' || flag == 'L' || flag == 'a';
	if (flag == 'm' && r->saw_map)
		complain(r, "-m: only one map file can be used");
	r->saw_map = r->saw_map || flag == 'm';
	/* tftp-hpa's way to say that there are no uploads; our own 0 is "no limit". */
	if (flag == FLAG_MAX_UPLOAD && strcmp(optarg, "0") == 0)
		flag = FLAG_READ_ONLY;
	if (take_plain(r, flag))
		return;
	switch (flag) {
	case 'l':
		f->detach = true;
		break;
	case 'L':
		f->detach = false;
		break;
	case 'B':
		set_blksize(r, optarg);
		break;
	case FLAG_NORMALIZE:
		set(r, "normalize", optarg != NULL ? optarg : "path", "--normalize");
		break;
	case 'T':
		set_retransmit(r, optarg);
		break;
	case 'v':
		f->verbosity = f->verbosity < 0 ? 1 : f->verbosity + 1;
		break;
	case 'V':
		f->version = true;
		break;
	case FLAG_VERBOSITY:
		set_verbosity(r, optarg);
		break;
	case FLAG_SYSTEMD:
		f->systemd = true;
		break;
	case FLAG_MAP_TEST:
		f->map_test = optarg;
		break;
	case FLAG_TEST:
		f->test = true;
		break;
	case FLAG_HELP:
		f->help = true;
		break;
	default:
		break;
	}
}

/* First pass: only --config, because what the file says must be there before flags go over it. */
static void find_config(int argc, char **argv, struct reader *r)
{
	int flag;

	opterr = 0;
	optind = 1;
	while ((flag = getopt_long(argc, argv, letters, longs, NULL)) != -1)
		if (flag == FLAG_CONFIG)
			r->flags->config = optarg;
}

static int load_file(struct reader *r)
{
	const char *file = r->flags->config;

	if (file == NULL && access(TFTPD_CONFIG_DEFAULT, F_OK) != 0)
		return 0;
	if (file == NULL)
		file = TFTPD_CONFIG_DEFAULT;
	if (pxe_conf_load(&tftpd_schema, file, r->arena, r->conf, r->diag) != 0)
		return CONF_EX_CONFIG;
	if (r->conf->listen.n > 0)
		r->flags->standalone = true;
	return 0;
}

static void bad_flag(struct reader *r, int argc, char **argv)
{
	const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "";

	if (optopt > 0 && optopt < 256 && strchr(letters, optopt) != NULL)
		complain(r, "flag -%c needs a value", optopt);
	else if (optopt > 0 && optopt < 256)
		complain(r, "unknown flag -%c; try --help", optopt);
	else
		complain(r, "flag %s is unknown, ambiguous or has a wrong value; try --help", word);
}

static void read_flags(int argc, char **argv, struct reader *r)
{
	bool listen_from_file = r->conf->listen.n > 0;
	int flag;

	opterr = 0;

	optind = 1;
	while ((flag = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (flag == '?') {
			bad_flag(r, argc, argv);
			continue;
		}
		/* Addresses on the command line replace those of the file, they do not join them.
		 */
		if (listen_from_file && flag == 'a') {
			r->conf->listen.n = 0;
			listen_from_file = false;
		}
		take(r, flag);
	}
	if (optind >= argc)
		return;
	/* Directories, as in.tftpd has them: without -s they are prefixes of absolute names. */
	r->conf->root.n = 0;
	if (!r->saw_secure)
		r->conf->secure = false;
	for (int i = optind; i < argc; i++)
		set(r, "root", argv[i], "DIRECTORY");
}

int conf_read(int argc, char **argv, struct pxe_arena *arena, struct tftpd_conf *conf,
    struct tftpd_flags *flags, struct pxe_diag *diag)
{
	struct reader r = {.arena = arena, .conf = conf, .flags = flags, .diag = diag};
	bool from_file;
	int rc;

	*flags = (struct tftpd_flags){.verbosity = -1};
	if (pxe_conf_defaults(&tftpd_schema, arena, conf) != 0)
		return CONF_EX_OSERR;
	conf->common.log_level = PXE_LOG_NOTICE; /* requests and how they ended */
	find_config(argc, argv, &r);
	rc = load_file(&r);
	if (rc != 0)
		return rc;
	from_file = conf->root.n > 0 || conf->roots.n > 0;
	read_flags(argc, argv, &r);
	if (diag->errors > 0)
		return CONF_EX_USAGE;
	if (flags->version || flags->help)
		return 0;
	/* in.tftpd without -s and without a directory serves any absolute name. */
	if (conf->root.n == 0 && !from_file && !r.saw_secure)
		conf->secure = false;
	return conf_finish(conf, arena, diag);
}
