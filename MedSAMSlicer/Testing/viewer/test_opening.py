"""Volumes opened in the page."""

from __future__ import annotations

from testkit.viewer_page import ViewerPage


def test_a_dicom_folder_is_opened_as_one_volume(a_page: ViewerPage) -> None:
    a_page.click("browse")
    a_page.part("file").filter(has_text="series").click()
    a_page.part("file").filter(has_text="..").wait_for()
    a_page.click("open-folder")
    a_page.page.wait_for_function("window.trame.state.get('volume_name') !== 'image'")
    a_page.wait_for("volume", "")
    assert not a_page.page.locator(".foot.error").count()
    a_page.click("browse")
    a_page.part("file").filter(has_text="..").click()
    a_page.part("file").filter(has_text="image.nrrd").click()
    a_page.wait_for("volume", "image")


def test_of_several_series_in_a_folder_the_user_chooses_one(a_page: ViewerPage) -> None:
    def ask() -> None:
        a_page.click("browse")
        a_page.part("file").filter(has_text="study").click()
        a_page.part("file").filter(has_text="inner 1").wait_for()
        a_page.click("open-folder")
        a_page.part("series").filter(has_text="with contrast").wait_for()

    def leave() -> None:
        a_page.click("browse")
        a_page.part("file").filter(has_text="..").click()
        a_page.part("file").filter(has_text="image.nrrd").click()
        a_page.wait_for("volume", "image")

    ask()
    a_page.click("close-series")
    a_page.wait_until("!get('is_asking_series') && !get('volume_reading')")
    assert a_page.text("volume") == "image"
    leave()
    ask()
    a_page.part("series").filter(has_text="with contrast").click()
    a_page.wait_for("volume", "with contrast")
    a_page.wait_for("slice-Axial", "/ 7")
    leave()


def test_a_broken_file_is_told_and_the_open_volume_stays(a_page: ViewerPage) -> None:
    a_page.click("browse")
    a_page.part("file").filter(has_text="broken.nii.gz").click()
    a_page.page.locator(".foot.error").wait_for()
    assert "broken.nii.gz" in a_page.text("message")
    assert a_page.text("volume") == "image"
    assert a_page.text("slice-Axial") == "13 / 25"


def test_no_path_outside_of_the_folders_is_opened_whatever_the_page_sends(a_page: ViewerPage) -> None:
    for path in ("/etc/passwd", "../../../etc/passwd"):
        a_page.page.evaluate("path => window.trame.trigger('choose', [path, false])", path)
        a_page.wait_for("message", "outside of the folders")
    assert a_page.text("volume") == "image"
