"""Figures a card reports: performance per provider, standings on competitions and categories, and result pictures."""

import re
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Final

from providers.catalogue.card.errors import CardError
from providers.catalogue.card.outline import BENCHMARKS, CURATED, GALLERY, PERFORMANCE, RESULTS, USE_CASES, Section
from providers.catalogue.card.prose import MODES_BY_LABEL, Block, Labelled, blocks, labelled, percentage, whole
from providers.names import shown
from providers.sheet import CuratedImageSheet, ReportedPerformanceSheet, ReportedStandingSheet

RECORD: Final = re.compile(r"(\d{1,9})W / (\d{1,9})L / (\d{1,9})T \((\d{1,9}) battles?\)", re.ASCII)
RANK: Final = re.compile(r"#(\d{1,9}) of (\d{1,9})", re.ASCII)
PICTURE: Final = re.compile(
    r"- \[(?P<text>.*)\]\((?P<url>\S+)\)"
    r"(?:: (?:#(?P<rank>\d+) of (?P<of>\d+)|(?P<unranked>unranked))(?: \(Elo (?P<elo>\d+)\))?)?"
)
# Longer lines could make the pattern search for very long.
LONGEST_PICTURE_LINE: Final = 5000
USUAL_WINDOW_DAYS: Final = 30
OVERALL: Final = " (overall)"
TIMES: Final = {
    "p50_ms": "Median Generation Time (p50)",
    "p95_ms": "95th Percentile Generation Time (p95)",
    "average_ms": "Average Generation Time",
    "ttfb_p50_ms": "Time to First Byte (p50)",
    "ttfb_p95_ms": "Time to First Byte (p95)",
}


def read_performance(section: Section) -> tuple[ReportedPerformanceSheet, ...]:
    """Figures per provider slug, in order; the days of the window come from the sentence above them."""
    preamble, found = blocks(section)
    window = re.search(r"last (\d{1,4}) days", preamble)
    days = int(window[1]) if window else USUAL_WINDOW_DAYS
    rows: dict[str, ReportedPerformanceSheet] = {}
    for block in found:
        if block.title in rows:
            raise CardError(PERFORMANCE, block.title, "the provider appears twice; expected once")
        rows[block.title] = _performance(block, days)
    return tuple(rows.values())


def _performance(block: Block, days: int) -> ReportedPerformanceSheet:
    lines = labelled(PERFORMANCE, block.items, block.title)
    if not lines.pairs:
        raise CardError(PERFORMANCE, block.title, "there is no figure under it; expected at least one")
    times = {field: _figure(lines, label, "ms") for field, label in TIMES.items()}
    rate = lines.maybe("Success Rate")
    return ReportedPerformanceSheet(
        provider=block.title,
        window_days=days,
        success_percent=percentage(PERFORMANCE, lines.place("Success Rate"), rate) if rate else None,
        requests=_figure(lines, "Total Requests", ""),
        **times,
    )


def _figure(lines: Labelled, label: str, unit: str) -> int | None:
    text = lines.maybe(label)
    return whole(PERFORMANCE, lines.place(label), text, unit) if text else None


def read_benchmarks(section: Section) -> tuple[ReportedStandingSheet, ...]:
    """Places on competitions; titles may repeat. Boards of a whole mode and models without a rank are left unread."""
    boards = [block for block in blocks(section)[1] if not block.title.endswith(OVERALL)]
    return tuple(_standing(BENCHMARKS, block) for block in boards if _is_ranked(block))


def read_use_cases(section: Section) -> tuple[ReportedStandingSheet, ...]:
    """Places on categories, each of one mode; the win rate must follow from the record."""
    return tuple(_category(block) for block in blocks(section)[1] if _is_ranked(block))


def _is_ranked(block: Block) -> bool:
    """A lumenboard lists models on boards that do not rank them yet: then an origin stands where the rank would."""
    labels = {item.removeprefix("- ").partition(":")[0] for item in block.items}
    return "Rank" in labels or "Origin" not in labels


