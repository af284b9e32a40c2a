/* SPDX-License-Identifier: BSD-2-Clause */
/* priv_test.c -- what is left of root after the drop. */
#include "libpxecommon/os/priv.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "libpxecommon/base/err.h"
#include "os_test.h"

/* Value of a hexadecimal line of /proc/self/status, e.g. "CapEff". */
static unsigned long long status_mask(const char *name)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256], key[32];
	unsigned long long v = ~0ULL;

	ck_assert_ptr_nonnull(f);
	(void)snprintf(key, sizeof(key), "%s:\t", name);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, key, strlen(key)) == 0)
			v = strtoull(line + strlen(key), NULL, 16);
	}
	(void)fclose(f);
	return v;
}

static int bind_port(uint16_t port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int err = bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0 ? 0 : -errno;

	(void)close(fd);
	return err;
}

START_TEST(names_and_numbers_are_resolved)
{
	struct passwd *pw = getpwnam("nobody");
	uid_t uid = 0;
	gid_t gid = 0;

	ck_assert_ptr_nonnull(pw);
	ck_assert_int_eq(pxe_priv_ids("nobody", NULL, &uid, &gid), 0);
	ck_assert_uint_eq(uid, pw->pw_uid);
	ck_assert_uint_eq(gid, pw->pw_gid);
	ck_assert_int_eq(pxe_priv_ids("nobody", "daemon", &uid, &gid), 0);
	ck_assert_uint_eq(gid, getgrnam("daemon")->gr_gid);
	ck_assert_int_eq(pxe_priv_ids("54321", NULL, &uid, &gid), 0);
	ck_assert_uint_eq(uid, 54321);
	ck_assert_uint_eq(gid, 54321);
	ck_assert_int_eq(pxe_priv_ids("0", "12345", &uid, &gid), 0);
	ck_assert_uint_eq(uid, 0);
	ck_assert_uint_eq(gid, 12345);
	uid = 7;
	gid = 8;
	ck_assert_int_eq(pxe_priv_ids("no-such-user", NULL, &uid, &gid), PXE_E_NOTFOUND);
	ck_assert_int_eq(pxe_priv_ids("nobody", "no-such-group", &uid, &gid), PXE_E_NOTFOUND);
	ck_assert_int_eq(pxe_priv_ids("4294967295", NULL, &uid, &gid), PXE_E_NOTFOUND);
	ck_assert_uint_eq(uid, 7);
	ck_assert_uint_eq(gid, 8);
	ck_assert_int_eq(pxe_priv_ids(NULL, NULL, &uid, &gid), 0);
	ck_assert_uint_eq(uid, getuid());
	ck_assert_uint_eq(gid, getgid());
}
END_TEST

