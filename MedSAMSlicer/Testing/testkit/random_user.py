"""A user who clicks everywhere, without sense but repeatably."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

from testkit.viewer_page import ViewerPage

BUTTONS = [
    "tool",
    "accept",
    "clear",
    "propagate",
    "cancel",
    "commit",
    "discard",
    "next-unsure",
    "through-here",
    "undo",
    "redo",
    "add-segment",
    "eye",
    "segment",
    "browse",
    "browse-segmentation",
    "see-through",
    "in-space-Axial",
    "in-space-Sagittal",
    "in-space-Coronal",
    "fit",
    "lock",
    "stay",
    "open-unsaved",
]
KEYS = ("Enter", "Enter", "Escape", "n", "m", "Control+z", "Control+z", "Control+y")
STRATEGIES = ("track", "roi", "anchors", "consensus")
SLICES = (0, 2, 3)
"""Places of the slice views in the page."""


class RandomUser:
    """Does one thing after the other.

    Args:
        page: to work in.
        seed: of what is done.
        volumes: paths that can be opened.
        segmentations: paths that can be laid over a volume.

    Attributes:
        done: how often what was done.
    """

    def __init__(self, page: ViewerPage, seed: int, volumes: list[str], segmentations: list[str]) -> None:
        self._page, self._volumes, self._segmentations = page, volumes, segmentations
        self._random = random.Random(seed)
        self.done: Counter[str] = Counter()
        self._ways: list[tuple[int, Callable[[], None]]] = [
            (30, self.box),
            (10, self.click),
            (12, self.wheel),
            (6, self.pan_or_zoom),
            (20, self.key),
            (40, self.button),
            (4, self.strategy),
            (4, self.cell),
            (4, self.slider),
            (3, self.rename),
            (3, self.volume),
            (3, self.segmentation),
            (1, self.reload),
        ]

    def act(self) -> None:
        """Do something."""
        weights = [weight for weight, _ in self._ways]
        way = self._random.choices([way for _, way in self._ways], weights)[0]
        self.done[way.__name__] += 1
        way()

    def box(self) -> None:
        """Drag from somewhere to somewhere, sometimes beyond the view."""
        view = self._random.choice(SLICES)
        mouse = self._page.page.mouse
        mouse.move(*self._somewhere(view))
        mouse.down()
        mouse.move(*self._somewhere(view), steps=self._random.randint(1, 6))
        if self._random.random() < 0.2:
            mouse.move(*self._somewhere(self._random.choice(SLICES)), steps=2)
        mouse.up()

    def click(self) -> None:
        """Click, with Ctrl or not."""
        keyboard, held = self._page.page.keyboard, self._random.random() < 0.5
        if held:
            keyboard.down("Control")
        self._page.page.mouse.click(*self._somewhere(self._random.choice(SLICES)))
        if held:
            keyboard.up("Control")

    def wheel(self) -> None:
        """Scroll."""
        self._page.page.mouse.move(*self._somewhere(self._random.choice(SLICES)))
        for _ in range(self._random.randint(1, 6)):
            self._page.page.mouse.wheel(0, self._random.choice((-120, 120)))

    def pan_or_zoom(self) -> None:
        """Drag with the right button, or turn the surfaces."""
        mouse, view = self._page.page.mouse, self._random.choice((0, 1, 2, 3))
        button = "left" if view == 1 else "right"
        mouse.move(*self._somewhere(view))
        mouse.down(button=button)
        mouse.move(*self._somewhere(view), steps=3)
        mouse.up(button=button)

    def key(self) -> None:
        """Press one of those that mean something."""
        self._page.page.keyboard.press(self._random.choice(KEYS))

    def button(self) -> None:
        """One that can be pressed now."""
        found = self._page.page.evaluate(
            """names => names.flatMap(name =>
                [...document.querySelectorAll(`[data-test="${name}"]`)].map((one, n) => [name, n, one]))
              .filter(([, , one]) => one.offsetParent && !one.disabled).map(([name, n]) => [name, n])""",
            list(BUTTONS),
        )
        if found:
            name, n = self._random.choice(found)
            self.done[name] += 1
            self._try_to(lambda: self._page.part(name).nth(n).click(timeout=2000))

    def strategy(self) -> None:
        """Another way through the volume."""
        self._set("strategy", self._random.choice(STRATEGIES))

    def cell(self) -> None:
        """One of the strip."""
        cells = self._page.part("strip").locator(".cell")
        count = cells.count()
        if count:
            self._try_to(lambda: cells.nth(self._random.randrange(count)).click(timeout=2000))

    def slider(self) -> None:
        """A slice by number, also such that there are not."""
        self._set(
            self._random.choice(("Axial", "Sagittal", "Coronal")) + "_index", self._random.randint(-2, 300)
        )

    def rename(self) -> None:
        """A segment."""
        name = self._page.page.get_by_label("Name of the segment").first
        if name.count():
            self._try_to(
                lambda: name.fill(self._random.choice(("liver", "", "ü 肝", "x" * 80)), timeout=2000)
            )
            self._page.page.keyboard.press("Tab")

    def volume(self) -> None:
        """Open another one, or something that is none; no matter what is under way."""
        self._open("volume", self._random.choice(self._volumes))

    def segmentation(self) -> None:
        """Open a saved one over whatever is open, or something that is none."""
        self._open("segmentation", self._random.choice(self._segmentations))

    def reload(self) -> None:
        """The page."""
        self._page.page.reload()
        self._page.wait_for("status", "Ready")

    def close_list(self) -> None:
        """Whatever lies over the page."""
        self._set("is_browsing", False)

    def _somewhere(self, view: int) -> tuple[float, float]:
        area = self._page.page.locator(".layout-grid-item").nth(view).bounding_box()
        return (
            area["x"] + self._random.uniform(0.02, 0.98) * area["width"],
            area["y"] + self._random.uniform(0.02, 0.98) * area["height"],
        )

    def _open(self, kind: str, path: str) -> None:
        self._page.page.evaluate(
            "([kind, path]) => { for (const [name, words] of [['browse', [kind]], ['choose', [path, false]]])"
            " window.trame.trigger(name, words) }",
            [kind, path],
        )
        self.close_list()

    def _set(self, name: str, value: object) -> None:
        self._page.page.evaluate("([name, value]) => window.trame.state.set(name, value)", [name, value])

    def _try_to(self, act: Callable[[], None]) -> None:
        """What was there a moment ago may be gone, or covered by a list."""
        from playwright.sync_api import Error

        try:
            act()
        except Error:
            self.done["missed"] += 1
            self.close_list()
