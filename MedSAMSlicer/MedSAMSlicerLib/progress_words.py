"""How far something is, as a line for the user."""

from __future__ import annotations

from MedSAMSlicerLib.background_run import RunProgress

# Below that an estimate jumps about; and what ends in less needs none.
_ESTIMATE_AFTER_SECONDS = 2.0


def progress_words(progress: RunProgress) -> str:
    """One line: what, how far, and how long it will take, once that can be told."""
    parts = [progress.title]
    if progress.what:
        parts.append(progress.what)
    if progress.total > 1:
        parts.append(f"{progress.done} of {progress.total}")
    left = seconds_left(progress)
    if left is not None:
        parts.append(f"about {duration_words(left)} left")
    return ", ".join(parts)


def percent(progress: RunProgress) -> int | None:
    """0..100; None where nobody knows how much there is to do."""
    return None if progress.total <= 0 else min(100 * progress.done // progress.total, 100)


def seconds_left(progress: RunProgress) -> float | None:
    """By the pace so far; None while that says nothing."""
    if progress.seconds < _ESTIMATE_AFTER_SECONDS or not 0 < progress.done < progress.total:
        return None
    return progress.seconds / progress.done * (progress.total - progress.done)


def duration_words(seconds: float) -> str:
    """A time as one says it: "40 s", "3 min", "2 h"."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{round(seconds / 3600)} h"


def size_words(count: float) -> str:
    """An amount of memory: "0 MB", "375 MB", "2.6 GB"."""
    return f"{count / 1e6:.0f} MB" if count < 1e9 else f"{count / 1e9:.1f} GB"
