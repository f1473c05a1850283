"""The read-only HTTP interface: areas, zones, metrics and firms of a snapshot, for programs."""

from clusters.api.app import PREFIX, create_api

__all__ = ["PREFIX", "create_api"]
