"""XML in and out: one hardened parser, one reader, one writer, driven by binding nodes."""
