"""Registries of enterprises: read, understand, check, and one row per enterprise."""

from clusters.registry.mapping import ColumnMapping
from clusters.registry.model import Account, Registry, SourceFile
from clusters.registry.plain import read_plain
from clusters.registry.read import read_registry
from clusters.registry.rules import RULES, Rule, describe_rule

__all__ = [
    "RULES",
    "Account",
    "ColumnMapping",
    "Registry",
    "Rule",
    "SourceFile",
    "describe_rule",
    "read_plain",
    "read_registry",
]
