"""Tools over mapping tables, for people who keep them: all pure, texts in and texts out."""
