"""A made-up world on one machine, for the demo, tests and measurements; no part of a service."""
