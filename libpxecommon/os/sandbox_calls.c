/* SPDX-License-Identifier: BSD-2-Clause */
/* sandbox_calls.c -- which system calls a server may make: tables, and libseccomp to load them. */
#include <asm/termbits.h>
#include <errno.h>
#include <linux/sched.h>
#include <linux/sockios.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"
#include "libpxecommon/os/sandbox.h"
#include "libpxecommon/os/sandbox_impl.h"

/* Names and not numbers: what this machine or this libseccomp does not have is left out. Calls that
 * come in one form a word size stand together. */
typedef const char *const names[];

/* Of C libraries, libuv and whoever has threads, timers and sockets. */
static names always = {
    /* memory; mmap and mprotect see below */
    "brk", "madvise", "mremap", "munmap", "msync", "mlock", "munlock", "membarrier",
    /* threads and time */
    "futex", "futex_time64", "get_robust_list", "set_robust_list", "rseq", "sched_yield",
    "sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_get_priority_max",
    "sched_get_priority_min", "set_tid_address", "set_thread_area", "arch_prctl", "gettid",
    "getpid", "getppid", "getcpu", "exit", "exit_group", "restart_syscall", "clock_getres",
    "clock_getres_time64", "clock_gettime", "clock_gettime64", "clock_nanosleep",
    "clock_nanosleep_time64", "gettimeofday", "nanosleep", "time", "getrandom", "uname", "sysinfo",
    "getrlimit", "ugetrlimit", "getrusage", "times",
    /* signals */
    "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend",
    "rt_sigtimedwait", "rt_sigtimedwait_time64", "sigaltstack", "sigreturn", "sigaction",
    "sigprocmask", "pause",
    /* who we are; not to be changed */
    "getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getgroups", "getuid32",
    "geteuid32", "getgid32", "getegid32", "getresuid32", "getresgid32", "getgroups32", "getpgrp",
    "getpgid", "getsid", "capget", "umask",
    /* descriptors */
    "read", "readv", "pread64", "preadv", "preadv2", "write", "writev", "pwrite64", "pwritev",
    "pwritev2", "close", "close_range", "dup", "dup2", "dup3", "fcntl", "fcntl64", "lseek",
    "_llseek", "flock", "pipe", "pipe2", "eventfd", "eventfd2", "epoll_create", "epoll_create1",
    "epoll_ctl", "epoll_ctl_old", "epoll_pwait", "epoll_pwait2", "epoll_wait", "poll", "ppoll",
    "ppoll_time64", "select", "_newselect", "pselect6", "pselect6_time64", "timerfd_create",
    "timerfd_settime", "timerfd_settime64", "timerfd_gettime", "timerfd_gettime64",
    /* files, for reading; for writing Landlock and the kernel's own permissions decide */
    "open", "openat", "openat2", "access", "faccessat", "faccessat2", "stat", "stat64", "lstat",
    "lstat64", "fstat", "fstat64", "newfstatat", "fstatat64", "statx", "statfs", "statfs64",
    "fstatfs", "fstatfs64", "readlink", "readlinkat", "getdents", "getdents64", "getcwd",
    "fadvise64", "fadvise64_64", "arm_fadvise64_64", "readahead", "ftruncate", "ftruncate64",
    /* sockets; socket see below */
    "socketpair", "bind", "connect", "listen", "accept", "accept4", "getsockname", "getpeername",
    "getsockopt", "setsockopt", "shutdown", "send", "sendto", "sendmsg", "sendmmsg", "recv",
    "recvfrom", "recvmsg", "recvmmsg", "recvmmsg_time64"};

static names store = {"link", "linkat", "rename", "renameat", "renameat2", "unlink", "unlinkat",
    "fsync", "fdatasync", "sync_file_range", "sync_file_range2", "fallocate", "fchmod", "fchown",
    "fchown32", "utimensat", "utimensat_time64"};
static names watch = {"inotify_init", "inotify_init1", "inotify_add_watch", "inotify_rm_watch"};
static names send_files = {
    "sendfile", "sendfile64", "splice", "tee", "copy_file_range", "memfd_create"};
static names remove_files = {"unlink", "unlinkat"};

