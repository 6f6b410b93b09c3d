"""Policies in any language: a child process that reads records and answers verdicts, both as lines of JSON.

`peerset.command.lines` is the protocol, `peerset.command.child` the process with its pipes and
`peerset.command.policy` the policy that a room asks; docs/policies.md describes all of it for authors.
"""
