"""The machines: they decide everything and touch nothing."""
