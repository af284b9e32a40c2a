# No packet of the machine was seen.
who: 52:54:00:12:34:56
running: dhcpd tftpd httpfsd
{"daemon": "tftpd", "seq": 1, "time": 1000.1, "stage": "service", "reason": "started", "text": "service started"}
own: 0
verdict: unknown
says: nothing is known of 52:54:00:12:34:56: no packet of it came in; check its cable, the network it is on, and whether the switch port forwards yet
