#!/usr/bin/env python3
"""SLOF loads a program from the PReP partition of a disk, which reads that disk and others by SLOF."""
import os
import struct
import subprocess
import unittest

import harness

MIB = 1 << 20
START, SECTORS = 2048, 2048  # the partition, in sectors of 512 bytes
AT = 0x300000 - 7            # where disk_client.c reads


def build_client(directory):
    """The client program as an ELF file."""
    path = os.path.join(directory, "client")
    subprocess.run(["powerpc64-linux-gnu-gcc", "-m32", "-mbig-endian", "-O1", "-msoft-float",
                    "-ffreestanding", "-fno-pic", "-no-pie", "-fno-stack-protector", "-nostdlib",
                    "-static", "-Wl,--build-id=none,-Ttext=0x200000",
                    "-I", harness.ROOT, "-o", path,
                    os.path.join(harness.ROOT, "tests/e2e/disk_client.c")], check=True)
    return path


def text(name):
    """2000 bytes that the client finds on the disk of that name."""
    return f"<{name:10}" + "0123456789abcdef" * 124 + "end>\r"


def make_disk(directory, name, client=None):
    """A disk with a text and perhaps a partition of type 0x41 that holds the program."""
    path = os.path.join(directory, name + ".img")
    with open(path, "wb") as f:
        f.truncate(8 * MIB)
        if client:
            with open(client, "rb") as program:
                f.seek(START * 512)
                f.write(program.read())
            f.seek(446)
            f.write(struct.pack("<B3xB3xII", 0x80, 0x41, START, SECTORS))
            f.seek(510)
            f.write(b"\x55\xaa")
        f.seek(AT)
        f.write(text(name).encode())
    return path


class DiskBoot(unittest.TestCase):
    def test_client(self):
        with harness.temporary() as work:
            options = []
            for name in "boot", "virtio", "scsi":
                disk = make_disk(work, name, build_client(work) if name == "boot" else None)
                options += ["-drive", f"if=none,id={name},file={disk},format=raw,snapshot=on"]
            options += ["-device", "scsi-hd,drive=boot", "-device", "virtio-blk-pci,drive=virtio",
                        "-device", "virtio-scsi-pci,id=s", "-device", "scsi-hd,bus=s.0,drive=scsi"]
            done = harness.hornpipe("run", "-m", "256M", "-nographic", "-nodefaults", "-device",
                                    "spapr-vscsi", "-serial", "stdio", *options)
            self.assertEqual(done.status, 7, done)
            self.assertIn("disk /vdevice/v-scsi@71000002/disk@8000000000000000", done.out, done)
            for name in "boot", "virtio", "scsi":
                self.assertIn(text(name), done.out, done)


if __name__ == "__main__":
    unittest.main()
