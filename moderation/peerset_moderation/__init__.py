"""Moderation policies shipped with peerset, found through the entry points ``peerset.policies``."""
