# SPDX-License-Identifier: BSD-2-Clause
"""firmware.py -- the ways in which machines come up from the network, one table row each.

A row says what QEMU is to be, what dhcpd.conf has to say for it, which files lie where, and the
steps that servers see, in order. netboot.py lays out the network and walks the steps.
"""

import shutil
import subprocess
from pathlib import Path

from guest import installer
from lab import LabError

SERVER = "192.0.2.1"
PRESEED = "preseed.cfg"
GRUB_CORE = "boot/grub/x86_64-efi/core.efi"
UKI = "boot.efi"
IMAGE = "disc"
OVMF = Path("/usr/share/OVMF")
AAVMF = Path("/usr/share/AAVMF")
STUB = Path("/usr/lib/systemd/boot/efi/linuxx64.efi.stub")

MENU = """\
default menu.c32
prompt 5
timeout 30
MENU TITLE PXE Menu
LABEL linux
MENU LABEL Install Debian 12 amd64
MENU DEFAULT
KERNEL vmlinuz
APPEND initrd=initrd.img {args}
LABEL local
MENU LABEL Boot from the local disk
LOCALBOOT 0
"""

# lpxelinux takes URLs.
URL_MENU = """\
default linux
LABEL linux
KERNEL http://{server}{where}vmlinuz
INITRD http://{server}{where}initrd.img
APPEND {args}
"""

GRUB_CFG = """\
set timeout=0
menuentry 'Install Debian 12' {{
    linux /vmlinuz {args}
    initrd /initrd.img
}}
"""

IPXE_SCRIPT = """\
#!ipxe
kernel http://{server}/vmlinuz {args} initrd=initrd.img
initrd http://{server}/initrd.img
boot
"""


class Step:
    """One thing that must happen: an event with this stage (and file) and a good end."""

    def __init__(self, name, daemon, stages, file=None, timeout=60):
        self.name, self.daemon, self.stages, self.file, self.timeout = \
            name, daemon, stages, file, timeout

    def about(self, event):
        if event["daemon"] != self.daemon or event["stage"] not in self.stages:
            return False
        return self.file is None or event.get("file", "").lstrip("/") == self.file


def tftp(name, file, timeout=120):
    return Step(name, "tftpd", ("tftp-read",), file, timeout)


def http(name, file, timeout=180):
    return Step(name, "httpfsd", ("http",), file, timeout)


# What every machine does first, and what the system that it boots does last. Time-outs are for
# emulated firmware on a busy machine.
FIRST = [Step("address offered to the firmware", "dhcpd", ("offer",), None, 120),
         Step("address leased to the firmware", "dhcpd", ("ack",), None, 60)]
LAST = [Step("address leased to the installer", "dhcpd", ("ack",), None, 300),
        http("answer file", PRESEED, 120)]


# ---- what is laid out ----

def need(*paths):
    for path in map(Path, paths):
        if not path.exists():
            raise LabError(f"{path} is not there (packaging/install-deps demo)")


def copy(source, folder, name=None):
    need(source)
    target = folder / (name or Path(source).name)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)
    target.chmod(0o644)


