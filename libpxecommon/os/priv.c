/* SPDX-License-Identifier: BSD-2-Clause */
/* priv.c -- give up what is not needed any more. */
#include "libpxecommon/os/priv.h"

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
#include "libpxecommon/os/priv_caps.h"

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

static int enter_chroot(const char *dir)
{
	return chroot(dir) == 0 && chdir("/") == 0 ? 0 : -errno;
}

static int become(uid_t uid, gid_t gid, bool changes, uint64_t caps)
{
	int err = 0;

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 && errno != EINVAL)
		return -errno;
	err = changes ? pxe_caps_become(caps, uid, gid) : pxe_caps_apply(caps);
	if (err != 0)
		return err;
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
	uint64_t caps = 0;

	if (err != 0)
		return err;
	/* Who is us already keeps the group it was given by whoever started us. */
	if (uid == getuid() && p->group == NULL)
		gid = getgid();
	changes = uid != getuid() || gid != getgid();
	may_bound = pxe_caps_has(CAP_SETPCAP);
	/* All that reads the user database or /proc, or needs root's powers, before they go. */
	if ((changes || p->user != NULL) && pxe_caps_has(CAP_SETGID))
		err = set_groups(uid, gid);
	if (err == 0)
		err = pxe_caps_choose(p->keep, p->nkeep, &caps);
	if (err == 0 && may_bound)
		err = pxe_caps_bound();
	if (err == 0 && p->chroot_dir != NULL)
		err = enter_chroot(p->chroot_dir);
	return err != 0 ? err : become(uid, gid, changes, caps);
}
