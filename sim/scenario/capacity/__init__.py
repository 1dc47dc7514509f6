"""Capacity: whether there is enough of everybody for what arrives, before anything is simulated.

``places`` has the load of each place as if all others kept up, ``fullness`` what an organisation falls behind
by, ``warnings`` the sentences about it. All three read what a week of requests asks (``asked``), which is
found by sending a sample along its way (``way``). ``helping`` is what a team gets done whose people have
several of its skills; ``computing`` how many events all that takes.
"""
