/* SPDX-License-Identifier: BSD-2-Clause */
/* flags.c -- the command line; see conf.h. */
#include <getopt.h>
#include <stdio.h>

#include "httpfsd/conf.h"
#include "libpxecommon/base/err.h"

/* A flag and the setting it gives; setting NULL: handled by hand. */
struct flag {
	const char *name;
	char letter;
	const char *argument;
	const char *setting;
	const char *value; /* for flags without argument */
	const char *help;
};

static const struct flag flags_table[] = {
    {"listen", 'l', "ADDR:PORT", "listen", NULL, "listen there (repeatable)"},
    {"tls-listen", 0, "ADDR:PORT", "tls_listen", NULL, "listen there for HTTPS (repeatable)"},
    {"certificate", 0, "FILE", "certificate", NULL, "certificate with its chain, PEM"},
    {"key", 0, "FILE", "key", NULL, "its private key; default: in the certificate's file"},
    {"root", 'r', "[/PREFIX=]DIR", "root", NULL, "serve DIR, at / or at /PREFIX (repeatable)"},
    {"config", 'c', "FILE", NULL, NULL, "settings file; default " CONF_DEFAULT_FILE},
    {"access-log", 'a', "FILE", "access_log", NULL, "file, stderr, syslog or off"},
    {"workers", 'w', "N", "workers", NULL, "serving threads; 0 for one a CPU"},
    {"user", 'u', "USER", "user", NULL, "run as USER once sockets are open"},
    {"group", 'g', "GROUP", "group", NULL, "run as GROUP"},
    {"pid-file", 'p', "FILE", "pid_file", NULL, "write the process id there"},
    {"control", 0, "PATH", "control", NULL, "control socket; empty for none"},
    {"log-level", 'L', "LEVEL", "log_level", NULL, "error, warning, notice, info or debug"},
    {"log-target", 0, "TARGET", "log_target", NULL, "auto, stderr, syslog or both"},
    {"sandbox", 0, "BOOL", "sandbox", NULL, "confine ourselves once started; default true"},
    {"daemon", 'D', NULL, NULL, NULL, "go to the background once serving"},
    {"test", 't', NULL, NULL, NULL, "check the settings and exit"},
    {"help", 'h', NULL, NULL, NULL, "print this"},
    {"version", 'V', NULL, NULL, NULL, "print the version"},
};
enum { NFLAGS = sizeof(flags_table) / sizeof(flags_table[0]), LONG_ONLY = 256 };

static void print_help(void)
{
	(void)printf("usage: httpfsd [flags] [DIR]\n\n");
	for (size_t i = 0; i < NFLAGS; i++) {
		const struct flag *f = &flags_table[i];
		char left[64];

		(void)snprintf(left, sizeof(left), "--%s%s%s", f->name,
		    f->argument != NULL ? " " : "", f->argument != NULL ? f->argument : "");
		(void)printf("  %c%c %-26s %s\n", f->letter != 0 ? '-' : ' ',
		    f->letter != 0 ? f->letter : ' ', left, f->help);
	}
}

static void make_tables(struct option *longs, char *shorts)
{
	for (size_t i = 0; i < NFLAGS; i++) {
		const struct flag *f = &flags_table[i];

		longs[i] = (struct option){.name = f->name,
		    .has_arg = f->argument != NULL ? required_argument : no_argument,
		    .val = LONG_ONLY + (int)i};
		if (f->letter == 0)
			continue;
		*shorts++ = f->letter;
		if (f->argument != NULL)
			*shorts++ = ':';
	}
	longs[NFLAGS] = (struct option){0};
	*shorts = '\0';
}

static const struct flag *find_flag(int c)
{
	if (c >= LONG_ONLY)
		return &flags_table[c - LONG_ONLY];
	for (size_t i = 0; i < NFLAGS; i++) {
		if (flags_table[i].letter == c)
			return &flags_table[i];
	}
	return NULL;
}

static int add_setting(struct conf_flags *out, const char *name, const char *value,
    const char *what, struct pxe_diag *diag)
{
	if (out->nset == sizeof(out->set) / sizeof(out->set[0])) {
		pxe_diag_add(diag, PXE_DIAG_ERROR, NULL, 0, 0, "flags", NULL, "too many flags");
		return PXE_E_CONFIG;
	}
	out->set[out->nset].name = name;
	out->set[out->nset].value = value;
	out->set[out->nset++].what = what;
	return 0;
}

static int take_flag(
    const struct flag *f, const char *value, struct conf_flags *out, struct pxe_diag *diag)
{
	if (f->setting != NULL)
		return add_setting(out, f->setting, value, f->name, diag);
	switch (f->letter) {
	case 'c':
		out->file = value;
		return 0;
	case 'D':
		out->detach = true;
		return 0;
	case 't':
		out->test = true;
		return 0;
	case 'V':
		(void)printf("httpfsd %s\n", PXE_VERSION);
		return 1;
	default:
		print_help();
		return 1;
	}
}

int conf_flags_parse(int argc, char **argv, struct conf_flags *out, struct pxe_diag *diag)
{
	struct option longs[NFLAGS + 1];
	char shorts[2 * NFLAGS + 1];
	int c = 0, rc = 0;

	make_tables(longs, shorts);
	while (rc == 0 && (c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct flag *f = find_flag(c);

		if (f == NULL) { /* getopt has said which */
			pxe_diag_add(diag, PXE_DIAG_ERROR, NULL, 0, 0, "flags", NULL,
			    "bad usage; see httpfsd --help");
			return PXE_E_CONFIG;
		}
		rc = take_flag(f, optarg, out, diag);
	}
	for (; rc == 0 && optind < argc; optind++)
		rc = add_setting(out, "root", argv[optind], "DIR", diag);
	return rc;
}
