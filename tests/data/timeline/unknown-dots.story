# An address without a machine is not a name.
who: 5254.0012.9999
running: dhcpd tftpd httpfsd
{"daemon": "dhcpd", "seq": 1, "time": 1000.1, "stage": "discover", "reason": "no-subnet", "text": "no subnet declaration matches where the packet came from", "mac": "52:54:00:12:34:56", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
own: 0
verdict: unknown
says: nothing is known of 5254.0012.9999: no packet of it came in; check its cable, the network it is on, and whether the switch port forwards yet
