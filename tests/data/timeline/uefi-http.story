# UEFI HTTP Boot of a shim and GRUB, the kernel over HTTP too.
who: 52:54:00:12:34:56
running: dhcpd tftpd httpfsd
{"daemon": "dhcpd", "seq": 1, "time": 1000.1, "stage": "offer", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "http://192.0.2.1/EFI/shimx64.efi", "arch": 16, "vendor_class": "HTTPClient:Arch:00016:UNDI:003001"}
{"daemon": "dhcpd", "seq": 2, "time": 1001.1, "stage": "ack", "reason": "ok", "mac": "52:54:00:12:34:56", "ip": "192.0.2.100", "file": "http://192.0.2.1/EFI/shimx64.efi", "arch": 16, "vendor_class": "HTTPClient:Arch:00016:UNDI:003001"}
{"daemon": "httpfsd", "seq": 1, "time": 1001.2, "stage": "http", "reason": "ok", "ip": "192.0.2.100", "port": 40000, "file": "/EFI/shimx64.efi", "status": 200, "bytes": 1000000, "duration": 0.001}
{"daemon": "httpfsd", "seq": 2, "time": 1001.3, "stage": "http", "reason": "expected-miss", "text": "optional file, not there", "ip": "192.0.2.100", "port": 40000, "file": "/EFI/revocations_sbat.efi", "status": 404, "bytes": 0, "duration": 0.001}
{"daemon": "httpfsd", "seq": 3, "time": 1001.4, "stage": "http", "reason": "ok", "ip": "192.0.2.100", "port": 40000, "file": "/EFI/grubx64.efi", "status": 200, "bytes": 3800000, "duration": 0.001}
{"daemon": "httpfsd", "seq": 4, "time": 1001.5, "stage": "http", "reason": "ok", "ip": "192.0.2.100", "port": 40000, "file": "/EFI/grub.cfg", "status": 200, "bytes": 1200, "duration": 0.001}
{"daemon": "httpfsd", "seq": 5, "time": 1001.6, "stage": "http", "reason": "ok", "ip": "192.0.2.100", "port": 40000, "file": "/linux", "status": 200, "bytes": 8000000, "duration": 0.001}
{"daemon": "httpfsd", "seq": 6, "time": 1001.7, "stage": "http", "reason": "ok", "ip": "192.0.2.100", "port": 40000, "file": "/initrd.gz", "status": 200, "bytes": 39000000, "duration": 0.001}
{"daemon": "httpfsd", "seq": 7, "time": 1001.8, "stage": "http", "reason": "ok", "ip": "192.0.2.100", "port": 40000, "file": "/user-data", "status": 200, "bytes": 1200, "duration": 0.001}
own: 9
verdict: booted
says: booted: the installer fetched its answer file /user-data
