/* SPDX-License-Identifier: BSD-2-Clause */
/* log.c -- where programs say things: syslog, or stderr with priorities systemd understands. */
#include "libpxecommon/os/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "libpxecommon/base/clock.h"
#include "libpxecommon/base/str.h"

enum {
	LINE_MAX_LEN = 2048, /* text of one line; longer ones are cut */
	REFUSED_MAX = 16,    /* connections to syslog that fail in a row before it rests */
	RETRY_US = 100 * 1000,
	HEAD_MAX = 128
};

enum target { TARGET_STDERR, TARGET_SYSLOG, TARGET_COUNT };

static const struct {
	const char *name;
	int value;
} facilities[] = {{"auth", LOG_AUTH}, {"authpriv", LOG_AUTHPRIV}, {"cron", LOG_CRON},
    {"daemon", LOG_DAEMON}, {"ftp", LOG_FTP}, {"kern", LOG_KERN}, {"local0", LOG_LOCAL0},
    {"local1", LOG_LOCAL1}, {"local2", LOG_LOCAL2}, {"local3", LOG_LOCAL3}, {"local4", LOG_LOCAL4},
    {"local5", LOG_LOCAL5}, {"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7}, {"lpr", LOG_LPR},
    {"mail", LOG_MAIL}, {"news", LOG_NEWS}, {"security", LOG_AUTH}, {"syslog", LOG_SYSLOG},
    {"user", LOG_USER}, {"uucp", LOG_UUCP}};

/* The one piece of global state of the suite. */
static struct {
	pthread_mutex_t lock; /* guards all but level */
	_Atomic int level;
	unsigned targets;
	int facility;
	const char *ident;
	const char *syslog_path;
	bool is_journal;
	int sock;         /* connected to syslog_path, or -1 */
	unsigned refused; /* connections in a row */
	int64_t retry_us; /* monotonic: not before that, once REFUSED_MAX were */
	uint64_t lost[TARGET_COUNT];
} state = {.lock = PTHREAD_MUTEX_INITIALIZER,
    .level = PXE_LOG_INFO,
    .targets = PXE_LOG_STDERR,
    .facility = LOG_DAEMON,
    .syslog_path = "/dev/log",
    .sock = -1};

static pthread_mutex_t limit_lock = PTHREAD_MUTEX_INITIALIZER;

/* systemd.exec(5): JOURNAL_STREAM is "DEVICE:INODE" of what it connected stderr to. Comparing tells
 * whether stderr has been redirected since. */
static bool stderr_is_journal(void)
{
	const char *env = getenv("JOURNAL_STREAM");
	char have[64];
	struct stat st;

	if (env == NULL || fstat(STDERR_FILENO, &st) != 0)
		return false;
	(void)snprintf(have, sizeof(have), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(env, have) == 0;
}

static int64_t mono_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * PXE_US_PER_S + ts.tv_nsec / 1000;
}

static void syslog_close(void)
{
	if (state.sock >= 0)
		(void)close(state.sock);
	state.sock = -1;
}

/* Where nobody reads, as in a container, a busy daemon must not spend its time on asking: two calls
 * into the kernel a line. A reader that restarts is found again at once. */
static bool syslog_is_hopeless(void)
{
	return state.sock < 0 && state.refused >= REFUSED_MAX && mono_us() < state.retry_us;
}

static int syslog_connect(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = -1;

	syslog_close();
	if (pxe_str_copy(sun.sun_path, sizeof(sun.sun_path), state.syslog_path) != 0)
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0) {
		int err = -errno;

		(void)close(fd);
		state.refused++;
		state.retry_us = mono_us() + RETRY_US;
		return err;
	}
	state.refused = 0;
	state.sock = fd;
	return 0;
}

/* Started with 0, 1 or 2 closed, the next file or socket opened would get that number, and lines
 * meant for stderr would end up in it. */
static void fill_standard_descriptors(void)
{
	int fd = -1;

	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++) {
		if (fcntl(i, F_GETFD) >= 0)
			continue;
		fd = open("/dev/null", O_RDWR | O_NOCTTY); /* takes the lowest free number: i */
		if (fd > STDERR_FILENO)
			(void)close(fd);
	}
}

