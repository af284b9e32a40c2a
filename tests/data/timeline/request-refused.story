# The lease could not be written.
who: 52:54:00:12:34:56
running: dhcpd tftpd httpfsd
{"daemon": "dhcpd", "seq": 1, "time": 1000.1, "stage": "offer", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "pxelinux.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "dhcpd", "seq": 2, "time": 1000.2, "stage": "request", "reason": "store-failed", "text": "the lease could not be made durable", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "detail": "No space left on device", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
own: 2
verdict: failed
says: the offer was requested, but not acknowledged: the lease could not be made durable (No space left on device)
