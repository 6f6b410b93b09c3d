"""The public test kit: acceptance suites for plugs, a simulator, a local tracker."""
