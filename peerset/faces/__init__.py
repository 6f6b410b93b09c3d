"""Faces of a room for those who are no members: a Nostr relay, and HTTP (docs/faces.md)."""
