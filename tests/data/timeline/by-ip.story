# Named by its address, which another machine had before.
who: 192.0.2.100
running: dhcpd tftpd httpfsd
{"daemon": "dhcpd", "seq": 1, "time": 1000.1, "stage": "ack", "reason": "ok", "mac": "52:54:00:99:99:99", "ip": "192.0.2.100", "file": "old.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "tftpd", "seq": 1, "time": 1000.2, "stage": "tftp-read", "reason": "ok", "ip": "192.0.2.100", "port": 2000, "file": "old.0", "bytes": 40000, "size": 40000, "duration": 0.02, "blksize": 1408}
{"daemon": "dhcpd", "seq": 2, "time": 1000.3, "stage": "offer", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "pxelinux.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "dhcpd", "seq": 3, "time": 1001.3, "stage": "ack", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "pxelinux.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "tftpd", "seq": 2, "time": 1001.4, "stage": "tftp-read", "reason": "not-found", "text": "no such file", "ip": "192.0.2.100", "port": 2000, "file": "pxelinux.0", "tftp_error": 1}
own: 3
verdict: failed
says: the boot file could not be fetched. TFTP: pxelinux.0: no such file
