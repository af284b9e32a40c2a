# An address, but nothing to boot.
who: 52:54:00:12:34:56
running: dhcpd tftpd httpfsd
{"daemon": "dhcpd", "seq": 1, "time": 1000.1, "stage": "offer", "reason": "no-boot-file", "text": "address given, but no boot file applies", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "detail": "no filename for arch 7", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "dhcpd", "seq": 2, "time": 1000.2, "stage": "offer", "reason": "no-boot-file", "text": "address given, but no boot file applies", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "detail": "no filename for arch 7", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
own: 2
verdict: failed
says: OFFER had no boot file, so the firmware did not take it (no filename for arch 7)
