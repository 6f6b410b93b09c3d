"""Our own websocket tracker, for demonstrations, tests and those who host their own."""
