# The initrd did not come whole.
who: 52:54:00:12:34:56
running: dhcpd tftpd httpfsd
{"daemon": "dhcpd", "seq": 1, "time": 1000.1, "stage": "offer", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "pxelinux.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "dhcpd", "seq": 2, "time": 1001.1, "stage": "ack", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "pxelinux.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "tftpd", "seq": 1, "time": 1001.2, "stage": "tftp-read", "reason": "ok", "ip": "192.0.2.100", "port": 2000, "file": "pxelinux.0", "bytes": 40000, "size": 40000, "duration": 0.02, "blksize": 1408}
{"daemon": "tftpd", "seq": 2, "time": 1001.3, "stage": "tftp-read", "reason": "ok", "ip": "192.0.2.100", "port": 2000, "file": "ldlinux.c32", "bytes": 40000, "size": 40000, "duration": 0.02, "blksize": 1408}
{"daemon": "tftpd", "seq": 3, "time": 1001.4, "stage": "tftp-read", "reason": "not-found", "text": "no such file", "ip": "192.0.2.100", "port": 2000, "file": "pxelinux.cfg/33221100-5544-7766-8899-aabbccddeeff", "tftp_error": 1}
{"daemon": "tftpd", "seq": 4, "time": 1001.5, "stage": "tftp-read", "reason": "not-found", "text": "no such file", "ip": "192.0.2.100", "port": 2000, "file": "pxelinux.cfg/01-52-54-00-12-34-56", "tftp_error": 1}
{"daemon": "tftpd", "seq": 5, "time": 1001.6, "stage": "tftp-read", "reason": "ok", "ip": "192.0.2.100", "port": 2000, "file": "pxelinux.cfg/default", "bytes": 300, "size": 300, "duration": 0.02, "blksize": 1408}
{"daemon": "tftpd", "seq": 6, "time": 1001.7, "stage": "tftp-read", "reason": "ok", "ip": "192.0.2.100", "port": 2000, "file": "vmlinuz", "bytes": 8000000, "size": 8000000, "duration": 0.02, "blksize": 1408}
{"daemon": "tftpd", "seq": 7, "time": 1001.8, "stage": "tftp-read", "reason": "client-abort", "text": "the client ended it", "ip": "192.0.2.100", "port": 2000, "file": "initrd.img", "bytes": 1000000, "size": 39000000, "duration": 0.02, "blksize": 1408, "detail": "client sent ERROR 3 (disk full)"}
own: 9
verdict: failed
says: the initrd could not be fetched. TFTP: initrd.img broke off after 1.0 MB of 39.0 MB: the client ended it: client sent ERROR 3 (disk full)
