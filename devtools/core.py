"""Paths, messages, locks and running other programs."""

import contextlib
import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".dev"
LOGS = HOME / "log"
NEEDED_BYTES = 3 * 1024**3


class Stop(Exception):
    """The work cannot go on; the message is one sentence that says what to do."""


def say(text):
    """Print one line at once, whatever the output is connected to."""
    print(text, flush=True)


def make_home():
    """Create the folder that holds everything, and check that there is room for it."""
    try:
        LOGS.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Stop(f"{HOME} cannot be written ({error.strerror}): run this as the owner of {ROOT}.") from None
    if not (HOME / "stamps" / "odoo").exists() and shutil.disk_usage(HOME).free < NEEDED_BYTES:
        raise Stop(f"Free at least 3 GB on the disk that holds {ROOT}, then run this again.")


@contextlib.contextmanager
def lock(name):
    """Let one process at a time do what `name` stands for."""
    HOME.mkdir(exist_ok=True)
    with open(HOME / f"{name}.lock", "a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Waiting for another ./dev that holds .dev/{name}.lock ...")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def digest(*values):
    """Return a short hash of some texts."""
    return hashlib.sha256("\0".join(map(str, values)).encode()).hexdigest()[:16]


def digest_files(paths):
    """Return a short hash of the names and contents of files."""
    sha = hashlib.sha256()
    for path in sorted(paths):
        sha.update(str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path).encode() + b"\0")
        sha.update(path.read_bytes() + b"\0")
    return sha.hexdigest()[:16]


def stamp_matches(name, value):
    """Tell whether the step `name` was finished for these inputs."""
    stamp = HOME / "stamps" / name
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == value


def set_stamp(name, value):
    """Record that the step `name` is finished for these inputs."""
    folder = HOME / "stamps"
    folder.mkdir(exist_ok=True)
    fresh = folder / f"{name}.tmp"
    fresh.write_text(value, encoding="utf-8")
    fresh.replace(folder / name)


class Progress:
    """One line that says what is being done, how far it is, and how long it took."""

    def __init__(self, title):
        self.title = title
        self.start = time.monotonic()
        self.live = sys.stdout.isatty()
        self.last = self.start
        say(f"{title} ...") if not self.live else self._draw("...")

    def _draw(self, text):
        width = shutil.get_terminal_size().columns - 1
        print(f"\r\033[K{f'{self.title} {text}'[:width]}", end="", flush=True)

    def show(self, text):
        """Show how far the step is: at once on a terminal, every 15 seconds in a file."""
        now = time.monotonic()
        if self.live:
            self._draw(text)
        elif now - self.last > 15:
            self.last = now
            say(f"{self.title} {text}")

    def done(self, text="done"):
        """End the line."""
        text = f"{text} ({time.monotonic() - self.start:.0f} s)"
        if self.live:
            self._draw(text)
            print(flush=True)
        else:
            say(f"{self.title} {text}")


def run(command, *, check=True, **options):
    """Run a program without showing its output, which the result carries as text."""
    result = subprocess.run(
        [str(part) for part in command],
        text=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        **options,
    )
    if check and result.returncode:
        raise CommandFailed(command, result.returncode, (result.stdout + result.stderr).splitlines())
    return result


def run_logged(command, log, *, progress=None, describe=None, **options):
    """Run a program, write what it prints to a log, and show how far it is.

    :param progress: a `Progress` to report to
    :param describe: function from a line of output to the text to show, or None
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    tail = deque(maxlen=30)
    with open(log, "a", encoding="utf-8") as handle:
        handle.write(f"$ {shlex.join(map(str, command))}\n")
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            **options,
        )
        try:
            for line in process.stdout:
                handle.write(line)
                tail.append(line.rstrip())
                text = describe(line) if describe else None
                if progress and text:
                    progress.show(text)
        except BaseException:
            process.terminate()
            process.wait()
            raise
        code = process.wait()
    if code:
        raise CommandFailed(command, code, list(tail))


class CommandFailed(Exception):
    """A program ended with an error; `lines` are the last ones it printed."""

    def __init__(self, command, code, lines):
        super().__init__(f"{shlex.join(map(str, command))} ended with {code}")
        self.code = code
        self.lines = lines


def is_root():
    """Tell whether this runs as root."""
    return os.geteuid() == 0


def remove(path):
    """Delete a file or a folder tree, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
