/* SPDX-License-Identifier: BSD-2-Clause */
/* net_names.c -- which interfaces are named, and what is said of those that are not served. */
#include "dhcpd/net_names.h"

#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"
#include "libpxecommon/os/log.h"

bool net_is_named(char *const *names, size_t nnames, const char *name)
{
	for (size_t i = 0; i < nnames; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

void net_say_no_subnet(const struct net_words *w, const char *name, const struct pxe_ip *ip)
{
	char text[PXE_IP_STRLEN];

	pxe_log_error("No %s declaration for %s (%s).", w->subnet, name,
	    ip->family != 0 ? pxe_ip_str(ip, text) : w->no_address);
	pxe_log_error("** Ignoring requests on %s.  If this is not what", name);
	pxe_log_error("   you want, please write a %s declaration", w->subnet);
	pxe_log_error("   in your dhcpd.conf file for the network segment");
	pxe_log_error("   to which interface %s is attached. **", name);
}

int net_check_names(const struct net_words *w, const struct pxe_ifaces *ifaces, char *const *names,
    size_t nnames, size_t served)
{
	char absent[512], there[512];
	struct pxe_text t = pxe_text_init(absent, sizeof(absent));

	for (size_t i = 0; i < nnames; i++) {
		if (pxe_iface_by_name(ifaces, names[i]) != NULL)
			continue;
		pxe_log_error("No %s declaration for %s (%s).", w->subnet, names[i], w->no_address);
		pxe_text_addf(&t, "%s%s", t.len > 0 ? ", " : "", names[i]);
	}
	if (served > 0)
		return 0;
	if (t.len > 0)
		pxe_log_error(
		    "Not configured to listen on any interfaces! There is no interface %s; "
		    "there are: %s",
		    absent, pxe_ifaces_names(ifaces, there, sizeof(there)));
	else
		pxe_log_error("Not configured to listen on any interfaces!");
	return PXE_E_NOTFOUND;
}
