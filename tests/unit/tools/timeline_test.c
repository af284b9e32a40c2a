/* SPDX-License-Identifier: BSD-2-Clause */
/* timeline_test.c -- stories of machines: which events are theirs, and the sentence at the end.
 *
 * A story is a text file in tests/data/timeline: who is asked for, which daemons run, events as
 * JSON lines in any order, then how many are the machine's, where its last boot begins (when it is
 * not the first), the verdict and the sentence.
 */
#include "libpxecommon/tools/timeline.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "libpxecommon/tools/diagnose.h"
#include "tests/unit/check_main.h"

struct story {
	const char *name;
	struct timeline t;
	struct running running;
	char who[128], verdict[32], says[1024];
	unsigned own, boot;
};

static bool take(const char *line, const char *key, char *out, size_t cap)
{
	if (strncmp(line, key, strlen(key)) != 0)
		return false;
	(void)snprintf(out, cap, "%s", line + strlen(key));
	return true;
}

static void read_line(struct story *s, const char *line)
{
	char text[64];
	struct record r;

	if (line[0] == '#')
		return;
	if (line[0] == '{') {
		MUST(record_parse(line, strlen(line), &r) == 0, "%s: bad event %s", s->name, line);
		ck_assert_int_eq(timeline_add(&s->t, &r), 0);
	} else if (take(line, "running: ", text, sizeof(text))) {
		s->running.dhcpd = strstr(text, "dhcpd") != NULL;
		s->running.relayd = strstr(text, "relayd") != NULL;
		s->running.tftpd = strstr(text, "tftpd") != NULL;
		s->running.httpfsd = strstr(text, "httpfsd") != NULL;
	} else if (take(line, "own: ", text, sizeof(text))) {
		s->own = (unsigned)strtoul(text, NULL, 10);
	} else if (take(line, "boot: ", text, sizeof(text))) {
		s->boot = (unsigned)strtoul(text, NULL, 10);
	} else {
		MUST(take(line, "who: ", s->who, sizeof(s->who)) ||
			 take(line, "verdict: ", s->verdict, sizeof(s->verdict)) ||
			 take(line, "says: ", s->says, sizeof(s->says)),
		    "%s: what is \"%s\"?", s->name, line);
	}
}

static void run_story(const char *path)
{
	struct story s = {.name = path};
	char line[8192], sentence[2048];
	struct pxe_text text = pxe_text_init(sentence, sizeof(sentence));
	FILE *f = fopen(path, "r");
	enum verdict verdict = VERDICT_UNKNOWN;

	ck_assert_ptr_nonnull(f);
	timeline_init(&s.t);
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		read_line(&s, line);
	}
	(void)fclose(f);
	ck_assert_int_eq(timeline_join(&s.t, s.who), 0);
	verdict = diagnose(&s.t, s.who, &s.running, &text);
	MUST(s.t.n == s.own, "%s: %zu events are the machine's, not %u", path, s.t.n, s.own);
	MUST(s.t.last_boot == s.boot, "%s: last boot begins at %zu", path, s.t.last_boot);
	MUST(strcmp(sentence, s.says) == 0, "%s:\nhave %s\nwant %s", path, sentence, s.says);
	MUST(strcmp(verdict_name(verdict), s.verdict) == 0, "%s: %s", path, verdict_name(verdict));
	for (size_t i = 1; i < s.t.n; i++)
		MUST(s.t.own[i]->time_us - s.t.own[i]->duration_us >=
			 s.t.own[i - 1]->time_us - s.t.own[i - 1]->duration_us,
		    "%s: not in order of time", path);
	timeline_fini(&s.t);
}

START_TEST(stories_end_as_written)
{
	glob_t found;

	ck_assert_int_eq(glob(TEST_DATA_DIR "/timeline/*.story", 0, NULL, &found), 0);
	ck_assert_uint_ge(found.gl_pathc, 40);
	for (size_t i = 0; i < found.gl_pathc; i++)
		run_story(found.gl_pathv[i]);
	globfree(&found);
}
END_TEST

CHECK_MAIN("tools/timeline", stories_end_as_written)
