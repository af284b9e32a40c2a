/* SPDX-License-Identifier: BSD-2-Clause */
/* log_test.c -- lines as syslog and the journal get them, and what happens when neither listens. */
#include "libpxecommon/os/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <regex.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>

#include "os_test.h"

static int syslog_bind(const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	(void)unlink(path);
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

static const char *read_line(int fd)
{
	static char line[8192];
	ssize_t n = recv(fd, line, sizeof(line) - 1, 0);

	if (n < 0)
		return NULL;
	line[n] = '\0';
	return line;
}

static void assert_matches(const char *text, const char *pattern)
{
	regex_t re;

	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), 0);
	ck_assert_msg(regexec(&re, text, 0, NULL, 0) == 0, "\"%s\" is not %s", text, pattern);
	regfree(&re);
}

/* Point stderr at a file and give its name. */
static const char *catch_stderr(void)
{
	const char *path = os_test_path("stderr");
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	(void)close(fd);
	return path;
}

static const char *slurp(const char *path)
{
	static char text[65536];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	(void)close(fd);
	ck_assert_int_ge((int)n, 0);
	text[n] = '\0';
	return text;
}

START_TEST(syslog_line_has_rfc3164_form)
{
	const char *path = os_test_path("log");
	int fd = syslog_bind(path);

	pxe_log_syslog_path(path);
	pxe_log_setup("pxetest", PXE_LOG_SYSLOG, LOG_LOCAL7, PXE_LOG_INFO);
	pxe_log_info("DHCPOFFER on %s", "10.0.0.9");
	/* local7 is 23, info 6: 23 * 8 + 6. */
	assert_matches(read_line(fd), "^<190>[A-Z][a-z]{2} [ 1-3][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} "
				      "pxetest\\[[0-9]+\\]: DHCPOFFER on 10\\.0\\.0\\.9$");
	pxe_log_error("bad");
	assert_matches(read_line(fd), "^<187>.*: bad$");
	pxe_log_debug("not shown");
	ck_assert_ptr_null(read_line(fd));
	pxe_log_set_level(PXE_LOG_DEBUG);
	pxe_log_debug("shown");
	assert_matches(read_line(fd), "^<191>.*: shown$");
	os_test_remove_dir();
}
END_TEST

START_TEST(syslog_restart_is_survived)
{
	const char *path = os_test_path("log");
	int fd = syslog_bind(path);

	pxe_log_syslog_path(path);
	pxe_log_setup("pxetest", PXE_LOG_SYSLOG, LOG_DAEMON, PXE_LOG_INFO);
	pxe_log_info("one");
	assert_matches(read_line(fd), "one$");
	(void)close(fd);
	(void)unlink(path);
	pxe_log_info("nobody hears this");
	fd = syslog_bind(path);
	pxe_log_info("two");
	assert_matches(read_line(fd), ": 1 log lines were lost$");
	assert_matches(read_line(fd), ": two$");
	os_test_remove_dir();
}
END_TEST

START_TEST(full_syslog_never_blocks)
{
	const char *path = os_test_path("log");
	int fd = syslog_bind(path), taken = 0;
	const char *line = NULL;
	bool told = false;

	pxe_log_syslog_path(path);
	pxe_log_setup("pxetest", PXE_LOG_SYSLOG, LOG_DAEMON, PXE_LOG_INFO);
	for (int i = 0; i < 5000; i++)
		pxe_log_info("line %d", i);
	while (read_line(fd) != NULL)
		taken++;
	ck_assert_int_lt(taken, 5000);
	pxe_log_info("after");
	while ((line = read_line(fd)) != NULL) {
		char expect[64];

		(void)snprintf(expect, sizeof(expect), ": %d log lines were lost", 5000 - taken);
		told |= strstr(line, expect) != NULL;
		ck_assert(told || strstr(line, "after") == NULL);
	}
	ck_assert(told);
	os_test_remove_dir();
}
END_TEST

