# SPDX-License-Identifier: BSD-2-Clause
# network.sh -- a small site inside the machine.
#
#   client eth0 ------------ pxe0 192.0.2.1, 2001:db8::1   this machine: DHCP, TFTP, HTTP
#   far eth0 --- pxe1 router pxe2 --- eth0 upstream        the relay runs in router: from
#          198.51.100.1    203.0.113.1   203.0.113.2       198.51.100.0/24 to the server upstream
set -e
for ns in client far router upstream; do
	ip netns add $ns
	ip -n $ns link set lo up
done
ip link add pxe0 type veth peer name eth0 address 52:54:00:00:00:01 netns client
ip -n router link add pxe1 type veth peer name eth0 address 52:54:00:00:00:02 netns far
ip -n router link add pxe2 type veth peer name eth0 netns upstream
ip link set pxe0 up
ip addr add 192.0.2.1/24 dev pxe0
ip addr add 2001:db8::1/64 dev pxe0 nodad
ip -n router link set pxe1 up
ip -n router link set pxe2 up
ip -n router addr add 198.51.100.1/24 dev pxe1
ip -n router addr add 203.0.113.1/24 dev pxe2
for ns in client far upstream; do
	ip -n $ns link set eth0 up
done
ip -n client addr add 192.0.2.250/24 dev eth0
ip -n upstream addr add 203.0.113.2/24 dev eth0
ip -n upstream route add 198.51.100.0/24 via 203.0.113.1
ip netns exec router sysctl -qw net.ipv4.ip_forward=1
