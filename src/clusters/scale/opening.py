"""Open registry files so that they can be read in slices, whatever their format."""

from pathlib import Path

from clusters.registry import ColumnMapping
from clusters.registry.files import open_file, read_bytes, split_part
from clusters.registry.slices import (
    Samples,
    Slices,
    can_be_sliced,
    digest_of,
    held,
    held_frame,
    open_sliced,
    samples_of,
)
from clusters.scale.store import Store


def digest_of_source(source: str | Path) -> str:
    """Return the SHA-256 of a registry file.

    Raises
    ------
    InputError
        If it is no file, or cannot be read.
    """
    path = split_part(source)[0]
    if not path.is_file():
        read_bytes(path)  # says what is wrong
    return digest_of(path)


def open_in_slices(
    source: str | Path, label: str, mapping: ColumnMapping, store: Store, number: int
) -> tuple[Slices, Samples]:
    """Return a file to be read in slices, and the cells it is judged by.

    Parameters
    ----------
    source, label, mapping
        As `clusters.registry.files.open_file`.
    store, number
        Where the cells of a file are held that cannot be sliced where it lies, and under which
        number.

    Raises
    ------
    InputError
        If the file cannot be used.
    """
    path = split_part(source)[0]
    if can_be_sliced(path):
        # Workers have another working directory.
        sliced = open_sliced(path.resolve(), label)
        return sliced, samples_of(sliced, mapping)
    raw = open_file(source, label, mapping).raw
    if not store.has("hold", number):
        store.save("hold", number, frames={"cells": held_frame(raw, label)})
    return held(store.path("hold", number, "cells"), label, raw), Samples(raw, raw)
