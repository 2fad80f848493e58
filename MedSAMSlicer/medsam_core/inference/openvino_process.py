"""Run `openvino_convert` beside us: with progress, stoppable, and leaving nothing half done."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from medsam_core.errors import Cancelled, DeviceError, MedSAMError
from medsam_core.inference.openvino_cache import Cancel, ConvertedNetwork, OpenVINOCache

Progress = Callable[[int, int, str], None]

_POLL_SECONDS = 0.1
_MODULE = "medsam_core.inference.openvino_convert"


class ConversionError(DeviceError):
    """A network that OpenVINO could not take over."""

    def __init__(self, name: object, problem: str) -> None:
        super().__init__(name, f"cannot be converted to OpenVINO ({problem})", "use backend torch")


def converted(
    checkpoint: Path,
    identity: str,
    *,
    base: Path | None = None,
    cache: OpenVINOCache | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> ConvertedNetwork:
    """Find a checkpoint's network among the converted ones, or convert it now.

    Args:
        checkpoint: the file; `base`: its base checkpoint, if it is a difference.
        identity: `CheckpointInfo.identity`.
        progress: called with (steps done, steps, what is being done).
        cancel: asked ten times a second; True stops the conversion.

    Raises:
        ConversionError: it could not be converted; the cache is as it was.
        Cancelled: `cancel` said so; the cache is as it was.
    """
    cache = cache or OpenVINOCache()
    found = cache.find(identity)
    if found is not None:
        return found
    with _disk_errors(checkpoint), cache.unfinished(identity, cancel) as place:
        found = cache.find(identity)  # another process may have done it while we waited
        if found is not None:
            return found
        job = {
            # Not resolved: a link's name and neighbours (config.json) tell what the file is.
            "checkpoint": str(checkpoint.absolute()),
            "base": str(base.absolute()) if base else None,
            "identity": identity,
            "folder": str(place),
        }
        _run(job, place, progress, cancel)
        found = cache.publish(identity, place)
    if found is None:
        raise ConversionError(checkpoint.name, "the files on disk are not what was written")
    return found


@contextlib.contextmanager
def _disk_errors(checkpoint: Path) -> Any:
    try:
        yield
    except OSError as error:
        raise ConversionError(checkpoint.name, f"{error.strerror or error}: {error.filename}") from error
    except NotImplementedError as error:  # a network disk without file locks
        raise ConversionError(checkpoint.name, str(error)) from error


def _run(job: dict[str, Any], place: Path, progress: Progress | None, cancel: Cancel | None) -> None:
    with tempfile.TemporaryFile() as log:
        process = _start(place, log)
        try:
            _send(process, job)
            refusal = _follow(process, progress, cancel)
        finally:
            _end(process)
        if refusal is not None:
            raise MedSAMError(*refusal)
        if process.returncode != 0:
            raise ConversionError(Path(job["checkpoint"]).name, _last_words(process.returncode, log))


def _start(place: Path, log: IO[bytes]) -> subprocess.Popen:
    package_home = str(Path(__file__).resolve().parents[2])
    paths = [package_home, *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
        [_python(), "-m", _MODULE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        cwd=place,  # -m puts the current folder first on the path: this one is ours and empty
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _python() -> str:
    """The interpreter; inside Slicer ``sys.executable`` may be the application."""
    if Path(sys.executable).stem.lower().startswith("python"):
        return sys.executable
    found = shutil.which("PythonSlicer")
    if found is None:
        raise ConversionError("Python", "PythonSlicer was not found")
    return found


def _send(process: subprocess.Popen, job: dict[str, Any]) -> None:
    """Hand over the job; the pipe stays open: the child ends when we do."""
    with contextlib.suppress(BrokenPipeError):  # it died already; its exit status tells more
        process.stdin.write(json.dumps(job).encode() + b"\n")
        process.stdin.flush()


def _follow(process: subprocess.Popen, progress: Progress | None, cancel: Cancel | None) -> list[str] | None:
    """Pass progress on until the child ends; return its error, if it named one."""
    lines: queue.Queue[bytes | None] = queue.Queue()
    threading.Thread(target=_read_lines, args=(process.stdout, lines), daemon=True).start()
    refusal = None
    while True:
        if cancel is not None and cancel():
            raise Cancelled("the conversion to OpenVINO")
        with contextlib.suppress(queue.Empty):
            line = lines.get(timeout=_POLL_SECONDS)
            if line is None:
                process.wait()
                return refusal
            message = _message(line)
            refusal = message.get("error", refusal)
            if progress is not None and "what" in message:
                progress(message["done"], message["total"], message["what"])


def _read_lines(stream: IO[bytes], lines: queue.Queue[bytes | None]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)


def _message(line: bytes) -> dict[str, Any]:
    """A library may print lines of its own."""
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _end(process: subprocess.Popen) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def _last_words(returncode: int, log: IO[bytes]) -> str:
    log.seek(0)
    lines = log.read()[-4000:].decode(errors="replace").strip().splitlines()
    if returncode < 0 or not lines:  # a signal: the log's last line is not about it
        return f"the converter ended with status {returncode}"
    return lines[-1][:300]
