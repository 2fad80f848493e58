"""One HTML page that needs nothing else: sentences, tables, curves, the worst cases first."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from medsam_core.atomic_file import atomic_output
from medsam_training.evaluate.charts import prompt_charts, reliability_chart, size_chart
from medsam_training.evaluate.contestant import ELLIPSE
from medsam_training.evaluate.findings import Figure, Findings, spread
from medsam_training.evaluate.overlays import Overlay
from medsam_training.evaluate.row import Variant
from medsam_training.evaluate.run import Evaluation
from medsam_training.evaluate.summary import LEVEL, RESAMPLES, Estimate
from medsam_training.evaluate.words import headlines, how_measured

_MOST_LABELS = 60
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #888; }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 78rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2.2rem; }
.headline { font-size: 1.15rem; margin: .3rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; }
th, td { padding: .25rem .55rem; text-align: right; border-bottom: 1px solid var(--line); }
th, td { white-space: nowrap; }
th:first-child, td:first-child, td.name, th.name { text-align: left; }
tr.all td { font-weight: 600; }
small, .soft, figcaption { color: var(--soft); font-size: .82rem; }
.pictures { display: flex; flex-wrap: wrap; gap: .8rem; }
figure { margin: 0; width: 15rem; overflow-wrap: anywhere; } figure img { width: 15rem; border-radius: 3px; }
.charts img { max-width: 34rem; width: 100%; background: white; border-radius: 3px; }
.truth { color: #2b8fc9; } .model { color: #c98500; } .other { color: #b8508c; }
"""


def write_page(
    path: Path,
    evaluation: Evaluation,
    findings: Findings,
    overlays: Sequence[Overlay],
    other: Variant | None = None,
) -> None:
    """Write the page, whole or not at all.

    Args:
        path: of the page.
        evaluation, findings: what it shows.
        overlays: pictures of the first main variant.
        other: what else is outlined in them.
    """
    parts = [
        _head(evaluation, findings),
        _sets(findings),
        _pictures(findings.main[0], overlays, other),
        _labels(findings),
        _modalities(findings),
        _charts(evaluation, findings),
        _prompts(findings),
        _method(evaluation),
    ]
    text = "\n".join(part for part in parts if part)
    page = '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Evaluation</title>'
    page += f"<style>{_STYLE}</style></head>\n<body>\n{text}\n</body></html>\n"
    with atomic_output(path, overwrite=True) as temporary:
        temporary.write_text(page, encoding="utf-8", errors="replace")


def _head(evaluation: Evaluation, findings: Findings) -> str:
    models = ", ".join(dict.fromkeys(v.model for v in findings.main if v.model != ELLIPSE))
    lines = "".join(f'<p class="headline">{escape(line)}</p>' for line in headlines(evaluation, findings))
    notes = "".join(f"<p><small>{escape(note)}</small></p>" for note in evaluation.notes)
    return f"<h1>{escape(models)}</h1>\n{lines}{notes}"


def _sets(findings: Findings) -> str:
    names = list(dict.fromkeys(f.set_name for f in findings.figures if f.set_name and not f.label))
    rows = [_set_row(findings, name) for name in names]
    if len(names) > 1:
        rows.append(_set_row(findings, None))
    head = ["set", "patients, cases"]
    for variant in findings.main:
        head += [f"{_short(findings, variant)} DSC", "NSD", "HD95"]
        head += ["error"] if variant.model != ELLIPSE else []
    note = "<p><small>error: how much more or less 1 - DSC is than the ellipse's</small></p>"
    return f"<h2>Sets</h2>\n{_table(head, rows, last_is_all=len(names) > 1)}{note}"


def _set_row(findings: Findings, name: str | None) -> list[str]:
    figures = [findings.figure(variant, name) for variant in findings.main]
    known = next((f for f in figures if f is not None), None)
    counts = f"{known.dsc.patients}, {known.dsc.cases}" if known else ""
    cells = [escape(name or "mean of the sets"), counts]
    for variant, figure in zip(findings.main, figures, strict=True):
        cells += _cells(figure)
        cells += [_change(figure)] if variant.model != ELLIPSE else []
    return cells


def _labels(findings: Findings) -> str:
    keys = list(dict.fromkeys((f.set_name, f.label) for f in findings.figures if f.label))
    if len(keys) <= len({name for name, _ in keys}):
        return ""
    rows = []
    for set_name, label in keys[:_MOST_LABELS]:
        found = {f.variant: f for f in findings.figures if (f.set_name, f.label) == (set_name, label)}
        cells = [escape(f"{set_name}: {label}")]
        for variant in findings.main:
            cells += _cells(found.get(variant))
        rows.append(cells)
    head = ["label", *_repeated_head(findings)]
    more = f"<p><small>{len(keys) - _MOST_LABELS} more in summary.json</small></p>"
    return f"<h2>Labels</h2>\n{_table(head, rows)}{more if len(keys) > _MOST_LABELS else ''}"


def _modalities(findings: Findings) -> str:
    names = list(dict.fromkeys(f.modality for f in findings.figures if f.modality is not None))
    if len(names) < 2:
        return ""
    rows = []
    for name in names:
        found = {f.variant: f for f in findings.figures if f.modality == name}
        cells = [escape(name or "not stated")]
        for variant in findings.main:
            cells += _cells(found.get(variant))
        rows.append(cells)
    return f"<h2>Modalities</h2>\n{_table(['modality', *_repeated_head(findings)], rows)}"


