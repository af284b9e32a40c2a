/* SPDX-License-Identifier: BSD-2-Clause */
/* priv.c -- give up what is not needed any more. */
#include "libpxecommon/os/priv.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"

enum { NAMES_BUF = 16384, GROUPS_MAX = 1024 };

/* Primary group too, unless out_gid is NULL. A number needs no entry in the user database. */
static int user_ids(const char *user, uid_t *out_uid, gid_t *out_gid)
{
	char buf[NAMES_BUF];
	struct passwd pw, *found = NULL;
	uint64_t number = 0;
	int err = getpwnam_r(user, &pw, buf, sizeof(buf), &found);

	if (found == NULL && pxe_parse_u64(user, 0, UINT32_MAX - 1, &number) == 0)
		(void)getpwuid_r((uid_t)number, &pw, buf, sizeof(buf), &found);
	else if (found == NULL)
		return err == EIO || err == EMFILE || err == ENFILE || err == ENOMEM
			   ? -err
			   : PXE_E_NOTFOUND;
	*out_uid = found != NULL ? pw.pw_uid : (uid_t)number;
	*out_gid = found != NULL ? pw.pw_gid : (gid_t)number;
	return 0;
}

static int group_id(const char *group, gid_t *out_gid)
{
	char buf[NAMES_BUF];
	struct group gr, *found = NULL;
	uint64_t number = 0;

	(void)getgrnam_r(group, &gr, buf, sizeof(buf), &found);
	if (found == NULL && pxe_parse_u64(group, 0, UINT32_MAX - 1, &number) != 0)
		return PXE_E_NOTFOUND;
	*out_gid = found != NULL ? gr.gr_gid : (gid_t)number;
	return 0;
}

int pxe_priv_ids(const char *user, const char *group, uid_t *out_uid, gid_t *out_gid)
{
	uid_t uid = getuid();
	gid_t gid = getgid();
	int err = user != NULL ? user_ids(user, &uid, &gid) : 0;

	if (err == 0 && group != NULL)
		err = group_id(group, &gid);
	if (err != 0)
		return err;
	*out_uid = uid;
	*out_gid = gid;
	return 0;
}

/* The user's supplementary groups; just gid for a user the database does not know. */
static int set_groups(uid_t uid, gid_t gid)
{
	char buf[NAMES_BUF];
	struct passwd pw, *found = NULL;
	gid_t list[GROUPS_MAX] = {gid};
	int n = GROUPS_MAX;

	(void)getpwuid_r(uid, &pw, buf, sizeof(buf), &found);
	if (found == NULL)
		n = 1;
	else if (getgrouplist(pw.pw_name, gid, list, &n) < 0)
		n = GROUPS_MAX;
	return setgroups((size_t)n, list) == 0 ? 0 : -errno;
}

/* What we may have of what is asked for: a service manager or container that withholds one has
 * decided, and whatever needs it will say so with its own error. */
static int choose_caps(const struct pxe_priv *p)
{
	bool may[CAP_LAST_CAP + 1] = {false};

	if (capng_get_caps_process() != 0)
		return -EPERM;
	for (size_t i = 0; i < p->nkeep; i++) {
		if (p->keep[i] >= 0 && p->keep[i] <= CAP_LAST_CAP)
			may[p->keep[i]] =
			    capng_have_capability(CAPNG_PERMITTED, (unsigned)p->keep[i]) != 0;
	}
	capng_clear(CAPNG_SELECT_ALL);
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++) {
		if (may[cap] &&
		    capng_update(CAPNG_ADD,
			CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE | CAPNG_BOUNDING_SET,
			(unsigned)cap) != 0)
			return -EPERM;
	}
	return 0;
}

static int enter_chroot(const char *dir)
{
	return chroot(dir) == 0 && chdir("/") == 0 ? 0 : -errno;
}

static bool has_cap(unsigned cap)
{
	return capng_get_caps_process() == 0 && capng_have_capability(CAPNG_EFFECTIVE, cap) != 0;
}

static int become(uid_t uid, gid_t gid, bool changes)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 && errno != EINVAL)
		return -errno;
	/* Sets PR_SET_KEEPCAPS around the change, so that what was chosen survives it. */
	if (changes && capng_change_id((int)uid, (int)gid, CAPNG_NO_FLAG) != 0)
		return -EPERM;
	if (!changes && capng_apply(CAPNG_SELECT_CAPS) != 0)
		return -EPERM;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -errno;
	/* Trust nobody, least of all ourselves. */
	if (getuid() != uid || geteuid() != uid || getgid() != gid || getegid() != gid)
		return -EPERM;
	return 0;
}

int pxe_priv_drop(const struct pxe_priv *p)
{
	uid_t uid = 0;
	gid_t gid = 0;
	int err = pxe_priv_ids(p->user, p->group, &uid, &gid);
	bool changes = false, may_bound = false;

	if (err != 0)
		return err;
	/* Who is us already keeps the group it was given by whoever started us. */
	if (uid == getuid() && p->group == NULL)
		gid = getgid();
	changes = uid != getuid() || gid != getgid();
	may_bound = has_cap(CAP_SETPCAP);
	/* All that reads the user database or /proc, or needs root's powers, before they go. */
	if ((changes || p->user != NULL) && has_cap(CAP_SETGID))
		err = set_groups(uid, gid);
	if (err == 0)
		err = choose_caps(p);
	if (err == 0 && may_bound && capng_apply(CAPNG_SELECT_BOUNDS) != 0)
		err = -EPERM;
	if (err == 0 && p->chroot_dir != NULL)
		err = enter_chroot(p->chroot_dir);
	return err != 0 ? err : become(uid, gid, changes);
}
