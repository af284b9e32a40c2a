# The relay drops it.
who: 52:54:00:12:34:56
running: relayd dhcpd
{"daemon": "relayd", "seq": 1, "time": 1000.1, "stage": "relay-request", "reason": "hop-limit", "text": "passed too many relays", "mac": "52:54:00:12:34:56", "arch": 0, "vendor_class": "PXEClient", "detail": "hops is 16"}
own: 1
verdict: failed
says: DISCOVER did not get through the relay: passed too many relays (hops is 16)
