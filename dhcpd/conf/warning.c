/* SPDX-License-Identifier: BSD-2-Clause */
/* warning.c -- the table of warnings. The table in dhcpd(8) has the same rows. */
#include "dhcpd/conf/warning.h"

#include <string.h>

static const struct conf_warning warnings[] = {
    {"address-twice", "an address is fixed for two hosts"},
    {"and-or", "and and or are mixed without parentheses"},
    {"arch-7", "architecture 00:09 is looked for, but not 00:07, which most UEFI firmware sends"},
    {"bad-pattern", "a pattern is no regular expression and never matches"},
    {"bad-url", "the boot file of DHCPv6 is no proper URL"},
    {"class-never", "a class has no match, spawn or add, and so no client is in it"},
    {"class-too-early", "a class asks for what is known only once it has been matched"},
    {"computed-pattern", "a pattern comes from the packet and never matches"},
    {"domain-blank", "a name in a list of domains has a blank in it"},
    {"failover", "a failover peer is declared in a way that disables load balancing"},
    {"function-arguments", "a function is given the wrong number of arguments"},
    {"global-host", "a host stands inside a block, but holds everywhere"},
    {"hardware-length", "the address of an ethernet card has not six bytes"},
    {"hardware-type", "hardware is compared without its type byte"},
    {"hex-name", "a variable has a name that reads as a hex number"},
    {"host-in-range", "the fixed address of a host lies in a range"},
    {"host-no-key", "a host has neither a hardware address nor an identifier"},
    {"host-no-subnet", "the fixed address of a host is in no subnet"},
    {"host-twice", "a hardware address is in two hosts of one network"},
    {"key-algorithm", "a key names an unknown algorithm"},
    {"lease-times", "lease times contradict each other"},
    {"long-name", "a boot file or server name does not fit into its field"},
    {"misplaced-parameter", "a parameter has an effect only outside of all blocks"},
    {"never-equal", "a comparison is of values that are never equal"},
    {"no-effect", "a statement does nothing"},
    {"no-next-server", "a boot file is named, but no server to fetch it from"},
    {"not-done", "a statement of ISC dhcpd is accepted and has no effect here"},
    {"number", "a number does not fit and is cut"},
    {"option-code", "an option can never be sent, because its code does not fit its space"},
    {"range-edge", "a range holds the network's or the broadcast address"},
    {"range6-overlap", "two ranges or prefixes of DHCPv6 overlap"},
    {"router-in-range", "the address of a router lies in a range"},
    {"router-off-link", "a router is not on the network of its clients"},
    {"said-twice", "an option or parameter is set twice in one block"},
    {"space-exists", "an option space is declared that is built in"},
    {"subnet-option", "the mask or broadcast address of a subnet contradicts its declaration"},
    {"subnet-overlap", "two subnets overlap"},
    {"subnet-shadowed", "a subnet is declared twice"},
    {"unknown-function", "a function is called that nobody defines"},
    {"unknown-space", "vendor-option-space names a space that does not exist"},
    {"url-needs-dns", "a boot file is on a host with a name, but clients get no name servers"},
    {"url-needs-router", "a boot file is on another network, but clients get no routers"},
};

const struct conf_warning *conf_warning_at(size_t i)
{
	return i < sizeof(warnings) / sizeof(warnings[0]) ? &warnings[i] : NULL;
}

const struct conf_warning *conf_warning_find(const char *code)
{
	for (size_t i = 0; i < sizeof(warnings) / sizeof(warnings[0]); i++) {
		if (strcmp(warnings[i].code, code) == 0)
			return &warnings[i];
	}
	return NULL;
}
