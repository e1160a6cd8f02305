"""The texts that readers are shown before they choose."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bandeau.core.policy import Purpose, Service
from bandeau.core.profile import Profile
from bandeau.policyfile.draft import Declared, Draft
from bandeau.policyfile.findings import Findings
from bandeau.policyfile.positions import Path

_MAX_TITLE, _MAX_SUMMARY = 60, 200
_MAX_PURPOSES = 8
_NEEDED = ("title", "summary", "detail")
_KEYS = (*_NEEDED, "profiles_text")

# Phrases that name no act, no data and nobody (EDPB guidelines 03/2022: ambiguous wording).
_VAGUE = (
    r"am[ée]liorer (?:votre|l['’]) ?(?:exp[ée]rience|utilisation)|exp[ée]rience optimale"
    r"|meilleure exp[ée]rience"
    r"|fins diverses|diverses fins|diff[ée]rentes finalit[ée]s|et plus encore|entre autres|\betc\b"
    r"|partenaires de confiance|improve your experience|(?:better|best|best possible) experience"
    r"|enhance your|various purposes|other purposes|and (?:much )?more\b|trusted partners"
)
_STEERING = (
    r"s['’]il vous pla[îi]t|\bplease\b|soutenez|aidez[- ]nous|help us|support us|support our"
    r"|vous (?:allez )?manque|you(?:'ll| will| would) miss|malheureusement|unfortunately"
    r"|we(?:'d| would) love|nous aimerions|vous regrett|recommend(?:ons d['’]accepter| accept)"
)
_MARKUP = r"<[a-zA-Z/!][^<>]*>|&(?:[a-zA-Z]{2,8}|#[0-9]{1,6});"
_TODO = r"\bTODO\b|\bFIXME\b|\bXXX\b|\blorem ipsum\b"

_LIMITS = {"title": (_MAX_TITLE, "BND301"), "summary": (_MAX_SUMMARY, "BND302")}
_PATTERNS = (
    ("BND304", re.compile(_VAGUE, re.IGNORECASE), "says nothing in particular"),
    ("BND330", re.compile(_STEERING, re.IGNORECASE), "pleads with the reader"),
    ("BND408", re.compile(_MARKUP), "is markup, and would be shown as it stands"),
    ("BND407", re.compile(_TODO, re.IGNORECASE), "is unfinished"),
)


def check_texts(draft: Draft, findings: Findings) -> None:
    """Report texts that are missing, too long, vague, pleading, unfinished or not translated."""
    for purpose in draft.purposes:
        _check_languages(purpose, draft, findings)
        _check_repeats(purpose, draft, findings)
    for service in draft.services:
        _check_names(f'service "{service.value.id}"', service, draft, findings)
    for profile in draft.profiles:
        _check_names(f'profile "{profile.value.name}"', profile, draft, findings)
        _check_names(f'profile "{profile.value.name}"', profile, draft, findings, key="holds")
    for path, key, text in _shown(draft):
        limit, code = _LIMITS.get(key, (len(text), ""))
        if len(text) > limit:
            findings.add(code, path, f"the {key} holds {len(text)} characters", note=f"at most {limit}")
        _check_words(path, text, findings)
    _check_number(draft, findings)


def _shown(draft: Draft) -> Iterator[tuple[Path, str, str]]:
    """Yield path, key and text of all that readers are shown."""
    for purpose in draft.purposes:
        for key in _KEYS:
            for language, text in purpose.entry.texts(key).items():
                yield (*purpose.entry.path, key, language), key, text
    for service in draft.services:
        if "title" in service.entry.data:
            yield from _shown_names(service)
    for profile in draft.profiles:
        if profile.entry.has("title"):
            yield from _shown_names(profile)
        for language, text in profile.value.holds.items():
            yield (*profile.entry.at("holds"), language), "", text
    for vendor in draft.vendors:
        yield vendor.entry.at("name"), "", vendor.value.name
    yield ("site", "name"), "", draft.site.name
    yield ("controller", "name"), "", draft.site.controller_name
    yield ("controller", "contact"), "", draft.site.controller_contact


def _shown_names(service: Declared[Service] | Declared[Profile]) -> Iterator[tuple[Path, str, str]]:
    path, title = service.entry.at("title"), service.value.title
    if isinstance(title, str):
        yield path, "", title
    else:
        yield from (((*path, language), "", text) for language, text in title.items())


def _check_words(path: Path, text: str, findings: Findings) -> None:
    for code, pattern, what in _PATTERNS:
        found = pattern.search(text)
        if found is not None:
            findings.add(code, path, f'"{found[0]}" {what}')


def _check_languages(purpose: Declared[Purpose], draft: Draft, findings: Findings) -> None:
    name, entry = purpose.value.id, purpose.entry
    for key in _KEYS:
        texts = entry.texts(key)
        needed = key in _NEEDED or (key == "profiles_text" and purpose.value.profiles and bool(texts))
        for language in draft.site.languages:
            if needed and language not in texts and (entry.has(key) or key != "title"):
                message = f'purpose "{name}" has no {key} in "{language}"'
                findings.add(
                    "BND303",
                    entry.at(key),
                    message,
                    help=f'add {key}.{language} = "…"',
                    on_key=True,
                    unless=(*entry.path, key),
                )
        for language in texts:
            if language not in draft.site.languages:
                message = (
                    f'{key} of purpose "{name}" is written in "{language}", which the site does not have'
                )
                findings.add("BND213", (*entry.path, key, language), message, on_key=True)
    if purpose.value.profiles and not entry.texts("profiles_text"):
        message = f'purpose "{name}" creates profiles and has no profiles_text'
        findings.add("BND324", entry.at("profiles"), message, unless=(*entry.path, "profiles_text"))


def _check_names(
    name: str,
    of: Declared[Service] | Declared[Profile],
    draft: Draft,
    findings: Findings,
    *,
    key: str = "title",
) -> None:
    """Report a name that is given by language, for other languages than the site's."""
    given, place = set(of.entry.texts(key)), of.entry.at(key)
    for language in sorted(given - set(draft.site.languages)):
        message = f'{key} of {name} is written in "{language}", which the site does not have'
        findings.add("BND213", (*place, language), message, on_key=True)
    for language in draft.site.languages if given else ():
        if language not in given:
            message = f'{name} has no {key} in "{language}"'
            findings.add("BND303", place, message, help=f'add {key}.{language} = "…"', on_key=True)


