"""How peers of one room find each other; each strategy is a plug behind `peerset.ports.Signaling`."""
