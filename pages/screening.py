from clusters.screening.limits import apply_limits
from clusters.ui import cards, screening_controls, screening_panels, screening_whatif
from clusters.ui import screening_state as state
from clusters.ui.account import fragment
from clusters.ui.text import t

cards.title(t("screening.title"), t("screening.lead"))
cards.note(t("screening.nature"), t("screening.nature_places"))


@fragment
def body() -> None:
    profile = state.profile()
    scenario, wrong = state.scenario()
    screening_controls.question(profile)
    cards.section(t("screening.limits"), t("screening.limits_lead"))
    asked = state.asked(scenario)
    screening_controls.limits(profile, asked.parks)
    screened = apply_limits(asked.parks, profile.limits, asked.measured)
    screening_controls.effect(dict(screened.removed), int(screened.keep.sum()), len(screened.keep))
    cards.section(t("screening.weights"), t("screening.weights_lead"))
    screening_controls.weights(profile)
    screening_controls.value_functions(profile)
    if wrong:
        cards.failure(t("screening.scenario_lost", name=wrong))
    if not profile.weighted:
        cards.empty(t("screening.no_weight"), t("screening.no_weight_next"))
        return
    if not screened.keep.any():
        cards.empty(t("screening.empty"), t("screening.empty_next"))
        return
    answers(scenario)


def answers(scenario) -> None:  # noqa: ANN001
    answer = state.judged(scenario)
    chosen = state.chosen(answer.ids)
    screening_panels.ranking(answer, chosen)
    screening_panels.why(answer)
    screening_panels.stability(answer)
    screening_panels.compare(answer, chosen)
    baseline = state.baseline(scenario)
    screening_whatif.what_if(scenario, baseline or answer, answer if scenario else None)
    screening_panels.keep(answer, baseline if scenario else None)


body()
