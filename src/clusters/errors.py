"""The errors a user can act on; anything else that escapes is a bug of ours."""

from collections.abc import Mapping
from typing import Any


class ClustersError(Exception):
    """Base of all errors that name a cause and a remedy; the command line ends with code 2."""


class InputError(ClustersError, ValueError):
    """A file or table given by the user cannot be used as it is.

    ``code`` names the reason for programs and for texts in other languages (empty where there is
    none), ``values`` fill the fields of such a text.
    """

    def __init__(
        self, message: str = "", *, code: str = "", values: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.values = dict(values or {})


class MetricError(ClustersError, ValueError):
    """A metric was called with values outside its domain."""


class WorkspaceError(ClustersError, OSError):
    """The workspace cannot be read or written, or holds no such snapshot."""


class ShippedDataError(ClustersError, RuntimeError):
    """A file that ships with the platform is missing or does not hold what it must."""
