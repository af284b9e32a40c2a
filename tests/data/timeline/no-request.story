# Assigned, but TFTP was never asked.
who: 52:54:00:12:34:56
running: dhcpd tftpd httpfsd
{"daemon": "dhcpd", "seq": 1, "time": 1000.1, "stage": "offer", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "pxelinux.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "dhcpd", "seq": 2, "time": 1001.1, "stage": "ack", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "pxelinux.0", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
own: 2
verdict: failed
says: 192.0.2.100 was assigned, but boot file pxelinux.0 was never requested from us; check next-server, and whether UDP port 69 is open on the way
