/* SPDX-License-Identifier: BSD-2-Clause */
/* wrappers.h -- tcpwrappers, which in.tftpd 5.2 asks and we do not. */
#pragma once

/* Warn of the first rule in hosts.deny that is for in.tftpd: who swaps the programs must not lose
 * it unheard. */
void wrappers_warn(void);