def _check_repeats(purpose: Declared[Purpose], draft: Draft, findings: Findings) -> None:
    """Report a sentence that is the same in two languages; a title of one word may well be."""
    for key in ("summary", "detail"):
        seen: dict[str, str] = {}
        for language, text in purpose.entry.texts(key).items():
            other = seen.setdefault(text.strip(), language)
            if other != language:
                message = f'{key} is the same in "{other}" and in "{language}"'
                findings.add("BND329", (*purpose.entry.path, key, language), message)


def _check_number(draft: Draft, findings: Findings) -> None:
    switches = [purpose for purpose in draft.purposes if not purpose.value.necessary]
    if len(switches) > _MAX_PURPOSES:
        message = f"{len(switches)} purposes with a switch are more than {_MAX_PURPOSES}"
        findings.add("BND328", switches[_MAX_PURPOSES].entry.path, message, on_key=True)
    if draft.purposes and not switches:
        findings.add("BND321", ("purposes",), "every purpose is necessary: nothing is asked", on_key=True)
    is_unclear = any(findings.was_refused((*purpose.entry.path, "necessary")) for purpose in draft.purposes)
    if draft.purposes and len(switches) == len(draft.purposes) and not is_unclear:
        findings.add("BND317", switches[0].entry.path, "no purpose is necessary", on_key=True)
