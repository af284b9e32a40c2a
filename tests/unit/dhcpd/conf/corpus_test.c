/* SPDX-License-Identifier: BSD-2-Clause */
/* corpus_test.c -- configurations of real sites: is our verdict that of ISC dhcpd 4.4.3-P1?
 *
 * ../shared/corpus/dhcpd, seen from the project's root, holds the files, INDEX.tsv and verdicts.tsv
 * (file, mode, exit status, first error, ...). It is not part of the project: without it there is
 * nothing to compare and the test says so.
 */
#include <unistd.h>

#include "tests/unit/dhcpd/conf/conf_test.h"
#include "tests/unit/dhcpd/conf/file_reader.h"

/* Where our first message differs on purpose. */
static const struct {
	const char *file, *want, *why;
} differences[] = {
    {"184-db-d.conf", "line 87: host admon: already exists",
	"ISC names the line where the block ends"},
    {"766-probe-comments-style.conf", "line 1: expecting a parameter or declaration",
	"ISC says line 0 when nothing was read before"},
};

static const char *expected(const char *file, const char *isc)
{
	for (size_t i = 0; i < ROWS(differences); i++) {
		if (strcmp(differences[i].file, file) == 0)
			return differences[i].want;
	}
	/* "FILE line N: TEXT" without FILE; some fatal ones have no place. */
	return strncmp(isc, file, strlen(file)) == 0 ? isc + strlen(file) + 1 : isc;
}

/* Does our message say what is wanted, and more at most? */
static bool agrees(const struct pxe_diag_entry *e, const char *want)
{
	char got[1200];

	(void)snprintf(got, sizeof(got), "line %u: %s", e->line, e->text);
	return strncmp(got, want, strlen(want)) == 0 || strncmp(e->text, want, strlen(want)) == 0;
}

static void compare(const char *file, uint8_t family, int status, const char *isc)
{
	struct parsed p = {0};
	struct conf_input in = {.family = family, .path = file, .read = file_read};
	const struct pxe_diag_entry *e = NULL;
	const char *want = expected(file, isc);

	pxe_diag_init(&p.diag);
	p.err = conf_parse(&in, &p.diag, &p.conf);
	for (size_t i = p.diag.n; i-- > 0;) {
		if (p.diag.v[i].level == PXE_DIAG_ERROR)
			e = &p.diag.v[i];
	}
	MUST((p.err != 0) == (status != 0), "%s: %s, ISC says \"%s\"", file,
	    e != NULL ? e->text : "accepted", isc);
	MUST(e == NULL || agrees(e, want), "%s: line %u: %s, ISC says \"%s\"", file, e->line,
	    e->text, isc);
	parsed_fini(&p);
}

START_TEST(agrees_with_isc)
{
	char line[4096];
	size_t n = 0;
	FILE *f = NULL;

	if (chdir(PROJECT_DIR "/../shared/corpus/dhcpd") != 0 ||
	    (f = fopen("verdicts.tsv", "r")) == NULL) {
		(void)fprintf(stderr, "skipped: there is no ../shared/corpus/dhcpd\n");
		return;
	}
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), f)); /* the header */
	while (fgets(line, sizeof(line), f) != NULL) {
		char *rest = line, *field[4] = {0};

		line[strcspn(line, "\n")] = '\0';
		for (size_t i = 0; i < ROWS(field) && rest != NULL; i++)
			field[i] = strsep(&rest, "\t");
		MUST(field[2] != NULL, "verdicts.tsv: %s", line);
		compare(field[0], (uint8_t)(field[1][1] - '0'), field[2][0] - '0',
		    field[3] != NULL ? field[3] : "");
		n++;
	}
	(void)fclose(f);
	ck_assert_uint_gt(n, 200);
}
END_TEST

CHECK_MAIN("dhcpd/conf/corpus", agrees_with_isc)
