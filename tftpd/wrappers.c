/* SPDX-License-Identifier: BSD-2-Clause */
/* wrappers.c -- tcpwrappers, which in.tftpd 5.2 asks and we do not. */
#include "tftpd/wrappers.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "libpxecommon/base/str.h"
#include "libpxecommon/os/log.h"

#define HOSTS_DENY "/etc/hosts.deny"

/* hosts_access(5): "daemon, daemon@address EXCEPT daemon : clients". */
static bool is_for_us(char *rule)
{
	char *colon = strchr(rule, ':'), *rest = NULL;
	bool found = false;

	if (rule[0] == '#' || colon == NULL)
		return false;
	*colon = '\0';
	for (char *word = strtok_r(rule, " \t,", &rest); word != NULL;
	     word = strtok_r(NULL, " \t,", &rest)) {
		bool is_us;

		word[strcspn(word, "@")] = '\0';
		is_us = pxe_str_ieq(word, "in.tftpd");
		if (pxe_str_ieq(word, "EXCEPT")) {
			word = strtok_r(NULL, " \t,", &rest);
			return found && (word == NULL || !pxe_str_ieq(word, "in.tftpd"));
		}
		found = found || is_us || pxe_str_ieq(word, "ALL");
	}
	return found;
}

void wrappers_warn(void)
{
	FILE *f = fopen(HOSTS_DENY, "re");
	char line[4096];
	unsigned n = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		n++;
		if (!is_for_us(line))
			continue;
		pxe_log_warning("%s:%u refuses clients of in.tftpd, but tcpwrappers are not asked: "
				"put the rule into the firewall",
		    HOSTS_DENY, n);
		break;
	}
	if (f != NULL)
		(void)fclose(f);
}
