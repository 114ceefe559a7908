"""The conformance run: cases of a suite, judged, and the reports on them."""
