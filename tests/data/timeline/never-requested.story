# UEFI asks at 0, 4, 12 and 28 seconds and never takes the offer.
who: 52:54:00:12:34:56
running: dhcpd tftpd httpfsd
{"daemon": "dhcpd", "seq": 1, "time": 1000.0, "stage": "offer", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "shimx64.efi", "xid": "0000abcd", "arch": 7, "vendor_class": "PXEClient:Arch:00007:UNDI:003016"}
{"daemon": "dhcpd", "seq": 2, "time": 1004.0, "stage": "offer", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "shimx64.efi", "xid": "0000abcd", "arch": 7, "vendor_class": "PXEClient:Arch:00007:UNDI:003016"}
{"daemon": "dhcpd", "seq": 3, "time": 1012.0, "stage": "offer", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "shimx64.efi", "xid": "0000abcd", "arch": 7, "vendor_class": "PXEClient:Arch:00007:UNDI:003016"}
{"daemon": "dhcpd", "seq": 4, "time": 1028.0, "stage": "offer", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "shimx64.efi", "xid": "0000abcd", "arch": 7, "vendor_class": "PXEClient:Arch:00007:UNDI:003016"}
own: 4
verdict: failed
says: offered 192.0.2.100 with boot file shimx64.efi 4 times, never requested: another server answers too, or the OFFER does not reach the machine