START_TEST(file_gets_plain_lines)
{
	const char *path = catch_stderr();

	(void)unsetenv("JOURNAL_STREAM");
	pxe_log_setup("pxetest", PXE_LOG_STDERR, LOG_DAEMON, PXE_LOG_INFO);
	pxe_log_notice("Listening on %s", "LPF/eth0");
	pxe_log_warning("two\nlines\x1b[2J\n");
	ck_assert_str_eq(slurp(path), "Listening on LPF/eth0\ntwo\\x0alines\\x1b[2J\n");
	os_test_remove_dir();
}
END_TEST

START_TEST(journal_gets_priorities)
{
	const char *path = catch_stderr();
	char id[64];
	struct stat st;

	ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
	(void)snprintf(id, sizeof(id), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	(void)setenv("JOURNAL_STREAM", id, 1);
	pxe_log_setup("pxetest", PXE_LOG_STDERR, LOG_DAEMON, PXE_LOG_DEBUG);
	pxe_log_error("e");
	pxe_log_warning("w");
	pxe_log_notice("n");
	pxe_log_info("i");
	pxe_log_debug("d");
	ck_assert_str_eq(slurp(path), "<3>e\n<4>w\n<5>n\n<6>i\n<7>d\n");
	/* Redirected since: not the journal any more. */
	(void)setenv("JOURNAL_STREAM", "1:1", 1);
	path = catch_stderr();
	pxe_log_setup("pxetest", PXE_LOG_STDERR, LOG_DAEMON, PXE_LOG_INFO);
	pxe_log_info("plain");
	ck_assert_str_eq(slurp(path), "plain\n");
	os_test_remove_dir();
}
END_TEST

START_TEST(full_pipe_never_blocks)
{
	int fds[2];
	char byte = 0;

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	pxe_log_setup("pxetest", PXE_LOG_STDERR, LOG_DAEMON, PXE_LOG_INFO);
	for (int i = 0; i < 20000; i++)
		pxe_log_info("%d this line is long enough to fill a pipe of 64 KiB soon", i);
	ck_assert_int_eq((int)read(fds[0], &byte, 1), 1);
	ck_assert_int_eq(byte, '0');
}
END_TEST

START_TEST(long_line_is_cut_and_marked)
{
	const char *path = catch_stderr();
	char big[5000];
	size_t len = 0;

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	(void)unsetenv("JOURNAL_STREAM");
	pxe_log_setup("pxetest", PXE_LOG_STDERR, LOG_DAEMON, PXE_LOG_INFO);
	pxe_log_info("%s", big);
	len = strlen(slurp(path));
	ck_assert_uint_eq(len, 2048);
	ck_assert_str_eq(slurp(path) + len - 5, "x...\n");
	os_test_remove_dir();
}
END_TEST

START_TEST(limit_counts_what_it_held_back)
{
	static struct pxe_log_limit limit = PXE_LOG_LIMIT(1, 2);
	const char *path = catch_stderr();

	(void)unsetenv("JOURNAL_STREAM");
	pxe_log_setup("pxetest", PXE_LOG_STDERR, LOG_DAEMON, PXE_LOG_INFO);
	for (int i = 0; i < 5; i++)
		pxe_log_limited(&limit, PXE_LOG_INFO, "line %d", i);
	ck_assert_str_eq(slurp(path), "line 0\nline 1\n");
	/* A level that is off costs no token. */
	for (int i = 0; i < 5; i++)
		pxe_log_limited(&limit, PXE_LOG_DEBUG, "debug");
	limit.last_us -= 1000000; /* a second ago; a busy machine may take most of another */
	pxe_log_limited(&limit, PXE_LOG_INFO, "line 5");
	pxe_log_limited(&limit, PXE_LOG_INFO, "line 6");
	ck_assert_str_eq(slurp(path), "line 0\nline 1\nline 5 (3 more suppressed)\n");
	limit.last_us -= 4000000; /* no more than the burst is saved */
	for (int i = 7; i < 12; i++)
		pxe_log_limited(&limit, PXE_LOG_INFO, "line %d", i);
	ck_assert_str_eq(slurp(path),
	    "line 0\nline 1\nline 5 (3 more suppressed)\nline 7 (1 more suppressed)\nline 8\n");
	os_test_remove_dir();
}
END_TEST

static void *log_much(void *arg)
{
	static struct pxe_log_limit limit = PXE_LOG_LIMIT(1000000, 1000);

	for (int i = 0; i < 500; i++) {
		pxe_log_info("thread %s line %d", (const char *)arg, i);
		pxe_log_limited(&limit, PXE_LOG_DEBUG, "limited");
	}
	return NULL;
}

START_TEST(threads_do_not_mix_lines)
{
	const char *path = catch_stderr();
	pthread_t thread[4];
	char name[4][2] = {"a", "b", "c", "d"};
	FILE *f = NULL;
	char line[256];
	int lines = 0;

	(void)unsetenv("JOURNAL_STREAM");
	pxe_log_setup("pxetest", PXE_LOG_STDERR, LOG_DAEMON, PXE_LOG_INFO);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, log_much, name[i]), 0);
	pxe_log_set_level(PXE_LOG_INFO);
	for (int i = 0; i < 4; i++)
		(void)pthread_join(thread[i], NULL);
	f = fopen(path, "r");
	while (fgets(line, sizeof(line), f) != NULL) {
		assert_matches(line, "^thread [abcd] line [0-9]+\n$");
		lines++;
	}
	(void)fclose(f);
	ck_assert_int_eq(lines, 2000);
	os_test_remove_dir();
}
END_TEST

