# The loader of the first attempt was missing; the second attempt is in its menu.
who: 52:54:00:12:34:56
running: dhcpd tftpd httpfsd
{"daemon": "dhcpd", "seq": 1, "time": 1000.1, "stage": "ack", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "old.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "tftpd", "seq": 1, "time": 1000.2, "stage": "tftp-read", "reason": "not-found", "text": "no such file", "ip": "192.0.2.100", "port": 2000, "file": "old.0", "tftp_error": 1}
{"daemon": "dhcpd", "seq": 2, "time": 1020.1, "stage": "ack", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "pxelinux.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "tftpd", "seq": 2, "time": 1020.2, "stage": "tftp-read", "reason": "ok", "ip": "192.0.2.100", "port": 2000, "file": "pxelinux.0", "bytes": 40000, "size": 40000, "duration": 0.02, "blksize": 1408}
{"daemon": "tftpd", "seq": 3, "time": 1020.6, "stage": "tftp-read", "reason": "ok", "ip": "192.0.2.100", "port": 2000, "file": "pxelinux.cfg/default", "bytes": 300, "size": 300, "duration": 0.02, "blksize": 1408}
own: 5
verdict: going
says: the boot loader has its configuration pxelinux.cfg/default, but no kernel was requested: it waits in its menu, boots from the local disk, or fetches from elsewhere
