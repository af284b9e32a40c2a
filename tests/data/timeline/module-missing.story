# A part of the loader is missing.
who: 52:54:00:12:34:56
running: dhcpd tftpd httpfsd
{"daemon": "dhcpd", "seq": 1, "time": 1000.1, "stage": "offer", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "pxelinux.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "dhcpd", "seq": 2, "time": 1001.1, "stage": "ack", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "pxelinux.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "tftpd", "seq": 1, "time": 1001.2, "stage": "tftp-read", "reason": "ok", "ip": "192.0.2.100", "port": 2000, "file": "pxelinux.0", "bytes": 40000, "size": 40000, "duration": 0.02, "blksize": 1408}
{"daemon": "tftpd", "seq": 2, "time": 1001.3, "stage": "tftp-read", "reason": "not-found", "text": "no such file", "ip": "192.0.2.100", "port": 2000, "file": "ldlinux.c32", "tftp_error": 1}
own: 4
verdict: failed
says: the boot loader started, but a part of it could not be fetched. TFTP: ldlinux.c32: no such file
