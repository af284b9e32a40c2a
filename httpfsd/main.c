/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c -- httpfsd, a file server of install trees. */
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "httpfsd/server.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"

int main(int argc, char **argv)
{
	static struct conf_flags flags;
	struct pxe_diag diag;
	int rc = 0;

	pxe_log_setup("httpfsd", PXE_LOG_STDERR, LOG_DAEMON, PXE_LOG_INFO);
	pxe_diag_init(&diag);
	rc = conf_flags_parse(argc, argv, &flags, &diag);
	if (rc == PXE_E_CONFIG) {
		char text[512];

		pxe_log_error("%s", pxe_diag_str(&diag.v[diag.n - 1], text, sizeof(text)));
	}
	pxe_diag_fini(&diag);
	if (rc != 0)
		return rc > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	return server_main(&flags);
}
