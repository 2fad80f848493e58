"""A download is whole and checked, or the folder is as it was; what came is not asked for twice."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from file_server import FileServer, serving

from medsam_core.checkpoints import download as download_module
from medsam_core.checkpoints.download import download
from medsam_core.checkpoints.download_job import Download
from medsam_core.errors import Cancelled, DownloadError

CONTENT = random.Random(7).randbytes(3 << 20)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
NO_WAIT = (0, 0)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(CONTENT) as served:
        yield served


@pytest.fixture
def job(server: FileServer, tmp_path: Path) -> Download:
    return Download("weights", server.url, tmp_path / "models" / "weights.pth", len(CONTENT), SHA256)


def leftovers(job: Download) -> set[str]:
    """What lies in the folder beside the file; the lock stays on purpose."""
    return {path.name for path in job.target.parent.iterdir()} - {job.target.name, job.target.name + ".lock"}


def test_a_whole_file_arrives_and_nothing_else_stays(job: Download) -> None:
    assert download(job).read_bytes() == CONTENT
    assert leftovers(job) == set()


def test_progress_ends_at_the_size_of_the_file(job: Download) -> None:
    seen: list[tuple[int, int]] = []
    download(job, progress=lambda done, total: seen.append((done, total)))
    assert seen[0] == (0, len(CONTENT)) and seen[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_a_good_file_is_not_asked_for_again(job: Download, server: FileServer) -> None:
    job.target.parent.mkdir()
    job.target.write_bytes(CONTENT)
    assert download(job) == job.target
    assert server.requests == []


def test_a_corrupt_file_is_replaced(job: Download) -> None:
    job.target.parent.mkdir()
    job.target.write_bytes(b"x" + CONTENT[1:])
    assert download(job).read_bytes() == CONTENT


def test_a_corrupt_file_stays_when_the_download_fails(job: Download, server: FileServer) -> None:
    job.target.parent.mkdir()
    job.target.write_bytes(b"old")
    server.answers = [404]
    with pytest.raises(DownloadError):
        download(job)
    assert job.target.read_bytes() == b"old"


def test_a_dropped_connection_is_resumed_where_it_ended(job: Download, server: FileServer) -> None:
    server.drop_after = [1 << 20, 1 << 20]
    assert download(job, waits=NO_WAIT).read_bytes() == CONTENT
    assert len(server.requests) == 3
    assert server.bytes_sent == len(CONTENT), "a byte that had come was asked for again"
    assert server.requests[1]["If-Range"] == '"v1"'


def test_a_connection_that_drops_often_but_gets_on_is_not_given_up(job: Download, server: FileServer) -> None:
    server.drop_after = [1 << 18] * 10
    assert download(job, waits=(0,)).read_bytes() == CONTENT
    assert server.bytes_sent == len(CONTENT)


def test_a_later_call_resumes_what_an_earlier_one_left(job: Download, server: FileServer) -> None:
    server.drop_after = [1 << 20]
    with pytest.raises(DownloadError, match="resumes"):
        download(job, waits=())
    assert not job.target.exists()
    assert download(job).read_bytes() == CONTENT
    assert server.bytes_sent == len(CONTENT)


def test_cancelling_keeps_what_came_and_a_later_call_goes_on(job: Download, server: FileServer) -> None:
    seen: list[int] = []
    with pytest.raises(Cancelled):
        download(job, progress=lambda done, _: seen.append(done), cancel=lambda: seen[-1] > 0)
    assert not job.target.exists() and job.part.stat().st_size == seen[-1]
    assert download(job).read_bytes() == CONTENT
    assert server.requests[1]["Range"] == f"bytes={seen[-1]}-"


def test_two_versions_of_a_file_are_never_joined(job: Download, server: FileServer) -> None:
    server.drop_after = [1 << 20]
    unverified = replace(job, bytes=None, sha256=None)
    with pytest.raises(DownloadError):
        download(unverified, waits=())
    server.content, server.etag = CONTENT[::-1], '"v2"'
    assert download(unverified).read_bytes() == CONTENT[::-1]


def test_without_validator_and_checksum_a_download_starts_anew(job: Download, server: FileServer) -> None:
    server.etag, server.drop_after = None, [1 << 20]
    assert download(replace(job, sha256=None), waits=NO_WAIT).read_bytes() == CONTENT
    assert "Range" not in server.requests[1]


def test_a_server_without_ranges_starts_anew(job: Download, server: FileServer) -> None:
    server.knows_ranges, server.drop_after = False, [1 << 20]
    assert download(job, waits=NO_WAIT).read_bytes() == CONTENT
    assert server.bytes_sent == len(CONTENT) + (1 << 20)


def test_a_damaged_beginning_is_brought_again_in_the_same_call(job: Download) -> None:
    job.target.parent.mkdir()
    job.part.write_bytes(b"x" * (1 << 20))
    assert download(job).read_bytes() == CONTENT


def test_a_part_that_is_whole_already_is_accepted(job: Download, server: FileServer) -> None:
    job.target.parent.mkdir()
    job.part.write_bytes(CONTENT)
    assert download(job).read_bytes() == CONTENT
    assert server.bytes_sent == 0


def test_wrong_content_is_refused_and_thrown_away(job: Download, server: FileServer) -> None:
    server.content = CONTENT[::-1]
    with pytest.raises(DownloadError, match="sha256"):
        download(job)
    assert not job.target.exists() and leftovers(job) == set()


def test_md5_is_checked_where_nothing_better_is_known(job: Download, server: FileServer) -> None:
    wrong = replace(job, sha256=None, md5="0" * 32)
    with pytest.raises(DownloadError, match="md5"):
        download(wrong)
    right = replace(job, sha256=None, md5=hashlib.md5(CONTENT).hexdigest())
    assert download(right).read_bytes() == CONTENT


def test_a_wrong_size_is_refused_before_a_byte_is_written(job: Download, server: FileServer) -> None:
    server.content = CONTENT + b"more"
    with pytest.raises(DownloadError, match="instead of"):
        download(job)
    assert not job.part.exists()


def test_a_short_file_behind_a_long_promise_is_not_taken(job: Download, server: FileServer) -> None:
    server.announce = len(CONTENT)
    server.content, server.etag = CONTENT[: 1 << 20], None
    with pytest.raises(DownloadError):
        download(replace(job, bytes=None, sha256=None), waits=NO_WAIT)
    assert not job.target.exists()


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_missing_file_is_said_at_once(job: Download, server: FileServer, status: int) -> None:
    server.answers = [status] * 5
    with pytest.raises(DownloadError, match=str(status)):
        download(job, waits=NO_WAIT)
    assert len(server.requests) == 1


def test_a_busy_server_is_asked_again(job: Download, server: FileServer) -> None:
    server.answers = [503, 429]
    assert download(job, waits=NO_WAIT).read_bytes() == CONTENT


def test_a_server_that_stays_down_is_given_up(job: Download, server: FileServer) -> None:
    server.answers = [500] * 9
    with pytest.raises(DownloadError, match="failed 3 times"):
        download(job, waits=NO_WAIT)


def test_a_machine_that_does_not_answer_is_one_line(job: Download) -> None:
    nowhere = replace(job, url="http://127.0.0.1:9/weights.pth")
    with pytest.raises(DownloadError) as caught:
        download(nowhere, waits=())
    assert "\n" not in str(caught.value)


def test_redirects_are_followed_but_not_for_ever(job: Download, server: FileServer) -> None:
    redirected = replace(job, url=server.url.replace("weights.pth", "redirect"))
    server.redirect_to = server.url
    assert download(redirected).read_bytes() == CONTENT
    job.target.unlink()
    server.redirect_to = "/redirect"
    with pytest.raises(DownloadError, match="redirects"):
        download(redirected, waits=())


def test_a_redirect_to_a_file_of_this_machine_is_refused(job: Download, server: FileServer) -> None:
    server.redirect_to = "file:///etc/hostname"
    with pytest.raises(DownloadError):
        download(replace(job, url=server.url.replace("weights.pth", "redirect"), sha256=None), waits=())


def test_a_web_page_is_not_taken_for_weights(job: Download, server: FileServer) -> None:
    server.headers = {"Content-Type": "text/html; charset=utf-8"}
    with pytest.raises(DownloadError, match="web page"):
        download(replace(job, bytes=None, sha256=None))


def test_a_full_disk_is_said_before_the_download(
    job: Download, server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = download_module.shutil.disk_usage(job.target.parent.parent)._replace(free=1 << 20)
    monkeypatch.setattr(download_module.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DownloadError, match="free"):
        download(job)
    assert not job.part.exists()


def test_a_disk_that_fills_up_on_the_way_is_one_line(job: Download, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(download_module.os, "fsync", full)
    with pytest.raises(DownloadError, match="No space left"):
        download(job)
    assert not job.target.exists()


def test_a_folder_that_cannot_be_made_is_one_line(job: Download, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(DownloadError, match="cannot be written"):
        download(replace(job, target=tmp_path / "taken" / "weights.pth"))


def test_a_file_address_is_a_mirror_too(job: Download, tmp_path: Path, server: FileServer) -> None:
    mirror = tmp_path / "a mirror.pth"
    mirror.write_bytes(CONTENT)
    assert download(replace(job, url=mirror.as_uri())).read_bytes() == CONTENT
    assert mirror.read_bytes() == CONTENT
    with pytest.raises(DownloadError, match="No such file"):
        download(replace(job, url=(tmp_path / "nothing").as_uri(), target=tmp_path / "b.pth"))


@pytest.mark.parametrize(
    "url", ["ftp://host/a", "weights.pth", "", "javascript:1", "http://[::bad/a", "file://other/a"]
)
def test_other_addresses_are_refused(job: Download, url: str) -> None:
    with pytest.raises(DownloadError):
        download(replace(job, url=url), waits=())


def test_two_at_once_download_only_once(job: Download, server: FileServer) -> None:
    threads = [threading.Thread(target=download, args=(job,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert job.target.read_bytes() == CONTENT
    assert server.bytes_sent == len(CONTENT)


def test_waiting_for_another_process_can_be_cancelled(job: Download) -> None:
    job.target.parent.mkdir()
    with download_module.FileLock(str(job.target) + ".lock"), pytest.raises(Cancelled):
        download(job, cancel=lambda: True)
