# A loader that firmware fetched and did not start.
who: 52:54:00:12:34:56
running: dhcpd tftpd httpfsd
{"daemon": "dhcpd", "seq": 1, "time": 1000.1, "stage": "offer", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "snponly.efi", "arch": 7, "vendor_class": "PXEClient:Arch:00007:UNDI:003016"}
{"daemon": "dhcpd", "seq": 2, "time": 1001.1, "stage": "ack", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "snponly.efi", "arch": 7, "vendor_class": "PXEClient:Arch:00007:UNDI:003016"}
{"daemon": "tftpd", "seq": 1, "time": 1001.2, "stage": "tftp-read", "reason": "probe", "text": "size probe, ended by the client as usual", "ip": "192.0.2.100", "port": 2000, "file": "snponly.efi"}
{"daemon": "tftpd", "seq": 2, "time": 1001.3, "stage": "tftp-read", "reason": "ok", "ip": "192.0.2.100", "port": 2000, "file": "snponly.efi", "bytes": 40000, "size": 40000, "duration": 0.02, "blksize": 1408}
own: 4
verdict: failed
says: boot file snponly.efi was delivered, then nothing was requested any more: with Secure Boot on, the firmware may have refused it
