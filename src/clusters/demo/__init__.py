"""Synthetic registries of any size whose clusters are known: for scale, power and coverage tests.

Every row says that it is synthetic, in its name and in its source. The world (roads, weights,
planted clusters) follows from the seed alone, and firm number k is the same however many are asked
for, so a larger registry begins with the smaller one.
"""

from clusters.demo.firms import CHUNK_ROWS, SOURCE, Chunk, chunks
from clusters.demo.world import Planted, World, world
from clusters.demo.writing import write_demo

__all__ = ["CHUNK_ROWS", "SOURCE", "Chunk", "Planted", "World", "chunks", "world", "write_demo"]
