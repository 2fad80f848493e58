"""Files sent from the browser's machine, in the page."""

from __future__ import annotations

import http.client
import re
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from testkit.viewer_page import ViewerPage
from testkit.viewer_process import ViewerProcess


def send(page: ViewerPage, *paths: Path) -> None:
    """Choose files as the button does."""
    page.part("upload-input").set_input_files([str(path) for path in paths])


def left_behind() -> list[Path]:
    """What lies in the folders that viewers keep for this."""
    folders = Path(tempfile.gettempdir()).glob("medsam-viewer-*")
    return [path for folder in folders for path in folder.rglob("*")]


def post(viewer: ViewerProcess, headers: dict[str, str], key: str = "x") -> int:
    """The status of a bare request."""
    where = urlsplit(viewer.address)
    connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=20)
    connection.request("POST", f"/upload?key={key}&name=a.nrrd", body=b"NRRD", headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_file_is_sent_shown_and_removed(a_page: ViewerPage, a_folder: Path, tmp_path: Path) -> None:
    sent = tmp_path / "my brain.nrrd"
    sent.write_bytes((a_folder / "image.nrrd").read_bytes())
    send(a_page, sent)
    a_page.wait_for("volume", "my_brain")
    a_page.wait_for("slice-Axial", "/ 25")
    assert left_behind() == []


def test_the_files_of_a_dicom_series_are_one_volume(a_page: ViewerPage, a_folder: Path) -> None:
    send(a_page, *sorted((a_folder / "series").iterdir()))
    a_page.wait_for("volume", "a series")
    assert left_behind() == []


def test_a_file_is_dropped_on_the_page(a_page: ViewerPage, a_folder: Path) -> None:
    drop = """async ([bytes, name]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], name));
        for (const type of ["dragover", "drop"])
            document.body.dispatchEvent(
                new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }"""
    picture = next(iter(sorted((a_folder / "series").iterdir()))).read_bytes()
    a_page.page.evaluate(drop, [list(picture), "../../one.dcm"])
    a_page.wait_for("volume", "a series")
    a_page.wait_for("slice-Axial", "/ 1")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("broken.nii.gz", b"not an image", "broken.nii.gz: "),
        ("notes.txt", b"hello", "is of a format that is not known"),
        ("empty.nrrd", b"", "is empty"),
        ("model.pth", b"PK\3\4" + b"0" * 400, "is of a format that is not known"),
    ],
)
def test_a_bad_file_is_one_clear_line_and_the_page_goes_on(
    a_page: ViewerPage, tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    (tmp_path / name).write_bytes(content)
    send(a_page, tmp_path / name)
    a_page.wait_for("message", told)
    said = a_page.text("message")
    assert name in said
    assert "medsam-viewer-" not in said, "where the server keeps it is nobody's business"
    assert re.search(r"; \w+", said), "what to do"
    assert a_page.text("volume") == "image"
    assert left_behind() == []
    a_page.click("add-segment")
    a_page.part("segment").wait_for()


def test_several_images_at_once_are_refused(a_page: ViewerPage, a_folder: Path) -> None:
    send(a_page, a_folder / "image.nrrd", a_folder / "broken.nii.gz")
    a_page.wait_for("message", "send one, or the files of one DICOM series")
    assert left_behind() == []


def test_what_is_too_large_is_refused_before_it_is_sent(a_page: ViewerPage) -> None:
    key = a_page.page.evaluate("window.trame.trigger('upload_begin', [1, 2 ** 40])")
    assert not key
    a_page.wait_for("message", "at most are taken")


def test_more_than_was_announced_is_cut_off(a_page: ViewerPage) -> None:
    status = a_page.page.evaluate(
        """async () => {
            const key = await window.trame.trigger("upload_begin", [1, 10]);
            const body = new Uint8Array(5000000);
            try { return (await fetch(`upload?key=${key}&name=a.nrrd`, { method: "POST", body })).status }
            catch { return 413 }
        }"""
    )
    assert status == 413
    a_page.wait_for("message", "more than was announced")
    assert left_behind() == []


def test_an_upload_is_cancelled(a_page: ViewerPage) -> None:
    key = a_page.page.evaluate("window.trame.trigger('upload_begin', [2, 1000])")
    a_page.wait_for("uploading", "Sending 2 files")
    a_page.click("cancel-upload")
    a_page.wait_for("message", "cancelled")
    late = "async key => (await fetch(`upload?key=${key}&name=a`, { method: 'POST', body: 'x' })).status"
    assert a_page.page.evaluate(late, key) == 409
    assert left_behind() == []


@pytest.mark.parametrize("origin", [None, "http://evil.example", "own"])
def test_nobody_sends_a_file_without_the_secret(a_viewer: ViewerProcess, origin: str | None) -> None:
    address = a_viewer.address
    headers = {} if origin is None else {"Origin": address if origin == "own" else origin}
    assert post(a_viewer, headers) == 403


def test_nobody_sends_a_file_from_another_page_even_with_the_secret(a_viewer: ViewerProcess) -> None:
    where = urlsplit(a_viewer.link)
    cookie = {"Cookie": f"medsam-{where.port}={where.query.removeprefix('secret=')}"}
    assert post(a_viewer, {**cookie, "Origin": "http://evil.example"}) == 403
    assert post(a_viewer, cookie) == 403
    assert post(a_viewer, {**cookie, "Origin": a_viewer.address}) == 409, "nothing was announced"
