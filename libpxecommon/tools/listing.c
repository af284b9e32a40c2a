/* SPDX-License-Identifier: BSD-2-Clause */
/* listing.c -- pxectl's commands that ask once and show the answer. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/str.h"
#include "libpxecommon/tools/pxectl.h"
#include "libpxecommon/tools/say.h"
#include "libpxecommon/tools/table.h"

enum { WHY_MAX = 4096 };

/* arg: what goes before a line, or NULL. */
static void put(const char *line, void *arg)
{
	(void)printf("%s%s\n", arg != NULL ? (const char *)arg : "", line);
}

static bool put_line(const char *line, size_t len, void *arg)
{
	(void)len;
	(void)arg;
	(void)puts(line);
	return true;
}

static bool add_row(const char *line, size_t len, void *arg)
{
	return table_add(arg, line, len) == 0;
}

static bool note_command(const char *line, size_t len, void *arg)
{
	const char *wanted = ((const char **)arg)[0];
	json_t *root = json_loadb(line, len, 0, NULL);
	const char *name = json_string_value(json_object_get(root, "command"));
	bool more = name == NULL || strcmp(name, wanted) != 0;

	if (!more)
		((const char **)arg)[1] = wanted;
	json_decref(root);
	return more;
}

/* Whether the daemon behind src knows a command; complains when it does not answer at all. */
static bool has_command(const struct source *src, const char *name, int *status)
{
	const char *state[2] = {name, NULL};
	char why[WHY_MAX];

	if (client_ask(src->path, "help", note_command, (void *)state, why, sizeof(why)) != 0) {
		pxectl_complain(src, why);
		*status = EXIT_FAILURE;
		return false;
	}
	return state[1] != NULL;
}

/* What listings came to: daemons that have them, and their rows. */
struct tally {
	size_t asked, rows;
};

/* A listing that any daemon may have, each answer a table of its own. */
static int list(const struct pxectl *ctl, const char *name, const char *arg, struct tally *tally)
{
	struct sources srcs;
	char command[256], why[WHY_MAX];
	int status = EXIT_SUCCESS;

	if (!pxectl_sources(ctl, &srcs))
		return EXIT_FAILURE;
	(void)snprintf(command, sizeof(command), "%s %s", name, arg);
	for (size_t i = 0; i < srcs.n; i++) {
		struct table *t = NULL;
		int err = 0;

		if (!has_command(&srcs.v[i], name, &status))
			continue;
		tally->asked++;
		t = ctl->json ? NULL : table_new();
		err = client_ask(
		    srcs.v[i].path, command, t != NULL ? add_row : put_line, t, why, sizeof(why));
		if (err != 0) {
			pxectl_complain(&srcs.v[i], why);
			status = EXIT_FAILURE;
		}
		if (t != NULL) {
			table_show(t, put, NULL);
			tally->rows += table_rows(t);
		}
		table_free(t);
	}
	return status;
}

/* An empty answer is said to be one. */
static int conclude(
    const struct pxectl *ctl, int status, const struct tally *tally, const char *what)
{
	if (status != EXIT_SUCCESS)
		return status;
	if (tally->asked == 0) {
		(void)fprintf(stderr, "pxectl: no running daemon has %s\n", what);
		return EXIT_FAILURE;
	}
	if (tally->rows == 0 && !ctl->json)
		(void)printf("no %s\n", what);
	return EXIT_SUCCESS;
}

int cmd_leases(const struct pxectl *ctl)
{
	struct tally tally = {0};
	int status = list(ctl, "leases", ctl->nargs > 0 ? ctl->args[0] : "", &tally);

	return conclude(ctl, status, &tally, "leases");
}

int cmd_transfers(const struct pxectl *ctl)
{
	struct tally tally = {0};
	int status = list(ctl, "transfers", "", &tally);

	if (status == EXIT_SUCCESS)
		status = list(ctl, "connections", "", &tally);
	return conclude(ctl, status, &tally, "transfers");
}

/* The daemons that were named, or all. */
static bool wanted_sources(const struct pxectl *ctl, struct sources *out)
{
	if (!pxectl_sources(ctl, out))
		return false;
	sources_keep(out, ctl->args, ctl->nargs);
	if (out->n == 0)
		(void)fprintf(stderr, "pxectl: no running daemon is called %s\n", ctl->args[0]);
	return out->n > 0;
}

