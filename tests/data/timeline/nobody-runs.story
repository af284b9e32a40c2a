# No daemon that hears DHCP.
who: 52:54:00:12:34:56
running: tftpd
own: 0
verdict: unknown
says: nothing is known of 52:54:00:12:34:56: neither dhcpd nor relayd answers here