def _prompts(findings: Findings) -> str:
    every = [f for f in findings.figures if f.set_name is None and f.modality is None]
    if len(every) <= len(findings.main) and not findings.seeds:
        return ""
    rows = [[escape(str(f.variant)), _interval(f.dsc), _interval(f.nsd), _change(f)] for f in every]
    table = _table(["prompt, size, images: mean of the sets", "DSC", "NSD", "error"], rows)
    return f"<h2>Prompts</h2>\n{table}{_seeds(findings)}"


def _seeds(findings: Findings) -> str:
    lines = []
    for variant in findings.main:
        mine = [figure for figure in findings.seeds if figure.variant == variant]
        if len(mine) > 1:
            mean, deviation = spread(mine)
            seeds = ", ".join(f"{figure.dsc:.3f} (seed {figure.seed})" for figure in mine)
            name = escape(_short(findings, variant))
            lines.append(f"<p>{name}: DSC {mean:.3f} ± {deviation:.3f} over seeds: {seeds}</p>")
    return "".join(lines)


def _charts(evaluation: Evaluation, findings: Findings) -> str:
    drawn = [*prompt_charts(findings, evaluation.plan), size_chart(findings), reliability_chart(findings)]
    images = "\n".join(_image(png, "curve") for png in drawn if png is not None)
    lines = "".join(
        f"<p><small>{escape(str(one.variant))}: expected calibration error {one.calibration.error:.3f}, "
        f"score and IoU differ by {one.calibration.off_by:.3f} on average, "
        f"{one.calibration.count} masks on slices</small></p>"
        for one in findings.reliability
        if one.variant in findings.main
    )
    return f'<h2>Curves</h2>\n<div class="charts">{images}</div>{lines}' if images else ""


def _pictures(main: Variant, overlays: Sequence[Overlay], other: Variant | None) -> str:
    if not overlays:
        return ""
    legend = '<span class="truth">truth dashed</span>, <span class="model">answer</span>'
    if other is not None:
        legend += f', <span class="other">{escape(other.model)} dash-dotted</span>'
    parts = [f"<h2>Cases</h2><p><small>{legend}; the box as it was given; {escape(str(main))}</small></p>"]
    for group in ("worst", "median", "best"):
        figures = "\n".join(_figure(overlay) for overlay in overlays if overlay.group == group)
        if figures:
            parts.append(f'<h3>{group}</h3>\n<div class="pictures">{figures}</div>')
    return "\n".join(parts)


def _figure(overlay: Overlay) -> str:
    row = overlay.row
    figures = f"DSC {row.dsc:.3f}, NSD {row.nsd:.3f}, HD95 {row.hd95:.1f} {row.unit}"
    if row.score is not None:
        figures += f", score {row.score:.2f}"
    what = escape(f"{row.case_id}, {row.label}, slice {overlay.slice_number}")
    caption = f"<figcaption>{what}<br>{escape(figures)}</figcaption>"
    return f"<figure>{_image(overlay.png, what)}{caption}</figure>"


def _method(evaluation: Evaluation) -> str:
    lines = "".join(f"<li>{escape(line)}</li>" for line in how_measured(evaluation))
    interval = (
        f"<li>Intervals: {LEVEL:.0%}, percentile bootstrap, {RESAMPLES} draws of patients; "
        "none with one patient.</li>"
    )
    left = "".join(f"<li>{escape(id_)}: {escape(why)}</li>" for id_, why in evaluation.left_out.items())
    left = f"<h2>Left out</h2><ul>{left}</ul>" if left else ""
    models = "".join(f"<li>{escape(_described(one))}</li>" for one in _with_files(evaluation))
    return f"<h2>How it was measured</h2><ul>{models}{lines}{interval}</ul>{left}"


def _with_files(evaluation: Evaluation) -> Iterable[dict]:
    return ({"name": one.name, **one.about} for one in evaluation.contestants if one.about)


def _described(model: dict) -> str:
    words = [f"{key} {model[key]}" for key in ("file", "architecture", "preset", "image_size", "precision")
             if model.get(key) is not None]  # fmt: skip
    score = f"score: {model['score']}" if model.get("score") else ""
    checksum = f"sha256 {model['sha256']}" if model.get("sha256") else ""
    return f"{model['name']}: {', '.join(filter(None, [*words, score, checksum]))}"


def _repeated_head(findings: Findings) -> list[str]:
    return [cell for v in findings.main for cell in (f"{_short(findings, v)} DSC", "NSD", "HD95")]


def _short(findings: Findings, variant: Variant) -> str:
    several = len({v.image_size for v in findings.main if v.model == variant.model}) > 1
    return f"{variant.model} {variant.image_size} px" if several else variant.model


def _cells(figure: Figure | None) -> list[str]:
    if figure is None:
        return ["", "", ""]
    distance = f"{figure.hd95.mean:.1f} {figure.unit}" if figure.hd95 is not None else ""
    return [_interval(figure.dsc), f"{figure.nsd.mean:.3f}", distance]


def _interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{estimate.mean:.3f}"
    return f"{estimate.mean:.3f} <small>{estimate.low:.3f} to {estimate.high:.3f}</small>"


def _change(figure: Figure | None) -> str:
    return "" if figure is None or figure.error_change is None else f"{figure.error_change:+.0%}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], last_is_all: bool = False) -> str:
    """A table; cells are HTML, heads are text."""
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = []
    for place, row in enumerate(rows):
        kind = ' class="all"' if last_is_all and place == len(rows) - 1 else ""
        body.append(f"<tr{kind}>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>")
    return f'<div class="wide"><table><tr>{top}</tr>\n' + "\n".join(body) + "</table></div>"


def _image(png: bytes, what: str) -> str:
    return f'<img alt="{what}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'