/* Ask the wanted daemons one thing; true when all answered. */
static bool ask_all(const struct pxectl *ctl, const char *command, client_line_fn fn, void *arg)
{
	struct sources srcs;
	char why[WHY_MAX];
	bool ok = true;

	if (!wanted_sources(ctl, &srcs))
		return false;
	for (size_t i = 0; i < srcs.n; i++) {
		if (client_ask(srcs.v[i].path, command, fn, arg, why, sizeof(why)) == 0)
			continue;
		pxectl_complain(&srcs.v[i], why);
		ok = false;
	}
	return ok;
}

/* An array of objects, such as dhcpd's pools. */
static void show_rows(const char *name, json_t *rows)
{
	static char indent[] = "    ";
	struct table *t = table_new();
	json_t *row = NULL;
	size_t i = 0;

	if (t == NULL)
		return;
	json_array_foreach(rows, i, row)(void) table_add_json(t, row);
	(void)printf("  %s\n", name);
	table_show(t, put, indent);
	table_free(t);
}

/* What never happened would hide what did: it is left out. */
static bool is_nothing(const json_t *value)
{
	return (json_is_number(value) && !(json_number_value(value) != 0)) ||
	       (json_is_array(value) && json_array_size(value) == 0);
}

static void show_member(const char *key, json_t *value)
{
	char text[512], safe[256];
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	struct pxe_text name = pxe_text_init(safe, sizeof(safe));
	const char *inner = NULL;
	json_t *v = NULL;

	if (json_is_object(value)) {
		json_object_foreach(value, inner, v) show_member(inner, v);
		return;
	}
	if (is_nothing(value))
		return;
	say_escaped(&name, key);
	if (json_is_object(json_array_get(value, 0))) {
		show_rows(safe, value);
		return;
	}
	table_value(&t, value);
	(void)printf("  %-50s %s\n", safe, text);
}

static void show_string(json_t *root, const char *key, const char *after)
{
	char safe[128];
	struct pxe_text t = pxe_text_init(safe, sizeof(safe));
	const char *s = json_string_value(json_object_get(root, key));

	say_escaped(&t, s != NULL ? s : "?");
	(void)printf("%s%s", safe, after);
}

/* "dhcpd 0.1.0, pid 123, up 3725 s" and the rest below. */
static bool show_stats(const char *line, size_t len, void *arg)
{
	json_t *root = json_loadb(line, len, 0, NULL), *value = NULL;
	const char *key = NULL;

	(void)arg;
	if (!json_is_object(root)) {
		json_decref(root);
		return true;
	}
	show_string(root, "daemon", " ");
	show_string(root, "version", "");
	(void)printf(", pid %lld, up %.0f s\n",
	    (long long)json_integer_value(json_object_get(root, "pid")),
	    json_number_value(json_object_get(root, "uptime")));
	json_object_foreach(root, key, value)
	{
		if (strcmp(key, "daemon") != 0 && strcmp(key, "version") != 0 &&
		    strcmp(key, "pid") != 0 && strcmp(key, "uptime") != 0)
			show_member(key, value);
	}
	json_decref(root);
	return true;
}

int cmd_stats(const struct pxectl *ctl)
{
	return ask_all(ctl, "stats", ctl->json ? put_line : show_stats, NULL) ? EXIT_SUCCESS
									      : EXIT_FAILURE;
}

int cmd_metrics(const struct pxectl *ctl)
{
	bool ok = ask_all(ctl, "metrics", put_line, NULL);

	(void)puts("# EOF");
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

int cmd_reload(const struct pxectl *ctl)
{
	struct sources srcs;
	char why[WHY_MAX];
	int status = EXIT_SUCCESS;

	if (!wanted_sources(ctl, &srcs))
		return EXIT_FAILURE;
	for (size_t i = 0; i < srcs.n; i++) {
		int err = client_ask(srcs.v[i].path, "reload", put_line, NULL, why, sizeof(why));

		if (err != 0) {
			pxectl_complain(&srcs.v[i], why);
			status = EXIT_FAILURE;
		}
		if (ctl->json) {
			json_t *o = json_pack("{s:s, s:b, s:s*}", "daemon", srcs.v[i].name,
			    "reloaded", err == 0, "error", err != 0 ? why : NULL);
			char *dump = json_dumps(o, JSON_COMPACT);

			(void)puts(dump != NULL ? dump : "{}");
			free(dump);
			json_decref(o);
		} else if (err == 0) {
			(void)printf("%s: reloaded\n", srcs.v[i].name);
		}
	}
	return status;
}
