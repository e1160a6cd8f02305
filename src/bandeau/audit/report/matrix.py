"""The matrix of the page: purposes in rows, choices in columns, in groups that fit a sheet of paper."""

from __future__ import annotations

from dataclasses import dataclass

from bandeau.audit.judge import Cell, Verdict
from bandeau.audit.report.report import Report
from bandeau.audit.report.words import STATES, count, scenario_label, title_of
from bandeau.audit.scenarios import Kind, scenario

_GROUPS = (
    ("The reader's choices", (Kind.NONE, Kind.REFUSE, Kind.ACCEPT, Kind.WITHDRAW)),
    ("One purpose alone", (Kind.ONLY,)),
    ("All but one purpose", (Kind.ALL_BUT,)),
    ("Other circumstances", (Kind.GPC, Kind.NO_JS, Kind.BFCACHE, Kind.EXPIRED, Kind.GUARD_BLOCKED)),
)
_MOST_COLUMNS = 6
#: Then what was seen happened before, or the cell would say otherwise.
_OVER = ("withdrawn", "ended")


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell in words; ``href`` leads to its first finding."""

    label: str
    verdict: Verdict
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class RowView:
    """A purpose and its cells."""

    title: str
    cells: tuple[CellView, ...]


@dataclass(frozen=True, slots=True)
class GroupView:
    """Some columns of the matrix."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[RowView, ...]


def matrix_groups(report: Report) -> tuple[GroupView, ...]:
    """Return the matrix in groups of columns; groups without a column are left out."""
    groups = []
    for caption, kinds in _GROUPS:
        names = [name for name in report.judgement.scenarios if scenario(name).kind in kinds]
        for start in range(0, len(names), _MOST_COLUMNS):
            groups.append(_group(report, caption, names[start : start + _MOST_COLUMNS]))
    return tuple(groups)


def _group(report: Report, caption: str, names: list[str]) -> GroupView:
    policy, judgement = report.loaded.policy, report.judgement
    labels = [scenario_label(policy, name) for name in names]
    rows = (
        RowView(
            title_of(policy, purpose),
            tuple(
                _cell(judgement.cell(purpose, name), label) for name, label in zip(names, labels, strict=True)
            ),
        )
        for purpose in (*judgement.purposes, "")
    )
    return GroupView(caption, tuple(labels), tuple(rows))


def _cell(cell: Cell, label: str) -> CellView:
    return CellView(label, cell.verdict, cell_text(cell), cell.findings[0] if cell.findings else "")


def cell_text(cell: Cell) -> str:
    """Return what a cell says below its verdict."""
    parts = [STATES[cell.state]] if cell.purpose else []
    if cell.findings:
        parts.append(count(len(cell.findings), "finding", "findings"))
    if cell.seen:
        over = cell.state in _OVER and not cell.findings
        parts.append(count(cell.seen, "call", "calls") + (" while allowed" if over else ""))
    elif not cell.findings:
        parts.append("nothing seen")
    if cell.held:
        parts.append(f"{cell.held} held back")
    return " · ".join(parts)
