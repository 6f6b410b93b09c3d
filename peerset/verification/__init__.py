"""Signatures checked beside the event loop: in threads, and in processes while masses come."""