void pxe_log_setup(const char *ident, unsigned targets, int facility, enum pxe_log_level max_level)
{
	fill_standard_descriptors();
	(void)pthread_mutex_lock(&state.lock);
	state.ident = ident;
	state.targets = targets;
	state.facility = facility;
	state.is_journal = stderr_is_journal();
	atomic_store(&state.level, (int)max_level);
	syslog_close();
	/* Both now, while a later chroot cannot hide the files they need. */
	tzset();
	if ((targets & PXE_LOG_SYSLOG) != 0)
		(void)syslog_connect();
	(void)pthread_mutex_unlock(&state.lock);
}

void pxe_log_syslog_path(const char *path)
{
	(void)pthread_mutex_lock(&state.lock);
	state.syslog_path = path;
	syslog_close();
	(void)pthread_mutex_unlock(&state.lock);
}

void pxe_log_set_level(enum pxe_log_level max_level)
{
	atomic_store(&state.level, (int)max_level);
}

bool pxe_log_enabled(enum pxe_log_level level)
{
	return (int)level <= atomic_load_explicit(&state.level, memory_order_relaxed);
}

int pxe_log_facility(const char *name)
{
	for (size_t i = 0; i < sizeof(facilities) / sizeof(facilities[0]); i++) {
		if (pxe_str_ieq(name, facilities[i].name))
			return facilities[i].value;
	}
	return -1;
}

int pxe_log_level_parse(const char *name)
{
	static const char *const names[] = {"error", "warning", "notice", "info", "debug"};

	for (int i = 0; i <= PXE_LOG_DEBUG; i++) {
		if (pxe_str_ieq(name, names[i]))
			return i;
	}
	if (name[0] < '0' || name[0] > '7' || name[1] != '\0')
		return -1;
	/* emerg, alert and crit are error to us: there is nothing worse that we say. */
	return name[0] <= '3' ? PXE_LOG_ERROR : name[0] - '3';
}

/* The caller's format may carry a newline or worse; one call is one line, always. */
__attribute__((format(printf, 3, 0))) static size_t make_line(
    char *out, size_t cap, const char *fmt, va_list ap)
{
	char raw[LINE_MAX_LEN];
	struct pxe_text t = pxe_text_init(out, cap);
	int n = vsnprintf(raw, sizeof(raw), fmt, ap);
	size_t len = n < 0 ? 0 : (size_t)n < sizeof(raw) ? (size_t)n : sizeof(raw) - 1;

	while (len > 0 && raw[len - 1] == '\n')
		len--;
	for (size_t i = 0, from = 0; i <= len; i++) {
		if (i < len && (unsigned char)raw[i] >= 0x20 && raw[i] != 0x7f)
			continue;
		pxe_text_addn(&t, raw + from, i - from);
		if (i < len)
			pxe_text_addf(&t, "\\x%02x", (unsigned char)raw[i]);
		from = i + 1;
	}
	if ((n >= 0 && (size_t)n >= sizeof(raw)) || t.truncated) {
		static const char mark[] = "...";

		if (t.len < sizeof(mark) - 1)
			return t.len;
		memcpy(out + t.len - (sizeof(mark) - 1), mark, sizeof(mark) - 1);
	}
	return t.len;
}

static bool write_stderr(int severity, const char *line, size_t len)
{
	char buf[HEAD_MAX + LINE_MAX_LEN];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));
	struct pollfd pfd = {.fd = STDERR_FILENO, .events = POLLOUT};

	if (state.is_journal)
		pxe_text_addf(&t, "<%d>", severity);
	pxe_text_addn(&t, line, len);
	pxe_text_addc(&t, '\n');
	/* stderr is shared with whoever started us, so O_NONBLOCK is not ours to set; a pipe or
	 * stream socket that polls writable takes a line of this size whole. */
	if (poll(&pfd, 1, 0) != 1 || (pfd.revents & POLLOUT) == 0)
		return false;
	return write(STDERR_FILENO, t.p, t.len) == (ssize_t)t.len;
}

