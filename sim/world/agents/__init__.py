"""Who acts: teams, handoffs, approval layers, the funding board, the release train, the market.

An agent sees its parameters (``spec``) and the organisation it is in (``model``, an ``Organisation``); who
stands where on an item's way is laid out in ``sim.world.way``.
"""

from sim.world.mesa_core import mesa as mesa  # first: imported by itself, Mesa brings all it has
