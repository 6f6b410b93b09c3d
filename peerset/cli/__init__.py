"""The command line: each verb parses its arguments, makes one call and prints what came of it."""
