"""The page: the web element and its dashboard, served by Python to browsers, which then are peers themselves."""
