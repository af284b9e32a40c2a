/* SPDX-License-Identifier: BSD-2-Clause */
/* event.h -- the one event that each packet, transfer and request ends in, and why it ended so.
 *
 * Cores fill a struct pxe_event and hand it to their shell as an effect; the shell puts it on the
 * ring (os/events.h), from where the control socket streams it as a JSON line and pxectl joins the
 * streams into a timeline per machine. The schema is written down in libpxecommon/README.md and is
 * stable: fields are added, never changed. Stages and reasons are tables: one row, one place.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/str.h"

/* What happened: name in JSON. One a packet for DHCP, one a transfer or request for files. */
#define PXE_STAGE_TABLE(X)                                                                         \
	X(SERVICE, "service")   /* start, reload, stop of a daemon */                              \
	X(DISCOVER, "discover") /* a packet that got no answer ends in the stage it came as */     \
	X(OFFER, "offer")                                                                          \
	X(REQUEST, "request")                                                                      \
	X(ACK, "ack")                                                                              \
	X(NAK, "nak")                                                                              \
	X(DECLINE, "decline")                                                                      \
	X(RELEASE, "release")                                                                      \
	X(INFORM, "inform")                                                                        \
	X(BOOTP, "bootp")                                                                          \
	X(LEASEQUERY, "leasequery")                                                                \
	X(PACKET, "packet") /* not even a message: malformed, wrong type */                        \
	X(SOLICIT, "solicit")                                                                      \
	X(ADVERTISE, "advertise")                                                                  \
	X(CONFIRM, "confirm")                                                                      \
	X(RENEW, "renew")                                                                          \
	X(REBIND, "rebind")                                                                        \
	X(REPLY, "reply")                                                                          \
	X(INFOREQUEST, "inforequest")                                                              \
	X(LEASE, "lease")                 /* a lease changed by itself: expired, abandoned */      \
	X(RELAY_REQUEST, "relay-request") /* towards the servers */                                \
	X(RELAY_REPLY, "relay-reply")     /* towards the client */                                 \
	X(TFTP_READ, "tftp-read")                                                                  \
	X(TFTP_WRITE, "tftp-write")                                                                \
	X(HTTP, "http")

enum pxe_stage {
#define X(id, name) PXE_STAGE_##id,
	PXE_STAGE_TABLE(X)
#undef X
	    PXE_STAGE_COUNT
};

/* Why it ended so: name in JSON and counters, and the sentence pxectl prints. "ok" is the only good
 * end; "probe", "expected-miss", "not-modified" and "redirect" are usual ones. */
#define PXE_REASON_TABLE(X)                                                                        \
	X(OK, "ok", "done")                                                                        \
	X(PROBE, "probe", "size probe, ended by the client as usual")                              \
	X(NOT_MODIFIED, "not-modified", "the client's copy is current")                            \
	X(EXPECTED_MISS, "expected-miss", "optional file, not there")                              \
	X(NOT_FOUND, "not-found", "no such file")                                                  \
	X(FORBIDDEN, "forbidden", "access refused")                                                \
	X(BAD_PATH, "bad-path", "the name leaves the root or is malformed")                        \
	X(NOT_A_FILE, "not-a-file", "not a regular file")                                          \
	X(IO_ERROR, "io-error", "the file could not be read or written")                           \
	X(DISK_FULL, "disk-full", "no space left")                                                 \
	X(FILE_CHANGED, "file-changed", "the file changed during the transfer")                    \
	X(TIMEOUT, "timeout", "the client stopped answering")                                      \
	X(CLIENT_ABORT, "client-abort", "the client ended it")                                     \
	X(OPTION_REFUSED, "option-refused", "an option could not be agreed on")                    \
	X(BAD_REQUEST, "bad-request", "malformed request")                                         \
	X(BAD_METHOD, "bad-method", "method or mode not served")                                   \
	X(BAD_RANGE, "bad-range", "range outside the file")                                        \
	X(PRECONDITION, "precondition", "a precondition failed")                                   \
	X(TOO_LARGE, "too-large", "request or file too large")                                     \
	X(OVERLOAD, "overload", "a limit is reached")                                              \
	X(REDIRECT, "redirect", "sent to the directory's own name")                                \
	X(NO_SUBNET, "no-subnet", "no subnet declaration matches where the packet came from")      \
	X(NO_FREE_LEASE, "no-free-lease", "every permitted address is in use")                     \
	X(NO_PERMITTED_POOL, "no-permitted-pool", "no pool permits this client")                   \
	X(UNKNOWN_CLIENT, "unknown-client",                                                        \
	    "the client has no host declaration and unknown clients are denied")                   \
	X(BOOTING_DENIED, "booting-denied", "booting is denied for this client")                   \
	X(BOOTP_DENIED, "bootp-denied", "bootp is denied for this client")                         \
	X(NOT_AUTHORITATIVE, "not-authoritative",                                                  \
	    "the address is foreign and the server is not authoritative")                          \
	X(WRONG_NETWORK, "wrong-network", "the address does not belong to this network")           \
	X(ADDRESS_TAKEN, "address-taken", "the address belongs to somebody else")                  \
	X(UNKNOWN_LEASE, "unknown-lease", "no such lease")                                         \
	X(NOT_OWNER, "not-owner", "the lease belongs to another client")                           \
	X(OTHER_SERVER, "other-server", "the client chose another server")                         \
	X(MIN_SECS, "min-secs", "the client has not waited long enough yet")                       \
	X(IN_USE, "in-use", "the address answered a probe or was declined")                        \
	X(STORE_FAILED, "store-failed", "the lease could not be made durable")                     \
	X(EXPIRED, "expired", "the lease ended")                                                   \
	X(MALFORMED, "malformed", "malformed packet")                                              \
	X(WRONG_TYPE, "wrong-type", "not a message for this side")                                 \
	X(DUPLICATE, "duplicate", "a repeat of a packet in work")                                  \
	X(HOP_LIMIT, "hop-limit", "passed too many relays")                                        \
	X(BAD_GIADDR, "bad-giaddr", "giaddr is not ours or is spoofed")                            \
	X(BAD_AGENT_OPTION, "bad-agent-option", "relay agent option not accepted")                 \
	X(WRONG_INTERFACE, "wrong-interface", "came in on an interface of the other side")         \
	X(SEND_FAILED, "send-failed", "the answer could not be sent")                              \
	X(NO_BOOT_FILE, "no-boot-file", "address given, but no boot file applies")                 \
	X(STARTED, "started", "service started")                                                   \
	X(RELOADED, "reloaded", "configuration reloaded")                                          \
	X(RELOAD_FAILED, "reload-failed", "configuration has errors, the old one stays")           \
	X(STOPPED, "stopped", "service stopped")

