"""Ways to write a policy: as a plain function, and in any language, as a child process.

`peerset.policies.function` makes one of a function. `peerset.policies.command` asks a child process, which reads
records and answers verdicts as lines of JSON: `peerset.policies.lines` is that protocol, `peerset.policies.child` the
process with its pipes; docs/policies.md describes all of it for authors.
"""
