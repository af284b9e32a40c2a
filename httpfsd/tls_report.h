/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_report.h -- a handshake that failed: its counter, its event, its line in the log.
 */
#pragma once

#include "httpfsd/worker.h"

/* text: more precise than why, or NULL. The log takes a few a second, the others are counted in its
 * next line; every failure has its event, except PLAIN, whose request has one. */
void tls_report(
    struct worker *w, const struct pxe_endpoint *peer, enum tls_failure why, const char *text);
