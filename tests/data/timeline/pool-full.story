# Every address is taken.
who: 52:54:00:12:34:56
running: dhcpd tftpd httpfsd
{"daemon": "dhcpd", "seq": 1, "time": 1000.1, "stage": "discover", "reason": "no-free-lease", "text": "every permitted address is in use", "mac": "52:54:00:12:34:56", "detail": "pool 10.0.0.50-10.0.0.60: 11 of 11 in use", "where": "dhcpd.conf:12", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
own: 1
verdict: failed
says: no answer to DISCOVER: every permitted address is in use (pool 10.0.0.50-10.0.0.60: 11 of 11 in use), decided at dhcpd.conf:12
