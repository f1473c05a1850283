"""From a request to a briefing: the one place that knows which template makes which pages."""

import json
from dataclasses import replace

from clusters.export.briefing.basis import assemble
from clusters.export.briefing.comparison import comparison_pages
from clusters.export.briefing.firm import find_firm, firm_pages
from clusters.export.briefing.model import Briefing
from clusters.export.briefing.overview import overview_pages
from clusters.export.briefing.place import find_place, place_pages
from clusters.export.briefing.request import BriefingRequest
from clusters.export.briefing.screening import find_profile, screening_pages
from clusters.export.briefing.wording import Wording
from clusters.export.layers import ledger_state
from clusters.goals import TargetStatus, assess
from clusters.ledger import Ledger
from clusters.maps import fonts
from clusters.screening.profile import profile_to_mapping
from clusters.workspace import Snapshot, open_snapshot


def compose(
    snapshot: Snapshot, request: BriefingRequest, *, ledger: Ledger | None = None
) -> Briefing:
    """Return the briefing of a request.

    Targets are judged on the day the snapshot was published, so that the same snapshot and
    ledger give the same briefing on any day.

    Parameters
    ----------
    ledger : Ledger, optional
        Its observations take part beside the shipped ones.

    Raises
    ------
    InputError
        For an unknown zone, area, firm or snapshot, or a character the typeface lacks.
    """
    words = Wording(request.language)
    statuses: list[TargetStatus] = []
    parameters = {}
    if request.kind in {"overview", "zone", "area"}:
        day = snapshot.created.date()
        statuses = list(assess(snapshot.enterprises, as_of=day, ledger=ledger))
        parameters = {"targets_as_of": day.isoformat(), **ledger_state(ledger)}
    if request.kind == "overview":
        pages = overview_pages(snapshot, statuses, words, ledger=ledger)
        stem, subtitle = "overview", words("overview.subtitle")
    elif request.kind in {"zone", "area"}:
        place = find_place(request.kind, request.subject, words)
        pages = place_pages(snapshot, place, statuses, words)
        stem, subtitle = f"{request.kind}-{place.id}", words(f"place.subtitle_{request.kind}")
    elif request.kind == "firm":
        firm = find_firm(snapshot, request.subject)
        # By whatever name it was asked for, the command names the firm by its id.
        request = replace(request, subject=str(firm["enterprise_id"]))
        parameters = ledger_state(ledger)
        pages = firm_pages(snapshot, firm, words, ledger=ledger)
        stem, subtitle = f"firm-{firm['enterprise_id']}", words("firm.subtitle_plain")
    elif request.kind == "compare":
        before = open_snapshot(snapshot.path.parent.parent, request.subject)
        pages = comparison_pages(before, snapshot, words)
        stem, subtitle = f"compare-{before.id}", words("compare.subtitle")
        parameters = {"compared_with": before.id}
    else:
        profile = find_profile(request.subject, ledger)
        pages = screening_pages(snapshot, profile, words)
        stem, subtitle = f"screening-{profile.segment}", words("screening.subtitle")
        parameters = {"profile": json.dumps(profile_to_mapping(profile), ensure_ascii=False)}
    briefing = assemble(
        snapshot,
        request,
        pages,
        stem=f"{stem}-{request.language}",
        title=pages[0].title,
        subtitle=subtitle,
        parameters=parameters,
    )
    fonts.require_glyphs(briefing.texts())
    return briefing
