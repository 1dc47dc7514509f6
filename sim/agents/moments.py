"""What happens first when several things fall on the same instant.

The order is that of an item's life: work ends, items travel and arrive, money is given, boards decide,
trains leave, iterations begin. Within one kind, what was scheduled first happens first.
"""

WORK_ENDS, ITEM_TRAVELS, ITEM_ARRIVES, ROUND_MEETS, BOARD_MEETS, TRAIN_LEAVES, ITERATION_BEGINS = range(7)
