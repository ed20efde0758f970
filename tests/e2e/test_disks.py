#!/usr/bin/env python3
"""Disks with Debian's own drivers: file systems on spapr-vscsi, snapshots, and NVRAM that stays."""
import hashlib
import os
import subprocess
import unittest

import harness

MIB = 1 << 20
SLOF_PROMPT = "0 >"
MOUNTS = "mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev; /m/load"
MAKE = ("sleep 1; echo ',,L' | sfdisk -q /dev/sda && mke2fs -q -t ext4 /dev/sda1 && mkdir /t &&"
        " mount /dev/sda1 /t")
USE = ("dd if=/dev/urandom of=/t/a bs=64k count=100; cp /bin/busybox /t/b; sync;"
       " sha256sum /t/a /t/b >/s; umount /t; e2fsck -f -p /dev/sda1; mount /dev/sda1 /t;"
       " sha256sum -c /s; rm /t/b; fstrim -v /t; umount /t; e2fsck -n -f /dev/sda1 && echo c''lean")
# The adapter's queue is registered anew while commands are under way, and by another driver's life.
RESET = ("dd if=/dev/sda of=/dev/null bs=64k count=200 2>/dev/null & sleep 0.01; "
         "echo adapter >/sys/class/scsi_host/host0/host_reset; wait; mount /dev/sda1 /t; "
         "sha256sum -c /s 2>&1 | grep /t/a; umount /t; cd /sys/bus/vio/drivers/ibmvscsi; "
         "echo 71000002 >unbind; ls /sys/block; echo 71000002 >bind; sleep 1; cd /; "
         "mount /dev/sda1 /t && sha256sum -c /s 2>&1 | sed -n 's/a: OK/a aga''in/p'; umount /t")
FULL = ("sleep 1; dd if=/dev/zero of=/dev/sda bs=64k count=160 conv=fsync || echo re''fused; "
        "dmesg | grep -c -e 'I/O error' -e 'space allocation error'; echo 3 >/proc/sys/vm/drop_caches;"
        " dd if=/dev/sda bs=64k count=4 | sha256sum")
SHRUNK = ("echo 3 >/proc/sys/vm/drop_caches; dd if=/dev/sda bs=64k skip=200 count=1 >/r || "
          "echo re''fused; dd if=/dev/sda bs=64k count=4 | sha256sum; exec poweroff -f")
NVRAM_AT = 65000


