/* SPDX-License-Identifier: BSD-2-Clause */
/* manual_test.c -- dhcpd.conf(5) documents every parameter, option and declaration there is. */
#include <ctype.h>

#include "dhcpd/conf/warning.h"
#include "libpxecommon/proto/dhcp_opt.h"
#include "tests/unit/dhcpd/conf/conf_test.h"
#include "tests/unit/dhcpd/conf/file_reader.h"

static char *page;

static void setup(void)
{
	size_t len = 0;

	ck_assert_int_eq(file_read(NULL, PROJECT_DIR "/dhcpd/dhcpd.conf.5", &page, &len), 0);
	page[len] = '\0';
}

static bool is_word(int c)
{
	return isalnum(c) || c == '-' || c == '_';
}

/* Does the word stand in text, not just as a part of another? */
static bool stands_in(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = text; (at = strstr(at, word)) != NULL; at++) {
		if ((at == text || !is_word((unsigned char)at[-1])) &&
		    !is_word((unsigned char)at[n]))
			return true;
	}
	return false;
}

static bool has(const char *word)
{
	return stands_in(page, word);
}

/* What the page shows as it is typed: lines of .Dl, and displays from .Bd to .Ed. */
static char *examples(void)
{
	char *out = calloc(1, strlen(page) + 1), *end = out;
	bool inside = false;

	ck_assert_ptr_nonnull(out);
	for (const char *at = page; *at != '\0';) {
		size_t n = strcspn(at, "\n") + (strchr(at, '\n') != NULL);

		if (strncmp(at, ".Ed", 3) == 0)
			inside = false;
		if (inside || strncmp(at, ".Dl ", 4) == 0) {
			memcpy(end, at, n);
			end += n;
		}
		if (strncmp(at, ".Bd -literal", 12) == 0)
			inside = true;
		at += n;
	}
	return out;
}

START_TEST(documents_parameters)
{
	setup();
	for (size_t i = 0; i < PARAM_COUNT; i++) {
		const struct param_row *row = param_row((enum param_id)i);

		MUST(has(row->keyword), "%s", row->keyword);
		MUST(param_by_keyword(row->keyword) == row, "%s twice", row->keyword);
		MUST((row->note != NULL) == (row->support != PARAM_FULL), "%s: note", row->keyword);
		for (size_t k = 0; row->kind == PARAM_KIND_WORD && k <= row->def; k++)
			MUST(
			    row->word[k] != NULL, "%s: its default is no word of it", row->keyword);
	}
	for (size_t i = 0; param_permission_at(i) != NULL; i++) {
		MUST(has(param_permission_at(i)), "%s", param_permission_at(i));
		MUST(param_by_permission(param_permission_at(i)) != NULL, "%s",
		    param_permission_at(i));
	}
	free(page);
}
END_TEST

START_TEST(documents_options)
{
	static const char *const spaces[] = {"dhcp", "agent", "fqdn", "nwip", "dhcp6", "vsio",
	    "isc6", "isc", "vendor", "vendor-class"};
	const struct pxe_opt_def *def = NULL;
	size_t n = 0;

	setup();
	for (size_t i = 0; i < ROWS(spaces); i++) {
		const struct pxe_opt_space *s = pxe_opt_space_find(NULL, spaces[i]);

		for (size_t k = 0; (def = pxe_opt_at(NULL, s, k)) != NULL; k++) {
			MUST(def->nfield == 0 || has(def->name), "%s.%s", s->name, def->name);
			n++;
		}
	}
	ck_assert_uint_gt(n, 120);
	free(page);
}
END_TEST