enum pxe_reason {
#define X(id, name, text) PXE_REASON_##id,
	PXE_REASON_TABLE(X)
#undef X
	    PXE_REASON_COUNT
};

#define PXE_EVENT_TEXT_MAX 1024 /* longest file name kept; longer ones are cut */

/* Strings are borrowed for the call that takes the event; NULL means absent. Numbers that are 0 and
 * addresses of family 0 are absent too and are left out of the JSON. */
struct pxe_event {
	int64_t time_us;     /* wall clock */
	int64_t duration_us; /* from the first packet of the transfer or request to its end */
	uint64_t bytes;      /* body bytes really delivered */
	uint64_t size;       /* size of the whole file */
	enum pxe_stage stage;
	enum pxe_reason reason;
	struct pxe_hwaddr mac;
	struct pxe_ip ip;     /* the client's address: offered, leased or its source */
	struct pxe_ip server; /* our address in it */
	struct pxe_ip giaddr; /* relay */
	uint32_t xid;
	uint32_t status; /* HTTP status, TFTP error code + 1, else 0 */
	uint16_t port;   /* client's UDP or TCP port for transfers */
	uint16_t blksize, windowsize;
	uint32_t retransmits;
	uint8_t uuid[16];
	bool has_uuid, has_arch;
	uint16_t arch; /* option 93, RFC 4578 */
	const uint8_t *client_id;
	size_t client_id_len;
	const char *ifname;
	const char *hostname;
	const char *vendor_class; /* option 60, or the User-Agent for HTTP */
	const char *file;         /* name asked for; boot file for OFFER and ACK */
	const char *where;        /* "dhcpd.conf:12" that decided */
	const char *detail; /* one clause for a person: "pool 10.0.0.50-60: 11 of 11 in use" */
};

const char *pxe_stage_name(enum pxe_stage stage);
const char *pxe_reason_name(enum pxe_reason reason);
const char *pxe_reason_text(enum pxe_reason reason);

/* Compact form for the ring: only fields that are present, strings cut to PXE_EVENT_TEXT_MAX.
 * Returns the length written, or PXE_E_TOOBIG. PXE_EVENT_PACKED_MAX is always enough. */
#define PXE_EVENT_PACKED_MAX 8192
int pxe_event_pack(const struct pxe_event *ev, uint8_t *out, size_t cap);
/* Back from pack; string members point into p. 0 or PXE_E_CORRUPT. */
int pxe_event_unpack(const uint8_t *p, size_t len, struct pxe_event *out);
/* One JSON object without a newline, as in libpxecommon/README.md. */
void pxe_event_json(
    const struct pxe_event *ev, const char *daemon, uint64_t seq, struct pxe_text *t);
