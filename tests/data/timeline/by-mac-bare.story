# As a bar code scanner reads it.
who: 525400123456
running: dhcpd tftpd httpfsd
{"daemon": "dhcpd", "seq": 1, "time": 1000.1, "stage": "discover", "reason": "no-subnet", "text": "no subnet declaration matches where the packet came from", "mac": "52:54:00:12:34:56", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
own: 1
verdict: failed
says: no answer to DISCOVER: no subnet declaration matches where the packet came from
