"""Loading: a text becomes a policy of the core."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bandeau.core.canonical import digest
from bandeau.core.hostpattern import HostPattern
from bandeau.core.policy import Basis, Kind, Mode, Otherwise, Purpose, Reach
from bandeau.errors import PolicyError
from bandeau.policyfile import load, load_file
from tests.policyfile.samples import GOOD, changed, codes_of, problems_of

ROOT = Path(__file__).parents[2]


def test_good_policy_loads_without_a_warning() -> None:
    """The sample of the tests is clean."""
    assert load(GOOD).warnings == ()


def test_declared_words_become_values_of_the_core() -> None:
    """Site, purposes, services and trackers carry what the file says."""
    policy = load(GOOD).policy
    player = policy.service("player")
    assert policy.site.url == "https://www.journal.example"
    assert policy.site.hosts == (HostPattern("www.journal.example"),)
    assert policy.purpose("technical").necessary
    assert player.kind is Kind.EMBED
    assert player.otherwise is Otherwise.PLACEHOLDER
    assert player.trackers[0].max_age_seconds == 182 * 86_400
    assert policy.service("session").basis is Basis.EXEMPT
    assert policy.enforce.mode is Mode.ENFORCE


def test_defaults_stand_where_the_file_is_silent() -> None:
    """No [choice], [proof] or languages are needed."""
    policy = load(changed('languages = ["fr"]\n', "")).policy
    assert policy.remember_days == 182
    assert policy.proof.store == "sqlite:///bandeau.db"
    assert policy.site.languages == ("fr",)
    assert policy.site.default_language == "fr"


def test_site_hosts_default_to_the_host_of_the_url() -> None:
    """One host need not be written twice."""
    policy = load(changed('hosts = ["www.journal.example"]\n', "")).policy
    assert policy.site.hosts == (HostPattern("www.journal.example"),)


def test_honoured_signal_marks_its_purposes() -> None:
    """honour_gpc is a list of purposes."""
    policy = load(GOOD + '\n[choice]\nhonour_gpc = ["social"]\n').policy
    assert [purpose.gpc for purpose in policy.purposes] == [False, True]


def test_purposes_keep_the_order_of_the_file() -> None:
    """The panel shows them so."""

    def order(purposes: tuple[Purpose, ...]) -> list[str]:
        return [purpose.id for purpose in purposes]

    assert order(load(GOOD).policy.purposes) == ["technical", "social"]


def test_catalogue_service_brings_hosts_trackers_and_vendor() -> None:
    """`use` with a version stands for the whole declaration."""
    policy = load(GOOD + '\n[[services]]\nuse = "youtube@1"\npurpose = "social"\n').policy
    youtube = policy.service("youtube")
    assert HostPattern("www.youtube.com") in youtube.hosts
    assert youtube.title == "YouTube"
    assert policy.vendor("google").name == "Google Ireland Limited"


def test_keys_beside_use_replace_those_of_the_entry() -> None:
    """A publisher who shortened a lifetime says so without copying the entry."""
    text = (
        GOOD + '\n[[services]]\nuse = "youtube@1"\nid = "films"\npurpose = "social"\nhosts = ["x.example"]\n'
    )
    films = load(text).policy.service("films")
    assert films.hosts == (HostPattern("x.example"),)
    assert films.kind is Kind.EMBED


def test_own_vendor_stands_in_the_place_of_the_catalogues() -> None:
    """The file's words about a vendor win."""
    own = '[vendors.google]\nname = "Google chez nous"\ncountry = "IE"\npolicy_url = "https://g.example/"\n'
    own += "since = 2\n"
    policy = load(GOOD + own + '\n[[services]]\nuse = "youtube@1"\npurpose = "social"\n').policy
    assert policy.vendor("google").name == "Google chez nous"
    assert policy.vendor("google").since == 2


