"""Which firms a person should judge: those most in doubt, and not twenty of a kind."""

from collections.abc import Collection

import numpy as np
import pandas as pd

_CANDIDATES = 400


def most_useful(
    firms: pd.DataFrame, *, count: int = 20, labelled: Collection[str] = ()
) -> pd.DataFrame:
    """Return the firms whose judgement would help most, best first.

    Parameters
    ----------
    firms
        Classified firms: ``enterprise_id``, ``name``, ``business_scope``, ``ai_score`` and the
        other columns of the classification.
    count
        How many to return at most.
    labelled
        Ids of firms that were judged already.

    Returns
    -------
    DataFrame
        Rows of `firms` with ``usefulness`` 0..1: the doubt 1 - |2p - 1| times what the text does
        not share with firms chosen before (1 - cosine of character pairs).
    """
    open_ = firms[~firms["enterprise_id"].isin(list(labelled))]
    open_ = open_[open_["business_scope"].notna()]
    doubt = 1 - (2 * open_["ai_score"] - 1).abs()
    order = (
        pd.DataFrame({"doubt": doubt, "id": open_["enterprise_id"]})
        .sort_values(["doubt", "id"], ascending=[False, True])
        .head(_CANDIDATES)
    )
    pool = open_.loc[order.index]
    if pool.empty:
        return pool.assign(usefulness=pd.Series(dtype=float))
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - it is slow to load

    texts = pool["name"].str.cat(pool["business_scope"], sep="\n")
    near = TfidfVectorizer(analyzer="char", ngram_range=(2, 2), sublinear_tf=True).fit_transform(
        texts
    )
    worth = order["doubt"].to_numpy()
    likeness = np.zeros(len(pool))
    chosen: list[int] = []
    gained: list[float] = []
    for _ in range(min(count, len(pool))):
        gain = worth * (1 - likeness)
        gain[chosen] = -1.0
        best = int(np.argmax(gain))
        chosen.append(best)
        gained.append(round(float(gain[best]), 4))
        likeness = np.maximum(likeness, (near @ near[best].T).toarray().ravel())
    return pool.iloc[chosen].assign(usefulness=gained)
