/* SPDX-License-Identifier: BSD-2-Clause */
/* err.h -- the one error space of the suite.
 *
 * A function that can fail returns int: 0 for success, -errno for a failure of the system (libuv's
 * codes are the same numbers), or one of the PXE_E_* below for a failure of input. They live below
 * -10000, out of the way of both. New codes are added to the table only; name and text follow.
 */
#pragma once

#define PXE_ERR_TABLE(X)                                                                           \
	X(TRUNC, -10001, "input ends too early")                                                   \
	X(SYNTAX, -10002, "malformed")                                                             \
	X(RANGE, -10003, "value out of range")                                                     \
	X(TOOBIG, -10004, "does not fit")                                                          \
	X(NOTFOUND, -10005, "not found")                                                           \
	X(EXISTS, -10006, "already exists")                                                        \
	X(FULL, -10007, "no free address")                                                         \
	X(DENIED, -10008, "denied by policy")                                                      \
	X(TRAVERSAL, -10009, "path leaves the root")                                               \
	X(NOCOOKIE, -10010, "no DHCP magic cookie")                                                \
	X(UNSUPPORTED, -10011, "not supported")                                                    \
	X(CONFIG, -10012, "configuration has errors")                                              \
	X(AGAIN, -10013, "more input is needed")                                                   \
	X(CORRUPT, -10014, "data is damaged")                                                      \
	X(LIMIT, -10015, "a limit is reached")                                                     \
	X(SANDBOX, -10016, "outside of what the sandbox has allowed since the start: restart")

enum pxe_err {
#define X(name, num, text) PXE_E_##name = (num),
	PXE_ERR_TABLE(X)
#undef X
};

/* One line for an error of either kind. Never NULL; static storage for PXE_E_*, strerror's
 * thread-local one for errno values. */
const char *pxe_strerror(int err);
