# The answer could not leave.
who: 52:54:00:12:34:56
running: dhcpd tftpd httpfsd
{"daemon": "dhcpd", "seq": 1, "time": 1000.1, "stage": "offer", "reason": "send-failed", "text": "the answer could not be sent", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "pxelinux.0", "detail": "Network is down", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
own: 1
verdict: failed
says: the answer could not be sent: the answer could not be sent (Network is down)
