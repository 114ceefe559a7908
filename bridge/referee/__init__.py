"""A publisher's own schemas and Schematron files run beside ours, and where the two disagree."""
