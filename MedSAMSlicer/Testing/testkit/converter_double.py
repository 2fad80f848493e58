"""Stands in for the conversion program, whose real work takes ten seconds.

What it does is told by the environment variable CONVERTER_DOUBLE:
    sleep         reports a step (its process id, the checkpoint), writes a file, waits a minute
    die           writes a file and is killed by a signal
    fail          ends with a traceback
    refuse        names an error of ours
    half          writes a file and claims to be done
    copy FOLDER   puts a converted network's files in place, and adds a line to FOLDER.log
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path


def _say(**message: object) -> None:
    print(json.dumps(message), flush=True)


def main() -> None:
    """Read the job as the real one does, then misbehave."""
    job = json.loads(sys.stdin.buffer.readline())
    place = Path(job["folder"])
    kind, _, folder = os.environ["CONVERTER_DOUBLE"].partition(" ")
    print("a library's own chatter")
    (place / "encoder.xml").write_text("half")
    if kind == "sleep":
        _say(done=1, total=5, what=f"{os.getpid()} {job['checkpoint']}")
        time.sleep(60)
    elif kind == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif kind == "fail":
        raise ZeroDivisionError("the converter's own mistake")
    elif kind == "refuse":
        _say(error=["weights.pth", "changed while it was read", "try again"])
        sys.exit(2)
    elif kind == "copy":
        time.sleep(0.3)
        for path in Path(folder).iterdir():
            shutil.copy(path, place)
        with Path(folder + ".log").open("a") as log:
            log.write("converted\n")


if __name__ == "__main__":
    main()
