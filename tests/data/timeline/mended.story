# What went wrong on the way to an address is over when it is there.
who: 52:54:00:12:34:56
running: dhcpd tftpd httpfsd
{"daemon": "dhcpd", "seq": 1, "time": 1000.1, "stage": "discover", "reason": "no-subnet", "text": "no subnet declaration matches where the packet came from", "mac": "52:54:00:12:34:56", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "dhcpd", "seq": 2, "time": 1004.1, "stage": "offer", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "old.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "dhcpd", "seq": 3, "time": 1004.2, "stage": "request", "reason": "store-failed", "text": "the lease could not be made durable", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "arch": 0}
{"daemon": "dhcpd", "seq": 4, "time": 1004.3, "stage": "nak", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "arch": 0}
{"daemon": "dhcpd", "seq": 5, "time": 1008.1, "stage": "ack", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "old.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "tftpd", "seq": 1, "time": 1008.2, "stage": "tftp-read", "reason": "not-found", "text": "no such file", "ip": "192.0.2.100", "port": 2000, "file": "old.0", "tftp_error": 1}
{"daemon": "dhcpd", "seq": 6, "time": 1020.1, "stage": "ack", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "pxelinux.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
own: 7
verdict: failed
says: 192.0.2.100 was assigned, but boot file pxelinux.0 was never requested from us; check next-server, and whether UDP port 69 is open on the way
