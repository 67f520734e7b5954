"""Everything worth knowing about a message before it goes out, each as a sentence with what to do.

`check` says all of it. `blocking` says what stops a start: words that cannot be used, and values that somebody of the
audience would see a gap for. The rest is advice: a message without a link to unsubscribe gets one by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.models import Contact
from crmseg.access import account
from crmseg.common.problems import InvalidInput, Problem
from segments.models import Segment

from .. import unsubscribe
from ..models import Arm, Campaign
from . import compose, liquid, loading, readers, reads
from .checks import markup, missing, sender
from .checks.finding import INFO, LEVELS, STOP, WARN, Finding
from .compose import LANGUAGES, Composition, Message, Prepared
from .words import MAIN

SAMPLE = 200
"""So many people are rendered: all of a small audience, a part of a large one."""


@dataclass(frozen=True)
class Version:
    """One of the messages of a campaign: an arm, or the campaign itself."""

    label: str
    sender: str
    composition: Composition


def check(campaign: Campaign, *, resolver: sender.Resolver = sender.records) -> list[Finding]:
    """All findings, the gravest first."""
    found = [*_words(campaign)]
    if not any(finding.level == STOP for finding in found):
        versions = _versions(campaign)
        try:
            sample, everyone = readers.some(campaign, SAMPLE) if campaign.include else ([], 0)
        except InvalidInput as error:  # a definition that was right when it was written
            return [Finding("audience", STOP, one.message, pointer="/include") for one in error.problems]
        contacts = [*Contact.objects.select_related("company").filter(pk__in=sample).order_by("pk")]
        for version in versions:
            found += missing.look(campaign, version.composition, version.label) if campaign.include else ()
            found += _names(version)
            found += _rendered(campaign, version, contacts, everyone)
        found += _languages(campaign, versions[0].composition)
        for address in dict.fromkeys(version.sender for version in versions):
            found += sender.look(address, resolver)
    return sorted(_once(found), key=lambda finding: LEVELS.index(finding.level))


def blocking(campaign: Campaign) -> list[Problem]:
    """What keeps the campaign from starting, as problems of its fields."""
    stops = [finding for finding in _words(campaign) if finding.level == STOP]
    if not stops:
        for version in _versions(campaign):
            stops += [one for one in missing.look(campaign, version.composition, version.label) if one.level == STOP]
            stops += [one for one in _names(version) if one.level == STOP]
    return [Problem(one.pointer or "/subject", _said(one)) for one in _once(stops)]


def _said(finding: Finding) -> str:
    where = f"{finding.where}: " if finding.where else ""
    return " ".join([where + finding.message, *finding.detail])


def _words(campaign: Campaign) -> Iterator[Finding]:
    """Words that cannot be used at all."""
    for problem in compose.problems(campaign):
        yield Finding("words", STOP, problem.message, pointer=problem.pointer)
    for arm in _arms(campaign):
        for problem in compose.problems(arm):
            yield Finding("words", STOP, problem.message, pointer=problem.pointer, where=_label(arm))
    if not campaign.subject.strip() and campaign.channel not in compose.WITHOUT_SUBJECT:
        yield Finding("subject", STOP, _("Write a subject."), pointer="/subject")


def _versions(campaign: Campaign) -> list[Version]:
    arms = _arms(campaign)
    if not arms:
        return [Version("", campaign.sender, compose.compose(campaign))]
    return [Version(_label(arm), arm.sender or campaign.sender, compose.compose(campaign, arm)) for arm in arms]


def _arms(campaign: Campaign) -> list[Arm]:
    return [*Arm.objects.filter(campaign=campaign)] if campaign.pk else []


def _label(arm: Arm) -> str:
    return _("Arm %(key)s") % {"key": arm.key}


def _names(version: Version) -> Iterator[Finding]:
    """Names that mean nothing: mistypings, variables that this arm lacks, lists that are not there."""
    unknown: dict[str, None] = {}
    lacking: dict[str, None] = {}
    for prepared in version.composition.languages.values():
        for template in (prepared.subject, prepared.html, prepared.text):
            if template is None:
                continue
            unknown |= dict.fromkeys(reads.unknown_names(template))
            for name in reads.unguarded(template):
                root, _dot, key = name.partition(".")
                if root == "arm" and key.partition(".")[0] not in version.composition.variables:
                    lacking[key] = None
    if unknown:
        message = _("Nothing is called: %(names)s.") % {"names": ", ".join(unknown)}
        yield Finding("names", WARN, message, (_("Known are: %(names)s.") % {"names": ", ".join(reads.ROOTS)},))
    if lacking:
        message = _("These variables of the test have no value and no default: %(names)s.")
        yield Finding("names", STOP, message % {"names": ", ".join(lacking)}, where=version.label)
    asked = version.composition.needs.lists or frozenset()
    known = Segment.unarchived.values_list("pk", "name") if asked else ()
    there = {key for pk, name in known for key in (pk, name.casefold())}
    absent = [one for one in asked if (one.casefold() if isinstance(one, str) else one) not in there]
    if absent:
        message = _("Content depends on lists that do not exist: %(names)s.")
        yield Finding("names", WARN, message % {"names": ", ".join(map(str, sorted(absent, key=str)))})


def _rendered(campaign: Campaign, version: Version, contacts: list[Contact], everyone: int) -> Iterator[Finding]:
    """What only shows in messages: their size and links, gaps of computed values, people they cannot be made for."""
    composition = version.composition
    loaded = loading.load([contact.pk for contact in contacts], composition.needs)
    url = unsubscribe.url(campaign.pk or 0, unsubscribe.NOBODY)
    counted = {*missing.countable(missing.printed_bare(composition))}
    gaps: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    largest: dict[str, Message] = {}
    for contact in contacts or [Contact(first_name="Ada", last_name="Lovelace", email="ada@example.org")]:
        values = loaded.get(contact.pk, loading.NOTHING)
        language = compose.language_of(contact)
        try:
            message = composition.render(contact, url, values)
            gaps.update(_gaps(composition, contact, url, values) - counted)
        except liquid.TemplateError as error:
            failures[str(error)] += 1
            continue
        key = language if language in composition.languages else MAIN
        if key not in largest or len(message.html) > len(largest[key].html):
            largest[key] = message
    sampled = len(contacts) < everyone
    given = {"where": version.label, "of": len(contacts), "sampled": sampled}
    for name, people in gaps.most_common():
        said = {"people": people, "of": len(contacts), "name": name}
        sentence = ngettext(
            "%(name)s is empty for %(people)s of the %(of)s readers looked at.",
            "%(name)s is empty for %(people)s of the %(of)s readers looked at.",
            people,
        )
        yield Finding("missing", WARN, sentence % said, people=people, **given)  # type: ignore[arg-type]
    for reason, people in failures.most_common(3):
        sentence = ngettext(
            "The message cannot be made for %(people)s of the %(of)s readers looked at.",
            "The message cannot be made for %(people)s of the %(of)s readers looked at.",
            people,
        )
        said = {"people": people, "of": len(contacts), "name": ""}
        yield Finding("words", WARN, sentence % said, (reason,), people=people, **given)  # type: ignore[arg-type]
    for language, shown in largest.items():
        where = " · ".join(filter(None, [version.label, str(LANGUAGES.get(language, language))]))
        asked_for = _says_how_to_stop(composition.languages[language])
        for finding in markup.look(shown, url, asked_for=asked_for):
            yield replace(finding, where=where)


def _gaps(composition: Composition, contact: Contact, url: str, loaded: loading.Values) -> set[str]:
    prepared = composition.for_language(contact)
    values = composition.values(contact, url, loaded)
    found: set[str] = set()
    for template, source in (
        (prepared.subject, prepared.subject_source),
        (prepared.html or prepared.text, prepared.html_source or prepared.text_source),
    ):
        names = reads.bare_expressions(template)
        found |= {names.get(said, said) for said in liquid.empties(source, values)}
    return found


def _says_how_to_stop(prepared: Prepared) -> bool:
    source = prepared.html_source or prepared.text_source
    return "unsubscribe_url" in source


def _languages(campaign: Campaign, composition: Composition) -> Iterator[Finding]:
    """Readers whose language the campaign has no words in, once it has words in several."""
    spoken = [language for language in composition.languages if language != MAIN]
    if not spoken or not campaign.include:
        return
    people, parameters = readers.reached(campaign)
    own = account.current().language
    sql = f"""
        SELECT lower(split_part(COALESCE(contact.language, ''), '-', 1)) AS language, count(*)
          FROM ({people}) AS person JOIN contacts_contact AS contact ON contact.id = person.contact_id
         GROUP BY 1 ORDER BY 2 DESC
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        counts: Mapping[str, int] = dict(cursor.fetchall())
    for language, count in counts.items():
        if language in LANGUAGES and language not in {*spoken, own}:
            message = ngettext(
                "%(n)s reader speaks %(language)s, and gets the main words.",
                "%(n)s readers speak %(language)s, and get the main words.",
                count,
            )
            said = {"n": f"{count:,}", "language": LANGUAGES[language]}
            yield Finding("languages", INFO, message % said, people=count)


def _once(found: list[Finding]) -> list[Finding]:
    """What several versions share is said once, of none of them."""
    seen: dict[tuple[object, ...], Finding] = {}
    for finding in found:
        key = (finding.check, finding.level, finding.message, finding.detail, finding.pointer)
        seen[key] = replace(finding, where="") if key in seen else finding
    return list(seen.values())
