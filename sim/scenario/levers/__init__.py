"""Levers: what people move to ask "what if", and the groups of settings that are told apart in a difference.

A lever turns one value into changes of settings by dotted path. It belongs to the situation, which every
operating model meets, or to an operating model. ``table`` lists them, ``settings`` applies them, ``links``
carries them. ``groups`` is the coarser cut: the parts of an operating model that can be taken from one model
and given to another, which is how a difference is attributed.
"""
