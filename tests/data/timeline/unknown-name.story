# A word that is no address can only be a name, and a cable does not help then.
who: node77
running: dhcpd tftpd httpfsd
{"daemon": "dhcpd", "seq": 1, "time": 1000.1, "stage": "discover", "reason": "no-subnet", "text": "no subnet declaration matches where the packet came from", "mac": "52:54:00:12:34:56", "arch": 0, "vendor_class": "PXEClient:Arch:00000:UNDI:002001"}
own: 0
verdict: unknown
says: no machine is called node77; try its MAC or IP address
