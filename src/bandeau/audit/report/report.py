"""The report as values: a judgement with the places it speaks of and what changed since another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from bandeau.audit.judge import Finding, Judgement, judge
from bandeau.audit.judge.judgement import Kind
from bandeau.audit.recording import Recording
from bandeau.audit.report.words import sentence
from bandeau.errors import AuditError
from bandeau.policyfile import Level, Loaded, Problem
from bandeau.policyfile.positions import Path
from bandeau.policyfile.problem import Span

SCHEMA = "bandeau-report-1"
#: Where in the file a finding of the site as a whole is mended; else at the table of the site.
_PATHS: dict[str, tuple[str, ...]] = {
    "BND535": ("choice", "remember"),
    "BND552": ("choice", "remember"),
    "BND547": ("site", "languages"),
}


class Known(msgspec.Struct, frozen=True):
    """A finding of an earlier run, as far as it is compared."""

    id: str
    code: str
    message: str


class Baseline(msgspec.Struct, frozen=True):
    """An earlier run: what was known then."""

    schema: str
    site: str
    started: str
    findings: tuple[Known, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed since an earlier run, by the names of findings. ``gone`` is described by the baseline."""

    since: str
    new: frozenset[str]
    same: frozenset[str]
    gone: tuple[Known, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report is made of.

    ``pictures`` are the screenshots of the recording's files, by their names.
    """

    recording: Recording
    judgement: Judgement
    loaded: Loaded
    difference: Difference | None = None
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    declared: bool = True

    @property
    def sentence(self) -> str:
        """The first sentence: verdict and sample."""
        return sentence(self.recording, self.judgement, self.loaded.policy)

    def place(self, finding: Finding) -> Span:
        """Return where in the policy file a finding belongs: a tracker's row, a service's name, a table."""
        positions = self.loaded.positions
        if finding.kind is Kind.SITE:
            return positions.key(_PATHS.get(finding.code, ("site",)))
        path = self.loaded.places.get((str(finding.kind), finding.subject), ())
        for below in self._below(finding):
            if (*path, *below) in positions.values:
                return positions.value((*path, *below))
        return positions.key(path)

    def _below(self, finding: Finding) -> Iterator[Path]:
        """Yield what names a finding's subject within its table, the most exact first."""
        if finding.kind is Kind.SERVICE:
            for index, tracker in enumerate(self.loaded.policy.service(finding.subject).trackers):
                if tracker.name == finding.object:
                    yield "trackers", index
            yield from (("id",), ("use",))

    def is_placed(self, finding: Finding) -> bool:
        """Tell whether a finding speaks of a line of the policy, and not of the site as a whole."""
        return finding.kind is not Kind.SITE or finding.code in _PATHS

    def line(self, finding: Finding) -> str:
        """Return the line of the policy file that a finding belongs to."""
        return self.loaded.positions.line(self.place(finding).line)

    def is_new(self, finding: Finding) -> bool:
        """Tell whether a finding was not known; without a baseline all are new."""
        return self.difference is None or finding.id in self.difference.new

    def failing(self, levels: Sequence[str]) -> tuple[Finding, ...]:
        """Return the new findings of some levels."""
        return tuple(f for f in self.judgement.findings if f.level in levels and self.is_new(f))

    def problems(self) -> tuple[Problem, ...]:
        """Return the new findings, and all doubts, as problems of the policy file."""
        new = (finding for finding in self.judgement.findings if self.is_new(finding))
        return tuple(self.problem(each) for each in (*new, *self.judgement.doubts))

    def problem(self, finding: Finding) -> Problem:
        """Return a finding as a problem of the policy file, for the forms made for those."""
        place, source = self.place(finding), self.line(finding)
        end = place.end_column if place.end_line == place.line else len(source) + 1
        return Problem(
            code=finding.code,
            level=Level(finding.level),
            filename=self.loaded.filename,
            line=place.line,
            column=place.column,
            end_column=max(end, place.column + 1),
            message=finding.message,
            help=finding.remedy,
            note=", ".join(finding.scenarios),
            source=source,
        )


def make_report(
    recording: Recording,
    loaded: Loaded,
    *,
    declared: bool = True,
    baseline: Baseline | None = None,
    pictures: Mapping[str, bytes] | None = None,
) -> Report:
    """Judge a recording and make its report; ``declared`` is as for ``judge``.

    Raises:
        AuditError: the baseline is of another site.
    """
    judgement = judge(recording, loaded.policy, declared=declared)
    difference = None if baseline is None else _compare(judgement, baseline, loaded.policy.site.id)
    return Report(recording, judgement, loaded, difference, pictures or {}, declared)


def read_baseline(data: bytes) -> Baseline:
    """Read an earlier run from its report.json.

    Raises:
        AuditError: it is none.
    """
    try:
        baseline = msgspec.json.decode(data, type=Baseline)
    except msgspec.DecodeError as error:
        raise AuditError(f"The baseline is no report.json of an audit: {error}") from error
    if baseline.schema != SCHEMA:
        raise AuditError(f"The baseline is of schema {baseline.schema!r}; this version reads {SCHEMA!r}.")
    return baseline


def _compare(judgement: Judgement, baseline: Baseline, site_id: str) -> Difference:
    if baseline.site != site_id:
        raise AuditError(f"The baseline is of the site {baseline.site!r}, and this is {site_id!r}.")
    known = {each.id for each in baseline.findings}
    now = {finding.id for finding in judgement.findings}
    return Difference(
        since=baseline.started,
        new=frozenset(now - known),
        same=frozenset(now & known),
        gone=tuple(each for each in baseline.findings if each.id not in now),
    )
