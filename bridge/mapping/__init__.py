"""Mapping tables: loading, checking, and translating messages and payloads through them."""
