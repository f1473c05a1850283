"""Where things are: boundaries, zones, parks, reference figures, and the way an address gets there.

`boundaries` answers for counties and prefectures, `zones` and `parks` for the places of the plan,
`reference` for population and output by prefecture; `build` makes the shipped boundaries anew.
"""
