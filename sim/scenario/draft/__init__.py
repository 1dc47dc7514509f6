"""An organisation that somebody is building: plain values that may be wrong, and what keeps them together.

In comes what was typed into a cell, or a wish such as "take this skill away"; out goes the draft with every
place that names it changed as well, and complaints with the cell that each is about. Nothing here knows how a
page looks.
"""
