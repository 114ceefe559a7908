"""The versions of the standards, as data: bindings, code lists, and the catalogue of them."""