/* Where an intruder begins and no server ever does: the process ends. */
static names deadly = {"execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev",
    "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "bpf",
    "perf_event_open", "userfaultfd", "mount", "umount", "umount2", "mount_setattr", "move_mount",
    "fsopen", "open_tree", "pivot_root", "chroot", "setns", "unshare", "keyctl", "add_key",
    "request_key", "open_by_handle_at", "swapon", "swapoff", "reboot", "settimeofday",
    "clock_settime", "iopl", "ioperm", "personality"};

/* Their callers have another way, and take it when told that there is no such call: clone3 cannot
 * be looked into, io_uring goes round the whole filter. */
static names missing = {"clone3", "io_uring_setup", "io_uring_enter", "io_uring_register"};

/* Allowed whatever other tables say. */
static names sanitizers = {
#ifdef PXE_SANITIZED
    /* The leak checker stops us by ptrace from a process of its own, reports are made readable by a
     * program that is started. */
    "clone", "clone3", "fork", "vfork", "execve", "execveat", "wait4", "waitid", "ptrace", "kill",
    "tkill", "tgkill", "prctl", "personality", "sched_setaffinity", "process_vm_readv", "mmap",
    "mmap2", "mprotect", "prlimit64", "setrlimit",
#endif
    NULL};

/* Calls allowed with certain arguments only. mask 0: the whole word. */
struct special {
	const char *name;
	unsigned arg;
	uint64_t mask, value;
};

#ifdef __s390__
enum { CLONE_FLAGS_ARG = 1 };
#else
enum { CLONE_FLAGS_ARG = 0 };
#endif

static const struct special special[] = {
    {"clone", CLONE_FLAGS_ARG, CLONE_THREAD, CLONE_THREAD}, /* a thread, not a process */
    /* Memory is written or executed, never both. */
    {"mmap", 2, PROT_EXEC, 0},
    {"mmap", 2, PROT_EXEC | PROT_WRITE, PROT_EXEC},
    {"mmap2", 2, PROT_EXEC, 0},
    {"mmap2", 2, PROT_EXEC | PROT_WRITE, PROT_EXEC},
    {"mprotect", 2, PROT_EXEC, 0},
    {"socket", 0, 0, AF_UNIX},
    {"socket", 0, 0, AF_INET},
    {"socket", 0, 0, AF_INET6},
    {"socket", 0, 0, AF_NETLINK},
    {"prlimit64", 0, 0, 0}, /* our own */
    {"prctl", 0, 0, PR_SET_NAME},
    {"prctl", 0, 0, PR_GET_NAME},
    {"prctl", 0, 0, PR_GET_DUMPABLE},
    {"prctl", 0, 0, PR_CAPBSET_READ},
    {"prctl", 0, 0, 0x53564d41}, /* PR_SET_VMA: names of memory */
    /* The terminal's TIOCSTI is why these are few. */
    {"ioctl", 1, 0, FIONBIO},
    {"ioctl", 1, 0, FIOCLEX},
    {"ioctl", 1, 0, FIONREAD},
    {"ioctl", 1, 0, TCGETS},
    {"ioctl", 1, 0, TIOCGWINSZ},
    {"ioctl", 1, 0, SIOCGARP},
    {"ioctl", 1, 0, SIOCGIFINDEX},
    {"ioctl", 1, 0, SIOCGIFNAME},
    {"ioctl", 1, 0, SIOCGIFFLAGS},
    {"ioctl", 1, 0, SIOCGIFADDR},
    {"ioctl", 1, 0, SIOCGIFMTU},
    {"ioctl", 1, 0, SIOCGIFHWADDR},
    {"ioctl", 1, 0, SIOCOUTQ},
    {"ioctl", 1, 0, SIOCGSTAMP},
};

static const struct special frames[] = {{"socket", 0, 0, AF_PACKET}};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { NR_OPENAT2 = 437, NR_FIRST_UNKNOWN = 450, NR_END = 512 };

static bool is_for_sanitizers(const char *name)
{
	for (size_t i = 0; sanitizers[i] != NULL; i++) {
		if (strcmp(sanitizers[i], name) == 0)
			return true;
	}
	return false;
}

static int add_names(scmp_filter_ctx ctx, uint32_t action, const char *const *name, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n && err == 0; i++) {
		int nr = seccomp_syscall_resolve_name(name[i]);

		if (nr != __NR_SCMP_ERROR && !is_for_sanitizers(name[i]))
			err = seccomp_rule_add(ctx, action, nr, 0);
	}
	return err;
}

