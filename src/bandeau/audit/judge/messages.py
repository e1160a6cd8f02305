"""The sentence of each finding: what happened, to whom, in plain words."""

from __future__ import annotations

from collections.abc import Sequence

_MOST_NAMED = 4

#: ``{who}`` is the service or purpose, ``{things}`` what was seen (hosts, cookies, buttons, pages).
_SENTENCES = {
    "BND501": "“{who}” is called before any choice: {things}",
    "BND502": "“{who}” is called after a refusal: {things}",
    "BND503": "“{who}” is called after its permission was withdrawn or had ended: {things}",
    "BND504": "“{who}” sets a cookie before any choice: {things}",
    "BND505": "“{who}” sets a cookie after a refusal: {things}",
    "BND506": "“{who}” sets a cookie after its permission was withdrawn or had ended: {things}",
    "BND507": "A cookie of “{who}” is kept after its permission was withdrawn: {things}",
    "BND508": "“{who}” stores something before any choice: {things}",
    "BND509": "“{who}” stores something after a refusal: {things}",
    "BND510": "Something that “{who}” stores outlives its permission: {things}",
    "BND511": "A server of “{who}” is looked up or connected to before any choice: {things}",
    "BND512": "A server of “{who}” is looked up or connected to after a refusal: {things}",
    "BND513": "A server of “{who}” is connected to although its permission has ended: {things}",
    "BND514": "“{who}” works although the browser asks not to be tracked: {things}",
    "BND515": "An ETag differs for each reader and comes back: {things}",
    "BND516": "A name of the site leads to the servers of “{who}”: {things}",
    "BND517": "A name of the site leads to somebody who is not declared: {things}",
    "BND518": "A header of the site makes the browser report to {things}",
    "BND520": "Nobody declared {things}, and it is called",
    "BND521": "Nobody declared the cookie {things}",
    "BND522": "Nobody declared the stored item {things}",
    "BND523": "Nobody declared {things}, and the browser connects to it",
    "BND530": "A cookie of “{who}” lives longer than declared: {things}",
    "BND531": "A cookie of “{who}” lives longer than 13 months: {things}",
    "BND532": "A cookie of the exempt “{who}” lives longer than 13 months: {things}",
    "BND533": "A cookie of the exempt “{who}” is prolonged by each page: {things}",
    "BND534": "A cookie of “{who}” is not as it is declared: {things}",
    "BND535": "A choice is remembered for another time than declared: {things}",
    "BND540": "Refusing is harder than accepting: {things}",
    "BND541": "Refusing is no button: {things}",
    "BND542": "Refusing is less prominent than accepting: {things}",
    "BND543": "A button of the notice is hard to read: {things}",
    "BND544": "A switch is on before anybody touched it: {things}",
    "BND545": "A page has no way back to the choices: {things}",
    "BND546": "Withdrawing is harder than accepting: {things}",
    "BND547": "The notice speaks another language than the page: {things}",
    "BND548": "The notice cannot be used with the keyboard: {things}",
    "BND549": "The notice has a fault of accessibility: {things}",
    "BND550": "A refusal is not remembered: {things}",
    "BND551": "An accept is not remembered: {things}",
    "BND552": "Nobody is asked again when the choice has ended: {things}",
    "BND553": "The list of recipients cannot be reached from the notice: {things}",
    "BND554": "The notice does not name a purpose that it asks for: {things}",
    "BND555": "The page stays covered after a refusal: {things}",
    "BND556": "Accepting and refusing are drawn in different colours: {things}",
    "BND560": "A profile is created without permission: {things}",
    "BND561": "A profile is kept after its permission was withdrawn: {things}",
    "BND562": "The server has no record of a choice that was made: {things}",
    "BND563": "The server recorded another choice than the one that was made: {things}",
    "BND564": "The server recorded a choice that nobody made: {things}",
    "BND590": "A page could not be visited: {things}",
    "BND591": "A page against robots came instead of the site: {things}",
    "BND592": "A choice could not be made: {things}",
    "BND593": "A visit did not end in time: {things}",
    "BND594": "A page hindered its visit: {things}",
    "BND595": "The record of the network has holes: {things}",
    "BND596": "This browser hid what it was made to show: {things}",
    "BND597": "A part of the audit was not run: {things}",
    "BND598": "It cannot be said whose {things} is",
}


def sentence(code: str, who: str, things: Sequence[str]) -> str:
    """Return what a finding says; of many things the first few are named."""
    named = list(dict.fromkeys(things))
    text = ", ".join(named[:_MOST_NAMED])
    if len(named) > _MOST_NAMED:
        text += f" and {len(named) - _MOST_NAMED} more"
    return _SENTENCES[code].format(who=who, things=text)
