# Refused by the configuration.
who: 52:54:00:12:34:56
running: dhcpd tftpd httpfsd
{"daemon": "dhcpd", "seq": 1, "time": 1000.1, "stage": "discover", "reason": "booting-denied", "text": "booting is denied for this client", "mac": "52:54:00:12:34:56", "where": "hosts.conf:7", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
own: 1
verdict: failed
says: no answer to DISCOVER: booting is denied for this client, decided at hosts.conf:7