/* RFC 3164 4.1: "<PRI>Mmm dd hh:mm:ss ident[pid]: text", the host name left to the receiver. */
static bool write_syslog(int severity, const char *line, size_t len)
{
	static const char months[12][4] = {
	    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	char buf[HEAD_MAX + LINE_MAX_LEN];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));
	const char *ident = state.ident != NULL ? state.ident : program_invocation_short_name;
	time_t now = 0;
	struct tm tm;

	if (syslog_is_hopeless())
		return false;
	now = time(NULL);
	(void)localtime_r(&now, &tm);
	pxe_text_addf(&t, "<%d>%s %2d %02d:%02d:%02d %.64s[%ld]: ", state.facility | severity,
	    months[tm.tm_mon], tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, ident, (long)getpid());
	pxe_text_addn(&t, line, len);
	for (int attempt = 0; attempt < 2; attempt++) {
		if (state.sock < 0 && syslog_connect() != 0)
			return false;
		if (send(state.sock, t.p, t.len, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
			return true;
		if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
			return false;
		syslog_close(); /* the daemon behind it was restarted */
	}
	return false;
}

static bool (*const writers[TARGET_COUNT])(int severity, const char *line, size_t len) = {
    write_stderr, write_syslog};

/* One target, with what it lost before said first so that the order stays true. */
static void emit(enum target target, int severity, const char *line, size_t len)
{
	char note[64];

	if (state.lost[target] > 0) {
		int n = snprintf(note, sizeof(note), "%ju log lines were lost", state.lost[target]);

		if (!writers[target](LOG_WARNING, note, (size_t)n)) {
			state.lost[target]++;
			return;
		}
		state.lost[target] = 0;
	}
	if (!writers[target](severity, line, len))
		state.lost[target]++;
}

void pxe_logv(enum pxe_log_level level, const char *fmt, va_list ap)
{
	char line[LINE_MAX_LEN];
	int saved = errno;
	size_t len = 0;

	if (!pxe_log_enabled(level))
		return;
	len = make_line(line, sizeof(line), fmt, ap);
	(void)pthread_mutex_lock(&state.lock);
	if ((state.targets & PXE_LOG_STDERR) != 0)
		emit(TARGET_STDERR, LOG_ERR + (int)level, line, len);
	if ((state.targets & PXE_LOG_SYSLOG) != 0)
		emit(TARGET_SYSLOG, LOG_ERR + (int)level, line, len);
	(void)pthread_mutex_unlock(&state.lock);
	errno = saved;
}

void pxe_log(enum pxe_log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	pxe_logv(level, fmt, ap);
	va_end(ap);
}

/* A token is PXE_US_PER_S of tokens_us: time passed, times tokens a second, needs no division. */
static bool take_token(struct pxe_log_limit *limit, int64_t now_us, uint64_t *out_suppressed)
{
	int64_t full = (int64_t)(limit->burst > 0 ? limit->burst : 1) * PXE_US_PER_S;
	int64_t passed = now_us - limit->last_us;
	int64_t rate = limit->per_s;

	/* last_us 0 is a bucket never used: full. The division only guards the product. */
	if (limit->last_us == 0 || (rate > 0 && passed > full / rate))
		limit->tokens_us = full;
	else
		limit->tokens_us += passed * rate;
	limit->last_us = now_us;
	if (limit->tokens_us < PXE_US_PER_S) {
		limit->suppressed++;
		return false;
	}
	if (limit->tokens_us > full)
		limit->tokens_us = full;
	limit->tokens_us -= PXE_US_PER_S;
	*out_suppressed = limit->suppressed;
	limit->suppressed = 0;
	return true;
}

void pxe_log_limited(struct pxe_log_limit *limit, enum pxe_log_level level, const char *fmt, ...)
{
	char text[LINE_MAX_LEN - 64]; /* room for the count */
	uint64_t suppressed = 0;
	struct timespec ts;
	va_list ap;
	bool may = false;

	if (!pxe_log_enabled(level))
		return;
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	(void)pthread_mutex_lock(&limit_lock);
	may = take_token(limit, ts.tv_sec * PXE_US_PER_S + ts.tv_nsec / 1000, &suppressed);
	(void)pthread_mutex_unlock(&limit_lock);
	if (!may)
		return;
	va_start(ap, fmt);
	if (suppressed == 0) {
		pxe_logv(level, fmt, ap);
	} else {
		(void)vsnprintf(text, sizeof(text), fmt, ap);
		pxe_log(level, "%s (%ju more suppressed)", text, suppressed);
	}
	va_end(ap);
}