static int add_special(scmp_filter_ctx ctx, const struct special *s, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n && err == 0; i++) {
		int nr = seccomp_syscall_resolve_name(s[i].name);
		struct scmp_arg_cmp cmp =
		    s[i].mask != 0 ? SCMP_CMP64(s[i].arg, SCMP_CMP_MASKED_EQ, s[i].mask, s[i].value)
				   : SCMP_CMP64(s[i].arg, SCMP_CMP_EQ, s[i].value, 0);

		if (nr != __NR_SCMP_ERROR && !is_for_sanitizers(s[i].name))
			err = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, nr, 1, &cmp);
	}
	return err;
}

static int add_sanitizers(scmp_filter_ctx ctx)
{
	int err = 0;

	for (size_t i = 0; sanitizers[i] != NULL && err == 0; i++) {
		int nr = seccomp_syscall_resolve_name(sanitizers[i]);

		if (nr != __NR_SCMP_ERROR)
			err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0);
	}
	return err;
}

/* abort() and raise(): signals to ourselves. */
static int add_signals(scmp_filter_ctx ctx)
{
	uint64_t self = (uint64_t)getpid();
	const struct special s[] = {{"kill", 0, 0, self}, {"tgkill", 0, 0, self}};

	return add_special(ctx, s, COUNT(s));
}

/* Since openat2 new calls have the same number on nearly every machine. */
static int add_unknown(scmp_filter_ctx ctx)
{
	int err = 0;

	if (SCMP_SYS(openat2) != NR_OPENAT2)
		return 0;
	for (int nr = NR_FIRST_UNKNOWN; nr < NR_END && err == 0; nr++)
		err = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), nr, 0);
	return err;
}

static int add_groups(scmp_filter_ctx ctx, unsigned calls)
{
	static const struct {
		unsigned flag;
		const char *const *name;
		size_t n;
	} group[] = {{PXE_SANDBOX_STORE, store, COUNT(store)},
	    {PXE_SANDBOX_WATCH, watch, COUNT(watch)},
	    {PXE_SANDBOX_SEND_FILES, send_files, COUNT(send_files)},
	    {PXE_SANDBOX_REMOVE, remove_files, COUNT(remove_files)}};
	int err = add_names(ctx, SCMP_ACT_ALLOW, always, COUNT(always));

	for (size_t i = 0; i < COUNT(group) && err == 0; i++) {
		if ((calls & group[i].flag) != 0)
			err = add_names(ctx, SCMP_ACT_ALLOW, group[i].name, group[i].n);
	}
	if (err == 0 && (calls & PXE_SANDBOX_FRAMES) != 0)
		err = add_special(ctx, frames, COUNT(frames));
	return err;
}

static int add_all(scmp_filter_ctx ctx, unsigned calls)
{
	int err = add_groups(ctx, calls);

	if (err == 0)
		err = add_special(ctx, special, COUNT(special));
	if (err == 0)
		err = add_signals(ctx);
	if (err == 0)
		err = add_names(ctx, SCMP_ACT_KILL_PROCESS, deadly, COUNT(deadly));
	if (err == 0)
		err = add_names(ctx, SCMP_ACT_ERRNO(ENOSYS), missing, COUNT(missing));
	if (err == 0)
		err = add_unknown(ctx);
	return err != 0 ? err : add_sanitizers(ctx);
}

static int set_attributes(scmp_filter_ctx ctx)
{
	int err = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);

	if (err == 0)
		err = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (err != 0)
		return err;
	/* Refusals to the audit log; look-up as a tree; and no slow-down for code that runs foreign
	 * programs, which we do not. Older kernels and libraries do without. */
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_LOG, 1);
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_SSB, 1);
	return 0;
}

int pxe_sandbox_calls(unsigned calls)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int err = ctx != NULL ? set_attributes(ctx) : -ENOMEM;

	if (err == 0)
		err = add_all(ctx, calls);
	if (err == 0)
		err = seccomp_load(ctx);
	if (ctx != NULL)
		seccomp_release(ctx);
	if (err == -EINVAL || err == -ENOSYS || err == -ECANCELED) {
		pxe_log_info(
		    "sandbox: this kernel does not filter system calls: %s", pxe_strerror(err));
		return 0;
	}
	return err != 0 ? err : 1;
}
