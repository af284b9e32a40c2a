# The address went to another machine: what it fetches then is not ours.
who: 52:54:00:12:34:56
running: dhcpd tftpd httpfsd
{"daemon": "dhcpd", "seq": 1, "time": 1000.1, "stage": "offer", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "pxelinux.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "dhcpd", "seq": 2, "time": 1001.1, "stage": "ack", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "pxelinux.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "tftpd", "seq": 1, "time": 1001.2, "stage": "tftp-read", "reason": "ok", "ip": "192.0.2.100", "port": 2000, "file": "pxelinux.0", "bytes": 40000, "size": 40000, "duration": 0.02, "blksize": 1408}
{"daemon": "dhcpd", "seq": 3, "time": 5001.2, "stage": "ack", "reason": "ok", "mac": "52:54:00:99:99:99", "ip": "192.0.2.100", "file": "pxelinux.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "tftpd", "seq": 2, "time": 5001.3, "stage": "tftp-read", "reason": "ok", "ip": "192.0.2.100", "port": 2000, "file": "vmlinuz", "bytes": 40000, "size": 40000, "duration": 0.02, "blksize": 1408}
{"daemon": "tftpd", "seq": 3, "time": 5001.4, "stage": "tftp-read", "reason": "ok", "ip": "192.0.2.100", "port": 2000, "file": "secret.cfg", "bytes": 40000, "size": 40000, "duration": 0.02, "blksize": 1408}
own: 3
verdict: failed
says: boot file pxelinux.0 was delivered, then nothing was requested any more: it did not start, or asks another server
