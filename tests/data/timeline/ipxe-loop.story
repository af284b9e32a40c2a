# iPXE gets iPXE again.
who: 52:54:00:12:34:56
running: dhcpd tftpd httpfsd
{"daemon": "dhcpd", "seq": 1, "time": 1000.1, "stage": "offer", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "undionly.kpxe", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "dhcpd", "seq": 2, "time": 1001.1, "stage": "ack", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "undionly.kpxe", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "tftpd", "seq": 1, "time": 1002.1, "stage": "tftp-read", "reason": "ok", "ip": "192.0.2.100", "port": 2000, "file": "undionly.kpxe", "bytes": 40000, "size": 40000, "duration": 0.02, "blksize": 1408}
{"daemon": "dhcpd", "seq": 3, "time": 1002.2, "stage": "offer", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "undionly.kpxe", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "dhcpd", "seq": 4, "time": 1003.2, "stage": "ack", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "undionly.kpxe", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "tftpd", "seq": 2, "time": 1004.2, "stage": "tftp-read", "reason": "ok", "ip": "192.0.2.100", "port": 2000, "file": "undionly.kpxe", "bytes": 40000, "size": 40000, "duration": 0.02, "blksize": 1408}
{"daemon": "dhcpd", "seq": 5, "time": 1004.3, "stage": "offer", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "undionly.kpxe", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "dhcpd", "seq": 6, "time": 1005.3, "stage": "ack", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "undionly.kpxe", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
{"daemon": "tftpd", "seq": 3, "time": 1006.3, "stage": "tftp-read", "reason": "ok", "ip": "192.0.2.100", "port": 2000, "file": "undionly.kpxe", "bytes": 40000, "size": 40000, "duration": 0.02, "blksize": 1408}
own: 9
verdict: failed
says: boot loop: undionly.kpxe was fetched 3 times and starts itself again; give a loader that is a DHCP client too (iPXE) another file than the firmware
