# The answer does not get back.
who: 52:54:00:12:34:56
running: relayd dhcpd
{"daemon": "relayd", "seq": 1, "time": 1000.1, "stage": "relay-request", "reason": "ok", "mac": "52:54:00:12:34:56", "arch": 0, "vendor_class": "PXEClient"}
{"daemon": "dhcpd", "seq": 1, "time": 1000.2, "stage": "offer", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "pxelinux.0", "giaddr": "192.0.2.1", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "relayd", "seq": 2, "time": 1000.3, "stage": "relay-reply", "reason": "bad-giaddr", "text": "giaddr is not ours or is spoofed", "mac": "52:54:00:12:34:56", "arch": 0, "vendor_class": "PXEClient", "detail": "giaddr 192.0.2.1 is no address of ours"}
own: 3
verdict: failed
says: the OFFER did not get through the relay: giaddr is not ours or is spoofed (giaddr 192.0.2.1 is no address of ours)
