"""Which park, why, and how sure: criteria, limits, rankings, their stability, and what-ifs."""
