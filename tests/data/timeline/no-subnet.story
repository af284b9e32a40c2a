# A relay that no subnet declaration knows.
who: 52:54:00:12:34:56
running: dhcpd tftpd httpfsd
{"daemon": "dhcpd", "seq": 1, "time": 1004.0, "stage": "discover", "reason": "no-subnet", "text": "no subnet declaration matches where the packet came from", "mac": "52:54:00:12:34:56", "giaddr": "10.9.9.1", "detail": "giaddr 10.9.9.1", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "dhcpd", "seq": 2, "time": 1008.0, "stage": "discover", "reason": "no-subnet", "text": "no subnet declaration matches where the packet came from", "mac": "52:54:00:12:34:56", "giaddr": "10.9.9.1", "detail": "giaddr 10.9.9.1", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "dhcpd", "seq": 3, "time": 1012.0, "stage": "discover", "reason": "no-subnet", "text": "no subnet declaration matches where the packet came from", "mac": "52:54:00:12:34:56", "giaddr": "10.9.9.1", "detail": "giaddr 10.9.9.1", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
own: 3
verdict: failed
says: no answer to DISCOVER: no subnet declaration matches where the packet came from (giaddr 10.9.9.1)
