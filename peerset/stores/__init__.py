"""Where records rest; each store is a plug behind `peerset.ports.Store`."""
