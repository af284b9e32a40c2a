# The relay runs here, the server elsewhere and silent.
who: 52:54:00:12:34:56
running: relayd tftpd
{"daemon": "relayd", "seq": 1, "time": 1000.1, "stage": "relay-request", "reason": "ok", "mac": "52:54:00:12:34:56", "arch": 0, "vendor_class": "PXEClient", "detail": "DISCOVER to 10.0.0.5"}
{"daemon": "relayd", "seq": 2, "time": 1000.2, "stage": "relay-request", "reason": "ok", "mac": "52:54:00:12:34:56", "arch": 0, "vendor_class": "PXEClient", "detail": "DISCOVER to 10.0.0.5"}
own: 2
verdict: failed
says: relayd passed the DISCOVER on, but no server answered (dhcpd does not run here)