def digest(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def make_image(directory, size=64 * MIB):
    path = os.path.join(directory, "disk.img")
    with open(path, "wb") as f:
        f.truncate(size)
    return path


class Disks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.initrd = harness.disk_initrd()

    def boot(self, directory, drive, *extra):
        steps = harness.at_prompt(MOUNTS, MAKE, USE, RESET, "exec poweroff -f")
        script = harness.write_script(directory, *steps)
        # the last -initrd wins
        done = harness.hornpipe(*harness.linux(extra=["--script", script, "-initrd", self.initrd,
                                                      "-drive", drive, *extra]))
        self.assertEqual(done.status, 0, done)
        for line in ("/t/a: OK", "/t/b: OK", "bytes trimmed", "\nclean", "/t/a again"):
            self.assertIn(line, done.out.replace("\r", ""), done)
        return done

    def test_ext4(self):
        with harness.temporary() as work:
            path = make_image(work)
            self.boot(work, f"file={path},format=raw,discard=unmap")
            self.assertGreater(os.stat(path).st_blocks, 0)
            self.assertLess(os.stat(path).st_blocks * 512, 32 * MIB)
            subprocess.run(["/sbin/e2fsck", "-fn", f"{path}?offset={MIB}"], check=True,
                           capture_output=True)

    def test_snapshot_repeats(self):
        with harness.temporary() as work:
            path = make_image(work)
            before, dumps = digest(path), []
            for name in ("a.db", "b.db"):
                db = os.path.join(work, name)
                self.boot(work, f"file={path},format=raw,snapshot=on,discard=unmap",
                          "--record", db)
                dumps.append(harness.canonical(db))
            self.assertEqual(digest(path), before)
            self.assertEqual(os.stat(path).st_blocks, 0)
            self.assertTrue(dumps[0] == dumps[1])
            self.assertIn(before, dumps[0])


    def test_full_host(self):
        with harness.temporary() as work:
            script = harness.write_script(
                work, *harness.at_prompt(MOUNTS, FULL, "exec poweroff -f"))
            small = os.path.join(work, "small")
            os.mkdir(small)
            shell = ('mount -t tmpfs -o size=4M tmpfs "$0" && truncate -s 16M "$0/disk" && "$@" && '
                     'stat -c "host %s %b" "$0/disk"')
            for flags in ("-m", "-rm"):
                if subprocess.run(["unshare", flags, "true"], check=False).returncode == 0:
                    break
            else:
                self.skipTest("no right to mount a small file system")
            done = harness.hornpipe(
                flags, "sh", "-c", shell, small, harness.RELEASE,
                *harness.linux(extra=["--script", script, "-initrd", self.initrd, "-drive",
                                      f"file={small}/disk,format=raw"]), program="unshare")
            self.assertEqual(done.status, 0, done)
            self.assertIn("\nrefused", done.out.replace("\r", ""), done)
            self.assertIn(hashlib.sha256(bytes(4 * 65536)).hexdigest(), done.out, done)
            self.assertIn(f"host {16 * MIB} ", done.out, done)
            self.assertIn("failed: No space left on device; the guest gets an I/O error", done.err)

    def test_shrinking_host_file(self):
        with harness.temporary() as work:
            path = make_image(work, 16 * MIB)
            run = harness.start(*harness.linux(extra=["-initrd", self.initrd, "-drive",
                                                      f"file={path},format=raw"]))
            harness.read_until(run.stdout, b"~ # ")
            run.stdin.write(MOUNTS.encode() + b"\n")
            harness.read_until(run.stdout, b"~ # ")
            os.truncate(path, MIB)
            run.stdin.write(SHRUNK.encode() + b"\n")
            out, err = run.communicate(timeout=harness.LIMIT)
            self.assertEqual(run.returncode, 0, (out, err))
            self.assertIn(b"\nrefused", out.replace(b"\r", b""))
            self.assertIn(hashlib.sha256(bytes(4 * 65536)).hexdigest().encode(), out)
            self.assertEqual(os.stat(path).st_size, MIB)


class Inputs(unittest.TestCase):
    def test_snapshot_in_a_directory_only_read(self):
        with harness.temporary() as work:
            path = make_image(work, MIB)
            for flags in ("-m", "-rm"):
                if subprocess.run(["unshare", flags, "true"], check=False).returncode == 0:
                    break
            else:
                self.skipTest("no right to mount")
            shell = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && cd / && "$@"'
            command = harness.linux(extra=["-drive", f"file={path},format=raw", "--until",
                                           "icount=100000"])
            for options, status in ((["-snapshot"], 0), ([], 1)):
                done = harness.hornpipe(flags, "sh", "-c", shell, work, harness.RELEASE, *command,
                                        *options, program="unshare")
                self.assertEqual(done.status, status, done)
            self.assertIn(f"{path}: Read-only file system", done.err)

    def test_replay_wants_the_content(self):
        with harness.temporary() as work:
            path, db = make_image(work, MIB), os.path.join(work, "run.db")
            command = harness.linux(extra=["-drive", f"file={path},format=raw,snapshot=on"])
            stop = ["--until", "icount=100000"]
            done = harness.hornpipe(*command, *stop, "--record", db)
            self.assertEqual(done.status, 0, done)
            done = harness.hornpipe(*command, *stop, "--replay", db)
            self.assertEqual(done.status, 0, done)
            with open(path, "r+b") as f:
                f.write(b"x")
            done = harness.hornpipe(*command, *stop, "--replay", db)
            self.assertNotEqual(done.status, 0, done)
            self.assertIn("was recorded with another -drive scsi0-hd0 file", done.err)

    def test_nvram_stays(self):
        with harness.temporary() as work:
            path = make_image(work, 64 * 1024)
            base = ["run", "-m", "256M", "-nographic", "-nodefaults", "-serial", "stdio"]
            script = harness.write_script(
                work, ("expect", SLOF_PROMPT), ("send", "setenv boot-device typed\r"),
                ("expect", SLOF_PROMPT), ("stop",), timeout="30s")
            done = harness.hornpipe(*base, "-pflash", path, "-prom-env", "boot-command=mine",
                                    "-prom-env", "auto-boot?=false", "--script", script)
            self.assertEqual(done.status, 0, done)
            script = harness.write_script(
                work, ("expect", SLOF_PROMPT), ("send", "printenv boot-device\r"),
                ("expect", "typed"), ("expect", SLOF_PROMPT),
                ("send", "printenv boot-command\r"), ("expect", "mine"),
                ("expect", SLOF_PROMPT), ("send", "setenv boot-file typed-again\r"),
                ("expect", SLOF_PROMPT), ("stop",), timeout="30s")
            done = harness.hornpipe(*base, "-drive", f"if=none,id=P,file={path},format=raw",
                                    "-global", "spapr-nvram.drive=P", "--script", script)
            self.assertEqual(done.status, 0, done)
            with open(path, "rb") as f:
                content = f.read()
            for variable in (b"boot-device=typed\0", b"boot-file=typed-again\0"):
                self.assertIn(variable, content)

    def test_nvram_of_linux_stays(self):
        with harness.temporary() as work:
            path = make_image(work, 64 * 1024)
            write = f"printf kept-by-linux | dd of=/dev/nvram bs=1 seek={NVRAM_AT}"
            read = (f"dd if=/dev/nvram bs=1 skip={NVRAM_AT} count=13 | sed s/kept/was-kept/; echo; "
                    f"printf kept-again | dd of=/dev/nvram bs=1 seek={NVRAM_AT + 100}")
            for command, options in (
                    (write, ["-drive", f"if=pflash,file={path},format=raw"]),
                    (read, ["-drive", f"if=none,id=P,file={path},format=raw", "-global",
                            "spapr-nvram.drive=P"])):
                done = harness.boot(work, harness.at_prompt("mount -t devtmpfs d /dev", command,
                                                            "exec poweroff -f"), extra=options)
                self.assertEqual(done.status, 0, done)
            self.assertIn("was-kept-by-linux", done.out, done)
            with open(path, "rb") as f:
                content = f.read()
            self.assertEqual(content[NVRAM_AT:][:13], b"kept-by-linux")
            self.assertEqual(content[NVRAM_AT + 100:][:10], b"kept-again")


if __name__ == "__main__":
    unittest.main()
