/* SPDX-License-Identifier: BSD-2-Clause */
/* story.c -- pxectl timeline: one machine's events of all daemons, and what they amount to. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/tools/diagnose.h"
#include "libpxecommon/tools/pxectl.h"
#include "libpxecommon/tools/say.h"

enum { WHY_MAX = 4096, LINE_OUT_MAX = 8192 };

static bool add_event(const char *line, size_t len, void *arg)
{
	struct record r;

	/* A line that is no event is newer than we are; it cannot be about one machine. */
	if (record_parse(line, len, &r) != 0)
		return true;
	if (timeline_add(arg, &r) == 0)
		return true;
	record_fini(&r);
	return false;
}

static bool note_daemon(const char *line, size_t len, void *arg)
{
	struct running *running = arg;
	json_t *root = json_loadb(line, len, 0, NULL);
	const char *name = json_string_value(json_object_get(root, "daemon"));

	if (name != NULL) {
		running->dhcpd |= pxe_str_starts(name, "dhcpd");
		running->relayd |= pxe_str_starts(name, "relayd");
		running->tftpd |= strcmp(name, "tftpd") == 0;
		running->httpfsd |= strcmp(name, "httpfsd") == 0;
	}
	json_decref(root);
	return true;
}

static void show(const struct pxectl *ctl, const struct timeline *t)
{
	for (size_t i = 0; i < t->n; i++) {
		char line[LINE_OUT_MAX];
		struct pxe_text text = pxe_text_init(line, sizeof(line));

		if (ctl->json) {
			(void)puts(t->own[i]->line);
			continue;
		}
		if (i > 0 && i == t->last_boot)
			(void)puts("-- latest attempt to boot --");
		say_record(&text, t->own[i], ctl->colour);
		(void)puts(line);
	}
}

static void show_verdict(const struct pxectl *ctl, enum verdict verdict, const char *sentence)
{
	json_t *o = NULL;
	char *dump = NULL;

	if (!ctl->json) {
		(void)printf("%s.\n", sentence);
		return;
	}
	o = json_pack("{s:s, s:s}", "verdict", verdict_name(verdict), "diagnosis", sentence);
	dump = json_dumps(o, JSON_COMPACT);
	(void)puts(dump != NULL ? dump : "{}");
	free(dump);
	json_decref(o);
}

int cmd_timeline(const struct pxectl *ctl)
{
	const char *who = ctl->args[0];
	char why[WHY_MAX], sentence[LINE_OUT_MAX];
	struct pxe_text text = pxe_text_init(sentence, sizeof(sentence));
	struct running running = {0};
	struct timeline t;
	struct sources srcs;
	enum verdict verdict = VERDICT_UNKNOWN;
	int err = 0;

	if (!pxectl_sources(ctl, &srcs))
		return EXIT_FAILURE;
	timeline_init(&t);
	for (size_t i = 0; i < srcs.n; i++) {
		err = client_ask(srcs.v[i].path, "stats", note_daemon, &running, why, sizeof(why));
		if (err == 0)
			err = client_ask(srcs.v[i].path, "events", add_event, &t, why, sizeof(why));
		if (err != 0)
			pxectl_complain(&srcs.v[i], why);
	}
	if (timeline_join(&t, who) != 0) {
		(void)fprintf(stderr, "pxectl: out of memory\n");
		timeline_fini(&t);
		return EXIT_FAILURE;
	}
	show(ctl, &t);
	verdict = diagnose(&t, who, &running, &text);
	show_verdict(ctl, verdict, sentence);
	timeline_fini(&t);
	return verdict == VERDICT_UNKNOWN ? EXIT_FAILURE : EXIT_SUCCESS;
}