def test_mistake_in_a_catalogue_service_is_shown_at_use() -> None:
    """A place that the file does not have would help nobody."""
    text = GOOD + '\n[[services]]\nuse = "ga4@1"\npurpose = "social"\n'
    found = problems_of(text)
    assert {problem.code for problem in found} == {"BND308"}
    assert {problem.source for problem in found} == {'use = "ga4@1"'}


def test_open_reach_and_service_bit_are_kept() -> None:
    """Both change what a choice may do."""
    text = changed('vendor = "tube"', 'vendor = "tube"\nreach = "open"\nbit = 7\nsince = 2')
    player = load(text).policy.service("player")
    assert (player.reach, player.bit, player.since) == (Reach.OPEN, 7, 2)


def test_first_mode_rule_that_matches_stands() -> None:
    """Rules keep their order."""
    rules = '\n[[enforce.rules]]\npath = "/admin/*"\nmode = "off"\n\n[[enforce.rules]]\nmode = "report"\n'
    enforce = load(GOOD.replace('mode = "enforce"\n', f'mode = "enforce"\n{rules}')).policy.enforce
    assert enforce.mode_for("www.journal.example", "/admin/x") is Mode.OFF
    assert enforce.mode_for("www.journal.example", "/") is Mode.REPORT


def test_digest_ignores_comments_and_layout() -> None:
    """The same declaration has the same digest."""
    commented = "# a comment\n\n" + GOOD.replace("bit = 1", "bit   =   0x1  # one")
    assert load(commented).policy.digest == load(GOOD).policy.digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("revision = 3", "revision = 4"),
        ('"Vidéos"', '"Films"'),
        ('"6 months"', '"5 months"'),
        ('["player.tube.example"]', '["other.tube.example"]'),
        ('name = "Tube SA"', 'name = "Tube SAS"'),
        ('country = "FR"', 'country = "FR"\ntransfer = "adequacy"'),
        ('mode = "enforce"', 'mode = "report"'),
        ('otherwise = "placeholder"', 'otherwise = "placeholder"\ndata_retention = "25 months"'),
    ],
)
def test_digest_changes_with_every_declared_value(old: str, new: str) -> None:
    """Also with values that the core does not carry."""
    assert load(changed(old, new)).policy.digest != load(GOOD).policy.digest


def test_place_of_a_service_is_its_table() -> None:
    """Reports about a live site point at the line that declares the service."""
    loaded = load(GOOD)
    line = loaded.place("service", "player").line
    assert GOOD.splitlines()[line] == 'id = "player"'
    assert loaded.place("service", "nobody").line == 1


def test_all_problems_come_at_once_sorted_by_line() -> None:
    """Nobody mends a file one run at a time."""
    text = (
        changed("bit = 1", "bit = 0")
        .replace('country = "FR"', 'country = "fr"')
        .replace("version = 1", "versio = 1")
    )
    found = problems_of(text)
    assert [problem.code for problem in found] == ["BND106", "BND202", "BND122"]
    assert [problem.line for problem in found] == sorted(problem.line for problem in found)


def test_warnings_come_with_the_errors() -> None:
    """One pass shows both."""
    assert codes_of(
        changed("bit = 1", "bit = 0").replace('policy_url = "https://tube.example/privacy"\n', "")
    ) == [
        "BND202",
        "BND322",
    ]


def test_unreadable_file_is_a_problem_with_its_name(tmp_path: Path) -> None:
    """A missing file and a folder are told like any other mistake."""
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(PolicyError, match="BND118"):
            load_file(path)


def test_file_beyond_one_megabyte_is_not_read(tmp_path: Path) -> None:
    """A log file given by mistake costs nothing."""
    path = tmp_path / "big.toml"
    path.write_bytes(b"# " + b"a" * 1_000_001)
    with pytest.raises(PolicyError, match="BND103"):
        load_file(path)
    with pytest.raises(PolicyError, match="BND103"):
        load("#" * 1_000_001)


def test_byte_order_mark_and_crlf_are_no_mistakes() -> None:
    """Editors on Windows write both."""
    assert load("\ufeff" + GOOD.replace("\n", "\r\n")).policy.digest == load(GOOD).policy.digest


