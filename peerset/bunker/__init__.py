"""Signers elsewhere (NIP-46): asking one to sign, and being one."""
