# Named by its UUID; both ports of the machine count.
who: 33221100-5544-7766-8899-AABBCCDDEEFF
running: dhcpd tftpd httpfsd
{"daemon": "dhcpd", "seq": 1, "time": 1000.1, "stage": "discover", "reason": "no-free-lease", "text": "every permitted address is in use", "mac": "52:54:00:12:34:56", "uuid": "33221100-5544-7766-8899-aabbccddeeff", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "dhcpd", "seq": 2, "time": 1000.2, "stage": "discover", "reason": "no-subnet", "text": "no subnet declaration matches where the packet came from", "mac": "52:54:00:99:99:99", "uuid": "33221100-5544-7766-8899-aabbccddeeff", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
own: 2
verdict: failed
says: no answer to DISCOVER: no subnet declaration matches where the packet came from
