"""The always-on node: keeps many rooms open, for those who sleep. `keeper` holds the rooms, `control` takes orders."""
