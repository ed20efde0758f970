"""What the end-to-end tests share: the program under test, Debian's images, scripts, results."""
import gzip
import json
import os
import re
import select
import signal
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RELEASE = os.environ.get("HORNPIPE_RELEASE", os.path.join(ROOT, "build/release/bin/hornpipe"))
ASAN = os.environ.get("HORNPIPE_ASAN", os.path.join(ROOT, "build/asan-ubsan/bin/hornpipe"))
IMAGES = "/usr/lib/debian-installer/images/12/ppc64el/text/debian-installer/ppc64el"
VMLINUX = os.path.join(IMAGES, "vmlinux")
INITRD = os.path.join(IMAGES, "initrd.gz")
PROMPT = "~ # "
SHELL = "console=hvc0 rdinit=/bin/sh"
VOF = "pseries,x-vof=on"
SLOF = "pseries"
LIMIT = 600
DISK_TOOLS = os.path.join(ROOT, "workloads/debian-disk-tools.sh")


def disk_initrd():
    """The initrd with Debian's tools for disks; without it nothing can be tested: no reason to pass."""
    done = subprocess.run([DISK_TOOLS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{DISK_TOOLS}: {done.stderr[-300:]}"
    return done.stdout.strip()


class Result:
    """How a run of the program ended."""

    def __init__(self, command, status, out, err, seconds):
        self.command, self.status, self.seconds = command, status, seconds
        self.out = out.decode(errors="replace")
        self.err = err.decode(errors="replace")

    def __str__(self):
        return (f"{' '.join(self.command)}\nstatus {self.status} after {self.seconds:.0f} s\n"
                f"-- stdout (end)\n{self.out[-3000:]}\n-- stderr (end)\n{self.err[-2000:]}")


def hornpipe(*args, program=RELEASE, stdin=b"", limit=LIMIT, preexec=None):
    """Runs the program to its end; `stdin` are the bytes that it reads from a pipe."""
    begun = time.monotonic()
    command = [program, *args]
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=limit, check=False,
                          preexec_fn=preexec)
    return Result(command, done.returncode, done.stdout, done.stderr, time.monotonic() - begun)


def linux(machine=VOF, append=SHELL, extra=()):
    """Arguments of a boot of Debian's installer kernel."""
    return ["run", "-M", machine, "-cpu", "POWER8", "-m", "1G", "-nographic", "-kernel", VMLINUX,
            "-initrd", INITRD, "-append", append, *extra]


def escape(text):
    """TEXT of a script command: printable, and no blank at its ends."""
    plain = "".join(c if c.isprintable() and c != "\\" else f"\\x{ord(c):02x}" for c in text)
    return re.sub(r"^ | $", r"\\x20", plain)


def write_script(directory, *steps, timeout="600s", name="script"):
    """A --script file; a step is ("expect", TEXT), ("send", TEXT) or ("stop",)."""
    path = os.path.join(directory, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"timeout {timeout}\n")
        for step in steps:
            f.write(" ".join([step[0]] + [escape(text) for text in step[1:]]) + "\n")
    return path


def at_prompt(*commands):
    """Script steps that type each command when the shell asks for one."""
    steps = []
    for command in commands:
        steps += [("expect", PROMPT), ("send", command + "\n")]
    return steps


def boot(directory, steps, machine=VOF, append=SHELL, extra=(), program=RELEASE, limit=LIMIT):
    """Boots with a script made of `steps`."""
    script = write_script(directory, *steps)
    return hornpipe(*linux(machine, append, ["--script", script, *extra]), program=program,
                    limit=limit)


def stat(db):
    """`hornpipe stat --json` of a run database."""
    done = hornpipe("stat", "--json", db)
    assert done.status == 0, done
    return json.loads(done.out)


def canonical(db):
    """The canonical dump: what must be equal when a run is repeated."""
    done = hornpipe("info", "--canonical", db)
    assert done.status == 0, done
    assert len(done.out) > 1000, done
    return done.out


def info(db):
    done = hornpipe("info", db)
    assert done.status == 0, done
    return done.out


def initrd_file(name):
    """Content of a file of the installer's initrd (cpio, "newc" format)."""
    with gzip.open(INITRD) as f:
        archive = f.read()
    at = 0
    while archive[at:at + 6] == b"070701":
        fields = [int(archive[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
        size, name_size = fields[6], fields[11]
        data = at + (110 + name_size + 3 & ~3)
        if archive[at + 110:at + 110 + name_size - 1].decode() in (name, "./" + name):
            return archive[data:data + size]
        at = data + (size + 3 & ~3)
    raise FileNotFoundError(name)


def temporary():
    return tempfile.TemporaryDirectory(prefix="hornpipe-e2e-")


def default_signals():
    """In the child: the signals that tests send are not ignored, as under nohup and "&" they are."""
    for number in signal.SIGINT, signal.SIGHUP, signal.SIGTERM:
        signal.signal(number, signal.SIG_DFL)


def start(*args, program=RELEASE):
    """Starts the program with pipes, for tests that act while it runs."""
    return subprocess.Popen([program, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, bufsize=0, preexec_fn=default_signals)


def read_until(stream, text, limit=LIMIT):
    """Reads an unbuffered stream until `text` has come; everything read, or AssertionError."""
    read = b""
    deadline = time.monotonic() + limit
    while text not in read:
        left = deadline - time.monotonic()
        ready = select.select([stream], [], [], max(left, 0))[0]
        piece = os.read(stream.fileno(), 65536) if ready else b""
        assert piece, f"{text!r} did not come in {read[-2000:]!r}"
        read += piece
    return read
