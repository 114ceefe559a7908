"""Carriers of AS4 user messages: our own access point, and the national Domibus."""
