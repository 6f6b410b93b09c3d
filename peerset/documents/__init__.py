"""Documents: what records say when they are read as JSON in collections. Pure; stores, rooms and pages build on it."""