def test_places_are_right_in_a_file_with_crlf() -> None:
    """Columns do not count the carriage return."""
    (problem,) = problems_of(changed("bit = 1", "bit = 0").replace("\n", "\r\n"))
    assert (problem.line, problem.column, problem.source) == (28, 7, "bit = 0")


def _policies() -> list[Path]:
    return [
        path
        for folder in ("docs", "gazette", "src")
        for path in sorted((ROOT / folder).rglob("bandeau.toml"))
    ]


@pytest.mark.parametrize("path", _policies(), ids=str)
def test_every_policy_of_the_repository_is_clean(path: Path) -> None:
    """What we ship obeys our own rules."""
    assert load_file(path).warnings == ()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://www.tube.example/", "www.tube.example"),
        ("//Tube.example/embed/", "tube.example/embed/*"),
        ("https://tube.example:8443/a.js", "tube.example:8443/a.js"),
        ("müller.example", "xn--mller-kva.example"),
        ("*.bücher.example", "*.xn--bcher-kva.example"),
    ],
)
def test_address_in_place_of_a_host_is_mended(written: str, meant: str) -> None:
    """The pattern is read as browsers read the address."""
    (problem,) = problems_of(changed("player.tube.example", written))
    assert problem.code == "BND113"
    assert problem.fix is not None
    assert problem.fix.text == f'"{meant}"'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[a]\nb = 1\n[a.b]\nc = 2\n", "declared before, in another way"),
        ("[a]\nb = 1\n[a]\n", "declared before, in another way"),
        ("a = 1\na = 2\n", '"a" is written twice'),
        ("a = 1\na.b = 2\n", "declared before, in another way"),
    ],
)
def test_what_is_declared_twice_is_told_apart_from_other_syntax(text: str, message: str) -> None:
    """The remedy is another one."""
    problem = problems_of(text)[-1] if "a = 1" not in text else problems_of(text)[1]
    assert problem.code == "BND104"
    assert message in problem.message


def test_second_syntax_mistake_is_found_when_the_first_ends_with_its_line() -> None:
    """And behind a broken header nothing more is claimed."""
    text = changed('purpose = "social"', "purpose = social").replace('country = "FR"', "country = FR")
    assert codes_of(text) == ["BND101", "BND101"]
    assert codes_of(
        changed("[vendors.tube]", "[vendors.tube").replace('otherwise = "placeholder"', "= 1")
    ) == ["BND101"]


def test_missing_keys_are_not_claimed_while_lines_are_broken() -> None:
    """What stands on a broken line is not missing; unknown keys are told all the same."""
    text = changed("revision = 3", "revision = three").replace("otherwise", "othervise")
    assert codes_of(text) == ["BND101", "BND106"]


def test_a_service_is_named_once_for_all_languages_or_in_each() -> None:
    """A brand has one name; a sentence is said in the reader's language, and one that lacks is asked for."""
    plain = load(GOOD.replace('id = "player"', 'id = "player"\ntitle = "Tube"')).policy
    assert plain.service("player").title == "Tube"
    spoken = load(GOOD.replace('id = "player"', 'id = "player"\ntitle.fr = "Lecteur"')).policy
    assert spoken.service("player").title == {"fr": "Lecteur"}
    with pytest.raises(PolicyError, match='service "player" has no title in "fr"'):
        load(GOOD.replace('id = "player"', 'id = "player"\ntitle.en = "Player"'))


def test_the_declaration_is_what_the_digest_is_of() -> None:
    """Whoever keeps it can show what a record's policy digest stands for."""
    loaded = load(GOOD)
    assert digest(loaded.declaration) == loaded.policy.digest
    assert loaded.text == GOOD
    declared = json.loads(loaded.declaration)["policy"]
    assert [each["id"] for each in declared["purposes"]] == [each.id for each in loaded.policy.purposes]