START_TEST(user_without_capabilities_has_none)
{
	struct pxe_priv p = {.user = "nobody"};
	gid_t groups[16] = {0};
	int n = 0;

	SKIP_UNLESS_ROOT();
	ck_assert_int_eq(setgroups(2, (gid_t[]){0, 1}), 0);
	ck_assert_int_eq(pxe_priv_drop(&p), 0);
	ck_assert_uint_eq(getuid(), getpwnam("nobody")->pw_uid);
	ck_assert_uint_eq(geteuid(), getuid());
	ck_assert_uint_eq(getegid(), getpwnam("nobody")->pw_gid);
	n = getgroups(16, groups);
	ck_assert_int_eq(n, 1); /* root's are gone */
	ck_assert_uint_eq(groups[0], getegid());
	ck_assert_int_eq(setuid(0), -1);
	ck_assert_int_eq(bind_port(67), -EACCES);
	ck_assert_uint_eq(status_mask("CapEff"), 0);
	ck_assert_uint_eq(status_mask("CapPrm"), 0);
	ck_assert_uint_eq(status_mask("CapInh"), 0);
	ck_assert_uint_eq(status_mask("CapBnd"), 0);
	ck_assert_uint_eq(status_mask("CapAmb"), 0);
	ck_assert_int_eq(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
}
END_TEST

START_TEST(kept_capabilities_survive)
{
	static const int keep[] = {CAP_NET_BIND_SERVICE, CAP_NET_RAW};
	struct pxe_priv p = {.user = "nobody", .group = "daemon", .keep = keep, .nkeep = 2};
	unsigned long long want = 1ULL << CAP_NET_BIND_SERVICE | 1ULL << CAP_NET_RAW;

	SKIP_UNLESS_ROOT();
	os_test_netns(); /* port 67 may be in use outside */
	ck_assert_int_eq(pxe_priv_drop(&p), 0);
	ck_assert_uint_ne(getuid(), 0);
	ck_assert_uint_eq(getgid(), getgrnam("daemon")->gr_gid);
	ck_assert_uint_eq(status_mask("CapEff"), want);
	ck_assert_uint_eq(status_mask("CapPrm"), want);
	ck_assert_uint_eq(status_mask("CapInh"), 0); /* nothing to hand on */
	ck_assert_uint_eq(status_mask("CapBnd"), 0);
	ck_assert_uint_eq(status_mask("CapAmb"), 0);
	ck_assert_int_eq(bind_port(67), 0);
	ck_assert_int_eq(setuid(0), -1);
}
END_TEST

START_TEST(root_may_stay_root_without_its_powers)
{
	static const int keep[] = {CAP_NET_RAW};
	struct pxe_priv p = {.keep = keep, .nkeep = 1};

	SKIP_UNLESS_ROOT();
	ck_assert_int_eq(pxe_priv_drop(&p), 0);
	ck_assert_uint_eq(getuid(), 0);
	ck_assert_uint_eq(status_mask("CapEff"), 1ULL << CAP_NET_RAW);
	ck_assert_uint_eq(status_mask("CapInh"), 0);
	ck_assert_uint_eq(status_mask("CapBnd"), 0);
	ck_assert_int_eq(chown("/tmp", 1, 1), -1);
}
END_TEST

START_TEST(chroot_is_entered_first)
{
	struct pxe_priv p = {.user = "nobody", .chroot_dir = os_test_dir()};
	pid_t child = 0;
	int status = 0;

	SKIP_UNLESS_ROOT();
	os_test_write(os_test_path("here"), "x");
	/* In there neither Check's pipe nor a sanitizer's look at /proc works. */
	child = fork();
	if (child == 0) {
		if (pxe_priv_drop(&p) != 0)
			_exit(1);
		if (access("/here", F_OK) != 0 || access("/etc/passwd", F_OK) == 0)
			_exit(2);
		_exit(getuid() != 0 && setuid(0) != 0 ? 0 : 3);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	os_test_remove_dir();
}
END_TEST

START_TEST(what_was_withheld_stays_so)
{
	static const int keep[] = {CAP_NET_RAW, CAP_NET_BIND_SERVICE};
	struct pxe_priv first = {.user = "nobody", .keep = keep, .nkeep = 1};
	struct pxe_priv again = {.user = "nobody", .keep = keep, .nkeep = 2};

	SKIP_UNLESS_ROOT();
	ck_assert_int_eq(pxe_priv_drop(&first), 0);
	/* As started by a service manager: not root, user is us, one capability missing. */
	ck_assert_int_eq(pxe_priv_drop(&again), 0);
	ck_assert_uint_eq(status_mask("CapEff"), 1ULL << CAP_NET_RAW);
}
END_TEST

START_TEST(impossible_drops_fail)
{
	struct pxe_priv p = {.user = "no-such-user"};

	ck_assert_int_eq(pxe_priv_drop(&p), PXE_E_NOTFOUND);
	SKIP_UNLESS_ROOT();
	p = (struct pxe_priv){.user = "nobody", .chroot_dir = "/nonexistent"};
	ck_assert_int_eq(pxe_priv_drop(&p), -ENOENT);
	p = (struct pxe_priv){.user = "nobody"};
	ck_assert_int_eq(pxe_priv_drop(&p), 0);
	p.user = "daemon"; /* no way from here to there */
	ck_assert_int_eq(pxe_priv_drop(&p), -EPERM);
}
END_TEST

CHECK_MAIN("os/priv", names_and_numbers_are_resolved, user_without_capabilities_has_none,
    kept_capabilities_survive, root_may_stay_root_without_its_powers, chroot_is_entered_first,
    what_was_withheld_stays_so, impossible_drops_fail)
