# An address that no DHCP event explains.
who: 192.0.2.50
running: tftpd
{"daemon": "tftpd", "seq": 1, "time": 1000.1, "stage": "tftp-read", "reason": "ok", "ip": "192.0.2.50", "port": 2000, "file": "vmlinuz", "bytes": 40000, "size": 40000, "duration": 0.02, "blksize": 1408}
{"daemon": "tftpd", "seq": 2, "time": 1000.2, "stage": "tftp-read", "reason": "not-found", "text": "no such file", "ip": "192.0.2.50", "port": 2000, "file": "initrd.img", "tftp_error": 1}
{"daemon": "tftpd", "seq": 3, "time": 1000.3, "stage": "tftp-read", "reason": "not-found", "text": "no such file", "ip": "192.0.2.51", "port": 2000, "file": "x", "tftp_error": 1}
own: 2
verdict: failed
says: the initrd could not be fetched. TFTP: initrd.img: no such file
