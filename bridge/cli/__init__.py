"""The command line: thin over the core. Files are read and written here, nothing is decided."""
