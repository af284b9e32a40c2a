/* SPDX-License-Identifier: BSD-2-Clause */
/* sandbox_paths.c -- Landlock by its system calls, which no C library has.
 *
 * The kernel's numbers and structs are repeated here: headers older than the kernel that runs must
 * not decide. landlock(7). */
#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"
#include "libpxecommon/os/sandbox_impl.h"

#define BIT(n) (UINT64_C(1) << (n))

enum { CREATE_RULESET = 444, ADD_RULE, RESTRICT_SELF };
enum { ABI_OF_KERNEL = 1, RULE_PATH_BENEATH = 1 };

#define EXECUTE  BIT(0)
#define WRITE    BIT(1)
#define READ     BIT(2)
#define READ_DIR BIT(3)
#define CHANGE   (BIT(5) | BIT(8)) /* remove and make files */
/* Folders, devices, sockets, FIFOs, links: nobody needs them. */
#define MAKE_MORE (BIT(4) | BIT(6) | BIT(7) | BIT(9) | BIT(10) | BIT(11) | BIT(12))
#define REFER     BIT(13) /* rename into another folder: nobody; ABI 2 */
#define TRUNCATE  BIT(14) /* ABI 3 */

#define OF_A_FILE (EXECUTE | WRITE | READ | TRUNCATE)

struct ruleset_attr {
	uint64_t handled_fs;
};

struct path_beneath {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));

/* What this kernel knows of. */
static uint64_t known(long abi)
{
	uint64_t all = EXECUTE | WRITE | READ | READ_DIR | CHANGE | MAKE_MORE;

	if (abi >= 2)
		all |= REFER;
	if (abi >= 3)
		all |= TRUNCATE;
	return all;
}

static int add_rule(long ruleset, const struct sandbox_rule *r, uint64_t handled)
{
	struct path_beneath beneath = {.fd = r->fd, .allowed = READ | READ_DIR};

	if (r->writable)
		beneath.allowed |= WRITE | TRUNCATE | CHANGE;
	beneath.allowed &= r->is_dir ? handled : handled & OF_A_FILE;
	return syscall(ADD_RULE, (int)ruleset, RULE_PATH_BENEATH, &beneath, 0) == 0 ? 0 : -errno;
}

int pxe_sandbox_paths(const struct sandbox_rule *rule, size_t n)
{
	long abi = syscall(CREATE_RULESET, NULL, (size_t)0, ABI_OF_KERNEL);
	struct ruleset_attr attr = {0};
	long ruleset = -1;
	int err = 0;

	if (abi < 1) {
		pxe_log_debug("sandbox: no Landlock here: %s", pxe_strerror(-errno));
		return 0;
	}
	attr.handled_fs = known(abi);
	ruleset = syscall(CREATE_RULESET, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return -errno;
	for (size_t i = 0; i < n && err == 0; i++)
		err = add_rule(ruleset, &rule[i], attr.handled_fs);
	if (err == 0 && syscall(RESTRICT_SELF, (int)ruleset, 0) != 0)
		err = -errno;
	(void)close((int)ruleset);
	return err != 0 ? err : 1;
}
