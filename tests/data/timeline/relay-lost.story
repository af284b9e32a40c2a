# Between relay and server.
who: 52:54:00:12:34:56
running: relayd dhcpd
{"daemon": "relayd", "seq": 1, "time": 1000.1, "stage": "relay-request", "reason": "ok", "mac": "52:54:00:12:34:56", "arch": 0, "vendor_class": "PXEClient", "detail": "DISCOVER to 10.0.0.5"}
own: 1
verdict: failed
says: relayd passed the DISCOVER on, but it never reached dhcpd
