"""Values and spatial weights brought into the same order, checked and standardised."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from clusters.errors import MetricError
from clusters.metrics.counts import as_floats, check_labels, tame

Transform: TypeAlias = Literal["row", "given"]
Missing: TypeAlias = Literal["raise", "drop"]


@dataclass(frozen=True)
class Field:
    """Values (n,) and sparse weights (n, n) in the same order; ``kept`` marks them in the input."""

    y: np.ndarray
    weights: Any
    kept: np.ndarray
    index: pd.Index

    @property
    def row_sums(self) -> np.ndarray:
        """Σ_j w_ij, (n,)."""
        return np.asarray(self.weights.sum(axis=1)).ravel()

    @property
    def moments(self) -> tuple[float, float, float]:
        """S0, S1 and S2 of Cliff & Ord 1981, p. 19, which the variances of all statistics take.

        S0 = Σ w_ij, S1 = ½ Σ (w_ij + w_ji)², S2 = Σ_i (Σ_j w_ij + Σ_j w_ji)².
        """
        w = self.weights
        columns = np.asarray(w.sum(axis=0)).ravel()
        return (
            float(w.sum()),
            float((w + w.T).power(2).sum()) / 2,
            float(((self.row_sums + columns) ** 2).sum()),
        )

    @property
    def row_squares(self) -> np.ndarray:
        """Σ_j w_ij², (n,)."""
        return np.asarray(self.weights.multiply(self.weights).sum(axis=1)).ravel()


def _order(names: pd.Index, index: pd.Index) -> np.ndarray:
    """Return where the areas of the values stand among those of the weights."""
    check_labels(names, "weights")
    order = names.get_indexer(index)
    if len(names) != len(index) or (order < 0).any():
        lost = index.symmetric_difference(names).tolist()[0]
        raise MetricError(f"values and weights must name the same areas; {lost!r} is in one only")
    return order


def _table(weights: pd.DataFrame, index: pd.Index, *, labelled: bool) -> np.ndarray:
    """Return a table of weights in the order of the values; a plain array in a table as it is."""
    matrix = as_floats(weights, "weights")
    rows, columns = weights.index, weights.columns
    if columns.equals(pd.RangeIndex(len(columns))) and len(columns) == len(rows):
        columns = rows  # only the rows are named
    plain = rows.equals(pd.RangeIndex(len(rows)))
    if not plain and not labelled:  # nothing says which row is whose, but columns follow the rows
        return matrix[:, _order(columns, rows)]
    if not labelled or (plain and not index.isin(rows).all()):
        return matrix
    return matrix[_order(rows, index)][:, _order(columns, index)]


def _matrix(weights: Any, index: pd.Index, *, labelled: bool) -> Any:
    """Return weights as CSR in the order of the values."""
    from scipy import sparse  # noqa: PLC0415 - imported when first needed

    if isinstance(weights, pd.DataFrame):
        matrix = sparse.csr_matrix(_table(weights, index, labelled=labelled))
    elif hasattr(weights, "sparse"):
        names = getattr(weights, "id_order", None)
        names = pd.Index(weights.unique_ids if names is None else list(names))
        matrix = sparse.csr_matrix(weights.sparse, dtype=float)
        if labelled:
            order = _order(names, index)
            return matrix[order][:, order]
    else:
        try:
            matrix = sparse.csr_matrix(weights, dtype=float)
        except (TypeError, ValueError) as error:
            raise MetricError(
                f"weights is {type(weights).__name__}; pass a libpysal W, a sparse matrix or a "
                "square array"
            ) from error
    if matrix.shape != (len(index), len(index)):
        raise MetricError(f"weights has shape {matrix.shape} for {len(index)} values")
    return matrix


def _scaled_rows(matrix: Any) -> Any:
    """Return the matrix with every row that is not zero adding up to 1."""
    from scipy import sparse  # noqa: PLC0415 - imported when first needed

    sums = np.asarray(matrix.sum(axis=1)).ravel()
    return sparse.csr_matrix(
        sparse.diags(np.divide(1.0, sums, out=np.zeros_like(sums), where=sums != 0)) @ matrix
    )


def _with_self(matrix: Any) -> Any:
    """Add every area to its own neighbours with the largest weight of its row; islands stay."""
    from scipy import sparse  # noqa: PLC0415 - imported when first needed

    top = matrix.max(axis=1).toarray().ravel()
    own = matrix.diagonal()
    return sparse.csr_matrix(matrix + sparse.diags(np.where(own == 0, top, 0.0)))


def make_field(
    values: pd.Series | np.ndarray,
    weights: Any,
    transform: str,
    missing: str,
    *,
    self_neighbour: bool,
) -> Field:
    """Bring values and weights together, check them and transform the weights."""
    if transform not in ("row", "given"):
        raise MetricError(f"transform {transform!r} is unknown; choose row or given")
    if missing not in ("raise", "drop"):
        raise MetricError(f"missing {missing!r} is unknown; choose raise or drop")
    y = as_floats(values, "values")
    if y.ndim != 1 or y.size == 0:
        raise MetricError(f"values has shape {y.shape}; pass one number per area")
    labelled = isinstance(values, pd.Series)
    index = values.index if isinstance(values, pd.Series) else pd.RangeIndex(len(y))
    check_labels(index, "values")
    matrix = _matrix(weights, index, labelled=labelled)
    if not np.isfinite(matrix.data).all() or (matrix.data < 0).any():
        raise MetricError("weights holds a negative or infinite value; weights must be ≥ 0")
    matrix.eliminate_zeros()
    kept = ~np.isnan(y)
    if np.isinf(y).any() or (missing == "raise" and not kept.all()):
        where = index[~np.isfinite(y)].tolist()[0]
        raise MetricError(
            f"values: area {where!r} is {y[~np.isfinite(y)][0]}; values must be finite "
            "(missing='drop' leaves areas without a value out)"
        )
    matrix = matrix[kept][:, kept]
    matrix.sort_indices()
    if self_neighbour:
        matrix = _with_self(matrix)
    elif matrix.diagonal().any():
        matrix = matrix.tolil()
        matrix.setdiag(0.0)
        matrix = matrix.tocsr()
        matrix.eliminate_zeros()
    if transform == "row":
        matrix = _scaled_rows(matrix)
    return Field(tame(y[kept]), matrix, kept, index)


def is_constant(y: np.ndarray) -> bool:
    """Say whether values differ by rounding only."""
    return bool(np.ptp(y) <= 1e-12 * np.abs(y).max(initial=0.0))
