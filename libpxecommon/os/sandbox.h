/* SPDX-License-Identifier: BSD-2-Clause */
/* sandbox.h -- take from ourselves the system calls and files that serving does not need.
 *
 * Two locks of the kernel, either of which may be missing: a seccomp filter that allows the calls
 * of our libraries and the groups that a daemon asks for, and Landlock rules for the folders it
 * reads and writes. For good: a reload can ask for nothing more, so what it finds outside is
 * refused by pxe_sandbox_check with an error that says so.
 *
 * A call that is not allowed fails with EPERM, and the kernel's audit log has it, if it keeps one:
 * a library of another version may try what we have not seen, and a server that then goes on is
 * worth more to its network than one that is gone. Only what no part of a server has a use for and
 * an intruder starts with (execve, ptrace, mount, bpf, modules, namespaces) ends the process. Calls
 * that are newer than our list fail with ENOSYS, so that C libraries take the way they took before.
 *
 * Programs that a daemon starts would inherit both: one that has to start some goes without. In a
 * build with sanitizers their own calls (fork, ptrace, execve for the symbolizer) are allowed.
 */
#pragma once

#include <stdbool.h>

enum pxe_sandbox_calls {
	PXE_SANDBOX_STORE = 1 << 0,      /* link, rename, remove, give away, sync files */
	PXE_SANDBOX_FRAMES = 1 << 1,     /* packet sockets */
	PXE_SANDBOX_WATCH = 1 << 2,      /* inotify */
	PXE_SANDBOX_SEND_FILES = 1 << 3, /* sendfile, splice; files in memory to be sent so */
	PXE_SANDBOX_REMOVE = 1 << 4      /* remove files; for who removes nothing else, those of its
					    own start: control socket, pid file */
};

enum pxe_sandbox_access {
	PXE_SANDBOX_READ,
	PXE_SANDBOX_WRITE /* and read, make, rename, remove */
};

struct pxe_sandbox;

/* An empty list of folders, to which whatever name resolution and libraries read (/etc, /usr, /proc
 * and the like) is added by pxe_sandbox_enter. NULL when out of memory. */
struct pxe_sandbox *pxe_sandbox_new(void);
void pxe_sandbox_free(struct pxe_sandbox *sb); /* NULL ok */
/* Everything below path; or just it when it is a file. Links are followed now. NULL and what does
 * not exist are left out. A failure is kept and returned by pxe_sandbox_enter; sb NULL likewise. */
void pxe_sandbox_add(struct pxe_sandbox *sb, const char *path, enum pxe_sandbox_access access);
/* The folder that path is in, for files that others replace or that we remove. */
void pxe_sandbox_add_beside(
    struct pxe_sandbox *sb, const char *path, enum pxe_sandbox_access access);
/* The folders of a daemon's own files: of its configuration, to read; of its control socket and pid
 * file, to remove them at the end. NULL for what there is not. */
void pxe_sandbox_add_own(
    struct pxe_sandbox *sb, const char *config, const char *control, const char *pid_file);
/* No Landlock rules: for who is in a chroot, where paths mean something else and confine already.
 */
void pxe_sandbox_no_paths(struct pxe_sandbox *sb);

/* Close the door: calls is a sum of enum pxe_sandbox_calls. Sets no-new-privs. After the drop of
 * privileges. All threads get the filter, but only the calling one and those it starts later the
 * rules for files: call it before any is started (it says so at level debug when it comes too
 * late). What the kernel or the build lacks is logged (debug, info) and gone without. 0, -errno or
 * -ENOMEM (nothing has been closed then, but for no-new-privs). Once a process. */
int pxe_sandbox_enter(struct pxe_sandbox *sb, unsigned calls);

/* 0 when path may be opened as far as the rules in force tell (or when there are none, or it does
 * not exist), else PXE_E_SANDBOX. For what a reload names and for the reason of an EACCES. */
int pxe_sandbox_check(const char *path);
/* err, unless it is -EACCES and the rules are why: then PXE_E_SANDBOX. */
int pxe_sandbox_why(int err, const char *path);
/* A filter or rules are in force. */
bool pxe_sandbox_is_on(void);
