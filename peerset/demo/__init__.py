"""The demo: a tracker and a few peers as separate processes on this machine, which converge to one root."""
