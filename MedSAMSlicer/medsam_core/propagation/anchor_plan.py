"""Which slices are anchors for `anchors`: read off the prompts alone, before any model is asked."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from medsam_core.prompts import Box, Point, SegmentPrompt
from medsam_core.propagation.slice_prompt import BoxXYXY, SlicePrompt, pair_clicks

_LONGEST_SPAN = 10  # an axis or box every 3 to 10 slices is what MedSAM's annotation study asked for
_ROOM_OF_A_MARK = 5  # half of it: a marked slice takes the place of a 3D box's own anchors this near


@dataclass(frozen=True)
class Anchor:
    """A slice that is prompted by itself, whatever its neighbours say.

    Attributes:
        index: the slice.
        prompts: its boxes and clicks, or its drawn mask.
        marked: whether the user marked this slice; False where it stands for a 3D box.
    """

    index: int
    prompts: tuple[SlicePrompt, ...]
    marked: bool = True

    @property
    def is_drawn(self) -> bool:
        """Whether a person drew its mask."""
        return self.prompts[0].mask is not None

    @property
    def is_absent(self) -> bool:
        """Whether it is drawn as empty: the object is not on this slice."""
        return self.prompts[0].mask is not None and self.prompts[0].mask.is_empty

    @property
    def is_firm(self) -> bool:
        """Whether it is an anchor whatever the model says and other marks are: not by clicks alone."""
        return self.is_drawn or bool(self.boxes)

    @property
    def boxes(self) -> tuple[BoxXYXY, ...]:
        """Its boxes, leftmost first; none for a drawn mask and for clicks."""
        return tuple(sorted({p.box_xyxy for p in self.prompts if p.box_xyxy is not None}))


@dataclass(frozen=True)
class AnchorPlan:
    """The anchors of a segment, and what holds on the slices between them.

    Attributes:
        anchors: lowest first. Those of clicks alone may turn out to be none: see `span_end.end_of`.
        solid: the boxes that span more than one slice.
        points: all clicks.
    """

    anchors: tuple[Anchor, ...]
    solid: tuple[Box, ...]
    points: tuple[Point, ...]

    def clicks(self, index: int) -> list[Point]:
        """The clicks on a slice."""
        return [p for p in self.points if p.ijk[2] == index]

    def prompts_of_solids(self, index: int) -> list[SlicePrompt]:
        """The cross-sections of the 3D boxes on a slice with its clicks: what `roi` asks there."""
        return pair_clicks(self._sections(index), self.clicks(index)) if self._sections(index) else []

    def limits(self, index: int) -> BoxXYXY | None:
        """What the 3D boxes on a slice reach over together; None without one."""
        boxes = self._sections(index)
        return hull(boxes) if boxes else None

    def below(self, index: int) -> tuple[Anchor, ...]:
        """The anchors under a slice, nearest first."""
        return self.anchors[: bisect_left(self.anchors, index, key=_index_of)][::-1]

    def above(self, index: int) -> tuple[Anchor, ...]:
        """The anchors over a slice, nearest first."""
        return self.anchors[bisect_left(self.anchors, index + 1, key=_index_of) :]

    def reach(self, index: int) -> tuple[int, int]:
        """Between which slices, these not included, a mark on a slice can change anything.

        That is up to the nearest firm anchors, and beyond all anchors where there is none: a mark may make
        clicks anchors, or be the second of two marks that have clicks between them. Of clicks alone each is
        an anchor, and the nearest ones bound it (farther, if the model finds nothing there).
        """
        stands = [a.index for a in self.anchors if a.is_firm or not self.has_firm]
        first = max((k for k in stands if k < index), default=min(self.anchors[0].index, index) - 1)
        return first, min((k for k in stands if k > index), default=max(self.anchors[-1].index, index) + 1)

    @property
    def has_firm(self) -> bool:
        """Whether any anchor is firm."""
        return any(a.is_firm for a in self.anchors)

    def at(self, index: int) -> Anchor | None:
        """The anchor on a slice."""
        return next((a for a in self.anchors if a.index == index), None)

    def _sections(self, index: int) -> list[BoxXYXY]:
        return [_section(b) for b in self.solid if index in b.slices_k]


def plan_anchors(segment: SegmentPrompt) -> AnchorPlan:
    """Find the anchors of a segment.

    Anchors are slices with a drawn mask and slices with a box of their own. A 3D box bounds the boxes of its
    slices, and its cross-section is an anchor on its first and last slice and at most every ten between,
    where no marked slice is near. A positive click is an anchor where no two of these have it between them;
    else it joins the interpolated box of its slice. The order of the prompts makes no difference.

    What a mark adds, it changes no farther than `AnchorPlan.reach`: the reason that a correction need not
    redo more than its spans.
    """
    flat = sorted((b for b in segment.boxes if len(b.slices_k) == 1), key=_corners)
    solid = tuple(sorted((b for b in segment.boxes if len(b.slices_k) > 1), key=_corners))
    points = tuple(sorted(segment.points, key=lambda p: (p.ijk, p.positive)))
    bare = AnchorPlan((), solid, points)
    found: dict[int, Anchor] = {}
    for k in {b.min_ijk[2] for b in flat}:
        boxes = [_section(b) for b in flat if b.min_ijk[2] == k]
        found[k] = Anchor(k, tuple(pair_clicks(boxes, bare.clicks(k))))
    for mask in segment.masks:
        found[mask.k] = Anchor(mask.k, (SlicePrompt(mask=mask),))
    for k in _stand_ins(solid, sorted(found)):
        found[k] = Anchor(k, tuple(bare.prompts_of_solids(k)), marked=False)
    firm = [found[k] for k in sorted(found)]
    for k in {p.ijk[2] for p in points if p.positive}:
        if k not in found and not _is_between(firm, k):
            found[k] = Anchor(k, tuple(pair_clicks([], bare.clicks(k))))
    return AnchorPlan(tuple(found[k] for k in sorted(found)), solid, points)


def hull(boxes: list[BoxXYXY] | tuple[BoxXYXY, ...]) -> BoxXYXY:
    """The smallest box around some."""
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return (min(x0), min(y0), max(x1), max(y1))


def _stand_ins(solid: tuple[Box, ...], marked: list[int]) -> set[int]:
    """Slices where 3D boxes are anchors."""
    chosen: set[int] = set()
    for box in solid:
        ends = {box.min_ijk[2], box.max_ijk[2]}
        between = _evenly(*sorted(ends)) - ends
        chosen |= ends | {k for k in between if all(abs(k - m) > _ROOM_OF_A_MARK for m in marked)}
    return chosen - set(marked)


def _evenly(first: int, last: int) -> set[int]:
    """Slices from first to last, at most ten apart, lying alike from either end."""
    length = last - first
    steps = -(-length // _LONGEST_SPAN)
    steps += 1 if steps % 2 == 0 and length % 2 else 0  # no slice lies in the middle
    low = {first + (2 * n * length + steps) // (2 * steps) for n in range(steps // 2 + 1)}
    return low | {first + last - k for k in low}


def _is_between(firm: list[Anchor], index: int) -> bool:
    place = bisect_left(firm, index, key=_index_of)
    if not 0 < place < len(firm):
        return False
    return not (firm[place - 1].is_absent and firm[place].is_absent)


def _index_of(anchor: Anchor) -> int:
    return anchor.index


def _corners(box: Box) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    return box.min_ijk, box.max_ijk


def _section(box: Box) -> BoxXYXY:
    x0, y0, x1, y1 = map(float, box.box_xyxy)
    return (x0, y0, x1, y1)
