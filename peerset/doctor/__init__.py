"""The doctor: examines what peerset needs on this machine and network, and says what to do about what is wrong."""
