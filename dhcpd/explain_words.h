/* SPDX-License-Identifier: BSD-2-Clause */
/* explain_words.h -- how KEY=VALUE words become a message: inside explain_input.c and
 * explain6_input.c only.
 */
#pragma once

#include "dhcpd/explain_input.h"
#include "libpxecommon/base/buf.h"
#include "libpxecommon/proto/dhcp_opt.h"

struct pxe_dhcp_msg;
struct draft6;

enum { EXPLAIN_VALUE_MAX = 255, EXPLAIN_PACKET_MAX = 1500 };

/* What the words say, until the message can be encoded. */
struct draft {
	struct explain_input *in;
	struct pxe_text *why;
	struct pxe_dhcp_msg *m; /* DHCPv4 */
	struct pxe_wr agent;
	uint8_t agent_body[EXPLAIN_VALUE_MAX];
	struct draft6 *six; /* DHCPv6 */
	const char *packet, *pcap;
	bool described; /* some word told of the client */
};

struct explain_key {
	const char *name;
	/* False: value is not what `allowed` says. */
	bool (*take)(struct draft *d, const struct explain_key *k, const char *value);
	uint16_t code; /* option, suboption of 82, or kind of IA */
	const char *allowed;
};

struct explain_keys {
	const struct explain_key *v;
	size_t n;
	unsigned code_max; /* of option-N= */
	bool (*take_option)(struct draft *d, const struct explain_key *k, const char *value);
};

#define EXPLAIN_BYTES "text, or bytes as 01:02 or 0x0102"

/* 0x0102, 01:02, or text, into out; its length, or an error. */
int explain_bytes(const char *value, uint8_t *out, size_t cap);
/* Two bytes: 7, 0x0007 or 00:07, as the configuration has it. */
bool explain_arch(const char *value, uint8_t out[2]);
/* Codes or names of options of a space, joined by commas; how many, 0: there is something else. */
size_t explain_codes(
    const struct pxe_opt_space *space, const char *value, uint16_t *out, size_t cap);
/* Keys of both families. */
bool explain_take_iface(struct draft *d, const struct explain_key *k, const char *value);
bool explain_take_packet(struct draft *d, const struct explain_key *k, const char *value);
bool explain_take_pcap(struct draft *d, const struct explain_key *k, const char *value);

/* explain6_input.c */
extern const struct explain_keys explain6_keys;
struct draft6 *explain6_draft_new(void); /* by malloc; NULL: no memory */
/* Make the message that the words describe, or take the one in hex. 0 or an error, cause in why. */
int explain6_finish(struct draft *d);
int explain6_from_hex(struct draft *d);