def make(*argv):
    done = subprocess.run(list(map(str, argv)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    if done.returncode != 0:
        raise LabError(f"{argv[0]}: {done.stdout.strip()}")


def lay_pxelinux(boot):
    copy("/usr/lib/PXELINUX/pxelinux.0", boot.tftp_root)
    copy("/usr/lib/syslinux/memdisk", boot.tftp_root)
    for name in ("menu.c32", "chain.c32", "mboot.c32", "ldlinux.c32", "libutil.c32",
                 "libcom32.c32"):
        copy(f"/usr/lib/syslinux/modules/bios/{name}", boot.tftp_root)
    boot.lab.file("tftpboot/pxelinux.cfg/default", MENU.format(args=boot.args))
    boot.payload(boot.tftp_root)


def _lay_lpxelinux(boot, where):
    copy("/usr/lib/PXELINUX/lpxelinux.0", boot.tftp_root, "pxelinux.0")
    copy("/usr/lib/syslinux/modules/bios/ldlinux.c32", boot.tftp_root)
    boot.lab.file("tftpboot/pxelinux.cfg/default",
                  URL_MENU.format(args=boot.args, server=SERVER, where=where))


def lay_lpxelinux(boot):
    _lay_lpxelinux(boot, "/")
    boot.payload(boot.http_root)


def lay_image(boot):
    """Kernel and initrd lie in an ISO image, and nowhere else."""
    _lay_lpxelinux(boot, f"/{IMAGE}/install/")
    folder = boot.lab.dir / IMAGE
    (folder / "install").mkdir(parents=True)
    boot.payload(folder / "install")
    boot.image = boot.lab.dir / f"{IMAGE}.iso"
    make("xorriso", "-as", "mkisofs", "-quiet", "-R", "-o", boot.image, folder)
    shutil.rmtree(folder)


def lay_grub(boot):
    make("grub-mknetdir", f"--net-directory={boot.tftp_root}", "--subdir=/boot/grub", "-d",
         "/usr/lib/grub/x86_64-efi")
    boot.lab.file("tftpboot/boot/grub/grub.cfg", GRUB_CFG.format(args=boot.args))
    boot.payload(boot.tftp_root)


def lay_shim(boot):
    """Debian's signed chain: shim by Microsoft's key, GRUB and kernel by Debian's."""
    copy("/usr/lib/shim/shimx64.efi.signed", boot.tftp_root, "efi/bootx64.efi")
    copy("/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed", boot.tftp_root,
         "efi/grubx64.efi")
    boot.lab.file("tftpboot/grub/grub.cfg", GRUB_CFG.format(args=boot.args))
    boot.payload(boot.tftp_root)


def lay_arm64(boot):
    copy(installer("arm64") / "bootnetaa64.efi", boot.tftp_root, "efi/bootaa64.efi")
    copy(installer("arm64") / "grubaa64.efi", boot.tftp_root, "efi/grubaa64.efi")
    boot.lab.file("tftpboot/debian-installer/arm64/grub/grub.cfg", GRUB_CFG.format(args=boot.args))
    boot.payload(boot.tftp_root)


def lay_uki(boot, folder=None):
    """Kernel, command line and initrd as one EFI program: all that firmware has to fetch."""
    folder = folder or boot.http_root
    parts = boot.lab.dir / "parts"
    parts.mkdir()
    boot.payload(parts)
    argv, at = ["objcopy"], 0x2000000
    for section, path in ((".cmdline", boot.lab.file("cmdline", boot.args)),
                          (".linux", parts / "vmlinuz"), (".initrd", parts / "initrd.img")):
        argv += ["--add-section", f"{section}={path}", "--change-section-vma", f"{section}={at:#x}"]
        at += (path.stat().st_size + 0x1fffff) & ~0x1fffff
    need(STUB)
    make(*argv, STUB, folder / UKI)
    (folder / UKI).chmod(0o644)


def lay_ipxe(boot):
    copy("/usr/lib/ipxe/snponly.efi", boot.tftp_root, "ipxe.efi")
    boot.lab.file("html/boot.ipxe", IPXE_SCRIPT.format(args=boot.args, server=SERVER))
    boot.payload(boot.http_root)


# ---- what QEMU is ----

def pc(boot):
    return ["qemu-system-x86_64", "-machine", "pc,accel=tcg", "-m", "1024", "-vga", "std"], \
        "e1000,romfile=/usr/lib/ipxe/qemu/pxe-e1000.rom"


def pflash(boot, code, variables):
    need(code, variables)
    mine = boot.lab.dir / "vars.fd"
    shutil.copy(variables, mine)
    return ["-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={code}",
            "-drive", f"if=pflash,unit=1,format=raw,file={mine}"]


def q35(boot):
    return ["qemu-system-x86_64", "-machine", "q35,accel=tcg", "-m", "1024", "-vga", "std",
            *pflash(boot, OVMF / "OVMF_CODE_4M.fd", OVMF / "OVMF_VARS_4M.fd")], \
        "virtio-net-pci,romfile="


def q35_only(boot, ways=()):
    """ways: IPv4, IPv6: those for which firmware tries PXE; HTTP boot comes after it."""
    argv, card = q35(boot)
    for way in ("IPv4", "IPv6"):
        wanted = "y" if way in ways else "n"
        argv += ["-fw_cfg", f"name=opt/org.tianocore/{way}PXESupport,string={wanted}"]
    return argv, card


def q35_secure(boot):
    """Secure Boot on, Microsoft's keys enrolled."""
    return ["qemu-system-x86_64", "-machine", "q35,accel=tcg,smm=on", "-m", "1024", "-vga", "std",
            "-global", "driver=cfi.pflash01,property=secure,value=on",
            *pflash(boot, OVMF / "OVMF_CODE_4M.secboot.fd", OVMF / "OVMF_VARS_4M.ms.fd")], \
        "virtio-net-pci,romfile="


def virt_arm64(boot):
    return ["qemu-system-aarch64", "-machine", "virt,accel=tcg", "-cpu", "cortex-a57", "-m", "1024",
            *pflash(boot, AAVMF / "AAVMF_CODE.fd", AAVMF / "AAVMF_VARS.fd")], \
        "virtio-net-pci,romfile="


# ---- the table ----

class Firmware:
    def __init__(self, machine, boot, lay, steps, arch="amd64", console="ttyS0,115200n8",
                 first=FIRST, last=LAST):
        """boot: what dhcpd.conf says in the subnet. steps: between the first lease and the last."""
        self.machine, self.boot, self.lay, self.arch, self.console = \
            machine, boot, lay, arch, console
        self.steps = [*first, *steps, *last]


TFTP_PAYLOAD = [tftp("kernel", "vmlinuz"), tftp("initial RAM disk", "initrd.img", 300)]
HTTP_PAYLOAD = [http("kernel", "vmlinuz"), http("initial RAM disk", "initrd.img", 300)]
PXELINUX = [tftp("boot loader", "pxelinux.0", 90), tftp("boot menu", "pxelinux.cfg/default", 90)]
IPXE = [http("boot script", "boot.ipxe"), *HTTP_PAYLOAD]

BY_ARCH = f"""
    next-server {SERVER};
    if option arch = 00:07 or option arch = 00:09 {{
        filename "{GRUB_CORE}";
    }} else {{
        filename "pxelinux.0";
    }}"""

FIRMWARE = {
    "bios": Firmware(pc, BY_ARCH, lay_pxelinux, [*PXELINUX, *TFTP_PAYLOAD]),
    "bios-http": Firmware(pc, BY_ARCH, lay_lpxelinux, [*PXELINUX, *HTTP_PAYLOAD]),
    "bios-image": Firmware(pc, BY_ARCH, lay_image, [
        *PXELINUX, http("kernel", f"{IMAGE}/install/vmlinuz"),
        http("initial RAM disk", f"{IMAGE}/install/initrd.img", 300)]),
    "bios-ipxe": Firmware(pc, f'filename "http://{SERVER}/boot.ipxe";', lay_ipxe, IPXE),
    "uefi": Firmware(q35, BY_ARCH, lay_grub, [
        tftp("boot loader", GRUB_CORE, 90), tftp("boot menu", "boot/grub/grub.cfg"),
        *TFTP_PAYLOAD]),
    "uefi-shim": Firmware(q35_secure, f'next-server {SERVER}; filename "efi/bootx64.efi";',
                          lay_shim, [
        tftp("boot loader", "efi/bootx64.efi"), tftp("second boot loader", "efi/grubx64.efi"),
        tftp("boot menu", "grub/grub.cfg"), *TFTP_PAYLOAD]),
    "uefi-http": Firmware(q35_only, f"""
    if option arch = 00:10 {{
        option vendor-class-identifier "HTTPClient";
        filename "http://{SERVER}/{UKI}";
    }}""", lay_uki, [http("boot file", UKI, 240)]),
    "uefi-ipxe": Firmware(q35, f"""
    next-server {SERVER};
    if exists user-class and option user-class = "iPXE" {{
        filename "http://{SERVER}/boot.ipxe";
    }} else {{
        filename "ipxe.efi";
    }}""", lay_ipxe, [tftp("boot loader", "ipxe.efi"), *IPXE]),
    "arm64": Firmware(virt_arm64, f"""
    next-server {SERVER};
    if option arch = 00:0b {{
        filename "efi/bootaa64.efi";
    }}""", lay_arm64, [
        tftp("boot loader", "efi/bootaa64.efi", 180),
        tftp("second boot loader", "efi/grubaa64.efi", 180),
        tftp("boot menu", "debian-installer/arm64/grub/grub.cfg"), *TFTP_PAYLOAD],
        arch="arm64", console="ttyAMA0"),
}
