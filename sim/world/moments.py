"""What happens first when several things fall on the same instant.

The world changes before anything else. Then the order is that of an item's life: work ends, items travel and
arrive, money is given, projects start, iterations end, boards decide, trains leave, iterations begin, needs
end, people leave and come back, lines change. Last, when everything of the instant has joined its line,
whoever is free takes work: so the line's order decides who comes first, not the order of joining. Within one
kind, what was scheduled first happens first.
"""

(
    WORLD_CHANGES,
    WORK_ENDS,
    ITEM_TRAVELS,
    ITEM_ARRIVES,
    ROUND_MEETS,
    PROJECTS_START,
    ITERATION_ENDS,
    BOARD_MEETS,
    TRAIN_LEAVES,
    ITERATION_BEGINS,
    NEED_ENDS,
    PEOPLE_COME_AND_GO,
    LINES_CHANGE,
    WORK_IS_TAKEN,
) = range(14)
