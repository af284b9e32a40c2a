# The client went silent in the middle.
who: 52:54:00:12:34:56
running: dhcpd tftpd httpfsd
{"daemon": "dhcpd", "seq": 1, "time": 1000.1, "stage": "offer", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "pxelinux.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "dhcpd", "seq": 2, "time": 1001.1, "stage": "ack", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "pxelinux.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "tftpd", "seq": 1, "time": 1001.2, "stage": "tftp-read", "reason": "timeout", "text": "the client stopped answering", "ip": "192.0.2.100", "port": 2000, "file": "pxelinux.0", "bytes": 20000, "size": 42430, "duration": 0.02, "blksize": 1408, "detail": "block 15 was not acknowledged"}
own: 3
verdict: failed
says: the boot file could not be fetched. TFTP: pxelinux.0 broke off after 20.0 kB of 42.4 kB: the client stopped answering (block 15 was not acknowledged)
