# Events come socket by socket and not by time.
who: 52:54:00:12:34:56
running: dhcpd tftpd httpfsd
{"daemon": "tftpd", "seq": 1, "time": 1001.2, "stage": "tftp-read", "reason": "not-found", "text": "no such file", "ip": "192.0.2.100", "port": 2000, "file": "pxelinux.0", "tftp_error": 1}
{"daemon": "dhcpd", "seq": 2, "time": 1001.1, "stage": "ack", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "pxelinux.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "dhcpd", "seq": 1, "time": 1000.1, "stage": "offer", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "pxelinux.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
own: 3
verdict: failed
says: the boot file could not be fetched. TFTP: pxelinux.0: no such file
