"""Rules on documents: the schema now, the published business rules next."""
