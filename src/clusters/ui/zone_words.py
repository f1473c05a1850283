"""What a zone's profile says in words: precision, stars, density clusters, values, movements."""

from clusters.goals import ZoneProfile
from clusters.goals.zone_stars import SMALLEST, STARS_NEEDED
from clusters.places.parks import shipped_parks
from clusters.ui import goals_view as view
from clusters.ui.text import day, number, pick, t, term


def precision_list(profile: ZoneProfile) -> list[str]:
    """Return how precisely the places of its firms are known, and how many may lie inside."""
    found = [
        f"{term('precision', kind)} {number(count)}" for kind, count in profile.by_precision.items()
    ]
    if profile.perhaps:
        found.append(t("zones.perhaps", n=number(profile.perhaps)))
    return found


def stars_words(profile: ZoneProfile) -> str:
    """Return the segments with enough stars, or that none has."""
    best = sorted(profile.stars.items(), key=lambda item: (-item[1], item[0]))
    named = [
        f"{term('segment', segment)} {'★' * stars}"
        for segment, stars in best
        if stars >= STARS_NEEDED
    ]
    return t("goals.joiner").join(named) or t("zones.stars_none", n=STARS_NEEDED, firms=SMALLEST)


def hotspot_words(profile: ZoneProfile) -> str:
    """Return how many density clusters touch it and how many firms they hold."""
    found = profile.hotspots
    if found.empty:
        return t("zones.hotspots_none")
    return t("zones.hotspots_some", n=len(found), firms=number(int(found["firms"].sum())))


def movement_words(profile: ZoneProfile) -> str:
    """Return how many firms came and went since the snapshot before."""
    moved = profile.movements
    if moved is None:
        return t("zones.movements_none")
    return t("zones.movements_some", entered=len(moved.entered), left=len(moved.left))


def movement_rows(profile: ZoneProfile) -> list[tuple[str, str, str]]:
    """Return every firm that came or went: name, direction, how."""
    moved = profile.movements
    if moved is None:
        return []
    return [
        (str(row["name"]), t(f"zones.{way}"), t(f"zones.how_{row['how']}"))
        for way, table in (("entered", moved.entered), ("left", moved.left))
        for row in table.to_dict("records")
    ]


def since_words(profile: ZoneProfile) -> str:
    """Return the snapshot the movements are told from; "" where there is none."""
    moved = profile.movements
    if moved is None:
        return ""
    made = f"{moved.since[:4]}-{moved.since[4:6]}-{moved.since[6:8]}"
    return t("zones.since", id=moved.since, date=day(made))


def park_names(profile: ZoneProfile) -> list[str]:
    """Return the names of the parks inside."""
    names = shipped_parks().set_index("park_id")
    return [pick(names.loc[one, "name_zh"], names.loc[one, "name_en"]) for one in profile.parks]


def observation_list(profile: ZoneProfile) -> list[str]:
    """Return the published values for the zone and for zones inside it or around it."""
    return [
        t(
            "zones.observation",
            area=view.area_name(value.area),
            what=view.definition_name(value.definition_group),
            value=view.seen(value),
            when=view.period(value.period),
        )
        for value in profile.observations
    ]
