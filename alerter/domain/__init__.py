"""Deadlines, their plans and what becomes of their notices: pure values and functions.

Nothing here reads a clock, a file or the network; every instant is an argument.
Instants are aware datetimes in UTC and their names end in `_at`.
"""
