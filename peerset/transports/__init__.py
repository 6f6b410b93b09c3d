"""What carries messages between peers; each is a plug behind `peerset.ports.Transport`."""
