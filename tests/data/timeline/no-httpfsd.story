# The same while nobody serves HTTP.
who: 52:54:00:12:34:56
running: dhcpd tftpd
{"daemon": "dhcpd", "seq": 1, "time": 1000.1, "stage": "offer", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "pxelinux.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "dhcpd", "seq": 2, "time": 1001.1, "stage": "ack", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "pxelinux.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "tftpd", "seq": 1, "time": 1001.2, "stage": "tftp-read", "reason": "ok", "ip": "192.0.2.100", "port": 2000, "file": "pxelinux.0", "bytes": 40000, "size": 40000, "duration": 0.02, "blksize": 1408}
{"daemon": "tftpd", "seq": 2, "time": 1001.3, "stage": "tftp-read", "reason": "ok", "ip": "192.0.2.100", "port": 2000, "file": "ldlinux.c32", "bytes": 40000, "size": 40000, "duration": 0.02, "blksize": 1408}
{"daemon": "tftpd", "seq": 3, "time": 1001.4, "stage": "tftp-read", "reason": "not-found", "text": "no such file", "ip": "192.0.2.100", "port": 2000, "file": "pxelinux.cfg/33221100-5544-7766-8899-aabbccddeeff", "tftp_error": 1}
{"daemon": "tftpd", "seq": 4, "time": 1001.5, "stage": "tftp-read", "reason": "not-found", "text": "no such file", "ip": "192.0.2.100", "port": 2000, "file": "pxelinux.cfg/01-52-54-00-12-34-56", "tftp_error": 1}
{"daemon": "tftpd", "seq": 5, "time": 1001.6, "stage": "tftp-read", "reason": "ok", "ip": "192.0.2.100", "port": 2000, "file": "pxelinux.cfg/default", "bytes": 300, "size": 300, "duration": 0.02, "blksize": 1408}
{"daemon": "tftpd", "seq": 6, "time": 1001.7, "stage": "tftp-read", "reason": "ok", "ip": "192.0.2.100", "port": 2000, "file": "menu.c32", "bytes": 40000, "size": 40000, "duration": 0.02, "blksize": 1408}
{"daemon": "tftpd", "seq": 7, "time": 1001.8, "stage": "tftp-read", "reason": "ok", "ip": "192.0.2.100", "port": 2000, "file": "vmlinuz", "bytes": 8000000, "size": 8000000, "duration": 0.02, "blksize": 1408}
{"daemon": "tftpd", "seq": 8, "time": 1001.9, "stage": "tftp-read", "reason": "ok", "ip": "192.0.2.100", "port": 2000, "file": "initrd.gz", "bytes": 39000000, "size": 39000000, "duration": 0.02, "blksize": 1408}
own: 10
verdict: going
says: kernel vmlinuz and initrd fetched, but no kickstart or preseed requested from us (httpfsd does not answer here)