static const enum keyword words[] = {KW_INCLUDE, KW_SUBNET, KW_RANGE, KW_DYNAMIC_BOOTP,
    KW_SHARED_NETWORK, KW_INTERFACE, KW_POOL, KW_ALLOW, KW_DENY, KW_IGNORE, KW_GROUP, KW_HOST,
    KW_HARDWARE, KW_FIXED_ADDRESS, KW_FIXED_ADDRESS6, KW_FIXED_PREFIX6, KW_UID, KW_HOST_IDENTIFIER,
    KW_AUTHORITATIVE, KW_SUBNET6, KW_RANGE6, KW_PREFIX6, KW_POOL6, KW_KEY, KW_ZONE, KW_FAILOVER,
    KW_SERVER_DUID, KW_CLASS, KW_SUBCLASS, KW_MATCH, KW_SPAWN, KW_LEASE, KW_LIMIT, KW_OPTION,
    KW_SUPERSEDE, KW_SEND, KW_DEFAULT, KW_APPEND, KW_PREPEND, KW_IF, KW_ELSIF, KW_ELSE, KW_SWITCH,
    KW_CASE, KW_BREAK, KW_SET, KW_UNSET, KW_DEFINE, KW_RETURN, KW_EVAL, KW_LOG, KW_EXECUTE, KW_ADD,
    KW_ON, KW_COMMIT, KW_EXPIRY, KW_RELEASE, KW_TRANSMISSION, KW_SERVER_IDENTIFIER, KW_KNOWN,
    KW_STATIC, KW_EXISTS, KW_CHECK, KW_DEFINED, KW_CONFIG_OPTION, KW_PACKET, KW_SUBSTRING,
    KW_SUFFIX, KW_CONCAT, KW_PICK_FIRST_VALUE, KW_PICK, KW_LCASE, KW_UCASE, KW_REVERSE,
    KW_BINARY_TO_ASCII, KW_ENCODE_INT, KW_EXTRACT_INT, KW_LEASED_ADDRESS, KW_HOST_DECL_NAME,
    KW_FILENAME, KW_SERVER_NAME, KW_GETHOSTNAME, KW_GETHOSTBYNAME, KW_V6RELAY, KW_LEASE_TIME,
    KW_NULL, KW_SPACE, KW_CODE, KW_WIDTH, KW_LENGTH, KW_ENCAPSULATE, KW_ARRAY, KW_ZEROLEN};

START_TEST(documents_statements)
{
	setup();
	for (size_t i = 0; i < ROWS(words); i++)
		MUST(has(keyword_text(words[i])), "%s", keyword_text(words[i]));
	free(page);
}
END_TEST

/* Every statement and parameter is shown in use. */
START_TEST(shows_each_in_an_example)
{
	char *shown = NULL;

	setup();
	shown = examples();
	for (size_t i = 0; i < ROWS(words); i++)
		MUST(stands_in(shown, keyword_text(words[i])), "no example of %s",
		    keyword_text(words[i]));
	for (size_t i = 0; i < PARAM_COUNT; i++)
		MUST(stands_in(shown, param_row((enum param_id)i)->keyword), "no example of %s",
		    param_row((enum param_id)i)->keyword);
	free(shown);
	free(page);
}
END_TEST

/* The long examples are right. */
START_TEST(shows_what_can_be_typed)
{
	static const char *const titles[] = {
	    "Statements and expressions in use:", "An example of each:"};

	setup();
	for (size_t i = 0; i < ROWS(titles); i++) {
		static char text[65536];
		const char *at = strstr(page, titles[i]), *end = NULL;
		struct parsed p;

		MUST(at != NULL, "%s", titles[i]);
		at = strchr(strstr(at, ".Bd"), '\n') + 1;
		end = strstr(at, "\n.Ed");
		(void)snprintf(text, sizeof(text),
		    "option space PXE;\nkey k { algorithm hmac-md5; secret \"AAAA\"; }\n%.*s\n",
		    (int)(end - at), at);
		p = parse_text(text);
		MUST(p.conf != NULL, "%s %s", titles[i], finding(&p, PXE_DIAG_ERROR, 0));
		parsed_fini(&p);
	}
	free(page);
}
END_TEST

/* Both pages list the findings that can be silenced. */
START_TEST(documents_warnings)
{
	static const char *const pages[] = {"/dhcpd/dhcpd.conf.5", "/dhcpd/dhcpd.8"};
	size_t n = 0;

	for (size_t i = 0; i < ROWS(pages); i++) {
		char path[512], row[64];
		size_t len = 0;

		(void)snprintf(path, sizeof(path), "%s%s", PROJECT_DIR, pages[i]);
		ck_assert_int_eq(file_read(NULL, path, &page, &len), 0);
		page[len] = '\0';
		for (n = 0; conf_warning_at(n) != NULL; n++) {
			(void)snprintf(row, sizeof(row), ".It Li %s\n", conf_warning_at(n)->code);
			MUST(strstr(page, row) != NULL, "%s: %s", pages[i],
			    conf_warning_at(n)->code);
			MUST(n == 0 ||
				 strcmp(conf_warning_at(n - 1)->code, conf_warning_at(n)->code) < 0,
			    "%s is out of order", conf_warning_at(n)->code);
		}
		free(page);
	}
	ck_assert_uint_gt(n, 40);
}
END_TEST

CHECK_MAIN("dhcpd/conf/manual", documents_parameters, documents_options, documents_statements,
    shows_each_in_an_example, shows_what_can_be_typed, documents_warnings)
