"""A simulated Domibus with its WS plug-in, which behaves as the field has seen it, traps included.

Written against the reference, not against our client: it shares no reader or writer with
``bridge.transport.domibus``, so that one cannot hide a mistake of the other.
"""