START_TEST(names_of_facilities_and_levels)
{
	ck_assert_int_eq(pxe_log_facility("local7"), LOG_LOCAL7);
	ck_assert_int_eq(pxe_log_facility("DAEMON"), LOG_DAEMON);
	ck_assert_int_eq(pxe_log_facility("local8"), -1);
	ck_assert_int_eq(pxe_log_facility(""), -1);
	ck_assert_int_eq(pxe_log_level_parse("error"), PXE_LOG_ERROR);
	ck_assert_int_eq(pxe_log_level_parse("debug"), PXE_LOG_DEBUG);
	ck_assert_int_eq(pxe_log_level_parse("0"), PXE_LOG_ERROR);
	ck_assert_int_eq(pxe_log_level_parse("3"), PXE_LOG_ERROR);
	ck_assert_int_eq(pxe_log_level_parse("4"), PXE_LOG_WARNING);
	ck_assert_int_eq(pxe_log_level_parse("7"), PXE_LOG_DEBUG);
	ck_assert_int_eq(pxe_log_level_parse("8"), -1);
	ck_assert_int_eq(pxe_log_level_parse("77"), -1);
	ck_assert_int_eq(pxe_log_level_parse("loud"), -1);
}
END_TEST

START_TEST(closed_stderr_is_given_to_nobody_else)
{
	const char *path = os_test_path("leases");
	int fd = -1;

	(void)unsetenv("JOURNAL_STREAM");
	for (int i = 0; i <= 2; i++)
		(void)close(i);
	pxe_log_setup("pxetest", PXE_LOG_STDERR, LOG_DAEMON, PXE_LOG_INFO);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	pxe_log_info("not for that file");
	ck_assert_int_gt(fd, 2);
	ck_assert_str_eq(slurp(path), "");
	(void)close(fd);
	os_test_remove_dir();
}
END_TEST

CHECK_MAIN("os/log", syslog_line_has_rfc3164_form, syslog_restart_is_survived,
    full_syslog_never_blocks, file_gets_plain_lines, journal_gets_priorities,
    full_pipe_never_blocks, long_line_is_cut_and_marked, limit_counts_what_it_held_back,
    threads_do_not_mix_lines, names_of_facilities_and_levels, closed_stderr_is_given_to_nobody_else)
