/* SPDX-License-Identifier: BSD-2-Clause */
/* param_table.h -- the parameters of the server: the one list.
 *
 * X(id, keyword, kind, min, max, default, words, scopes, support, note). Those that ISC's server
 * knows and this list does not (ldap-*, use-eui-64, persist-eui-64-leases) are compiled into
 * special builds of it only; elsewhere they are errors, as here. `authoritative` is a property of a
 * scope (model.h), `server-identifier` an option, `server-duid` a declaration.
 */
#pragma once

#define PARAM_TABLE(X)                                                                             \
	X(DEFAULT_LEASE_TIME, "default-lease-time", TIME, 0, 0, 43200, NULL, SCOPE_IN_ANY, FULL,   \
	    NULL)                                                                                  \
	X(MAX_LEASE_TIME, "max-lease-time", TIME, 0, 0, 86400, NULL, SCOPE_IN_ANY, FULL, NULL)     \
	X(MIN_LEASE_TIME, "min-lease-time", TIME, 0, 0, 300, NULL, SCOPE_IN_ANY, FULL, NULL)       \
	X(DYNAMIC_BOOTP_LEASE_CUTOFF, "dynamic-bootp-lease-cutoff", TIME, 0, 0, UINT32_MAX, NULL,  \
	    SCOPE_IN_ANY, FULL, NULL)                                                              \
	X(DYNAMIC_BOOTP_LEASE_LENGTH, "dynamic-bootp-lease-length", TIME, 0, 0, UINT32_MAX, NULL,  \
	    SCOPE_IN_ANY, FULL, NULL)                                                              \
	X(BOOT_UNKNOWN_CLIENTS, "boot-unknown-clients", FLAG, 0, 0, 1, NULL, SCOPE_IN_ANY, FULL,   \
	    NULL)                                                                                  \
	X(DYNAMIC_BOOTP, "dynamic-bootp", FLAG, 0, 0, 0, NULL, SCOPE_IN_ANY, WARN,                 \
	    "say range dynamic-bootp, or allow dynamic bootp clients in a pool")                   \
	X(ALLOW_BOOTP, "allow-bootp", FLAG, 0, 0, 1, NULL, SCOPE_IN_ANY, FULL, NULL)               \
	X(ALLOW_BOOTING, "allow-booting", FLAG, 0, 0, 1, NULL, SCOPE_IN_ANY, FULL, NULL)           \
	X(ONE_LEASE_PER_CLIENT, "one-lease-per-client", FLAG, 0, 0, 0, NULL, SCOPE_IN_ANY, FULL,   \
	    NULL)                                                                                  \
	X(GET_LEASE_HOSTNAMES, "get-lease-hostnames", FLAG, 0, 0, 0, NULL, SCOPE_IN_ANY, FULL,     \
	    NULL)                                                                                  \
	X(USE_HOST_DECL_NAMES, "use-host-decl-names", FLAG, 0, 0, 0, NULL, SCOPE_IN_ANY, FULL,     \
	    NULL)                                                                                  \
	X(USE_LEASE_ADDR_FOR_DEFAULT_ROUTE, "use-lease-addr-for-default-route", FLAG, 0, 0, 0,     \
	    NULL, SCOPE_IN_ANY, FULL, NULL)                                                        \
	X(MIN_SECS, "min-secs", UINT, 0, 255, 0, NULL, SCOPE_IN_ANY, FULL, NULL)                   \
	X(FILENAME, "filename", TEXT, 0, 0, 0, NULL, SCOPE_IN_ANY, FULL, NULL)                     \
	X(SERVER_NAME, "server-name", TEXT, 0, 0, 0, NULL, SCOPE_IN_ANY, FULL, NULL)               \
	X(NEXT_SERVER, "next-server", IP4, 0, 0, 0, NULL, SCOPE_IN_ANY, FULL, NULL)                \
	X(VENDOR_OPTION_SPACE, "vendor-option-space", SPACE, 0, 0, 0, NULL, SCOPE_IN_ANY, FULL,    \
	    NULL)                                                                                  \
	X(ALWAYS_REPLY_RFC1048, "always-reply-rfc1048", FLAG, 0, 0, 0, NULL, SCOPE_IN_ANY, FULL,   \
	    NULL)                                                                                  \
	X(SITE_OPTION_SPACE, "site-option-space", TEXT, 0, 0, 0, NULL, SCOPE_IN_ANY, WARN,         \
	    "site options belong to the space dhcp; define them there")                            \
	X(ALWAYS_BROADCAST, "always-broadcast", FLAG, 0, 0, 0, NULL, SCOPE_IN_ANY, FULL, NULL)     \
	X(DDNS_DOMAINNAME, "ddns-domainname", TEXT, 0, 0, 0, NULL, SCOPE_IN_ANY, DDNS,             \
	    "DNS is not updated; let the clients or a hook on commit do it")                       \
	X(DDNS_HOSTNAME, "ddns-hostname", TEXT, 0, 0, 0, NULL, SCOPE_IN_ANY, DDNS,                 \
	    "DNS is not updated; let the clients or a hook on commit do it")                       \
	X(DDNS_REV_DOMAINNAME, "ddns-rev-domainname", TEXT, 0, 0, 0, NULL, SCOPE_IN_ANY, DDNS,     \
	    "DNS is not updated; let the clients or a hook on commit do it")                       \
	X(LEASE_FILE_NAME, "lease-file-name", TEXT, 0, 0, 0, NULL, SCOPE_IN(SCOPE_ROOT), FULL,     \
	    NULL)                                                                                  \
	X(PID_FILE_NAME, "pid-file-name", TEXT, 0, 0, 0, NULL, SCOPE_IN(SCOPE_ROOT), FULL, NULL)   \
	X(DUPLICATES, "duplicates", FLAG, 0, 0, 1, NULL, SCOPE_IN_ANY, FULL, NULL)                 \
	X(DECLINES, "declines", FLAG, 0, 0, 1, NULL, SCOPE_IN_ANY, FULL, NULL)                     \
	X(DDNS_UPDATES, "ddns-updates", FLAG, 0, 0, 1, NULL, SCOPE_IN_ANY, DDNS,                   \
	    "DNS is not updated; let the clients or a hook on commit do it")                       \
	X(OMAPI_PORT, "omapi-port", UINT, 0, 65535, 0, NULL, SCOPE_IN(SCOPE_ROOT), WARN,           \
	    "there is no OMAPI port; use the control socket")                                      \
	X(LOCAL_PORT, "local-port", UINT, 0, 65535, 0, NULL, SCOPE_IN(SCOPE_ROOT), FULL, NULL)     \
	X(LIMITED_BROADCAST_ADDRESS, "limited-broadcast-address", IP4, 0, 0, 0, NULL,              \
	    SCOPE_IN(SCOPE_ROOT), FULL, NULL)                                                      \
	X(REMOTE_PORT, "remote-port", UINT, 0, 65535, 0, NULL, SCOPE_IN(SCOPE_ROOT), FULL, NULL)   \
	X(LOCAL_ADDRESS, "local-address", IP4, 0, 0, 0, NULL, SCOPE_IN(SCOPE_ROOT), FULL, NULL)    \
	X(OMAPI_KEY, "omapi-key", SPACE, 0, 0, 0, NULL, SCOPE_IN(SCOPE_ROOT), WARN,                \
	    "there is no OMAPI port; use the control socket")                                      \
	X(STASH_AGENT_OPTIONS, "stash-agent-options", FLAG, 0, 0, 1, NULL, SCOPE_IN_ANY, FULL,     \
	    NULL)                                                                                  \
	X(DDNS_TTL, "ddns-ttl", TIME, 0, 0, 0, NULL, SCOPE_IN_ANY, DDNS,                           \
	    "DNS is not updated; let the clients or a hook on commit do it")                       \
	X(DDNS_UPDATE_STYLE, "ddns-update-style", WORD, 0, 0, 0, words_ddns_style,                 \
	    SCOPE_IN(SCOPE_ROOT), WARN,                                                            \
	    "DNS is not updated; let the clients or a hook on commit do it")                       \
	X(CLIENT_UPDATES, "client-updates", FLAG, 0, 0, 1, NULL, SCOPE_IN_ANY, DDNS,               \
	    "DNS is not updated; let the clients or a hook on commit do it")                       \
	X(UPDATE_OPTIMIZATION, "update-optimization", FLAG, 0, 0, 1, NULL, SCOPE_IN_ANY, DDNS,     \
	    "DNS is not updated; let the clients or a hook on commit do it")                       \
	X(PING_CHECK, "ping-check", FLAG, 0, 0, 1, NULL, SCOPE_IN_ANY, FULL, NULL)                 \
	X(UPDATE_STATIC_LEASES, "update-static-leases", FLAG, 0, 0, 0, NULL, SCOPE_IN_ANY, DDNS,   \
	    "DNS is not updated; let the clients or a hook on commit do it")                       \
	X(LOG_FACILITY, "log-facility", WORD, 0, 0, 3, words_facility, SCOPE_IN(SCOPE_ROOT), FULL, \
	    NULL)                                                                                  \
	X(DO_FORWARD_UPDATES, "do-forward-updates", FLAG, 0, 0, 1, NULL, SCOPE_IN_ANY, DDNS,       \
	    "DNS is not updated; let the clients or a hook on commit do it")                       \
	X(PING_TIMEOUT, "ping-timeout", TIME, 0, 0, 1, NULL, SCOPE_IN_ANY, FULL, NULL)             \
	X(INFINITE_IS_RESERVED, "infinite-is-reserved", FLAG, 0, 0, 0, NULL, SCOPE_IN_ANY, FULL,   \
	    NULL)                                                                                  \
	X(UPDATE_CONFLICT_DETECTION, "update-conflict-detection", FLAG, 0, 0, 1, NULL,             \
	    SCOPE_IN(SCOPE_ROOT), DDNS,                                                            \
	    "DNS is not updated; let the clients or a hook on commit do it")                       \
	X(LEASEQUERY, "leasequery", FLAG, 0, 0, 0, NULL, SCOPE_IN_ANY, FULL, NULL)                 \
	X(ADAPTIVE_LEASE_TIME_THRESHOLD, "adaptive-lease-time-threshold", UINT, 0, 255, 0, NULL,   \
	    SCOPE_IN_ANY, FULL, NULL)                                                              \
	X(DO_REVERSE_UPDATES, "do-reverse-updates", FLAG, 0, 0, 1, NULL, SCOPE_IN_ANY, DDNS,       \
	    "DNS is not updated; let the clients or a hook on commit do it")                       \
	X(FQDN_REPLY, "fqdn-reply", FLAG, 0, 0, 0, NULL, SCOPE_IN_ANY, DDNS,                       \
	    "DNS is not updated; let the clients or a hook on commit do it")                       \
	X(PREFERRED_LIFETIME, "preferred-lifetime", TIME, 0, 0, 0, NULL, SCOPE_IN_ANY, FULL, NULL) \
	X(DHCPV6_LEASE_FILE_NAME, "dhcpv6-lease-file-name", TEXT, 0, 0, 0, NULL,                   \
	    SCOPE_IN(SCOPE_ROOT), FULL, NULL)                                                      \
	X(DHCPV6_PID_FILE_NAME, "dhcpv6-pid-file-name", TEXT, 0, 0, 0, NULL, SCOPE_IN(SCOPE_ROOT), \
	    FULL, NULL)                                                                            \
	X(LIMIT_ADDRS_PER_IA, "limit-addrs-per-ia", UINT, 0, UINT32_MAX, 1, NULL, SCOPE_IN_ANY,    \
	    FULL, NULL)                                                                            \
	X(LIMIT_PREFS_PER_IA, "limit-prefs-per-ia", UINT, 0, UINT32_MAX, 1, NULL, SCOPE_IN_ANY,    \
	    FULL, NULL)                                                                            \
	X(DELAYED_ACK, "delayed-ack", UINT, 0, 65535, 0, NULL, SCOPE_IN(SCOPE_ROOT), WARN,         \
	    "replies are collected for one flush of the lease file anyway")                        \
	X(MAX_ACK_DELAY, "max-ack-delay", UINT, 0, UINT32_MAX, 250000, NULL, SCOPE_IN(SCOPE_ROOT), \
	    WARN, "replies are collected for one flush of the lease file anyway")                  \
	X(DHCP_CACHE_THRESHOLD, "dhcp-cache-threshold", UINT, 0, 255, 25, NULL, SCOPE_IN_ANY,      \
	    FULL, NULL)                                                                            \
	X(DONT_USE_FSYNC, "dont-use-fsync", FLAG, 0, 0, 0, NULL, SCOPE_IN(SCOPE_ROOT), FULL, NULL) \
	X(DDNS_LOCAL_ADDRESS4, "ddns-local-address4", IP4, 0, 0, 0, NULL, SCOPE_IN(SCOPE_ROOT),    \
	    DDNS, "DNS is not updated; let the clients or a hook on commit do it")                 \
	X(DDNS_LOCAL_ADDRESS6, "ddns-local-address6", IP6, 0, 0, 0, NULL, SCOPE_IN(SCOPE_ROOT),    \
	    DDNS, "DNS is not updated; let the clients or a hook on commit do it")                 \
	X(IGNORE_CLIENT_UIDS, "ignore-client-uids", FLAG, 0, 0, 0, NULL, SCOPE_IN_ANY, FULL, NULL) \
	X(LOG_THRESHOLD_LOW, "log-threshold-low", UINT, 0, 255, 0, NULL, SCOPE_IN_ANY, FULL, NULL) \
	X(LOG_THRESHOLD_HIGH, "log-threshold-high", UINT, 0, 255, 0, NULL, SCOPE_IN_ANY, FULL,     \
	    NULL)                                                                                  \
	X(ECHO_CLIENT_ID, "echo-client-id", FLAG, 0, 0, 0, NULL, SCOPE_IN_ANY, FULL, NULL)         \
	X(SERVER_ID_CHECK, "server-id-check", FLAG, 0, 0, 0, NULL, SCOPE_IN(SCOPE_ROOT), WARN,     \
	    "there is no failover, which alone it matters to")                                     \
	X(PREFIX_LENGTH_MODE, "prefix-length-mode", WORD, 0, 0, 1, words_prefix_mode,              \
	    SCOPE_IN(SCOPE_ROOT), FULL, NULL)                                                      \
	X(DHCPV6_SET_TEE_TIMES, "dhcpv6-set-tee-times", FLAG, 0, 0, 0, NULL, SCOPE_IN(SCOPE_ROOT), \
	    FULL, NULL)                                                                            \
	X(ABANDON_LEASE_TIME, "abandon-lease-time", TIME, 0, 0, 86400, NULL, SCOPE_IN(SCOPE_ROOT), \
	    FULL, NULL)                                                                            \
	X(CHECK_SECS_BYTE_ORDER, "check-secs-byte-order", FLAG, 0, 0, 0, NULL,                     \
	    SCOPE_IN(SCOPE_ROOT), WARN, "there is no failover, which alone it matters to")         \
	X(DDNS_DUAL_STACK_MIXED_MODE, "ddns-dual-stack-mixed-mode", FLAG, 0, 0, 0, NULL,           \
	    SCOPE_IN(SCOPE_ROOT), DDNS,                                                            \
	    "DNS is not updated; let the clients or a hook on commit do it")                       \
	X(DDNS_GUARD_ID_MUST_MATCH, "ddns-guard-id-must-match", FLAG, 0, 0, 1, NULL,               \
	    SCOPE_IN(SCOPE_ROOT), DDNS,                                                            \
	    "DNS is not updated; let the clients or a hook on commit do it")                       \
	X(DDNS_OTHER_GUARD_IS_DYNAMIC, "ddns-other-guard-is-dynamic", FLAG, 0, 0, 0, NULL,         \
	    SCOPE_IN(SCOPE_ROOT), DDNS,                                                            \
	    "DNS is not updated; let the clients or a hook on commit do it")                       \
	X(RELEASE_ON_ROAM, "release-on-roam", FLAG, 0, 0, 0, NULL, SCOPE_IN(SCOPE_ROOT), FULL,     \
	    NULL)                                                                                  \
	X(LOCAL_ADDRESS6, "local-address6", IP6, 0, 0, 0, NULL, SCOPE_IN(SCOPE_ROOT), FULL, NULL)  \
	X(BIND_LOCAL_ADDRESS6, "bind-local-address6", FLAG, 0, 0, 0, NULL, SCOPE_IN(SCOPE_ROOT),   \
	    FULL, NULL)                                                                            \
	X(PING_CLTT_SECS, "ping-cltt-secs", TIME, 0, 0, 60, NULL, SCOPE_IN_ANY, FULL, NULL)        \
	X(PING_TIMEOUT_MS, "ping-timeout-ms", TIME, 0, 0, 0, NULL, SCOPE_IN_ANY, FULL, NULL)       \
	X(DB_TIME_FORMAT, "db-time-format", WORD, 0, 0, 0, words_time_format,                      \
	    SCOPE_IN(SCOPE_ROOT), FULL, NULL)                                                      \
	X(LEASE_ID_FORMAT, "lease-id-format", WORD, 0, 0, 0, words_id_format,                      \
	    SCOPE_IN(SCOPE_ROOT), FULL, NULL)