def _category(block: Block) -> ReportedStandingSheet:
    match = re.fullmatch(r"(.+) \(([^()]+)\)", block.title)
    if not match or match[2] not in MODES_BY_LABEL:
        raise CardError(USE_CASES, block.title, "expected 'Title (Text-to-Image)' or 'Title (Image Editing)'")
    lines = labelled(USE_CASES, block.items, block.title)
    standing = replace(_standing(USE_CASES, block), kind="category", title=match[1], mode=MODES_BY_LABEL[match[2]])
    stated = lines.maybe("Win Rate")
    battles = standing.wins + standing.losses + standing.ties
    if stated:
        rate = percentage(USE_CASES, lines.place("Win Rate"), stated)
        computed = Decimal(100 * standing.wins) / battles if battles else Decimal(0)
        if abs(rate - computed) > Decimal("0.0501"):
            problem = f"{stated} does not follow from the record; expected {computed:.1f}%"
            raise CardError(USE_CASES, lines.place("Win Rate"), problem)
    return standing


def _standing(section: str, block: Block) -> ReportedStandingSheet:
    lines = labelled(section, block.items, block.title)
    wins, losses, ties = _record(section, lines)
    rank, ranked_models = _rank(section, lines)
    return ReportedStandingSheet(
        kind="competition",
        title=block.title,
        rating=whole(section, lines.place("Elo"), lines.one("Elo")),
        wins=wins,
        losses=losses,
        ties=ties,
        rank=rank,
        ranked_models=ranked_models,
    )


def _record(section: str, lines: Labelled) -> tuple[int, int, int]:
    text = lines.one("Record")
    match = RECORD.fullmatch(text)
    if not match:
        raise CardError(section, lines.place("Record"), f"expected '1W / 2L / 3T (6 battles)', found {shown(text)}")
    wins, losses, ties, battles = (int(number) for number in match.groups())
    if wins + losses + ties != battles:
        problem = f"{wins} + {losses} + {ties} is not {battles}; wins, losses and ties must add up to the battles"
        raise CardError(section, lines.place("Record"), problem)
    return wins, losses, ties


def _rank(section: str, lines: Labelled) -> tuple[int, int]:
    text = lines.one("Rank")
    match = RANK.fullmatch(text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise CardError(
            section, lines.place("Rank"), f"expected '#place of models', place at most models, found {shown(text)}"
        )
    return int(match[1]), int(match[2])


def read_curated(section: Section) -> tuple[CuratedImageSheet, ...] | None:
    """Curated pictures with their prompts as printed; None where the gallery has no such part."""
    parts = _gallery(section)
    if CURATED not in parts:
        return None
    pictures = (_picture(item) for item in parts[CURATED])
    return tuple(CuratedImageSheet(prompt=picture["text"], url=picture["url"]) for picture in pictures)


def join_pictures(section: Section, standings: Iterable[ReportedStandingSheet]) -> tuple[ReportedStandingSheet, ...]:
    """Give standings the pictures of the results list, matched by title, rank, models and Elo, in order."""
    joined = list(standings)
    for item in _gallery(section).get(RESULTS, ()):
        picture = _picture(item)
        if picture["unranked"]:
            continue
        if picture["rank"] is None or picture["elo"] is None:
            raise CardError(
                GALLERY, shown(picture["text"]), "expected ': #place of models (Elo number)' behind the link"
            )
        wanted = (picture["text"], int(picture["rank"]), int(picture["of"]), int(picture["elo"]))
        for index, row in enumerate(joined):
            if not row.image_url and (row.title, row.rank, row.ranked_models, row.rating) == wanted:
                joined[index] = replace(row, image_url=picture["url"])
                break
        else:
            problem = f"no entry of {BENCHMARKS} has this title with #{wanted[1]} of {wanted[2]} and Elo {wanted[3]}"
            raise CardError(GALLERY, shown(picture["text"]), problem)
    return tuple(joined)


def _gallery(section: Section) -> dict[str, tuple[str, ...]]:
    _, found = blocks(section)
    for block in found:
        if block.title not in (CURATED, RESULTS):
            raise CardError(GALLERY, shown(block.title), f"unknown part; known are {CURATED}, {RESULTS}")
    return {block.title: block.items for block in found}


def _picture(item: str) -> dict[str, str]:
    match = PICTURE.fullmatch(item) if len(item) <= LONGEST_PICTURE_LINE else None
    if not match:
        problem = f"expected '- [text](address)' of at most {LONGEST_PICTURE_LINE} characters"
        raise CardError(GALLERY, shown(item), problem)
    return match.groupdict()
