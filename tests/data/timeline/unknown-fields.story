# A daemon newer than us.
who: 52:54:00:12:34:56
running: dhcpd tftpd httpfsd
{"daemon": "dhcpd", "seq": 1, "time": 1000.1, "stage": "discover", "reason": "no-subnet", "text": "no subnet declaration matches where the packet came from", "mac": "52:54:00:12:34:56", "future": {"a": [1]}, "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "dhcpd", "seq": 2, "time": 1000.2, "stage": "teleport", "reason": "quantum", "mac": "52:54:00:12:34:56", "text": "new in version 9"}
own: 2
verdict: failed
says: no answer to DISCOVER: no subnet declaration matches where the packet came from
