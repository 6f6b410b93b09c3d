"""A bridge to the room of the original app, peerset.DB: its records come here, and ours go there (docs/bridge.md)."""
